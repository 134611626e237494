//! E-mail: carries the community's notices to people, without a word that identifies anyone.
//!
//! It takes `community.notice_requested.v1` from its queue. A notice for one member opens the link;
//! a broadcast is split into segments that it sends to itself, each with a place to go on from.

mod mail;
mod segment;

use contracts::{
    Envelope,
    community::{Audience, NoticeRequested},
};
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};
use identity::{
    IdentityError,
    contact::{Contacts, SHARDS, Segment},
    link::{Direction, LinkKey},
    member::Members,
};
use kernel::{Specialty, id::MemberId};

pub use mail::Mailer;
pub use segment::Segments;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    contacts: Contacts,
    members: Members,
    links: LinkKey,
    mailer: Mailer,
    segments: Segments,
}

impl App {
    /// Reads the environment: `TABLE`, `LINK_KEY`, `MAIL_FROM`, `QUEUE_URL`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (link, from) = (env.text("LINK_KEY"), env.text("MAIL_FROM"));
        let queue = env.text("QUEUE_URL");
        env.finish()?;
        Ok(Self {
            contacts: Contacts::new(table.clone()),
            members: Members::new(table),
            links: LinkKey::new(&aws, link),
            mailer: Mailer::new(&aws, from),
            segments: Segments::new(&aws, queue),
        })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record)).await)
    }

    async fn one(&self, record: &Record) -> Result<(), Unhandled> {
        let failed = |error: IdentityError| Unhandled::Failed(error.to_string());
        if let Some(segment) = Segments::read(record) {
            return self.segment(&segment).await.map_err(failed);
        }
        let delivery = Delivery::read(record)?;
        let envelope = delivery.message::<NoticeRequested>()?.ok_or(Unhandled::Unknown)?;
        self.notice(&envelope).await.map_err(failed)
    }

    async fn notice(&self, envelope: &Envelope<NoticeRequested>) -> Result<(), IdentityError> {
        match envelope.body.audience {
            Audience::Member { member } => {
                let Some(person) = self.person(member).await? else { return Ok(()) };
                let Some(to) = self.contacts.of(&person).await? else { return Ok(()) };
                if self.contacts.claim(envelope.id, &to.subject, edge::now()).await? {
                    self.mailer.send(&to, envelope.body.kind).await?;
                }
                Ok(())
            }
            Audience::Specialty { specialty, except } => {
                let except = self.person(except).await?;
                self.split(envelope, Some(specialty), except).await
            }
            Audience::Everyone => self.split(envelope, None, None).await,
        }
    }

    async fn split(
        &self,
        envelope: &Envelope<NoticeRequested>,
        specialty: Option<Specialty>,
        except: Option<String>,
    ) -> Result<(), IdentityError> {
        let segments = (0..SHARDS).map(|shard| Segment {
            message: envelope.id,
            kind: envelope.body.kind,
            specialty,
            except: except.clone(),
            shard,
            after: None,
        });
        self.segments.send(segments.collect()).await
    }

    async fn segment(&self, segment: &Segment) -> Result<(), IdentityError> {
        let (recipients, next) = self.contacts.reach(segment).await?;
        for to in &recipients {
            if self.contacts.claim(segment.message, &to.subject, edge::now()).await? {
                self.mailer.send(to, segment.kind).await?;
            }
        }
        match next {
            Some(next) => self.segments.send(vec![next]).await,
            None => Ok(()),
        }
    }

    async fn person(&self, member: MemberId) -> Result<Option<String>, IdentityError> {
        let Some(sealed) = self.members.sealed_person(member).await? else { return Ok(None) };
        self.links.open(Direction::ToPerson, &member.to_string(), &sealed).await.map(Some)
    }
}
