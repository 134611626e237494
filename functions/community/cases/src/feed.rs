//! `GET /cases`: the published cases of a specialty, newest first.

use axum::extract::State;
use edge::{Paged, Problem, ProblemBody, Query, auth::Member};
use kernel::Specialty;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    App,
    view::{CaseLine, CaseList},
};

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The specialty; the caller's own without it.
    #[param(value_type = Option<String>)]
    specialty: Option<Specialty>,
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// The published cases of a specialty.
#[utoipa::path(
    get, path = "/cases", tag = "cases", params(Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = CaseList),
        (status = 400, description = "An unknown specialty or a bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn feed(
    State(app): State<App>,
    by: Member,
    Query(which): Query<Which>,
) -> Result<Paged<CaseList>, Problem> {
    let specialty = which.specialty.unwrap_or(by.clinician.specialty);
    let page = app.cases.feed(specialty, &app.cursors, which.cursor.as_deref()).await?;
    let authors: Vec<_> = page.cases.iter().map(|case| case.author).collect();
    let names = app.members.names(authors).await?;
    let cases = page.cases.into_iter().map(|case| CaseLine::new(case, &names)).collect();
    Ok(Paged { body: CaseList { cases }, query: format!("specialty={specialty}"), next: page.next })
}
