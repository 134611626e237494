//! The rows of contacts on the embedded engine: who is reached by a notice, how often, and that none names a person.

use identity::{
    application::{Applications, Decision},
    contact::{Contacts, SHARDS, Segment},
    member::Members,
    testing::{activation, decisions, file},
};
use kernel::{Secret, Timestamp, id::MessageId};
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn a_notice_is_claimed_once_given_back_when_unsent_and_tells_of_nobody() {
    let engine = Engine::start().await;
    let contacts = Contacts::new(engine.table.clone(), Secret::new("claims"));
    let message = MessageId::at(NOW);
    let claim = contacts.sending(message, "person-1");
    assert!(contacts.claim(&claim, NOW).await.expect("a claim"));
    assert!(!contacts.claim(&claim, NOW).await.expect("a claim"));
    contacts.release(&claim).await.expect("released");
    assert!(contacts.claim(&claim, NOW).await.expect("a claim"));
    for row in engine.snapshot().await {
        assert!(!row.contains("person-1") && !row.contains(&message.to_string()), "{row}");
    }
}

#[tokio::test]
async fn a_broadcast_reaches_every_member_of_its_audience_once() {
    let engine = Engine::start().await;
    let (store, members) = (Applications::new(engine.table.clone()), Members::new(engine.table.clone()));
    for number in 0..120 {
        let subject = format!("person-{number}");
        let application = file(&store, &subject, NOW).await;
        decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
        let letter = |place: usize| "abcdefghjkmn".chars().nth(place).expect("a letter");
        let name = format!("name-{}{}", letter(number / 12), letter(number % 12));
        let name = name.parse().expect("a name");
        members
            .activate(&activation(&subject, NOW), &name, application.claim.clinician())
            .await
            .expect("a member");
    }
    let contacts = Contacts::new(engine.table.clone(), Secret::new("claims"));
    for (audience, expected) in [
        (r#"{"to":"specialties","specialties":["cardiology"]}"#, 120),
        (r#"{"to":"specialties","specialties":["neurology"]}"#, 0),
        (r#"{"to":"specialties","specialties":["cardiology","neurology"]}"#, 120),
        (r#"{"to":"countries","countries":["FR","US"]}"#, 120),
        (r#"{"to":"countries","countries":["DE","GB"]}"#, 0),
        (r#"{"to":"professions","professions":["physician"]}"#, 120),
        (r#"{"to":"professions","professions":["nurse"]}"#, 0),
        (r#"{"to":"everyone"}"#, 120),
    ] {
        let mut reached = Vec::new();
        for shard in 0..SHARDS {
            let kind = contracts::community::NoticeKind::NewCase;
            let mut next = Some(Segment {
                message: MessageId::at(NOW),
                kind,
                audience: serde_json::from_str(audience).expect("an audience"),
                country: None,
                except: None,
                shard,
                after: None,
            });
            while let Some(segment) = next {
                let (found, following) = contacts.reach(&segment).await.expect("a segment");
                assert!(!format!("{following:?}").contains("person-"), "a segment names a person");
                reached.extend(found.into_iter().map(|to| to.subject));
                next = following;
            }
        }
        let all = reached.len();
        reached.sort();
        reached.dedup();
        assert_eq!((all, reached.len()), (expected, expected), "{audience}");
    }
}
