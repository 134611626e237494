//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use community::{
    byline::AliasKey,
    case::{Case, Cases, Content},
    poll::Polls,
    review::{Cause, Review, Reviews, Subject},
    testing::{approved, tick},
};
use discussion::App;
use edge::testing::{about, again, by, call, event, saying, with, within_budget};
use kernel::{
    Secret, Timestamp,
    id::{CaseId, MemberId, PollId},
    session::Clinician,
};
use screening::Screen;
use serde_json::{Value, json};
use table::{CursorKey, OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn app(engine: &Engine) -> App {
    let (alias, cursor) = (AliasKey::new(Secret::new("alias")), CursorKey::new(Secret::new("cursor")));
    App::new(&engine.table, Screen::load(NOW), alias, cursor)
}

/// A published case of somebody else's than the sample's caller.
async fn published(engine: &Engine) -> CaseId {
    let text = |text: &str| text.parse().expect("a text");
    let content = Content {
        title: "A title".parse().expect("a title"),
        history: "A history".parse().expect("a history"),
        findings: "Findings".parse().expect("findings"),
        question: text("A question?"),
        specialty: "cardiology".parse().expect("a specialty"),
    };
    let author = MemberId::random();
    let id = CaseId::at(NOW);
    let draft = Case::draft(id, author, content, NOW);
    let store = Cases::new(engine.table.clone());
    let once = |value: &str| OnceKey::new("author", value, String::new(), NOW);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    store.create(&draft, &once("1"), &stored).await.expect("a draft");
    let after = draft.clone().publish(author, &[], NOW).expect("publishable");
    let clinician: Clinician = serde_json::from_value(json!({
        "profession": "physician", "specialty": "cardiology", "country": "FR", "tier": "triple_verified",
    }))
    .expect("a clinician");
    let byline = AliasKey::new(Secret::new("alias")).byline(author, clinician);
    store.publish(&draft, &[], &after, byline, &once("2"), &stored).await.expect("published");
    id
}

/// The sample event, addressed to that case.
fn at(name: &str, case: CaseId) -> Value {
    about(&event(&format!("community/discussion/{name}")), case)
}

#[tokio::test]
async fn every_route_does_its_work_within_its_budget() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let app = app(&engine);
    let router = discussion::api(app).into_router();
    engine.calls.take();

    let (status, advice) = call(&router, &at("advise", case), NOW).await;
    assert_eq!(status, 201, "{advice}");
    within_budget("POST /cases/{case}/advice", engine.calls.take());

    let (status, _) = call(&router, &again(&at("ask", case), "2"), NOW).await;
    assert_eq!(status, 201);
    within_budget("POST /cases/{case}/questions", engine.calls.take());

    let reply = again(&at("reply", case), "3");
    let path = format!("/cases/{case}/contributions/{}/replies", advice["id"].as_str().expect("an id"));
    let (status, body) = call(&router, &with(&reply, "/path", path), NOW).await;
    assert_eq!(status, 201, "{body}");
    within_budget("POST /cases/{case}/contributions/{contribution}/replies", engine.calls.take());

    let (status, course) = call(&router, &again(&at("propose", case), "4"), NOW).await;
    assert_eq!(status, 201);
    within_budget("POST /cases/{case}/courses", engine.calls.take());

    let vote = saying(&at("vote", case), &json!({"course": course["id"]}));
    let (status, body) = call(&router, &vote, NOW).await;
    assert_eq!(status, 200, "{body}");
    within_budget("PUT /cases/{case}/vote", engine.calls.take());

    let (status, thread) = call(&router, &at("list", case), NOW).await;
    assert_eq!((status, thread["contributions"].as_array().map(Vec::len)), (200, Some(3)));
    within_budget("GET /cases/{case}/contributions", engine.calls.take());

    let own = format!("/cases/{case}/contributions/{}/corroboration", advice["id"].as_str().expect("an id"));
    let corroborate = with(&at("corroborate", case), "/path", own);
    assert_eq!(call(&router, &corroborate, NOW).await.0, 403);
    let other = by(&corroborate, MemberId::random());
    engine.calls.take();
    assert_eq!(call(&router, &other, NOW).await.0, 204);
    within_budget("PUT /cases/{case}/contributions/{contribution}/corroboration", engine.calls.take());
    assert_eq!(call(&router, &other, NOW).await.0, 204, "doing it again changes nothing");
    let (_, thread) = call(&router, &at("list", case), NOW).await;
    let contributions = thread["contributions"].as_array().expect("contributions");
    let found = contributions.iter().find(|one| one["id"] == advice["id"]).expect("the advice");
    assert_eq!(found["corroborations"], 1);
}

