//! E-mail: carries the community's notices to people, without a word that identifies anyone.
//!
//! It takes `community.notice_requested.v1` and `identity.application_moved.v1` from its queue. A notice for one member opens the link;
//! a broadcast is split into segments that it sends to itself, each with a place to go on from; one that can wait, into
//! waves that wait for the morning of some countries.

mod mail;
mod segment;

use contracts::{
    Envelope,
    community::{Audience, NoticeRequested},
    identity::ApplicationMoved,
};
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
    secret,
};
use identity::{
    IdentityError,
    application::{Applications, Status},
    contact::{Contacts, Morning, Recipient, SHARDS, Segment, Wave},
    link::{Direction, LinkKey},
    member::Members,
};
use kernel::{
    Specialty, Timestamp,
    id::{MemberId, MessageId},
};

use mail::{Unsent, Words};

pub use mail::Mailer;
use segment::Part;

pub use segment::Segments;

/// The longest that a queue keeps a message back, in seconds.
const LONGEST: i32 = 900;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications, whose applicants are told of news.
    pub applications: Applications,
    /// Who can be written to.
    pub contacts: Contacts,
    /// The sealed links.
    pub members: Members,
    /// The key that opens them.
    pub links: LinkKey,
    /// The mail service.
    pub mailer: Mailer,
    /// The function's own queue.
    pub segments: Segments,
    /// When broadcasts that can wait are sent.
    pub morning: Morning,
}

