//! `GET /reviews`: the applications that wait for a reviewer, oldest first.

use axum::extract::State;
use edge::{Now, Paged, Problem, ProblemBody, Query, auth::Reviewer};
use identity::{application::Application, evidence::Stage, reason::Reason};
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
    /// Only applications of that country.
    country: Option<Country>,
    /// Only applications that wait because of that stage.
    stage: Option<Stage>,
    /// Only applications that have waited for at least so many hours.
    older_than_hours: Option<u32>,
}

impl Which {
    fn wants(&self, application: &Application, now: Timestamp) -> bool {
        let because = |stage| application.reasons.iter().any(|reason| reason.stage == stage);
        let hours = i64::from(self.older_than_hours.unwrap_or_default());
        self.country.is_none_or(|country| application.claim.country == country)
            && self.stage.is_none_or(because)
            && waited(application, now) >= hours * 3600
    }

    /// The filters, for the link to the next page.
    fn query(&self) -> String {
        let stage = self.stage.map(|stage| format!("&stage={}", stage.name()));
        let country = self.country.map(|country| format!("&country={country}"));
        let hours = self.older_than_hours.map(|hours| format!("&older_than_hours={hours}"));
        let text: String = [country, stage, hours].into_iter().flatten().collect();
        text.trim_start_matches('&').to_owned()
    }
}

fn waited(application: &Application, now: Timestamp) -> i64 {
    now.as_second().saturating_sub(application.submitted_at.as_second())
}

/// An application that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waiting {
    application: ApplicationId,
    profession: Profession,
    specialty: Specialty,
    country: Country,
    reasons: Vec<Reason>,
    /// Whether it is an appeal.
    appeal: bool,
    /// Whether it is approved, and a field is to be corrected.
    correction: bool,
    /// How long ago it was submitted, in seconds.
    seconds_waiting: i64,
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
        (status = 200, description = "A page, oldest first; with filters it can be a short one, and the Link header leads on", body = Queue),
        (status = 400, description = "A bad cursor or filter", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn queue(
    State(app): State<App>,
    Now(now): Now,
    _by: Reviewer,
    Query(which): Query<Which>,
) -> Result<Paged<Queue>, Problem> {
    let (found, next) = app.store.in_review(&app.cursors, which.cursor.as_deref()).await?;
    let waiting = found
        .into_iter()
        .filter(|one| which.wants(one, now))
        .map(|one| Waiting {
            appeal: one.appeal.is_some(),
            correction: one.pending_correction().is_some(),
            seconds_waiting: waited(&one, now),
            application: one.id,
            profession: one.claim.profession,
            specialty: one.claim.specialty,
            country: one.claim.country,
            reasons: one.reasons,
            submitted_at: one.submitted_at,
        })
        .collect();
    Ok(Paged { body: Queue { waiting }, query: which.query(), next })
}
