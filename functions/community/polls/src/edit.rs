//! `PUT /polls/{poll}`: its proposer or a moderator edits a draft.

use axum::extract::State;
use community::{CommunityError, poll::Poll};
use edge::{ETag, IfMatch, Input, Now, Path, Problem, ProblemBody, auth::Writer};
use http::StatusCode;
use kernel::{id::PollId, session::Role};

use crate::{App, proposal::Proposal};

/// Edits a draft, in the version that was read.
#[utoipa::path(
    put, path = "/polls/{poll}", tag = "polls",
    params(
        ("poll" = PollId, Path),
        ("If-Match" = String, Header, description = "The ETag of the version that is edited"),
    ),
    request_body = Proposal,
    responses(
        (status = 204, description = "Edited; the ETag is its new version"),
        (status = 400, description = "A field is wrong, or If-Match is missing", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 404, description = "No such poll of the caller's", body = ProblemBody),
        (status = 409, description = "It was decided on already", body = ProblemBody),
        (status = 412, description = "Edited in the meantime", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn edit(
    State(app): State<App>,
    Now(now): Now,
    Writer(by): Writer,
    Path(id): Path<PollId>,
    IfMatch(version): IfMatch,
    Input(proposal): Input<Proposal>,
) -> Result<(ETag, StatusCode), Problem> {
    let before = app.store.find(id).await?;
    let own = before.author == by.sub;
    if !own && !by.roles.contains(&Role::Moderator) {
        return Err(CommunityError::NoSuchPoll.into());
    }
    let credited = proposal.credited.map_or(before.credited, |wish| wish && (own || before.credited));
    let (content, overridden) = proposal.screened(&app.screen)?;
    let after = Poll { credited, ..before.clone().edit(version, content)? };
    app.store.replace(&before, &after, overridden, by.sub, now).await?;
    Ok((ETag(after.version), StatusCode::NO_CONTENT))
}
