//! The rows of ballots on the embedded engine, among crowds.

use ballot::{Bytes, Hash};
use community::{
    CommunityError,
    ballots::Issuing,
    poll::Polls,
    testing::{approved, clinician, keys, open},
};
use kernel::id::MemberId;
use table::testing::Engine;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_one_message_signed_however_many_they_send_at_once() {
    let engine = Engine::start().await;
    let polls = Polls::new(engine.table.clone());
    let poll = approved(&polls).await;
    open(&polls, keys(Bytes(Vec::new())).1).await;
    let (issuing, member) = (Issuing::new(engine.table.clone()), MemberId::random());
    let mut crowd = JoinSet::new();
    for number in 0..40_u8 {
        let issuing = issuing.clone();
        crowd.spawn(async move {
            loop {
                let issuer = issuing.of(poll, member, &clinician()).await.expect("a poll");
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
    let issuer = issuing.of(poll, member, &clinician()).await.expect("a poll");
    issuing.record(&issuer, member, Hash([*only; 32])).await.expect("the same again");
    let rows = engine.snapshot().await;
    let counted: u64 = rows
        .iter()
        .filter_map(|row| serde_json::from_str::<serde_json::Value>(row).ok())
        .filter_map(|row| row.get("votes:everyone")?.as_u64())
        .sum();
    assert_eq!(counted, 1);
    let poll = polls.find(poll).await.expect("a poll");
    assert!(polls.beside(&poll, member).await.expect("read").ballot_signed);
    assert!(!polls.beside(&poll, MemberId::random()).await.expect("read").ballot_signed);
}
