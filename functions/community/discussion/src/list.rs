//! `GET /cases/{case}/contributions`: the discussion of a case, oldest first.

use axum::extract::State;
use community::discussion::{ContributionKind, Thread};
use edge::{Paged, Path, Problem, ProblemBody, Query, auth::Member};
use kernel::{
    Timestamp,
    id::{CaseId, ContributionId},
    session::Clinician,
    text::Passage,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Where to go on, from the `Link` header of the page before.
    pub(crate) cursor: Option<String>,
}

/// A contribution.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContributionView {
    id: ContributionId,
    parent: Option<ContributionId>,
    #[schema(value_type = String, example = "advice")]
    kind: ContributionKind,
    /// The author's screen name.
    author: String,
    clinician: Clinician,
    /// Nothing while it is hidden, and after it was removed.
    text: Option<Passage>,
    /// Whether somebody sees an identifier in it, and no moderator has decided that there is none.
    hidden: bool,
    corroborations: u64,
    created_at: Timestamp,
}

/// A page of a discussion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ThreadView {
    contributions: Vec<ContributionView>,
}

/// The discussion of a case.
#[utoipa::path(
    get, path = "/cases/{case}/contributions", tag = "discussion",
    params(("case" = CaseId, Path), Which),
    responses(
        (status = 200, description = "A page, oldest first; the Link header leads on", body = ThreadView),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 404, description = "No such case for the caller", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    by: Member,
    Path(case): Path<CaseId>,
    Query(which): Query<Which>,
) -> Result<Paged<ThreadView>, Problem> {
    let Thread { case, contributions, names, next } =
        app.discussion.thread(case, &app.cursors, which.cursor.as_deref()).await?;
    case.visible_to(by.id)?;
    let contributions = contributions
        .into_iter()
        .map(|one| ContributionView {
            id: one.id,
            parent: one.parent,
            kind: one.kind,
            author: names.of(one.author),
            clinician: one.clinician,
            hidden: one.hidden.is_some(),
            text: one.hidden.is_none().then_some(one.text),
            corroborations: one.corroborations,
            created_at: one.created_at,
        })
        .collect();
    Ok(Paged { body: ThreadView { contributions }, query: String::new(), next })
}
