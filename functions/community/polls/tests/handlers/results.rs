//! What anybody reads of a poll: its result, its record, feeds.

use axum::Router;
use ballot::{
    BallotKey, Blinded, Seal, SigningKey,
    log::{self, Log},
    record::{Line, Recount},
    testing,
};
use community::{
    ballots::{Board, HeadSigner},
    breakdown::Segment,
    poll::{Electorate, Polls, Status},
    testing::{Voting, approve, approved, clinician, keys, open, open_to, tick, with_segment},
};
use edge::testing::{
    StandIn, again, as_clinician, call, event, fetch, key_service, saying, with, within_budget,
};
use kernel::{Secret, Timestamp, id::PollId, session::Clinician};
use serde_json::{Value, json};
use table::{CursorKey, testing::Engine};

use crate::{NOW, OTHER, at, of, router};

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
    // What is shown depends on what the caller is verified as: none of it is taken for another's.
    let show = of(&at("show", &poll.to_string()), OTHER);
    let tag = fetch(&router, &show, NOW).await.1["etag"].clone();
    let known = with(&show, "/headers", json!({"If-None-Match": tag.to_str().expect("a tag")}));
    let known = with(&known, "/multiValueHeaders", json!({"If-None-Match": [tag.to_str().expect("a tag")]}));
    assert_eq!(fetch(&router, &known, NOW).await.0, 304);
    let surgeon = Clinician { specialty: "general_surgery".parse().expect("a specialty"), ..clinician() };
    let (status, _, moved) = fetch(&router, &as_clinician(&known, surgeon), NOW).await;
    assert!(status == 200 && moved.contains("\"your_segment\":\"surgery\""), "{status} {moved}");

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

    // Nor does a seal count for a second ballot, of whoever agreed on a nonce.
    let public = [&private, &segments[0]].map(|key| key.public().expect("a key"));
    let blinded = testing::blinded(poll, &public[0], 0);
    let again = testing::again(&blinded, &public[1]);
    let twin = testing::blinded_as(*blinded.content(), &public[0]);
    let sign = |key: &SigningKey, public: &BallotKey, blinded: &Blinded| {
        blinded.signed(public, key.sign(&blinded.message()).expect("signed")).expect("a ballot")
    };
    let seal = Seal::from(sign(&segments[0], &public[1], &again));
    let twin = sign(&private, &public[0], &twin);
    assert!(voting.taking.check(twin, Some(seal.clone())).is_err());
    assert!(voting.taking.check(sign(&private, &public[0], &blinded), Some(seal)).is_ok());

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
