//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

use axum::Router;
use ballot::{
    log::{self, Log},
    record::{Line, Recount},
    testing,
};
use community::{
    ballots::{Board, Casting, EVERYONE, HeadSigner, Issuing},
    poll::{Polls, Status, Tick},
    testing::{approved, keys, open, tick},
};
use edge::testing::{StandIn, about, again, call, event, fetch, key_service, saying, with, within_budget};
use kernel::{
    Secret, Timestamp,
    id::{MemberId, PollId},
};
use polls::App;
use screening::Screen;
use serde_json::{Value, json};
use table::{CursorKey, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn router(engine: &Engine) -> (Router, Polls) {
    let cursors = CursorKey::new(Secret::new("cursor"));
    let app = App::new(engine.table.clone(), Screen::load(NOW), cursors);
    (polls::api(app).into_router(), Polls::new(engine.table.clone()))
}

fn at(name: &str, poll: &str) -> Value {
    about(&event(&format!("community/polls/{name}")), poll)
}

#[tokio::test]
async fn a_poll_runs_its_course_within_its_budget() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);

    let (status, made) = call(&router, &event("community/polls/create"), NOW).await;
    assert_eq!(status, 201, "{made}");
    within_budget("POST /polls", engine.calls.take());
    let poll = made["id"].as_str().expect("an id").to_owned();

    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/approve", engine.calls.take());
    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 409, "approved twice");

    assert!(tick(&store, NOW, NOW).await.expect("a tick").opened.is_some());
    assert_eq!(tick(&store, NOW, NOW).await.expect("a tick"), Tick::default(), "a tick repeated");
    engine.calls.take();
    let (_, live) = call(&router, &at("show", &poll), NOW).await;
    within_budget("GET /polls/{poll}", engine.calls.take());
    assert_eq!((live["votes"].as_u64(), live["ballot_signed"].as_bool()), (Some(0), Some(false)));
    assert_eq!(live["keys"].as_array().map(Vec::len), Some(1), "{live}");
    assert_eq!(call(&router, &at("public_show", &poll), NOW).await.0, 404, "public before it is final");

    let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
    assert!(tick(&store, week, week).await.expect("a tick").closed.is_some());
    assert_eq!(call(&router, &at("public_show", &poll), NOW).await.0, 404, "public before it is counted");
    let service = StandIn::start(key_service).await;
    let signer = HeadSigner::new(&service.aws, "heads".to_owned());
    Board::new(engine.table.clone())
        .publish(poll.parse().expect("an id"), &signer, (week, 0))
        .await
        .expect("counted");
    engine.calls.take();
    let (status, last) = call(&router, &at("public_show", &poll), NOW).await;
    within_budget("GET /public/polls/{poll}", engine.calls.take());
    assert_eq!((status, last["votes"].as_u64()), (200, Some(0)));
    for (name, path) in [
        ("list", "GET /polls"),
        ("public_list", "GET /public/polls"),
        ("public_atom", "GET /public/feeds/polls.atom"),
        ("public_json", "GET /public/feeds/polls.json"),
    ] {
        engine.calls.take();
        let (status, _, page) = fetch(&router, &event(&format!("community/polls/{name}")), NOW).await;
        within_budget(path, engine.calls.take());
        assert!(status == 200 && (name == "list" || page.contains(&poll)), "{page}");
    }
}

