//! After the approval: what registers tell of licences that members hold. A licence that lapses suspends its
//! holder, who may read and not write, until an appeal, the register or a new application settles it.

use std::collections::HashMap;

use kernel::Timestamp;
use providers::Record;

use crate::{
    IdentityError,
    application::{Application, Decisions, File, Status},
    evidence::{Evidence, Stage, Verdict},
    rules,
    unique::{Holder, Number},
};

/// How many holders are looked up at once: the most that one read takes.
const AT_ONCE: usize = 100;

/// What a register tells of a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The numbers that the register knows its holder by.
    pub numbers: Vec<Number>,
    /// Why the licence does not stand any more; nothing if it does.
    pub lapsed: Vec<&'static str>,
    /// The register's own id of the record.
    pub reference: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// How many members were suspended.
    pub suspended: usize,
    /// How many may write again.
    pub reinstated: usize,
}

impl Told {
    /// What a register's record tells.
    pub fn of(numbers: Vec<Number>, record: &Record) -> Self {
        let reasons = [(!record.active, "licence_not_active"), (record.deceased, "recorded_as_deceased")];
        let lapsed = reasons.into_iter().filter_map(|(holds, code)| holds.then_some(code)).collect();
        Self { numbers, lapsed, reference: record.reference.clone() }
    }
}

impl Decisions {
    /// Acts upon what a register tells of licences, most of which are no member's. A read for every hundred
    /// numbers, and for a member's licence whose standing has changed a query and a transaction.
    ///
    /// Told again, it changes nothing.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn hear(
        &self,
        provider: &'static str,
        told: &[Told],
        now: Timestamp,
    ) -> Result<Heard, IdentityError> {
        let mut heard = Heard::default();
        for some in told.chunks(AT_ONCE / 2) {
            let holders = self.holders(some.iter().flat_map(|one| &one.numbers)).await?;
            for one in some {
                let Some(holder) = holder_of(one, &holders) else { continue };
                match self.hear_of(provider, one, holder, now).await? {
                    Some(Status::Suspended) => heard.suspended += 1,
                    Some(_) => heard.reinstated += 1,
                    None => {}
                }
            }
        }
        Ok(heard)
    }

    /// The new status of the holder's application, if it has changed.
    async fn hear_of(
        &self,
        provider: &'static str,
        told: &Told,
        holder: &Holder,
        now: Timestamp,
    ) -> Result<Option<Status>, IdentityError> {
        let Some(id) = holder.application else { return Ok(None) };
        let Some(File { application, evidence: known, .. }) = self.file(id).await? else { return Ok(None) };
        let verdict = if told.lapsed.is_empty() { Verdict::Pass } else { Verdict::Fail };
        let evidence = Evidence {
            stage: Stage::Licence,
            revision: application.revision,
            provider: provider.to_owned(),
            verdict: Some(verdict),
            transaction: told.reference.clone(),
            codes: told.lapsed.iter().map(|code| (*code).to_owned()).collect(),
            rules: rules::VERSION.to_owned(),
            begun_at: now,
            ended_at: Some(now),
            quiz: None,
        };
        if !is_news(&application, &known, &evidence) {
            return Ok(None);
        }
        let changed = match (application.status, verdict) {
            (Status::Approved, Verdict::Fail) => self.suspend(&application, &evidence, now).await,
            (Status::Suspended, Verdict::Pass) => self.reinstate(&application, &evidence, now).await,
            // The licence stands again for one whose suspension a reviewer has lifted: a later lapse is news.
            (Status::Approved, Verdict::Pass) => {
                self.note(application.id, &evidence).await?;
                return Ok(None);
            }
            _ => return Ok(None),
        };
        match changed {
            Ok(status) => Ok(Some(status)),
            // Somebody else was faster, or has applied anew.
            Err(IdentityError::Stale | IdentityError::AlreadyApplied) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a register tells something else than it did before. What a reviewer has weighed is not told again; and
/// only the register that told of a lapse can tell of its end.
fn is_news(application: &Application, known: &[Evidence], told: &Evidence) -> bool {
    let since =
        known.iter().rposition(|one| one.provider == told.provider && one.verdict == Some(Verdict::Pass));
    let known = known.get(since.map_or(0, |place| place + 1)..).unwrap_or_default();
    let last = known.iter().rfind(|one| one.provider == told.provider);
    if told.verdict == Some(Verdict::Pass) {
        return last.is_some();
    }
    let weighed = application.decided_by.is_some()
        && told.codes.iter().all(|code| known.iter().any(|one| one.codes.contains(code)));
    let repeated = last.is_some_and(|one| one.codes == told.codes);
    !weighed && !repeated
}

fn holder_of<'a>(told: &Told, holders: &'a HashMap<Number, Holder>) -> Option<&'a Holder> {
    told.numbers.iter().find_map(|number| holders.get(number))
}
