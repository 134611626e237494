//! Turns what happened into notices: inbox rows, broadcasts kept once, and requests for e-mail.

use community::{
    CommunityError,
    inbox::{Inbox, Notice, NoticeKind},
};
use contracts::{
    Envelope,
    community::{
        Audience, CaseOpened, ContributionAdded, PollCounted, PollDecided, PollPublished, ReviewCause,
        ReviewNoted, ReviewStep,
    },
    treasury::BonusCredited,
};
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};
use kernel::{Timestamp, id::NoticeId};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The inbox.
    pub inbox: Inbox,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let table = config::only_table().await?;
        Ok(Self { inbox: Inbox::new(table) })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record)).await)
    }

    async fn one(&self, record: &Record) -> Result<(), Unhandled> {
        let delivery = Delivery::read(record)?;
        let now = edge::now();
        let kept = if let Some(opened) = delivery.message::<CaseOpened>()? {
            self.case_opened(&opened, now).await
        } else if let Some(added) = delivery.message::<ContributionAdded>()? {
            self.contribution_added(&added, now).await
        } else if let Some(published) = delivery.message::<PollPublished>()? {
            self.poll_published(&published, now).await
        } else if let Some(counted) = delivery.message::<PollCounted>()? {
            self.poll_counted(&counted, now).await
        } else if let Some(decided) = delivery.message::<PollDecided>()? {
            self.poll_decided(&decided, now).await
        } else if let Some(credited) = delivery.message::<BonusCredited>()? {
            self.bonus_credited(&credited, now).await
        } else if let Some(noted) = delivery.message::<ReviewNoted>()? {
            self.review_noted(&noted, now).await
        } else {
            return Err(Unhandled::Unknown);
        };
        kept.map_err(|error| Unhandled::Failed(error.to_string()))
    }

    async fn case_opened(&self, cause: &Envelope<CaseOpened>, now: Timestamp) -> Result<(), CommunityError> {
        let CaseOpened { case, author, specialty } = cause.body;
        let notice = Notice::of_case(NoticeKind::NewCase, case, now);
        self.inbox.keep(cause, &notice, Audience::Specialty { specialty, except: author }).await
    }

    async fn contribution_added(
        &self,
        cause: &Envelope<ContributionAdded>,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let ContributionAdded { case, author, case_author, .. } = cause.body;
        if author == case_author {
            return Ok(());
        }
        let notice = Notice::of_case(NoticeKind::Answer, case, now);
        self.inbox.keep(cause, &notice, Audience::Member { member: case_author }).await
    }

    async fn poll_published(
        &self,
        cause: &Envelope<PollPublished>,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let notice = Notice::of_poll(NoticeKind::Poll, cause.body.poll, now);
        let of = cause.body.audience.clone();
        self.inbox.keep(cause, &notice, Audience::Members { of }).await
    }

    async fn poll_counted(
        &self,
        cause: &Envelope<PollCounted>,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let PollCounted { poll, audience } = cause.body.clone();
        let notice = Notice::of_poll(NoticeKind::Result, poll, now);
        self.inbox.keep(cause, &notice, Audience::Members { of: audience }).await
    }

    async fn poll_decided(
        &self,
        cause: &Envelope<PollDecided>,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let PollDecided { poll, author, .. } = cause.body;
        let notice = Notice::of_poll(NoticeKind::Proposal, poll, now);
        self.inbox.keep(cause, &notice, Audience::Member { member: author }).await
    }

    /// Moderators hear of what waits for them, authors of what was hidden and of what was decided.
    async fn review_noted(
        &self,
        cause: &Envelope<ReviewNoted>,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let ReviewNoted { review, author, case, poll, cause: why, step } = cause.body;
        let notice = |kind, review| Notice { id: NoticeId::at(now), kind, case, poll, review, at: now };
        if step == ReviewStep::Opened {
            self.inbox.keep_for_moderators(cause, &notice(NoticeKind::Review, Some(review))).await?;
        }
        let kind = match (step, why) {
            (ReviewStep::Opened, ReviewCause::Identifier) => NoticeKind::Hidden,
            (ReviewStep::Dismissed, ReviewCause::Identifier) => NoticeKind::Restored,
            (
                ReviewStep::Confirmed,
                ReviewCause::Identifier | ReviewCause::Repeat | ReviewCause::Override,
            ) => NoticeKind::Removed,
            (ReviewStep::Confirmed | ReviewStep::Dismissed, ReviewCause::Objection) => NoticeKind::Decided,
            (ReviewStep::Opened | ReviewStep::Dismissed, _) => return Ok(()),
        };
        self.inbox.keep(cause, &notice(kind, None), Audience::Member { member: author }).await
    }

    async fn bonus_credited(
        &self,
        cause: &Envelope<BonusCredited>,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let BonusCredited { member, case } = cause.body;
        let notice = Notice::of_case(NoticeKind::Bonus, case, now);
        self.inbox.keep(cause, &notice, Audience::Member { member }).await
    }
}
