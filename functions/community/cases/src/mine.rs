//! `GET /cases/mine`: the caller's own cases, drafts included.

use axum::extract::State;
use edge::{Paged, Problem, ProblemBody, Query, auth::Member};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    App,
    view::{CaseLine, CaseList},
};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// The caller's own cases.
#[utoipa::path(
    get, path = "/cases/mine", tag = "cases", params(Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = CaseList),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn mine(
    State(app): State<App>,
    by: Member,
    Query(which): Query<Which>,
) -> Result<Paged<CaseList>, Problem> {
    let page = app.cases.of_author(by.id, &app.cursors, which.cursor.as_deref()).await?;
    let names = app.members.names([by.id]).await?;
    let cases = page.cases.into_iter().map(|case| CaseLine::new(case, &names)).collect();
    Ok(Paged { body: CaseList { cases }, query: String::new(), next: page.next })
}
