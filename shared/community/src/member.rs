//! Members as the community knows them: a screen name and what was verified.

mod store;

pub(crate) use store::key;
pub use store::{Members, Names};
