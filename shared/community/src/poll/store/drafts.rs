//! Drafts: five of a member wait for a moderator at most, also if they are proposed at once.

use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, OnceKey, Stored, Transaction};

use super::{Polls, Row, key, proposer, stale, still};
use crate::{
    CommunityError,
    poll::Poll,
    review::{self, Cause, Overridden, Review, Subject},
};

/// The most drafts of one member that wait for a decision.
const MOST: usize = 5;
/// How often a draft is tried to be kept when another of its author's comes first.
const ATTEMPTS: usize = 3;

/// Which drafts of a member waited.
#[derive(Debug, Serialize, Deserialize)]
struct Drafts {
    drafts: Vec<PollId>,
}

impl Polls {
    /// Keeps a new draft. One transaction; for a member also a read, and another if they proposed one before.
    ///
    /// # Errors
    /// [`CommunityError::TooManyDrafts`]; [`CommunityError::Contended`] when their author proposes many at once; storage
    /// faults.
    pub async fn create(
        &self,
        poll: &Poll,
        overridden: Vec<Overridden>,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let subject = Subject::Poll { poll: poll.id };
        let review = Review::of_overrides(subject, poll.author, overridden, poll.created_at);
        for _ in 0..ATTEMPTS {
            let step =
                Transaction::new().insert("poll", key(poll.id), &Row::of(poll)).once(Some(once), stored);
            let step = if poll.team { step } else { self.beside_others(step, poll).await? };
            match self.table.commit(review::opened(step, review.as_ref())).await {
                Err(error) if error.failed("drafts") && !error.failed("once") => {}
                other => return Ok(other?),
            }
        }
        Err(CommunityError::Contended)
    }

    /// Puts a draft beside the others of its author that still wait, if there is room; fails with the label `drafts` when
    /// another came first.
    async fn beside_others(&self, step: Transaction, poll: &Poll) -> Result<Transaction, CommunityError> {
        let place = Key::new(proposer(poll.author), "DRAFTS");
        let before: Option<Drafts> = self.table.get(place.clone()).await?;
        let unchanged = match &before {
            Some(before) => Condition::equals("drafts", &before.drafts),
            None => Condition::missing("drafts"),
        };
        let before = before.map(|before| before.drafts).unwrap_or_default();
        let rows = self.table.get_many(before.into_iter().map(key)).await?;
        let rows = rows.into_iter().map(table::read::<Row>).collect::<Result<Vec<_>, _>>()?;
        let waiting = rows.iter().map(|row| &row.poll).filter(|poll| poll.waits_for_moderator());
        let mut drafts: Vec<PollId> = waiting.map(|poll| poll.id).collect();
        if drafts.len() >= MOST {
            return Err(CommunityError::TooManyDrafts);
        }
        drafts.push(poll.id);
        Ok(step.put_when("drafts", place, &Drafts { drafts }, unchanged))
    }

    /// Keeps an edited draft. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::Stale`] when it was edited or decided on in the meantime; storage faults.
    pub async fn replace(
        &self,
        before: &Poll,
        after: &Poll,
        overridden: Vec<Overridden>,
        by: MemberId,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let unchanged = still(before).and(Condition::equals("version", before.version));
        let transaction = Transaction::new().put_when("poll", key(after.id), &Row::of(after), unchanged);
        let (subject, cause) =
            (Subject::Poll { poll: after.id }, Cause::Override { places: overridden.clone() });
        let review = (!overridden.is_empty()).then(|| Review::of(subject, after.author, cause, by, now));
        let step = review::opened(transaction, review.as_ref());
        self.table.commit(step).await.map_err(|error| stale(error, CommunityError::Stale))
    }
}
