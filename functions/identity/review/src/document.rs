//! `GET /reviews/{application}/documents/{document}`: a document that the applicant showed.

use std::time::Duration;

use axum::{Json, extract::State};
use edge::{Now, Path, Problem, ProblemBody, auth::Reviewer};
use identity::{IdentityError, application::Look};
use kernel::{
    SignedDuration, Timestamp,
    id::{ApplicationId, DocumentId},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// How long a document's address holds.
const HOLDS: Duration = Duration::from_secs(60);

/// Where a document is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentAddress {
    /// A picture, rebuilt from what was uploaded.
    url: String,
    /// Until when the address holds: a minute.
    until: Timestamp,
}

/// Opens a document. Every look at one is recorded.
#[utoipa::path(
    get, path = "/reviews/{application}/documents/{document}", tag = "review",
    params(("application" = ApplicationId, Path), ("document" = DocumentId, Path)),
    responses(
        (status = 200, description = "Where it is, for a minute", body = DocumentAddress),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer, or the reviewer's own application", body = ProblemBody),
        (status = 404, description = "No such application, or no such document that can be seen", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn show_document(
    State(app): State<App>,
    Now(now): Now,
    by: Reviewer,
    Path((id, document)): Path<(ApplicationId, DocumentId)>,
) -> Result<Json<DocumentAddress>, Problem> {
    let application = app.store.find(id).await?.ok_or(IdentityError::NoSuchApplication)?;
    if application.subject == by.subject {
        return Err(IdentityError::OwnApplication.into());
    }
    let found = app.store.document(id, document).await?.and_then(|one| one.object);
    let object = found.ok_or(IdentityError::NoSuchDocument)?;
    let url = app.documents.address(&object, HOLDS).await?;
    app.store.look(id, &Look { reviewer: by.subject, at: now, document: Some(document) }).await?;
    let until = SignedDuration::try_from(HOLDS).ok().and_then(|holds| now.checked_add(holds).ok());
    Ok(Json(DocumentAddress { url, until: until.unwrap_or(now) }))
}
