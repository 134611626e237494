//! The treasury zone: what a member is owed, and why. It never knows who is paid.

pub mod bonus;
mod error;
pub mod ledger;

pub use error::TreasuryError;
