//! `POST /polls/{poll}/ballots`: a member has a ballot signed that nobody but them can read.

use axum::{Json, extract::State};
use ballot::{Bytes, Hash};
use community::{CommunityError, ballots::SealedKey};
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
    /// The same choice, blinded for the key of the member's segment, if the result is to count it there, too.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    segment: Option<Bytes>,
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
    /// The signature for the segment, if that was asked for: its key, and the blind signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    segment: Option<Box<Self>>,
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
        (status = 400, description = "No message that was blinded with the poll's key, or there is no segment for the caller", body = ProblemBody),
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
    Input(BlindedBallot { blinded, segment }): Input<BlindedBallot>,
) -> Result<Json<BlindSignature>, Problem> {
    let issuer = app.store.of(id, by.id, &by.clinician).await?;
    // The messages of a key are all of one length, so both of them together are like no others.
    let hash = Hash::of(&[blinded.0.as_slice(), segment.as_ref().map_or(&[], |segment| &segment.0)].concat());
    issuer.may_sign(hash)?;
    // First signed, then recorded: a message that cannot be signed costs nobody their ballot.
    let segment = match segment {
        Some(blinded) => {
            let key = issuer.segment.as_ref().ok_or(CommunityError::NoSegment)?;
            Some(Box::new(app.sign(issuer.poll.id, key, &blinded).await?))
        }
        None => None,
    };
    let signed = app.sign(issuer.poll.id, &issuer.key, &blinded).await?;
    app.store.record(&issuer, by.id, hash).await?;
    Ok(Json(BlindSignature { segment, ..signed }))
}

impl App {
    /// Signs a blinded message with a key of a poll.
    async fn sign(
        &self,
        poll: PollId,
        key: &SealedKey,
        blinded: &Bytes,
    ) -> Result<BlindSignature, CommunityError> {
        let private = self.key(poll, key).await?;
        let signature = private.sign(blinded).map_err(|_| CommunityError::BadBlinded)?;
        Ok(BlindSignature { key: key.public.key, signature, segment: None })
    }
}
