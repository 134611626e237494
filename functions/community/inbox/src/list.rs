//! `GET /inbox`: the caller's notices, newest first.

use axum::{Json, extract::State};
use community::inbox::NoticeKind;
use edge::{Problem, ProblemBody, Query, auth::Member};
use kernel::{
    Timestamp,
    id::{CaseId, NoticeId, PollId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;

/// Which notices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only notices older than this one: the last of the page before.
    #[param(value_type = Option<String>)]
    before: Option<NoticeId>,
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    id: NoticeId,
    #[schema(value_type = String, example = "answer")]
    kind: NoticeKind,
    case: Option<CaseId>,
    poll: Option<PollId>,
    read: bool,
    at: Timestamp,
}

/// A page of notices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InboxView {
    notices: Vec<NoticeView>,
}

/// The caller's notices.
#[utoipa::path(
    get, path = "/inbox", tag = "inbox", params(Which),
    responses(
        (status = 200, description = "At most 30, newest first", body = InboxView),
        (status = 400, description = "Not a notice's id", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    by: Member,
    Query(which): Query<Which>,
) -> Result<Json<InboxView>, Problem> {
    let found = app.inbox.newest(by.id, by.clinician.specialty, which.before).await?;
    let notices = found
        .into_iter()
        .map(|(notice, read)| NoticeView {
            id: notice.id,
            kind: notice.kind,
            case: notice.case,
            poll: notice.poll,
            read,
            at: notice.at,
        })
        .collect();
    Ok(Json(InboxView { notices }))
}
