//! `PUT /cases/{case}`: the author edits a draft.

use axum::{Json, extract::State};
use edge::{ETag, IfMatch, Input, Path, Problem, ProblemBody, auth::TripleVerified};
use kernel::id::CaseId;

use crate::{
    App,
    view::{CaseState, ContentInput},
};

/// Edits a draft.
#[utoipa::path(
    put, path = "/cases/{case}", tag = "cases",
    params(
        ("case" = CaseId, Path),
        ("If-Match" = String, Header, description = "The ETag of the version that is edited"),
    ),
    request_body = ContentInput,
    responses(
        (status = 200, description = "The draft's new version", body = CaseState),
        (status = 400, description = "A field is wrong, or If-Match is missing", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's", body = ProblemBody),
        (status = 409, description = "No longer a draft", body = ProblemBody),
        (status = 412, description = "Edited in the meantime", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn edit(
    State(app): State<App>,
    TripleVerified(by): TripleVerified,
    Path(id): Path<CaseId>,
    IfMatch(version): IfMatch,
    Input(content): Input<ContentInput>,
) -> Result<(ETag, Json<CaseState>), Problem> {
    let (content, overridden) = content.screened(&app.screen)?;
    let before = app.cases.find(id).await?;
    let after = before.clone().edit(by.id, version, content, overridden)?;
    app.cases.replace(&before, &after).await?;
    Ok((ETag(after.version), Json(CaseState::from(&after))))
}
