//! The questions that settle what ExpectID leaves open: shown, answered, declined. Every step that may be
//! paid for is recorded before it is made, and no answer is handed over twice unseen.

use std::future::Future;

use kernel::{Timestamp, id::ApplicationId};
use providers::{
    CallError,
    idology::{Question, Round},
};

use crate::{
    IdentityError,
    application::{Application, Applications, File},
    evidence::{Evidence, Finding, Quiz, Stage, Verdict},
    rules::expectid::{self, Answered},
    stage::{self, RUNNING_SECONDS},
};

/// How often a round of questions is shown: every time is paid for.
const MOST_SHOWN: u8 = 3;

/// Where the application stands after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The stage came to its end, and the workflow goes on.
    Resumed,
    /// There is another round of questions.
    AnotherRound,
}

/// An application whose applicant is asked questions.
#[derive(Debug)]
pub struct Open {
    application: Application,
    evidence: Evidence,
    transaction: String,
}

impl Applications {
    /// An application of this person whose applicant is asked questions. One query.
    ///
    /// # Errors
    /// [`IdentityError::NoSuchApplication`], [`IdentityError::NotAsked`]; storage faults.
    pub async fn asked(&self, id: ApplicationId, subject: &str) -> Result<Open, IdentityError> {
        let file = self.file(id).await?.filter(|file| file.application.subject == subject);
        let File { application, evidence, .. } = file.ok_or(IdentityError::NoSuchApplication)?;
        application.open_to_questions()?;
        let asking = |one: &Evidence| one.stage == Stage::Identity && one.verdict == Some(Verdict::Ask);
        let evidence = evidence.into_iter().find(asking).ok_or(IdentityError::NotAsked)?;
        let transaction = evidence.transaction.clone().ok_or(IdentityError::NotAsked)?;
        Ok(Open { application, evidence, transaction })
    }
}

/// Shows the questions of the round. A paid call.
///
/// Where the provider has none, the stage ends for a reviewer to decide.
///
/// # Errors
/// [`IdentityError::QuestionsSpent`], [`IdentityError::AnswersRunning`], [`IdentityError::NoQuestions`],
/// [`IdentityError::Stale`] when they were shown or answered in the meantime; the provider's and storage faults.
pub async fn show<F>(
    store: &Applications,
    open: Open,
    now: Timestamp,
    fetch: impl FnOnce(Round, String) -> F,
) -> Result<(Round, Vec<Question>), IdentityError>
where
    F: Future<Output = Result<Vec<Question>, CallError>>,
{
    let Open { application, mut evidence, transaction } = open;
    let before = evidence.quiz.unwrap_or(Quiz { round: Round::Questions, shown: 0, answering_at: None });
    if before.answering_at.is_some() {
        return Err(IdentityError::AnswersRunning);
    }
    if before.shown >= MOST_SHOWN {
        return Err(IdentityError::QuestionsSpent);
    }
    let shown = Quiz { shown: before.shown + 1, ..before };
    store.quiz(application.id, &evidence, shown).await?;
    evidence.quiz = Some(shown);
    match fetch(before.round, transaction).await {
        Ok(questions) => Ok((before.round, questions)),
        Err(CallError::NotTaken) => {
            store.quiz(application.id, &evidence, before).await?;
            Err(CallError::NotTaken.into())
        }
        Err(CallError::Refused(_)) => {
            store.conclude(&application, &evidence, referred("no_questions"), now).await?;
            Err(IdentityError::NoQuestions)
        }
        Err(error) => Err(error.into()),
    }
}

/// Hands the answers over and acts upon the result. A paid call, made once a round: an answer that is lost
/// leaves the stage indeterminate.
///
/// # Errors
/// [`IdentityError::QuestionsUnseen`], [`IdentityError::AnswersRunning`], [`IdentityError::Stale`] when they were
/// answered in the meantime; [`CallError::NotTaken`] when they can be sent again; storage faults.
pub async fn answer<F>(
    store: &Applications,
    open: Open,
    now: Timestamp,
    hand_over: impl FnOnce(Round, String) -> F,
) -> Result<Standing, IdentityError>
where
    F: Future<Output = Result<String, CallError>>,
{
    let Open { application, mut evidence, transaction } = open;
    let before = evidence.quiz.filter(|quiz| quiz.shown > 0).ok_or(IdentityError::QuestionsUnseen)?;
    if let Some(since) = before.answering_at {
        if now.as_second().saturating_sub(since.as_second()) < RUNNING_SECONDS {
            return Err(IdentityError::AnswersRunning);
        }
        store.conclude(&application, &evidence, stage::lost("interrupted"), now).await?;
        return Ok(Standing::Resumed);
    }
    let answering = Quiz { answering_at: Some(now), ..before };
    store.quiz(application.id, &evidence, answering).await?;
    evidence.quiz = Some(answering);
    let result = match hand_over(before.round, transaction).await {
        Ok(result) => result,
        Err(CallError::NotTaken) => {
            store.quiz(application.id, &evidence, before).await?;
            return Err(CallError::NotTaken.into());
        }
        Err(_) => {
            store.conclude(&application, &evidence, stage::lost("lost_answer"), now).await?;
            return Ok(Standing::Resumed);
        }
    };
    match expectid::answered(&result) {
        Answered::Challenge if before.round == Round::Questions => {
            let next = Quiz { round: Round::Challenge, shown: 0, answering_at: None };
            store.quiz(application.id, &evidence, next).await?;
            Ok(Standing::AnotherRound)
        }
        Answered::Challenge => {
            store.conclude(&application, &evidence, referred(&result), now).await?;
            Ok(Standing::Resumed)
        }
        Answered::Ended(verdict) => {
            let finding = Finding { verdict, transaction: None, codes: vec![result] };
            store.conclude(&application, &evidence, finding, now).await?;
            Ok(Standing::Resumed)
        }
    }
}

/// Leaves the questions unanswered: a reviewer decides, once the other stages have run.
///
/// # Errors
/// [`IdentityError::AnswersRunning`]; [`IdentityError::Stale`] when they were answered in the meantime; storage faults.
pub async fn decline(store: &Applications, open: Open, now: Timestamp) -> Result<Standing, IdentityError> {
    not_judging(std::slice::from_ref(&open.evidence), now)?;
    store.conclude(&open.application, &open.evidence, referred("questions_declined"), now).await?;
    Ok(Standing::Resumed)
}

/// Checks that no answers are being judged: their result must not be lost.
///
/// # Errors
/// [`IdentityError::AnswersRunning`].
pub fn not_judging(evidence: &[Evidence], now: Timestamp) -> Result<(), IdentityError> {
    let judging = |since: Timestamp| now.as_second().saturating_sub(since.as_second()) < RUNNING_SECONDS;
    let running = evidence.iter().filter_map(|one| one.quiz?.answering_at).any(judging);
    if running { Err(IdentityError::AnswersRunning) } else { Ok(()) }
}

fn referred(code: &str) -> Finding {
    Finding { verdict: Verdict::Refer, transaction: None, codes: vec![code.to_owned()] }
}
