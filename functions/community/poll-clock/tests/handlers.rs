//! The function in process, with its sample events, on the embedded engine: what it does, and that a ring
//! which comes twice changes nothing twice.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::collections::BTreeSet;

use community::{
    ballots::{BallotKeys, HeadSigner},
    calendar::{Calendars, Place, Rhythm},
    member::Members,
    poll::{Content, Polls, Status},
    review::{Cause, Review, Reviews, Subject},
    testing::{content, draft},
};
use contracts::{Envelope, identity::MemberActivated};
use edge::testing::{StandIn, event, key_service};
use kernel::{
    Audience, Timestamp,
    id::{MemberId, PollId},
};
use poll_clock::{App, Ring, Rung};
use serde_json::json;
use table::{OnceKey, Stored, testing::Engine};

/// A Friday.
const WRITTEN: &str = "2026-11-20T12:00:00Z";
const FIRST: &str = "2026-11-23T13:00:00Z";
const SECOND: &str = "2026-11-30T13:00:00Z";

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

/// A poll that was approved on the Friday, at that place.
async fn approved(app: &App, content: Content, place: Place) -> PollId {
    let now = at(WRITTEN);
    let poll = draft(&app.store, content, now).await;
    app.calendar.approve(&poll, place, (now, app.rhythm.zone.date(now))).await.expect("approved");
    poll.id
}

/// One for everyone, at the end of the queue.
async fn queued(app: &App) -> PollId {
    approved(app, content(), Place::default()).await
}

/// The function, and the key service that it asks.
async fn function(engine: &Engine) -> (App, StandIn) {
    let service = StandIn::start(key_service).await;
    let app = App {
        store: Polls::new(engine.table.clone()),
        calendar: Calendars::new(engine.table.clone()),
        rhythm: Rhythm { zone: "America/New_York".parse().expect("a zone"), hour: 8, minute: 0 },
        days: 7,
        often: false,
        members: Members::new(engine.table.clone()),
        floor: 2,
        keys: BallotKeys::new(&service.aws, "ballots".to_owned()),
        signer: HeadSigner::new(&service.aws, "heads".to_owned()),
    };
    (app, service)
}

fn sample(name: &str) -> Ring {
    serde_json::from_value(event(&format!("community/poll-clock/{name}"))).expect("a ring")
}

/// A Monday's ring, as it comes in time.
async fn monday(app: &App, occurrence: &str) -> Rung {
    let mut sample = event("community/poll-clock/monday");
    *sample.get_mut("occurrence").expect("an occurrence") = occurrence.into();
    let ring = serde_json::from_value(sample).expect("a ring");
    app.handle(ring, at(occurrence)).await.expect("rung")
}

async fn swept(app: &App, now: &str) -> Rung {
    app.handle(sample("sweep"), at(now)).await.expect("rung")
}

async fn status(app: &App, poll: PollId) -> Status {
    app.store.find(poll).await.expect("a poll").status
}

fn rung(closed: usize, opened: usize) -> Rung {
    Rung { closed, opened, empty: false }
}

fn shelved(shelf: &str, rows: &BTreeSet<String>) -> usize {
    rows.iter().filter(|row| row.contains(&format!("POLLS#{shelf}"))).count()
}

#[tokio::test]
async fn a_monday_that_rings_twice_opens_one_poll_and_the_next_monday_the_next() {
    let engine = Engine::start().await;
    let (app, service) = function(&engine).await;
    let (first, second) = (queued(&app).await, queued(&app).await);
    assert_eq!(monday(&app, FIRST).await, rung(0, 1));
    let asked: Vec<String> = service.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, ["GetPublicKey", "Encrypt"], "a poll gets its keys");
    let after = engine.snapshot().await;
    assert!(
        after.iter().any(|row| row.contains("HEAD#KEY#")) && after.iter().any(|row| row.contains("SEALED#"))
    );
    assert_eq!(monday(&app, FIRST).await, rung(0, 0));
    assert_eq!(engine.snapshot().await, after, "the same Monday closed its own poll");
    assert_eq!((status(&app, first).await, status(&app, second).await), (Status::Open, Status::Approved));
    let open = app.store.find(first).await.expect("a poll");
    assert_eq!((open.opened_at, open.closes_at), (Some(at(FIRST)), Some(at(SECOND))));

    assert_eq!(monday(&app, SECOND).await, rung(1, 1));
    assert_eq!((status(&app, first).await, status(&app, second).await), (Status::Counting, Status::Open));
    let opened = engine.outbox().await;
    assert_eq!(opened.iter().filter(|(kind, _)| kind == "community.poll_published.v1").count(), 2);
}

