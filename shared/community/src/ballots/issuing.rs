//! The rows of signed ballots: that a member had one signed, and nothing of what it says.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `ISSUED#<poll>#<member>` | `ISSUED` | the hash of the blinded message, which is noise; no time |
//! | `SEALED#<poll>` | `<segment>` | the private part of a key, sealed |
//! | `POLL#<poll>` | `HEAD#ISSUED#<shard>` | how many were signed, and whether more may be |

use std::collections::HashMap;

use ballot::Hash;
use kernel::{
    id::{MemberId, PollId},
    session::Clinician,
};
use serde::{Deserialize, Serialize};
use table::{Key, Table, Transaction, Update};

use super::{EVERYONE, PublicKey, SealedKey, public_key, sealed_key};
use crate::{
    CommunityError,
    breakdown::{Breakdown, OTHER},
    poll::{self, Poll, Status},
    tally::{self, ISSUED},
};

/// The store of who had a ballot signed.
#[derive(Debug, Clone)]
pub struct Issuing {
    table: Table,
}

/// What a member's ballot is to be signed with.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// The poll.
    pub poll: Poll,
    /// The key of everybody's.
    pub key: SealedKey,
    /// The key of the member's segment, if the poll has segments.
    pub segment: Option<SealedKey>,
    /// The hash of the message that the member had signed before.
    pub before: Option<Hash>,
}

#[derive(Serialize, Deserialize)]
struct IssuedRow {
    blinded: Hash,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct SealedRow {
    pub(crate) sealed: String,
}

pub(crate) fn issued_key(poll: PollId, member: MemberId) -> Key {
    Key::new(format!("ISSUED#{poll}#{member}"), "ISSUED")
}

impl Issuer {
    /// Checks that the member had no other message signed before.
    ///
    /// # Errors
    /// [`CommunityError::BallotSigned`].
    pub fn may_sign(&self, blinded: Hash) -> Result<(), CommunityError> {
        if self.before.is_none_or(|before| before == blinded) {
            Ok(())
        } else {
            Err(CommunityError::BallotSigned)
        }
    }
}

impl Issuing {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// What is needed to sign a member's ballot. One batch read.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`], also of a poll that is hidden or was never opened;
    /// [`CommunityError::PollNotOpen`]; [`CommunityError::NotInAudience`]; storage faults.
    pub async fn of(
        &self,
        id: PollId,
        member: MemberId,
        clinician: &Clinician,
    ) -> Result<Issuer, CommunityError> {
        // Which of them it is the poll says, which is read at once with them.
        let parts = [Breakdown::SpecialtyGroups, Breakdown::Countries].map(|by| by.part(clinician));
        let segments = parts.into_iter().flatten().chain([EVERYONE, OTHER].map(ToOwned::to_owned));
        let keys = segments.flat_map(|segment| [public_key(id, &segment), sealed_key(id, &segment)]);
        let keys = keys.chain([poll::key(id), issued_key(id, member)]);
        let (mut poll, mut public, mut sealed, mut before) = (None, HashMap::new(), HashMap::new(), None);
        for item in self.table.get_many(keys).await? {
            match table::partition_key(&item) {
                of if of.starts_with("SEALED#") => {
                    sealed.insert(table::sort_key(&item).to_owned(), table::read::<SealedRow>(item)?.sealed);
                }
                of if of.starts_with("ISSUED#") => before = Some(table::read::<IssuedRow>(item)?.blinded),
                _ if table::sort_key(&item).starts_with(super::PUBLIC_KEYS) => {
                    let key = table::read::<PublicKey>(item)?;
                    public.insert(key.segment.clone(), key);
                }
                _ => poll = Some(table::read::<Poll>(item)?),
            }
        }
        let poll = poll.filter(Poll::is_shown).ok_or(CommunityError::NoSuchPoll)?;
        // Who had a ballot signed is answered the same while it can still be handed in.
        if !(poll.is_open() || poll.status == Status::Counting && before.is_some()) {
            return Err(CommunityError::PollNotOpen);
        }
        if before.is_none() && !poll.content.audience.has(clinician) {
            return Err(CommunityError::NotInAudience);
        }
        let mut key = |segment: &str| {
            let (public, sealed) = (public.remove(segment), sealed.remove(segment));
            public
                .zip(sealed)
                .map(|(public, sealed)| SealedKey { public, sealed })
                .ok_or(CommunityError::Keys)
        };
        let everyone = key(EVERYONE)?;
        let segment = poll.segment_of(clinician).map(&mut key).transpose()?;
        Ok(Issuer { poll, key: everyone, segment, before })
    }

    /// Records that a member has a ballot signed: once, whatever they send. One transaction, and a read where another
    /// request was faster.
    ///
    /// # Errors
    /// [`CommunityError::BallotSigned`] when another message was signed before; [`CommunityError::PollNotOpen`];
    /// [`CommunityError::Contended`]; storage faults.
    pub async fn record(
        &self,
        issuer: &Issuer,
        member: MemberId,
        blinded: Hash,
    ) -> Result<(), CommunityError> {
        issuer.may_sign(blinded)?;
        if issuer.before.is_some() {
            return Ok(());
        }
        let id = issuer.poll.id;
        let shard = ISSUED.key(&poll::partition(id), tally::any_shard());
        let count = Update::new().add(&tally::attribute(EVERYONE), 1);
        let transaction = Transaction::new()
            .insert("issued", issued_key(id, member), &IssuedRow { blinded })
            .update("open", shard, count, tally::is_open());
        let Err(error) = self.table.commit(transaction).await else { return Ok(()) };
        if error.failed("issued") {
            let row: Option<IssuedRow> = self.table.get(issued_key(id, member)).await?;
            let before = row.ok_or(CommunityError::Contended)?.blinded;
            return Issuer { before: Some(before), ..issuer.clone() }.may_sign(blinded);
        }
        if error.failed("open") {
            return Err(CommunityError::PollNotOpen);
        }
        Err(if error.is_retryable() { CommunityError::Contended } else { error.into() })
    }
}

/// Keeps a poll's keys, before its first ballot.
pub(crate) fn kept(mut transaction: Transaction, poll: PollId, keys: &[SealedKey]) -> Transaction {
    for SealedKey { public, sealed } in keys {
        let row = SealedRow { sealed: sealed.clone() };
        transaction = transaction.insert("key", public_key(poll, &public.segment), public).insert(
            "key",
            sealed_key(poll, &public.segment),
            &row,
        );
    }
    transaction
}
