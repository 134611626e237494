//! An application to join: what a person claims, and where its verification stands.

mod claim;
mod correction;
mod decision;
mod decisions;
mod draft;
mod store;
mod tries;

use kernel::{SignedDuration, Timestamp, id::ApplicationId, text::Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    IdentityError,
    evidence::{Evidence, Verdict},
    reason::Reason,
    unique::Held,
};
pub use claim::{Claim, DeviceHints, Person};
pub use correction::{Correction, Field};
pub use decision::Decision;
pub use decisions::Decisions;
pub(crate) use decisions::UNWATCH;
pub use draft::Draft;
pub use store::{Applications, File, Look};
pub(crate) use store::{key, moved};
pub use tries::Tries;

/// How many questions and answers an application may gather.
const MOST_NOTES: usize = 20;

/// For how long a refusal can be appealed against, in hours: thirty days.
const APPEAL_HOURS: i64 = 30 * 24;

/// For how long the applicant has the word, in hours: thirty days.
const ANSWER_HOURS: i64 = 30 * 24;

/// For how long a refused application is kept, in hours: a year.
const REFUSAL_HOURS: i64 = 365 * 24;

/// How often an application can be corrected: every correction can cost paid calls.
const MOST_REVISIONS: i64 = 6;

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The stages are running.
    Verifying,
    /// A reviewer will look at it.
    InReview,
    /// The applicant has the word.
    AwaitingApplicant,
    /// Verified.
    Approved,
    /// Refused, with reasons.
    Refused,
    /// Approved before; then a register told that the licence does not stand any more.
    Suspended,
    /// Withdrawn by the applicant; erased after thirty days.
    Withdrawn,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// The user pool's id of the applicant.
    pub subject: String,
    /// The verified e-mail address of the applicant.
    pub email: String,
    /// What is claimed.
    pub claim: Claim,
    /// How often it was stated: 1, and one more for every correction.
    pub revision: i64,
    /// Where it stands.
    pub status: Status,
    /// Why it was refused or referred.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// What passed between reviewers and the applicant, oldest first.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// What the applicant is asked for, while they have the word.
    #[serde(default)]
    pub asked: Option<Asked>,
    /// The reviewer who approved it against a failed stage, until a second one does.
    #[serde(default)]
    pub approved_by: Option<String>,
    /// The appeal against its refusal, if there was one.
    #[serde(default)]
    pub appeal: Option<Appeal>,
    /// Since when the licence does not stand any more, until that is settled.
    #[serde(default)]
    pub suspended_at: Option<Timestamp>,
    /// Corrections of what was verified, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// Since when something is asked of the applicant.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// Earlier applications of the same licence or person that were refused or in doubt: for reviewers alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<Return>,
    /// What of it was approved before for somebody else: for reviewers alone.
    #[serde(default)]
    pub held: Option<Held>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it was decided.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
    /// Which reviewer decided it, if one did.
    #[serde(default)]
    pub decided_by: Option<String>,
}

/// What an applicant is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The answer to a reviewer's words.
    Words,
    /// The answers to the identity provider's questions.
    Questions,
    /// Documents, where there is no register to ask.
    Documents,
}

/// Who wrote a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// A reviewer; the applicant does not learn which.
    Reviewer,
    /// The applicant.
    Applicant,
}

/// A question of a reviewer, or the applicant's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// Who wrote it.
    pub by: Party,
    /// What it says.
    pub words: Text<2_000>,
    /// When.
    pub at: Timestamp,
}

/// An appeal against a refusal. Another reviewer than the one who refused decides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// Why the applicant thinks that the refusal is wrong.
    pub words: Text<2_000>,
    /// When.
    pub at: Timestamp,
    /// Who refused; nobody if the machine did.
    pub against: Option<String>,
}

/// An earlier application of the same licence or person that was refused, or whose person or device was in doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Return {
    /// The earlier application.
    pub application: ApplicationId,
    /// When it was refused, or found to be in doubt.
    pub at: Timestamp,
    /// Whether it was refused.
    pub refused: bool,
    /// Whether its person or device was in doubt.
    pub doubted: bool,
    /// Whether it was of the same account.
    pub same_account: bool,
    /// Whether a reviewer refused it.
    pub by_reviewer: bool,
    /// Whether it was refused for wrong answers to questions.
    #[serde(default)]
    pub by_questions: bool,
}

