//! Decisions on applications, and the rows that they write.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `CREDENTIAL` | what was verified; see `member` |
//! | `PERSON#<person>` | `CONTACT` | where they are reached; see `contact` |
//! | `REFUSED#<keyed hash>` | `<application>` | that a licence, or a person, was refused; kept for three years |
//! | `UNWATCHED` | `<application>` | that the American Medical Association is to watch the licence; removed when it does |
//! | `UNIQUE#<keyed hash>` | `UNIQUE` | that a licence, or a person, was approved, and for whom; see `unique` |

use std::collections::{BTreeSet, HashMap};

use kernel::{Timestamp, id::ApplicationId};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Query, Table, Transaction, Update};

use super::{
    Application, Applications, Decision, File, Return, Status,
    store::{OpenRow, key, monitor_key, open_key, queue_key, replace, unchanged},
};
use crate::{
    IdentityError,
    evidence::{Evidence, Stage},
    member::{CredentialRow, Suspension},
    reason::Reason,
    source::LicenceSource,
    unique::{Held, Holder, Number, UniqueKey},
};

/// For how long it is known that somebody was refused, in seconds: three years.
const REFUSED_SECONDS: i64 = 3 * 365 * 24 * 3600;

/// How many refusals of one number are told to a reviewer.
const MOST_RETURNS: i32 = 20;

/// That a licence, or a person, was refused.
#[derive(Serialize, Deserialize)]
struct RefusedRow {
    account: String,
    by_reviewer: bool,
    #[serde(default)]
    by_questions: bool,
    refused_at: Timestamp,
    expires_at: i64,
}

/// The partition of the approved applications that the American Medical Association does not watch yet.
const UNWATCHED: &str = "UNWATCHED";

/// The partition of the records that it is to watch no more: their holders were erased.
pub(crate) const UNWATCH: &str = "UNWATCH";

/// How many of them one run takes on.
const MOST_WATCHED: i32 = 100;

/// The store of decisions: what an application needs to be approved or refused.
#[derive(Debug, Clone)]
pub struct Decisions {
    table: Table,
    unique: UniqueKey,
}

impl Decisions {
    /// The store in the zone's table, and the key by which licences and persons are known again.
    pub const fn new(table: Table, unique: UniqueKey) -> Self {
        Self { table, unique }
    }

    /// The workflow's decision, once. An approval of a licence or a person that was approved before, for
    /// somebody else, becomes a reviewer's matter; the applicant is not told why. So does one of somebody who was
    /// refused before. A query for each number and the person; one transaction, or two.
    ///
    /// # Errors
    /// [`IdentityError::NotInReview`] when it was decided in the meantime; storage faults.
    pub async fn decide(
        &self,
        application: &Application,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        let returns = self.returns(application).await?;
        // Who comes back under another account, or after a reviewer's refusal, or after wrong answers to
        // questions that they could learn from, is a person's decision.
        let suspect = returns.iter().any(|one| !one.same_account || one.by_reviewer || one.by_questions);
        let decision = match decision {
            Decision::Approve if suspect => Decision::Refer(vec![Reason::referred(Stage::Licence)]),
            other => other,
        };
        let application = &Application { returns, ..application.clone() };
        match self.carry_out(application, decision, None, now).await {
            Err(IdentityError::Held(held)) => {
                let application = Application { held: Some(held), ..application.clone() };
                let refer = Decision::Refer(vec![Reason::referred(Stage::Licence)]);
                self.carry_out(&application, refer, None, now).await
            }
            other => other,
        }
    }

    /// A reviewer approves. It takes two to approve against a failed stage, or the namesake of a member: the
    /// first approval leaves it in review. No licence is approved twice. One transaction, or two.
    ///
    /// # Errors
    /// When the reviewer may not decide it; [`IdentityError::SecondReviewer`] when they approved it already;
    /// [`IdentityError::Held`]; [`IdentityError::Stale`] or [`IdentityError::NotInReview`] when it was changed in
    /// the meantime; storage faults.
    pub async fn approve(
        &self,
        file: &File,
        reviewer: &str,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        let application = &file.application;
        application.open_to(reviewer)?;
        match &application.approved_by {
            Some(first) if first == reviewer => return Err(IdentityError::SecondReviewer),
            None if file.takes_two() => return self.approve_first(application, None, reviewer).await,
            _ => {}
        }
        match self.carry_out(application, Decision::Approve, Some(reviewer), now).await {
            // Nobody had looked for a namesake yet.
            Err(IdentityError::Held(held @ Held::Person)) => {
                self.approve_first(application, Some(held), reviewer).await
            }
            other => other,
        }
    }

