//! The scenario of the README from end to end, and what must not be found after it.

use reqwest::Method;
use serde_json::Value;
use tests::{
    Cloud, Member,
    story::{assemble, close, discuss, observe, open_case, partner},
};

async fn notices(member: &Member, kind: &str, case: &str) -> usize {
    let inbox = member.get("/inbox").await;
    let all = inbox["notices"].as_array().unwrap();
    all.iter().filter(|one| one["kind"] == kind && one["case"] == case).count()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn the_story_holds_and_nothing_of_a_person_leaves_the_identity_zone() {
    let cloud = Cloud::open();
    let cast = assemble(&cloud).await;
    cloud.release().await;
    assert_eq!(cast.refused["status"], "refused");
    let (case, image) = open_case(&cast).await;
    let told = discuss(&cast, case, image).await;
    let address = format!("/cases/{}", told.case);
    let known =
        async || (cast.reviewed.get(&address).await["author"] == cast.author.screen_name).then_some(());
    cloud.until("the author's name", 30, known).await;
    let view = cast.reviewed.get(&address).await;
    assert_eq!(view["courses"][0]["votes"], 2, "{view}");
    assert_eq!(view["images"][0]["id"], told.image);
    assert_eq!(view["views"], 4);
    let thread = cast.nurse.get(&format!("/cases/{}/contributions", told.case)).await;
    let advice =
        thread["contributions"].as_array().unwrap().iter().find(|one| one["id"] == told.advice).unwrap();
    assert_eq!(
        (advice["corroborations"].as_u64(), advice["author"].as_str()),
        (Some(2), Some(cast.adviser.screen_name.as_str()))
    );
    let (api_key, _) = partner(&cloud).await;
    let conversation = format!("/cases/{}", told.case);
    cloud
        .until("the projection", 30, async || {
            let seen = observe(&cloud, &api_key, Method::GET, &conversation, None).await;
            let seen: Value = serde_json::from_str(&seen.text).unwrap_or_default();
            (seen["contributions"].as_array()?.len() == 3).then_some(())
        })
        .await;
    let mark = format!("{conversation}/contributions/{}/mark", told.advice);
    observe(&cloud, &api_key, Method::PUT, &mark, None).await.expect(204);
    let closed = close(&cast, &told).await;
    assert_eq!(closed["status"], "closed");
    let again = serde_json::json!({"outcome": "Closed once more."});
    let path = format!("/cases/{}/close", told.case);
    cast.author.call(Method::POST, &path, Some(&again)).await.expect_problem(409, "case_closed");
    let earned =
        async || cast.adviser.call_zone("treasury", Method::GET, "/earnings", None).await.expect(200);
    cloud.until("the bonus", 40, async || (earned().await["balance"]["minor"] == 1_500).then_some(())).await;

    cloud
        .until("the author's notices", 30, async || {
            (notices(&cast.author, "answer", &told.case).await == 2).then_some(())
        })
        .await;
    cloud
        .until("the specialty's notice", 30, async || {
            (notices(&cast.adviser, "new_case", &told.case).await == 1).then_some(())
        })
        .await;
    assert_eq!(
        notices(&cast.author, "new_case", &told.case).await,
        0,
        "the author is told of their own case"
    );
    assert_eq!(
        notices(&cast.colleague, "new_case", &told.case).await,
        0,
        "a radiologist is told of cardiology"
    );
    let newest = cast.author.get("/inbox").await["notices"][0]["id"].clone();
    let read = serde_json::json!({"notice": newest});
    cast.author.call(Method::PUT, "/inbox/read", Some(&read)).await.expect(204);
    let inbox = cast.author.get("/inbox").await;
    assert!(inbox["notices"].as_array().unwrap().iter().all(|one| one["read"] == true), "{inbox}");

    let address = |name: &str| cast.sign_ins.iter().find(|(one, _)| one == name).unwrap().1.clone();
    let (author, adviser) = (address(&cast.author.screen_name), address(&cast.adviser.screen_name));
    let sent = async |to: &str, subject: &str| {
        let mails = cloud.mail().await;
        mails
            .into_iter()
            .filter(|mail| mail["To"][0] == *to && mail["Subject"] == *subject)
            .collect::<Vec<Value>>()
    };
    let answers = cloud
        .until("the author's mail", 30, async || {
            let mails = sent(&author, "There is news in one of your cases").await;
            (mails.len() >= 2).then_some(mails)
        })
        .await;
    assert_eq!(answers.len(), 2, "one mail a contribution of somebody else");
    let broadcast = cloud
        .until("the specialty's mail", 30, async || {
            Some(sent(&adviser, "A colleague asks for advice").await).filter(|mails| !mails.is_empty())
        })
        .await;
    assert!(
        sent(&author, "A colleague asks for advice").await.is_empty(),
        "the author was mailed their own case"
    );
    for mail in answers.iter().chain(&broadcast) {
        let text = format!("{}{}", mail["Subject"], mail["BodyText"]);
        for forbidden in [&told.case, &cast.author.screen_name, &cast.adviser.screen_name] {
            assert!(!text.contains(forbidden.as_str()), "{text}");
        }
    }
    assert_eq!(earned().await["earnings"].as_array().map(Vec::len), Some(1), "paid twice");
    let counts = async || {
        (
            earned().await,
            notices(&cast.author, "answer", &told.case).await,
            notices(&cast.adviser, "new_case", &told.case).await,
            sent(&author, "There is news in one of your cases").await.len(),
            sent(&adviser, "A colleague asks for advice").await.len(),
        )
    };
    let before = counts().await;
    let member = cast.author.id();
    let again = deliver_again(&cloud, &[&told.case, &member]).await;
    assert!(again >= 10, "only {again} messages of the case and its author were found");
    // The bus, the queues and the functions are through with a message in a second or two.
    tokio::time::sleep(std::time::Duration::from_secs(12)).await;
    assert_eq!(counts().await, before, "a message that was delivered twice changed something");
    cloud
        .until("the quarantine to be empty", 60, async || {
            cloud.objects("community-quarantine").is_empty().then_some(())
        })
        .await;
    no_canary(&cloud, &cast.canaries).await;
}

/// Puts every message that names one of these ids on the bus once more, as a relay does whose batch is
/// repeated. How many there were.
async fn deliver_again(cloud: &Cloud, ids: &[&str]) -> usize {
    let mut entries = Vec::new();
    for zone in ["community", "treasury", "partners"] {
        for row in cloud.everything(zone).await {
            let text = |name: &str| row[name]["S"].as_str().unwrap_or_default().to_owned();
            if text("pk").starts_with("OUTBOX#") && ids.iter().any(|id| text("detail").contains(id)) {
                entries.push(serde_json::json!({
                    "EventBusName": "curbside-local", "Source": text("source"),
                    "DetailType": text("detail_type"), "Detail": text("detail"),
                }));
            }
        }
    }
    for some in entries.chunks(10) {
        let put = cloud.operate("events", "AWSEvents.PutEvents", &serde_json::json!({"Entries": some})).await;
        assert_eq!(put["FailedEntryCount"], 0, "{put}");
    }
    entries.len()
}

/// Looks for every canary in every table, bucket, queue and log outside the identity zone.
async fn no_canary(cloud: &Cloud, canaries: &[String]) {
    assert!(canaries.len() > 50);
    let identity = cloud.everything("identity").await.iter().map(Value::to_string).collect::<String>();
    assert!(canaries.iter().any(|canary| identity.contains(canary)), "the search finds nothing at all");
    for zone in ["community", "treasury", "partners"] {
        let rows = cloud.everything(zone).await;
        assert!(!rows.is_empty(), "the {zone} zone is empty");
        let text: String = rows.iter().map(Value::to_string).collect();
        for canary in canaries {
            assert!(!text.contains(canary), "{canary} is in the {zone} table");
        }
    }
    for bucket in ["community-quarantine", "community-clean"] {
        for (key, bytes) in cloud.objects(bucket) {
            for canary in canaries {
                assert!(!contains(&bytes, canary) && !key.contains(canary), "{canary} is in {bucket}/{key}");
            }
        }
    }
    let answered = cloud.answered();
    assert!(answered.contains("Exertional chest pain"), "no answer was looked through");
    let queues = format!("{}/_ministack/sqs/messages", cloud.address("endpoint"));
    let queues = cloud.send(Method::GET, &queues, &[], None).await;
    assert!(queues.status.is_success(), "{}", queues.text);
    let logs = cloud.logs().await;
    assert!(logs.contains("answered"), "no function logged anything");
    for canary in canaries {
        assert!(!answered.contains(canary), "{canary} was answered beyond the wall");
        assert!(!queues.text.contains(canary), "{canary} is in a queue");
        assert!(!logs.contains(canary), "{canary} is in a log");
    }
}
