//! `PUT /inbox/read`: the caller has read up to a notice.

use axum::extract::State;
use edge::{Input, Now, Problem, ProblemBody, auth::SignedIn};
use http::StatusCode;
use kernel::{Invalid, id::NoticeId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;

/// Up to where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadTo {
    /// The newest notice that was read.
    notice: NoticeId,
}

/// Marks all notices up to one as read.
#[utoipa::path(
    put, path = "/inbox/read", tag = "inbox",
    request_body = ReadTo,
    responses(
        (status = 204, description = "Remembered"),
        (status = 400, description = "Not a notice's id, or one that is to come", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn read(
    State(app): State<App>,
    Now(now): Now,
    SignedIn(by): SignedIn,
    Input(to): Input<ReadTo>,
) -> Result<StatusCode, Problem> {
    if i128::from(to.notice.millisecond()) > now.as_millisecond().into() {
        let error = Invalid::new("there is no such notice yet", "send the id of a notice of GET /inbox");
        return Err(error.at("notice").into());
    }
    app.inbox.read_to(by.sub, to.notice).await?;
    Ok(StatusCode::NO_CONTENT)
}
