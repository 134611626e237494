//! The rows of organisations.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CONTRACT#<contract>` | `CONTRACT` | the contract |
//! | `KEY#<sha-256>` | `KEY` | which contract an API key opens |
//! | `ORGANISATION#<organisation>` | `ENDPOINTS` | how many webhook endpoints there are |

use std::collections::BTreeSet;

use kernel::id::{ContractId, OrganisationId};
use serde::{Deserialize, Serialize};
use table::{Key, OnceKey, Stored, Table, Transaction};

use super::{ApiKey, Contract};
use crate::PartnersError;

/// The store of organisations.
#[derive(Debug, Clone)]
pub struct Organisations {
    table: Table,
}

#[derive(Serialize, Deserialize)]
struct KeyRow {
    contract: ContractId,
}

#[derive(Serialize)]
struct CountRow {
    count: i64,
}

/// The row that counts an organisation's endpoints.
pub(crate) fn count_key(organisation: OrganisationId) -> Key {
    Key::new(format!("ORGANISATION#{organisation}"), "ENDPOINTS")
}

fn contract_key(contract: ContractId) -> Key {
    Key::new(format!("CONTRACT#{contract}"), "CONTRACT")
}

impl Organisations {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Keeps a new contract and its key. One transaction. `stored` must not hold the key.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn create(
        &self,
        contract: &Contract,
        api_key: &ApiKey,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), PartnersError> {
        let transaction = Transaction::new()
            .insert("contract", contract_key(contract.id), contract)
            .insert(
                "key",
                Key::new(format!("KEY#{}", api_key.hash()), "KEY"),
                &KeyRow { contract: contract.id },
            )
            .insert("count", count_key(contract.organisation), &CountRow { count: 0 })
            .once(Some(once), stored);
        Ok(self.table.commit(transaction).await?)
    }

    /// The contract that an API key opens. Two reads.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn by_key(&self, api_key: &ApiKey) -> Result<Option<Contract>, PartnersError> {
        let row: Option<KeyRow> = self.table.get(Key::new(format!("KEY#{}", api_key.hash()), "KEY")).await?;
        match row {
            Some(row) => self.contract(row.contract).await,
            None => Ok(None),
        }
    }

    /// Those contracts, in no order. One read a hundred.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn contracts(&self, ids: &BTreeSet<ContractId>) -> Result<Vec<Contract>, PartnersError> {
        let found = self.table.get_many(ids.iter().map(|id| contract_key(*id))).await?;
        found.into_iter().map(|item| Ok(table::read(item)?)).collect()
    }

    /// A contract by its id. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn contract(&self, id: ContractId) -> Result<Option<Contract>, PartnersError> {
        Ok(self.table.get(contract_key(id)).await?)
    }
}
