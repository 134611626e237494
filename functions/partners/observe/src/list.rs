//! `GET /cases`: the cases of a specialty that the contract covers, newest first.

use axum::extract::State;
use edge::{Now, Paged, Problem, ProblemBody, Query, auth::Observer};
use kernel::{Specialty, Timestamp, id::CaseId};
use partners::projection::Act;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{App, view::AuthorView};

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The specialty.
    #[param(value_type = String)]
    specialty: Specialty,
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObservedLine {
    id: CaseId,
    title: String,
    specialty: Specialty,
    author: AuthorView,
    published_at: Timestamp,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObservedList {
    cases: Vec<ObservedLine>,
}

/// The published cases of a specialty. The read is logged.
#[utoipa::path(
    get, path = "/cases", tag = "observe", params(Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = ObservedList),
        (status = 400, description = "An unknown specialty or a bad cursor", body = ProblemBody),
        (status = 401, description = "No valid API key", body = ProblemBody),
        (status = 404, description = "The contract does not cover it", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Now(now): Now,
    by: Observer,
    Query(which): Query<Which>,
) -> Result<Paged<ObservedList>, Problem> {
    let specialty = which.specialty;
    let contract = app.covering(&by, specialty, now).await?;
    let page = app.projection.cases(specialty, &app.cursors, which.cursor.as_deref()).await?;
    app.projection.log(specialty.code(), &contract, Act::Listed, now).await?;
    let cases = page
        .cases
        .into_iter()
        .map(|case| ObservedLine {
            id: case.id,
            author: AuthorView::new(&app.pseudonyms, &case.byline, contract.id),
            title: case.title,
            specialty: case.specialty,
            published_at: case.published_at,
        })
        .collect();
    Ok(Paged { body: ObservedList { cases }, query: format!("specialty={specialty}"), next: page.next })
}
