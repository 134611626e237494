//! Reaching people by e-mail, without a word that identifies anyone.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `CONTACT` | the address; `gsi1` `CONTACTS#<shard>` / `<specialty>#<random place>` and `gsi2` `CONTACTS#<country>#<shard>` / `<random place>` once a member, with what was verified of them |
//! | `REACH` | `<country>#<shard>` | that there is or was somebody |
//! | `SENT#<keyed hash>` | `SENT` | that a notice was sent, or a segment handed over: not which, nor to whom |

use std::collections::BTreeMap;

use contracts::community::NoticeKind;
use kernel::{
    Audience, Country, Secret, Timestamp,
    id::{MemberId, MessageId},
    session::Clinician,
};
use rand::Rng;
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Query, Table, Transaction, Update};

use crate::{IdentityError, member::Counted};

/// Over how many partitions the contacts of all members are spread.
pub const SHARDS: u8 = 16;

/// Where it stands which countries and shards have somebody.
const REACH: &str = "REACH";

/// How many people one message of a broadcast reaches before it hands over to the next.
const SEGMENT: i32 = 50;

/// How long it is remembered that a notice was sent, in seconds.
const SENT_SECONDS: i64 = 30 * 24 * 3600;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ContactRow {
    email: String,
    #[serde(default)]
    clinician: Option<Clinician>,
    #[serde(default)]
    gsi1sk: Option<String>,
    #[serde(default)]
    gsi2sk: Option<String>,
}

#[derive(Serialize)]
struct ReachRow {}

#[derive(Serialize, Deserialize)]
struct SentRow {
    expires_at: i64,
}

/// Somebody who can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The user pool's id of the person.
    pub subject: String,
    /// The address.
    pub email: String,
}

/// A part of a broadcast: one shard of its audience, from a place on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// The message that is broadcast.
    pub message: MessageId,
    /// What it tells of.
    pub kind: NoticeKind,
    /// Whom it is for.
    pub audience: Audience,
    /// Of which country, if it is split by them.
    pub country: Option<Country>,
    /// Who need not be told: the member, not the person.
    pub except: Option<MemberId>,
    /// Which shard.
    pub shard: u8,
    /// Behind whom to go on: the sort key of the last one reached.
    pub after: Option<String>,
}

/// A part of a broadcast that waits for the morning of some countries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// The message that is broadcast.
    pub message: MessageId,
    /// What it tells of.
    pub kind: NoticeKind,
    /// Whom it is for.
    pub audience: Audience,
    /// The countries.
    pub countries: Vec<Country>,
    /// When it is morning there.
    pub due: Timestamp,
}

/// The hours of a day, where somebody lives, between which a mail that can wait is sent.
#[derive(Debug, Clone, Copy)]
pub struct Morning {
    /// From this hour on.
    pub from: i8,
    /// And before that one.
    pub to: i8,
}

impl Morning {
    /// The waves of a broadcast: one for each moment at which it is morning somewhere.
    pub fn waves(
        self,
        message: MessageId,
        kind: NoticeKind,
        audience: &Audience,
        now: Timestamp,
    ) -> Vec<Wave> {
        let mut waves: BTreeMap<Timestamp, Vec<Country>> = BTreeMap::new();
        let countries: Vec<Country> = match audience {
            Audience::Countries { countries } => countries.iter().copied().collect(),
            _ => Country::all().collect(),
        };
        for country in countries {
            waves.entry(country.zone().between(now, self.from, self.to)).or_default().push(country);
        }
        let wave = |(due, countries)| Wave { message, kind, audience: audience.clone(), countries, due };
        waves.into_iter().map(wave).collect()
    }
}

/// The shard of a person: a sum over the id, the same for the same person.
pub(crate) fn shard(subject: &str) -> u8 {
    subject.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)) % SHARDS
}

/// Makes a person part of every broadcast to their specialty, to their country and to everyone; fails with the label
/// `contact` unless they are reached as what they were before, which for a new member is nothing. The place among others
/// is random: it stands in the queue of broadcasts, which must name nobody.
pub(crate) fn reachable(
    transaction: Transaction,
    subject: &str,
    (before, clinician): (Option<Counted>, Clinician),
) -> Transaction {
    let (place, shard): (u128, u8) = (rand::rng().random(), shard(subject));
    let country = format!("{}#{shard}", clinician.country);
    let update = Update::new()
        .set("clinician", clinician)
        .set("revision", before.map_or(0, |before| before.revision).saturating_add(1))
        .set("gsi1pk", format!("CONTACTS#{shard}"))
        .set("gsi1sk", format!("{}#{place:032x}", clinician.specialty))
        .set("gsi2pk", format!("CONTACTS#{country}"))
        .set("gsi2sk", format!("{place:032x}"));
    let unchanged = match before {
        None => Condition::present().and(Condition::missing("gsi1pk")),
        Some(before) => Condition::equals("clinician", before.clinician)
            .and(Condition::missing_or_equals("revision", before.revision)),
    };
    transaction.update("contact", Key::new(format!("PERSON#{subject}"), "CONTACT"), update, unchanged).put(
        "reach",
        Key::new(REACH, country),
        &ReachRow {},
    )
}

