//! A person's rows, as a whole. Their shapes are written where each is made.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `UNWATCH` | `<entity>` | that the American Medical Association is to watch a record no more; removed when it does not |

use kernel::Timestamp;
use serde_json::{Map, Value, json};
use table::{Condition, Item, Key, Query, Table, Transaction, Update};

use super::{Erased, Holdings, Leaver};
use crate::{
    IdentityError,
    application::{Application, Applications, Status, UNWATCH, moved},
    document,
    evidence::Evidence,
    member::{CredentialRow, release_left},
    source::LicenceSource,
    unique::Holder,
};

/// How many rows one transaction removes: the most that DynamoDB takes.
const AT_ONCE: usize = 100;

/// For how long a licence that was erased is held against a second account, in seconds: ninety days, longer than
/// any vote is open.
const HELD_SECONDS: i64 = 90 * 24 * 3600;

/// What a row is found by, and what concerns others than the person.
const NOT_EXPORTED: [&str; 16] = [
    "pk",
    "sk",
    "gsi1pk",
    "gsi1sk",
    "gsi2pk",
    "gsi2sk",
    "sealed",
    "unique",
    "subject",
    "decided_by",
    "approved_by",
    "held",
    "object",
    "pending",
    "returns",
    "reviewer",
];

/// The store of people.
#[derive(Debug, Clone)]
pub struct People {
    table: Table,
}

