//! IDology ExpectID: does this person exist as they say? And ExpectID IQ: do they know what they should?
//!
//! Form-encoded, credentials in the body, `output=json`. Every call is a paid transaction and none is
//! idempotent, so the caller records its intent first. Questions and answers are personal data: they pass
//! through and are kept nowhere.

use kernel::Secret;
use reqwest::Client;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{
    CallError,
    call::{send, text},
};

/// What is asked about. Dates of birth are sent as `dobMonth`, `dobDay`, `dobYear`.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Given name.
    pub given_name: &'a str,
    /// Family name.
    pub family_name: &'a str,
    /// Street and number.
    pub street: &'a str,
    /// City.
    pub city: &'a str,
    /// State or region; empty where there is none.
    pub region: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
    /// Date of birth as (year, month, day).
    pub born: (i16, i8, i8),
}

/// What came back, in the provider's own codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `id-number`: the provider's transaction.
    pub transaction: String,
    /// `summary-result`, for example `id.success`.
    pub summary: String,
    /// `results`, for example `result.match`.
    pub result: String,
    /// The keys of all qualifiers, for example `resultcode.subject.deceased`.
    pub qualifiers: Vec<String>,
    /// The key of the restriction, for example `global.watch.list`.
    pub restriction: Option<String>,
    /// `eligible-for-questions`: whether ExpectID IQ has questions for this person.
    pub questions: bool,
}

/// The two rounds of questions of ExpectID IQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// The first, of three questions.
    Questions,
    /// The second, of two, for whom the first one neither convinced of nor convicted.
    Challenge,
}

impl Round {
    const fn ask_at(self) -> &'static str {
        match self {
            Self::Questions => "idiq.svc",
            Self::Challenge => "idliveq-challenge.svc",
        }
    }

    const fn answer_at(self) -> &'static str {
        match self {
            Self::Questions => "idliveq-answers.svc",
            Self::Challenge => "idliveq-challenge-answers.svc",
        }
    }
}

/// A question of ExpectID IQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its type, for example `street.name`; the answer names it.
    pub kind: String,
    /// What is asked.
    pub prompt: String,
    /// What can be answered; the last is mostly *None of the above*.
    pub choices: Vec<String>,
}

/// A client of ExpectID.
#[derive(Debug, Clone)]
pub struct Idology {
    client: Client,
    base: String,
    username: String,
    password: Secret,
}

impl Idology {
    /// A client of the service at `base`, without a trailing slash.
    pub const fn new(client: Client, base: String, username: String, password: Secret) -> Self {
        Self { client, base, username, password }
    }

    /// Asks about a person. A paid call.
    ///
    /// # Errors
    /// [`CallError::Refused`] also when the provider answers 200 with an `error`.
    pub async fn expect_id(&self, subject: Subject<'_>) -> Result<Answer, CallError> {
        let (year, month, day) = subject.born;
        let (year, month, day) = (year.to_string(), month.to_string(), day.to_string());
        let form = [
            ("firstName", subject.given_name),
            ("lastName", subject.family_name),
            ("address", subject.street),
            ("city", subject.city),
            ("state", subject.region),
            ("zip", subject.postal_code),
            ("dobYear", &year),
            ("dobMonth", &month),
            ("dobDay", &day),
        ];
        read(self.ask("idiq.svc", &form).await?)
    }

    /// Asks for the questions of a round, for the person of an earlier transaction. A paid call.
    ///
    /// # Errors
    /// [`CallError::Refused`] also when the provider answers 200 with an `error`, or has no questions.
    pub async fn questions(&self, round: Round, transaction: &str) -> Result<Vec<Question>, CallError> {
        read_questions(self.ask(round.ask_at(), &[("idNumber", transaction)]).await?)
    }

    /// Hands over the answers to a round, each with its question's type, and gives the result's key, for example
    /// `result.questions.1.incorrect`.
    ///
    /// # Errors
    /// [`CallError::Refused`] also when the provider answers 200 with an `error`.
    pub async fn answers(
        &self,
        round: Round,
        transaction: &str,
        answers: &[(String, String)],
    ) -> Result<String, CallError> {
        let mut form = vec![("idNumber".to_owned(), transaction.to_owned())];
        for (place, (kind, answer)) in (1..).zip(answers) {
            form.push((format!("question{place}Type"), kind.clone()));
            form.push((format!("question{place}Answer"), answer.clone()));
        }
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let response = self.ask(round.answer_at(), &form).await?;
        let result = match round {
            Round::Questions => response.questions_result,
            Round::Challenge => response.challenge_result,
        };
        result.map(|result| result.key).ok_or(CallError::Unreadable)
    }

    async fn ask(&self, service: &str, fields: &[(&str, &str)]) -> Result<Response, CallError> {
        let credentials =
            [("username", self.username.as_str()), ("password", self.password.reveal()), ("output", "json")];
        let form = [credentials.as_slice(), fields].concat();
        let request = self.client.post(format!("{}/api/{service}", self.base)).form(&form);
        parse(&text(send(request, &[]).await?).await?)
    }
}

