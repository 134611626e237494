//! An application as its applicant sees it.

use identity::{
    application::{Application, Asked, Correction, Note, Status},
    document::Document,
    evidence::{Evidence, Stage, Verdict},
    reason::Reason,
};
use kernel::{Timestamp, id::ApplicationId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::document::DocumentView;

/// Where a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StageState {
    /// It has not begun.
    Pending,
    /// It runs.
    Running,
    /// It is confirmed.
    Confirmed,
    /// It is plainly not so.
    NotConfirmed,
    /// It waits for the applicant's answers, or documents.
    Asked,
    /// A person looks at it.
    WithReviewer,
}

/// A stage of the verification.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StageView {
    stage: Stage,
    state: StageState,
}

/// What an applicant can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Wait.
    Wait,
    /// `PUT /applications/{application}`.
    Correct,
    /// `POST /applications/{application}/withdraw`.
    Withdraw,
    /// `PUT /membership`.
    TakeScreenName,
    /// `POST /applications/{application}/answer`.
    Answer,
    /// `GET`, then `POST /applications/{application}/questions`.
    AnswerQuestions,
    /// `POST /applications/{application}/questions/decline`.
    DeclineQuestions,
    /// `POST /applications/{application}/documents`.
    ShowDocuments,
    /// `POST /applications/{application}/documents/decline`.
    DeclineDocuments,
    /// `POST /applications/{application}/corrections`.
    AskCorrection,
    /// `POST /applications/{application}/appeal`.
    Appeal,
    /// `POST /applications`.
    Apply,
}

/// Something that the applicant can do next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Next {
    action: Action,
    words: &'static str,
    /// Until when, where there is a deadline.
    until: Option<Timestamp>,
}

impl Next {
    const fn new(action: Action, words: &'static str) -> Self {
        Self { action, words, until: None }
    }
}

/// Where an application stands, and what the applicant can do next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationView {
    /// Its id.
    pub id: ApplicationId,
    /// Where it stands.
    pub status: Status,
    /// How often it was stated.
    pub revision: i64,
    /// Where its three stages stand.
    pub stages: Vec<StageView>,
    /// Why, where there is something to explain.
    pub reasons: Vec<Reason>,
    /// Corrections that the applicant asked for.
    pub corrections: Vec<Correction>,
    /// The documents that the applicant showed.
    pub documents: Vec<DocumentView>,
    /// What reviewers asked, and what the applicant answered.
    pub notes: Vec<Note>,
    /// What the applicant can do next, the likeliest first.
    pub next: Vec<Next>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

/// An application in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationSummary {
    id: ApplicationId,
    status: Status,
    reasons: Vec<Reason>,
    next: Vec<Next>,
    submitted_at: Timestamp,
    decided_at: Option<Timestamp>,
}

impl ApplicationView {
    /// The application with what is known of its stages.
    pub(crate) fn new(application: Application, evidence: &[Evidence], documents: Vec<Document>) -> Self {
        let status = application.status;
        let stages = [Stage::Identity, Stage::Licence, Stage::Device].map(|stage| {
            let found = evidence.iter().find(|one| one.stage == stage);
            let named = application.reasons.iter().any(|reason| reason.stage == stage);
            let named = named.then_some(application.asked);
            StageView { stage, state: state(status, found, named) }
        });
        Self {
            id: application.id,
            status,
            revision: application.revision,
            stages: stages.into(),
            next: next(&application),
            reasons: application.reasons,
            corrections: application.corrections,
            documents: documents.into_iter().map(Into::into).collect(),
            notes: application.notes,
            submitted_at: application.submitted_at,
            decided_at: application.decided_at,
        }
    }
}

impl From<Application> for ApplicationSummary {
    fn from(application: Application) -> Self {
        Self {
            id: application.id,
            status: application.status,
            next: next(&application),
            reasons: application.reasons,
            submitted_at: application.submitted_at,
            decided_at: application.decided_at,
        }
    }
}

