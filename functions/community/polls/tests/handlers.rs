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
    ballots::{Board, HeadSigner},
    breakdown::Segment,
    calendar::{Opened, Rhythm},
    member::Members,
    poll::{Electorate, Polls, Status},
    testing::{Voting, approve, approved, clinician, keys, open, open_to, tick, with_segment},
};
use contracts::{Envelope, identity::MemberActivated};
use edge::testing::{
    StandIn, about, again, by, call, event, fetch, key_service, plain, saying, with, within_budget,
};
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
    let rhythm = Rhythm { zone: "UTC".parse().expect("a zone"), hour: 8, minute: 0 };
    let app = App::new(engine.table.clone(), Screen::load(NOW), (rhythm, 2), cursors);
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
    within_budget("POST /polls, for the community team", engine.calls.take());
    let poll = made["id"].as_str().expect("an id").to_owned();

    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/approve", engine.calls.take());
    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 409, "approved twice");

    let later = Timestamp::from_second(1).expect("a time");
    assert!(tick(&store, later, later).await.expect("a tick").opened.is_some());
    assert_eq!(tick(&store, later, later).await.expect("a tick"), Opened::default(), "a tick repeated");
    engine.calls.take();
    let (_, live) = call(&router, &at("show", &poll), NOW).await;
    within_budget("GET /polls/{poll}", engine.calls.take());
    assert_eq!((live["votes"].as_u64(), live["ballot_signed"].as_bool()), (Some(0), Some(false)));
    assert_eq!(live["keys"].as_array().map(Vec::len), Some(1), "{live}");
    assert_eq!(call(&router, &at("public_show", &poll), NOW).await.0, 404, "public before it is final");
    // Many watch, and the table is asked twice a minute.
    engine.calls.take();
    let (status, headers, counts) = fetch(&router, &at("live", &poll), NOW).await;
    within_budget("GET /polls/{poll}/live, twice a minute", engine.calls.take());
    assert_eq!((status, counts.contains("\"options\":[0,0]")), (200, true), "{counts}");
    let tag = headers["etag"].to_str().expect("a tag").to_owned();
    let mut again = at("live", &poll);
    again["headers"]["If-None-Match"] = tag.as_str().into();
    again["multiValueHeaders"]["If-None-Match"] = json!([tag]);
    let half = Timestamp::from_second(29).expect("a time");
    assert_eq!(fetch(&router, &again, half).await.0, 304);
    within_budget("GET /polls/{poll}/live", engine.calls.take());
    let later = Timestamp::from_second(31).expect("a time");
    assert_eq!((fetch(&router, &again, later).await.0, engine.calls.take()), (304, 1));

    let week = Timestamp::from_second(7 * 24 * 3600 + 1).expect("a time");
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

/// The same request by another member, who keeps no queues.
fn of(event: &Value, member: &str) -> Value {
    by(&plain(event), member.parse().expect("a member"))
}

const MEMBER: &str = "mbr_3ZZZZZZZZZZZZZZZZZZZZZZZZZ";
const OTHER: &str = "mbr_5ZZZZZZZZZZZZZZZZZZZZZZZZZ";

