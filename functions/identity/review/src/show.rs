//! `GET /reviews/{application}`: an application with its evidence, on one answer.

use axum::{Json, extract::State};
use edge::{Path, Problem, ProblemBody, auth::Reviewer};
use identity::{
    IdentityError,
    application::{Person, Status},
    consent::Consent,
    evidence::{Evidence, Stage, Verdict},
    licence::Licence,
    unique::Held,
};
use kernel::{Country, Profession, Specialty, Timestamp, id::ApplicationId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// What a stage found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvidenceView {
    stage: Stage,
    revision: i64,
    provider: String,
    verdict: Option<Verdict>,
    transaction: Option<String>,
    codes: Vec<String>,
    rules: String,
    begun_at: Timestamp,
    ended_at: Option<Timestamp>,
}

/// An application as a reviewer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileView {
    application: ApplicationId,
    status: Status,
    person: Person,
    profession: Profession,
    specialty: Specialty,
    country: Country,
    licence: Licence,
    graduation_year: Option<i16>,
    consents: Vec<Consent>,
    /// How often it was stated.
    revision: i64,
    /// What the stages found of this revision.
    evidence: Vec<EvidenceView>,
    /// What they found of earlier ones.
    earlier: Vec<EvidenceView>,
    /// What of it was verified before for another account. The applicant does not learn of it.
    held: Option<Held>,
    submitted_at: Timestamp,
}

impl From<Evidence> for EvidenceView {
    fn from(one: Evidence) -> Self {
        Self {
            stage: one.stage,
            revision: one.revision,
            provider: one.provider,
            verdict: one.verdict,
            transaction: one.transaction,
            codes: one.codes,
            rules: one.rules,
            begun_at: one.begun_at,
            ended_at: one.ended_at,
        }
    }
}

/// An application with its evidence.
#[utoipa::path(
    get, path = "/reviews/{application}", tag = "review",
    params(("application" = ApplicationId, Path)),
    responses(
        (status = 200, description = "The application and its evidence", body = FileView),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer", body = ProblemBody),
        (status = 404, description = "No such application", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _by: Reviewer,
    Path(id): Path<ApplicationId>,
) -> Result<Json<FileView>, Problem> {
    let file = app.store.file(id).await?.ok_or(IdentityError::NoSuchApplication)?;
    let application = file.application;
    Ok(Json(FileView {
        application: id,
        status: application.status,
        person: application.claim.person,
        profession: application.claim.profession,
        specialty: application.claim.specialty,
        country: application.claim.country,
        licence: application.claim.licence,
        graduation_year: application.claim.graduation_year,
        consents: application.claim.consents,
        revision: application.revision,
        evidence: file.evidence.into_iter().map(Into::into).collect(),
        earlier: file.earlier.into_iter().map(Into::into).collect(),
        held: application.held,
        submitted_at: application.submitted_at,
    }))
}
