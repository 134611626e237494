//! Members as the community knows them: a screen name and what was verified.

mod census;
mod store;

pub use census::Census;
pub(crate) use store::key;
pub use store::{Members, Names};