impl App {
    /// Reads the environment: `TABLE`, `LINK_KEY`, `MAIL_FROM`, `QUEUE_URL`, `CLAIM_SECRET`, `MAIL_FROM_HOUR`,
    /// `MAIL_TO_HOUR`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (link, from) = (env.text("LINK_KEY"), env.text("MAIL_FROM"));
        let (queue, claims) = (env.text("QUEUE_URL"), env.text("CLAIM_SECRET"));
        let morning = Morning { from: env.parsed("MAIL_FROM_HOUR"), to: env.parsed("MAIL_TO_HOUR") };
        env.finish()?;
        Ok(Self {
            applications: Applications::new(table.clone()),
            contacts: Contacts::new(table.clone(), secret::fetch(&aws, &claims).await?),
            members: Members::new(table),
            links: LinkKey::new(&aws, link),
            mailer: Mailer::new(&aws, from),
            segments: Segments::new(&aws, queue),
            morning,
        })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch, now: Timestamp) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record, now)).await)
    }

    async fn one(&self, record: &Record, now: Timestamp) -> Result<(), Unhandled> {
        let failed = |error: IdentityError| Unhandled::Failed(error.to_string());
        match Segments::read(record) {
            Some(Part::Segment(segment)) => return self.segment(&segment).await.map_err(failed),
            Some(Part::Wave(wave)) => return self.wave(&wave, now).await.map_err(failed),
            None => {}
        }
        let delivery = Delivery::read(record)?;
        if let Some(moved) = delivery.message::<ApplicationMoved>()? {
            return self.news(&moved).await.map_err(failed);
        }
        let envelope = delivery.message::<NoticeRequested>()?.ok_or(Unhandled::Unknown)?;
        self.notice(&envelope, now).await.map_err(failed)
    }

    /// Tells an applicant that there is something to see, from where the application stands now.
    async fn news(&self, envelope: &Envelope<ApplicationMoved>) -> Result<(), IdentityError> {
        let Some(application) = self.applications.find(envelope.body.application).await? else {
            return Ok(());
        };
        let words = match application.status {
            Status::Approved | Status::Refused | Status::AwaitingApplicant => mail::NEWS,
            Status::Suspended => mail::DEADLINE,
            Status::Verifying | Status::InReview | Status::Withdrawn => return Ok(()),
        };
        let to = Recipient { subject: application.subject, email: application.email };
        self.tell(envelope.id, words, &to).await
    }

    async fn notice(
        &self,
        envelope: &Envelope<NoticeRequested>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        match envelope.body.audience {
            Audience::Member { member } => {
                let Some(person) = self.person(member).await? else { return Ok(()) };
                let Some(to) = self.contacts.of(&person).await? else { return Ok(()) };
                self.tell(envelope.id, mail::words(envelope.body.kind), &to).await
            }
            Audience::Specialty { specialty, except } => self.split(envelope, specialty, except).await,
            // It can wait until it is morning where somebody lives.
            Audience::Members { ref of } => {
                let (message, kind) = (envelope.id, envelope.body.kind);
                for wave in self.morning.waves(message, kind, of, now) {
                    self.wave(&wave, now).await?;
                }
                Ok(())
            }
        }
    }

    /// Sends a notice to one person, once.
    async fn tell(&self, message: MessageId, words: Words, to: &Recipient) -> Result<(), IdentityError> {
        let claim = self.contacts.sending(message, &to.subject);
        if !self.contacts.claim(&claim, edge::now()).await? {
            return Ok(());
        }
        match self.mailer.send(to, words).await {
            Ok(()) => Ok(()),
            Err(Unsent::NotTaken) => {
                self.contacts.release(&claim).await?;
                Err(IdentityError::Mail("not taken"))
            }
            // This one mail is lost; who waits behind it must not be.
            Err(cause @ Unsent::Refused) => {
                tracing::warn!(%cause, "a mail was not sent");
                Ok(())
            }
            // It may have been sent, so it keeps its claim; those behind it are tried again later.
            Err(Unsent::Unknown) => Err(IdentityError::Mail("lost")),
        }
    }

    async fn split(
        &self,
        envelope: &Envelope<NoticeRequested>,
        specialty: Specialty,
        except: MemberId,
    ) -> Result<(), IdentityError> {
        for shard in 0..SHARDS {
            let (message, kind) = (envelope.id, envelope.body.kind);
            let audience = kernel::Audience::Specialties { specialties: [specialty].into() };
            let segment =
                Segment { message, kind, audience, country: None, except: Some(except), shard, after: None };
            self.segments.send(&segment, 0).await?;
        }
        Ok(())
    }

    /// Sends the segments of a wave, or the wave to itself until it is due: a queue keeps nothing back for longer than a
    /// quarter of an hour.
    async fn wave(&self, wave: &Wave, now: Timestamp) -> Result<(), IdentityError> {
        let left = wave.due.as_second().saturating_sub(now.as_second());
        if left > 0 {
            return self.segments.send(wave, i32::try_from(left).unwrap_or(LONGEST).min(LONGEST)).await;
        }
        for segment in self.contacts.segments(wave).await? {
            self.segments.send(&segment, 0).await?;
        }
        Ok(())
    }

    /// Tells the people of a segment, then hands over to the one behind it. Copies of a segment meet
    /// at the handing over: only one goes on.
    async fn segment(&self, segment: &Segment) -> Result<(), IdentityError> {
        let except = match segment.except {
            Some(member) => self.person(member).await?,
            None => None,
        };
        let (recipients, next) = self.contacts.reach(segment).await?;
        for to in recipients.iter().filter(|to| except.as_deref() != Some(to.subject.as_str())) {
            self.tell(segment.message, mail::words(segment.kind), to).await?;
        }
        let Some(next) = next else { return Ok(()) };
        let claim = self.contacts.handing_over(segment);
        if !self.contacts.is_claimed(&claim).await? {
            self.segments.send(&next, 0).await?;
            self.contacts.claim(&claim, edge::now()).await?;
        }
        Ok(())
    }

    async fn person(&self, member: MemberId) -> Result<Option<String>, IdentityError> {
        let Some(sealed) = self.members.sealed_person(member).await? else { return Ok(None) };
        self.links.open(Direction::ToPerson, &member.to_string(), &sealed).await.map(Some)
    }
}
