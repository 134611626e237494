//! `GET /reviews`: the applications that wait for a reviewer, oldest first.

use axum::extract::State;
use edge::{Paged, Problem, ProblemBody, Query, auth::Reviewer};
use identity::reason::Reason;
use kernel::{Country, Profession, Specialty, Timestamp, id::ApplicationId};
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

/// An application that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waiting {
    application: ApplicationId,
    profession: Profession,
    specialty: Specialty,
    country: Country,
    reasons: Vec<Reason>,
    submitted_at: Timestamp,
}

/// A page of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queue {
    waiting: Vec<Waiting>,
}

/// The applications that wait for a reviewer.
#[utoipa::path(
    get, path = "/reviews", tag = "review", params(Which),
    responses(
        (status = 200, description = "A page, oldest first; the Link header leads on", body = Queue),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn queue(
    State(app): State<App>,
    _by: Reviewer,
    Query(which): Query<Which>,
) -> Result<Paged<Queue>, Problem> {
    let (found, next) = app.store.in_review(&app.cursors, which.cursor.as_deref()).await?;
    let waiting = found
        .into_iter()
        .map(|one| Waiting {
            application: one.id,
            profession: one.claim.profession,
            specialty: one.claim.specialty,
            country: one.claim.country,
            reasons: one.reasons,
            submitted_at: one.submitted_at,
        })
        .collect();
    Ok(Paged { body: Queue { waiting }, query: String::new(), next })
}
