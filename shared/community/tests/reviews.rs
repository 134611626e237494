//! What moderators decide on polls, which open on their own in the meantime, on the embedded engine.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use community::{
    CommunityError,
    poll::{Content, Poll, Polls, Proposer, Status},
    review::{Cause, Overridden, Review, ReviewState, Reviews, Seen, Subject},
    testing::{approve, content, tick},
};
use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use table::{CursorKey, OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

struct Stage {
    engine: Engine,
    polls: Polls,
    reviews: Reviews,
    poll: PollId,
    subject: Subject,
    /// Of what the poll's author overrode.
    overridden: Review,
}

fn once(value: &str) -> OnceKey {
    OnceKey::new("somebody", value, String::new(), NOW)
}

fn stored() -> Stored {
    Stored { status: 201, body: "{}".to_owned() }
}

/// A draft, in whose question a name was overridden.
async fn stage() -> Stage {
    let engine = Engine::start().await;
    let (polls, reviews) = (Polls::new(engine.table.clone()), Reviews::new(engine.table.clone()));
    let question = "Does Okafor need a stent?".parse().expect("a question");
    let proposer = Proposer { member: MemberId::random(), team: false, credited: false };
    let context = Some("Okafor is seventy.".parse().expect("a context"));
    let poll = Poll::draft(PollId::at(NOW), proposer, Content { question, context, ..content() }, NOW);
    let (kind, field) = ("name".to_owned(), "question".to_owned());
    let reason = "the name of a score".parse().expect("a reason");
    let places = vec![Overridden { field, kind, start: 5, end: 11, reason }];
    polls.create(&poll, places, &once("1"), &stored()).await.expect("kept");
    let cursors = CursorKey::new(kernel::Secret::new("cursor"));
    let open = reviews.of_state(ReviewState::Open, &cursors, None).await.expect("reviews").reviews;
    let overridden = open.into_iter().next().expect("a review");
    let subject = Subject::Poll { poll: poll.id };
    Stage { engine, polls, reviews, poll: poll.id, subject, overridden }
}

impl Stage {
    async fn seen(&self) -> Seen {
        self.reviews.subject(self.subject).await.expect("the poll").0
    }

    /// A moderator removes the poll as they saw it.
    async fn remove(&self, seen: &Seen) -> Result<(), CommunityError> {
        self.reviews.decide(&self.overridden, Some(seen), true, MemberId::random(), NOW).await
    }

    /// A member sees an identifier in the poll.
    async fn report(&self) -> Review {
        let (author, seen) = self.reviews.reported(self.subject).await.expect("it is open");
        let cause = Cause::Identifier { note: None };
        let review = Review::of(self.subject, author, cause, MemberId::random(), NOW);
        self.reviews.hide(&review, &seen, &once("2"), &stored()).await.expect("hidden");
        review
    }

    async fn is_told(&self) -> bool {
        self.engine.snapshot().await.iter().any(|row| row.contains("Okafor"))
    }

    /// What was announced of the poll, besides what its reviews were.
    async fn announced(&self) -> Vec<String> {
        let told = self.engine.outbox().await.into_iter().map(|(kind, _)| kind);
        told.filter(|kind| {
            ["community.poll_published.v1", "community.poll_hidden.v1"].contains(&kind.as_str())
        })
        .collect()
    }
}

#[tokio::test]
async fn a_poll_that_was_removed_is_neither_approved_nor_opened() {
    let draft = stage().await;
    draft.remove(&draft.seen().await).await.expect("removed");
    assert!(matches!(approve(&draft.polls, draft.poll, NOW).await, Err(CommunityError::PollDecided)));

    let approved = stage().await;
    approve(&approved.polls, approved.poll, NOW).await.expect("approved");
    approved.remove(&approved.seen().await).await.expect("removed");
    let tick = tick(&approved.polls, NOW, NOW).await.expect("a tick");
    assert_eq!(tick.opened, None);
    assert_eq!(approved.polls.find(approved.poll).await.expect("the poll").status, Status::Approved);
    assert!(!approved.is_told().await && approved.announced().await.is_empty());
}

#[tokio::test]
async fn a_poll_that_opens_while_a_moderator_looks_at_it_is_removed_as_it_is_then() {
    let stage = stage().await;
    approve(&stage.polls, stage.poll, NOW).await.expect("approved");
    let before = stage.seen().await;
    tick(&stage.polls, NOW, NOW).await.expect("a tick");
    assert!(matches!(stage.remove(&before).await, Err(CommunityError::ReviewDecided)));
    assert_eq!(stage.announced().await, ["community.poll_published.v1"]);
    stage.remove(&stage.seen().await).await.expect("removed");
    assert!(!stage.is_told().await, "the message that opened it still waits");
    assert_eq!(stage.announced().await, ["community.poll_hidden.v1"]);
}

#[tokio::test]
async fn a_report_of_what_another_review_removed_is_closed_and_shows_nothing_again() {
    let stage = stage().await;
    approve(&stage.polls, stage.poll, NOW).await.expect("approved");
    tick(&stage.polls, NOW, NOW).await.expect("a tick");
    let report = stage.report().await;
    assert_eq!(stage.seen().await.hidden(), Some(report.id));
    stage.remove(&stage.seen().await).await.expect("removed");
    let seen = stage.seen().await;
    let decide = |by| stage.reviews.decide(&report, Some(&seen), false, by, NOW);
    decide(MemberId::random()).await.expect("closed");
    assert_eq!(stage.seen().await.hidden(), Some(stage.overridden.id), "it is shown again");
    assert!(matches!(decide(MemberId::random()).await, Err(CommunityError::ReviewDecided)));
}

#[tokio::test]
async fn a_moderator_does_not_decide_on_what_they_wrote_or_reported() {
    let stage = stage().await;
    approve(&stage.polls, stage.poll, NOW).await.expect("approved");
    tick(&stage.polls, NOW, NOW).await.expect("a tick");
    let report = stage.report().await;
    let rows = stage.engine.snapshot().await;
    let seen = stage.seen().await;
    for (by, confirmed) in [(report.author, false), (report.opened_by, true)] {
        let refused = stage.reviews.decide(&report, Some(&seen), confirmed, by, NOW).await;
        assert!(matches!(refused, Err(CommunityError::OwnReview)));
    }
    assert_eq!(stage.engine.snapshot().await, rows, "a refusal left a trace");
}
