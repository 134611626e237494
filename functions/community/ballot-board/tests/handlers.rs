//! The function in process, with its sample event, on the embedded engine: batches, their heads, the recount.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use ballot::{SigningKey, record::Line, record::Recount, testing};
use ballot_board::{App, Ring};
use community::{
    ballots::{Board, Casting, EVERYONE, HeadSigner, Issuing},
    poll::{Polls, Status},
    testing::{approved, keys, open},
};
use edge::testing::{StandIn, event, key_service};
use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use table::{Condition, Key, Transaction, Update, testing::Engine};

/// A poll, and the function that publishes its ballots.
struct Stage {
    engine: Engine,
    polls: Polls,
    poll: PollId,
    private: SigningKey,
    app: App,
    _service: StandIn,
}

async fn stage() -> Stage {
    let (engine, service) = (Engine::start().await, StandIn::start(key_service).await);
    let polls = Polls::new(engine.table.clone());
    let poll = approved(&polls).await;
    let signer = HeadSigner::new(&service.aws, "heads".to_owned());
    let (private, keys) = keys(signer.public().await.expect("a key"));
    open(&polls, keys).await;
    let app = App { boards: Board::new(engine.table.clone()), signer };
    Stage { engine, polls, poll, private, app, _service: service }
}

impl Stage {
    /// So many members vote, every third for the second option.
    async fn vote(&self, count: usize) {
        let (issuing, casting) =
            (Issuing::new(self.engine.table.clone()), Casting::new(self.engine.table.clone()));
        let taking = casting.open(self.poll).await.expect("a poll");
        for number in 0..count {
            let ballot = testing::ballot(self.poll, &self.private, u8::from(number % 3 == 0));
            let hash = taking.check(&ballot).expect("a ballot");
            let member = MemberId::random();
            let issuer = issuing.of(self.poll, member, EVERYONE).await.expect("a poll");
            issuing.record(&issuer, member, hash).await.expect("recorded");
            casting.take(&taking, hash, &ballot).await.expect("taken in");
        }
    }

    async fn ring(&self) -> u64 {
        let ring: Ring = serde_json::from_value(event("community/ballot-board/ring")).expect("a ring");
        self.app.handle(ring).await.expect("rung").published
    }

    /// Ends the poll.
    async fn close(&self) {
        let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
        let turn = self.polls.due(week, week).await.expect("due");
        self.polls.turn(turn, None, week).await.expect("closed");
    }

    async fn status(&self) -> Status {
        self.polls.find(self.poll).await.expect("the poll").status
    }

    /// Recounts it as anybody can, with its tally or without.
    async fn recounted(&self, closed: bool) -> Vec<u64> {
        let record = self.app.boards.record(self.poll).await.expect("a record");
        let ballots = self.app.boards.page(self.poll, 0, record.shown.size).await.expect("ballots");
        let mut recount = Recount::new();
        let lines = record.beginning().into_iter().chain(ballots.into_iter().map(Line::Ballot));
        for line in lines.chain(closed.then(|| record.tally())) {
            recount.take(&serde_json::to_string(&line).expect("JSON")).expect("a line that holds");
        }
        let (counted, _) = recount.end().expect("a record that holds");
        counted.into_iter().next().expect("a poll").votes
    }
}

#[tokio::test]
async fn ballots_are_published_in_batches_of_ten_and_more_and_counted_at_the_end() {
    let stage = stage().await;
    stage.vote(19).await;
    assert_eq!(stage.ring().await, 0, "so few do not hide each other");
    stage.vote(6).await;
    assert_eq!(stage.ring().await, 15);
    assert_eq!(stage.ring().await, 0);
    assert_eq!(stage.recounted(false).await.iter().sum::<u64>(), 15);
    stage.vote(200).await;
    // Two at once publish each ballot once.
    let (one, other) = tokio::join!(stage.ring(), stage.ring());
    assert!(one + other >= 90, "{one} {other}");
    stage.ring().await;
    assert_eq!(stage.polls.whole(stage.poll).await.expect("the poll").shown.size, 215);
    stage.close().await;
    assert_eq!(stage.status().await, Status::Counting);
    assert_eq!(stage.ring().await, 10);
    assert_eq!(stage.status().await, Status::Closed);
    // Of 19, 6 and 200.
    assert_eq!(stage.recounted(true).await, [225 - (7 + 2 + 67), 7 + 2 + 67]);
    let rows = stage.engine.snapshot().await;
    assert_eq!(stage.ring().await, 0);
    assert_eq!(stage.engine.snapshot().await, rows);
}

#[tokio::test]
async fn a_poll_with_few_ballots_or_none_is_counted_too() {
    for count in [0, 1, 9] {
        let stage = stage().await;
        stage.vote(count).await;
        assert_eq!(stage.ring().await, 0);
        stage.close().await;
        assert_eq!(stage.ring().await, u64::try_from(count).expect("a number"));
        assert_eq!(stage.status().await, Status::Closed);
        assert_eq!(stage.recounted(true).await.iter().sum::<u64>(), u64::try_from(count).expect("a number"));
    }
}

#[tokio::test]
async fn a_result_that_does_not_hold_is_not_made_public() {
    let stage = stage().await;
    stage.vote(30).await;
    stage.ring().await;
    let board = Key::new(format!("POLL#{}", stage.poll), "HEAD#BOARD");
    let more = Update::new().set("votes", [19, 1]);
    stage
        .engine
        .table
        .commit(Transaction::new().update("board", board, more, Condition::present()))
        .await
        .expect("changed");
    stage.close().await;
    let ring: Ring = serde_json::from_value(event("community/ballot-board/ring")).expect("a ring");
    assert!(stage.app.handle(ring).await.is_err(), "nobody is told");
    assert_eq!(stage.status().await, Status::Counting);
}