/// A stage that a reviewer is to look at is the reviewer's, whatever was found: why is not told here. `named`
/// tells what is asked of the applicant, where a reason names the stage.
fn state(status: Status, evidence: Option<&Evidence>, named: Option<Option<Asked>>) -> StageState {
    let begun = evidence.map(|one| one.verdict);
    match (status, begun) {
        (Status::AwaitingApplicant, Some(Some(Verdict::Ask))) => StageState::Asked,
        (Status::AwaitingApplicant, _) if named == Some(Some(Asked::Documents)) => StageState::Asked,
        (Status::InReview | Status::AwaitingApplicant, _) if named.is_some() => StageState::WithReviewer,
        (_, Some(Some(Verdict::Pass))) | (Status::Approved, _) => StageState::Confirmed,
        (_, Some(Some(Verdict::Fail))) => StageState::NotConfirmed,
        // The stages that have not run yet run once the questions are answered.
        (Status::AwaitingApplicant, None) => StageState::Pending,
        (Status::InReview | Status::AwaitingApplicant, _)
        | (_, Some(Some(Verdict::Ask | Verdict::Refer | Verdict::Indeterminate))) => StageState::WithReviewer,
        (_, Some(None)) => StageState::Running,
        (_, None) => StageState::Pending,
    }
}

fn next(application: &Application) -> Vec<Next> {
    let correct = Next::new(Action::Correct, "Correct what you got wrong.");
    let withdraw = Next::new(Action::Withdraw, "Take the application back.");
    // Then it is withdrawn.
    let until = application.answerable_until();
    let mut next = match application.status {
        Status::Verifying => {
            vec![Next::new(Action::Wait, "Wait a minute: the checks are running."), withdraw]
        }
        Status::InReview => {
            let wait = Next::new(Action::Wait, "Wait for a reviewer; you will find the decision here.");
            vec![wait, correct, withdraw]
        }
        Status::AwaitingApplicant if application.asked == Some(Asked::Questions) => {
            let words = "Answer a few questions about yourself.";
            let decline = "Leave the questions unanswered: a reviewer will look at it.";
            let questions = Next { until, ..Next::new(Action::AnswerQuestions, words) };
            vec![questions, Next::new(Action::DeclineQuestions, decline), correct, withdraw]
        }
        Status::AwaitingApplicant if application.asked == Some(Asked::Documents) => {
            let words = "Upload the documents that the reasons name.";
            let show = Next { until, ..Next::new(Action::ShowDocuments, words) };
            let decline = "Leave the documents out: a reviewer will look at it.";
            vec![show, Next::new(Action::DeclineDocuments, decline), correct, withdraw]
        }
        Status::AwaitingApplicant => {
            let words = "Answer what the reviewer asks.";
            vec![Next { until, ..Next::new(Action::Answer, words) }, correct, withdraw]
        }
        Status::Approved => {
            let name = "Take a screen name at PUT /membership, then get a session at POST /sessions.";
            let correction = "Have a field corrected, with what shows it.";
            vec![Next::new(Action::TakeScreenName, name), Next::new(Action::AskCorrection, correction)]
        }
        Status::Refused => {
            let apply = Next::new(
                Action::Apply,
                "Correct what the reasons name and apply again at POST /applications.",
            );
            let words = "Say why the refusal is wrong: another reviewer will look at it, once.";
            let appeal = application.appealable_until();
            let appeal = appeal.map(|until| Next { action: Action::Appeal, words, until: Some(until) });
            [apply].into_iter().chain(appeal).collect()
        }
        Status::Suspended => {
            let words = "Apply again at POST /applications when the licence is renewed.";
            let appeal = "Say why the suspension is wrong: a reviewer will look at it, once.";
            let until = application.appealable_until();
            let appeal =
                until.map(|until| Next { action: Action::Appeal, words: appeal, until: Some(until) });
            appeal.into_iter().chain([Next::new(Action::Apply, words)]).collect()
        }
        Status::Withdrawn => {
            vec![Next::new(Action::Apply, "Apply again at POST /applications, if you like.")]
        }
    };
    next.retain(|one| one.action != Action::Correct || application.is_correctable());
    next
}