#[tokio::test]
async fn a_request_that_died_after_its_commit_changes_nothing_twice() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let app = app(&engine);
    let router = discussion::api(app).into_router();
    let first = call(&router, &at("advise", case), NOW).await;
    let second = call(&router, &at("advise", case), NOW).await;
    assert_eq!(first, second);
    let other = with(&at("advise", case), "/body", "{\"text\":\"Something else.\"}");
    assert_eq!(call(&router, &other, NOW).await.0, 422);
    let (_, thread) = call(&router, &at("list", case), NOW).await;
    assert_eq!(thread["contributions"].as_array().map(Vec::len), Some(1));
    let added =
        engine.outbox().await.into_iter().filter(|(kind, _)| kind == "community.contribution_added.v1");
    assert_eq!(added.count(), 1);
}

#[tokio::test]
async fn an_author_does_not_advise_and_a_member_proposes_three_courses() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let app = app(&engine);
    let router = discussion::api(app).into_router();
    let author = Cases::new(engine.table.clone()).find(case).await.expect("the case").author;
    let (status, problem) = call(&router, &by(&at("advise", case), author), NOW).await;
    assert_eq!((status, problem["type"].as_str()), (403, Some("https://curbside.dev/problems/own_case")));
    for number in 0..4 {
        let (status, problem) = call(&router, &again(&at("propose", case), &number.to_string()), NOW).await;
        assert_eq!(status, if number < 3 { 201 } else { 409 }, "{problem}");
    }
    assert_eq!(call(&router, &by(&at("propose", case), author), NOW).await.0, 201);
}

#[tokio::test]
async fn what_was_said_of_a_hidden_case_is_hidden_with_it() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let router = discussion::api(app(&engine)).into_router();
    assert_eq!(call(&router, &at("ask", case), NOW).await.0, 201);
    let author = Cases::new(engine.table.clone()).find(case).await.expect("the case").author;
    let (subject, cause) = (Subject::Case { case }, Cause::Identifier { note: None });
    let review = Review::of(subject, author, cause, MemberId::random(), NOW);
    let (once, stored) =
        (OnceKey::new("reporter", "1", String::new(), NOW), Stored { status: 201, body: "{}".to_owned() });
    let reviews = Reviews::new(engine.table.clone());
    let (_, seen) = reviews.reported(subject).await.expect("the case");
    reviews.hide(&review, &seen, &once, &stored).await.expect("hidden");
    let (status, problem) = call(&router, &at("list", case), NOW).await;
    assert_eq!((status, problem["type"].as_str()), (404, Some("https://curbside.dev/problems/not_found")));
    let (status, thread) = call(&router, &by(&at("list", case), author), NOW).await;
    assert_eq!((status, thread["contributions"].as_array().map(Vec::len)), (200, Some(1)));
}

/// The sample event, addressed to that poll.
fn under(name: &str, poll: PollId) -> Value {
    about(&event(&format!("community/discussion/{name}")), poll)
}

#[tokio::test]
async fn members_talk_under_a_poll_that_was_opened_and_what_is_reported_is_hidden_and_removed() {
    let engine = Engine::start().await;
    let router = discussion::api(app(&engine)).into_router();
    let polls = Polls::new(engine.table.clone());
    let poll = approved(&polls).await;
    for name in ["comment", "comments"] {
        assert_eq!(call(&router, &under(name, poll), NOW).await.0, 404, "{name} before it was opened");
    }
    tick(&polls, NOW, NOW).await.expect("a tick");
    engine.calls.take();
    let (status, made) = call(&router, &under("comment", poll), NOW).await;
    within_budget("POST /polls/{poll}/comments", engine.calls.take());
    assert_eq!(status, 201, "{made}");
    assert_eq!(call(&router, &under("comment", poll), NOW).await.1, made, "sent twice");
    let saying_of = |body: Value, key: &str| again(&saying(&under("comment", poll), &body), key);
    let reply = json!({"text": "It is, since Monday.", "parent": made["id"]});
    let later = Timestamp::from_second(1).expect("a time");
    assert_eq!(call(&router, &by(&saying_of(reply, "reply"), MemberId::random()), later).await.0, 201);
    let lost = json!({"text": "To whom?", "parent": "cmt_01JD2V5Q0M8RZ6T3W9X4Y7B1CE"});
    assert_eq!(call(&router, &saying_of(lost, "lost"), NOW).await.0, 404);
    let telling = json!({"text": "Mr. Okafor called from +1 518 555 0123 about his stent."});
    assert_eq!(call(&router, &saying_of(telling, "telling"), NOW).await.0, 422);
    engine.calls.take();
    let (_, thread) = call(&router, &under("comments", poll), NOW).await;
    within_budget("GET /polls/{poll}/comments", engine.calls.take());
    assert_eq!(thread["comments"].as_array().map(Vec::len), Some(2), "{thread}");
    assert_eq!(
        (&thread["comments"][1]["parent"], &thread["comments"][0]["parent"]),
        (&made["id"], &Value::Null)
    );
    assert!(!thread.to_string().contains("mbr_"), "{thread}");

    // Reported, hidden, removed.
    let comment = serde_json::from_value(made["id"].clone()).expect("an id");
    let (subject, reviews) = (Subject::Comment { poll, comment }, Reviews::new(engine.table.clone()));
    let (author, seen) = reviews.reported(subject).await.expect("the comment");
    let review = Review::of(subject, author, Cause::Identifier { note: None }, MemberId::random(), NOW);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    let once = OnceKey::new("reporter", "1", String::new(), NOW);
    reviews.hide(&review, &seen, &once, &stored).await.expect("hidden");
    let (_, thread) = call(&router, &under("comments", poll), NOW).await;
    let first = &thread["comments"][0];
    assert_eq!((&first["hidden"], &first["text"]), (&json!(true), &Value::Null));
    let (seen, _) = reviews.subject(subject).await.expect("the comment");
    reviews.decide(&review, Some(&seen), true, MemberId::random(), NOW).await.expect("removed");
    assert!(!engine.snapshot().await.iter().any(|row| row.contains("The trial that matters")));
}

