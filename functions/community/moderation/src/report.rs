//! `POST /reports`: a member sees an identifier.

use axum::{extract::State, response::Response};
use community::{
    CommunityError,
    review::{Act, Cause, Reason, Review, Subject, Trace},
};
use edge::{Now, Once, Problem, ProblemBody, answer, auth::Member, stored};
use http::StatusCode;
use kernel::id::ReviewId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// Where an identifier is seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// What it is seen in.
    subject: Subject,
    /// Where in it, without repeating it. Moderators alone see this.
    #[serde(default)]
    note: Option<Reason>,
}

/// What comes of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reported {
    review: ReviewId,
}

/// Hides a text or an image in which somebody can be identified, at once and for everybody, until a moderator has
/// decided. What is hidden already is answered with the review that hides it, in whose trail the report is recorded. A
/// poll in which a moderator found nobody, and to which nothing was added since, stays where it is while one looks again.
#[utoipa::path(
    post, path = "/reports", tag = "moderation",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = Report,
    responses(
        (status = 200, description = "It is hidden already, or was removed", body = Reported),
        (status = 201, description = "Hidden, but for a poll that was looked through before", body = Reported),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a verified clinician", body = ProblemBody),
        (status = 404, description = "Nothing published there", body = ProblemBody),
        (status = 422, description = "Identifiers were found in the note; or the key was used for another request", body = ProblemBody),
        (status = 429, description = "Too many reports today", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn report(
    State(app): State<App>,
    Now(now): Now,
    once: Once<Member, Report>,
) -> Result<Response, Problem> {
    let Report { subject, note } = once.input;
    app.screen.check(note.as_ref().map(|note| ("note", note.as_str())), Vec::new())?;
    answer(app.reviews.table(), &once.key, async {
        let (author, seen) = app.reviews.reported(subject).await?;
        if let Some(review) = seen.reported_in() {
            let stored = stored(StatusCode::OK, &Reported { review });
            let report = Trace { note, ..Trace::of(Act::Reported, once.by.id, now) };
            return match app.reviews.join(review, &report, &once.key, &stored).await {
                Ok(()) | Err(CommunityError::ReviewDecided) => Ok(stored),
                Err(error) => Err(error),
            };
        }
        let cleared = seen.is_cleared();
        let cause = if cleared { Cause::Repeat { note } } else { Cause::Identifier { note } };
        let review = Review::of(subject, author, cause, once.by.id, now);
        let stored = stored(StatusCode::CREATED, &Reported { review: review.id });
        if cleared {
            app.reviews.raise(&review, &once.key, &stored).await?;
        } else {
            app.reviews.hide(&review, &seen, &once.key, &stored).await?;
        }
        Ok::<_, CommunityError>(stored)
    })
    .await
}
