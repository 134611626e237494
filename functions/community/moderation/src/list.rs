//! `GET /reviews`: what waits for a moderator, oldest first.

use axum::extract::State;
use community::review::{Review, ReviewState, Subject};
use edge::{Paged, Problem, ProblemBody, Query, auth::Moderator};
use kernel::{Timestamp, id::ReviewId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;

/// Which reviews.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// `open` without it.
    #[param(value_type = Option<String>)]
    state: Option<ReviewState>,
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// A review in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewLine {
    id: ReviewId,
    subject: Subject,
    state: ReviewState,
    opened_at: Timestamp,
}

/// Some reviews.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewList {
    reviews: Vec<ReviewLine>,
}

/// The reviews of a state, oldest first.
#[utoipa::path(
    get, path = "/reviews", tag = "moderation", params(Which),
    responses(
        (status = 200, description = "A page, oldest first; the Link header leads on", body = ReviewList),
        (status = 400, description = "An unknown state, or a bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _by: Moderator,
    Query(which): Query<Which>,
) -> Result<Paged<ReviewList>, Problem> {
    let state = which.state.unwrap_or(ReviewState::Open);
    let page = app.reviews.of_state(state, &app.cursors, which.cursor.as_deref()).await?;
    let line = |Review { id, subject, state, opened_at, .. }| ReviewLine { id, subject, state, opened_at };
    let body = ReviewList { reviews: page.reviews.into_iter().map(line).collect() };
    Ok(Paged { body, query: format!("state={}", state.name()), next: page.next })
}
