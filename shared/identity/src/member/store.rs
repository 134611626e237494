//! The rows of members in the identity zone.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `CREDENTIAL` | what was verified, and of whom |
//! | `PERSON#<person>` | `CONSENT#real_name` | the consent to appear under the legal name, and its withdrawal |
//! | `PERSON#<person>` | `LINK` | the member id, sealed |
//! | `MEMBER#<member>` | `LINK` | the person, sealed |
//! | `MEMBER#<member>` | `PERSONA` | the screen name, since when, and whether the legal name is shown |
//! | `SCREENNAME#<skeleton>` | `NAME` | the name as it was spelt, and the member who took it: for ever |

use contracts::{
    Envelope,
    identity::{MemberActivated, MemberShown},
};
use kernel::{Timestamp, id::MemberId, session::Clinician};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Query, Table, Transaction, Update};

use super::{
    Activation, CredentialRow, Persona, REAL_NAME_CONSENT, Suspension,
    release::{self, News, ReleaseRow},
};
use crate::{IdentityError, contact::reachable, screen_name::ScreenName};

#[derive(Debug, Serialize, Deserialize)]
struct LinkRow {
    sealed: String,
}

#[derive(Debug, Serialize)]
struct NameRow {
    spelt: ScreenName,
    member: MemberId,
}

#[derive(Debug, Serialize)]
struct ConsentRow {
    version: &'static str,
    given_at: Timestamp,
    withdrawn_at: Option<Timestamp>,
}

fn persona_key(member: MemberId) -> Key {
    Key::new(format!("MEMBER#{member}"), "PERSONA")
}

fn name_key(name: &ScreenName) -> Key {
    Key::new(format!("SCREENNAME#{}", name.skeleton()), "NAME")
}

/// What the zone holds of a person that a session needs.
#[derive(Debug, Default)]
pub struct Standing {
    /// What was verified, if anything was.
    pub clinician: Option<Clinician>,
    /// The legal name that was verified.
    pub name: Option<String>,
    /// The sealed member id, if there is one.
    pub sealed: Option<String>,
    /// As what they are counted and written to: nothing until they have taken a screen name.
    pub counted: Option<Counted>,
    /// Why they may read and not write, if that is so.
    pub suspension: Option<Suspension>,
}

impl Standing {
    /// Whether they have taken a screen name.
    pub const fn joined(&self) -> bool {
        self.counted.is_some()
    }

    /// As what they were counted before and are to be now, if they were verified as something else since.
    pub fn recount(&self) -> Option<(Counted, Clinician)> {
        Some((self.counted?, self.clinician?)).filter(|(before, after)| before.clinician != *after)
    }
}

/// As what a member is counted and written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Counted {
    /// What was verified.
    pub clinician: Clinician,
    /// How often they were counted as something else before, and once more.
    #[serde(default)]
    pub revision: i64,
}

/// The store of members.
#[derive(Debug, Clone)]
pub struct Members {
    table: Table,
}

