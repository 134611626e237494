//! `POST /reviews/{application}/refuse`: a reviewer refuses, with a reason the applicant can act on.

use axum::{Json, extract::State};
use edge::{Input, Now, Path, Problem, ProblemBody, auth::Reviewer};
use identity::{IdentityError, evidence::Stage, reason::Reason};
use kernel::{id::ApplicationId, text::Text};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    App,
    approve::{Decided, measure},
};

/// Why, in words that the applicant will read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    /// The stage that could not be confirmed.
    stage: Stage,
    /// What is the matter.
    words: Text<500>,
    /// What the applicant can do about it.
    remedy: Text<500>,
}

/// Refuses an application that waits for a reviewer.
#[utoipa::path(
    post, path = "/reviews/{application}/refuse", tag = "review",
    params(("application" = ApplicationId, Path)),
    request_body = Refusal,
    responses(
        (status = 200, description = "Refused", body = Decided),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer, the reviewer's own application, or an appeal against their own refusal", body = ProblemBody),
        (status = 404, description = "No such application", body = ProblemBody),
        (status = 409, description = "It does not wait for a reviewer", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn refuse(
    State(app): State<App>,
    Now(now): Now,
    by: Reviewer,
    Path(id): Path<ApplicationId>,
    Input(refusal): Input<Refusal>,
) -> Result<Json<Decided>, Problem> {
    let application = app.store.find(id).await?.ok_or(IdentityError::NoSuchApplication)?;
    let reason = Reason::by_reviewer(refusal.stage, refusal.words.as_str(), refusal.remedy.as_str());
    let status = app.decisions.refuse(&application, vec![reason], &by.subject, now).await?;
    measure(&application, status, now);
    Ok(Json(Decided { application: id, status }))
}