#[tokio::test]
async fn rings_at_once_for_one_monday_open_one_poll_an_audience() {
    let engine = Engine::start().await;
    let (app, _service) = function(&engine).await;
    let french: Audience =
        serde_json::from_value(json!({"to": "countries", "countries": ["FR"]})).expect("one");
    for _ in 0..2 {
        queued(&app).await;
        approved(&app, Content { audience: french.clone(), ..content() }, Place::default()).await;
    }
    let ring = |text: &str| serde_json::from_value::<Ring>(json!({"ring": "monday", "occurrence": text}));
    // The same moment, written otherwise.
    let (one, two) = (ring(FIRST).expect("a ring"), ring("2026-11-23T08:00:00-05:00").expect("a ring"));
    let now = at(FIRST);
    let (one, two, three) =
        tokio::join!(app.handle(one, now), app.handle(two, now), app.handle(sample("sweep"), now));
    let opened: usize = [one, two, three].into_iter().map(|rung| rung.expect("rung").opened).sum();
    let rows = engine.snapshot().await;
    assert_eq!(opened, 2);
    assert_eq!((shelved("open", &rows), shelved("approved", &rows), shelved("counting", &rows)), (2, 2, 0));
}

#[tokio::test]
async fn a_monday_that_was_missed_is_made_up_for_once() {
    let engine = Engine::start().await;
    let (app, _service) = function(&engine).await;
    assert_eq!(swept(&app, "2026-11-21T00:00:00Z").await, rung(0, 0));
    let (first, second) = (queued(&app).await, queued(&app).await);
    // What was approved on Friday waits for Monday, however often it is swept.
    assert_eq!(swept(&app, "2026-11-23T12:59:00Z").await, rung(0, 0));
    // On Tuesday the stack is back.
    assert_eq!(swept(&app, "2026-11-24T18:00:00Z").await, rung(0, 1));
    assert_eq!(swept(&app, "2026-11-24T18:05:00Z").await, rung(0, 0));
    assert_eq!(monday(&app, FIRST).await, rung(0, 0), "a ring that comes late opened another");
    let open = app.store.find(first).await.expect("a poll");
    assert_eq!(open.closes_at, Some(at(SECOND)), "it is closed with its own Monday's");
    assert_eq!(status(&app, second).await, Status::Approved);
    // Nor is an empty Monday made up for on the day on which something is approved.
    assert_eq!(monday(&app, SECOND).await, rung(1, 1));
    assert_eq!(monday(&app, "2026-12-07T13:00:00Z").await, rung(1, 0));
    queued(&app).await;
    assert_eq!(swept(&app, "2026-12-08T13:00:00Z").await, rung(0, 0));
}

#[tokio::test]
async fn a_monday_that_is_half_over_is_not_made_up_for_and_one_that_is_moved_is_not_opened_twice() {
    let engine = Engine::start().await;
    let (mut app, _service) = function(&engine).await;
    let (first, second) = (queued(&app).await, queued(&app).await);
    assert_eq!(swept(&app, "2026-11-27T01:00:01Z").await, rung(0, 0), "a poll was opened for half a week");
    assert_eq!(status(&app, first).await, Status::Approved);
    assert_eq!(monday(&app, SECOND).await, rung(0, 1));
    // The operator moves Mondays to the evening.
    app.rhythm.hour = 18;
    assert_eq!(swept(&app, "2026-12-01T13:00:00Z").await, rung(0, 0));
    assert_eq!(monday(&app, "2026-11-30T23:00:00Z").await, rung(0, 0), "a Monday had two polls");
    assert_eq!(status(&app, second).await, Status::Approved);
    // Where everything goes fast, each ring is a Monday.
    app.often = true;
    assert_eq!(monday(&app, "2026-11-30T23:00:00Z").await, rung(1, 1));
}

