//! The client of ExpectID against its stand-in, over HTTP: what the one sends, the other understands.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::serving;
use kernel::Secret;
use providers::{
    CallError,
    idology::{Answer, Idology, Question, Round, Subject},
};

async fn client() -> Idology {
    let url = serving(idology::router()).await;
    let http = providers::client().expect("a client");
    Idology::new(http, url, "user".to_owned(), Secret::new("password"))
}

async fn ask(client: &Idology, family_name: &str) -> Result<Answer, CallError> {
    let subject = Subject {
        given_name: "Ada",
        family_name,
        street: "1 Example Street",
        city: "Paramus",
        region: "NJ",
        postal_code: "07652",
        born: (1970, 1, 31),
    };
    client.expect_id(subject).await
}

/// Answers to a round of which so many are right.
fn with_right(questions: &[Question], right: usize) -> Vec<(String, String)> {
    let choice = |place| if place < right { 1 } else { 5 };
    let answer = |(place, one): (usize, &Question)| {
        (one.kind.clone(), one.choices.get(choice(place)).expect("a choice").clone())
    };
    questions.iter().enumerate().map(answer).collect()
}

#[tokio::test]
async fn every_persona_plays_its_part() {
    let client = client().await;
    for (name, summary, result, details, questions) in [
        ("Example", "id.success", "result.match", 0, false),
        ("Nomatch", "id.failure", "result.no.match", 0, false),
        ("Disagree", "id.failure", "result.match", 2, false),
        ("Partial", "id.partial", "result.match", 1, false),
        ("Quiz", "id.partial", "result.match", 1, true),
        ("Deceased", "id.success", "result.match", 2, false),
        ("Watchlist", "id.success", "result.match.restricted", 1, false),
    ] {
        let found = ask(&client, name).await.expect("an answer");
        assert_eq!((found.summary.as_str(), found.result.as_str()), (summary, result), "{name}");
        let told = found.qualifiers.len() + usize::from(found.restriction.is_some());
        assert_eq!((told, found.questions), (details, questions), "{name}");
    }
    for (name, error) in [
        ("Rejected", CallError::Refused(200)),
        ("Throttled", CallError::NotTaken),
        ("Unavailable", CallError::NotTaken),
        ("Broken", CallError::Lost),
        ("Malformed", CallError::Unreadable),
        ("Dropped", CallError::Lost),
        ("Slow", CallError::Lost),
    ] {
        assert_eq!(ask(&client, name).await, Err(error), "{name}");
    }
}

#[tokio::test]
async fn questions_are_asked_in_two_rounds_and_wrong_answers_are_counted() {
    let client = client().await;
    let id = ask(&client, "Quiz").await.expect("an answer").transaction;
    for (round, count, name) in [(Round::Questions, 3, "questions"), (Round::Challenge, 2, "challenge")] {
        let questions = client.questions(round, &id).await.expect("questions");
        assert_eq!(questions.len(), count);
        assert!(questions.iter().all(|one| one.choices.len() == 6), "{questions:?}");
        for right in 0..=count {
            let answers = with_right(&questions, right);
            let result = client.answers(round, &id, &answers).await.expect("a result");
            assert_eq!(result, format!("result.{name}.{}.incorrect", count - right));
        }
    }
    let late = ask(&client, "Untimely").await.expect("an answer").transaction;
    let questions = client.questions(Round::Questions, &late).await.expect("questions");
    let result = client.answers(Round::Questions, &late, &with_right(&questions, 3)).await;
    assert_eq!(result.as_deref(), Ok("result.timeout"));
    let without = ask(&client, "Unasked").await.expect("an answer").transaction;
    assert_eq!(client.questions(Round::Questions, &without).await, Err(CallError::Refused(200)));
}
