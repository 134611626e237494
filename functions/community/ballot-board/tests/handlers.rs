//! The function in process, with its sample event, on the embedded engine: batches, their heads, the recount.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::sync::Arc;

use ballot::{SigningKey, record::Line, record::Recount, testing};
use ballot_board::{App, Ring, figures};
use community::{
    CommunityError,
    ballots::{Board, HeadSigner},
    breakdown::Segment,
    poll::{Electorate, Polls, Status},
    review::{Cause, Review, Reviews, Subject},
    testing::{Voting, approved, clinician, keys, open_to, tick, with_segment},
};
use edge::{
    Metric,
    testing::{StandIn, event, key_service, within_rights},
};
use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use table::{
    Condition, Key, OnceKey, Stored, Transaction, Update,
    testing::{Calls, Engine},
};

/// A poll, and the function that publishes its ballots.
struct Stage {
    /// What the function asks of the table.
    calls: Calls,
    engine: Engine,
    polls: Polls,
    poll: PollId,
    private: SigningKey,
    /// Of the poll's parts.
    parts: Vec<SigningKey>,
    app: App,
    _service: StandIn,
}

async fn stage() -> Stage {
    stage_for(&Electorate::default()).await
}

/// The poll's could be answered by these.
async fn stage_for(electorate: &Electorate) -> Stage {
    let (engine, service) = (Engine::start().await, StandIn::start(key_service).await);
    let polls = Polls::new(engine.table.clone());
    let poll = approved(&polls).await;
    let signer = HeadSigner::new(&service.aws, "heads".to_owned());
    let (private, mut keys) = keys(signer.public().await.expect("a key"));
    let parts = electorate.segments.iter().map(|part| with_segment(&mut keys, &part.name)).collect();
    open_to(&polls, keys, electorate).await;
    let (table, calls) = engine.apart();
    let app = App { boards: Board::new(table), signer, grace: 3600 };
    Stage { calls, engine, polls, poll, private, parts, app, _service: service }
}

impl Stage {
    /// So many members vote, every third for the second option.
    async fn vote(&self, count: usize) {
        let voting = Voting::of(&self.polls, self.poll).await;
        for number in 0..count {
            voting.vote(testing::ballot(self.poll, &self.private, u8::from(number % 3 == 0)), None).await;
        }
    }

    async fn ring(&self) -> u64 {
        let ring: Ring = serde_json::from_value(event("community/ballot-board/ring")).expect("a ring");
        let rung = self.app.handle(ring).await.expect("rung");
        within_rights("BallotBoard", &self.calls.deeds());
        rung.published
    }

    /// Ends the poll.
    async fn close(&self) {
        let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
        assert!(tick(&self.polls, week, week).await.expect("a tick").closed.is_some());
    }

