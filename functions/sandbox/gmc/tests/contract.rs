//! The client of the register's files against its stand-in, over HTTP: what the one writes, the other reads.

use edge::testing::serving;
use kernel::Secret;
use providers::{
    CallError,
    gmc::{Doctor, File, Gmc, doctors},
};
use serde_json::json;
use table::testing::Engine;

#[tokio::test]
async fn a_doctor_who_was_written_stands_in_the_full_file_and_in_the_days_delta() {
    let engine = Engine::start().await;
    let url = serving(gmc::router(engine.table.clone())).await;
    let http = providers::client().expect("a client");
    let client = Gmc::new(http.clone(), format!("{url}/gmc"), Secret::new("key"));
    let today = edge::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    assert_eq!(client.file(File::Delta(today)).await, Ok(None));
    let entry = json!({
        "family_name": "O'Example, \"the\" first", "given_name": "Ada", "qualified": 1995, "conditions": true,
    });
    let sent = http.put(format!("{url}/gmc/doctors/1234567")).json(&entry).send().await.expect("an answer");
    assert_eq!(sent.status(), 204);
    for file in [File::Full, File::Delta(today)] {
        let bytes = client.file(file).await.expect("an answer").expect("a file");
        let read: Vec<Doctor> = doctors(&bytes).map(|line| line.expect("a doctor")).collect();
        assert_eq!(read.len(), 1);
        let record = read.first().expect("a doctor").record(today);
        assert_eq!((record.family_name.as_str(), record.active), ("O'Example, \"the\" first", true));
        assert_eq!((record.bars, record.graduation_years), (vec!["conditions"], vec![1995]));
    }
    for (persona, error) in [
        ("throttled", CallError::NotTaken),
        ("unavailable", CallError::NotTaken),
        ("broken", CallError::NotTaken),
        ("dropped", CallError::NotTaken),
        ("slow", CallError::NotTaken),
    ] {
        let entry =
            json!({"family_name": "Example", "given_name": "Ada", "qualified": 1995, "persona": persona});
        http.put(format!("{url}/gmc/doctors/1234567")).json(&entry).send().await.expect("an answer");
        assert_eq!(client.file(File::Full).await, Err(error), "{persona}");
    }
    let entry =
        json!({"family_name": "Example", "given_name": "Ada", "qualified": 1995, "persona": "malformed"});
    http.put(format!("{url}/gmc/doctors/1234567")).json(&entry).send().await.expect("an answer");
    let page = client.file(File::Full).await.expect("an answer").expect("a file");
    assert!(doctors(&page).any(|line| line.is_err()), "a page was taken for a register");
    assert_eq!(client.file(File::Delta(today.tomorrow().expect("a day"))).await, Ok(None));
}
