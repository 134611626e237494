//! `POST /public/polls/{poll}/ballots`: somebody hands in a ballot.

use axum::{Json, extract::State};
use ballot::{Ballot, Bytes, Hash, Seal};
use edge::{Input, Now, Path, Problem, ProblemBody, auth::Nobody};
use kernel::id::PollId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// A ballot, unblinded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CastBallot {
    /// The key that it was signed with.
    #[schema(value_type = String)]
    key: Hash,
    /// The option's number, from 0.
    option: u8,
    /// 32 bytes of chance, in base64url.
    #[schema(value_type = String)]
    nonce: Hash,
    /// The 32 bytes that the message was randomised with (RFC 9474, section 4.1), in base64url.
    #[schema(value_type = String)]
    randomizer: Hash,
    /// The signature, in base64url.
    #[schema(value_type = String)]
    signature: Bytes,
    /// The signature for a segment, if the result is to count it there, too. It is not published.
    #[serde(default)]
    segment: Option<SegmentSeal>,
}

/// The signature of the same 32 bytes and message with the key of a segment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentSeal {
    /// The segment's key.
    #[schema(value_type = String)]
    key: Hash,
    /// The signature, in base64url.
    #[schema(value_type = String)]
    signature: Bytes,
}

impl From<SegmentSeal> for Seal {
    fn from(SegmentSeal { key, signature }: SegmentSeal) -> Self {
        Self { key, signature }
    }
}

/// That a ballot was taken in. It will be on the board by this hash.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    poll: PollId,
    /// The SHA-256 of randomizer and message.
    #[schema(value_type = String)]
    ballot: Hash,
}

/// Takes in a ballot. The same one again is answered with the same receipt, and counts once.
///
/// It is sent without `Authorization` and `Cookie`. Its signature is checked before anything is read or written for it.
#[utoipa::path(
    post, path = "/public/polls/{poll}/ballots", tag = "ballots",
    params(("poll" = PollId, Path)),
    request_body = CastBallot,
    responses(
        (status = 200, description = "Taken in, now or before", body = Receipt),
        (status = 400, description = "The signature does not hold, the poll has no such key or option, or a credential was sent", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "The poll does not take ballots now", body = ProblemBody),
        (status = 413, description = "The body is too large", body = ProblemBody),
        (status = 503, description = "Too many at once; try again", body = ProblemBody),
    ),
)]
pub(crate) async fn cast(
    State(app): State<App>,
    _by: Nobody,
    Now(now): Now,
    Path(id): Path<PollId>,
    Input(ballot): Input<CastBallot>,
) -> Result<Json<Receipt>, Problem> {
    let CastBallot { key, option, nonce, randomizer, signature, segment } = ballot;
    let ballot = Ballot { key, option, nonce, randomizer, signature };
    let poll = app.poll(id, now).await?;
    let checked = poll.check(ballot, segment.map(Into::into))?;
    let hash = checked.hash;
    app.store.take(&poll, checked).await?;
    Ok(Json(Receipt { poll: id, ballot: hash }))
}