impl People {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// All that is held of a person. A query for the person, one and two reads for the list of applications, and a query for each.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn holdings(&self, subject: &str) -> Result<Holdings, IdentityError> {
        let mut person = Map::new();
        for item in self.table.every(Query::partition(format!("PERSON#{subject}"))).await? {
            let name = table::sort_key(&item).to_lowercase();
            if name != "link" {
                person.insert(name, exported(item)?);
            }
        }
        let mut applications = Vec::new();
        for application in self.applications(subject).await? {
            let mut whole = json!({"evidence": [], "documents": [], "looked_at": []});
            for item in self.table.every(Query::partition(format!("APPLICATION#{}", application.id))).await? {
                let place = table::sort_key(&item).to_owned();
                let row = exported(item)?;
                if place == "APPLICATION" {
                    put(&mut whole, "application", row);
                } else if place.starts_with("LOOK#") {
                    add(&mut whole, "looked_at", row.get("at").cloned().unwrap_or_default());
                } else if place.starts_with(document::PLACE) {
                    add(&mut whole, "documents", row);
                } else if place == document::OFFERED {
                    put(&mut whole, "documents_offered", row.get("offered").cloned().unwrap_or_default());
                } else {
                    add(&mut whole, "evidence", row);
                }
            }
            applications.push(whole);
        }
        Ok(Holdings { person, applications })
    }

    /// Erases a person. First of all their applications are closed; then goes, in one transaction, the link and all
    /// that makes them a member; the rest follows. Done again, it goes on where it was cut off.
    ///
    /// What is left: that a licence was a member's, without a name and for ninety days; who looked at an
    /// application, without the application; the persona, without a person.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn erase(&self, leaver: &Leaver) -> Result<Erased, IdentityError> {
        let Leaver { subject, member, now, .. } = leaver;
        let person = format!("PERSON#{subject}");
        let applications = self.applications(subject).await?;
        // Two steps each.
        for some in applications.chunks(AT_ONCE / 2) {
            // Whoever is about to decide on one finds it withdrawn.
            let step = some.iter().fold(Transaction::new(), |step, application| {
                let key = Key::new(format!("APPLICATION#{}", application.id), "APPLICATION");
                let withdrawn =
                    Update::new().set("status", Status::Withdrawn).remove("gsi1pk").remove("gsi1sk");
                step.update("application", key, withdrawn, Condition::present())
                    .announce(&moved(application.id, *now))
            });
            self.table.commit(step).await?;
        }
        let rows = self.table.every(Query::partition(&person)).await?;
        let mut erased = Erased { rows: rows.len(), link: member.is_some(), ..Erased::default() };
        let mut step = Transaction::new();
        for item in rows {
            let place = table::sort_key(&item).to_owned();
            if place == "CREDENTIAL" {
                let credential: CredentialRow = table::read(item)?;
                step = self.let_go(step, &credential, subject, *now).await?;
            }
            step = step.delete("row", Key::new(&person, place), Condition::default());
        }
        if let Some(member) = member {
            step = release_left(step, *member, leaver.due);
        }
        if erased.rows > 0 || erased.link {
            self.table.commit(step).await?;
        }
        for application in applications {
            self.erase_application(&application).await?;
            erased.applications += 1;
        }
        Ok(erased)
    }

    /// Leaves of what is held for a person, licences and name, that it is held, for a while, and not by whom.
    async fn let_go(
        &self,
        step: Transaction,
        credential: &CredentialRow,
        subject: &str,
        now: Timestamp,
    ) -> Result<Transaction, IdentityError> {
        let held = self.table.get_many(credential.unique.iter().map(|pk| Key::new(pk, "UNIQUE"))).await?;
        let expires_at = now.as_second().saturating_add(HELD_SECONDS);
        let mut step = step;
        for item in held {
            let partition = table::partition_key(&item).to_owned();
            let holder: Holder = table::read(item)?;
            if holder.subject == subject {
                let update = Update::new()
                    .set("subject", "erased")
                    .set("expires_at", expires_at)
                    .remove("application");
                let own = Condition::equals("subject", subject);
                step = step.update("held", Key::new(partition, "UNIQUE"), update, own);
            }
        }
        Ok(step)
    }

    async fn erase_application(&self, application: &Application) -> Result<(), IdentityError> {
        let partition = format!("APPLICATION#{}", application.id);
        let (mut keys, mut entity) = (Vec::new(), None);
        for item in self.table.every(Query::partition(&partition)).await? {
            let place = table::sort_key(&item).to_owned();
            if place.starts_with("LOOK#") {
                continue;
            }
            if place.starts_with("EVIDENCE#") {
                let evidence: Evidence = table::read(item)?;
                let by_ama = evidence.provider == LicenceSource::Ama.name();
                entity = evidence.transaction.filter(|_| by_ama).or(entity);
            }
            if place != "APPLICATION" {
                keys.push(Key::new(&partition, place));
            }
        }
        // The application is the last to go: as long as it is there, the rest is found again.
        keys.push(Key::new(&partition, "APPLICATION"));
        for some in keys.chunks(AT_ONCE - 1) {
            let mut step = some
                .iter()
                .fold(Transaction::new(), |step, key| step.delete("row", key.clone(), Condition::default()));
            if let Some(entity) = &entity {
                step = step.put("unwatch", Key::new(UNWATCH, entity), &json!({"entity": entity}));
            }
            self.table.commit(step).await?;
        }
        Ok(())
    }

    /// All applications of a person. A query, and a read of the open one, which the index may not have yet.
    async fn applications(&self, subject: &str) -> Result<Vec<Application>, IdentityError> {
        let store = Applications::new(self.table.clone());
        let mut found: Vec<Application> = Vec::new();
        for item in self.table.every(Query::index("gsi2", format!("SUBJECT#{subject}"))).await? {
            found.push(table::read(item)?);
        }
        if let Some(open) =
            store.open(subject).await?.filter(|open| found.iter().all(|one| one.id != open.id))
        {
            found.push(open);
        }
        Ok(found)
    }
}

fn exported(item: Item) -> Result<Value, IdentityError> {
    let mut row: Map<String, Value> = table::read(item)?;
    for name in NOT_EXPORTED {
        row.remove(name);
    }
    if let Some(Value::Object(appeal)) = row.get_mut("appeal") {
        appeal.remove("against");
    }
    Ok(Value::Object(row))
}

fn put(whole: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = whole {
        fields.insert(name.to_owned(), value);
    }
}

fn add(whole: &mut Value, name: &str, value: Value) {
    if let Some(Value::Array(list)) = whole.get_mut(name) {
        list.push(value);
    }
}
