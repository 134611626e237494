//! Other lists of specialties, and which of their codes stand for ours: loaded by an operator from CSV, since most
//! such lists may not be published with a program.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CODESET#<name>` | `CODESET` | the mappings, as they were loaded last |

use std::collections::BTreeSet;

use kernel::{Invalid, Specialty, Timestamp};
use serde::{Deserialize, Serialize};
use table::{Key, Table, Transaction};
use utoipa::ToSchema;

use crate::IdentityError;

/// How many mappings a list may have.
const MOST: usize = 2_000;
/// The longest code, in characters.
const LONGEST: usize = 40;

/// That a code of another list stands for a specialty of ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Mapping {
    /// Our code.
    #[schema(value_type = String, example = "cardiology")]
    pub specialty: Specialty,
    /// The other list's.
    #[schema(example = "207RC0000X")]
    pub code: String,
}

#[derive(Serialize, Deserialize)]
struct Row {
    mappings: BTreeSet<Mapping>,
    loaded_at: Timestamp,
}

/// Reads a list: CSV with the columns `specialty` and `code`.
///
/// # Errors
/// Names the first line at fault and its remedy.
pub fn read(csv: &str) -> Result<BTreeSet<Mapping>, Invalid> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv.as_bytes());
    let mut mappings = BTreeSet::new();
    for line in reader.deserialize::<Mapping>() {
        let mapping = line.map_err(|error| {
            let place = error.position().map_or(1, csv::Position::line);
            let remedy = "begin with the line specialty,code; then one of our codes, as at GET /specialties, and one of yours";
            Invalid::new(format!("line {place} cannot be read"), remedy).at("csv")
        })?;
        let length = mapping.code.chars().count();
        if !(1..=LONGEST).contains(&length) || mapping.code.chars().any(char::is_control) {
            let what = format!("the code of {} has {length} characters", mapping.specialty.code());
            return Err(Invalid::new(what, format!("send codes of 1 to {LONGEST} characters")).at("csv"));
        }
        mappings.insert(mapping);
    }
    if !(1..=MOST).contains(&mappings.len()) {
        let what = format!("this list has {} mappings", mappings.len());
        return Err(Invalid::new(what, format!("send 1 to {MOST}")).at("csv"));
    }
    Ok(mappings)
}

/// The store of lists.
#[derive(Debug, Clone)]
pub struct CodeSets {
    table: Table,
}

fn key(name: &str) -> Key {
    Key::new(format!("CODESET#{name}"), "CODESET")
}

impl CodeSets {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Loads a list in the place of what it was. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn load(
        &self,
        name: &str,
        mappings: BTreeSet<Mapping>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let row = Row { mappings, loaded_at: now };
        Ok(self.table.commit(Transaction::new().put("code set", key(name), &row)).await?)
    }

    /// A list, sorted by our codes. One read.
    ///
    /// # Errors
    /// [`IdentityError::NoCodeSet`]; storage faults.
    pub async fn find(&self, name: &str) -> Result<BTreeSet<Mapping>, IdentityError> {
        let row: Option<Row> = self.table.get(key(name)).await?;
        row.map(|row| row.mappings).ok_or(IdentityError::NoCodeSet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_what_is_wrong_is_named_by_its_line() {
        let read_one =
            read("specialty,code\ncardiology, 207RC0000X\ncardiology,207RC0000X\nneurology,2084N0400X\n");
        assert_eq!(read_one.map(|list| list.len()).ok(), Some(2));
        for (csv, says) in [
            ("specialty,code\ncardiology,1\nalchemy,2\n", "line 3"),
            ("code,name\n1,2\n", "line 2"),
            ("specialty,code\ncardiology,\n", "0 characters"),
            ("specialty,code\n", "0 mappings"),
        ] {
            let invalid = read(csv).expect_err("a list that is wrong");
            assert!(invalid.to_string().contains(says), "{invalid}");
        }
    }
}
