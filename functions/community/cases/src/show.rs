//! `GET /cases/{case}`: a case with its images, its courses of action and their votes.

use axum::{Json, extract::State};
use community::case::{Status, Whole};
use edge::{ETag, Now, Path, Problem, ProblemBody, auth::Member};
use kernel::{
    Specialty, Timestamp,
    id::{CaseId, ContributionId, CourseId},
    text::{Line, Narrative, Passage},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, image::ImageView};

/// A course of action.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CourseView {
    id: CourseId,
    /// Nothing while it is hidden, and after it was removed.
    text: Option<Passage>,
    /// Whether somebody sees an identifier in it, and no moderator has decided that there is none.
    hidden: bool,
    /// The proposer's screen name.
    proposer: String,
    votes: u64,
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseView {
    id: CaseId,
    /// The author's screen name.
    author: String,
    title: Line,
    history: Narrative,
    findings: Narrative,
    question: Passage,
    specialty: Specialty,
    status: Status,
    /// Whether somebody sees an identifier in it: then its author alone sees it, until a moderator has decided.
    hidden: bool,
    images: Vec<ImageView>,
    courses: Vec<CourseView>,
    /// The course the caller votes for.
    my_vote: Option<CourseId>,
    /// How many colleagues have seen it.
    views: u64,
    created_at: Timestamp,
    published_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    outcome: Option<Passage>,
    accepted: Option<ContributionId>,
    seconds_to_first_answer: Option<i64>,
    seconds_to_close: Option<i64>,
}

/// A case, to its author or, once published, to every member.
#[utoipa::path(
    get, path = "/cases/{case}", tag = "cases",
    params(("case" = CaseId, Path)),
    responses(
        (status = 200, description = "The case; the ETag is its version", body = CaseView),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 404, description = "No such case for the caller", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Now(now): Now,
    by: Member,
    Path(id): Path<CaseId>,
) -> Result<(ETag, Json<CaseView>), Problem> {
    let Whole { case, images, courses, votes, views } = app.cases.whole(id).await?;
    let case = case.visible_to(by.id)?;
    let people: Vec<_> = courses.iter().map(|course| course.proposer).chain([case.author]).collect();
    let mine = app.votes.mine(id, by.id, people).await?;
    let first_view = case.status != Status::Draft && case.author != by.id && !mine.seen;
    if first_view {
        app.cases.count_view(id, by.id).await?;
    }
    let mut shown = Vec::with_capacity(images.len());
    for image in images {
        shown.push(app.view(image, now).await?);
    }
    let courses = courses
        .into_iter()
        .map(|course| CourseView {
            votes: votes.get(&course.id.to_string()).copied().unwrap_or_default(),
            id: course.id,
            hidden: course.hidden.is_some(),
            text: course.hidden.is_none().then_some(course.text),
            proposer: mine.names.of(course.proposer),
        })
        .collect();
    let (first_answer, close) = (case.seconds_to_first_answer(), case.seconds_to_close());
    let view = CaseView {
        id,
        author: mine.names.of(case.author),
        title: case.content.title,
        history: case.content.history,
        findings: case.content.findings,
        question: case.content.question,
        specialty: case.content.specialty,
        status: case.status,
        hidden: case.hidden.is_some(),
        images: shown,
        courses,
        my_vote: mine.vote,
        views: views.saturating_add(u64::from(first_view)),
        created_at: case.created_at,
        published_at: case.published_at,
        closed_at: case.closed_at,
        outcome: case.outcome,
        accepted: case.accepted,
        seconds_to_first_answer: first_answer,
        seconds_to_close: close,
    };
    Ok((ETag(case.version), Json(view)))
}
