//! The rows of applications.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `APPLICATION#<id>` | `APPLICATION` | the application; `gsi1` `REVIEW` while it waits for a reviewer; `gsi2` `SUBJECT#<person>` |
//! | `APPLICATION#<id>` | `EVIDENCE#<revision>#<stage>` | what a stage found of a revision |
//! | `APPLICATION#<id>` | `LOOK#<time>#<reviewer>` | that a reviewer looked at it; kept for three years |
//! | `PERSON#<person>` | `OPEN` | the one application that is open or approved |
//! | `PERSON#<person>` | `DRAFT` | what is filled in so far; kept for ninety days |
//! | `PERSON#<person>` | `CREDENTIAL` | what was verified; see `member` |
//! | `UNIQUE#<keyed hash>` | `UNIQUE` | that a licence, or a person, was approved, and for whom; see `unique` |

use contracts::{Envelope, identity::ApplicationSubmitted};
use kernel::{Timestamp, id::ApplicationId};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Key, OnceKey, Query, Stored, Table, Transaction, Update};
use utoipa::ToSchema;

use super::{Application, Decision, Draft, Status};
use crate::{
    IdentityError,
    contact::ContactRow,
    evidence::{Evidence, Stage, Verdict},
    member::CredentialRow,
    reason::Reason,
    unique::{Held, HeldRow, UniqueKey},
};

const PAGE: i32 = 25;

/// How long a draft is kept after its last change, in seconds.
const DRAFT_SECONDS: i64 = 90 * 24 * 3600;

/// How long it is kept who looked at an application, in seconds.
const LOOK_SECONDS: i64 = 3 * 365 * 24 * 3600;

/// How long a withdrawn application is kept, in seconds.
const WITHDRAWN_SECONDS: i64 = 30 * 24 * 3600;

/// The store of applications.
#[derive(Debug, Clone)]
pub struct Applications {
    table: Table,
}

/// An application with the evidence that there is.
#[derive(Debug)]
pub struct File {
    /// The application.
    pub application: Application,
    /// The stages of its revision that were begun.
    pub evidence: Vec<Evidence>,
    /// What was found of earlier revisions, oldest first.
    pub earlier: Vec<Evidence>,
    /// Which reviewers looked at it, oldest first.
    pub looks: Vec<Look>,
}

/// That a reviewer looked at an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Look {
    /// The user pool's id of the reviewer.
    pub reviewer: String,
    /// When.
    pub at: Timestamp,
}

impl File {
    /// Whether one reviewer's approval is not enough: it would override a stage that failed, or a namesake who
    /// is a member.
    pub fn takes_two(&self) -> bool {
        let failed = self.evidence.iter().any(|one| one.verdict == Some(Verdict::Fail));
        failed || self.application.held == Some(Held::Person)
    }
}

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    application: Application,
    #[serde(skip_serializing_if = "Option::is_none")]
    gsi1pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gsi1sk: Option<String>,
    gsi2pk: String,
    gsi2sk: String,
}

#[derive(Serialize, Deserialize)]
struct DraftRow {
    draft: Draft,
    expires_at: i64,
}

#[derive(Serialize)]
struct LookRow<'a> {
    #[serde(flatten)]
    look: &'a Look,
    expires_at: i64,
}

#[derive(Serialize)]
struct OpenRow {
    application: ApplicationId,
}

fn key(id: ApplicationId) -> Key {
    Key::new(format!("APPLICATION#{id}"), "APPLICATION")
}

fn evidence_key(id: ApplicationId, evidence: &Evidence) -> Key {
    let place = format!("EVIDENCE#{:02}#{}", evidence.revision, evidence.stage.name());
    Key::new(format!("APPLICATION#{id}"), place)
}

fn draft_key(subject: &str) -> Key {
    Key::new(format!("PERSON#{subject}"), "DRAFT")
}

/// Where an application stands in the queue of those that wait for a reviewer.
fn queue_key(application: &Application) -> String {
    format!("{:.9}#{}", application.submitted_at, application.id)
}

