//! The identity zone: who people are, what was verified of them, and the link to their pseudonym.
//!
//! It never knows what a member wrote. Only `sessions` and `contact` can open the link.

pub mod application;
pub mod code_set;
pub mod consent;
pub mod contact;
pub mod document;
mod error;
pub mod evidence;
pub mod licence;
pub mod link;
pub mod member;
pub mod monitor;
pub mod person;
pub mod questions;
pub mod reason;
pub mod register;
pub mod rules;
pub mod screen_name;
pub mod sign_in;
pub mod source;
pub mod stage;
#[cfg(feature = "testing")]
pub mod testing;
pub mod unique;

pub use error::IdentityError;
