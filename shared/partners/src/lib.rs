//! The partners zone: organisations, contracts, the projection they read, and their webhooks. It
//! knows authors by one pseudonym a contract.

pub mod address;
mod error;
pub mod organisation;
pub mod projection;
pub mod pseudonym;
pub mod webhook;

pub use error::PartnersError;