    async fn approve_first(
        &self,
        application: &Application,
        held: Option<Held>,
        reviewer: &str,
    ) -> Result<Status, IdentityError> {
        let held = held.or(application.held);
        let after = Application { held, approved_by: Some(reviewer.to_owned()), ..application.clone() };
        replace(&self.table, application, &after, Transaction::new()).await?;
        Ok(after.status)
    }

    /// A reviewer refuses. One transaction.
    ///
    /// # Errors
    /// When the reviewer may not decide it; [`IdentityError::NotInReview`] when it was changed in the meantime;
    /// storage faults.
    pub async fn refuse(
        &self,
        application: &Application,
        reasons: Vec<Reason>,
        reviewer: &str,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        application.open_to(reviewer)?;
        self.carry_out(application, Decision::Refuse(reasons), Some(reviewer), now).await
    }

    /// Carries a decision out, once: from `application.status`, which must still be the stored one.
    ///
    /// Approval writes the credential and the contact, and holds licence and person; refusal lets the person
    /// apply again.
    async fn carry_out(
        &self,
        application: &Application,
        decision: Decision,
        by: Option<&str>,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        let person = format!("PERSON#{}", application.subject);
        let (status, asked, reasons) = match decision {
            Decision::Approve => (Status::Approved, None, Vec::new()),
            Decision::Refer(reasons) => (Status::InReview, None, reasons),
            Decision::Ask(asked, reasons) => (Status::AwaitingApplicant, Some(asked), reasons),
            Decision::Refuse(reasons) => (Status::Refused, None, reasons),
        };
        let mut update = Update::new()
            .set("status", status)
            .set("asked", asked)
            .set("reasons", &reasons)
            .set("returns", &application.returns)
            .set("held", application.held);
        update = match status {
            Status::Approved => update.remove("suspended_at"),
            _ => update,
        };
        update = match status {
            Status::InReview => update.set("gsi1pk", "REVIEW").set("gsi1sk", queue_key(application)),
            Status::AwaitingApplicant => update.remove("gsi1pk").remove("gsi1sk"),
            // A correction that waited before a suspension waits still.
            Status::Approved if application.pending_correction().is_some() => update.set("decided_at", now),
            _ => update.set("decided_at", now).remove("gsi1pk").remove("gsi1sk"),
        };
        if let Some(by) = by {
            update = update.set("decided_by", by);
        }
        let unique = match status {
            Status::Approved => self.all_held(application).await?,
            _ => Vec::new(),
        };
        let mut transaction =
            Transaction::new().update("application", key(application.id), update, unchanged(application));
        transaction = match status {
            Status::Approved => self
                .hold(transaction, application, by, &unique)
                .put(
                    "credential",
                    Key::new(&person, "CREDENTIAL"),
                    &CredentialRow {
                        application: application.id,
                        suspended: None,
                        unique,
                        clinician: application.claim.clinician(),
                        name: application.claim.person.name(),
                        since: now,
                    },
                )
                // A member who is verified anew stays in the audience of broadcasts.
                .update(
                    "contact",
                    Key::new(&person, "CONTACT"),
                    Update::new().set("email", &application.email),
                    Condition::default(),
                ),
            Status::Refused => {
                let transaction = self.note_refusal(transaction, application, (by, &reasons), now);
                let refused =
                    transaction.delete("open", open_key(&application.subject), Condition::default());
                match application.suspended_at {
                    // The credential expires now, not when the time to appeal is over.
                    Some(since) => {
                        let ended = Suspension { application: application.id, reasons, since, until: now };
                        let update = Update::new().set("suspended", ended);
                        let own = Condition::equals("application", application.id);
                        refused.update("credential", Key::new(&person, "CREDENTIAL"), update, own)
                    }
                    None => refused,
                }
            }
            Status::Suspended
            | Status::InReview
            | Status::AwaitingApplicant
            | Status::Verifying
            | Status::Withdrawn => transaction,
        };
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("application") {
                IdentityError::NotInReview
            } else if error.failed("licence") {
                IdentityError::Held(Held::Licence)
            } else if error.failed("person") {
                IdentityError::Held(Held::Person)
            } else {
                error.into()
            }
        })?;
        Ok(status)
    }

    /// Where everything is held that was ever verified of a person, this application included, as far as it is
    /// theirs. Two reads at most.
    async fn all_held(&self, application: &Application) -> Result<Vec<String>, IdentityError> {
        let credential = Key::new(format!("PERSON#{}", application.subject), "CREDENTIAL");
        let before: Option<CredentialRow> = self.table.get(credential).await?;
        let mut all: BTreeSet<String> =
            self.unique.all(&application.claim).into_iter().map(|key| key.pk).collect();
        let earlier: Vec<String> = before.map(|row| row.unique).unwrap_or_default();
        let earlier: Vec<Key> =
            earlier.iter().filter(|pk| !all.contains(*pk)).map(|pk| Key::new(pk, "UNIQUE")).collect();
        if !earlier.is_empty() {
            for item in self.table.get_many(earlier).await? {
                let partition = table::partition_key(&item).to_owned();
                let holder: Holder = table::read(item)?;
                if holder.subject == application.subject {
                    all.insert(partition);
                }
            }
        }
        Ok(all.into_iter().collect())
    }

    /// Notes that a licence and a person were refused, so that their return is recognised.
    fn note_refusal(
        &self,
        transaction: Transaction,
        application: &Application,
        (by, reasons): (Option<&str>, &[Reason]),
        now: Timestamp,
    ) -> Transaction {
        let row = RefusedRow {
            account: self.unique.account(&application.subject),
            by_reviewer: by.is_some(),
            by_questions: reasons.iter().any(|reason| reason.code == Reason::QUESTIONS_FAILED),
            refused_at: now,
            expires_at: now.as_second().saturating_add(REFUSED_SECONDS),
        };
        self.unique.refused(&application.claim).into_iter().fold(transaction, |step, partition| {
            step.put("refused", Key::new(partition, application.id.to_string()), &row)
        })
    }

    /// Earlier refusals of the same licence or person, oldest first.
    async fn returns(&self, application: &Application) -> Result<Vec<Return>, IdentityError> {
        let account = self.unique.account(&application.subject);
        let mut found = Vec::new();
        for partition in self.unique.refused(&application.claim) {
            for item in self.table.query(Query::partition(partition).limit(MOST_RETURNS)).await?.items {
                let refused: ApplicationId = table::sort_key(&item).parse()?;
                let row: RefusedRow = table::read(item)?;
                found.push(Return {
                    application: refused,
                    refused_at: row.refused_at,
                    same_account: row.account == account,
                    by_reviewer: row.by_reviewer,
                    by_questions: row.by_questions,
                });
            }
        }
        found.sort_by_key(|one| one.application);
        found.dedup_by_key(|one| one.application);
        found.retain(|one| one.application != application.id);
        Ok(found)
    }

    /// Puts a correction, made or declined, in its place. A name that was corrected is the credential's too. One
    /// transaction.
    ///
    /// # Errors
    /// [`IdentityError::Held`] when another member has that name and date of birth; [`IdentityError::Stale`] when it
    /// was changed in the meantime; storage faults.
    pub async fn correct(&self, before: &Application, after: &Application) -> Result<(), IdentityError> {
        let mut step = Transaction::new();
        if before.claim != after.claim {
            let credential = Key::new(format!("PERSON#{}", after.subject), "CREDENTIAL");
            let unique = self.all_held(after).await?;
            let update = Update::new().set("name", after.claim.person.name()).set("unique", unique);
            let own = Condition::equals("application", after.id);
            step = step.update("credential", credential, update, own);
            let person = self.unique.person(&after.claim);
            if person.pk != self.unique.person(&before.claim).pk {
                let holder = Holder { subject: after.subject.clone(), application: Some(after.id) };
                let ours = Condition::missing_or_equals("subject", &after.subject);
                step = step.put_when("person", person, &holder, ours);
            }
        }
        replace(&self.table, before, after, step).await
    }

    /// Holds licence and person. A namesake of a member is approved by two reviewers alone.
    fn hold(
        &self,
        transaction: Transaction,
        application: &Application,
        by: Option<&str>,
        unique: &[String],
    ) -> Transaction {
        let Application { claim, subject, .. } = application;
        let person = self.unique.person(claim);
        let row = Holder { subject: subject.clone(), application: Some(application.id) };
        let own = || Condition::missing_or_equals("subject", subject);
        let transaction = match LicenceSource::of(claim.country, claim.profession) {
            LicenceSource::Ama => {
                let key = Key::new(UNWATCHED, application.id.to_string());
                transaction.put("unwatched", key, &OpenRow { application: application.id })
            }
            LicenceSource::Gmc | LicenceSource::Rpps | LicenceSource::Document => transaction,
        };
        let held = |held: Transaction, licence| held.put_when("licence", licence, &row, own());
        // What an earlier application of theirs held is held by this one: registers tell of it too.
        let now: Vec<String> = self.unique.all(claim).into_iter().map(|key| key.pk).collect();
        let earlier = unique.iter().filter(|pk| !now.contains(pk)).map(|pk| Key::new(pk, "UNIQUE"));
        let licences = self.unique.licences(claim).into_iter().chain(earlier);
        let transaction = licences.fold(transaction, held);
        let by_two = application.held == Some(Held::Person) && application.approved_by.is_some();
        if by.is_some() && by_two {
            transaction.put("person", person, &row)
        } else {
            transaction.put_when("person", person, &row, own())
        }
    }

    /// An application with its evidence. One query.
    pub(crate) async fn file(&self, id: ApplicationId) -> Result<Option<File>, IdentityError> {
        Applications::new(self.table.clone()).file(id).await
    }

    /// Which of some numbers, at most a hundred, are members' licences, and whose. One read.
    pub(crate) async fn holders(
        &self,
        numbers: impl Iterator<Item = &Number>,
    ) -> Result<HashMap<Number, Holder>, IdentityError> {
        let keys: HashMap<String, Number> =
            numbers.map(|number| (self.unique.number(number).pk, number.clone())).collect();
        let items = self.table.get_many(keys.keys().map(|pk| Key::new(pk, "UNIQUE"))).await?;
        let mut found = HashMap::new();
        for item in items {
            if let Some(number) = keys.get(table::partition_key(&item)) {
                found.insert(number.clone(), table::read(item)?);
            }
        }
        Ok(found)
    }

    /// The approved applications that the American Medical Association does not watch yet, each with its record
    /// there, where it has one. A query, and one for each, at most a hundred.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn unwatched(&self) -> Result<Vec<(ApplicationId, Option<String>)>, IdentityError> {
        let page = self.table.query(Query::partition(UNWATCHED).limit(MOST_WATCHED)).await?;
        let mut found = Vec::new();
        for item in page.items {
            let id: ApplicationId = table::sort_key(&item).parse()?;
            let evidence = self.file(id).await?.map(|file| file.evidence).unwrap_or_default();
            let by_ama =
                |one: &Evidence| one.stage == Stage::Licence && one.provider == LicenceSource::Ama.name();
            found.push((id, evidence.into_iter().find(by_ama).and_then(|one| one.transaction)));
        }
        Ok(found)
    }

    /// Notes that an application is watched. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn watched(&self, id: ApplicationId) -> Result<(), IdentityError> {
        let key = Key::new(UNWATCHED, id.to_string());
        Ok(self.table.commit(Transaction::new().delete("unwatched", key, Condition::default())).await?)
    }

    /// The records that the association is to watch no more. One query.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn to_unwatch(&self) -> Result<Vec<String>, IdentityError> {
        let page = self.table.query(Query::partition(UNWATCH).limit(MOST_WATCHED)).await?;
        Ok(page.items.iter().map(|item| table::sort_key(item).to_owned()).collect())
    }

    /// Notes that a record is watched no more. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn note_unwatched(&self, entity: &str) -> Result<(), IdentityError> {
        let step = Transaction::new().delete("unwatch", Key::new(UNWATCH, entity), Condition::default());
        Ok(self.table.commit(step).await?)
    }

    /// Suspends the holder of a licence that does not stand any more. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was changed in the meantime; storage faults.
    pub(crate) async fn suspend(
        &self,
        application: &Application,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        let reasons = vec![Reason::suspended()];
        let status = Status::Suspended;
        let suspended = Application {
            status,
            reasons: reasons.clone(),
            suspended_at: Some(now),
            appeal: None,
            decided_at: Some(now),
            decided_by: None,
            ..application.clone()
        };
        let until = suspended.appealable_until().unwrap_or(Timestamp::MAX);
        let suspension = Suspension { application: application.id, reasons, since: now, until };
        let credential = Key::new(format!("PERSON#{}", application.subject), "CREDENTIAL");
        let step = Transaction::new()
            .update(
                "credential",
                credential,
                Update::new().set("suspended", suspension),
                Condition::equals("application", application.id),
            )
            .delete("open", open_key(&application.subject), Condition::equals("application", application.id))
            .put("monitor", monitor_key(application.id, evidence), evidence);
        replace(&self.table, application, &suspended, step).await?;
        Ok(status)
    }

    /// Records what a register told. One transaction.
    pub(crate) async fn note(&self, id: ApplicationId, evidence: &Evidence) -> Result<(), IdentityError> {
        let step = Transaction::new().put("monitor", monitor_key(id, evidence), evidence);
        Ok(self.table.commit(step).await?)
    }

    /// Ends a suspension, since the register says that the licence stands again. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyApplied`] when the holder has applied anew; [`IdentityError::Stale`] when it was
    /// changed in the meantime; storage faults.
    pub(crate) async fn reinstate(
        &self,
        application: &Application,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        let status = Status::Approved;
        let reinstated = Application {
            status,
            reasons: Vec::new(),
            suspended_at: None,
            decided_at: Some(now),
            ..application.clone()
        };
        let credential = Key::new(format!("PERSON#{}", application.subject), "CREDENTIAL");
        let step = Transaction::new()
            .update(
                "credential",
                credential,
                Update::new().remove("suspended"),
                Condition::equals("application", application.id),
            )
            .insert("open", open_key(&application.subject), &OpenRow { application: application.id })
            .put("monitor", monitor_key(application.id, evidence), evidence);
        replace(&self.table, application, &reinstated, step).await?;
        Ok(status)
    }
}