impl Application {
    /// States the claim anew: the stages run again, except those that would be asked the same.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when another version was corrected, [`IdentityError::NotCorrectable`] unless it
    /// waits for a reviewer, [`IdentityError::TooOften`] after five corrections.
    pub fn correct(&self, version: i64, claim: Claim) -> Result<Self, IdentityError> {
        if self.revision != version {
            return Err(IdentityError::Stale);
        }
        let waits = matches!(self.status, Status::InReview | Status::AwaitingApplicant);
        if !waits || self.suspended_at.is_some() {
            return Err(IdentityError::NotCorrectable);
        }
        if !self.is_correctable() {
            return Err(IdentityError::TooOften);
        }
        Ok(Self {
            claim,
            revision: self.revision + 1,
            status: Status::Verifying,
            reasons: Vec::new(),
            asked: None,
            asked_at: None,
            approved_by: None,
            held: None,
            ..self.clone()
        })
    }

    /// Whether it may be corrected once more.
    pub const fn is_correctable(&self) -> bool {
        self.revision < MOST_REVISIONS
    }

    /// The applicant has no documents to show: a reviewer decides without.
    ///
    /// # Errors
    /// [`IdentityError::NotAsked`] when no documents are asked for.
    pub fn without_documents(&self) -> Result<Self, IdentityError> {
        if self.status != Status::AwaitingApplicant || self.asked != Some(Asked::Documents) {
            return Err(IdentityError::NotAsked);
        }
        let reasons = self.reasons.iter().map(|reason| Reason::referred(reason.stage)).collect();
        Ok(Self { reasons, ..self.unanswered() })
    }

    /// Nobody answers: a reviewer has the word again.
    #[must_use]
    pub fn unanswered(&self) -> Self {
        Self { status: Status::InReview, asked: None, asked_at: None, ..self.clone() }
    }

    /// Checks that the applicant is asked the identity provider's questions.
    ///
    /// # Errors
    /// [`IdentityError::NotAsked`].
    pub fn open_to_questions(&self) -> Result<(), IdentityError> {
        let asked = self.status == Status::AwaitingApplicant && self.asked == Some(Asked::Questions);
        if asked { Ok(()) } else { Err(IdentityError::NotAsked) }
    }

    /// The applicant has said what they were asked for: the stages go on.
    #[must_use]
    pub fn resumed(&self) -> Self {
        Self { status: Status::Verifying, asked: None, asked_at: None, reasons: Vec::new(), ..self.clone() }
    }

    /// A reviewer asks for more: the applicant has the word.
    ///
    /// # Errors
    /// When the reviewer may not decide it, or too much was written already.
    pub fn ask(&self, reviewer: &str, words: Text<2_000>, at: Timestamp) -> Result<Self, IdentityError> {
        self.open_to(reviewer)?;
        self.with_note(Some(Asked::Words), Note { by: Party::Reviewer, words, at })
    }

    /// The applicant answers: a reviewer has the word.
    ///
    /// # Errors
    /// [`IdentityError::NotAsked`] when nothing was asked.
    pub fn answer(&self, words: Text<2_000>, at: Timestamp) -> Result<Self, IdentityError> {
        if self.status != Status::AwaitingApplicant || self.asked != Some(Asked::Words) {
            return Err(IdentityError::NotAsked);
        }
        self.with_note(None, Note { by: Party::Applicant, words, at })
    }

    fn with_note(&self, asked: Option<Asked>, note: Note) -> Result<Self, IdentityError> {
        if self.notes.len() >= MOST_NOTES {
            return Err(IdentityError::TooManyNotes);
        }
        let status = if asked.is_some() { Status::AwaitingApplicant } else { Status::InReview };
        let asked_at = asked.map(|_| note.at);
        // What is learnt now may change a first reviewer's mind.
        let mut next = Self { status, asked, asked_at, approved_by: None, ..self.clone() };
        next.notes.push(note);
        Ok(next)
    }

