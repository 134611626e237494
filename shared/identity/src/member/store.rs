//! The rows of members in the identity zone.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `CREDENTIAL` | what was verified |
//! | `PERSON#<person>` | `LINK` | the member id, sealed |
//! | `MEMBER#<member>` | `LINK` | the person, sealed |
//! | `SCREENNAME#<skeleton>` | `NAME` | the name as it is spelt, and the member who has it |

use contracts::{Envelope, identity::MemberActivated};
use kernel::{id::MemberId, session::Clinician};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Query, Table, Transaction, Update};

use super::{Activation, CredentialRow};
use crate::{IdentityError, contact::audience_keys, screen_name::ScreenName};

#[derive(Debug, Serialize, Deserialize)]
struct LinkRow {
    sealed: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct NameRow {
    spelt: ScreenName,
    member: MemberId,
}

fn name_key(name: &ScreenName) -> Key {
    Key::new(format!("SCREENNAME#{}", name.skeleton()), "NAME")
}

/// What the zone holds of a person that a session needs.
#[derive(Debug, Default)]
pub struct Standing {
    /// What was verified, if anything was.
    pub clinician: Option<Clinician>,
    /// The sealed member id, if there is one.
    pub sealed: Option<String>,
    /// Whether they have taken a screen name.
    pub joined: bool,
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

    /// What a session needs to know of a person. One query.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn standing(&self, subject: &str) -> Result<Standing, IdentityError> {
        let page = self.table.query(Query::partition(format!("PERSON#{subject}"))).await?;
        let mut standing = Standing::default();
        for item in page.items {
            match table::sort_key(&item) {
                "CREDENTIAL" => standing.clinician = Some(table::read::<CredentialRow>(item)?.clinician),
                "CONTACT" => standing.joined = item.contains_key("gsi1pk"),
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

    /// Whether a member has that screen name, spelt so. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn is_named(&self, member: MemberId, name: &ScreenName) -> Result<bool, IdentityError> {
        let row: Option<NameRow> = self.table.get(name_key(name)).await?;
        Ok(row.is_some_and(|row| row.member == member && row.spelt == *name))
    }

    /// Makes a verified person a member: reserves the name, writes the link, opens their contact to
    /// broadcasts, and announces the member. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::NameTaken`], [`IdentityError::AlreadyMember`], storage faults.
    pub async fn activate(
        &self,
        activation: &Activation,
        screen_name: &ScreenName,
        clinician: Clinician,
    ) -> Result<(), IdentityError> {
        let person = format!("PERSON#{}", activation.subject);
        let (gsi1pk, gsi1sk) = audience_keys(&activation.subject, clinician.specialty);
        let announced = Envelope::new(
            activation.now,
            MemberActivated { member: activation.member, screen_name: screen_name.to_string(), clinician },
        );
        let name = NameRow { spelt: screen_name.clone(), member: activation.member };
        let transaction = self
            .link(activation)
            .insert("name", name_key(screen_name), &name)
            .update(
                "contact",
                Key::new(person, "CONTACT"),
                Update::new().set("gsi1pk", gsi1pk).set("gsi1sk", gsi1sk),
                Condition::present().and(Condition::missing("gsi1pk")),
            )
            .announce(&announced);
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("person") || error.failed("contact") {
                IdentityError::AlreadyMember
            } else if error.failed("name") {
                IdentityError::NameTaken
            } else {
                error.into()
            }
        })
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
