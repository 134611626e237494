//! `GET /public/polls/{poll}/record` and what proves a place in it: open to everyone, so that nobody says who they are
//! by looking for their ballot.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use ballot::{Bytes, Hash, SignedHead, log::Log, record::Line};
use community::{
    CommunityError,
    ballots::{Cursor, Record},
};
use edge::{Path, Problem, ProblemBody, Query};
use http::{HeaderValue, header};
use kernel::{Timestamp, id::PollId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;

/// How many ballots a page has at most.
const PAGE: u64 = 500;
/// For how long a record may be kept: of a poll that is open, and of one that is closed, whose record does not change.
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
            tree_size: head.tree_size,
            root_hash: head.root_hash,
            timestamp: head.timestamp,
            signature: signature.clone(),
            consistency,
        }
    }
}

impl App {
    /// The log of a poll's newest head. It is kept, and grows with the board: one query for what is new.
    async fn with_log<T>(
        &self,
        record: &Record,
        of: impl FnOnce(&Log) -> Option<T>,
    ) -> Result<T, CommunityError> {
        let poll = record.poll.id;
        let size = record.newest().ok_or(CommunityError::NotOnBoard)?.head.tree_size;
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

fn cached(record: &Record, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let header = if record.is_closed() { FINAL } else { FRESH };
    response.headers_mut().insert(header::CACHE_CONTROL, header);
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
    let record = app.boards.record(id).await?;
    let (lines, next) = match at {
        None => {
            let size = record.newest().map_or(0, |head| head.head.tree_size);
            (record.beginning(), Cursor { size, from: 0, closed: record.is_closed() })
        }
        Some(at) => {
            let to = at.from.saturating_add(PAGE).min(at.size);
            let ballots = app.boards.page(id, at.from, to).await?;
            (ballots.into_iter().map(Line::Ballot).collect(), Cursor { from: to, ..at })
        }
    };
    let ends = next.from == next.size;
    let tally = (ends && next.closed).then(|| record.tally());
    let mut body = String::new();
    for line in lines.iter().chain(&tally) {
        let json = serde_json::to_string(line).map_err(|_| CommunityError::Miscounted)?;
        body.push_str(&json);
        body.push('\n');
    }
    let mut response = cached(&record, ([(header::CONTENT_TYPE, "application/jsonl")], body));
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
    let record = app.boards.record(id).await?;
    let newest = record.newest().ok_or(CommunityError::NotOnBoard)?;
    let consistency = match since {
        Some(since) => Some(app.with_log(&record, |log| log.consistency(since)).await?),
        None => None,
    };
    Ok(cached(&record, Json(HeadView::new(newest, consistency))))
}

/// Where a ballot stands on the board, with the proof of it.
#[utoipa::path(
    get, path = "/public/polls/{poll}/ballots/{ballot}", tag = "public",
    params(("poll" = PollId, Path), ("ballot" = String, Path, description = "The hash of the receipt")),
    responses(
        (status = 200, description = "Its place, and the proof", body = InclusionView),
        (status = 404, description = "No such poll, or the ballot is not on the board yet", body = ProblemBody),
        (status = 503, description = "Try again in a moment", body = ProblemBody),
    ),
)]
pub(crate) async fn inclusion(
    State(app): State<App>,
    Path((id, hash)): Path<(PollId, Hash)>,
) -> Result<Response, Problem> {
    let record = app.boards.record(id).await?;
    let place = app.boards.place(id, hash).await?;
    let newest = record.newest().ok_or(CommunityError::NotOnBoard)?;
    let inclusion = app.with_log(&record, |log| log.inclusion(place)).await?;
    let head = HeadView::new(newest, None);
    Ok(cached(&record, Json(InclusionView { place, inclusion, head })))
}
