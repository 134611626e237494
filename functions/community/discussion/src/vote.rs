//! `PUT /cases/{case}/vote`: a triple-verified physician votes for a course of action.

use axum::{Json, extract::State};
use community::CommunityError;
use edge::{Input, Path, Problem, ProblemBody, auth::TripleVerified};
use kernel::id::{CaseId, CourseId, MemberId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// How often a vote that met another of the same member is tried in all.
const ATTEMPTS: u32 = 4;

/// What is voted for.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vote {
    course: CourseId,
}

/// Votes for a course of action, or changes the vote, until the case is closed.
#[utoipa::path(
    put, path = "/cases/{case}/vote", tag = "discussion",
    params(("case" = CaseId, Path)),
    request_body = Vote,
    responses(
        (status = 200, description = "The caller's one vote now", body = Vote),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case or course for the caller", body = ProblemBody),
        (status = 409, description = "Not published, or closed", body = ProblemBody),
        (status = 503, description = "Too many at once; try again", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn vote(
    State(app): State<App>,
    TripleVerified(by): TripleVerified,
    Path(case): Path<CaseId>,
    Input(vote): Input<Vote>,
) -> Result<Json<Vote>, Problem> {
    let mut attempt = 1;
    loop {
        match app.cast(case, vote.course, by.id).await {
            Err(CommunityError::Contended) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(Json(vote)),
        }
    }
}

impl App {
    /// One attempt: one read, and one transaction unless the vote stands already.
    async fn cast(&self, case: CaseId, course: CourseId, by: MemberId) -> Result<(), CommunityError> {
        let context = self.votes.context(case, course, by).await?;
        context.case.visible_to(by)?.open()?;
        if !context.course_exists {
            return Err(CommunityError::NoSuchCourse);
        }
        if context.before == Some(course) {
            return Ok(());
        }
        self.votes.cast(case, by, context.before, course).await
    }
}