    /// Changes what the board shows.
    async fn falsify(&self) {
        let board = Key::new(format!("POLL#{}", self.poll), "HEAD#BOARD");
        let more = Update::new().set("votes", [19, 1]);
        let step = Transaction::new().update("board", board, more, Condition::present());
        self.engine.table.commit(step).await.expect("changed");
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
async fn a_poll_tells_how_long_it_took_to_a_hundred_ballots_and_how_many_took_part() {
    const EVERYONE: (&str, &str) = ("Audience", "everyone");
    let stage = stage_for(&Electorate { eligible: 400, segments: Vec::new() }).await;
    let told = async |minute: i64| {
        let now = Timestamp::from_second(minute * 60).expect("a time");
        let progress = stage.app.boards.publish(stage.poll, &stage.app.signer, (now, 0)).await;
        figures(&progress.expect("published"), now)
    };
    stage.vote(60).await;
    assert_eq!(told(1).await, []);
    stage.vote(70).await;
    assert_eq!(told(3).await, [Metric::seconds("SecondsTo100Ballots", 180, EVERYONE)]);
    stage.vote(20).await;
    assert_eq!(told(4).await, [], "it is told once");
    // A ballot was signed and never handed in.
    let voting = Voting::of(&stage.polls, stage.poll).await;
    voting.sign(testing::ballot(stage.poll, &stage.private, 0), None).await;
    stage.close().await;
    let minutes_of_a_week = 7 * 24 * 60;
    let mut closed = told(minutes_of_a_week).await;
    while closed.is_empty() {
        closed = told(minutes_of_a_week).await;
    }
    let figures = [
        Metric::count("PollBallots", 150, EVERYONE),
        Metric::count("PollParticipants", 151, EVERYONE),
        Metric::share("PollTurnout", 151, 400, EVERYONE).expect("a share"),
    ];
    assert_eq!(closed, figures);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ballot_is_taken_in_before_the_end_or_not_at_all() {
    let stage = stage().await;
    let voting = Arc::new(Voting::of(&stage.polls, stage.poll).await);
    let mut ballots = Vec::new();
    for number in 0..60_u8 {
        ballots.push(voting.sign(testing::ballot(stage.poll, &stage.private, number % 2), None).await);
    }
    stage.close().await;
    let mut crowd = tokio::task::JoinSet::new();
    for checked in ballots {
        let voting = voting.clone();
        crowd.spawn(async move {
            loop {
                match voting.casting.take(&voting.taking, checked.clone()).await {
                    Err(CommunityError::Contended) => tokio::task::yield_now().await,
                    other => return other,
                }
            }
        });
    }
    while stage.status().await == Status::Counting {
        stage.ring().await;
    }
    let ends = crowd.join_all().await;
    let taken = ends.iter().filter(|end| end.is_ok()).count();
    let late = ends.iter().filter(|end| matches!(end, Err(CommunityError::PollNotOpen))).count();
    assert_eq!(taken + late, 60);
    let counted = stage.recounted(true).await.iter().sum::<u64>();
    assert_eq!(usize::try_from(counted), Ok(taken), "a ballot that was taken in is not counted");
}

#[tokio::test]
async fn a_ballot_that_was_signed_in_time_is_taken_in_for_a_while_after_the_closing() {
    let mut stage = stage().await;
    stage.vote(12).await;
    let late = testing::ballot(stage.poll, &stage.private, 1);
    let voting = Voting::of(&stage.polls, stage.poll).await;
    let checked = voting.sign(late, None).await;
    // The clock of this test stands in 1970: the poll was closed just now, and then long ago.
    stage.app.grace = u32::MAX;
    stage.close().await;
    let another = voting.issuing.of(stage.poll, MemberId::random(), &clinician()).await;
    assert!(another.is_err(), "another one is signed");
    assert_eq!(stage.ring().await, 0);
    assert_eq!(stage.status().await, Status::Counting);
    voting.casting.take(&voting.taking, checked).await.expect("taken in");
    stage.app.grace = 3600;
    assert_eq!(stage.ring().await, 13);
    assert_eq!(stage.status().await, Status::Closed);
    let another =
        voting.taking.check(testing::ballot(stage.poll, &stage.private, 0), None).expect("a ballot");
    let refused = voting.casting.take(&voting.taking, another).await;
    assert!(matches!(refused, Err(CommunityError::PollNotOpen)));
}

#[tokio::test]
async fn a_ballot_that_does_not_hold_is_not_published_and_one_that_is_missing_is_noticed() {
    let stage = stage().await;
    stage.vote(30).await;
    let rows = stage.engine.everything().await;
    let bent = rows.iter().find(|row| table::sort_key(row) == "BALLOT").expect("a ballot");
    let key = |row: &table::Item| Key::new(table::partition_key(row), table::sort_key(row));
    let change = Update::new().set("randomizer", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let step = Transaction::new().update("ballot", key(bent), change, Condition::present());
    stage.engine.table.commit(step).await.expect("changed");
    let ring = || serde_json::from_value::<Ring>(event("community/ballot-board/ring")).expect("a ring");
    assert!(stage.app.handle(ring()).await.is_err(), "nobody is told");
    assert_eq!(stage.recounted(false).await.iter().sum::<u64>(), 19, "the others wait for it");
    let step = Transaction::new().delete("ballot", key(bent), Condition::present());
    stage.engine.table.commit(step).await.expect("removed");
    stage.close().await;
    assert!(stage.app.handle(ring()).await.is_err(), "nobody is told");
    assert_eq!(stage.status().await, Status::Counting);
}

#[tokio::test]
async fn the_order_of_a_batch_and_who_stays_behind_are_by_lot() {
    let stage = stage().await;
    stage.vote(100).await;
    assert_eq!(stage.ring().await, 90);
    let record = stage.app.boards.record(stage.poll).await.expect("a record");
    let published = stage.app.boards.page(stage.poll, 0, record.shown.size).await.expect("ballots");
    let hashes: Vec<_> = published.iter().map(|ballot| ballot.hash(stage.poll).to_string()).collect();
    // Neither as the box has them, nor as they came: as many rise as fall.
    let rises = hashes.windows(2).filter(|pair| matches!(pair, [one, other] if one < other)).count();
    assert!((25..65).contains(&rises), "{rises} of 89 rise");
}

#[tokio::test]
async fn what_was_published_before_a_fault_is_told() {
    let stage = stage().await;
    stage.vote(40).await;
    stage.ring().await;
    stage.falsify().await;
    stage.vote(80).await;
    stage.close().await;
    let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
    let progress = stage.app.boards.publish(stage.poll, &stage.app.signer, (week, 0)).await.expect("a run");
    assert!(matches!(progress.fault, Some(CommunityError::Miscounted)), "{progress:?}");
    assert_eq!((progress.before, progress.after), (30, 120));
    let seconds = Metric::seconds("SecondsTo100Ballots", 7 * 24 * 3600, ("Audience", "everyone"));
    assert_eq!(figures(&progress, week), [seconds]);
}

#[tokio::test]
async fn of_a_poll_that_is_taken_back_or_removed_nothing_is_kept_that_says_of_a_part() {
    let electorate = Electorate {
        eligible: 100,
        segments: vec![Segment { name: "cardiology".to_owned(), eligible: 100 }],
    };
    for removed in [false, true] {
        let stage = stage_for(&electorate).await;
        let voting = Voting::of(&stage.polls, stage.poll).await;
        let part = stage.parts.first().expect("a part");
        for _ in 0..25 {
            let (ballot, seal) = testing::ballot_in(stage.poll, &stage.private, part, 0);
            voting.vote(ballot, Some(seal)).await;
        }
        assert_eq!(stage.ring().await, 15);
        let ballots = async || {
            let rows = stage.engine.everything().await;
            let ballots = rows.into_iter().filter(|row| table::sort_key(row) == "BALLOT");
            let said: Vec<bool> = ballots.map(|row| row.contains_key("segment")).collect();
            (said.len(), said.into_iter().filter(|said| *said).count())
        };
        assert_eq!(ballots().await, (25, 25));
        let poll = stage.polls.find(stage.poll).await.expect("the poll");
        let long_ago = Timestamp::UNIX_EPOCH;
        if removed {
            let (reviews, subject) =
                (Reviews::new(stage.engine.table.clone()), Subject::Poll { poll: poll.id });
            let cause = Cause::Identifier { note: None };
            let review = Review::of(subject, poll.author, cause, MemberId::random(), long_ago);
            let (_, seen) = reviews.reported(subject).await.expect("a poll");
            let once = OnceKey::new("somebody", "1", String::new(), long_ago);
            let stored = Stored { status: 201, body: "{}".to_owned() };
            reviews.hide(&review, &seen, &once, &stored).await.expect("hidden");
            let (seen, _) = reviews.subject(subject).await.expect("a poll");
            let by = MemberId::random();
            reviews.decide(&review, Some(&seen), true, by, long_ago).await.expect("removed");
        } else {
            let why = "Two options mean the same.".parse().expect("a reason");
            stage.polls.withdraw(&poll, why, long_ago).await.expect("taken back");
        }
        let soon = Timestamp::from_second(60).expect("a time");
        stage.app.boards.forget(soon).await.expect("a run");
        assert_eq!(ballots().await, (25, 25), "an index may not show all of them yet");
        assert_eq!(stage.ring().await, 0);
        assert_eq!(ballots().await, (15, 0), "removed: {removed}");
        let rows = stage.engine.snapshot().await;
        assert!(!rows.iter().any(|row| row.contains("STOPPED")), "it is forgotten again and again");
        let late =
            voting.taking.check(testing::ballot(stage.poll, &stage.private, 0), None).expect("a ballot");
        let refused = voting.casting.take(&voting.taking, late).await;
        assert!(matches!(refused, Err(CommunityError::PollNotOpen)), "removed: {removed}");
    }
}

#[tokio::test]
async fn a_result_that_does_not_hold_is_not_made_public() {
    let stage = stage().await;
    stage.vote(30).await;
    stage.ring().await;
    stage.falsify().await;
    stage.close().await;
    let ring: Ring = serde_json::from_value(event("community/ballot-board/ring")).expect("a ring");
    assert!(stage.app.handle(ring).await.is_err(), "nobody is told");
    assert_eq!(stage.status().await, Status::Counting);
}
