//! `GET /polls/{poll}`: a poll with its result so far, to members.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use community::CommunityError;
use edge::{Path, Problem, ProblemBody, auth::SignedIn};
use http::{HeaderMap, StatusCode, header};
use kernel::{id::PollId, session::Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, view::PollView};

/// For how long the result so far may be kept: it changes with the next batch of ballots.
const FRESH: &str = "private, max-age=30";

/// A poll, and whether the caller took part.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollForMember {
    #[serde(flatten)]
    poll: PollView,
    /// Whether the caller had a ballot signed. What became of it nobody can know but they.
    ballot_signed: bool,
}

/// A poll with its result so far.
#[utoipa::path(
    get, path = "/polls/{poll}", tag = "polls",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The poll, its result so far, and whether the caller took part", body = PollForMember),
        (status = 304, description = "It is still as `If-None-Match` says"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 404, description = "No such poll for the caller", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    SignedIn(by): SignedIn,
    Path(id): Path<PollId>,
) -> Result<Response, Problem> {
    let whole = app.store.whole(id).await?;
    if !whole.poll.is_shown() && whole.poll.author != by.sub && !by.roles.contains(&Role::Moderator) {
        return Err(CommunityError::NoSuchPoll.into());
    }
    let ballot_signed = app.issuing.took_part(id, by.sub).await?;
    let tag = format!("\"{}-{}-{ballot_signed}\"", whole.shown.size, whole.poll.status.name());
    let fresh = [(header::CACHE_CONTROL, FRESH), (header::ETAG, &tag)];
    let unchanged =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    Ok(if unchanged {
        (StatusCode::NOT_MODIFIED, fresh).into_response()
    } else {
        (fresh, Json(PollForMember { poll: whole.into(), ballot_signed })).into_response()
    })
}