/// Writes, approves, opens, closes and counts a poll of that question, with ballots for the first option.
async fn counted(engine: &Engine, router: &Router, question: &str, ballots: usize) -> PollId {
    let service = StandIn::start(key_service).await;
    let signer = HeadSigner::new(&service.aws, "heads".to_owned());
    let body = json!({"question": question, "options": ["=Yes <b>", "No & \"never\""]});
    let create = again(&saying(&event("community/polls/create"), &body), "once");
    let (status, made) = call(router, &create, NOW).await;
    assert_eq!(status, 201, "{made}");
    let poll: PollId = made["id"].as_str().expect("an id").parse().expect("an id");
    let store = Polls::new(engine.table.clone());
    store.approve(poll, NOW).await.expect("approved");
    let (private, keys) = keys(signer.public().await.expect("a key"));
    open(&store, keys).await;
    let (issuing, casting) = (Issuing::new(engine.table.clone()), Casting::new(engine.table.clone()));
    let taking = casting.open(poll).await.expect("a poll");
    for _ in 0..ballots {
        let ballot = testing::ballot(poll, &private, 0);
        let (hash, member) = (taking.check(&ballot).expect("a ballot"), MemberId::random());
        let issuer = issuing.of(poll, member, EVERYONE).await.expect("a poll");
        issuing.record(&issuer, member, hash).await.expect("recorded");
        casting.take(&taking, hash, &ballot).await.expect("taken in");
    }
    let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
    tick(&store, week, week).await.expect("a tick");
    Board::new(engine.table.clone()).publish(poll, &signer, (week, 0)).await.expect("counted");
    poll
}

#[tokio::test]
async fn a_result_is_a_table_a_chart_and_stands_in_the_feeds() {
    let engine = Engine::start().await;
    let (router, _) = router(&engine);
    let question =
        "Would you, all else being equal, rather wait for a second opinion, even if that takes a week?";
    let poll = counted(&engine, &router, question, 3).await;
    let get = async |name: &str, path: &str| {
        engine.calls.take();
        let (status, headers, text) = fetch(&router, &at(name, &poll.to_string()), NOW).await;
        within_budget(&format!("GET {path}"), engine.calls.take());
        assert_eq!(status, 200, "{text}");
        assert!(headers["cache-control"].to_str().is_ok_and(|cache| cache.contains("public")));
        (headers["content-type"].to_str().expect("a type").to_owned(), text)
    };
    let (media, table) = get("public_table", "/public/polls/{poll}/result.csv").await;
    assert!(media.starts_with("text/csv"));
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    assert_eq!((&rows[0][5], &rows[0][6], &rows[0][7]), ("'=Yes <b>", "3", "100.0"));
    assert_eq!((&rows[1][5], &rows[1][6], &rows[1][1]), ("No & \"never\"", "0", question));

    let (media, chart) = get("public_chart", "/public/polls/{poll}/chart.svg").await;
    assert_eq!(media, "image/svg+xml");
    for part in [
        "role=\"img\"",
        "=Yes &lt;b&gt;: 3 of 3 ballots, 100.0 per cent",
        "3 (100.0 %)",
        "No &amp; ",
        "self-selected",
    ] {
        assert!(chart.contains(part), "{part} is not in {chart}");
    }
    // The question is broken into lines.
    assert!(!chart.split("<text").skip(1).any(|line| line.contains("wait for a second opinion")), "{chart}");

    let (_, feed) = fetched(&router, "community/polls/public_atom").await;
    assert!(
        feed.contains("<feed xmlns=\"http://www.w3.org/2005/Atom\">") && feed.contains(&poll.to_string()),
        "{feed}"
    );
    let address = format!("https://api1.execute-api.us-east-1.amazonaws.com/local/public/polls/{poll}");
    assert!(feed.contains(&format!("href=\"{address}\"")), "{feed}");
    let (media, feed) = fetched(&router, "community/polls/public_json").await;
    assert_eq!(media, "application/feed+json");
    let feed: Value = serde_json::from_str(&feed).expect("JSON");
    assert_eq!((&feed["items"][0]["url"], &feed["items"][0]["title"]), (&json!(address), &json!(question)));
    assert!(
        feed["items"][0]["content_text"].as_str().is_some_and(|text| text.contains("CC BY 4.0")),
        "{feed}"
    );

    // Before its end it is in none of them.
    let store = Polls::new(engine.table.clone());
    let next = approved(&store).await;
    let later = Timestamp::from_second(1).expect("a time");
    assert!(tick(&store, later, later).await.expect("a tick").opened.is_some());
    for name in ["public_table", "public_chart"] {
        assert_eq!(call(&router, &at(name, &next.to_string()), NOW).await.0, 404, "{name}");
    }
}

