//! `GET /earnings`: what the caller earned, and what they are owed.

use axum::extract::State;
use edge::{Paged, Problem, ProblemBody, Query, auth::Member};
use kernel::{
    Money, Timestamp,
    id::{CaseId, ContributionId, JournalId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// A bonus.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EarningView {
    id: JournalId,
    case: CaseId,
    contribution: ContributionId,
    amount: Money,
    at: Timestamp,
}

/// A page of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementView {
    /// What the caller is owed.
    balance: Money,
    earnings: Vec<EarningView>,
}

/// What the caller earned.
#[utoipa::path(
    get, path = "/earnings", tag = "earnings", params(Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = StatementView),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    by: Member,
    Query(which): Query<Which>,
) -> Result<Paged<StatementView>, Problem> {
    let statement = app.store.statement(by.id, &app.cursors, which.cursor.as_deref()).await?;
    let earnings = statement
        .earnings
        .into_iter()
        .map(|one| EarningView {
            id: one.journal,
            case: one.case,
            contribution: one.contribution,
            amount: one.amount,
            at: one.at,
        })
        .collect();
    let body = StatementView { balance: statement.balance, earnings };
    Ok(Paged { body, query: String::new(), next: statement.next })
}
