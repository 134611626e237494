//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use community::inbox::{Inbox, Notice, NoticeKind, Reader};
use contracts::{
    Envelope,
    community::{Audience, CaseOpened},
};
use edge::testing::{call, event, plain, with, within_budget};
use inbox::App;
use kernel::{
    Profession, Secret, Tier, Timestamp,
    id::{CaseId, MemberId, NoticeId},
    session::Clinician,
};
use serde_json::{Value, json};
use table::{CursorKey, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// The member of the sample events.
fn reader() -> MemberId {
    "mbr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("a member")
}

fn whose(member: MemberId) -> Reader {
    let clinician = Clinician {
        profession: Profession::Physician,
        specialty: "cardiology".parse().expect("a specialty"),
        country: "FR".parse().expect("a country"),
        tier: Tier::TripleVerified,
    };
    Reader { member, clinician: Some(clinician), moderates: false }
}

fn members(of: Value) -> Audience {
    Audience::Members { of: serde_json::from_value(of).expect("an audience") }
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
    let router = inbox::api(App { inbox: store.clone(), cursors: CursorKey::new(Secret::new("cursor")) })
        .into_router();
    let specialty = "cardiology".parse().expect("a specialty");
    let elsewhere = "neurology".parse().expect("a specialty");
    let other = MemberId::random();
    let audiences = [
        Audience::Member { member: reader() },
        Audience::Member { member: other },
        Audience::Specialty { specialty, except: other },
        Audience::Specialty { specialty, except: reader() },
        Audience::Specialty { specialty: elsewhere, except: other },
        members(json!({"to": "everyone"})),
        members(json!({"to": "countries", "countries": ["DE", "FR"]})),
        members(json!({"to": "countries", "countries": ["DE"]})),
        members(json!({"to": "professions", "professions": ["nurse"]})),
    ];
    for audience in audiences {
        let cause = opened(other);
        let notice = Notice::of_case(NoticeKind::NewCase, cause.body.case, NOW);
        for _ in 0..2 {
            let again = Notice { id: NoticeId::at(NOW), ..notice.clone() };
            store.keep(&cause, &again, audience.clone()).await.expect("kept");
        }
    }
    assert_eq!(engine.outbox().await.len(), 9, "a message that came twice asked for two mails");
    engine.calls.take();
    let (status, page) = call(&router, &plain(&event("community/inbox/list")), NOW).await;
    within_budget("GET /inbox", engine.calls.take());
    assert_eq!((status, page["notices"].as_array().map(Vec::len)), (200, Some(4)), "{page}");
    let newest = page["notices"][0]["id"].as_str().expect("an id").to_owned();

    let read = with(&event("community/inbox/read"), "/body", json!({"notice": newest}).to_string());
    assert_eq!(call(&router, &read, NOW).await.0, 204);
    within_budget("PUT /inbox/read", engine.calls.take());
    let (_, page) = call(&router, &event("community/inbox/list"), NOW).await;
    assert!(page["notices"].as_array().expect("notices").iter().all(|one| one["read"] == true));
    let older =
        with(&event("community/inbox/read"), "/body", json!({"notice": NoticeId::floor(NOW)}).to_string());
    assert_eq!(call(&router, &older, NOW).await.0, 204);
    let (_, page) = call(&router, &event("community/inbox/list"), NOW).await;
    assert_eq!(page["notices"][0]["read"], true, "an older mark made it unread again");
    let later = Timestamp::from_second(9).expect("a time");
    let future =
        with(&event("community/inbox/read"), "/body", json!({"notice": NoticeId::at(later)}).to_string());
    assert_eq!(call(&router, &future, NOW).await.0, 400);
}

#[tokio::test]
async fn an_inbox_is_read_page_by_page_without_a_gap() {
    let engine = Engine::start().await;
    let store = Inbox::new(engine.table.clone());
    let cursors = CursorKey::new(Secret::new("cursor"));
    let specialty = "cardiology".parse().expect("a specialty");
    let (mut expected, other) = (Vec::new(), MemberId::random());
    // One old notice of the member's own, then eighty of the specialty, every ninth about their own case.
    for second in 0..81 {
        let at = Timestamp::from_second(second).expect("a time");
        let notice = Notice::of_case(NoticeKind::NewCase, CaseId::at(at), at);
        let audience = match second {
            0 => Audience::Member { member: reader() },
            n if n % 9 == 0 => Audience::Specialty { specialty, except: reader() },
            _ => Audience::Specialty { specialty, except: other },
        };
        store.keep(&Envelope::new(at, opened(other).body), &notice, audience).await.expect("kept");
        if second == 0 || second % 9 != 0 {
            expected.push(notice.id);
        }
    }
    expected.reverse();
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = store.newest(whose(reader()), &cursors, cursor.as_deref()).await.expect("a page");
        found.extend(page.notices.into_iter().map(|(notice, _)| notice.id));
        let Some(next) = page.next else { break };
        cursor = Some(next);
    }
    assert_eq!(found, expected);
    let foreign = store.newest(whose(other), &cursors, cursor.as_deref()).await;
    assert!(foreign.is_err(), "another member's cursor was taken");
}

#[tokio::test]
async fn moderators_hear_of_what_waits_for_them_and_nobody_else_does() {
    let engine = Engine::start().await;
    let store = Inbox::new(engine.table.clone());
    let router = inbox::api(App { inbox: store.clone(), cursors: CursorKey::new(Secret::new("cursor")) })
        .into_router();
    let cause = opened(MemberId::random());
    let notice = Notice::of_case(NoticeKind::Review, cause.body.case, NOW);
    store.keep_for_moderators(&cause, &notice).await.expect("kept");
    engine.calls.take();
    let (_, page) = call(&router, &event("community/inbox/list"), NOW).await;
    within_budget("GET /inbox, by a moderator", engine.calls.take());
    assert_eq!(page["notices"][0]["kind"], "review");
    let (_, page) = call(&router, &plain(&event("community/inbox/list")), NOW).await;
    assert_eq!(page["notices"], json!([]));
}