/// A feed: its media type, and its text.
async fn fetched(router: &Router, name: &str) -> (String, String) {
    let (status, headers, text) = fetch(router, &event(name), NOW).await;
    assert_eq!(status, 200, "{text}");
    (headers["content-type"].to_str().expect("a type").to_owned(), text)
}

#[tokio::test]
async fn every_closed_poll_can_be_reached() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);
    let service = StandIn::start(key_service).await;
    let (boards, signer) =
        (Board::new(engine.table.clone()), HeadSigner::new(&service.aws, "heads".to_owned()));
    for week in 0..31 {
        let now = Timestamp::from_second(week * 7 * 24 * 3600).expect("a time");
        let create = again(&event("community/polls/create"), &format!("{week}"));
        let (status, made) = call(&router, &create, now).await;
        assert_eq!(status, 201, "{made}");
        let poll = made["id"].as_str().expect("an id").parse().expect("an id");
        store.approve(poll, now).await.expect("approved");
        let tick = tick(&store, now, now).await.expect("a tick");
        if let Some(closed) = tick.closed {
            boards.publish(closed, &signer, (now, 0)).await.expect("counted");
        }
    }
    let cursors = CursorKey::new(Secret::new("cursor"));
    let first = store.of_status(Status::Closed, &cursors, None).await.expect("a page");
    let second = store.of_status(Status::Closed, &cursors, first.next.as_deref()).await.expect("a page");
    assert_eq!((first.polls.len(), second.polls.len(), second.next), (25, 5, None));
}

