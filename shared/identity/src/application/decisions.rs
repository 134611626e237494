//! Decisions on applications, and the rows that they write.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `CREDENTIAL` | what was verified; see `member` |
//! | `PERSON#<person>` | `CONTACT` | where they are reached; see `contact` |
//! | `UNIQUE#<keyed hash>` | `UNIQUE` | that a licence, or a person, was approved, and for whom; see `unique` |

use kernel::Timestamp;
use table::{Condition, Key, Table, Transaction, Update};

use super::{
    Application, Decision, File, Status,
    store::{key, open_key, queue_key, replace, unchanged},
};
use crate::{
    IdentityError,
    contact::ContactRow,
    evidence::Stage,
    member::CredentialRow,
    reason::Reason,
    unique::{Held, HeldRow, UniqueKey},
};

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
    /// somebody else, becomes a reviewer's matter; the applicant is not told why. One transaction, or two.
    ///
    /// # Errors
    /// [`IdentityError::NotInReview`] when it was decided in the meantime; storage faults.
    pub async fn decide(
        &self,
        application: &Application,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
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
            .set("held", application.held);
        update = match status {
            Status::InReview => update.set("gsi1pk", "REVIEW").set("gsi1sk", queue_key(application)),
            Status::AwaitingApplicant => update.remove("gsi1pk").remove("gsi1sk"),
            _ => update.set("decided_at", now).remove("gsi1pk").remove("gsi1sk"),
        };
        if let Some(by) = by {
            update = update.set("decided_by", by);
        }
        let mut transaction =
            Transaction::new().update("application", key(application.id), update, unchanged(application));
        transaction = match status {
            Status::Approved => self
                .hold(transaction, application, by)
                .put(
                    "credential",
                    Key::new(&person, "CREDENTIAL"),
                    &CredentialRow {
                        clinician: application.claim.clinician(),
                        name: application.claim.person.name(),
                        since: now,
                    },
                )
                .put("contact", Key::new(&person, "CONTACT"), &ContactRow::quiet(&application.email)),
            Status::Refused => {
                transaction.delete("open", open_key(&application.subject), Condition::default())
            }
            Status::InReview | Status::AwaitingApplicant | Status::Verifying | Status::Withdrawn => {
                transaction
            }
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

    /// Holds licence and person. A namesake of a member is approved by two reviewers alone.
    fn hold(&self, transaction: Transaction, application: &Application, by: Option<&str>) -> Transaction {
        let Application { claim, subject, .. } = application;
        let person = self.unique.person(claim);
        let row = HeldRow { subject };
        let held = |held: Transaction, licence| held.insert("licence", licence, &row);
        let transaction = self.unique.licences(claim).into_iter().fold(transaction, held);
        let by_two = application.held == Some(Held::Person) && application.approved_by.is_some();
        if by.is_some() && by_two {
            transaction.put("person", person, &row)
        } else {
            transaction.insert("person", person, &row)
        }
    }
}
