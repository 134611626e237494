//! `GET /cases/{case}`: a published conversation.

use axum::{Json, extract::State};
use contracts::community::{Byline, ContributionKind};
use edge::{Now, Path, Problem, ProblemBody, auth::Observer};
use kernel::{
    Specialty, Timestamp,
    id::{CaseId, ContributionId},
};
use partners::projection::{Act, Conversation};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, view::AuthorView};

/// A contribution.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObservedContributionView {
    id: ContributionId,
    parent: Option<ContributionId>,
    #[schema(value_type = String, example = "advice")]
    kind: ContributionKind,
    author: AuthorView,
    text: String,
    published_at: Timestamp,
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationView {
    id: CaseId,
    specialty: Specialty,
    author: AuthorView,
    title: String,
    history: String,
    findings: String,
    question: String,
    /// Oldest first, at most five hundred.
    contributions: Vec<ObservedContributionView>,
    outcome: Option<String>,
    accepted: Option<ContributionId>,
    published_at: Timestamp,
    closed_at: Option<Timestamp>,
}

/// A published conversation. The read is logged.
#[utoipa::path(
    get, path = "/cases/{case}", tag = "observe",
    params(("case" = CaseId, Path)),
    responses(
        (status = 200, description = "The conversation", body = ConversationView),
        (status = 401, description = "No valid API key", body = ProblemBody),
        (status = 404, description = "No such case under the contract", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Now(now): Now,
    by: Observer,
    Path(id): Path<CaseId>,
) -> Result<Json<ConversationView>, Problem> {
    let Conversation { case, contributions, ending } = app.projection.conversation(id).await?;
    let contract = app.covering(&by, case.specialty, now).await?;
    app.projection.log(&id.to_string(), &contract, Act::Read, now).await?;
    let author = |byline: &Byline| AuthorView::new(&app.pseudonyms, byline, contract.id);
    let contributions = contributions
        .into_iter()
        .map(|one| ObservedContributionView {
            id: one.id,
            parent: one.parent,
            kind: one.kind,
            author: author(&one.byline),
            text: one.text,
            published_at: one.published_at,
        })
        .collect();
    let closed_at = ending.as_ref().map(|ending| ending.closed_at);
    let (outcome, accepted) = ending.map_or((None, None), |ending| (Some(ending.outcome), ending.accepted));
    Ok(Json(ConversationView {
        id,
        specialty: case.specialty,
        author: author(&case.byline),
        title: case.title,
        history: case.history,
        findings: case.findings,
        question: case.question,
        contributions,
        outcome,
        accepted,
        published_at: case.published_at,
        closed_at,
    }))
}
