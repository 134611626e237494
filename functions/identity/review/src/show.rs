//! `GET /reviews/{application}`: an application with its evidence, on one answer.

use axum::{Json, extract::State};
use edge::{Now, Path, Problem, ProblemBody, auth::Reviewer};
use identity::{
    IdentityError,
    application::{Correction, Look, Note, Person, Return, Status},
    consent::Consent,
    document::{Document, DocumentState, Shows},
    evidence::{Evidence, Stage, Verdict},
    licence::Licence,
    sign_in::SignIn,
    unique::Held,
};
use kernel::{
    Country, Profession, Specialty, Timestamp,
    id::{ApplicationId, DocumentId},
};
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

/// A document that was shown; `GET /reviews/{application}/documents/{document}` opens it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownDocument {
    document: DocumentId,
    shows: Shows,
    state: DocumentState,
    offered_at: Timestamp,
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
    /// What another network says of who signed in there, if that stands for the first stage.
    sign_in: Option<SignIn>,
    consents: Vec<Consent>,
    /// How often it was stated.
    revision: i64,
    /// What the stages found of this revision.
    evidence: Vec<EvidenceView>,
    /// What they found of earlier ones.
    earlier: Vec<EvidenceView>,
    /// What of it was verified before for another account. The applicant does not learn of it.
    held: Option<Held>,
    /// Earlier applications of the same licence or person that were refused or in doubt. The applicant does not learn
    /// of them.
    returns: Vec<Return>,
    /// Corrections that were asked for.
    corrections: Vec<Correction>,
    /// Documents that were shown.
    documents: Vec<ShownDocument>,
    /// What was asked and answered.
    notes: Vec<Note>,
    /// Why the applicant thinks that the refusal was wrong, if they appealed.
    appeal: Option<String>,
    /// Whether it takes two reviewers to approve it.
    takes_two: bool,
    /// Whether a first one has.
    approved_once: bool,
    /// Which reviewers looked at it, this look included.
    looks: Vec<Look>,
    submitted_at: Timestamp,
}

impl From<Document> for ShownDocument {
    fn from(one: Document) -> Self {
        Self { document: one.id, shows: one.shows, state: one.state, offered_at: one.offered_at }
    }
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

/// An application with its evidence. Every look at one is recorded.
#[utoipa::path(
    get, path = "/reviews/{application}", tag = "review",
    params(("application" = ApplicationId, Path)),
    responses(
        (status = 200, description = "The application and its evidence", body = FileView),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer, or the reviewer's own application", body = ProblemBody),
        (status = 404, description = "No such application", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Now(now): Now,
    by: Reviewer,
    Path(id): Path<ApplicationId>,
) -> Result<Json<FileView>, Problem> {
    let mut file = app.store.file(id).await?.ok_or(IdentityError::NoSuchApplication)?;
    if file.application.subject == by.subject {
        return Err(IdentityError::OwnApplication.into());
    }
    let look = Look { reviewer: by.subject, at: now, document: None };
    app.store.look(id, &look).await?;
    file.looks.push(look);
    let takes_two = file.takes_two();
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
        sign_in: application.claim.sign_in,
        consents: application.claim.consents,
        revision: application.revision,
        evidence: file.evidence.into_iter().map(Into::into).collect(),
        earlier: file.earlier.into_iter().map(Into::into).collect(),
        held: application.held,
        returns: application.returns,
        corrections: application.corrections,
        documents: file.documents.into_iter().map(Into::into).collect(),
        notes: application.notes,
        appeal: application.appeal.map(|appeal| appeal.words.to_string()),
        takes_two,
        approved_once: application.approved_by.is_some(),
        looks: file.looks,
        submitted_at: application.submitted_at,
    }))
}
