//! What moderators do with a poll that waits, and with one that is open.

use community::{
    ballots::Board,
    calendar::Opened,
    member::Members,
    testing::{Voting, approved, clinician, keys, open, tick},
};
use contracts::{Envelope, identity::MemberActivated};
use edge::testing::{call, event, saying, with, within_budget};
use kernel::{Timestamp, id::MemberId};
use serde_json::{Value, json};
use table::testing::Engine;

use crate::{MEMBER, NOW, OTHER, at, of, proposed, router};
use ballot::testing;

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
        let joined =
            MemberActivated { member, screen_name: format!("name-{number}"), clinician, revision: 1 };
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