#[tokio::test]
async fn a_poll_that_is_approved_on_a_monday_in_time_is_opened_that_day_also_by_the_sweep() {
    let engine = Engine::start().await;
    let (app, _service) = function(&engine).await;
    let poll = draft(&app.store, content(), at(WRITTEN)).await;
    let (early, late) = ("2026-11-23T12:00:00Z", "2026-11-23T13:30:00Z");
    let today = (at(early), app.rhythm.zone.date(at(early)));
    app.calendar.approve(&poll, Place::default(), today).await.expect("approved");
    // The ring is lost.
    assert_eq!(swept(&app, "2026-11-23T13:05:00Z").await, rung(0, 1));
    let french = Audience::Countries { countries: ["FR".parse().expect("a country")].into() };
    let other = draft(&app.store, Content { audience: french, ..content() }, at(WRITTEN)).await;
    let today = (at(late), app.rhythm.zone.date(at(late)));
    app.calendar.approve(&other, Place::default(), today).await.expect("approved");
    assert_eq!(swept(&app, "2026-11-23T14:05:00Z").await, rung(0, 0), "it was approved after the Monday");
    assert_eq!(monday(&app, SECOND).await, rung(1, 1), "the first one makes way, the other comes");
}

#[tokio::test]
async fn a_poll_is_closed_when_its_time_is_over_and_not_before_if_it_was_extended() {
    let engine = Engine::start().await;
    let (app, _service) = function(&engine).await;
    let (first, second) = (queued(&app).await, queued(&app).await);
    monday(&app, FIRST).await;
    let (until, why) = (at("2026-12-02T18:00:00Z"), "A holiday in between".parse().expect("a reason"));
    let open = app.store.find(first).await.expect("a poll");
    app.store.extend(&open, until, why, at("2026-11-28T08:00:00Z")).await.expect("extended");
    // The next one is opened beside it.
    assert_eq!(monday(&app, SECOND).await, rung(0, 1));
    assert_eq!((status(&app, first).await, status(&app, second).await), (Status::Open, Status::Open));
    assert_eq!(swept(&app, "2026-12-02T17:59:00Z").await, rung(0, 0));
    assert_eq!(swept(&app, "2026-12-02T18:00:00Z").await, rung(1, 0));
    assert_eq!(status(&app, first).await, Status::Counting);
    // What nothing follows is closed after a week.
    assert_eq!(swept(&app, "2026-12-07T12:59:00Z").await, rung(0, 0));
    assert_eq!(monday(&app, "2026-12-07T13:00:00Z").await, rung(1, 0));
    assert_eq!(status(&app, second).await, Status::Counting);
}

#[tokio::test]
async fn an_evergreen_steps_in_on_a_holiday_and_friday_warns_of_an_empty_monday() {
    let engine = Engine::start().await;
    let (app, _service) = function(&engine).await;
    let empty = async |friday: &str| app.handle(sample("friday"), at(friday)).await.expect("rung").empty;
    assert!(empty(WRITTEN).await, "nothing was ever approved");
    let evergreen = approved(&app, content(), Place::Evergreen { position: None }).await;
    assert!(empty(WRITTEN).await, "nothing was chosen");
    let (queued, holiday) = (queued(&app).await, "2026-11-23".parse().expect("a date"));
    assert!(!empty(WRITTEN).await);
    app.calendar.mark(holiday, Some("A feast".parse().expect("a name"))).await.expect("marked");
    assert!(!empty(WRITTEN).await, "the evergreen is for that");
    assert_eq!(monday(&app, FIRST).await, rung(0, 1));
    assert_eq!((status(&app, evergreen).await, status(&app, queued).await), (Status::Open, Status::Approved));
    assert!(!empty("2026-11-27T14:00:00Z").await);
    assert_eq!(monday(&app, SECOND).await, rung(1, 1));
    assert_eq!(status(&app, queued).await, Status::Open);
    assert!(empty("2026-12-04T14:00:00Z").await);
}

