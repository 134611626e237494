//! The route in process, with its sample event, on the embedded engine: what it does and what it costs.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use ballot::{Bytes, testing};
use ballot_issuer::App;
use community::{
    ballots::{BallotKeys, EVERYONE, Issuing, Keys},
    breakdown::Segment,
    poll::{Electorate, Polls},
    testing::{approved, open_to, tick},
};
use edge::testing::{StandIn, about, by, call, event, key_service, saying, within_budget, within_rights};
use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use serde_json::{Value, json};
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A poll that is open, with keys that the key service sealed: everyone's, and that of cardiologists.
async fn opened(engine: &Engine, keys: &BallotKeys) -> (PollId, [ballot::BallotKey; 2]) {
    let polls = Polls::new(engine.table.clone());
    let poll = approved(&polls).await;
    let names = [EVERYONE, "cardiology", "other"];
    let mut sealed = Vec::new();
    for name in names {
        sealed.push(keys.make(poll, name).await.expect("a key"));
    }
    let publics =
        [0, 1].map(|number: usize| sealed.get(number).expect("a key").public.read().expect("a key"));
    let segments = names.iter().skip(1).map(|name| Segment { name: (*name).to_owned(), eligible: 50 });
    let electorate = Electorate { eligible: 100, segments: segments.collect() };
    open_to(&polls, Keys { ballots: sealed, heads: Bytes(Vec::new()) }, &electorate).await;
    (poll, publics)
}

#[tokio::test]
async fn what_is_blinded_is_signed_once_a_member_and_only_its_hash_is_kept() {
    let (engine, service) = (Engine::start().await, StandIn::start(key_service).await);
    let keys = BallotKeys::new(&service.aws, "ballots".to_owned());
    let (poll, [key, segment]) = opened(&engine, &keys).await;
    let (table, asked) = engine.apart();
    let app = App::new(Issuing::new(table), keys);
    let router = ballot_issuer::api(app).into_router();
    let calls = || asked.take() + service.asked().len();
    calls();
    let issue = about(&event("community/ballot-issuer/issue"), poll);
    let ask = async |blinded: &Bytes, member: MemberId| {
        call(&router, &by(&saying(&issue, &json!({"blinded": blinded})), member), NOW).await
    };
    let (member, blinded) = (MemberId::random(), testing::blinded(poll, &key, 1));
    let (status, first) = ask(&blinded.message(), member).await;
    assert_eq!(status, 200, "{first}");
    within_budget("POST /polls/{poll}/ballots, the first of a key", calls());
    let signature =
        serde_json::from_value(first.get("signature").cloned().expect("a signature")).expect("bytes");
    let ballot = blinded.signed(&key, signature).expect("a ballot");
    assert_eq!(ballot.verify(poll, &key), Ok(()));

    let after = engine.snapshot().await;
    assert_eq!(ask(&blinded.message(), member).await, (200, first), "the same again");
    assert_eq!(engine.snapshot().await, after);
    let other = testing::blinded(poll, &key, 0);
    let (status, problem) = ask(&other.message(), member).await;
    assert_eq!(
        (status, problem.get("type").and_then(Value::as_str)),
        (409, Some("https://curbside.dev/problems/ballot_signed"))
    );
    assert_eq!(engine.snapshot().await, after, "a refusal left a trace");
    calls();
    assert_eq!(ask(&other.message(), MemberId::random()).await.0, 200);
    within_budget("POST /polls/{poll}/ballots", calls());

    // For their segment, too: both are signed, or none.
    let (fourth, both) = (MemberId::random(), testing::blinded(poll, &key, 1));
    let again = testing::again(&both, &segment);
    let body = json!({"blinded": both.message(), "segment": again.message()});
    let wrong = json!({"blinded": both.message(), "segment": Bytes(vec![0xFF; 256])});
    let ask_both = async |body: &Value| call(&router, &by(&saying(&issue, body), fourth), NOW).await;
    calls();
    let (status, signed) = ask_both(&body).await;
    assert_eq!(status, 200, "{signed}");
    within_budget("POST /polls/{poll}/ballots, the first of a segment's key", calls());
    let seal = signed.pointer("/segment/signature").cloned().expect("a signature");
    let sealed = again.signed(&segment, serde_json::from_value(seal).expect("bytes")).expect("a ballot");
    assert_eq!(sealed.verify(poll, &segment), Ok(()));
    assert_eq!(ask_both(&body).await, (200, signed), "the same again");
    let fifth = by(&saying(&issue, &wrong), MemberId::random());
    assert_eq!(call(&router, &fifth, NOW).await.0, 400);
    assert_eq!(ask_both(&json!({"blinded": both.message()})).await.0, 409, "another message");

    // What cannot be signed costs nobody their ballot.
    let third = MemberId::random();
    let rows = engine.snapshot().await;
    for wrong in [Bytes(vec![1; 255]), Bytes(vec![0xFF; 256]), Bytes(Vec::new())] {
        assert_eq!(ask(&wrong, third).await.0, 400);
    }
    assert_eq!(engine.snapshot().await, rows);
    assert_eq!(call(&router, &saying(&issue, &json!({"blinded": "not base64!"})), NOW).await.0, 400);
    let nowhere = about(&event("community/ballot-issuer/issue"), PollId::at(NOW));
    assert_eq!(call(&router, &nowhere, NOW).await.0, 404);
    let kept: Vec<String> =
        engine.snapshot().await.into_iter().filter(|row| row.contains("ISSUED#poll")).collect();
    assert_eq!(kept.len(), 3);
    for row in kept {
        let row: Value = serde_json::from_str(&row).expect("a row");
        let mut fields: Vec<&String> = row.as_object().expect("a row").keys().collect();
        fields.sort();
        assert_eq!(fields, ["blinded", "pk", "sk"], "{row}");
    }

    within_rights("BallotIssuer", &asked.deeds());

    // Who asks again once the poll is closed can still hand the ballot in; nobody else has one signed.
    let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
    let polls = Polls::new(engine.table.clone());
    assert!(tick(&polls, week, week).await.expect("a tick").closed.is_some());
    assert_eq!(ask(&blinded.message(), member).await.0, 200);
    assert_eq!(ask(&other.message(), member).await.0, 409);
    let (status, problem) = ask(&other.message(), MemberId::random()).await;
    assert_eq!(
        (status, problem.get("type").and_then(Value::as_str)),
        (409, Some("https://curbside.dev/problems/poll_not_open"))
    );
}
