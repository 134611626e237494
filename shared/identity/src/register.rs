//! The register of the General Medical Council, as it was loaded from its files.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `REGISTER#GMC#<number>` | `DOCTOR` | a doctor, and the day of the file that told of them |
//! | `REGISTER#GMC` | `LOADED` | since when its entries hold, and the day of the last file that was read |

use jiff::civil::Date;
use kernel::SignedDuration;
use providers::gmc::Doctor;
use serde::{Deserialize, Serialize};
use table::{Key, Table, Transaction};

use crate::IdentityError;

/// How many rows one transaction writes: the most that DynamoDB takes.
const BATCH: usize = 100;

/// For how many days a register is taken at its word.
const FRESH_DAYS: i32 = 7;

/// How far the register is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// Who was told of before that day is in the register no more.
    pub full: Date,
    /// The day of the last file that was read.
    pub read: Date,
}

#[derive(Serialize, Deserialize)]
struct Row {
    doctor: Doctor,
    told: Date,
}

/// What the register says of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The doctor, if there is one.
    pub doctor: Option<Doctor>,
    /// Whether the register was loaded lately enough to be taken at its word.
    pub fresh: bool,
}

/// The store of the register.
#[derive(Debug, Clone)]
pub struct Register {
    table: Table,
}

fn loaded_key() -> Key {
    Key::new("REGISTER#GMC", "LOADED")
}

fn key(number: &str) -> Key {
    Key::new(format!("REGISTER#GMC#{number}"), "DOCTOR")
}

impl Register {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// How far the register is loaded, if it ever was. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn loaded(&self) -> Result<Option<Loaded>, IdentityError> {
        Ok(self.table.get(loaded_key()).await?)
    }

    /// What the register says of a number. One read. Who was not in the last full file is in it no more.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn find(&self, number: &str, today: Date) -> Result<Entry, IdentityError> {
        let items = self.table.get_many([key(number), loaded_key()]).await?;
        let (mut row, mut loaded) = (None::<Row>, None::<Loaded>);
        for item in items {
            match table::sort_key(&item) {
                "DOCTOR" => row = Some(table::read(item)?),
                _ => loaded = Some(table::read(item)?),
            }
        }
        let Some(loaded) = loaded else { return Ok(Entry { doctor: None, fresh: false }) };
        let oldest = today.checked_sub(SignedDuration::from_hours(24 * i64::from(FRESH_DAYS)));
        let fresh = oldest.is_ok_and(|oldest| loaded.read >= oldest);
        let doctor = row.filter(|row| row.told >= loaded.full).map(|row| row.doctor);
        Ok(Entry { doctor, fresh })
    }

    /// Writes doctors as a file of that day tells of them. A transaction for every hundred.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn write(&self, doctors: &[Doctor], told: Date) -> Result<(), IdentityError> {
        for some in doctors.chunks(BATCH) {
            let step = some.iter().fold(Transaction::new(), |step, doctor| {
                step.put("doctor", key(&doctor.number), &Row { doctor: doctor.clone(), told })
            });
            self.table.commit(step).await?;
        }
        Ok(())
    }

    /// Notes how far the register is loaded. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn note(&self, loaded: Loaded) -> Result<(), IdentityError> {
        Ok(self.table.commit(Transaction::new().put("loaded", loaded_key(), &loaded)).await?)
    }
}
