//! What the community tells: that something was published, closed, or is worth a notice.

use kernel::{
    Country, Profession, Specialty, Tier, Timestamp,
    id::{CaseId, ContributionId, ImageId, MemberId, MessageId, PollId, ReviewId},
};
use serde::{Deserialize, Serialize};

use crate::messages;

/// What stands beside a published text instead of its author.
///
/// The alias is an HMAC of the member id under a key of the community, so that no other zone can
/// turn it back; the partners zone makes of it one pseudonym a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Byline {
    /// The author's alias, in hex.
    pub alias: String,
    /// The author's profession.
    pub profession: Profession,
    /// The author's specialty.
    pub specialty: Specialty,
    /// The author's country.
    pub country: Country,
    /// How far the author was verified.
    pub tier: Tier,
}

/// The kinds of contribution to a discussion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContributionKind {
    /// A follow-up question to the case's author.
    Question,
    /// Advice on what to do.
    Advice,
    /// A reply to another contribution.
    Reply,
}

/// A case was published: what notices need, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// The case.
    pub case: CaseId,
    /// Its author.
    pub author: MemberId,
    /// The specialty it is addressed to.
    pub specialty: Specialty,
}

/// A case was published: its text, under the author's alias, for the projection that observers read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePublished {
    /// The case.
    pub case: CaseId,
    /// The specialty it is addressed to.
    pub specialty: Specialty,
    /// Who wrote it, as others may know.
    pub byline: Byline,
    /// The title.
    pub title: String,
    /// The history.
    pub history: String,
    /// The findings.
    pub findings: String,
    /// The question.
    pub question: String,
}

/// Somebody contributed to a discussion: what notices and bonuses need, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContributionAdded {
    /// The case.
    pub case: CaseId,
    /// The contribution.
    pub contribution: ContributionId,
    /// Its author.
    pub author: MemberId,
    /// The author of the case.
    pub case_author: MemberId,
    /// Its kind.
    pub kind: ContributionKind,
}

/// Somebody contributed to a discussion: its text, under the author's alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContributionPublished {
    /// The case.
    pub case: CaseId,
    /// The contribution.
    pub contribution: ContributionId,
    /// What it replies to.
    pub parent: Option<ContributionId>,
    /// Who wrote it, as others may know.
    pub byline: Byline,
    /// Its kind.
    pub kind: ContributionKind,
    /// The text.
    pub text: String,
}

/// A case was closed by its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseClosed {
    /// The case.
    pub case: CaseId,
    /// The specialty it was addressed to.
    pub specialty: Specialty,
    /// How it ended.
    pub outcome: String,
    /// The advice that the author accepted, if any.
    pub accepted: Option<ContributionId>,
    /// When it was closed.
    pub closed_at: Timestamp,
}

/// A poll was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollPublished {
    /// The poll.
    pub poll: PollId,
    /// What it asks.
    pub question: String,
    /// What can be answered.
    pub options: Vec<String>,
    /// Who may answer.
    pub audience: kernel::Audience,
    /// When it opened.
    pub opened_at: Timestamp,
}

/// A poll was counted, and its result is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollCounted {
    /// The poll.
    pub poll: PollId,
    /// Who could answer.
    pub audience: kernel::Audience,
}

/// A moderator has decided on a poll that somebody proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollDecided {
    /// The poll.
    pub poll: PollId,
    /// Who proposed it.
    pub author: MemberId,
    /// Whether it was approved.
    pub approved: bool,
}

/// Something is to be done about an image of a draft: it was taken off, or places were marked in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageChanged {
    /// The case.
    pub case: CaseId,
    /// The image.
    pub image: ImageId,
}

/// Who may see something that was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Nobody, until it is decided whether it tells who a patient is.
    Hidden,
    /// Everybody who could before.
    Shown,
    /// Nobody any more: no copy may be kept.
    Removed,
}

/// A published text was hidden, shown again or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentHidden {
    /// The case.
    pub case: CaseId,
    /// The contribution; without one, the case's own text.
    pub contribution: Option<ContributionId>,
    /// Who may see it from now on.
    pub visibility: Visibility,
}

/// A poll that was published was hidden, shown again or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollHidden {
    /// The poll.
    pub poll: PollId,
    /// The message that carried its text.
    pub published_as: MessageId,
    /// Who may see it from now on.
    pub visibility: Visibility,
}

/// Why a review was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewCause {
    /// A member sees an identifier.
    Identifier,
    /// A member sees one where a moderator found none before, and nothing is hidden.
    Repeat,
    /// An author says that what was found in a text is none.
    Override,
    /// An author says that an image was filled wrongly.
    Objection,
}

/// How far a review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStep {
    /// It was opened.
    Opened,
    /// It was confirmed.
    Confirmed,
    /// It was dismissed.
    Dismissed,
}

/// Something happened to a review that its author or the moderators want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewNoted {
    /// The review.
    pub review: ReviewId,
    /// Whose text or image it is of.
    pub author: MemberId,
    /// The case that it is of.
    pub case: Option<CaseId>,
    /// The poll that it is of.
    pub poll: Option<PollId>,
    /// Why it was opened.
    pub cause: ReviewCause,
    /// How far it is.
    pub step: ReviewStep,
}

/// What a notice tells of. The words are chosen by whoever shows or sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A contribution to the reader's own case.
    Answer,
    /// A new case in the reader's specialty.
    NewCase,
    /// A poll was opened.
    Poll,
    /// A poll's result is public.
    Result,
    /// A moderator has decided on a poll that the reader proposed.
    Proposal,
    /// A bonus was credited to the reader.
    Bonus,
    /// A text or an image of the reader's was hidden: somebody sees an identifier in it.
    Hidden,
    /// It is shown again.
    Restored,
    /// It was removed.
    Removed,
    /// An objection of the reader's was decided.
    Decided,
    /// To moderators: something waits for their decision.
    Review,
}

/// Whom a notice is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to")]
pub enum Audience {
    /// One member.
    Member {
        /// The member.
        member: MemberId,
    },
    /// The members of a specialty, but for one.
    Specialty {
        /// The specialty.
        specialty: Specialty,
        /// The member who need not be told, since they did it.
        except: MemberId,
    },
    /// The members of an audience.
    Members {
        /// The audience.
        of: kernel::Audience,
    },
}

/// A notice ought to reach its audience by e-mail too. It carries no content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRequested {
    /// What it tells of.
    pub kind: NoticeKind,
    /// Whom it is for.
    pub audience: Audience,
}

messages!("curbside.community":
    CaseOpened = "community.case_opened.v1",
    CasePublished = "community.case_published.v1",
    ContributionAdded = "community.contribution_added.v1",
    ContributionPublished = "community.contribution_published.v1",
    CaseClosed = "community.case_closed.v1",
    PollPublished = "community.poll_published.v1",
    PollCounted = "community.poll_counted.v1",
    PollDecided = "community.poll_decided.v1",
    ImageChanged = "community.image_changed.v1",
    ContentHidden = "community.content_hidden.v1",
    PollHidden = "community.poll_hidden.v1",
    ReviewNoted = "community.review_noted.v1",
    NoticeRequested = "community.notice_requested.v1",
);
