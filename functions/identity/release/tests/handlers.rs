//! The batches in process, on the embedded engine: what is released, when, and that it tells no order.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use contracts::{Envelope, identity::MemberActivated};
use edge::testing::event;
use identity::member::{Activation, Link, Members, Releases, due};
use kernel::{SignedDuration, Timestamp, id::MemberId};
use release::{App, Call, Done};
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn tick() -> Call {
    serde_json::from_value(event("identity/release/tick")).expect("a call")
}

/// Activates so many members, one after another, each a second later, due within a minute.
async fn activate(engine: &Engine, count: i64) -> Vec<MemberId> {
    let members = Members::new(engine.table.clone());
    let mut joined = Vec::new();
    for place in 0..count {
        let subject = format!("person{place}");
        let application = identity::testing::file(
            &identity::application::Applications::new(engine.table.clone()),
            &subject,
            at(place),
        )
        .await;
        let approve = identity::application::Decision::Approve;
        identity::testing::decisions(&engine.table)
            .decide(&application, approve, NOW)
            .await
            .expect("approved");
        let link = Link { to_member: "sealed".to_owned(), to_person: "sealed".to_owned() };
        let member = MemberId::random();
        let activation =
            Activation { subject, member, link: Some(link), now: at(place), due: due(at(place), 60) };
        let name = format!("name-{}-x", letters(place)).parse().expect("a name");
        members.activate(&activation, &name, application.claim.clinician()).await.expect("a member");
        joined.push(member);
    }
    joined
}

fn letters(place: i64) -> String {
    let letter = |digit: i64| char::from(b'a' + u8::try_from(digit).expect("a digit"));
    [letter(place / 10), letter(place % 10)].iter().collect()
}

/// The messages in the outbox by their ids, as anybody who listens could sort them.
async fn released(engine: &Engine) -> Vec<Envelope<MemberActivated>> {
    let outbox = engine.outbox().await.into_iter().filter(|(kind, _)| kind == "identity.member_activated.v1");
    let mut found: Vec<Envelope<MemberActivated>> =
        outbox.map(|(_, detail)| serde_json::from_str(&detail).expect("a message")).collect();
    found.sort_by_key(|one| one.id);
    found
}

#[tokio::test]
async fn a_batch_is_of_one_moment_and_its_order_says_nothing_of_who_joined_first() {
    let engine = Engine::start().await;
    let app = App { store: Releases::new(engine.table.clone()) };
    let joined = activate(&engine, 40).await;
    assert!(released(&engine).await.is_empty(), "the community learnt at once");
    let (one, two) = tokio::join!(app.handle(tick(), at(200)), app.handle(tick(), at(200)));
    let released_by = |done: Result<Done, _>| done.expect("released").released;
    assert_eq!(released_by(one) + released_by(two), 40, "released twice, or not at all");
    let told = released(&engine).await;
    assert_eq!(told.len(), 40);
    assert!(told.iter().all(|one| one.at == at(200)), "a message tells when its member joined");
    let place = |member: MemberId| joined.iter().position(|one| *one == member).expect("a member");
    let order: Vec<usize> = told.iter().map(|one| place(one.body.member)).collect();
    // Kendall's tau: 40 places in an order of their own are beyond 0.5 either way once in a million times.
    let mut sum = 0_i32;
    for (index, earlier) in order.iter().enumerate() {
        for later in order.iter().skip(index + 1) {
            sum += if later > earlier { 1 } else { -1 };
        }
    }
    assert!(sum.abs() < 390, "the order of 780 pairs tells: {sum}");
    assert_eq!(app.handle(tick(), at(300)).await.expect("nothing"), Done { released: 0 });
}

#[tokio::test]
async fn what_is_not_due_waits() {
    let engine = Engine::start().await;
    let app = App { store: Releases::new(engine.table.clone()) };
    activate(&engine, 10).await;
    let before = app.handle(tick(), NOW.checked_sub(SignedDuration::from_secs(1)).expect("a time")).await;
    assert_eq!(before.expect("nothing"), Done { released: 0 });
    let soon = app.handle(tick(), at(30)).await.expect("some").released;
    let late = app.handle(tick(), at(70)).await.expect("the rest").released;
    assert_eq!(soon + late, 10);
}
