//! Running a stage: the intent is recorded before the paid call, and no paid call is made twice
//! unseen.

use std::future::Future;

use kernel::{Timestamp, id::ApplicationId};
use providers::CallError;
use serde::{Deserialize, Serialize};

use crate::{
    IdentityError,
    application::{Application, Applications, Status},
    evidence::{Evidence, Finding, Stage, Verdict},
    rules,
};

/// How long a stage that was begun may still be running, in seconds: longer than its function's time-out,
/// shorter than the workflow goes on trying.
pub(crate) const RUNNING_SECONDS: i64 = 60;

/// What the workflow hands to each of its tasks.
#[derive(Debug, Deserialize)]
pub struct Task {
    /// The application to verify.
    pub application: ApplicationId,
}

/// What the workflow goes on with.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Outcome {
    /// The stage's verdict.
    pub verdict: Verdict,
}

/// Runs a stage once, whatever is delivered twice and whoever dies in between.
///
/// - An application that was withdrawn, decided or erased costs no call.
/// - A stage that ended answers its verdict again.
/// - A stage that was begun a moment ago may be running elsewhere: the workflow comes back for its end.
/// - A stage that was begun and cannot be running any more is *indeterminate*: the call may have been made.
/// - A call that was provably not taken is forgotten, and the error asks the workflow to come back.
///
/// # Errors
/// [`CallError::NotTaken`] when the stage may be run again; [`IdentityError::StageRunning`]; storage faults.
pub async fn run<F, P: Into<String>>(
    store: &Applications,
    task: &Task,
    stage: Stage,
    provider: impl FnOnce(&Application) -> P,
    now: Timestamp,
    call: impl FnOnce(Application) -> F,
) -> Result<Outcome, IdentityError>
where
    F: Future<Output = Result<Finding, CallError>>,
{
    let id = task.application;
    let open = store.file(id).await?.filter(|file| file.application.status == Status::Verifying);
    let Some(file) = open else { return Ok(Outcome { verdict: Verdict::Refer }) };
    if let Some(known) = file.evidence.iter().find(|one| one.stage == stage) {
        return match known.verdict {
            Some(verdict) => Ok(Outcome { verdict }),
            None if now.as_second().saturating_sub(known.begun_at.as_second()) < RUNNING_SECONDS => {
                Err(IdentityError::StageRunning)
            }
            None => end(store, id, known.clone(), lost("interrupted"), now).await,
        };
    }
    let intent = Evidence {
        stage,
        revision: file.application.revision,
        provider: provider(&file.application).into(),
        verdict: None,
        transaction: None,
        codes: Vec::new(),
        rules: rules::VERSION.to_owned(),
        begun_at: now,
        ended_at: None,
        quiz: None,
    };
    store.begin(id, &intent).await?;
    match call(file.application).await {
        Ok(finding) => end(store, id, intent, finding, now).await,
        Err(CallError::NotTaken) => {
            store.forget(id, &intent).await?;
            Err(CallError::NotTaken.into())
        }
        Err(CallError::Lost) => end(store, id, intent, lost("lost_answer"), now).await,
        Err(CallError::Unreadable) => end(store, id, intent, lost("unreadable_answer"), now).await,
        Err(CallError::Refused(status)) => {
            end(store, id, intent, lost(&format!("refused_{status}")), now).await
        }
    }
}

/// What a lost answer amounts to.
pub(crate) fn lost(code: &str) -> Finding {
    Finding { verdict: Verdict::Indeterminate, transaction: None, codes: vec![code.to_owned()] }
}

async fn end(
    store: &Applications,
    id: ApplicationId,
    intent: Evidence,
    finding: Finding,
    now: Timestamp,
) -> Result<Outcome, IdentityError> {
    let verdict = finding.verdict;
    let ended = Evidence {
        verdict: Some(verdict),
        transaction: finding.transaction,
        codes: finding.codes,
        ended_at: Some(now),
        ..intent
    };
    store.end(id, &ended).await?;
    Ok(Outcome { verdict })
}
