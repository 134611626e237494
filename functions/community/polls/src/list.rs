//! `GET /polls`: the open poll, or those of another status.

use axum::extract::State;
use community::poll::Status;
use edge::{Paged, Problem, ProblemBody, Query, auth::SignedIn};
use kernel::{Class, session::Role};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{App, view::PollList};

/// Which polls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// `open` without it; those that were not opened yet are for moderators.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// The polls of a status, newest first.
#[utoipa::path(
    get, path = "/polls", tag = "polls", params(Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = PollList),
        (status = 400, description = "An unknown status, or a bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Drafts, declined and approved polls are for moderators", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(by): SignedIn,
    Query(which): Query<Which>,
) -> Result<Paged<PollList>, Problem> {
    let status = which.status.unwrap_or(Status::Open);
    if !status.is_public() && !by.roles.contains(&Role::Moderator) {
        return Err(Problem::new(
            Class::Forbidden,
            "forbidden",
            "only moderators see polls before they are opened",
            "ask for status=open or status=closed",
        )
        .at("status"));
    }
    let page = app.store.of_status(status, &app.cursors, which.cursor.as_deref()).await?;
    let body = PollList { polls: page.polls.into_iter().map(Into::into).collect() };
    Ok(Paged { body, query: format!("status={}", status.name()), next: page.next })
}
