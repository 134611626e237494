//! `DELETE /cases/{case}/images/{image}`: the author takes an image off a draft.

use axum::extract::State;
use edge::{Now, Path, Problem, ProblemBody, auth::TripleVerified};
use http::StatusCode;
use kernel::id::{CaseId, ImageId};

use crate::App;

/// Takes an image off a draft. What was kept of it is deleted within seconds.
#[utoipa::path(
    delete, path = "/cases/{case}/images/{image}", tag = "images",
    params(("case" = CaseId, Path), ("image" = ImageId, Path)),
    responses(
        (status = 204, description = "Taken off"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's, or no such image of it", body = ProblemBody),
        (status = 409, description = "No longer a draft", body = ProblemBody),
        (status = 412, description = "Published in the meantime", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Now(now): Now,
    by: TripleVerified,
    Path((case, id)): Path<(CaseId, ImageId)>,
) -> Result<StatusCode, Problem> {
    let image = app.own_image(&by, case, id).await?;
    app.cases.remove_image(case, &image, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
