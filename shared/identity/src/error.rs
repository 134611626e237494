//! Why the identity zone says no.

use std::borrow::Cow;

use kernel::{Class, Invalid, Refusal, Timestamp};
use providers::CallError;
use table::TableError;

use crate::unique::Held;

/// The zone's refusals and faults.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A value that breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The person has an application that is open or was approved.
    #[error("you have an application already")]
    AlreadyApplied,
    /// The user pool has not verified the person's e-mail address.
    #[error("your e-mail address is not verified")]
    EmailUnverified,
    /// There is no such application, or it is not the caller's.
    #[error("there is no such application")]
    NoSuchApplication,
    /// The caller changed a version that is no longer the newest.
    #[error("it was changed in the meantime")]
    Stale,
    /// The application does not wait for a reviewer.
    #[error("this application cannot be corrected now")]
    NotCorrectable,
    /// A correction waits for a reviewer.
    #[error("a correction waits for a reviewer")]
    CorrectionPending,
    /// The application was corrected too often.
    #[error("this application was corrected too often")]
    TooOften,
    /// The application was decided, or withdrawn.
    #[error("this application has come to its end")]
    AlreadyDecided,
    /// Nothing was asked of the applicant.
    #[error("nothing was asked of you")]
    NotAsked,
    /// The questions were not shown yet, so there is nothing to answer.
    #[error("you have not seen the questions yet")]
    QuestionsUnseen,
    /// The questions were shown three times: each time is paid for.
    #[error("you have been shown these questions three times")]
    QuestionsSpent,
    /// The provider has no questions for this person.
    #[error("there are no questions for you")]
    NoQuestions,
    /// The answers were handed over a moment ago and are being judged.
    #[error("your answers are being judged")]
    AnswersRunning,
    /// The person applied five times within thirty days; they can again from then on.
    #[error("you have applied five times within thirty days")]
    AppliedTooOften(Timestamp),
    /// The application was offered twenty uploads.
    #[error("this application has twenty documents already")]
    TooManyDocuments,
    /// There is no such document, or none that can be seen.
    #[error("there is no such document")]
    NoSuchDocument,
    /// So much was asked and answered that it must come to an end.
    #[error("there are twenty questions and answers already")]
    TooManyNotes,
    /// The application was not refused, was appealed before, or is out of time.
    #[error("this application cannot be appealed")]
    NotAppealable,
    /// An appeal against the reviewer's own refusal.
    #[error("this is an appeal against your own refusal")]
    OwnRefusal,
    /// The reviewer approved it already, and a second one must.
    #[error("you have approved this application already")]
    SecondReviewer,
    /// There is no such list of specialties.
    #[error("there is no such list")]
    NoCodeSet,
    /// The operator is registered with no other network.
    #[error("there is no other network to sign in with")]
    NoNetwork,
    /// The person has not signed in with the other network, or too long ago.
    #[error("you have not signed in with the other network today")]
    NoSignIn,
    /// What came back from the other network does not complete the sign-in.
    #[error("this does not complete your sign-in with the other network")]
    SignInRefused,
    /// There is no draft.
    #[error("you have saved no draft")]
    NoDraft,
    /// A stage of the verification was begun a moment ago and may still be running.
    #[error("this stage is running")]
    StageRunning,
    /// A reviewer's own application.
    #[error("this application is your own")]
    OwnApplication,
    /// The licence, or the person, was approved before for somebody else.
    #[error("this {} was verified before, for another account", .0.name())]
    Held(Held),
    /// The user pool no longer honours the access token.
    #[error("your sign-in has ended")]
    SignedOut,
    /// The application does not wait for a reviewer.
    #[error("this application does not wait for a decision")]
    NotInReview,
    /// The person has not been verified.
    #[error("you have not been verified")]
    NotVerified,
    /// The person is a member already.
    #[error("you are a member already")]
    AlreadyMember,
    /// The person is verified but has not taken a screen name yet.
    #[error("you have no screen name yet")]
    NotActivated,
    /// Somebody has that screen name, or one that looks like it.
    #[error("this screen name is taken")]
    NameTaken,
    /// The screen name was changed less than ninety days ago; it can be changed from then on.
    #[error("your screen name was changed less than ninety days ago")]
    RenamedRecently(Timestamp),
    /// The cursor is not ours.
    #[error(transparent)]
    BadCursor(#[from] table::BadCursor),
    /// The table did not answer as it should.
    #[error(transparent)]
    Storage(#[from] TableError),
    /// A provider did not answer as it should.
    #[error(transparent)]
    Provider(#[from] CallError),
    /// The key service did not answer as it should.
    #[error("the key service failed: {0}")]
    Keys(&'static str),
    /// A notice could not be handed to the queue or the mail service.
    #[error("a notice could not be sent: {0}")]
    Mail(&'static str),
}

impl Refusal for IdentityError {
    fn class(&self) -> Class {
        match self {
            Self::Invalid(_) | Self::BadCursor(_) => Class::Invalid,
            Self::AlreadyApplied
            | Self::NotInReview
            | Self::NotCorrectable
            | Self::TooOften
            | Self::CorrectionPending
            | Self::AlreadyDecided
            | Self::NotAsked
            | Self::QuestionsUnseen
            | Self::QuestionsSpent
            | Self::NoQuestions
            | Self::AnswersRunning
            | Self::TooManyNotes
            | Self::TooManyDocuments
            | Self::AppliedTooOften(_)
            | Self::SignInRefused
            | Self::NotAppealable
            | Self::SecondReviewer
            | Self::AlreadyMember
            | Self::NameTaken
            | Self::RenamedRecently(_)
            | Self::Held(_) => Class::Conflict,
            Self::EmailUnverified
            | Self::NotVerified
            | Self::NotActivated
            | Self::OwnApplication
            | Self::OwnRefusal => Class::Forbidden,
            Self::SignedOut => Class::Unauthenticated,
            Self::NoSuchApplication
            | Self::NoSuchDocument
            | Self::NoNetwork
            | Self::NoSignIn
            | Self::NoDraft
            | Self::NoCodeSet => Class::NotFound,
            Self::Stale => Class::Stale,
            Self::Storage(error) if error.is_retryable() => Class::Unavailable,
            Self::Storage(_) => Class::Internal,
            Self::StageRunning | Self::Provider(_) | Self::Keys(_) | Self::Mail(_) => Class::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.code(),
            Self::AlreadyApplied => "already_applied",
            Self::EmailUnverified => "email_unverified",
            Self::NoSuchApplication
            | Self::NoSuchDocument
            | Self::NoNetwork
            | Self::NoDraft
            | Self::NoCodeSet => "not_found",
            Self::NoSignIn => "no_sign_in",
            Self::SignInRefused => "sign_in_refused",
            Self::Stale => "stale",
            Self::NotCorrectable => "not_correctable",
            Self::TooOften => "corrected_too_often",
            Self::CorrectionPending => "correction_pending",
            Self::AlreadyDecided => "already_decided",
            Self::NotAsked => "not_asked",
            Self::QuestionsUnseen => "questions_unseen",
            Self::QuestionsSpent => "questions_spent",
            Self::NoQuestions => "no_questions",
            Self::AnswersRunning => "answers_running",
            Self::TooManyNotes => "too_many_notes",
            Self::TooManyDocuments => "too_many_documents",
            Self::AppliedTooOften(_) => "applied_too_often",
            Self::NotAppealable => "not_appealable",
            Self::OwnRefusal => "own_refusal",
            Self::SecondReviewer => "second_reviewer",
            Self::StageRunning => "stage_running",
            Self::OwnApplication => "own_application",
            Self::Held(_) => "already_verified",
            Self::SignedOut => "unauthenticated",
            Self::NotInReview => "not_in_review",
            Self::NotVerified => "not_verified",
            Self::AlreadyMember => "already_member",
            Self::NotActivated => "not_activated",
            Self::NameTaken => "screen_name_taken",
            Self::RenamedRecently(_) => "renamed_recently",
            Self::BadCursor(_) => "bad_cursor",
            Self::Storage(_) => "storage",
            Self::Provider(_) => "provider",
            Self::Keys(_) => "keys",
            Self::Mail(_) => "mail",
        }
    }

    fn field(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Invalid(invalid) => invalid.field(),
            Self::NameTaken | Self::RenamedRecently(_) => Some("screen_name".into()),
            Self::NoSignIn => Some("sign_in".into()),
            Self::BadCursor(_) => Some("cursor".into()),
            _ => None,
        }
    }

    fn remedy(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Invalid(invalid) => return invalid.remedy(),
            Self::AlreadyApplied => "see its state at GET /applications".into(),
            Self::EmailUnverified => "confirm the code that was sent to you, then apply again".into(),
            Self::NoSuchApplication => "see your applications at GET /applications".into(),
            Self::Stale => "read it again, and change that version".into(),
            Self::NotCorrectable => {
                "correct it while it waits for a reviewer; before, wait a minute; after a refusal, apply again"
                    .into()
            }
            Self::TooOften => "wait for the reviewer".into(),
            Self::CorrectionPending => "wait for its decision, at GET /applications/{application}".into(),
            Self::AlreadyDecided => "see the decision at GET /applications/{application}".into(),
            Self::NotAsked => "see its state at GET /applications/{application}".into(),
            Self::QuestionsUnseen => "see them at GET /applications/{application}/questions".into(),
            Self::QuestionsSpent => {
                "answer them, or leave it to a reviewer at POST /applications/{application}/questions/decline".into()
            }
            Self::NoQuestions => {
                "you need not do anything: the checks go on, and a reviewer will look at it".into()
            }
            Self::AnswersRunning => "wait a minute, and see GET /applications/{application}".into(),
            Self::AppliedTooOften(from) => format!("apply again from {from:.0} on").into(),
            Self::TooManyDocuments => {
                "wait for the reviewer; if documents are asked for, leave it to one at POST /applications/{application}/documents/decline".into()
            }
            Self::NoSuchDocument => "see the application's documents, and open one that is received".into(),
            Self::TooManyNotes => "correct the application, withdraw it, or decide it".into(),
            Self::NotAppealable => {
                "appeal once, within thirty days of the refusal; or apply again at POST /applications".into()
            }
            Self::OwnRefusal | Self::SecondReviewer => "leave the decision to another reviewer".into(),
            Self::NoCodeSet => "an operator loads it at PUT /specialties/{code_set}".into(),
            Self::NoNetwork => "apply without, at POST /applications".into(),
            Self::NoSignIn => "sign in at PUT /sign-in, or apply with `sign_in` left out".into(),
            Self::SignInRefused => "begin again at PUT /sign-in".into(),
            Self::NoDraft => "save one at PUT /applications/draft".into(),
            Self::OwnApplication => "leave the decision to another reviewer".into(),
            Self::Held(_) => "refuse the application, or settle with the other account's holder first".into(),
            Self::SignedOut => "sign in again".into(),
            Self::NotInReview => "see its state at GET /reviews/{application}".into(),
            Self::NotVerified => "apply at POST /applications and wait for the decision".into(),
            Self::AlreadyMember => "get a session at POST /sessions".into(),
            Self::NotActivated => "take a screen name at PUT /membership".into(),
            Self::NameTaken => "choose another".into(),
            Self::RenamedRecently(from) => format!("change it from {from:.0} on").into(),
            Self::BadCursor(_) => "begin again without a cursor".into(),
            Self::StageRunning | Self::Storage(_) | Self::Provider(_) | Self::Keys(_) | Self::Mail(_) => {
                return None;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_class_and_code() {
        let table = [
            (IdentityError::AlreadyApplied, Class::Conflict, "already_applied"),
            (IdentityError::EmailUnverified, Class::Forbidden, "email_unverified"),
            (IdentityError::NoSuchApplication, Class::NotFound, "not_found"),
            (IdentityError::StageRunning, Class::Unavailable, "stage_running"),
            (IdentityError::OwnApplication, Class::Forbidden, "own_application"),
            (IdentityError::Held(Held::Licence), Class::Conflict, "already_verified"),
            (IdentityError::SignedOut, Class::Unauthenticated, "unauthenticated"),
            (IdentityError::NotInReview, Class::Conflict, "not_in_review"),
            (IdentityError::Stale, Class::Stale, "stale"),
            (IdentityError::NotCorrectable, Class::Conflict, "not_correctable"),
            (IdentityError::TooOften, Class::Conflict, "corrected_too_often"),
            (IdentityError::CorrectionPending, Class::Conflict, "correction_pending"),
            (IdentityError::AlreadyDecided, Class::Conflict, "already_decided"),
            (IdentityError::NoCodeSet, Class::NotFound, "not_found"),
            (IdentityError::NoDraft, Class::NotFound, "not_found"),
            (IdentityError::NoNetwork, Class::NotFound, "not_found"),
            (IdentityError::NoSignIn, Class::NotFound, "no_sign_in"),
            (IdentityError::SignInRefused, Class::Conflict, "sign_in_refused"),
            (IdentityError::NotAsked, Class::Conflict, "not_asked"),
            (IdentityError::TooManyNotes, Class::Conflict, "too_many_notes"),
            (IdentityError::TooManyDocuments, Class::Conflict, "too_many_documents"),
            (IdentityError::AppliedTooOften(Timestamp::UNIX_EPOCH), Class::Conflict, "applied_too_often"),
            (IdentityError::NoSuchDocument, Class::NotFound, "not_found"),
            (IdentityError::QuestionsUnseen, Class::Conflict, "questions_unseen"),
            (IdentityError::QuestionsSpent, Class::Conflict, "questions_spent"),
            (IdentityError::NoQuestions, Class::Conflict, "no_questions"),
            (IdentityError::AnswersRunning, Class::Conflict, "answers_running"),
            (IdentityError::NotAppealable, Class::Conflict, "not_appealable"),
            (IdentityError::OwnRefusal, Class::Forbidden, "own_refusal"),
            (IdentityError::SecondReviewer, Class::Conflict, "second_reviewer"),
            (IdentityError::NotVerified, Class::Forbidden, "not_verified"),
            (IdentityError::AlreadyMember, Class::Conflict, "already_member"),
            (IdentityError::NotActivated, Class::Forbidden, "not_activated"),
            (IdentityError::NameTaken, Class::Conflict, "screen_name_taken"),
            (IdentityError::RenamedRecently(Timestamp::UNIX_EPOCH), Class::Conflict, "renamed_recently"),
            (IdentityError::BadCursor(table::BadCursor), Class::Invalid, "bad_cursor"),
            (IdentityError::Provider(CallError::Lost), Class::Unavailable, "provider"),
            (IdentityError::Keys("sign"), Class::Unavailable, "keys"),
            (IdentityError::Mail("send"), Class::Unavailable, "mail"),
            (IdentityError::Invalid(Invalid::new("a", "b")), Class::Invalid, "invalid_field"),
        ];
        for (error, class, code) in table {
            assert_eq!((error.class(), error.code()), (class, code), "{error}");
        }
    }
}