#[tokio::test]
async fn a_record_is_read_page_by_page_and_a_ballots_place_is_proven() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);
    let service = StandIn::start(key_service).await;
    let signer = HeadSigner::new(&service.aws, "heads".to_owned());
    let poll = approved(&store).await;
    let (private, keys) = keys(signer.public().await.expect("a key"));
    open(&store, keys).await;
    let (issuing, casting) = (Issuing::new(engine.table.clone()), Casting::new(engine.table.clone()));
    let (taking, boards) = (casting.open(poll).await.expect("a poll"), Board::new(engine.table.clone()));
    let mut ballots = Vec::new();
    for number in 0..40 {
        let ballot = testing::ballot(poll, &private, number % 2);
        let (hash, member) = (taking.check(&ballot).expect("a ballot"), MemberId::random());
        let issuer = issuing.of(poll, member, EVERYONE).await.expect("a poll");
        issuing.record(&issuer, member, hash).await.expect("recorded");
        casting.take(&taking, hash, &ballot).await.expect("taken in");
        ballots.push(hash);
        if number == 24 {
            boards.publish(poll, &signer, (NOW, 0)).await.expect("published");
        }
    }
    let head = |name: &str| at(name, &poll.to_string());
    let newest = with(&head("public_head"), "/queryStringParameters", json!({"since": "15"}));
    assert_eq!(call(&router, &newest, NOW).await.0, 200);
    boards.publish(poll, &signer, (NOW, 0)).await.expect("published");
    engine.calls.take();
    let (status, head_view) = call(&router, &newest, NOW).await;
    within_budget("GET /public/polls/{poll}/head", engine.calls.take());
    assert_eq!((status, head_view["tree_size"].as_u64()), (200, Some(30)), "{head_view}");
    let whole = (30, serde_json::from_value(head_view["root_hash"].clone()).expect("a hash"));

    // The record, as anybody recounts it.
    let mut recount = Recount::new();
    let (mut event, mut places, mut pages) = (head("public_record"), Vec::new(), 0);
    loop {
        engine.calls.take();
        let (status, headers, text) = fetch(&router, &event, NOW).await;
        assert_eq!((status, headers["content-type"].as_bytes()), (200, b"application/jsonl".as_slice()));
        let page = if pages == 0 { "" } else { ", a later page" };
        within_budget(&format!("GET /public/polls/{{poll}}/record{page}"), engine.calls.take());
        for line in text.lines() {
            recount.take(line).expect("a line that holds");
            if let Ok(Line::Ballot(ballot)) = serde_json::from_str(line) {
                places.push(ballot);
            }
        }
        pages += 1;
        let Some(link) = headers.get("link") else { break };
        let link = link.to_str().expect("a link");
        let cursor = link.split("cursor=").nth(1).and_then(|rest| rest.split('>').next()).expect("a cursor");
        event = with(&event, "/queryStringParameters", json!({"cursor": cursor}));
    }
    let (counted, _) = recount.end().expect("a record that holds");
    assert_eq!((counted[0].votes.iter().sum::<u64>(), pages, counted[0].published), (30, 2, false));
    let earlier = places.iter().take(15).fold(Log::new(), |mut log, ballot| {
        log.push(ballot.entry(poll));
        log
    });
    let proof = serde_json::from_value(head_view["consistency"].clone()).expect("a proof");
    assert_eq!(log::verify_consistency((15, earlier.root()), whole, &proof), Ok(()));

    // A place, and none.
    for hash in ballots {
        let inclusion = with(&head("public_ballot"), "/path", format!("/public/polls/{poll}/ballots/{hash}"));
        engine.calls.take();
        let (status, view) = call(&router, &inclusion, NOW).await;
        let place = places.iter().position(|ballot| ballot.hash(poll) == hash);
        let Some(place) = place else {
            assert_eq!(status, 404, "{view}");
            continue;
        };
        within_budget("GET /public/polls/{poll}/ballots/{ballot}", engine.calls.take());
        let proof = serde_json::from_value(view["inclusion"].clone()).expect("a proof");
        let at = u64::try_from(place).expect("a place");
        assert_eq!((status, view["place"].as_u64()), (200, Some(at)));
        assert_eq!(log::verify_inclusion(whole, &places[place].entry(poll), at, &proof), Ok(()));
    }
    for wrong in ["0", "31"] {
        let event = with(&newest, "/queryStringParameters", json!({"since": wrong}));
        assert_eq!(call(&router, &event, NOW).await.0, 404, "since {wrong}");
    }
}

#[tokio::test]
async fn a_poll_with_identifiers_is_answered_without_them_and_leaves_nothing() {
    let engine = Engine::start().await;
    let (router, _) = router(&engine);
    let create = event("community/polls/create");
    for (body, field) in [
        (json!({"question": "Would you treat Mr. Okafor?", "options": ["Yes", "No"]}), "question"),
        (json!({"question": "Would you?", "options": ["Yes", "Ask Mr. Okafor"]}), "options[1]"),
    ] {
        let (status, problem) = call(&router, &saying(&create, &body), NOW).await;
        assert_eq!((status, problem["field"].as_str()), (422, Some(field)), "{problem}");
        assert!(engine.snapshot().await.is_empty(), "something was kept");
    }
    let body = json!({"question": "Would you follow Mr. Okafor's rule?", "options": ["Yes", "No"]});
    let (_, problem) = call(&router, &saying(&create, &body), NOW).await;
    let change = &problem["texts"][0]["changes"][0];
    let excuse = json!({"field": "question", "start": change["start"], "end": change["end"], "reason": "a published rule"});
    let body = json!({"question": body["question"], "options": body["options"], "overrides": [excuse]});
    let (status, made) = call(&router, &saying(&create, &body), NOW).await;
    assert_eq!(status, 201, "{made}");
    let reviews = engine.snapshot().await.into_iter().filter(|row| row.contains("REVIEWS#open"));
    assert_eq!(reviews.count(), 1, "no moderator sees what was overridden");
}
