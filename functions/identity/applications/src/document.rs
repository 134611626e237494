//! `POST /applications/{application}/documents`: the applicant shows what no register can be asked.

use axum::{Json, extract::State};
use edge::{Input, Nothing, Now, Once, Path, Problem, ProblemBody, auth::Applicant, kept, stored};
use http::StatusCode;
use identity::{
    IdentityError,
    document::{Document, DocumentState, LARGEST, Shows},
};
use kernel::{
    MediaType, Timestamp,
    id::{ApplicationId, DocumentId},
};
use serde::{Deserialize, Serialize};
use storage::Form;
use table::OnceKey;
use utoipa::ToSchema;

use crate::{App, view::ApplicationView};

/// What will be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDocument {
    /// What it shows.
    shows: Shows,
    /// Its media type; the upload must declare the same.
    media_type: MediaType,
}

/// Where to upload it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentOffer {
    document: DocumentId,
    /// A form to post with the file as its last field, `file`, within ten minutes.
    upload: Form,
}

/// A document that was shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentView {
    document: DocumentId,
    shows: Shows,
    state: DocumentState,
    /// Why it was refused: a stable code.
    refusal: Option<String>,
    /// What to do about it.
    remedy: Option<&'static str>,
    offered_at: Timestamp,
}

impl From<Document> for DocumentView {
    fn from(one: Document) -> Self {
        let remedy = one.refusal.as_deref().map(|code| match code {
            "unsupported_media" => "Take a photograph of it, or scan it, as JPEG or PNG, and upload that.",
            "too_large" => "Take a smaller photograph: at most 10 MiB and 50 million pixels.",
            _ => "The file is broken: take the photograph again.",
        });
        Self {
            document: one.id,
            shows: one.shows,
            state: one.state,
            refusal: one.refusal,
            remedy,
            offered_at: one.offered_at,
        }
    }
}

/// Offers an upload for a photograph or scan of a document, of up to 10 MiB. Only reviewers see it, every look
/// is recorded, and it is deleted after the decision.
#[utoipa::path(
    post, path = "/applications/{application}/documents", tag = "applications",
    params(
        ("application" = ApplicationId, Path),
        ("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat"),
    ),
    request_body = NewDocument,
    responses(
        (status = 201, description = "Where to upload it", body = DocumentOffer),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "Nothing waits for a decision, or twenty uploads were offered", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn offer_document(
    State(app): State<App>,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    once: Once<Applicant, NewDocument>,
) -> Result<(StatusCode, Json<DocumentOffer>), Problem> {
    let media_type = once.input.media_type;
    let Kept { document } = match app.offer(id, &once.by.subject, &once.input, &once.key, now).await {
        Ok(kept) => kept,
        // The form is made anew, as long as it is of use: what is kept of the first answer is the document's id alone.
        Err(refused) => {
            let kept: Kept = kept(app.store.table(), &once.key, refused.into()).await?;
            app.awaited(id, &once.by.subject, kept.document).await?;
            kept
        }
    };
    let upload = app.uploads.form(&format!("{id}/{document}"), media_type.name(), LARGEST, now).await?;
    Ok((StatusCode::CREATED, Json(DocumentOffer { document, upload })))
}

/// Leaves the documents out: a reviewer decides without.
#[utoipa::path(
    post, path = "/applications/{application}/documents/decline", tag = "applications",
    params(("application" = ApplicationId, Path)),
    request_body = Nothing,
    responses(
        (status = 200, description = "A reviewer will look at it", body = ApplicationView),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "No documents are asked for", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn decline_documents(
    State(app): State<App>,
    by: Applicant,
    Path(id): Path<ApplicationId>,
    Input(Nothing {}): Input<Nothing>,
) -> Result<Json<ApplicationView>, Problem> {
    let file = app.own(id, &by.subject).await?;
    let after = file.application.without_documents()?;
    app.store.replace(&file.application, &after).await?;
    Ok(Json(ApplicationView::new(after, &file.evidence, file.documents)))
}

/// What is kept of the answer.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    document: DocumentId,
}

impl App {
    /// Checks that an upload is still awaited. One query.
    async fn awaited(
        &self,
        id: ApplicationId,
        subject: &str,
        document: DocumentId,
    ) -> Result<(), IdentityError> {
        let file = self.own(id, subject).await?;
        let offered = |one: &Document| one.id == document && one.state == DocumentState::Awaiting;
        if !file.application.takes_documents() {
            return Err(IdentityError::AlreadyDecided);
        }
        if file.documents.iter().any(offered) { Ok(()) } else { Err(IdentityError::Stale) }
    }

    async fn offer(
        &self,
        id: ApplicationId,
        subject: &str,
        new: &NewDocument,
        once: &OnceKey,
        now: Timestamp,
    ) -> Result<Kept, IdentityError> {
        let file = self.own(id, subject).await?;
        let document = Document::offered(DocumentId::at(now), new.shows, new.media_type, now);
        let kept = Kept { document: document.id };
        self.store.offer_document(&file, &document, once, &stored(StatusCode::CREATED, &kept)).await?;
        Ok(kept)
    }
}
