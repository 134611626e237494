//! `GET /public/polls/{poll}/record` and what proves a place in it: open to everyone, so that nobody says who they are
//! by looking for their ballot.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use ballot::{Bytes, Hash, SignedHead, log::Log, record::Line};
use community::{CommunityError, ballots::Cursor, poll::Status};
use edge::{Path, Problem, ProblemBody, Query, auth::Nobody};
use http::{HeaderValue, header};
use kernel::{Timestamp, id::PollId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;

/// How many ballots a page has at most.
const PAGE: u64 = 500;
/// For how long something may be kept: what can change or be hidden, and the ballots of a poll that is closed.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=60");
const FINAL: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Since {
    /// An earlier size of the log, for the proof that it was only appended to since.
    since: Option<u64>,
}

/// A signed head of a poll's log (RFC 9162, section 4.10).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeadView {
    poll: PollId,
    /// The hash of what was asked, in base64url.
    #[schema(value_type = String)]
    asked: Hash,
    tree_size: u64,
    /// In base64url.
    #[schema(value_type = String)]
    root_hash: Hash,
    timestamp: Timestamp,
    /// ECDSA on P-256 with SHA-256 of the head's statement, in base64url.
    #[schema(value_type = String)]
    signature: Bytes,
    /// The proof that the log was only appended to since the size that was asked about, in base64url.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    consistency: Option<Bytes>,
}

/// That a ballot is on the board.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InclusionView {
    /// Its place in the log, from 0.
    place: u64,
    /// The proof of it in the log of the head's size (RFC 9162, section 2.1.3), in base64url.
    #[schema(value_type = String)]
    inclusion: Bytes,
    head: HeadView,
}

impl HeadView {
    fn new(SignedHead { head, signature }: &SignedHead, consistency: Option<Bytes>) -> Self {
        Self {
            poll: head.poll,
            asked: head.asked,
            tree_size: head.tree_size,
            root_hash: head.root_hash,
            timestamp: head.timestamp,
            signature: signature.clone(),
            consistency,
        }
    }
}

impl App {
    /// The log of a size. The last one is kept, and grows with the board: one query for what is new.
    async fn with_log<T>(
        &self,
        poll: PollId,
        size: u64,
        of: impl FnOnce(&Log) -> Option<T>,
    ) -> Result<T, CommunityError> {
        let mut kept = self.log.lock().await;
        let known = kept.take().filter(|(of, log)| *of == poll && log.size() <= size);
        let mut log = known.map_or_else(Log::new, |(_, log)| log);
        for ballot in self.boards.page(poll, log.size(), size).await? {
            log.push(ballot.entry(poll));
        }
        let found = of(&log);
        *kept = Some((poll, log));
        found.ok_or(CommunityError::NotOnBoard)
    }
}

/// An answer that may be kept for a while.
fn kept(until: HeaderValue, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, until);
    response
}

/// A poll's public record, page by page: lines of JSON, as `docs/ballots.md` describes them.
#[utoipa::path(
    get, path = "/public/polls/{poll}/record", tag = "public",
    params(("poll" = PollId, Path), Which),
    responses(
        (status = 200, description = "Lines of JSON; the Link header leads on", body = String, content_type = "application/jsonl"),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 503, description = "Try again in a moment", body = ProblemBody),
    ),
)]
pub(crate) async fn record(
    State(app): State<App>,
    Path(id): Path<PollId>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let scope = format!("record of {id}");
    let at = which.cursor.map(|cursor| app.cursors.open_mark(&scope, &cursor)).transpose();
    let at: Option<Cursor> = at
        .map_err(CommunityError::from)?
        .map(|mark| mark.parse())
        .transpose()
        .map_err(CommunityError::from)?;
    let (lines, next, closed) = match at {
        None => {
            let record = app.boards.record(id).await?;
            let next = Cursor { size: record.size(), from: 0, closed: record.is_closed() };
            let mut lines = record.beginning();
            lines.extend((next.size == 0 && next.closed).then(|| record.tally()));
            (lines, next, false)
        }
        Some(at) => {
            let status = app.boards.status(id).await?;
            let to = at.from.saturating_add(PAGE).min(at.size);
            let ballots = app.boards.page(id, at.from, to).await?;
            let mut lines: Vec<Line> = ballots.into_iter().map(Line::Ballot).collect();
            if to == at.size && at.closed {
                lines.push(app.boards.record(id).await?.tally());
            }
            (lines, Cursor { from: to, ..at }, status == Status::Closed)
        }
    };
    let ends = next.from == next.size;
    let mut body = String::new();
    for line in &lines {
        let json = serde_json::to_string(line).map_err(|_| CommunityError::Miscounted)?;
        body.push_str(&json);
        body.push('\n');
    }
    let until = if closed { FINAL } else { FRESH };
    let mut response = kept(until, ([(header::CONTENT_TYPE, "application/jsonl")], body));
    let cursor = app.cursors.seal_mark(&scope, &next.to_string());
    if let Some(link) =
        (!ends).then(|| HeaderValue::from_str(&format!("<?cursor={cursor}>; rel=\"next\"")).ok())
    {
        link.into_iter().for_each(|link| drop(response.headers_mut().insert(header::LINK, link)));
    }
    Ok(response)
}

/// The newest signed head of a poll's log.
#[utoipa::path(
    get, path = "/public/polls/{poll}/head", tag = "public",
    params(("poll" = PollId, Path), Since),
    responses(
        (status = 200, description = "The head", body = HeadView),
        (status = 404, description = "No such poll, nothing on its board yet, or it never had that size", body = ProblemBody),
        (status = 503, description = "Try again in a moment", body = ProblemBody),
    ),
)]
pub(crate) async fn head(
    State(app): State<App>,
    Path(id): Path<PollId>,
    Query(Since { since }): Query<Since>,
) -> Result<Response, Problem> {
    app.boards.status(id).await?;
    let newest = app.boards.newest(id).await?;
    let size = newest.head.tree_size;
    let consistency = match since {
        Some(since) if (1..=size).contains(&since) => {
            Some(app.with_log(id, size, |log| log.consistency(since)).await?)
        }
        Some(_) => return Err(CommunityError::NotOnBoard.into()),
        None => None,
    };
    Ok(kept(FRESH, Json(HeadView::new(&newest, consistency))))
}

/// Where a ballot stands on the board, with the proof of it.
#[utoipa::path(
    get, path = "/public/polls/{poll}/ballots/{ballot}", tag = "public",
    params(("poll" = PollId, Path), ("ballot" = String, Path, description = "The hash of the receipt")),
    responses(
        (status = 200, description = "Its place, and the proof", body = InclusionView),
        (status = 400, description = "A credential was sent: nobody says whose ballot they look for", body = ProblemBody),
        (status = 404, description = "No such poll, or the ballot is not on the board yet", body = ProblemBody),
        (status = 503, description = "Try again in a moment", body = ProblemBody),
    ),
)]
pub(crate) async fn inclusion(
    State(app): State<App>,
    _by: Nobody,
    Path((id, hash)): Path<(PollId, Hash)>,
) -> Result<Response, Problem> {
    app.boards.status(id).await?;
    let place = app.boards.place(id, hash).await?;
    let newest = app.boards.newest(id).await?;
    let inclusion = app.with_log(id, newest.head.tree_size, |log| log.inclusion(place)).await?;
    let head = HeadView::new(&newest, None);
    Ok(kept(FRESH, Json(InclusionView { place, inclusion, head })))
}
