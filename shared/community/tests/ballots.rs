//! The rows of ballots on the embedded engine: crowds, and the closing among them.

use std::sync::Arc;

use ballot::{Bytes, Hash, SigningKey, testing};
use community::{
    CommunityError,
    ballots::{Board, Casting, EVERYONE, Issuing},
    poll::Polls,
    testing::{approved, keys, open},
};
use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use table::testing::Engine;
use tokio::task::JoinSet;

/// A poll that was opened with a key.
async fn opened(engine: &Engine) -> (Polls, PollId, SigningKey) {
    let polls = Polls::new(engine.table.clone());
    let poll = approved(&polls).await;
    let (private, keys) = keys(Bytes(Vec::new()));
    open(&polls, keys).await;
    (polls, poll, private)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_one_message_signed_however_many_they_send_at_once() {
    let engine = Engine::start().await;
    let (polls, poll, _) = opened(&engine).await;
    let (issuing, member) = (Issuing::new(engine.table.clone()), MemberId::random());
    let mut crowd = JoinSet::new();
    for number in 0..40_u8 {
        let issuing = issuing.clone();
        crowd.spawn(async move {
            loop {
                let issuer = issuing.of(poll, member, EVERYONE).await.expect("a poll");
                match issuing.record(&issuer, member, Hash([number; 32])).await {
                    Err(CommunityError::Contended) => tokio::task::yield_now().await,
                    other => return (number, other),
                }
            }
        });
    }
    let ends = crowd.join_all().await;
    let signed: Vec<u8> = ends.iter().filter(|(_, end)| end.is_ok()).map(|(number, _)| *number).collect();
    let [only] = signed.as_slice() else { panic!("{signed:?}") };
    let refused = ends.iter().filter(|(_, end)| matches!(end, Err(CommunityError::BallotSigned)));
    assert_eq!(refused.count(), 39);
    let issuer = issuing.of(poll, member, EVERYONE).await.expect("a poll");
    issuing.record(&issuer, member, Hash([*only; 32])).await.expect("the same again");
    assert_eq!(polls.whole(poll).await.expect("the poll").issued, 1);
    assert!(issuing.took_part(poll, member).await.expect("read"));
    assert!(!issuing.took_part(poll, MemberId::random()).await.expect("read"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ballot_is_taken_in_before_the_closing_or_not_at_all() {
    let engine = Engine::start().await;
    let (polls, poll, private) = opened(&engine).await;
    let casting = Casting::new(engine.table.clone());
    let open = Arc::new(casting.open(poll).await.expect("a poll"));
    let mut crowd = JoinSet::new();
    for number in 0..60_u8 {
        let (casting, open) = (casting.clone(), open.clone());
        let ballot = testing::ballot(poll, &private, number % 2);
        crowd.spawn(async move {
            let hash = open.check(&ballot).expect("a ballot");
            loop {
                match casting.take(&open, hash, &ballot).await {
                    Err(CommunityError::Contended) => tokio::task::yield_now().await,
                    other => return other,
                }
            }
        });
    }
    let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
    while polls.find(poll).await.expect("the poll").is_open() {
        let turn = polls.due(week, week).await.expect("due");
        drop(polls.turn(turn, None, week).await);
    }
    let ends = crowd.join_all().await;
    let taken = ends.iter().filter(|end| end.is_ok()).count();
    let late = ends.iter().filter(|end| matches!(end, Err(CommunityError::PollNotOpen))).count();
    assert_eq!(taken + late, 60);
    let rows = engine.snapshot().await;
    assert_eq!(rows.iter().filter(|row| row.contains("\"sk\":\"BALLOT\"")).count(), taken);
    let record = Board::new(engine.table.clone()).record(poll).await.expect("a record");
    assert_eq!(usize::try_from(record.cast), Ok(taken));
}
