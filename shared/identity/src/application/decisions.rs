//! Decisions on applications, and the rows that they write.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `CREDENTIAL` | what was verified; see `member` |
//! | `PERSON#<person>` | `CONTACT` | where they are reached; see `contact` |
//! | `UNIQUE#<keyed hash>` | `UNIQUE` | that a licence, or a person, was approved, and for whom; see `unique` |

mod refusals;
mod registers;

use std::collections::BTreeSet;

use kernel::{Timestamp, id::ApplicationId};
use table::{Condition, Key, Table, Transaction, Update};

use super::{
    Application, Applications, Decision, File, Return, Status,
    store::{OpenRow, key, list, moved, open_key, replace, unchanged},
};
use crate::{
    IdentityError,
    evidence::Stage,
    member::{CredentialRow, Suspension},
    reason::Reason,
    source::LicenceSource,
    unique::{Held, Holder, UniqueKey},
};
pub(crate) use registers::UNWATCH;
use registers::UNWATCHED;

/// How many earlier applications of one licence or person a reviewer is told of: the latest.
const MOST_RETURNS: usize = 20;

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
        // Who comes back under another account, in doubt, after a reviewer's refusal, or after wrong answers to
        // questions that they could learn from, is a person's decision.
        let open = |one: &Return| one.doubted || one.by_reviewer || one.by_questions;
        let suspect = returns.iter().any(|one| !one.same_account || open(one));
        let decision = match decision {
            Decision::Approve if suspect => Decision::Refer(vec![Reason::referred(Stage::Licence)]),
            other => other,
        };
        let latest = returns.len().saturating_sub(MOST_RETURNS);
        let returns = returns.into_iter().skip(latest).collect();
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
        let mut after = Application { status, asked, ..application.clone() };
        update = match status {
            Status::InReview => update,
            Status::AwaitingApplicant => {
                after.asked_at = Some(now);
                update.set("asked_at", now)
            }
            _ => {
                after.decided_at = Some(now);
                update.set("decided_at", now)
            }
        };
        update = match list(&after) {
            Some((list, place)) => update.set("gsi1pk", list).set("gsi1sk", place),
            None => update.remove("gsi1pk").remove("gsi1sk"),
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
        if status != Status::InReview {
            transaction = transaction.announce(&moved(application.id, now));
        }
        transaction = match status {
            Status::Approved => self
                .doubt_keys(application)
                .into_iter()
                .fold(self.hold(transaction, application, by, &unique), |step, key| {
                    step.delete("doubt", key, Condition::default())
                })
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
                // As what a member is written to follows at their next session.
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
            } else if error.failed("sign_in") {
                IdentityError::Held(Held::SignIn)
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

    /// Puts a correction, made or declined, in its place. A name that was corrected is the credential's too. One
    /// transaction.
    ///
    /// # Errors
    /// [`IdentityError::Held`] when another member has that name and date of birth; [`IdentityError::Stale`] when it
    /// was changed in the meantime; storage faults.
    pub async fn correct(
        &self,
        before: &Application,
        after: &Application,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let mut step = Transaction::new().announce(&moved(after.id, now));
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
        let transaction = match self.unique.sign_in(claim) {
            Some(account) => transaction.put_when("sign_in", account, &row, own()),
            None => transaction,
        };
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
}
