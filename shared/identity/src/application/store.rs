//! The rows of applications.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `APPLICATION#<id>` | `APPLICATION` | the application; `gsi1` `REVIEW` while it waits for a reviewer, `DUE` while an answer of the applicant's or the end of its keeping is awaited; `gsi2` `SUBJECT#<person>` |
//! | `APPLICATION#<id>` | `EVIDENCE#<revision>#<stage>` | what a stage found of a revision |
//! | `APPLICATION#<id>` | `EVIDENCE#<revision>#monitor#<time>` | what a register told of a revision after its approval |
//! | `APPLICATION#<id>` | `LOOK#<time>#<reviewer>` | that a reviewer looked at it; kept for three years |
//! | `PERSON#<person>` | `OPEN` | the one application that is open or approved |

use contracts::{
    Envelope,
    identity::{ApplicationMoved, ApplicationSubmitted},
};
use kernel::{
    Timestamp,
    id::{ApplicationId, DocumentId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Key, OnceKey, Query, Stored, Table, TableError, Transaction, Update};
use utoipa::ToSchema;

use super::{
    Application, Status, draft,
    tries::{self, Tries},
};
use crate::{
    IdentityError,
    document::{self, Document, OfferedRow},
    evidence::{Evidence, Finding, Quiz, Verdict},
    member::Suspension,
    unique::Held,
};

const PAGE: i32 = 25;

/// The list of the applications that are looked at again though nobody does anything.
const DUE: &str = "DUE";

/// How many of them one query lists.
const MOST_DUE: i32 = 100;

/// How long it is kept who looked at an application, in seconds.
const LOOK_SECONDS: i64 = 3 * 365 * 24 * 3600;

/// How long a withdrawn application is kept, in seconds.
const WITHDRAWN_SECONDS: i64 = 30 * 24 * 3600;

/// The store of applications.
#[derive(Debug, Clone)]
pub struct Applications {
    pub(super) table: Table,
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
    /// The documents that were shown for it, oldest first.
    pub documents: Vec<Document>,
    /// How many uploads were offered.
    pub offered: i64,
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
    /// Which document they opened, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
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

#[derive(Serialize)]
struct LookRow<'a> {
    #[serde(flatten)]
    look: &'a Look,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct OpenRow {
    pub(super) application: ApplicationId,
}

pub(crate) fn key(id: ApplicationId) -> Key {
    Key::new(format!("APPLICATION#{id}"), "APPLICATION")
}

fn evidence_key(id: ApplicationId, evidence: &Evidence) -> Key {
    let place = format!("EVIDENCE#{:02}#{}", evidence.revision, evidence.stage.name());
    Key::new(format!("APPLICATION#{id}"), place)
}

/// Where it stands what a register told after the approval.
pub(super) fn monitor_key(id: ApplicationId, evidence: &Evidence) -> Key {
    let place = format!("EVIDENCE#{:02}#monitor#{:.9}", evidence.revision, evidence.begun_at);
    Key::new(format!("APPLICATION#{id}"), place)
}

/// In which list an application stands, and where: of those that wait for a reviewer, or of those that are looked at
/// again though nobody does anything.
pub(super) fn list(application: &Application) -> Option<(String, String)> {
    let waits = application.status == Status::InReview || application.pending_correction().is_some();
    if waits {
        return Some(("REVIEW".to_owned(), format!("{:.9}#{}", application.submitted_at, application.id)));
    }
    application.due().map(|due| (DUE.to_owned(), format!("{due:.9}#{}", application.id)))
}

fn row(application: &Application) -> Row {
    let (gsi1pk, gsi1sk) = list(application).unzip();
    Row {
        application: application.clone(),
        gsi1pk,
        gsi1sk,
        gsi2pk: format!("SUBJECT#{}", application.subject),
        gsi2sk: application.id.to_string(),
    }
}

pub(super) fn open_key(subject: &str) -> Key {
    Key::new(format!("PERSON#{subject}"), "OPEN")
}

/// Tells that nothing of an application waits for a decision any more.
pub(crate) fn moved(application: ApplicationId, now: Timestamp) -> Envelope<ApplicationMoved> {
    Envelope::new(now, ApplicationMoved { application })
}

/// Puts an application in its predecessor's place, in one transaction with other steps.
pub(super) async fn replace(
    table: &Table,
    before: &Application,
    after: &Application,
    with: Transaction,
) -> Result<(), IdentityError> {
    let approved = match &before.approved_by {
        Some(first) => Condition::equals("approved_by", first),
        None => Condition::missing("approved_by"),
    };
    let corrected = Condition::missing_or_equals("corrections", &before.corrections);
    let unchanged = unchanged(before).and(approved).and(corrected);
    let step = with.put_when("application", key(after.id), &row(after), unchanged);
    table.commit(step).await.map_err(|error| {
        if error.failed("application") || error.failed("credential") {
            IdentityError::Stale
        } else if error.failed("person") {
            IdentityError::Held(Held::Person)
        } else if error.failed("open") {
            IdentityError::AlreadyApplied
        } else {
            error.into()
        }
    })
}

/// Has the table forget an application's evidence and documents from then on.
fn forget(transaction: Transaction, file: &File, expires_at: i64) -> Transaction {
    let id = file.application.id;
    let evidence = file.evidence.iter().chain(&file.earlier);
    let places = evidence.map(|one| evidence_key(id, one));
    let places = places.chain(file.documents.iter().map(|one| document::key(id, one.id)));
    let expires = || Update::new().set("expires_at", expires_at);
    let step = places
        .fold(transaction, |step, place| step.update("evidence", place, expires(), Condition::present()));
    // Nothing was offered in the meantime that would be kept.
    let count = document::count_key(id);
    if file.offered == 0 {
        step.check("evidence", count, Condition::absent())
    } else {
        step.update("evidence", count, expires(), Condition::equals("offered", file.offered))
    }
}

/// That a stage's questions stand where they stood.
fn asking(evidence: &Evidence) -> Condition {
    let quiz = match evidence.quiz {
        Some(quiz) => Condition::equals("quiz", quiz),
        None => Condition::missing("quiz"),
    };
    Condition::equals("verdict", Verdict::Ask).and(quiz)
}

fn stale(error: TableError) -> IdentityError {
    if error.failed("evidence") || error.failed("application") { IdentityError::Stale } else { error.into() }
}

/// That an application stands where it stood, in the revision that it had.
pub(super) fn unchanged(application: &Application) -> Condition {
    Condition::equals("status", application.status).and(Condition::equals("revision", application.revision))
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
    /// [`IdentityError::AlreadyApplied`] when the person has one that is open or approved;
    /// [`IdentityError::AppliedTooOften`].
    pub async fn submit(
        &self,
        application: &Application,
        tries: &Tries,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), IdentityError> {
        let announced =
            Envelope::new(application.submitted_at, ApplicationSubmitted { application: application.id });
        let transaction = Transaction::new()
            .insert("application", key(application.id), &row(application))
            .insert("open", open_key(&application.subject), &OpenRow { application: application.id })
            .delete("draft", draft::key(&application.subject), Condition::default())
            .once(Some(once), stored)
            .announce(&announced);
        let now = application.submitted_at;
        let transaction = tries::count(transaction, &application.subject, tries, now)?;
        self.table.commit(transaction).await.map_err(|error| {
            // Whoever counted in the meantime has applied in the meantime.
            let applied = error.failed("open") || error.failed("tries");
            if applied { IdentityError::AlreadyApplied } else { error.into() }
        })
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
        let (mut documents, mut offered) = (Vec::new(), 0);
        for item in page.items {
            match table::sort_key(&item) {
                "APPLICATION" => application = Some(table::read::<Row>(item)?.application),
                place if place.starts_with("LOOK#") => looks.push(table::read(item)?),
                place if place.starts_with(document::PLACE) => documents.push(table::read(item)?),
                document::OFFERED => offered = table::read::<OfferedRow>(item)?.offered,
                _ => found.push(table::read(item)?),
            }
        }
        Ok(application.map(|application| {
            let (evidence, earlier) = found.into_iter().partition(|one| one.revision == application.revision);
            File { application, evidence, earlier, documents, offered, looks }
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
        let mut transaction = Transaction::new()
            .put_when("application", key(after.id), &row(after), unchanged(before))
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

    /// Puts an application in its predecessor's place: asked about, answered. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was changed in the meantime.
    pub async fn replace(&self, before: &Application, after: &Application) -> Result<(), IdentityError> {
        self.replace_with(before, after, Transaction::new()).await
    }

    /// A reviewer asks the applicant, who is told. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was changed in the meantime.
    pub async fn ask(
        &self,
        before: &Application,
        after: &Application,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.replace_with(before, after, Transaction::new().announce(&moved(after.id, now))).await
    }

    /// The same as [`Self::replace`], with other steps.
    pub(crate) async fn replace_with(
        &self,
        before: &Application,
        after: &Application,
        with: Transaction,
    ) -> Result<(), IdentityError> {
        replace(&self.table, before, after, with).await
    }

    /// Records how far the applicant has come with the questions, from where they were. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when they have come further in the meantime.
    pub async fn quiz(
        &self,
        id: ApplicationId,
        evidence: &Evidence,
        quiz: Quiz,
    ) -> Result<(), IdentityError> {
        let update = Update::new().set("quiz", quiz);
        let step =
            Transaction::new().update("evidence", evidence_key(id, evidence), update, asking(evidence));
        self.table.commit(step).await.map_err(stale)
    }

    /// Ends the stage whose questions were asked, and announces the application to the workflow, which goes on.
    /// One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was ended, corrected or withdrawn in the meantime.
    pub async fn conclude(
        &self,
        before: &Application,
        evidence: &Evidence,
        finding: Finding,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        // What came of the questions says more than what made us ask them.
        let codes: Vec<String> = finding.codes.into_iter().chain(evidence.codes.iter().cloned()).collect();
        let update = Update::new()
            .set("verdict", finding.verdict)
            .set("codes", codes)
            .set("ended_at", now)
            .remove("quiz");
        let announced = Envelope::new(now, ApplicationSubmitted { application: before.id });
        let step = Transaction::new()
            .update("evidence", evidence_key(before.id, evidence), update, asking(evidence))
            .put_when("application", key(before.id), &row(&before.resumed()), unchanged(before))
            .announce(&announced);
        self.table.commit(step).await.map_err(stale)
    }

    /// Takes in an appeal: the application is open again. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyApplied`] when its owner applied anew; [`IdentityError::Stale`] when it was changed
    /// in the meantime.
    pub async fn appeal(&self, before: &Application, after: &Application) -> Result<(), IdentityError> {
        let open = OpenRow { application: after.id };
        let mut reopened = Transaction::new().insert("open", open_key(&after.subject), &open);
        if let Some(since) = after.suspended_at {
            // As long as it is not decided, the suspension does not run out.
            let reasons = before.reasons.clone();
            let suspension = Suspension { application: after.id, reasons, since, until: Timestamp::MAX };
            let credential = Key::new(format!("PERSON#{}", after.subject), "CREDENTIAL");
            let own = Condition::equals("application", after.id);
            let update = Update::new().set("suspended", suspension);
            reopened = reopened.update("credential", credential, update, own);
        }
        self.replace_with(before, after, reopened).await
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

    /// Withdraws an application: its owner may apply again, its documents are deleted, and it is erased after
    /// thirty days. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyDecided`] when it was decided; [`IdentityError::Stale`] when it was changed, a stage
    /// ended or an upload was offered in the meantime.
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
        let transaction = Transaction::new()
            .update("application", key(application.id), update, unchanged(application))
            .delete("open", open_key(&application.subject), Condition::default())
            .announce(&moved(application.id, now));
        let transaction = forget(transaction, file, expires_at);
        self.table.commit(transaction).await.map_err(|error| {
            let changed = error.failed("application") || error.failed("evidence");
            if changed { IdentityError::Stale } else { error.into() }
        })?;
        Ok(Application { status: Status::Withdrawn, decided_at: Some(now), ..application.clone() })
    }

    /// The applications that are to be looked at again. A query for each hundred.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<ApplicationId>, IdentityError> {
        let query = Query::index("gsi1", DUE).between("0", format!("{now:.9}~")).limit(MOST_DUE);
        let (mut found, mut next) = (Vec::new(), Some(query.clone()));
        while let Some(one) = next {
            let page = self.table.query(one).await?;
            for item in page.items {
                found.push(table::read::<Row>(item)?.application.id);
            }
            next = page.next.map(|position| query.clone().after(position));
        }
        Ok(found)
    }

    /// Lets the table forget a refused application that was kept long enough. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was appealed against in the meantime.
    pub async fn forget_refused(&self, file: &File, now: Timestamp) -> Result<(), IdentityError> {
        let application = &file.application;
        let expires_at = now.as_second();
        let update = Update::new().set("expires_at", expires_at).remove("gsi1pk").remove("gsi1sk");
        let step =
            Transaction::new().update("application", key(application.id), update, unchanged(application));
        self.table.commit(forget(step, file, expires_at)).await.map_err(stale)
    }

    /// The application of a person that is open or approved, if there is one. Two reads.
    ///
    /// # Errors
    /// Storage faults.
    pub(crate) async fn open(&self, subject: &str) -> Result<Option<Application>, IdentityError> {
        let row: Option<OpenRow> = self.table.get(open_key(subject)).await?;
        match row {
            Some(row) => self.find(row.application).await,
            None => Ok(None),
        }
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
