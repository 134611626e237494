//! What the stages find, from the record of a call that is about to be made to its end.

use contracts::{Envelope, identity::ApplicationSubmitted};
use kernel::{Timestamp, id::ApplicationId};
use table::{Condition, Transaction, Update};

use super::{Applications, evidence_key, key, row, stale, unchanged};
use crate::{
    IdentityError,
    application::{Application, Status},
    evidence::{Evidence, Finding, Quiz, Verdict},
};

/// That a stage's questions stand where they stood.
fn asking(evidence: &Evidence) -> Condition {
    let quiz = match evidence.quiz {
        Some(quiz) => Condition::equals("quiz", quiz),
        None => Condition::missing("quiz"),
    };
    Condition::equals("verdict", Verdict::Ask).and(quiz)
}

impl Applications {
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
