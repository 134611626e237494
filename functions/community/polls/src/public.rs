//! `GET /public/polls` and `GET /public/polls/{poll}`: final results, open to everyone.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use community::{
    CommunityError,
    poll::{Status, Whole},
};
use edge::{Base, Paged, Path, Problem, ProblemBody, Query};
use http::header;
use kernel::id::PollId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    App, formats,
    view::{PollList, PollView},
};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Where to go on, from the `Link` header of the page before.
    pub(crate) cursor: Option<String>,
}

/// The closed polls.
#[utoipa::path(
    get, path = "/public/polls", tag = "public", params(Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = PollList),
        (status = 400, description = "A bad cursor", body = ProblemBody),
    ),
)]
pub(crate) async fn closed_list(
    State(app): State<App>,
    Query(which): Query<Which>,
) -> Result<Paged<PollList>, Problem> {
    let page = app.store.of_status(Status::Closed, &app.cursors, which.cursor.as_deref()).await?;
    let body = PollList { polls: page.polls.into_iter().map(Into::into).collect() };
    Ok(Paged { body, query: String::new(), next: page.next })
}

/// A closed poll with its final result and the method note; or one that was withdrawn, without, and why.
#[utoipa::path(
    get, path = "/public/polls/{poll}", tag = "public",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The final result, or why there is none", body = PollView),
        (status = 404, description = "No such poll, or it has no result yet", body = ProblemBody),
    ),
)]
pub(crate) async fn closed(
    State(app): State<App>,
    Path(id): Path<PollId>,
) -> Result<Json<PollView>, Problem> {
    let whole = app.store.whole(id).await?;
    if !matches!(whole.poll.status, Status::Closed | Status::Withdrawn) {
        return Err(CommunityError::NoSuchPoll.into());
    }
    let proposer = app.store.proposer(&whole.poll).await?;
    Ok(Json(PollView::new(whole, proposer)))
}

impl App {
    /// A closed poll with its final result. One query.
    async fn closed(&self, id: PollId) -> Result<Whole, CommunityError> {
        let whole = self.store.whole(id).await?;
        if whole.poll.status == Status::Closed { Ok(whole) } else { Err(CommunityError::NoSuchPoll) }
    }
}

/// A result as a table (RFC 4180), one row an option.
#[utoipa::path(
    get, path = "/public/polls/{poll}/result.csv", tag = "public",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The final result", body = String, content_type = "text/csv"),
        (status = 404, description = "No such closed poll", body = ProblemBody),
    ),
)]
pub(crate) async fn table(State(app): State<App>, Path(id): Path<PollId>) -> Result<Response, Problem> {
    let whole = app.closed(id).await?;
    Ok(published("text/csv; charset=utf-8", formats::table(&whole)))
}

/// The parts of a result as a table (RFC 4180), one row a part and option. What could tell of few is withheld: its cell is
/// empty.
#[utoipa::path(
    get, path = "/public/polls/{poll}/breakdown.csv", tag = "public",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The parts of the final result; no row where it has none", body = String, content_type = "text/csv"),
        (status = 404, description = "No such closed poll", body = ProblemBody),
    ),
)]
pub(crate) async fn parts(State(app): State<App>, Path(id): Path<PollId>) -> Result<Response, Problem> {
    let whole = app.closed(id).await?;
    Ok(published("text/csv; charset=utf-8", formats::parts(&whole)))
}

/// A result as a chart to be shown on any page: bars with counts and percentages, in black on white.
#[utoipa::path(
    get, path = "/public/polls/{poll}/chart.svg", tag = "public",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The final result", body = String, content_type = "image/svg+xml"),
        (status = 404, description = "No such closed poll", body = ProblemBody),
    ),
)]
pub(crate) async fn chart(State(app): State<App>, Path(id): Path<PollId>) -> Result<Response, Problem> {
    let whole = app.closed(id).await?;
    Ok(published("image/svg+xml", formats::chart(&whole)))
}

/// The closed polls as an Atom feed (RFC 4287), newest first.
#[utoipa::path(
    get, path = "/public/feeds/polls.atom", tag = "public", params(Which),
    responses(
        (status = 200, description = "A page; its link leads on", body = String, content_type = "application/atom+xml"),
        (status = 400, description = "A bad cursor", body = ProblemBody),
    ),
)]
pub(crate) async fn atom(
    State(app): State<App>,
    base: Base,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let page = app.store.of_status(Status::Closed, &app.cursors, which.cursor.as_deref()).await?;
    Ok(published("application/atom+xml", formats::atom(&page, &base)))
}

/// The closed polls as a JSON Feed (version 1.1), newest first.
#[utoipa::path(
    get, path = "/public/feeds/polls.json", tag = "public", params(Which),
    responses(
        (status = 200, description = "A page; its `next_url` leads on", body = formats::JsonFeed, content_type = "application/feed+json"),
        (status = 400, description = "A bad cursor", body = ProblemBody),
    ),
)]
pub(crate) async fn json_feed(
    State(app): State<App>,
    base: Base,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let page = app.store.of_status(Status::Closed, &app.cursors, which.cursor.as_deref()).await?;
    let feed =
        serde_json::to_string(&formats::json_feed(&page, &base)).map_err(|_| CommunityError::Miscounted)?;
    Ok(published("application/feed+json", feed))
}

/// Something that anybody may keep for a while and show anywhere. It runs nothing.
fn published(media_type: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    (headers, body).into_response()
}
