//! `GET /inbox`: the caller's notices, newest first.

use axum::extract::State;
use community::inbox::{Notice, NoticeKind, Reader};
use edge::{Paged, Problem, ProblemBody, Query, auth::SignedIn};
use kernel::{
    Timestamp,
    id::{CaseId, NoticeId, PollId, ReviewId},
    session::Role,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    id: NoticeId,
    #[schema(value_type = String, example = "answer")]
    kind: NoticeKind,
    case: Option<CaseId>,
    poll: Option<PollId>,
    /// To moderators: the review.
    review: Option<ReviewId>,
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
        (status = 200, description = "A page, newest first; the Link header leads on", body = InboxView),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(by): SignedIn,
    Query(which): Query<Which>,
) -> Result<Paged<InboxView>, Problem> {
    let moderates = by.roles.contains(&Role::Moderator);
    let reader = Reader { member: by.sub, clinician: by.clinician, moderates };
    let page = app.inbox.newest(reader, &app.cursors, which.cursor.as_deref()).await?;
    let notices = page.notices.into_iter().map(|(notice, read)| NoticeView::new(notice, read)).collect();
    Ok(Paged { body: InboxView { notices }, query: String::new(), next: page.next })
}

impl NoticeView {
    const fn new(notice: Notice, read: bool) -> Self {
        let Notice { id, kind, case, poll, review, at } = notice;
        Self { id, kind, case, poll, review, read, at }
    }
}
