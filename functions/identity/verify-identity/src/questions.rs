//! `/applications/{application}/questions`: what the applicant alone should know of themselves.
//!
//! Questions and answers pass through: neither is stored, nor logged.

use axum::{Json, extract::State};
use edge::{Input, Nothing, Now, Path, Problem, ProblemBody, auth::Applicant};
use identity::{
    IdentityError,
    application::Status,
    questions::{self, Standing},
};
use kernel::{Invalid, id::ApplicationId, text::Line};
use providers::idology::{Question, Round};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// The most answers that a round takes.
const MOST_ANSWERS: usize = 5;

/// A question.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionView {
    /// Its type, to be sent back with the answer.
    #[schema(example = "street.name")]
    kind: String,
    /// What is asked.
    prompt: String,
    /// What can be answered.
    choices: Vec<String>,
}

/// A round of questions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionsView {
    /// `questions`, or `challenge` for the second round.
    #[schema(value_type = String, example = "questions")]
    round: Round,
    /// The questions.
    questions: Vec<QuestionView>,
}

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenAnswer {
    /// The question's type.
    kind: Line,
    /// One of its choices, word for word.
    answer: Line,
}

/// The answers to a round.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenAnswers {
    /// One for every question of the round, in their order.
    answers: Vec<GivenAnswer>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Judged {
    application: ApplicationId,
    status: Status,
    /// Whether there is another round: see `GET /applications/{application}/questions`.
    another_round: bool,
}

impl From<Question> for QuestionView {
    fn from(one: Question) -> Self {
        Self { kind: one.kind, prompt: one.prompt, choices: one.choices }
    }
}

/// The questions of this round. They can be seen three times.
#[utoipa::path(
    get, path = "/applications/{application}/questions", tag = "questions",
    params(("application" = ApplicationId, Path)),
    responses(
        (status = 200, description = "The questions", body = QuestionsView),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "Nothing is asked, they were seen three times, or there are none", body = ProblemBody),
        (status = 412, description = "Seen or answered in the meantime", body = ProblemBody),
        (status = 503, description = "The identity provider did not answer", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn show_questions(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Path(id): Path<ApplicationId>,
) -> Result<Json<QuestionsView>, Problem> {
    let asked = app.store.asked(id, &by.subject).await?;
    let fetch = async |round, transaction: String| app.idology.questions(round, &transaction).await;
    let (round, found) = questions::show(&app.store, asked, now, fetch).await?;
    Ok(Json(QuestionsView { round, questions: found.into_iter().map(Into::into).collect() }))
}

/// Answers the questions of this round, once. The verification goes on by itself afterwards.
#[utoipa::path(
    post, path = "/applications/{application}/questions", tag = "questions",
    params(("application" = ApplicationId, Path)),
    request_body = GivenAnswers,
    responses(
        (status = 200, description = "Taken", body = Judged),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "Nothing is asked, the questions were not seen, or the answers are being judged", body = ProblemBody),
        (status = 412, description = "Answered in the meantime", body = ProblemBody),
        (status = 503, description = "The identity provider did not take the answers: send them again", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn answer_questions(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Path(id): Path<ApplicationId>,
    Input(GivenAnswers { answers }): Input<GivenAnswers>,
) -> Result<Json<Judged>, Problem> {
    if !(1..=MOST_ANSWERS).contains(&answers.len()) {
        let remedy = "send one answer for every question, each with the question's kind";
        return Err(IdentityError::from(
            Invalid::new("these are not the answers to a round", remedy).at("answers"),
        )
        .into());
    }
    let asked = app.store.asked(id, &by.subject).await?;
    let answers: Vec<(String, String)> =
        answers.into_iter().map(|one| (one.kind.to_string(), one.answer.to_string())).collect();
    let hand_over =
        async |round, transaction: String| app.idology.answers(round, &transaction, &answers).await;
    let standing = questions::answer(&app.store, asked, now, hand_over).await?;
    Ok(Json(judged(id, standing)))
}

/// Leaves the questions unanswered: a reviewer will look at the application.
#[utoipa::path(
    post, path = "/applications/{application}/questions/decline", tag = "questions",
    params(("application" = ApplicationId, Path)),
    request_body = Nothing,
    responses(
        (status = 200, description = "Left to a reviewer, once the other stages have run", body = Judged),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "Nothing is asked", body = ProblemBody),
        (status = 412, description = "Answered in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn decline_questions(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Path(id): Path<ApplicationId>,
    Input(Nothing {}): Input<Nothing>,
) -> Result<Json<Judged>, Problem> {
    let asked = app.store.asked(id, &by.subject).await?;
    let standing = questions::decline(&app.store, asked, now).await?;
    Ok(Json(judged(id, standing)))
}

fn judged(application: ApplicationId, standing: Standing) -> Judged {
    match standing {
        Standing::Resumed => Judged { application, status: Status::Verifying, another_round: false },
        Standing::AnotherRound => {
            Judged { application, status: Status::AwaitingApplicant, another_round: true }
        }
    }
}