#[tokio::test]
async fn a_poll_is_opened_for_the_members_that_there_are_with_a_key_for_each_part_of_them() {
    let engine = Engine::start().await;
    let (app, service) = function(&engine).await;
    for (number, specialty) in
        ["cardiology", "cardiology", "urology", "urology", "neurology"].iter().enumerate()
    {
        let activated: MemberActivated = serde_json::from_value(json!({
            "member": MemberId::random(), "screen_name": format!("name-{number}"), "revision": 1,
            "clinician": {"profession": "physician", "specialty": specialty, "country": "FR", "tier": "triple_verified"},
        }))
        .expect("a member");
        app.members.admit(&Envelope::new(at(WRITTEN), activated)).await.expect("admitted");
    }
    let poll = queued(&app).await;
    let urologists: Audience =
        serde_json::from_value(json!({"to": "specialties", "specialties": ["urology"]})).expect("one");
    let part = approved(&app, Content { audience: urologists, ..content() }, Place::default()).await;
    assert_eq!(monday(&app, FIRST).await, rung(0, 2));
    let asked: Vec<String> = service.asked().into_iter().map(|asked| asked.what).collect();
    let count = |what: &str| asked.iter().filter(|asked| *asked == what).count();
    assert_eq!(count("Encrypt"), 4, "a key of each part, and two of everyone's");
    assert_eq!(count("GetPublicKey"), 1, "what is the same for both is asked twice");
    let named = async |poll: PollId| {
        let whole = app.store.whole(poll).await.expect("a poll");
        let electorate = whole.poll.electorate;
        let segments: Vec<(String, u64)> =
            electorate.segments.into_iter().map(|segment| (segment.name, segment.eligible)).collect();
        (electorate.eligible, segments, whole.keys.len())
    };
    // One neurologist is too few, and not enough for others: who is least joins them.
    let expected = vec![("cardiology".to_owned(), 2), ("other".to_owned(), 3)];
    assert_eq!(named(poll).await, (5, expected, 3));
    assert_eq!(named(part).await, (2, Vec::new(), 1));
}

#[tokio::test]
async fn an_open_poll_that_is_removed_in_a_review_makes_way_for_the_next_one() {
    let engine = Engine::start().await;
    let (app, _service) = function(&engine).await;
    let (first, second) = (queued(&app).await, queued(&app).await);
    assert_eq!(monday(&app, FIRST).await, rung(0, 1));
    let (reviews, subject) = (Reviews::new(engine.table.clone()), Subject::Poll { poll: first });
    let (author, seen) = reviews.reported(subject).await.expect("a poll");
    let cause = Cause::Identifier { note: None };
    let review = Review::of(subject, author, cause, MemberId::random(), at(FIRST));
    let once = OnceKey::new("somebody", "1", String::new(), at(FIRST));
    let stored = Stored { status: 201, body: "{}".to_owned() };
    reviews.hide(&review, &seen, &once, &stored).await.expect("hidden");
    let (seen, _) = reviews.subject(subject).await.expect("a poll");
    reviews.decide(&review, Some(&seen), true, MemberId::random(), at(FIRST)).await.expect("removed");
    assert_eq!(swept(&app, "2026-11-24T13:00:00Z").await, rung(0, 0));
    assert_eq!(monday(&app, SECOND).await, rung(0, 1));
    assert_eq!(status(&app, second).await, Status::Open);
}

#[tokio::test]
async fn a_poll_that_was_removed_in_a_review_is_passed_over() {
    let engine = Engine::start().await;
    let (app, _service) = function(&engine).await;
    let removed = queued(&app).await;
    let step = table::Transaction::new().update(
        "poll",
        table::Key::new(format!("POLL#{removed}"), "HEAD#POLL"),
        table::Update::new().set("hidden", kernel::id::ReviewId::at(at(WRITTEN))),
        table::Condition::present(),
    );
    engine.table.commit(step).await.expect("hidden");
    let friday = app.handle(sample("friday"), at(WRITTEN)).await.expect("rung");
    assert!(friday.empty, "what was removed is taken for a poll");
    let next = queued(&app).await;
    assert_eq!(monday(&app, FIRST).await, rung(0, 1));
    assert_eq!(status(&app, next).await, Status::Open);
    let left = app.calendar.read().await.expect("a calendar");
    assert!(left.queues.iter().all(|queue| queue.waiting.is_empty()), "{left:?}");
}
