//! `POST /cases/{case}/close`: the author ends the case with its outcome and the advice that helped.

use axum::{extract::State, response::Response};
use community::CommunityError;
use edge::{Now, Once, Path, Problem, ProblemBody, answer, auth::TripleVerified, stored};
use http::StatusCode;
use kernel::{
    id::{CaseId, ContributionId},
    text::Passage,
};
use screening::Override;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{App, view::CaseState};

/// How the case ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closing {
    /// What became of the patient, without anything that identifies them.
    outcome: Passage,
    /// The advice that helped, if any did.
    #[serde(default)]
    accepted: Option<ContributionId>,
    /// What was found in an earlier attempt and says nothing of the patient.
    #[serde(default)]
    overrides: Vec<Override>,
}

/// Closes a case.
#[utoipa::path(
    post, path = "/cases/{case}/close", tag = "cases",
    params(
        ("case" = CaseId, Path),
        ("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat"),
    ),
    request_body = Closing,
    responses(
        (status = 200, description = "Closed", body = CaseState),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's", body = ProblemBody),
        (status = 409, description = "Not published, closed already, or not advice on it", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept; or the key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn close(
    State(app): State<App>,
    Now(now): Now,
    Path(id): Path<CaseId>,
    once: Once<TripleVerified, Closing>,
) -> Result<Response, Problem> {
    let TripleVerified(by) = once.by;
    let Closing { outcome, accepted, overrides } = once.input;
    let overridden = app.screen.check([("outcome", outcome.as_str())], overrides)?;
    answer(app.cases.table(), &once.key, async {
        let before = app.cases.find(id).await?;
        let after = before.close(by.id, outcome.clone(), accepted, now)?;
        let stored = stored(StatusCode::OK, &CaseState::from(&after));
        app.cases.close(&after, outcome.as_str(), overridden, &once.key, &stored, now).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}
