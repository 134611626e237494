//! `POST /polls/{poll}/ballots`: a member has a ballot signed that nobody but them can read.

use axum::{Json, extract::State};
use ballot::{Bytes, Hash};
use community::{CommunityError, ballots::EVERYONE};
use edge::{Input, Path, Problem, ProblemBody, auth::Practising};
use kernel::id::PollId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// A ballot, blinded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlindedBallot {
    /// The blinded message (RFC 9474, section 4.2), in base64url: as many bytes as the poll's key has.
    #[schema(value_type = String)]
    blinded: Bytes,
}

/// What the ballot is made of, once it is unblinded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlindSignature {
    /// The key that it was signed with.
    #[schema(value_type = String)]
    key: Hash,
    /// The blind signature (RFC 9474, section 4.3), in base64url.
    #[schema(value_type = String)]
    signature: Bytes,
}

/// Signs a blinded ballot: one a member and poll. The same message again is answered with the same signature.
///
/// What was chosen is inside and cannot be seen. That a member had a ballot signed is recorded, without a time.
#[utoipa::path(
    post, path = "/polls/{poll}/ballots", tag = "ballots",
    params(("poll" = PollId, Path)),
    request_body = BlindedBallot,
    responses(
        (status = 200, description = "The blind signature, to be unblinded and handed in without saying who you are", body = BlindSignature),
        (status = 400, description = "No message that was blinded with the poll's key", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a verified clinician, or not of the poll's audience", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "Another message was signed before, or the poll is not open", body = ProblemBody),
        (status = 503, description = "Too many at once; try again", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn issue(
    State(app): State<App>,
    Practising(by): Practising,
    Path(id): Path<PollId>,
    Input(BlindedBallot { blinded }): Input<BlindedBallot>,
) -> Result<Json<BlindSignature>, Problem> {
    let issuer = app.store.of(id, by.id, EVERYONE).await?;
    if !issuer.poll.content.audience.has(&by.clinician) {
        return Err(CommunityError::NotInAudience.into());
    }
    let hash = Hash::of(&blinded.0);
    issuer.may_sign(hash)?;
    let private = app.key(&issuer).await?;
    // First signed, then recorded: a message that cannot be signed costs nobody their ballot.
    let signature = private.sign(&blinded).map_err(|_| CommunityError::BadBlinded)?;
    app.store.record(&issuer, by.id, hash).await?;
    Ok(Json(BlindSignature { key: issuer.key.public.key, signature }))
}
