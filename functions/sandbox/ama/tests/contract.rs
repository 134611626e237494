//! The client of the AMA against its stand-in, over HTTP: what the one sends, the other understands.

use edge::testing::serving;
use kernel::Secret;
use providers::{
    CallError, Record,
    ama::{Ama, Credentials, Search},
};
use serde_json::{Value, json};
use table::testing::Engine;

const BY_NPI: Search<'static> = Search::Npi { npi_number: "1234567893" };

#[tokio::test]
async fn what_was_written_is_found_by_any_key_and_every_part_is_played() {
    let engine = Engine::start().await;
    let url = serving(ama::router(engine.table.clone())).await;
    let http = providers::client().expect("a client");
    let credentials = Credentials {
        client_id: "id".to_owned(),
        client_secret: Secret::new("secret"),
        source_system: "curbside".to_owned(),
    };
    let client = Ama::new(http.clone(), url.clone(), credentials);
    let write = async |more: Value| {
        let mut entry = json!({
            "family_name": "Example", "given_name": "Ada", "birth_date": "19700131",
            "licence_statuses": ["Expired", "Active"], "me_number": "00112233445", "graduate_date": "19960601",
        });
        entry.as_object_mut().expect("an entry").extend(more.as_object().expect("fields").clone());
        let address = format!("{url}/physicians/1234567893");
        let sent = http.put(address).json(&entry).send().await.expect("an answer");
        assert_eq!(sent.status(), 204);
    };
    let find = async || client.find(&[BY_NPI]).await;
    assert_eq!(find().await, Ok(None));
    write(json!({})).await;
    let name = Search::Name { first_name: "ADA", last_name: "example", date_of_birth: "19700131" };
    for search in [BY_NPI, Search::MeNumber { me_number: "00112233445" }, name] {
        let found = client.find(&[search]).await.expect("an answer").expect("a record");
        let whole = Record {
            reference: Some("1234567893".to_owned()),
            numbers: vec!["1234567893".to_owned(), "00112233445".to_owned()],
            family_name: "Example".to_owned(),
            given_name: "Ada".to_owned(),
            birth_year: Some(1970),
            graduation_years: vec![1996],
            active: true,
            ..Record::default()
        };
        assert_eq!(found, whole);
    }
    let unknown = Search::MeNumber { me_number: "99999999999" };
    assert_eq!(client.find(std::slice::from_ref(&unknown)).await, Ok(None));
    assert!(
        client.find(&[unknown, BY_NPI]).await.expect("an answer").is_some(),
        "the second search was not made"
    );

    let told = async |more: Value| {
        write(more).await;
        find().await.expect("an answer").expect("a record")
    };
    assert!(told(json!({"death_date": "20200101"})).await.deceased);
    assert_eq!(told(json!({"sanction": "Probation"})).await.bars, ["sanctioned"]);
    assert_eq!(told(json!({"licence_statuses": ["Revoked"]})).await.bars, ["licence_status_unusual"]);
    assert!(!told(json!({"licence_statuses": []})).await.active);
    let flagged = told(json!({"no_release": true, "no_contact": true})).await;
    assert!(flagged.no_release && flagged.no_contact);
    for (persona, outcome) in [
        ("throttled", Err(CallError::Lost)),
        ("unavailable", Err(CallError::Lost)),
        ("broken", Err(CallError::Lost)),
        ("dropped", Err(CallError::Lost)),
        ("slow", Err(CallError::Lost)),
        ("malformed", Err(CallError::Unreadable)),
        ("missing", Err(CallError::Unreadable)),
    ] {
        write(json!({"persona": persona})).await;
        assert_eq!(find().await, outcome, "{persona}");
    }
}