fn row(application: &Application) -> Row {
    let waits = application.status == Status::InReview;
    Row {
        application: application.clone(),
        gsi1pk: waits.then(|| "REVIEW".to_owned()),
        gsi1sk: waits.then(|| queue_key(application)),
        gsi2pk: format!("SUBJECT#{}", application.subject),
        gsi2sk: application.id.to_string(),
    }
}

fn open_key(subject: &str) -> Key {
    Key::new(format!("PERSON#{subject}"), "OPEN")
}

impl Applications {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Takes in an application, announces it to the workflow, and lets go of the draft. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyApplied`] when the person has one that is open or approved.
    pub async fn submit(
        &self,
        application: &Application,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), IdentityError> {
        let announced =
            Envelope::new(application.submitted_at, ApplicationSubmitted { application: application.id });
        let transaction = Transaction::new()
            .insert("application", key(application.id), &row(application))
            .insert("open", open_key(&application.subject), &OpenRow { application: application.id })
            .delete("draft", draft_key(&application.subject), Condition::default())
            .once(Some(once), stored)
            .announce(&announced);
        self.table
            .commit(transaction)
            .await
            .map_err(|error| if error.failed("open") { IdentityError::AlreadyApplied } else { error.into() })
    }

    /// An application by its id. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn find(&self, id: ApplicationId) -> Result<Option<Application>, IdentityError> {
        let row: Option<Row> = self.table.get(key(id)).await?;
        Ok(row.map(|row| row.application))
    }

    /// An application with its evidence. One query.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn file(&self, id: ApplicationId) -> Result<Option<File>, IdentityError> {
        let page = self.table.query(Query::partition(format!("APPLICATION#{id}"))).await?;
        let mut application = None;
        let (mut found, mut looks) = (Vec::<Evidence>::new(), Vec::new());
        for item in page.items {
            match table::sort_key(&item) {
                "APPLICATION" => application = Some(table::read::<Row>(item)?.application),
                place if place.starts_with("LOOK#") => looks.push(table::read(item)?),
                _ => found.push(table::read(item)?),
            }
        }
        Ok(application.map(|application| {
            let (evidence, earlier) = found.into_iter().partition(|one| one.revision == application.revision);
            File { application, evidence, earlier, looks }
        }))
    }

    /// Puts a corrected application in its predecessor's place, with the evidence that still holds, and
    /// announces it to the workflow. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was corrected, decided or withdrawn in the meantime.
    pub async fn correct(
        &self,
        before: &Application,
        after: &Application,
        carried: &[Evidence],
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let announced = Envelope::new(now, ApplicationSubmitted { application: after.id });
        let unchanged =
            Condition::equals("status", before.status).and(Condition::equals("revision", before.revision));
        let mut transaction = Transaction::new()
            .put_when("application", key(after.id), &row(after), unchanged)
            .announce(&announced);
        for evidence in carried {
            let evidence = Evidence { revision: after.revision, ..evidence.clone() };
            transaction = transaction.insert("evidence", evidence_key(after.id, &evidence), &evidence);
        }
        self.table
            .commit(transaction)
            .await
            .map_err(|error| if error.failed("application") { IdentityError::Stale } else { error.into() })
    }

    /// Puts an application in its predecessor's place: asked about, answered, approved by a first reviewer. One
    /// transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was changed in the meantime.
    pub async fn replace(&self, before: &Application, after: &Application) -> Result<(), IdentityError> {
        self.commit_replaced(before, after, Transaction::new()).await
    }

    /// Takes in an appeal: the application is open again. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyApplied`] when its owner applied anew; [`IdentityError::Stale`] when it was changed
    /// in the meantime.
    pub async fn appeal(&self, before: &Application, after: &Application) -> Result<(), IdentityError> {
        let open = OpenRow { application: after.id };
        let reopened = Transaction::new().insert("open", open_key(&after.subject), &open);
        self.commit_replaced(before, after, reopened).await
    }

    async fn commit_replaced(
        &self,
        before: &Application,
        after: &Application,
        with: Transaction,
    ) -> Result<(), IdentityError> {
        let approved = match &before.approved_by {
            Some(first) => Condition::equals("approved_by", first),
            None => Condition::missing("approved_by"),
        };
        let unchanged = Condition::equals("status", before.status)
            .and(Condition::equals("revision", before.revision))
            .and(approved);
        let step = with.put_when("application", key(after.id), &row(after), unchanged);
        self.table.commit(step).await.map_err(|error| {
            if error.failed("application") {
                IdentityError::Stale
            } else if error.failed("open") {
                IdentityError::AlreadyApplied
            } else {
                error.into()
            }
        })
    }

    /// Records that a reviewer looked at an application. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn look(&self, id: ApplicationId, look: &Look) -> Result<(), IdentityError> {
        let place = format!("LOOK#{:.9}#{}", look.at, look.reviewer);
        let expires_at = look.at.as_second().saturating_add(LOOK_SECONDS);
        let key = Key::new(format!("APPLICATION#{id}"), place);
        Ok(self.table.commit(Transaction::new().put("look", key, &LookRow { look, expires_at })).await?)
    }

    /// Withdraws an application: its owner may apply again, and it is erased after thirty days. One
    /// transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyDecided`] when it was decided, corrected or withdrawn in the meantime.
    pub async fn withdraw(&self, file: &File, now: Timestamp) -> Result<Application, IdentityError> {
        let application = &file.application;
        application.withdrawable()?;
        let expires_at = now.as_second().saturating_add(WITHDRAWN_SECONDS);
        let update = Update::new()
            .set("status", Status::Withdrawn)
            .set("decided_at", now)
            .set("expires_at", expires_at)
            .remove("gsi1pk")
            .remove("gsi1sk");
        let mut transaction = Transaction::new()
            .update(
                "application",
                key(application.id),
                update,
                Condition::equals("status", application.status),
            )
            .delete("open", open_key(&application.subject), Condition::default());
        for evidence in file.evidence.iter().chain(&file.earlier) {
            let update = Update::new().set("expires_at", expires_at);
            let place = evidence_key(application.id, evidence);
            transaction = transaction.update("evidence", place, update, Condition::present());
        }
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("application") {
                IdentityError::AlreadyDecided
            } else if error.failed("evidence") {
                IdentityError::Stale
            } else {
                error.into()
            }
        })?;
        Ok(Application { status: Status::Withdrawn, decided_at: Some(now), ..application.clone() })
    }

    /// Keeps a draft in the place of any earlier one. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn save_draft(&self, subject: &str, draft: Draft, now: Timestamp) -> Result<(), IdentityError> {
        let row = DraftRow { draft, expires_at: now.as_second().saturating_add(DRAFT_SECONDS) };
        Ok(self.table.commit(Transaction::new().put("draft", draft_key(subject), &row)).await?)
    }

    /// A person's draft, if there is one. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn draft(&self, subject: &str) -> Result<Option<Draft>, IdentityError> {
        let row: Option<DraftRow> = self.table.get(draft_key(subject)).await?;
        Ok(row.map(|row| row.draft))
    }

    /// Throws a draft away. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn discard_draft(&self, subject: &str) -> Result<(), IdentityError> {
        let step = Transaction::new().delete("draft", draft_key(subject), Condition::default());
        Ok(self.table.commit(step).await?)
    }

    /// A person's applications, newest first. One query.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn of_person(&self, subject: &str) -> Result<Vec<Application>, IdentityError> {
        let query = Query::index("gsi2", format!("SUBJECT#{subject}")).newest_first().limit(PAGE);
        let page = self.table.query(query).await?;
        page.items.into_iter().map(|item| Ok(table::read::<Row>(item)?.application)).collect()
    }

    /// A page of the applications that wait for a reviewer, oldest first. One query.
    ///
    /// # Errors
    /// [`IdentityError::BadCursor`]; storage faults.
    pub async fn in_review(
        &self,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<(Vec<Application>, Option<String>), IdentityError> {
        let query = Query::index("gsi1", "REVIEW").limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let found = page
            .items
            .into_iter()
            .map(|item| Ok(table::read::<Row>(item)?.application))
            .collect::<Result<_, IdentityError>>()?;
        Ok((found, next))
    }

    /// Records that a stage's call is about to be made, for the revision that is being verified.
    ///
    /// # Errors
    /// Storage faults; a conflict when it was recorded before, or the application is not being verified.
    pub async fn begin(&self, id: ApplicationId, intent: &Evidence) -> Result<(), IdentityError> {
        let running = Condition::equals("status", Status::Verifying)
            .and(Condition::equals("revision", intent.revision));
        let step = Transaction::new().insert("evidence", evidence_key(id, intent), intent).check(
            "application",
            key(id),
            running,
        );
        Ok(self.table.commit(step).await?)
    }

    /// Records what a stage found.
    ///
    /// # Errors
    /// Storage faults; a conflict when another finding was recorded.
    pub async fn end(&self, id: ApplicationId, evidence: &Evidence) -> Result<(), IdentityError> {
        let update = Update::new()
            .set("verdict", evidence.verdict)
            .set("transaction", &evidence.transaction)
            .set("codes", &evidence.codes)
            .set("ended_at", evidence.ended_at);
        let open = Condition::present().and(Condition::missing("verdict"));
        let step = Transaction::new().update("evidence", evidence_key(id, evidence), update, open);
        Ok(self.table.commit(step).await?)
    }

    /// Forgets an intent whose call was provably not taken.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn forget(&self, id: ApplicationId, intent: &Evidence) -> Result<(), IdentityError> {
        let step =
            Transaction::new().delete("evidence", evidence_key(id, intent), Condition::missing("verdict"));
        Ok(self.table.commit(step).await?)
    }
}

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

    /// A reviewer's decision, once. One transaction. A reviewer may approve somebody who shares name and
    /// date of birth with a member, but no licence twice.
    ///
    /// # Errors
    /// [`IdentityError::Held`]; [`IdentityError::NotInReview`] when it was decided in the meantime; storage
    /// faults.
    pub async fn review(
        &self,
        application: &Application,
        decision: Decision,
        reviewer: &str,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        match self.carry_out(application, decision, Some(reviewer), now).await {
            // Nobody had looked for a namesake yet: this was the first of two approvals.
            Err(IdentityError::Held(Held::Person)) => {
                let update = Update::new().set("held", Held::Person).set("approved_by", reviewer);
                let unchanged = Condition::equals("status", application.status)
                    .and(Condition::equals("revision", application.revision));
                let step = Transaction::new().update("application", key(application.id), update, unchanged);
                self.table.commit(step).await?;
                Ok(application.status)
            }
            other => other,
        }
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
        let unchanged = Condition::equals("status", application.status)
            .and(Condition::equals("revision", application.revision));
        let person = format!("PERSON#{}", application.subject);
        let (status, reasons) = match decision {
            Decision::Approve => (Status::Approved, Vec::new()),
            Decision::Refer(reasons) => (Status::InReview, reasons),
            Decision::Refuse(reasons) => (Status::Refused, reasons),
        };
        let mut update =
            Update::new().set("status", status).set("reasons", &reasons).set("held", application.held);
        update = match status {
            Status::InReview => update.set("gsi1pk", "REVIEW").set("gsi1sk", queue_key(application)),
            _ => update.set("decided_at", now).remove("gsi1pk").remove("gsi1sk"),
        };
        if let Some(by) = by {
            update = update.set("decided_by", by);
        }
        let mut transaction =
            Transaction::new().update("application", key(application.id), update, unchanged);
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
