//! `GET /polls/{poll}/live`: the counts of a poll while it is open, for many who watch at once.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use community::{
    CommunityError,
    poll::{Status, Whole},
};
use edge::{Now, Path, Problem, ProblemBody, auth::SignedIn};
use http::{HeaderMap, StatusCode, header};
use kernel::{Timestamp, id::PollId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    show::{FRESH, is_known},
};

/// For how long a snapshot is kept, in seconds: it holds counts alone, and no word that could have to be hidden.
const KEPT_SECONDS: i64 = 30;
/// How many polls' snapshots are kept at most: more are not watched at once.
const MOST_KEPT: usize = 64;

/// The counts of a poll, as its board shows them: they change by ten ballots at least.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LivePoll)]
pub(crate) struct Live {
    status: Status,
    /// All ballots that were published; nothing of a poll that was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    votes: Option<u64>,
    /// Those of each option, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<u64>>,
    open_until: Option<Timestamp>,
}

impl From<Whole> for Live {
    fn from(Whole { poll, shown, .. }: Whole) -> Self {
        let counts = poll.status != Status::Withdrawn;
        Self {
            status: poll.status,
            votes: counts.then_some(shown.size),
            options: counts.then_some(shown.votes),
            open_until: poll.closes_at,
        }
    }
}

impl Live {
    fn tag(&self) -> String {
        let (status, size) = (self.status.name(), self.votes.unwrap_or_default());
        format!("\"{status}-{size}-{}\"", self.open_until.map_or(0, Timestamp::as_second))
    }
}

/// The counts of a poll that is or was open. They are kept for half a minute, so that who watches costs next to nothing.
#[utoipa::path(
    get, path = "/polls/{poll}/live", tag = "polls",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The counts, as the board shows them", body = Live),
        (status = 304, description = "They are still as `If-None-Match` says"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 404, description = "No such poll for members", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn live(
    State(app): State<App>,
    headers: HeaderMap,
    Now(now): Now,
    _by: SignedIn,
    Path(id): Path<PollId>,
) -> Result<Response, Problem> {
    let live = app.live(id, now).await?;
    let tag = live.tag();
    let fresh = [(header::CACHE_CONTROL, FRESH), (header::ETAG, &tag)];
    Ok(if is_known(&headers, &tag) {
        (StatusCode::NOT_MODIFIED, fresh).into_response()
    } else {
        (fresh, Json(live)).into_response()
    })
}

impl App {
    /// The counts of a poll: read twice a minute.
    async fn live(&self, id: PollId, now: Timestamp) -> Result<Live, CommunityError> {
        let mut kept = self.kept.lock().await;
        let is_fresh = |at: Timestamp| now.as_second().saturating_sub(at.as_second()) < KEPT_SECONDS;
        if let Some((_, live)) = kept.get(&id).filter(|(at, _)| is_fresh(*at)) {
            return Ok(live.clone());
        }
        // Who asks meanwhile waits for this one read.
        let whole = self.store.whole(id).await?;
        if !whole.poll.is_shown() {
            return Err(CommunityError::NoSuchPoll);
        }
        let live = Live::from(whole);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(id, (now, live.clone()));
        Ok(live)
    }
}
