//! Takes in members whom the identity zone has activated, the names they are shown under, and that they left, from
//! `identity.member_activated.v1`, `identity.member_shown.v1` and `identity.member_left.v1`.

use community::member::Members;
use contracts::identity::{MemberActivated, MemberLeft, MemberShown};
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The members.
    pub store: Members,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let table = config::only_table().await?;
        Ok(Self { store: Members::new(table) })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record)).await)
    }

    async fn one(&self, record: &Record) -> Result<(), Unhandled> {
        let delivery = Delivery::read(record)?;
        let done = if let Some(activated) = delivery.message::<MemberActivated>()? {
            self.store.admit(&activated).await
        } else if let Some(left) = delivery.message::<MemberLeft>()? {
            self.store.leave(&left).await
        } else {
            let shown = delivery.message::<MemberShown>()?.ok_or(Unhandled::Unknown)?;
            self.store.show(&shown).await
        };
        done.map_err(|error| Unhandled::Failed(error.to_string()))
    }
}
