//! The rows of applications.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `APPLICATION#<id>` | `APPLICATION` | the application; `gsi1` `REVIEW` while it waits for a reviewer, `DUE` while an answer of the applicant's or the end of its keeping is awaited; `gsi2` `SUBJECT#<person>` |
//! | `APPLICATION#<id>` | `EVIDENCE#<revision>#<stage>` | what a stage found of a revision |
//! | `APPLICATION#<id>` | `EVIDENCE#<revision>#monitor#<time>` | what a register told of a revision after its approval |
//! | `APPLICATION#<id>` | `LOOK#<time>#<reviewer>` | that a reviewer looked at it; kept for three years |
//! | `PERSON#<person>` | `OPEN` | the one application that is open or approved |

mod endings;
mod stages;

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
    evidence::{Evidence, Verdict},
    member::Suspension,
    unique::Held,
};

const PAGE: i32 = 25;

/// The list of the applications that are looked at again though nobody does anything.
const DUE: &str = "DUE";

/// How long it is kept who looked at an application, in seconds.
const LOOK_SECONDS: i64 = 3 * 365 * 24 * 3600;

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
}
