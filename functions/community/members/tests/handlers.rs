//! The function in process, with its sample events, on the embedded engine: what it does, and that a message
//! which comes twice changes nothing twice.

use community::{breakdown::Breakdown, member::Members};
use edge::{queue::Failures, testing::batch};
use kernel::{Audience, Timestamp, id::MessageId};
use members::App;
use serde_json::{Value, json};
use table::testing::Engine;

#[tokio::test]
async fn a_member_is_admitted_once_however_often_it_is_told() {
    let engine = Engine::start().await;
    let app = App { store: Members::new(engine.table.clone()) };
    let told = batch("community/members/member_activated");
    assert_eq!(app.handle(told.clone()).await.expect("handled"), Failures::default());
    let after = engine.snapshot().await;
    assert!(after.iter().any(|row| row.contains("quiet-otter")), "{after:?}");
    assert_eq!(app.handle(told).await.expect("handled"), Failures::default());
    assert_eq!(engine.snapshot().await, after);
}

#[tokio::test]
async fn the_last_name_holds_in_whatever_order_the_messages_come() {
    let engine = Engine::start().await;
    let store = Members::new(engine.table.clone());
    let app = App { store: store.clone() };
    let member = "mbr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("a member");
    let shown = |real_name: Option<&str>, revision: i64| {
        let mut batch = batch("community/members/member_shown");
        for record in &mut batch.records {
            let mut body: Value = serde_json::from_str(&record.body).expect("JSON");
            body["detail"]["id"] = json!(MessageId::at(Timestamp::UNIX_EPOCH));
            body["detail"]["body"]["real_name"] = json!(real_name);
            body["detail"]["body"]["revision"] = json!(revision);
            record.body = body.to_string();
        }
        batch
    };
    let name = async || store.names([member]).await.expect("names").of(member);
    let under_real_name = shown(Some("Ada Example"), 3);
    assert_eq!(app.handle(under_real_name.clone()).await.expect("handled"), Failures::default());
    assert_eq!(name().await, "Ada Example");
    for late in [batch("community/members/member_activated"), batch("community/members/member_shown")] {
        assert_eq!(app.handle(late).await.expect("handled"), Failures::default());
        assert_eq!(name().await, "Ada Example", "an earlier message undid a later one");
    }
    let hidden = shown(None, 4);
    assert_eq!(app.handle(hidden).await.expect("handled"), Failures::default());
    assert_eq!(name().await, "loud-otter");
    let kept = engine.snapshot().await.iter().any(|row| row.contains("Ada Example"));
    assert!(!kept, "the withdrawn name is still there");
    assert_eq!(app.handle(under_real_name).await.expect("handled"), Failures::default());
    assert_eq!(name().await, "loud-otter", "a repeated message undid the withdrawal");
}

#[tokio::test]
async fn who_left_is_a_former_member_for_good() {
    let engine = Engine::start().await;
    let store = Members::new(engine.table.clone());
    let app = App { store: store.clone() };
    let member = "mbr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("a member");
    let fresh = |name: &str| {
        let mut batch = batch(&format!("community/members/{name}"));
        for record in &mut batch.records {
            let mut body: Value = serde_json::from_str(&record.body).expect("JSON");
            body["detail"]["id"] = json!(MessageId::at(Timestamp::UNIX_EPOCH));
            record.body = body.to_string();
        }
        batch
    };
    for message in ["member_shown", "member_left", "member_left", "member_activated", "member_shown"] {
        assert_eq!(app.handle(fresh(message)).await.expect("handled"), Failures::default(), "{message}");
    }
    assert_eq!(store.names([member]).await.expect("names").of(member), "former member");
}

#[tokio::test]
async fn members_are_counted_once_by_what_they_are_until_they_leave() {
    let engine = Engine::start().await;
    let store = Members::new(engine.table.clone());
    let app = App { store: store.clone() };
    let told = |name: &str, member: &str, country: &str| {
        let mut batch = batch(&format!("community/members/{name}"));
        for record in &mut batch.records {
            let mut body: Value = serde_json::from_str(&record.body).expect("JSON");
            body["detail"]["id"] = json!(MessageId::at(Timestamp::UNIX_EPOCH));
            body["detail"]["body"]["member"] = json!(member);
            if name == "member_activated" {
                body["detail"]["body"]["clinician"]["country"] = json!(country);
            }
            record.body = body.to_string();
        }
        batch
    };
    let [one, two, three] = ["1", "2", "3"].map(|digit| format!("mbr_{digit}ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
    let french = Audience::Countries { countries: ["FR".parse().expect("a country")].into() };
    let counts = async || {
        let census = store.census().await.expect("a census");
        (census.eligible(&Audience::default()), census.eligible(&french))
    };
    for (name, member, country, expected) in [
        ("member_activated", &one, "FR", (1, 1)),
        ("member_activated", &two, "DE", (2, 1)),
        // Told again under another id, and corrected.
        ("member_activated", &two, "DE", (2, 1)),
        ("member_activated", &two, "FR", (2, 2)),
        ("member_left", &one, "", (1, 1)),
        ("member_left", &one, "", (1, 1)),
        // A message of the leaving overtakes that of the joining.
        ("member_left", &three, "", (1, 1)),
        ("member_activated", &three, "FR", (1, 1)),
    ] {
        let message = told(name, member, country);
        for _ in 0..2 {
            assert_eq!(app.handle(message.clone()).await.expect("handled"), Failures::default());
            assert_eq!(counts().await, expected, "{name} {member}");
        }
    }
    // What they were before comes late.
    for (revision, country, expected) in
        [(2, "FR", (1, 1)), (1, "DE", (1, 1)), (3, "DE", (1, 0)), (4, "FR", (1, 1))]
    {
        let mut message = told("member_activated", &two, country);
        for record in &mut message.records {
            let mut body: Value = serde_json::from_str(&record.body).expect("JSON");
            body["detail"]["body"]["revision"] = json!(revision);
            record.body = body.to_string();
        }
        assert_eq!(app.handle(message).await.expect("handled"), Failures::default());
        assert_eq!(counts().await, expected, "{revision}");
    }
    let census = store.census().await.expect("a census");
    let parts = census.parts(&Audience::default(), Breakdown::Countries);
    assert_eq!(parts.get("FR"), Some(&1));
}

#[tokio::test]
async fn a_message_of_another_kind_is_reported_and_not_lost() {
    let engine = Engine::start().await;
    let app = App { store: Members::new(engine.table.clone()) };
    let failures = app.handle(batch("community/notify/case_opened")).await.expect("handled");
    assert_eq!(failures.batch_item_failures.len(), 1);
    assert!(engine.snapshot().await.is_empty());
}
