//! Black-box tests of the deployed stack, over HTTP alone, and of what it is deployed from.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

mod attack;
mod ballot;
mod case;
mod demo;
mod document;
mod identity;
mod image;
mod leaving;
mod logs;
mod membership;
mod moderation;
mod openapi;
mod partner;
mod poll;
mod programs;
mod review;
mod scenario;
mod sign_in;
mod templates;
mod upload;
mod wall;