impl Members {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// What a session needs to know of a person. One query. A suspension that was not appealed against in time
    /// ends the verification, never the membership.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn standing(&self, subject: &str, now: Timestamp) -> Result<Standing, IdentityError> {
        let page = self.table.query(Query::partition(format!("PERSON#{subject}"))).await?;
        let mut standing = Standing::default();
        for item in page.items {
            match table::sort_key(&item) {
                "CREDENTIAL" => {
                    let credential: CredentialRow = table::read(item)?;
                    if credential.suspended.as_ref().is_some_and(|suspension| suspension.until < now) {
                        continue;
                    }
                    standing.suspension = credential.suspended;
                    standing.clinician = Some(credential.clinician);
                    standing.name = Some(credential.name);
                }
                "CONTACT" if item.contains_key("gsi1pk") => standing.counted = Some(table::read(item)?),
                "LINK" => standing.sealed = Some(table::read::<LinkRow>(item)?.sealed),
                _ => {}
            }
        }
        Ok(standing)
    }

    /// The sealed person behind a member id. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn sealed_person(&self, member: MemberId) -> Result<Option<String>, IdentityError> {
        let row: Option<LinkRow> = self.table.get(Key::new(format!("MEMBER#{member}"), "LINK")).await?;
        Ok(row.map(|row| row.sealed))
    }

    /// How a member is shown, once they have taken a screen name. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn persona(&self, member: MemberId) -> Result<Option<Persona>, IdentityError> {
        Ok(self.table.get(persona_key(member)).await?)
    }

    /// Shows a member otherwise than before: under another screen name, or under their legal name and back.
    /// A name that was taken once is nobody else's ever after. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::NameTaken`]; [`IdentityError::Stale`] when it was changed in the meantime; storage
    /// faults.
    pub async fn show(
        &self,
        (subject, member): (&str, MemberId),
        (before, after): (&Persona, &Persona),
        legal_name: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let shown = MemberShown {
            member,
            screen_name: after.screen_name.to_string(),
            real_name: after.real_name.then(|| legal_name.to_owned()),
            revision: after.revision,
        };
        let unchanged = Condition::equals("revision", before.revision);
        let mut transaction = Transaction::new()
            .put_when("persona", persona_key(member), after, unchanged)
            .announce(&Envelope::new(now, shown));
        if before.screen_name.skeleton() != after.screen_name.skeleton() {
            let row = NameRow { spelt: after.screen_name.clone(), member };
            transaction = transaction.insert("name", name_key(&after.screen_name), &row);
        }
        let consent = Key::new(format!("PERSON#{subject}"), "CONSENT#real_name");
        transaction = match (before.real_name, after.real_name) {
            (false, true) => {
                let row = ConsentRow { version: REAL_NAME_CONSENT, given_at: now, withdrawn_at: None };
                transaction.put("consent", consent, &row)
            }
            (true, false) => {
                let update = Update::new().set("withdrawn_at", now);
                transaction.update("consent", consent, update, Condition::present())
            }
            _ => transaction,
        };
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("persona") {
                IdentityError::Stale
            } else if error.failed("name") {
                IdentityError::NameTaken
            } else {
                error.into()
            }
        })
    }

    /// Makes a verified person a member: reserves the name, writes the link, opens their contact to
    /// broadcasts, and has the member announced in a while. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::NameTaken`], [`IdentityError::AlreadyMember`], storage faults.
    pub async fn activate(
        &self,
        activation: &Activation,
        screen_name: &ScreenName,
        clinician: Clinician,
    ) -> Result<(), IdentityError> {
        let news = News::Activated(MemberActivated {
            member: activation.member,
            screen_name: screen_name.to_string(),
            clinician,
            revision: 1,
        });
        let name = NameRow { spelt: screen_name.clone(), member: activation.member };
        let persona = Persona::new(screen_name.clone(), activation.now);
        let transaction = self
            .link(activation)
            .insert("name", name_key(screen_name), &name)
            .insert("persona", persona_key(activation.member), &persona)
            .put("release", release::key(activation.member), &ReleaseRow { due: activation.due, news });
        let transaction = reachable(transaction, &activation.subject, (None, clinician));
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("person") || error.failed("contact") || error.failed("persona") {
                IdentityError::AlreadyMember
            } else if error.failed("name") {
                IdentityError::NameTaken
            } else {
                error.into()
            }
        })
    }

    /// Has a member who was verified as something else than before written to as that, and the community told in a
    /// while. One read and one transaction; nothing if it was done in the meantime.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn recount(
        &self,
        (subject, member): (&str, MemberId),
        (before, clinician): (Counted, Clinician),
        due: Timestamp,
    ) -> Result<(), IdentityError> {
        let Some(persona) = self.persona(member).await? else { return Ok(()) };
        let screen_name = persona.screen_name.to_string();
        let revision = before.revision.saturating_add(1);
        let news = News::Activated(MemberActivated { member, screen_name, clinician, revision });
        let step = Transaction::new().put("release", release::key(member), &ReleaseRow { due, news });
        match self.table.commit(reachable(step, subject, (Some(before), clinician))).await {
            Err(error) if !error.failed("contact") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Gives staff who are no clinicians a pseudonym. One transaction; false if they had one.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn enrol_staff(&self, activation: &Activation) -> Result<bool, IdentityError> {
        match self.table.commit(self.link(activation)).await {
            Ok(()) => Ok(true),
            Err(error) if error.failed("person") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn link(&self, activation: &Activation) -> Transaction {
        let Some(link) = &activation.link else { return Transaction::new() };
        let to_member = LinkRow { sealed: link.to_member.clone() };
        let to_person = LinkRow { sealed: link.to_person.clone() };
        Transaction::new()
            .insert("person", Key::new(format!("PERSON#{}", activation.subject), "LINK"), &to_member)
            .insert("member", Key::new(format!("MEMBER#{}", activation.member), "LINK"), &to_person)
    }
}
