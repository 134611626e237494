//! `GET /polls/{poll}`: a poll with its result so far, to members.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use ballot::Hash;
use community::{
    CommunityError,
    poll::{Beside, Whole},
    review::Reason,
};
use edge::{ETag, Path, Problem, ProblemBody, auth::SignedIn};
use http::{HeaderMap, StatusCode, header};
use kernel::{
    id::PollId,
    session::{Claims, Role},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, view::PollView};

/// For how long the result so far may be kept: it changes with the next batch of ballots.
pub(crate) const FRESH: &str = "private, max-age=30";

/// A poll, and whether the caller took part.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollForMember {
    #[serde(flatten)]
    poll: PollView,
    /// Whether the caller belongs to its audience.
    for_you: bool,
    /// The segment that the caller's ballot can be signed for, beside everyone's.
    your_segment: Option<String>,
    /// Whether the caller had a ballot signed. What became of it nobody can know but they.
    ballot_signed: bool,
    /// To its proposer and to moderators: why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<Reason>,
}

impl PollForMember {
    fn new(whole: Whole, proposer: Option<String>, by: &Claims, ballot_signed: bool) -> Self {
        let for_you = by.clinician.is_some_and(|clinician| whole.poll.content.audience.has(&clinician));
        let your_segment =
            by.clinician.and_then(|clinician| whole.poll.segment_of(&clinician).map(ToOwned::to_owned));
        let declined = whole.poll.declined.clone();
        Self { for_you, your_segment, ballot_signed, declined, poll: PollView::new(whole, proposer) }
    }
}

/// A poll with its result so far.
#[utoipa::path(
    get, path = "/polls/{poll}", tag = "polls",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The poll, its result so far, and whether the caller took part; the ETag of a draft is its version", body = PollForMember),
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
    let Beside { ballot_signed, proposer } = app.store.beside(&whole.poll, by.sub).await?;
    if !whole.poll.is_shown() {
        let version = ETag(whole.poll.version);
        return Ok((version, Json(PollForMember::new(whole, proposer, &by, ballot_signed))).into_response());
    }
    let view = PollForMember::new(whole, proposer, &by, ballot_signed);
    // Of all that is shown: some of it depends on the caller.
    let tag = format!("\"{}\"", Hash::of(&serde_json::to_vec(&view).unwrap_or_default()));
    let fresh = [(header::CACHE_CONTROL, FRESH), (header::ETAG, &tag)];
    Ok(if is_known(&headers, &tag) {
        (StatusCode::NOT_MODIFIED, fresh).into_response()
    } else {
        (fresh, Json(view)).into_response()
    })
}

/// Whether the caller has what that tag is of.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes())
}