/// Something that is done once: the sending of a notice to a person, the handing over of a segment.
///
/// It is kept under a keyed hash. In plain text the rows would tell who was *not* sent the notice of a case:
/// its author.
#[derive(Debug)]
pub struct Claim(String);

/// The store of contacts.
#[derive(Debug, Clone)]
pub struct Contacts {
    table: Table,
    secret: Secret,
}

impl Contacts {
    /// The store in the zone's table, and the secret that hides its claims.
    pub const fn new(table: Table, secret: Secret) -> Self {
        Self { table, secret }
    }

    /// The sending of a message to a person.
    pub fn sending(&self, message: MessageId, subject: &str) -> Claim {
        Claim(self.secret.keyed_hash(&["sending", &message.to_string(), subject]))
    }

    /// The handing over from a segment to the one behind it.
    pub fn handing_over(&self, segment: &Segment) -> Claim {
        let (message, shard) = (segment.message.to_string(), segment.shard.to_string());
        let country = segment.country.map_or_else(String::new, |country| country.to_string());
        let after = segment.after.as_deref().unwrap_or_default();
        Claim(self.secret.keyed_hash(&["handing over", &message, &country, &shard, after]))
    }

    /// The address of one person. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn of(&self, subject: &str) -> Result<Option<Recipient>, IdentityError> {
        let row: Option<ContactRow> =
            self.table.get(Key::new(format!("PERSON#{subject}"), "CONTACT")).await?;
        Ok(row.map(|row| Recipient { subject: subject.to_owned(), email: row.email }))
    }

    /// The next people of a segment, and the segment that follows, if there is one. One query.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn reach(&self, segment: &Segment) -> Result<(Vec<Recipient>, Option<Segment>), IdentityError> {
        // Of one specialty nobody else is read, nor of one country.
        let prefix = match &segment.audience {
            Audience::Specialties { specialties } if specialties.len() == 1 && segment.country.is_none() => {
                specialties.first().map(|specialty| format!("{specialty}#")).unwrap_or_default()
            }
            _ => String::new(),
        };
        let (index, partition) = match segment.country {
            Some(country) => ("gsi2", format!("CONTACTS#{country}#{}", segment.shard)),
            None => ("gsi1", format!("CONTACTS#{}", segment.shard)),
        };
        let low = segment.after.as_ref().map_or_else(|| prefix.clone(), |after| format!("{after}!"));
        let low = if low.is_empty() { "!".to_owned() } else { low };
        let query = Query::index(index, partition).between(low, format!("{prefix}~")).limit(SEGMENT);
        let page = self.table.query(query).await?;
        let more = page.next.is_some();
        let mut last = None;
        let mut found = Vec::with_capacity(page.items.len());
        for item in page.items {
            let person = table::partition_key(&item).strip_prefix("PERSON#").map(str::to_owned);
            let row: ContactRow = table::read(item)?;
            if row.clinician.is_some_and(|clinician| segment.audience.has(&clinician)) {
                found.extend(person.map(|subject| Recipient { subject, email: row.email }));
            }
            last = if segment.country.is_some() { row.gsi2sk } else { row.gsi1sk };
        }
        let next = more.then(|| Segment { after: last, ..segment.clone() });
        Ok((found, next))
    }

    /// The segments of a wave: one a country and shard in which there is somebody. One query, and more where a page is
    /// full.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn segments(&self, wave: &Wave) -> Result<Vec<Segment>, IdentityError> {
        let reached = self.table.every(Query::partition(REACH)).await?;
        let found = reached.iter().filter_map(|item| {
            let (country, shard) = table::sort_key(item).split_once('#')?;
            Some((country.parse().ok()?, shard.parse().ok()?))
        });
        let segment = |(country, shard): (Country, u8)| Segment {
            message: wave.message,
            kind: wave.kind,
            audience: wave.audience.clone(),
            country: Some(country),
            except: None,
            shard,
            after: None,
        };
        let concerned = found.filter(|(country, _)| wave.countries.contains(country));
        Ok(concerned.map(segment).collect())
    }

    /// Whether something was claimed. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn is_claimed(&self, claim: &Claim) -> Result<bool, IdentityError> {
        let row: Option<SentRow> = self.table.get(claim.key()).await?;
        Ok(row.is_some())
    }

    /// Claims something: true for the first who asks, false ever after.
    ///
    /// A mail is claimed before it is sent, so a crash in between loses that one mail; the inbox still
    /// holds the notice. A second mail would be the worse fault.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn claim(&self, claim: &Claim, now: Timestamp) -> Result<bool, IdentityError> {
        let row = SentRow { expires_at: now.as_second().saturating_add(SENT_SECONDS) };
        match self.table.commit(Transaction::new().insert("sent", claim.key(), &row)).await {
            Ok(()) => Ok(true),
            Err(error) if error.failed("sent") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a claim back: what was claimed was provably not done.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn release(&self, claim: &Claim) -> Result<(), IdentityError> {
        let step = Transaction::new().delete("sent", claim.key(), Condition::default());
        Ok(self.table.commit(step).await?)
    }
}

impl Claim {
    fn key(&self) -> Key {
        Key::new(format!("SENT#{}", self.0), "SENT")
    }
}