#[tokio::test]
async fn an_expired_session_is_refused_even_when_the_gateway_remembers_it() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let app = app(&engine);
    let router = discussion::api(app).into_router();
    let late = Timestamp::from_second(4_102_444_800).expect("a time");
    let (status, problem) = call(&router, &at("advise", case), late).await;
    assert_eq!((status, problem["status"].as_u64()), (401, Some(401)));
}

#[tokio::test]
async fn a_text_with_identifiers_is_answered_without_them_and_leaves_nothing() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let router = discussion::api(app(&engine)).into_router();
    let (_, question) = call(&router, &at("ask", case), NOW).await;
    let place = format!("/cases/{case}/contributions/{}/replies", question["id"].as_str().expect("an id"));
    let reply = with(&at("reply", case), "/path", place);
    let telling = json!({"text": "Mr. Okafor called from +1 518 555 0123 about his stent."});
    for (number, sample) in
        [at("ask", case), at("advise", case), at("propose", case), reply].iter().enumerate()
    {
        let request = again(&saying(sample, &telling), &format!("telling{number}"));
        let kept = engine.snapshot().await;
        engine.calls.take();
        let (status, problem) = call(&router, &request, NOW).await;
        assert_eq!((status, problem["field"].as_str()), (422, Some("text")), "{problem}");
        assert_eq!(engine.calls.take(), 0, "the table was asked about what is refused");
        let diff = &problem["texts"][0];
        assert_eq!(diff["changes"][0], json!({"kind": "name", "start": 4, "end": 10}));
        assert_eq!(engine.snapshot().await, kept, "something was kept");
        let accepted = json!({"text": diff["text"]});
        let (status, said) =
            call(&router, &again(&saying(sample, &accepted), &format!("a{number}")), NOW).await;
        assert_eq!(status, 201, "{said}");
        let said = engine.snapshot().await.difference(&kept).any(|row| row.contains("Okafor"));
        assert!(!said, "what was accepted holds the name");
        let excuse = |start: usize, end: usize| json!({"field": "text", "start": start, "end": end, "reason": "the name of a device"});
        let changes = diff["changes"].as_array().expect("changes").iter();
        let places: Vec<_> = changes
            .map(|one| [&one["start"], &one["end"]].map(|at| at.as_u64().and_then(|at| at.try_into().ok())))
            .map(|[start, end]| excuse(start.expect("a start"), end.expect("an end")))
            .collect();
        let overridden = json!({"text": telling["text"], "overrides": places});
        let request = again(&saying(sample, &overridden), &format!("o{number}"));
        assert_eq!(call(&router, &request, NOW).await.0, 201);
        let reviews = engine.snapshot().await.into_iter().filter(|row| row.contains("REVIEWS#open")).count();
        assert_eq!(reviews, number + 1, "no moderator sees what was overridden");
        for row in engine.everything().await {
            let review = table::partition_key(&row).starts_with("REVIEW#");
            assert!(!review || !format!("{row:?}").contains("Okafor"), "the review repeats the text");
        }
    }
}
