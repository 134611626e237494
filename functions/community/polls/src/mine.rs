//! `GET /polls/mine`: what the caller proposed, and what became of it.

use axum::extract::State;
use edge::{Paged, Problem, ProblemBody, Query, auth::SignedIn};

use crate::{App, public::Which, view::PollList};

/// What the caller proposed.
#[utoipa::path(
    get, path = "/polls/mine", tag = "polls", params(Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = PollList),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn mine(
    State(app): State<App>,
    SignedIn(by): SignedIn,
    Query(which): Query<Which>,
) -> Result<Paged<PollList>, Problem> {
    let page = app.store.of_author(by.sub, &app.cursors, which.cursor.as_deref()).await?;
    let polls = page.polls.into_iter().map(Into::into).collect();
    Ok(Paged { body: PollList { polls }, query: String::new(), next: page.next })
}