    /// Until when the applicant is to say what is asked of them; it is withdrawn then.
    pub fn answerable_until(&self) -> Option<Timestamp> {
        let asked = self.asked_at.filter(|_| self.status == Status::AwaitingApplicant)?;
        asked.checked_add(SignedDuration::from_hours(ANSWER_HOURS)).ok()
    }

    /// When it is to be looked at again, though nobody does anything: an answer that does not come, a refusal that
    /// is kept long enough.
    pub fn due(&self) -> Option<Timestamp> {
        let forgotten = || {
            let kept = self.status == Status::Refused && self.suspended_at.is_none();
            let decided = self.decided_at.filter(|_| kept)?;
            decided.checked_add(SignedDuration::from_hours(REFUSAL_HOURS)).ok()
        };
        self.answerable_until().or_else(forgotten)
    }

    /// Until when a refusal or a suspension can be appealed against: once, within thirty days.
    pub fn appealable_until(&self) -> Option<Timestamp> {
        let appealable = matches!(self.status, Status::Refused | Status::Suspended) && self.appeal.is_none();
        let decided = self.decided_at.filter(|_| appealable)?;
        decided.checked_add(SignedDuration::from_hours(APPEAL_HOURS)).ok()
    }

    /// The applicant appeals: another reviewer looks at it.
    ///
    /// # Errors
    /// [`IdentityError::NotAppealable`] when it was not refused, was appealed before, or too long ago.
    pub fn appeal(&self, words: Text<2_000>, at: Timestamp) -> Result<Self, IdentityError> {
        let until = self.appealable_until().ok_or(IdentityError::NotAppealable)?;
        if at > until {
            return Err(IdentityError::NotAppealable);
        }
        let appeal = Appeal { words, at, against: self.decided_by.clone() };
        Ok(Self {
            status: Status::InReview,
            appeal: Some(appeal),
            approved_by: None,
            decided_at: None,
            decided_by: None,
            ..self.clone()
        })
    }

    /// The evidence of an earlier revision that holds for this one: its stage came to an end and would be
    /// asked the same again.
    pub fn carried(&self, before: &Self, evidence: &[Evidence]) -> Vec<Evidence> {
        let ended = |one: &&Evidence| !matches!(one.verdict, None | Some(Verdict::Indeterminate));
        let same = |one: &&Evidence| self.claim.same_for(one.stage, &before.claim);
        evidence.iter().filter(ended).filter(same).cloned().collect()
    }

    /// Checks that the applicant may withdraw this application.
    ///
    /// # Errors
    /// When it was decided.
    pub const fn withdrawable(&self) -> Result<(), IdentityError> {
        match self.status {
            _ if self.suspended_at.is_some() => Err(IdentityError::AlreadyDecided),
            Status::Verifying | Status::InReview | Status::AwaitingApplicant => Ok(()),
            Status::Approved | Status::Refused | Status::Suspended | Status::Withdrawn => {
                Err(IdentityError::AlreadyDecided)
            }
        }
    }

    /// How long it took from its submission to a decision, in seconds; nothing while it is open.
    pub fn seconds_to_decision(&self, status: Status, now: Timestamp) -> Option<i64> {
        let decided = matches!(status, Status::Approved | Status::Refused);
        decided.then(|| now.as_second().saturating_sub(self.submitted_at.as_second()))
    }

    /// Checks that a reviewer may decide this application.
    ///
    /// # Errors
    /// When it is the reviewer's own, an appeal against the reviewer's own refusal, or does not wait for a
    /// reviewer.
    pub fn open_to(&self, reviewer: &str) -> Result<(), IdentityError> {
        if self.subject == reviewer {
            Err(IdentityError::OwnApplication)
        } else if self.appeal.as_ref().is_some_and(|appeal| appeal.against.as_deref() == Some(reviewer)) {
            Err(IdentityError::OwnRefusal)
        } else if self.status != Status::InReview {
            Err(IdentityError::NotInReview)
        } else {
            Ok(())
        }
    }
}
