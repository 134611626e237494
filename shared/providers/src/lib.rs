//! Typed clients of outside services. Each speaks its provider's documented shape.
//!
//! Three rules hold for all of them: an unknown value is kept as it came and never counts as a yes;
//! a lost answer is never a no; no body is logged, for it holds a person's data.

pub mod ama;
mod call;
pub mod cognito;
pub mod device;
pub mod gmc;
pub mod idology;
pub mod network;
pub mod nppes;
mod record;
pub mod rpps;

pub use call::{CallError, brisk_client, client, patient_client};
pub use record::Record;
