//! Lambda in and out: HTTP, queue batches, proofs of authority, problems, configuration, telemetry.
//!
//! It maps what zones decide to what callers see, and decides nothing itself.

pub mod auth;
pub mod authorizer;
mod base;
mod clock;
pub mod config;
mod etag;
mod input;
mod once;
mod page;
pub mod problem;
pub mod queue;
pub mod secret;
mod serve;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;

pub use auth::bearer;
pub use base::Base;
pub use clock::{Now, now};
pub use etag::{ETag, IfMatch};
pub use input::{Input, Path, Query};
pub use lambda_runtime::Error as StartError;
pub use once::{Nothing, Once, answer, kept, replayed, respond, stored};
pub use page::Paged;
pub use problem::{Problem, ProblemBody};
pub use serve::{Api, api, run, serve, serve_router, serve_with_tasks};
pub use telemetry::{Metric, start};