fn parse(body: &str) -> Result<Response, CallError> {
    let document: Document = serde_json::from_str(body).map_err(|_| CallError::Unreadable)?;
    let response = document.response;
    let refused = [&response.error, &response.questions_error, &response.challenge_error];
    if refused.into_iter().any(Option::is_some) { Err(CallError::Refused(200)) } else { Ok(response) }
}

fn read_questions(response: Response) -> Result<Vec<Question>, CallError> {
    let asked = response.questions.ok_or(CallError::Unreadable)?.question.many();
    let read = |one: Asked| Question { kind: one.kind, prompt: one.prompt, choices: one.answer.many() };
    let questions: Vec<Question> = asked.into_iter().map(read).collect();
    if questions.is_empty() || questions.iter().any(|one| one.choices.is_empty()) {
        return Err(CallError::Unreadable);
    }
    Ok(questions)
}

fn read(response: Response) -> Result<Answer, CallError> {
    let (Some(id), Some(summary), Some(result)) = (response.id_number, response.summary, response.results)
    else {
        return Err(CallError::Unreadable);
    };
    Ok(Answer {
        transaction: match id {
            Id::Number(number) => number.to_string(),
            Id::Text(text) => text,
        },
        summary: summary.key,
        result: result.key,
        qualifiers: response
            .qualifiers
            .map(|qualifiers| qualifiers.qualifier.many().into_iter().map(|one| one.key).collect())
            .unwrap_or_default(),
        restriction: response.restriction.map(|restriction| restriction.key),
        questions: response.eligible_for_questions.as_ref().is_some_and(Flag::is_true),
    })
}

#[derive(Deserialize)]
struct Document {
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Response {
    id_number: Option<Id>,
    #[serde(rename = "summary-result")]
    summary: Option<Keyed>,
    results: Option<Keyed>,
    qualifiers: Option<Qualifiers>,
    restriction: Option<Keyed>,
    eligible_for_questions: Option<Flag>,
    questions: Option<Questions>,
    #[serde(rename = "idliveq-result")]
    questions_result: Option<Keyed>,
    #[serde(rename = "idliveq-challenge-result")]
    challenge_result: Option<Keyed>,
    #[serde(rename = "idliveq-error")]
    questions_error: Option<IgnoredAny>,
    #[serde(rename = "idliveq-challenge-error")]
    challenge_error: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
}

/// `true`, or `"true"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Truth(bool),
    Text(String),
}

impl Flag {
    fn is_true(&self) -> bool {
        match self {
            Self::Truth(truth) => *truth,
            Self::Text(text) => text == "true",
        }
    }
}

#[derive(Deserialize)]
struct Questions {
    question: OneOrMany<Asked>,
}

#[derive(Deserialize)]
struct Asked {
    prompt: String,
    #[serde(rename = "type")]
    kind: String,
    answer: OneOrMany<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

#[derive(Deserialize)]
struct Qualifiers {
    qualifier: OneOrMany<Keyed>,
}

/// Lists of one element arrive without the list.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn many(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Result<Answer, CallError> {
        parse(body).and_then(read)
    }

    #[test]
    fn one_qualifier_and_many_and_both_kinds_of_id_and_of_flag_are_read() {
        let one = answer(
            r#"{"response":{"id-number":5,"summary-result":{"key":"id.failure","message":"FAIL"},
            "results":{"key":"result.match","message":"x"},"eligible-for-questions":"true",
            "qualifiers":{"qualifier":{"key":"resultcode.thin.file","message":"x"}}}}"#,
        );
        let one = one.expect("one qualifier");
        assert_eq!((one.transaction.as_str(), one.qualifiers.len(), one.questions), ("5", 1, true));
        let many = answer(
            r#"{"response":{"id-number":"a","summary-result":{"key":"id.failure"},"results":{"key":"result.match"},
            "qualifiers":{"qualifier":[{"key":"a"},{"key":"b"}]},"restriction":{"key":"global.watch.list"},
            "eligible-for-questions":false}}"#,
        );
        let many = many.expect("many qualifiers");
        assert_eq!((many.qualifiers.len(), many.questions), (2, false));
        assert_eq!(many.restriction.as_deref(), Some("global.watch.list"));
    }

    #[test]
    fn questions_are_read_and_an_empty_round_is_none() {
        let questions = |body: &str| parse(body).and_then(read_questions);
        let one = questions(
            r#"{"response":{"id-number":5,"questions":{"question":{"prompt":"Which street?",
            "type":"street.name","answer":["A","None of the above"]}}}}"#,
        );
        let one = one.expect("a question");
        assert_eq!((one.len(), one.first().map(|one| one.choices.len())), (1, Some(2)));
        assert_eq!(questions(r#"{"response":{"questions":{"question":[]}}}"#), Err(CallError::Unreadable));
        let none = r#"{"response":{"idliveq-error":{"key":"id.not.eligible.for.questions"}}}"#;
        assert_eq!(questions(none), Err(CallError::Refused(200)));
    }

    #[test]
    fn an_error_or_an_unknown_shape_is_never_an_answer() {
        assert_eq!(answer(r#"{"response":{"error":"Invalid username"}}"#), Err(CallError::Refused(200)));
        assert_eq!(answer(r#"{"response":{}}"#), Err(CallError::Unreadable));
        assert_eq!(answer("<html>"), Err(CallError::Unreadable));
    }
}
