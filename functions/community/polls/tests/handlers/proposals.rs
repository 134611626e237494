//! Proposals: written, edited in review, decided on.

use edge::testing::{again, call, event, fetch, saying, with, within_budget};
use kernel::Timestamp;
use serde_json::{Value, json};
use table::testing::Engine;

use crate::{MEMBER, NOW, OTHER, at, of, proposed, router};

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
    assert_eq!(
        (&mine["polls"][0]["status"], &mine["polls"][0]["declined"]),
        (&json!("declined"), &json!("It was asked in spring."))
    );
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
    let (status, problem) = call(&router, &again(&sixth, "six"), NOW).await;
    assert_eq!((status, &problem["type"]), (409, &json!("https://curbside.dev/problems/too_many_drafts")));
    assert_eq!(call(&router, &at("decline", &polls[1]), NOW).await.0, 204);
    engine.calls.take();
    assert_eq!(call(&router, &again(&sixth, "seven"), NOW).await.0, 201);
    within_budget("POST /polls, by who proposed before", engine.calls.take());
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
async fn drafts_that_a_member_proposes_at_once_are_five_at_most() {
    let engine = Engine::start().await;
    let (router, _) = router(&engine);
    let create = |number: usize| {
        let body = json!({"question": format!("Question {number}?"), "options": ["Yes", "No"]});
        again(&saying(&of(&event("community/polls/create"), MEMBER), &body), &format!("{number}"))
    };
    let mut crowd = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (router, create) = (router.clone(), create(number));
        crowd.spawn(async move { call(&router, &create, NOW).await.0 });
    }
    let mut made = 0;
    for status in crowd.join_all().await {
        assert!([201, 409, 503].contains(&status), "{status}");
        made += usize::from(status == 201);
    }
    // Who was in the way of others asks again: what was made before is answered with, and no sixth is.
    let mut kept = std::collections::BTreeSet::new();
    for number in 0..20 {
        let (status, body) = call(&router, &create(number), NOW).await;
        assert!([201, 409].contains(&status), "{body}");
        kept.extend(body["id"].as_str().map(str::to_owned));
    }
    assert!(made >= 1 && kept.len() == 5, "{made} at once, {}", kept.len());
    let (_, mine) = call(&router, &of(&event("community/polls/mine"), MEMBER), NOW).await;
    assert_eq!(mine["polls"].as_array().map(Vec::len), Some(5));
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
