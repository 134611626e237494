//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use community::inbox::{Inbox, Notice, NoticeKind};
use contracts::{
    Envelope,
    community::{Audience, CaseOpened},
};
use edge::testing::{call, with, within_budget};
use inbox::App;
use kernel::{
    Timestamp,
    id::{CaseId, MemberId, NoticeId},
};
use serde_json::{Value, json};
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn event(name: &str) -> Value {
    let path = format!("{}/../../../events/community/inbox/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a sample event")).expect("JSON")
}

/// The member of the sample events.
fn reader() -> MemberId {
    "mbr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("a member")
}

fn opened(by: MemberId) -> Envelope<CaseOpened> {
    let body = CaseOpened {
        case: CaseId::at(NOW),
        author: by,
        specialty: "cardiology".parse().expect("a specialty"),
    };
    Envelope::new(NOW, body)
}

#[tokio::test]
async fn notices_of_all_three_kinds_are_merged_and_read_within_budget() {
    let engine = Engine::start().await;
    let store = Inbox::new(engine.table.clone());
    let router = inbox::api(App { inbox: store.clone() }).into_router();
    let specialty = "cardiology".parse().expect("a specialty");
    let elsewhere = "neurology".parse().expect("a specialty");
    let other = MemberId::random();
    let audiences = [
        Audience::Member { member: reader() },
        Audience::Member { member: other },
        Audience::Specialty { specialty, except: other },
        Audience::Specialty { specialty, except: reader() },
        Audience::Specialty { specialty: elsewhere, except: other },
        Audience::Everyone,
    ];
    for audience in audiences {
        let cause = opened(other);
        let notice = Notice::of_case(NoticeKind::NewCase, cause.body.case, NOW);
        for _ in 0..2 {
            let again = Notice { id: NoticeId::at(NOW), ..notice.clone() };
            store.keep(&cause, &again, audience).await.expect("kept");
        }
    }
    assert_eq!(engine.outbox().await.len(), 6, "a message that came twice asked for two mails");
    engine.calls.take();
    let (status, page) = call(&router, &event("list"), NOW).await;
    within_budget("GET /inbox", engine.calls.take());
    assert_eq!((status, page["notices"].as_array().map(Vec::len)), (200, Some(3)), "{page}");
    let newest = page["notices"][0]["id"].as_str().expect("an id").to_owned();

    let read = with(&event("read"), "/body", json!({"notice": newest}).to_string());
    assert_eq!(call(&router, &read, NOW).await.0, 204);
    within_budget("PUT /inbox/read", engine.calls.take());
    let (_, page) = call(&router, &event("list"), NOW).await;
    assert!(page["notices"].as_array().expect("notices").iter().all(|one| one["read"] == true));
    let before = with(&event("list"), "/queryStringParameters", json!({"before": newest}));
    let (_, page) = call(&router, &before, NOW).await;
    assert_eq!(page["notices"].as_array().map(Vec::len), Some(2));
}