/// Proposes a poll as a member: its id.
async fn proposed(router: &Router, body: &Value, key: &str) -> String {
    let create = again(&saying(&of(&event("community/polls/create"), MEMBER), body), key);
    let (status, made) = call(router, &create, NOW).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_proposal_is_edited_in_review_approved_or_declined_and_its_author_learns_why() {
    let engine = Engine::start().await;
    let (router, _) = router(&engine);
    let full = json!({
        "question": "Do you start statins in primary prevention after 75?", "options": ["Yes", "No"],
        "context": "A large trial is under way.", "credited": true,
        "sources": [{"title": "The protocol", "link": "https://example.org/protocol"}],
        "audience": {"to": "specialties", "specialties": ["cardiology"]},
    });
    engine.calls.take();
    let poll = proposed(&router, &full, "one").await;
    within_budget("POST /polls", engine.calls.take());
    // Others do not see it; its author and moderators do, with the version to edit.
    assert_eq!(call(&router, &of(&at("show", &poll), OTHER), NOW).await.0, 404);
    let (status, headers, _) = fetch(&router, &of(&at("show", &poll), MEMBER), NOW).await;
    assert_eq!((status, headers["etag"].as_bytes()), (200, b"\"v1\"".as_slice()));
    let (_, seen) = call(&router, &at("show", &poll), NOW).await;
    assert_eq!((&seen["sources"], &seen["audience"]), (&full["sources"], &full["audience"]));

    let edit = |event: Value, body: &Value| saying(&event, body);
    assert_eq!(call(&router, &edit(of(&at("edit", &poll), OTHER), &full), NOW).await.0, 404);
    engine.calls.take();
    assert_eq!(call(&router, &edit(at("edit", &poll), &full), NOW).await.0, 204);
    within_budget("PUT /polls/{poll}", engine.calls.take());
    assert_eq!(
        call(&router, &edit(of(&at("edit", &poll), MEMBER), &full), NOW).await.0,
        412,
        "an older version"
    );
    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 412, "a version that was not read");
    for (wrong, field) in [
        (json!({"question": "Q?", "options": ["a"]}), "options"),
        (
            json!({"question": "Q?", "options": ["a", "b"], "audience": {"to": "countries", "countries": []}}),
            "audience.countries",
        ),
        (
            json!({"question": "Q?", "options": ["a", "b"], "sources": [{"title": "T", "link": "http://example.org"}]}),
            "sources[0].link",
        ),
        (json!({"question": "Q?", "options": ["a", "b"], "honorarium": {"amount": 100}}), "honorarium"),
    ] {
        let (status, problem) = call(&router, &edit(at("edit", &poll), &wrong), NOW).await;
        assert_eq!((status, problem["field"].as_str()), (400, Some(field)), "{problem}");
        assert!(problem["remedy"].is_string(), "{problem}");
    }
    let named = json!({"question": "Would you treat Mr. Okafor?", "options": ["a", "b"], "context": "Ask Mr. Okafor."});
    let (status, problem) = call(&router, &edit(at("edit", &poll), &named), NOW).await;
    assert_eq!((status, problem["texts"].as_array().map(Vec::len)), (422, Some(2)), "{problem}");

    engine.calls.take();
    assert_eq!(call(&router, &at("decline", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/decline", engine.calls.take());
    let told = engine.outbox().await.into_iter().filter(|(kind, _)| kind == "community.poll_decided.v1");
    assert_eq!(told.count(), 1);
    assert_eq!(call(&router, &at("decline", &poll), NOW).await.0, 409, "declined twice");
    let approve = with(&at("approve", &poll), "/headers/If-Match", "\"v2\"");
    let approve = with(&approve, "/multiValueHeaders/If-Match", json!(["\"v2\""]));
    assert_eq!(call(&router, &approve, NOW).await.0, 409, "approved after it was declined");
    let (_, seen) = call(&router, &of(&at("show", &poll), MEMBER), NOW).await;
    assert_eq!((&seen["status"], &seen["declined"]), (&json!("declined"), &json!("It was asked in spring.")));
    engine.calls.take();
    let (_, mine) = call(&router, &of(&event("community/polls/mine"), MEMBER), NOW).await;
    within_budget("GET /polls/mine", engine.calls.take());
    assert_eq!(mine["polls"][0]["status"], "declined");
}

#[tokio::test]
async fn five_drafts_of_a_member_wait_at_most_and_a_moderator_sees_what_was_asked_before() {
    let engine = Engine::start().await;
    let (router, _) = router(&engine);
    let asking = |question: &str| json!({"question": question, "options": ["Yes", "No"]});
    let mut polls = Vec::new();
    for (number, question) in [
        "Do you start statins in primary prevention after the age of 75?",
        "After the age of 75, do you start statins in primary prevention?",
        "Do you start a statin for primary prevention after age 75?",
        "Should nurses prescribe antibiotics?",
        "Do you see patients on Saturdays?",
    ]
    .into_iter()
    .enumerate()
    {
        polls.push(proposed(&router, &asking(question), &format!("{number}")).await);
    }
    let sixth = saying(&of(&event("community/polls/create"), MEMBER), &asking("Another?"));
    assert_eq!(
        call(&router, &again(&sixth, "six"), NOW).await.1["type"],
        "https://curbside.dev/problems/too_many_drafts"
    );
    assert_eq!(call(&router, &at("decline", &polls[1]), NOW).await.0, 204);
    assert_eq!(call(&router, &again(&sixth, "seven"), NOW).await.0, 201);
    engine.calls.take();
    let (status, found) = call(&router, &at("similar", &polls[0]), NOW).await;
    within_budget("GET /polls/{poll}/similar", engine.calls.take());
    let found: Vec<_> =
        found["polls"].as_array().expect("polls").iter().map(|one| one["id"].clone()).collect();
    assert_eq!((status, found), (200, vec![json!(polls[1]), json!(polls[2])]));
    assert_eq!(call(&router, &of(&at("similar", &polls[0]), MEMBER), NOW).await.0, 403);
    // What was asked more than a year ago may be asked again.
    let (_, later) =
        call(&router, &at("similar", &polls[0]), Timestamp::from_second(366 * 24 * 3600).expect("a time"))
            .await;
    assert_eq!(later["polls"], json!([]));
}

#[tokio::test]
async fn moderators_list_move_and_pin_what_waits() {
    let engine = Engine::start().await;
    let (router, _) = router(&engine);
    let now: Timestamp = "2026-12-01T12:00:00Z".parse().expect("a time");
    let french = json!({"to": "countries", "countries": ["FR"]});
    let few =
        proposed(&router, &json!({"question": "Few?", "options": ["Yes", "No"], "audience": french}), "few")
            .await;
    let (status, problem) = call(&router, &at("approve", &few), now).await;
    assert_eq!((status, &problem["type"]), (409, &json!("https://curbside.dev/problems/audience_too_small")));
    let members = Members::new(engine.table.clone());
    for number in 0..2 {
        let (member, clinician) = (MemberId::random(), clinician());
        let joined = MemberActivated { member, screen_name: format!("name-{number}"), clinician };
        members.admit(&Envelope::new(NOW, joined)).await.expect("admitted");
    }
    let mut polls = Vec::new();
    for (number, audience) in
        [&json!({"to": "everyone"}), &json!({"to": "everyone"}), &french].iter().enumerate()
    {
        let body = json!({"question": format!("Question {number}?"), "options": ["Yes", "No"], "audience": audience});
        let poll = proposed(&router, &body, &format!("{number}")).await;
        engine.calls.take();
        assert_eq!(call(&router, &at("approve", &poll), now).await.0, 204);
        let part = if audience == &&french { ", for a part of the members" } else { "" };
        within_budget(&format!("POST /polls/{{poll}}/approve{part}"), engine.calls.take());
        polls.push(poll);
    }
    let calendar = async || {
        engine.calls.take();
        let (status, view) = call(&router, &event("community/polls/calendar"), now).await;
        within_budget("GET /polls/calendar", engine.calls.take());
        assert_eq!(status, 200, "{view}");
        view
    };
    let view = calendar().await;
    assert_eq!(
        (&view["queues"][0]["audience"], &view["queues"][1]["audience"]),
        (&french, &json!({"to": "everyone"}))
    );
    assert_eq!(view["queues"][1]["waiting"][0]["question"], "Question 0?");
    assert_eq!(
        (&view["mondays"][0]["date"], &view["mondays"][0]["polls"]),
        (&json!("2026-12-07"), &json!([polls[2], polls[0]]))
    );
    assert_eq!(
        (&view["mondays"][1]["polls"], view["mondays"].as_array().map(Vec::len)),
        (&json!([null, polls[1]]), Some(12))
    );

    // To the front, to a date, among the evergreens.
    let place = async |poll: &str, place: Value| {
        engine.calls.take();
        let answer = call(&router, &saying(&at("place", poll), &json!({"place": place})), now).await;
        if answer.0 == 204 {
            within_budget("PUT /polls/{poll}/place", engine.calls.take());
        }
        answer
    };
    assert_eq!(place(&polls[1], json!({"in": "queue", "position": 0})).await.0, 204);
    assert_eq!(calendar().await["mondays"][0]["polls"], json!([polls[2], polls[1]]));
    assert_eq!(call(&router, &at("place", &polls[0]), now).await.0, 204);
    let view = calendar().await;
    let pinned = json!([{"poll": polls[0], "question": "Question 0?", "date": "2026-12-28"}]);
    assert_eq!(
        (&view["queues"][1]["pinned"], &view["mondays"][3]["polls"]),
        (&pinned, &json!([null, polls[0]]))
    );
    let (status, problem) = place(&polls[1], json!({"in": "date", "date": "2026-12-28"})).await;
    assert_eq!((status, &problem["type"]), (409, &json!("https://curbside.dev/problems/date_taken")));
    let (status, problem) = place(&polls[1], json!({"in": "date", "date": "2026-11-30"})).await;
    assert_eq!((status, problem["field"].as_str()), (400, Some("date")), "{problem}");
    assert_eq!(place(&polls[1], json!({"in": "evergreen"})).await.0, 204);
    // A holiday.
    engine.calls.take();
    assert_eq!(call(&router, &event("community/polls/mark_holiday"), now).await.0, 204);
    within_budget("PUT /polls/calendar/holidays/{date}", engine.calls.take());
    let nowhere =
        with(&event("community/polls/mark_holiday"), "/path", "/polls/calendar/holidays/2026-13-01");
    let (status, problem) = call(&router, &nowhere, now).await;
    assert_eq!((status, problem["field"].as_str()), (400, Some("date")), "{problem}");
    let view = calendar().await;
    assert_eq!(
        (&view["mondays"][3]["holiday"], &view["holidays"][0]["date"]),
        (&json!("Between the years"), &json!("2026-12-28"))
    );
    engine.calls.take();
    assert_eq!(call(&router, &event("community/polls/unmark_holiday"), now).await.0, 204);
    within_budget("DELETE /polls/calendar/holidays/{date}", engine.calls.take());
    assert_eq!(calendar().await["holidays"], json!([]));
    // Declined after all.
    engine.calls.take();
    assert_eq!(call(&router, &at("decline", &polls[2]), now).await.0, 204);
    within_budget("POST /polls/{poll}/decline, once it was approved", engine.calls.take());
    let view = calendar().await;
    assert_eq!(view["queues"][0]["waiting"], json!([]));
    let (status, _) = place(&polls[2], json!({"in": "queue"})).await;
    assert_eq!(status, 409, "what was declined waits again");
    for name in ["calendar", "mark_holiday", "unmark_holiday"] {
        assert_eq!(
            call(&router, &of(&event(&format!("community/polls/{name}")), MEMBER), now).await.0,
            403,
            "{name}"
        );
    }
    for name in ["approve", "decline", "place", "extend", "withdraw"] {
        assert_eq!(call(&router, &of(&at(name, &polls[0]), MEMBER), now).await.0, 403, "{name}");
    }
}

#[tokio::test]
async fn an_open_poll_is_extended_or_withdrawn_with_a_public_reason() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);
    let id = approved(&store).await;
    let poll = id.to_string();
    for name in ["extend", "withdraw"] {
        assert_eq!(call(&router, &at(name, &poll), NOW).await.0, 409, "{name} before it was opened");
    }
    let (private, keys) = keys(ballot::Bytes(Vec::new()));
    open(&store, keys).await;
    let voting = Voting::of(&store, id).await;
    let late = voting.sign(testing::ballot(id, &private, 0), None).await;
    engine.calls.take();
    assert_eq!(call(&router, &at("extend", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/extend", engine.calls.take());
    let (status, problem) = call(&router, &at("extend", &poll), NOW).await;
    assert_eq!((status, problem["field"].as_str()), (400, Some("until")), "{problem}");
    let (_, seen) = call(&router, &of(&at("show", &poll), OTHER), NOW).await;
    let change = &seen["changes"][0];
    assert_eq!(
        (&change["act"], &change["reason"]),
        (&json!("extended"), &json!("A week of holidays in many countries."))
    );
    assert_eq!((&seen["open_until"], &change["from"]), (&change["until"], &json!("1970-01-08T00:00:00Z")));
    assert_eq!(call(&router, &at("public_show", &poll), NOW).await.0, 404);

    let telling = json!({"reason": "Mr. Okafor called from +1 518 555 0123."});
    assert_eq!(call(&router, &saying(&at("withdraw", &poll), &telling), NOW).await.0, 422);
    engine.calls.take();
    assert_eq!(call(&router, &at("withdraw", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/withdraw", engine.calls.take());
    assert_eq!(call(&router, &at("withdraw", &poll), NOW).await.0, 409, "withdrawn twice");
    engine.calls.take();
    let (status, public) = call(&router, &at("public_show", &poll), NOW).await;
    within_budget("GET /public/polls/{poll}, whose proposer is named", engine.calls.take());
    assert_eq!((status, &public["changes"][1]["reason"]), (200, &json!("Two options mean the same.")));
    assert!(public.get("votes").is_none() && public["options"][0].get("votes").is_none(), "{public}");
    assert_eq!(call(&router, &at("public_table", &poll), NOW).await.0, 404, "a withdrawn poll has a result");
    let another = voting.issuing.of(id, MemberId::random(), &clinician()).await;
    assert!(another.is_err(), "a ballot of it is signed");
    assert!(voting.casting.take(&voting.taking, late).await.is_err(), "a ballot of it is taken in");
    assert!(Board::new(engine.table.clone()).polls().await.expect("polls").is_empty());
    assert_eq!(tick(&store, Timestamp::MAX, Timestamp::MAX).await.expect("a tick"), Opened::default());
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
    approve(&store, poll, NOW).await.expect("approved");
    let (private, keys) = keys(signer.public().await.expect("a key"));
    open(&store, keys).await;
    let voting = Voting::of(&store, poll).await;
    for _ in 0..ballots {
        voting.vote(testing::ballot(poll, &private, 0), None).await;
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
    let later = Timestamp::from_second(8 * 24 * 3600).expect("a time");
    assert!(tick(&store, later, later).await.expect("a tick").opened.is_some());
    for name in ["public_table", "public_chart"] {
        assert_eq!(call(&router, &at(name, &next.to_string()), NOW).await.0, 404, "{name}");
    }
}

#[tokio::test]
async fn a_result_is_broken_down_where_that_tells_of_nobody_and_its_corrections_are_versions() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);
    let service = StandIn::start(key_service).await;
    let signer = HeadSigner::new(&service.aws, "heads".to_owned());
    let poll = approved(&store).await;
    let (private, mut keys) = keys(signer.public().await.expect("a key"));
    let names = ["cardiology", "surgery", "other"];
    let segments = names.map(|name| with_segment(&mut keys, name));
    let electorate = Electorate {
        eligible: 300,
        segments: names.map(|name| Segment { name: name.to_owned(), eligible: 100 }).into(),
    };
    open_to(&store, keys, &electorate).await;
    let (_, seen) = call(&router, &of(&at("show", &poll.to_string()), OTHER), NOW).await;
    assert_eq!((&seen["your_segment"], &seen["eligible"]), (&json!("cardiology"), &json!(300)));
    assert_eq!((seen["keys"].as_array().map(Vec::len), &seen["parts"]), (Some(4), &Value::Null));
    let voting = Voting::of(&store, poll).await;
    // Of the second option, surgeons gave 3 votes, cardiologists 12, others 15; 2 ballots say of no segment.
    let counts = [(0, 14, 12), (1, 20, 3), (2, 11, 15)];
    for (segment, yes, no) in counts {
        for option in std::iter::repeat_n(0, yes).chain(std::iter::repeat_n(1, no)) {
            let (ballot, seal) = testing::ballot_in(poll, &private, &segments[segment], option);
            voting.vote(ballot, Some(seal)).await;
        }
    }
    for option in [0, 1] {
        voting.vote(testing::ballot(poll, &private, option), None).await;
    }
    // A ballot that is signed for a segment alone is none, and a seal must be of the same choice.
    let (ballot, seal) = testing::ballot_in(poll, &segments[0], &segments[1], 0);
    assert!(voting.taking.check(ballot, None).is_err());
    assert!(voting.taking.check(testing::ballot(poll, &private, 0), Some(seal)).is_err());

    let correct = at("correct", &poll.to_string());
    assert_eq!(call(&router, &correct, NOW).await.0, 409, "corrected before there is a result");
    let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
    tick(&store, week, week).await.expect("a tick");
    Board::new(engine.table.clone()).publish(poll, &signer, (week, 0)).await.expect("counted");
    let (_, result) = call(&router, &at("public_show", &poll.to_string()), NOW).await;
    assert_eq!((&result["votes"], &result["options"][1]["votes"]), (&json!(77), &json!(31)));
    let parts = result["parts"]["parts"].as_array().expect("parts").clone();
    let named: Vec<&Value> = parts.iter().map(|part| &part["name"]).collect();
    assert_eq!(named, ["cardiology", "surgery", "other", "unstated"]);
    let votes = |part: usize, option: usize| parts[part]["votes"][option].as_u64();
    assert_eq!((votes(1, 1), votes(3, 0), votes(3, 1)), (None, None, None), "{parts:?}");
    for (option, truth) in [[14, 20, 11], [12, 3, 15]].into_iter().enumerate() {
        let told: Vec<(Option<u64>, u64)> =
            truth.into_iter().enumerate().map(|(part, truth)| (votes(part, option), truth)).collect();
        assert!(told.iter().all(|(told, truth)| told.is_none_or(|told| told == *truth)), "{told:?}");
        assert!(
            told.iter().any(|(told, truth)| told.is_none() && *truth >= 10),
            "nothing hides the small ones: {told:?}"
        );
    }
    // What is on the board says nothing of segments.
    let (_, _, record) = fetch(&router, &at("public_record", &poll.to_string()), NOW).await;
    let everyone = seen["keys"].as_array().expect("keys").iter().find(|key| key["segment"] == "everyone");
    let ballots = Board::new(engine.table.clone()).page(poll, 0, 77).await.expect("ballots");
    assert!(ballots.iter().all(|ballot| json!(ballot.key) == everyone.expect("a key")["key"]));
    // Which keys there are everybody sees, so that nobody is given one of their own.
    assert!(
        record.lines().any(|line| line.contains("\"kind\":\"key\"") && line.contains("surgery")),
        "{record}"
    );
    let rows = engine.snapshot().await;
    assert!(
        !rows.iter().any(|row| row.contains("BALLOT#poll") && row.contains("\"segment\"")),
        "a row says of a part"
    );
    engine.calls.take();
    let (_, _, table) = fetch(&router, &at("public_parts", &poll.to_string()), NOW).await;
    within_budget("GET /public/polls/{poll}/breakdown.csv", engine.calls.take());
    assert_eq!((table.lines().count(), table.contains("surgery,100,1,No,,1,")), (9, true), "{table}");
    assert!(
        result["method"]
            .as_str()
            .is_some_and(|note| note.starts_with("77 ballots from 1970-01-01 to 1970-01-08; 300 members")),
        "{result}"
    );

    engine.calls.take();
    assert_eq!(call(&router, &correct, week).await.0, 204);
    within_budget("POST /polls/{poll}/correct", engine.calls.take());
    assert_eq!(call(&router, &correct, week).await.0, 204, "corrected again");
    let (_, result) = call(&router, &at("public_show", &poll.to_string()), NOW).await;
    assert_eq!((&result["version"], &result["changes"][1]["version"]), (&json!(3), &json!(3)));
    assert!(result["citation"].as_str().is_some_and(|line| line.contains("version 3")), "{result}");
    let (_, feed) = fetched(&router, "community/polls/public_json").await;
    assert!(feed.contains("version 3"), "{feed}");
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
        approve(&store, poll, now).await.expect("approved");
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
    let (voting, boards) = (Voting::of(&store, poll).await, Board::new(engine.table.clone()));
    let mut ballots = Vec::new();
    for number in 0..40 {
        let ballot = testing::ballot(poll, &private, number % 2);
        let hash = ballot.hash(poll);
        voting.vote(ballot, None).await;
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
