//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use community::{
    byline::AliasKey,
    case::{Case, Cases, Content},
    discussion::{Contribution, ContributionKind, Discussion},
    member::Members,
    poll::Polls,
    review::{Review, Reviews},
    testing::{approved, keys, open},
    vote::{Course, Votes},
};
use edge::testing::{StandIn, about, again, by, call, event, saying, within_budget};
use kernel::{
    Secret, Timestamp,
    id::{CaseId, ContributionId, CourseId, MemberId},
    session::Clinician,
};
use moderation::App;
use screening::Screen;
use serde_json::{Value, json};
use storage::Bucket;
use table::{CursorKey, OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

struct Stage {
    engine: Engine,
    router: axum::Router,
    case: Case,
    contribution: ContributionId,
    course: CourseId,
    /// Who reports; who decides is the sample's caller.
    reporter: MemberId,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn once(key: &str) -> OnceKey {
    OnceKey::new("somebody", key, String::new(), NOW)
}

/// A published case with a contribution and a course of action.
async fn stage() -> Stage {
    let engine = Engine::start().await;
    let service = StandIn::start(|_| (204, "")).await;
    let table = engine.table.clone();
    let app = App {
        reviews: Reviews::new(table.clone()),
        members: Members::new(table.clone()),
        images: Bucket::new(&service.aws, "clean".to_owned(), true),
        screen: Screen::load(NOW),
        cursors: CursorKey::new(Secret::new("cursor")),
    };
    let (author, stored) = (MemberId::random(), Stored { status: 201, body: "{}".to_owned() });
    let content = Content {
        title: "Okafor and a title".parse().expect("a title"),
        history: "Okafor in the history".parse().expect("a history"),
        findings: "Findings".parse().expect("findings"),
        question: "A question?".parse().expect("a question"),
        specialty: "cardiology".parse().expect("a specialty"),
    };
    let clinician: Clinician = serde_json::from_value(json!({
        "profession": "physician", "specialty": "cardiology", "country": "FR", "tier": "triple_verified",
    }))
    .expect("a clinician");
    let byline = || AliasKey::new(Secret::new("alias")).byline(author, clinician);
    let cases = Cases::new(table.clone());
    let draft = Case::draft(CaseId::at(NOW), author, content, NOW);
    cases.create(&draft, &once("1"), &stored).await.expect("a draft");
    let case = draft.clone().publish(author, &[], NOW).expect("publishable");
    cases.publish(&draft, &[], &case, byline(), &once("2"), &stored).await.expect("published");
    let contribution = Contribution {
        id: ContributionId::at(NOW),
        case: case.id,
        parent: None,
        kind: ContributionKind::Question,
        author: MemberId::random(),
        clinician,
        text: "Did Okafor smoke?".parse().expect("a text"),
        corroborations: 0,
        created_at: NOW,
        hidden: None,
        published_as: None,
    };
    let discussion = Discussion::new(table.clone());
    discussion.add(&case, &contribution, byline(), Vec::new(), &once("3"), &stored).await.expect("added");
    let text = "Ask Okafor".parse().expect("a text");
    let course =
        Course { id: CourseId::at(NOW), proposer: MemberId::random(), text, proposed_at: NOW, hidden: None };
    Votes::new(table).propose(case.id, &course, Vec::new(), &once("4"), &stored).await.expect("proposed");
    let router = moderation::api(app).into_router();
    let reporter = MemberId::random();
    Stage { engine, router, case, contribution: contribution.id, course: course.id, reporter }
}

impl Stage {
    /// The three texts that can be reported.
    fn subjects(&self) -> [Value; 3] {
        let case = self.case.id;
        [
            json!({"kind": "case", "case": case}),
            json!({"kind": "contribution", "case": case, "contribution": self.contribution}),
            json!({"kind": "course", "case": case, "course": self.course}),
        ]
    }

    async fn report(&self, subject: &Value, key: &str) -> (u16, Value) {
        let request = saying(&event("community/moderation/report"), &json!({"subject": subject}));
        call(&self.router, &by(&again(&request, key), self.reporter), NOW).await
    }

    async fn decide(&self, review: &Value, how: &str) -> u16 {
        let request = about(&event(&format!("community/moderation/{how}")), review.as_str().expect("an id"));
        call(&self.router, &request, at(2)).await.0
    }

    /// The rows that hold the planted name.
    async fn telling(&self) -> Vec<String> {
        self.engine.snapshot().await.into_iter().filter(|row| row.contains("Okafor")).collect()
    }
}

#[tokio::test]
async fn a_poll_in_which_a_moderator_found_nobody_is_not_hidden_again_and_can_still_be_removed() {
    let stage = stage().await;
    let polls = Polls::new(stage.engine.table.clone());
    let poll = approved(&polls).await;
    let (_, keys) = keys(serde_json::from_value(json!("")).expect("bytes"));
    open(&polls, keys).await;
    let subject = json!({"kind": "poll", "poll": poll});
    let hidden = async || polls.find(poll).await.expect("the poll").hidden.is_some();
    let (status, first) = stage.report(&subject, "one").await;
    assert!(status == 201 && hidden().await, "{first}");
    let (status, joined) = stage.report(&subject, "too").await;
    assert_eq!((status, &joined["review"]), (200, &first["review"]));
    assert_eq!(stage.decide(&first["review"], "dismiss").await, 204);
    assert!(!hidden().await);
    stage.engine.calls.take();
    let (status, second) = stage.report(&subject, "two").await;
    within_budget("POST /reports", stage.engine.calls.take());
    assert_eq!((status, hidden().await), (201, false), "{second}");
    assert_ne!(first["review"], second["review"]);
    let (status, joined) = stage.report(&subject, "three").await;
    assert_eq!((status, &joined["review"], hidden().await), (200, &second["review"], false));
    // What was added since may name somebody: it is hidden again, also while one looks at it once more.
    let open = polls.find(poll).await.expect("the poll");
    let (until, why) = (at(8 * 24 * 3600), "Mr. Okafor asked for it.".parse().expect("a reason"));
    polls.extend(&open, until, why, at(9)).await.expect("extended");
    let (status, third) = stage.report(&subject, "four").await;
    assert_eq!((status, hidden().await), (201, true), "{third}");
    let request = about(&event("community/moderation/show"), third["review"].as_str().expect("an id"));
    let (_, shown) = call(&stage.router, &request, at(10)).await;
    assert!(shown.to_string().contains("changes[0].reason"), "{shown}");
    // Who looked at what it was before ends nothing, and no ballot has more time for it.
    let cleared = polls.find(poll).await.expect("the poll").cleared_at;
    assert_eq!(stage.decide(&second["review"], "dismiss").await, 204);
    assert_eq!((hidden().await, polls.find(poll).await.expect("the poll").cleared_at), (true, cleared));
    assert_eq!(stage.decide(&third["review"], "confirm").await, 204);
    assert!(hidden().await && stage.engine.snapshot().await.iter().all(|row| !row.contains("asked for it")));
}

#[tokio::test]
async fn what_is_reported_is_hidden_at_once_once_and_shown_again_when_it_is_dismissed() {
    let stage = stage().await;
    for (number, subject) in stage.subjects().iter().enumerate() {
        let before: Vec<_> = stage.telling().await;
        stage.engine.calls.take();
        let (status, reported) = stage.report(subject, &format!("a{number}")).await;
        assert_eq!(status, 201, "{reported}");
        within_budget("POST /reports", stage.engine.calls.take());
        assert_eq!(stage.report(subject, &format!("a{number}")).await.1, reported, "the same request again");
        let (status, other) = stage.report(subject, &format!("b{number}")).await;
        assert_eq!((status, &other["review"]), (200, &reported["review"]));
        let hidden = stage.telling().await;
        let id = reported["review"].as_str().expect("an id");
        let subject_row = |row: &&String| row.contains("\"pk\":\"CASE#") && row.contains(id);
        assert_eq!(hidden.iter().filter(subject_row).count(), 1, "{hidden:?}");

        let show = about(&event("community/moderation/show"), id);
        stage.engine.calls.take();
        let (status, view) = call(&stage.router, &show, at(1)).await;
        assert_eq!((status, view["cause"].as_str()), (200, Some("identifier")), "{view}");
        within_budget("GET /reviews/{review}", stage.engine.calls.take());
        assert!(view["texts"].to_string().contains("Okafor"), "{view}");
        stage.engine.calls.take();
        assert_eq!(stage.decide(&reported["review"], "dismiss").await, 204);
        within_budget("POST /reviews/{review}/dismiss", stage.engine.calls.take());
        assert_eq!(stage.decide(&reported["review"], "confirm").await, 409, "decided twice");
        assert_eq!(stage.telling().await, before, "it is not as it was");
        let (_, view) = call(&stage.router, &show, NOW).await;
        let trail = view["trail"].as_array().expect("a trail").iter();
        let mut acts: Vec<_> = trail.filter_map(|one| one["act"].as_str()).collect();
        // Both at the same time.
        acts[..2].sort_unstable();
        assert_eq!(acts, ["opened", "reported", "looked", "dismissed"]);
    }
    let told: Vec<_> = stage.engine.outbox().await;
    let hidden = told.iter().filter(|(kind, _)| kind == "community.content_hidden.v1");
    assert_eq!(hidden.count(), 4, "two texts that others keep, hidden and shown");
}

#[tokio::test]
async fn what_is_confirmed_is_nowhere_any_more() {
    let stage = stage().await;
    for (number, subject) in stage.subjects().iter().enumerate() {
        let (_, reported) = stage.report(subject, &number.to_string()).await;
        let said = json!({"subject": subject, "note": "the word quillfeather in the second line"});
        for key in ["other", "third"] {
            let other =
                again(&saying(&event("community/moderation/report"), &said), &format!("{key}{number}"));
            assert_eq!(call(&stage.router, &by(&other, MemberId::random()), at(1)).await.0, 200);
        }
        stage.engine.calls.take();
        assert_eq!(stage.decide(&reported["review"], "confirm").await, 204);
        within_budget("POST /reviews/{review}/confirm", stage.engine.calls.take());
        let show = about(&event("community/moderation/show"), reported["review"].as_str().expect("an id"));
        let (_, view) = call(&stage.router, &show, NOW).await;
        assert!(view["texts"].to_string().contains("[removed]"), "{view}");
        let (status, again) = stage.report(subject, &format!("again{number}")).await;
        assert_eq!(
            (status, &again["review"]),
            (200, &reported["review"]),
            "it can be hidden by another review"
        );
    }
    let left = stage.telling().await;
    assert!(left.is_empty(), "a copy is left, in the outbox or elsewhere: {left:?}");
    let rows = stage.engine.snapshot().await;
    assert!(!rows.iter().any(|row| row.contains("quillfeather")), "what reporters said of it is left");
    let case = Cases::new(stage.engine.table.clone()).find(stage.case.id).await.expect("the case");
    assert!(case.clone().visible_to(MemberId::random()).is_err());
    assert!(case.visible_to(stage.case.author).is_ok());
}

#[tokio::test]
async fn only_what_is_published_is_reported_and_only_moderators_decide() {
    let stage = stage().await;
    let nowhere =
        json!({"kind": "contribution", "case": stage.case.id, "contribution": ContributionId::at(NOW)});
    assert_eq!(stage.report(&nowhere, "a").await.0, 404);
    let poll = json!({"kind": "poll", "poll": "poll_01JD2V5Q0M8RZ6T3W9X4Y7B1CE"});
    assert_eq!(stage.report(&poll, "b").await.0, 404);
    let [subject, ..] = stage.subjects();
    let telling = json!({"subject": subject, "note": "Mr. Okafor stands there"});
    let request = saying(&event("community/moderation/report"), &telling);
    let (status, problem) = call(&stage.router, &request, NOW).await;
    assert_eq!((status, problem["field"].as_str()), (422, Some("note")), "{problem}");

    let (_, reported) = stage.report(&subject, "c").await;
    let said = json!({"subject": subject, "note": "in the second line"});
    let other = by(&again(&saying(&event("community/moderation/report"), &said), "d"), MemberId::random());
    assert_eq!(call(&stage.router, &other, NOW).await.0, 200);
    let rows = stage.engine.snapshot().await;
    let id = reported["review"].as_str().expect("an id");
    for name in ["show", "confirm", "dismiss"] {
        let request = by(&about(&event(&format!("community/moderation/{name}")), id), MemberId::random());
        assert_eq!(call(&stage.router, &edge::testing::plain(&request), NOW).await.0, 403, "{name}");
    }
    for own in [stage.reporter, stage.case.author] {
        let confirm = by(&about(&event("community/moderation/confirm"), id), own);
        let (status, problem) = call(&stage.router, &confirm, NOW).await;
        let code = problem["type"].as_str().and_then(|code| code.rsplit('/').next());
        assert_eq!((status, code), (403, Some("own_review")), "{problem}");
    }
    assert_eq!(stage.engine.snapshot().await, rows, "a refusal left a trace");
    stage.engine.calls.take();
    let (status, page) = call(&stage.router, &event("community/moderation/list"), NOW).await;
    assert_eq!((status, page["reviews"][0]["id"].as_str()), (200, Some(id)), "{page}");
    within_budget("GET /reviews", stage.engine.calls.take());
}

#[tokio::test]
async fn a_report_of_what_is_hidden_already_is_kept_and_whoever_made_it_decides_nothing() {
    let stage = stage().await;
    let [subject, ..] = stage.subjects();
    let (_, reported) = stage.report(&subject, "first").await;
    let id = reported["review"].as_str().expect("an id");
    let said = json!({"subject": subject, "note": "in the findings, too"});
    let second =
        by(&again(&saying(&event("community/moderation/report"), &said), "second"), MemberId::random());
    stage.engine.calls.take();
    let (status, joined) = call(&stage.router, &second, at(1)).await;
    assert_eq!((status, &joined), (200, &reported));
    within_budget("POST /reports", stage.engine.calls.take());
    let rows = stage.engine.snapshot().await;
    assert_eq!(call(&stage.router, &second, at(1)).await, (200, joined), "the same request again");
    assert_eq!(stage.engine.snapshot().await, rows, "it was recorded twice");

    // The caller of the samples, who is a moderator.
    let own = again(&saying(&event("community/moderation/report"), &said), "own");
    assert_eq!(call(&stage.router, &own, at(2)).await.0, 200);
    let (_, view) = call(&stage.router, &about(&event("community/moderation/show"), id), at(3)).await;
    let notes: Vec<_> = view["trail"].as_array().expect("a trail").iter().map(|one| &one["note"]).collect();
    assert_eq!(notes, [&json!(null), &said["note"], &said["note"]], "{view}");
    for how in ["confirm", "dismiss"] {
        assert_eq!(stage.decide(&reported["review"], how).await, 403, "{how}");
    }
}

#[tokio::test]
async fn a_member_hides_at_most_fifty_things_a_day() {
    let stage = stage().await;
    let [_, subject, _] = stage.subjects();
    for number in 0..51 {
        let (status, reported) = stage.report(&subject, &number.to_string()).await;
        if number == 50 {
            assert_eq!(
                (status, reported["type"].as_str()),
                (429, Some("https://curbside.dev/problems/too_many_reports"))
            );
            break;
        }
        assert_eq!(status, 201, "{reported}");
        assert_eq!(stage.decide(&reported["review"], "dismiss").await, 204);
    }
}

#[tokio::test]
async fn of_two_who_report_or_decide_at_once_one_does() {
    let stage = stage().await;
    let [subject, ..] = stage.subjects();
    let reports = (0..8).map(|number| {
        let request = saying(&event("community/moderation/report"), &json!({"subject": subject}));
        let request = by(&again(&request, &number.to_string()), MemberId::random());
        let router = stage.router.clone();
        tokio::spawn(async move { call(&router, &request, NOW).await })
    });
    let mut reviews = Vec::new();
    for report in reports.collect::<Vec<_>>() {
        let (status, reported) = report.await.expect("an answer");
        assert!([200, 201, 503].contains(&status), "{status} {reported}");
        reviews.extend((status == 201).then(|| reported["review"].clone()));
    }
    assert_eq!(reviews.len(), 1, "{reviews:?}");
    let decisions = (0..8).map(|number| {
        let name = if number % 2 == 0 { "confirm" } else { "dismiss" };
        let request =
            about(&event(&format!("community/moderation/{name}")), reviews[0].as_str().expect("an id"));
        let router = stage.router.clone();
        tokio::spawn(async move { call(&router, &request, NOW).await.0 })
    });
    let mut statuses = Vec::new();
    for decision in decisions.collect::<Vec<_>>() {
        statuses.push(decision.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[204].as_slice(), &[409; 7]].concat());
}

#[tokio::test]
async fn what_was_overridden_in_a_text_waits_for_a_moderator() {
    let stage = stage().await;
    let reviews = Reviews::new(stage.engine.table.clone());
    let places = serde_json::from_value(json!([
        {"field": "text", "kind": "name", "start": 4, "end": 10, "reason": "the name of a score"},
    ]));
    let subject = serde_json::from_value(stage.subjects()[1].clone()).expect("a subject");
    let review = Review::of_overrides(subject, MemberId::random(), places.expect("places"), NOW);
    let review = review.expect("a review");
    assert!(Review::of_overrides(subject, MemberId::random(), Vec::new(), NOW).is_none());
    let (seen, _) = reviews.subject(subject).await.expect("the contribution");
    assert_eq!(seen.hidden(), None, "an override hides nothing");
    let wrong = reviews.decide(&review, Some(&seen), false, MemberId::random(), NOW).await;
    assert!(wrong.is_err(), "a review that was never kept was decided");
}

#[tokio::test]
async fn who_reported_something_decides_on_no_other_review_of_it() {
    let stage = stage().await;
    let (proposer, text) = (MemberId::random(), "Ask Okafor again".parse().expect("a text"));
    let course = Course { id: CourseId::at(NOW), proposer, text, proposed_at: NOW, hidden: None };
    let places = serde_json::from_value(json!([
        {"field": "text", "kind": "name", "start": 4, "end": 10, "reason": "the name of a score"},
    ]));
    let stored = Stored { status: 201, body: "{}".to_owned() };
    let votes = Votes::new(stage.engine.table.clone());
    let places = places.expect("places");
    votes.propose(stage.case.id, &course, places, &once("own"), &stored).await.expect("proposed");
    let (_, page) = call(&stage.router, &event("community/moderation/list"), NOW).await;
    let id = page["reviews"][0]["id"].as_str().expect("a review");
    let subject = json!({"kind": "course", "case": stage.case.id, "course": course.id});
    assert_eq!(stage.report(&subject, "own").await.0, 201);
    let confirm = about(&event("community/moderation/confirm"), id);
    let rows = stage.engine.snapshot().await;
    let (status, problem) = call(&stage.router, &by(&confirm, stage.reporter), NOW).await;
    let code = problem["type"].as_str().and_then(|code| code.rsplit('/').next());
    assert_eq!((status, code), (403, Some("own_review")), "{problem}");
    assert_eq!(stage.engine.snapshot().await, rows, "a refusal left a trace");
    assert_eq!(call(&stage.router, &confirm, at(2)).await.0, 204);
}
