//! `POST /reviews/{review}/confirm` and `/dismiss`: a moderator decides.

use axum::extract::State;
use community::{CommunityError, review::Seen};
use edge::{Input, Nothing, Now, Path, Problem, ProblemBody, auth::Moderator};
use http::StatusCode;
use kernel::{
    Timestamp,
    id::{MemberId, ReviewId},
};

use crate::App;

impl App {
    async fn decide(
        &self,
        id: ReviewId,
        confirmed: bool,
        by: MemberId,
        now: Timestamp,
    ) -> Result<StatusCode, Problem> {
        let (review, trail) = self.reviews.with_trail(id).await?;
        review.open()?;
        let seen = self.seen(review.subject).await?;
        // Whoever hid it by another review has reported it, too.
        let others = match seen.as_ref().and_then(Seen::hidden).filter(|hidden| *hidden != id) {
            Some(hidden) => self.reviews.with_trail(hidden).await?.1,
            None => Vec::new(),
        };
        if by == review.author || trail.iter().chain(&others).any(|trace| trace.is_report_by(by)) {
            return Err(CommunityError::OwnReview.into());
        }
        if confirmed {
            self.reviews.hush(id, &trail).await?;
        }
        self.reviews.decide(&review, seen.as_ref(), confirmed, by, now).await?;
        Ok(StatusCode::NO_CONTENT)
    }
}

/// Confirms that somebody can be identified: every copy is removed, for good. Or, of an objection, that what its author
/// had left unfilled says nothing of the patient: the image is clean as it is.
#[utoipa::path(
    post, path = "/reviews/{review}/confirm", tag = "moderation",
    params(("review" = ReviewId, Path)),
    request_body = Nothing,
    responses(
        (status = 204, description = "Decided"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator, or of what the caller wrote or reported", body = ProblemBody),
        (status = 404, description = "No such review", body = ProblemBody),
        (status = 409, description = "Decided before, or its subject changed in the meantime", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    Now(now): Now,
    Moderator(by): Moderator,
    Path(id): Path<ReviewId>,
    Input(Nothing {}): Input<Nothing>,
) -> Result<StatusCode, Problem> {
    app.decide(id, true, by, now).await
}

/// Dismisses a review: what was hidden is shown again. Or, of an objection, the places are filled after all.
#[utoipa::path(
    post, path = "/reviews/{review}/dismiss", tag = "moderation",
    params(("review" = ReviewId, Path)),
    request_body = Nothing,
    responses(
        (status = 204, description = "Decided"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator, or of what the caller wrote or reported", body = ProblemBody),
        (status = 404, description = "No such review", body = ProblemBody),
        (status = 409, description = "Decided before, or its subject changed in the meantime", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn dismiss(
    State(app): State<App>,
    Now(now): Now,
    Moderator(by): Moderator,
    Path(id): Path<ReviewId>,
    Input(Nothing {}): Input<Nothing>,
) -> Result<StatusCode, Problem> {
    app.decide(id, false, by, now).await
}
