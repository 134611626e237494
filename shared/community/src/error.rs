//! Why the community zone says no.

use std::borrow::Cow;

use kernel::{Class, Invalid, Refusal};
use table::TableError;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: $class:ident, $code:literal, $words:literal, $remedy:literal;)+) => {
        /// The zone's refusals and faults.
        #[derive(Debug, thiserror::Error)]
        pub enum CommunityError {
            $($(#[$doc])* #[error($words)] $name,)+
            /// A value that breaks a rule.
            #[error(transparent)]
            Invalid(#[from] Invalid),
            /// The cursor is not ours.
            #[error(transparent)]
            BadCursor(#[from] table::BadCursor),
            /// The table did not answer as it should.
            #[error(transparent)]
            Storage(#[from] TableError),
        }

        impl Refusal for CommunityError {
            fn class(&self) -> Class {
                match self {
                    $(Self::$name => Class::$class,)+
                    Self::Invalid(_) | Self::BadCursor(_) => Class::Invalid,
                    Self::Storage(error) if error.is_retryable() => Class::Unavailable,
                    Self::Storage(_) => Class::Internal,
                }
            }

            fn code(&self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                    Self::Invalid(invalid) => invalid.code(),
                    Self::BadCursor(_) => "bad_cursor",
                    Self::Storage(_) => "storage",
                }
            }

            fn field(&self) -> Option<Cow<'_, str>> {
                match self {
                    Self::Invalid(invalid) => invalid.field(),
                    Self::BadCursor(_) => Some("cursor".into()),
                    Self::NotAdvice => Some("accepted".into()),
                    _ => None,
                }
            }

            fn remedy(&self) -> Option<Cow<'_, str>> {
                match self {
                    $(Self::$name => Some($remedy.into()),)+
                    Self::Invalid(invalid) => invalid.remedy(),
                    Self::BadCursor(_) => Some("begin again without a cursor".into()),
                    Self::Storage(_) => None,
                }
            }
        }

        #[cfg(test)]
        const PLAIN: &[(CommunityError, Class, &str)] =
            &[$((CommunityError::$name, Class::$class, $code),)+];
    };
}

refusals! {
    /// There is no such case, or the caller may not see it.
    NoSuchCase: NotFound, "not_found", "there is no such case", "see the cases at GET /cases";
    /// There is no such contribution to the case.
    NoSuchContribution: NotFound, "not_found", "there is no such contribution", "see them at GET /cases/{case}/contributions";
    /// There is no such image of the case.
    NoSuchImage: NotFound, "not_found", "there is no such image", "see them at GET /cases/{case}";
    /// There is no such course of action for the case.
    NoSuchCourse: NotFound, "not_found", "there is no such course of action", "see them at GET /cases/{case}";
    /// There is no such comment under the poll.
    NoSuchComment: NotFound, "not_found", "there is no such comment", "see them at GET /polls/{poll}/comments";
    /// There is no such poll, or the caller may not see it.
    NoSuchPoll: NotFound, "not_found", "there is no such poll", "see the polls at GET /polls";
    /// The case is no longer a draft.
    NotADraft: Conflict, "not_a_draft", "this case is published already", "add what is new as a contribution";
    /// The case is still a draft.
    NotPublished: Conflict, "not_published", "this case is not published yet", "publish it first";
    /// The case is closed.
    CaseClosed: Conflict, "case_closed", "this case is closed", "open a new case if there is a new question";
    /// The draft was edited in the meantime.
    Stale: Stale, "stale", "somebody edited this in the meantime", "read it again and repeat your edit";
    /// The case has all the images it may have.
    TooManyImages: Conflict, "too_many_images", "a case has at most 8 images", "leave the least telling one out";
    /// The uploads of the case's images have all the bytes they may have.
    ImagesTooLarge: Conflict, "images_too_large", "the images of a case have at most 400 MiB together", "leave one out, or export it smaller";
    /// The image is not clean, or not any more.
    ImageNotClean: Conflict, "image_not_clean", "this image is being anonymised, or was refused", "wait until it is clean: see its state at GET /cases/{case}/images/{image}";
    /// A moderator is to decide on an image.
    ImageInReview: Conflict, "image_in_review", "a moderator has not decided on an image yet", "wait for the notice in your inbox, or take the image off";
    /// The author has not answered for an image of the case.
    ImageNotAttested: Conflict, "image_not_attested", "you have not attested an image", "look through it, mark what was missed, then PUT /cases/{case}/images/{image}/attestation";
    /// An image of the case is not anonymised yet.
    ImagesPending: Conflict, "images_pending", "an image was not uploaded yet, or is still being anonymised", "try again in a few seconds, or take it off at DELETE /cases/{case}/images/{image}";
    /// An image of the case could not be anonymised.
    ImageRefused: Conflict, "image_refused", "an image could not be anonymised", "see why at GET /cases/{case}, take it off, and upload it in another form";
    /// The case's images show a head from so many sides that it can be recognised.
    RecognisableHead: Conflict, "recognisable_head_volume", "so many slices of a head show a face", "take images off until at most 8 slices of a head are left";
    /// The case has all the courses of action it may have.
    TooManyCourses: Conflict, "too_many_courses", "a case has at most 20 courses of action", "vote for one of them";
    /// The accepted contribution is not advice on this case.
    NotAdvice: Conflict, "not_advice", "only a colleague's advice on this very case can be accepted", "send the id of an advice of this case";
    /// Authors do not advise themselves.
    OwnCase: Forbidden, "own_case", "you cannot advise on your own case", "answer your colleagues with a reply";
    /// The member has proposed all the courses of action that one member may.
    TooManyOwnCourses: Conflict, "too_many_own_courses", "a member proposes at most 3 courses of action for a case", "leave room to your colleagues, or vote for one of them";
    /// Members do not corroborate themselves.
    OwnContribution: Forbidden, "own_contribution", "you cannot corroborate your own contribution", "leave it to your colleagues";
    /// The poll does not take ballots.
    PollNotOpen: Conflict, "poll_not_open", "this poll is not open", "see the open polls at GET /polls";
    /// The poll has no result.
    PollNotClosed: Conflict, "poll_not_closed", "this poll has no result yet", "extend or withdraw it instead";
    /// The member had another message signed for the poll.
    BallotSigned: Conflict, "ballot_signed", "you had a ballot signed for this poll, from another blinded message", "send the message that you sent first, which is answered with the same signature: one ballot a member";
    /// The blinded message is none for the poll's key.
    BadBlinded: Invalid, "bad_blinded", "this is no message that was blinded with the poll's key", "blind it with the key of GET /polls/{poll}, and send as many bytes as that has";
    /// The poll has no segment for the member.
    NoSegment: Invalid, "no_segment", "this poll has no segment that you belong to", "leave `segment` out: see `your_segment` at GET /polls/{poll}";
    /// The poll has no such key.
    UnknownBallotKey: Invalid, "unknown_ballot_key", "this poll has no key of that hash", "see its keys at GET /public/polls/{poll}/record";
    /// The ballot's signature does not hold.
    BallotUnsigned: Invalid, "ballot_unsigned", "the ballot's signature does not hold", "send the ballot as it came of unblinding, to the poll that it is of";
    /// The ballot is not on the board.
    NotOnBoard: NotFound, "not_on_board", "this ballot is not on the board", "ballots are published in batches: try again after a while, and hand it in again while the poll is open";
    /// A recount found a flaw.
    Miscounted: Internal, "miscounted", "the recount of a poll found a flaw", "the operator is told";
    /// The key service did not answer, or a poll's keys are not there.
    Keys: Unavailable, "keys", "the key service does not answer", "try again in a moment";
    /// The poll does not stand where it would have to.
    PollDecided: Conflict, "poll_decided", "this poll was decided on, or changed, in the meantime", "see it at GET /polls/{poll}";
    /// The member has as many drafts as one may.
    TooManyDrafts: Conflict, "too_many_drafts", "five of your polls wait for a moderator's decision", "wait until one is decided on: see them at GET /polls/mine";
    /// So few could answer that what they answered would be known.
    AudienceTooSmall: Conflict, "audience_too_small", "this audience has so few members that their answers would be known", "address more of them, or everyone";
    /// Another poll is pinned to the date.
    DateTaken: Conflict, "date_taken", "another poll of this audience is pinned to this date", "choose another date, or move that poll first";
    /// A queue has as many polls as it may.
    QueueFull: Conflict, "queue_full", "a hundred polls wait there already", "decline one, or wait";
    /// The poll is for others.
    NotInAudience: Forbidden, "not_in_audience", "this poll is for an audience that you do not belong to", "see whom it is for at GET /polls/{poll}";
    /// There is no such review.
    NoSuchReview: NotFound, "not_found", "there is no such review", "see the reviews at GET /reviews";
    /// There is nothing published that could be reported.
    NoSuchSubject: NotFound, "not_found", "there is no such text or image", "report what you see in a published case, its discussion, or a poll";
    /// The member has reported as much as one may on a day.
    TooManyReports: Throttled, "too_many_reports", "a member reports at most 50 things a day", "write to the community team if there is more";
    /// The review was decided before.
    ReviewDecided: Conflict, "review_decided", "this review was decided already", "see it at GET /reviews/{review}";
    /// A moderator does not decide on what they wrote or reported.
    OwnReview: Forbidden, "own_review", "you wrote this, or you reported it", "leave the decision to another moderator";
    /// Too many writers met on the same item.
    Contended: Unavailable, "contended", "too many members act on this at once", "try again in a moment";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_code_of_its_own_and_a_remedy() {
        for (error, class, code) in PLAIN {
            assert_eq!((error.class(), error.code()), (*class, *code), "{error}");
            assert!(error.remedy().is_some(), "{error}");
            let same: Vec<_> = PLAIN.iter().filter(|(_, _, other)| other == code).collect();
            assert!(same.len() == 1 || *class == Class::NotFound, "{code} stands for two things");
        }
    }
}
