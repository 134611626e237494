//! Actors for black-box tests of a deployed Curbside, and for its demo seed: each speaks HTTP, and
//! nothing else, as a client of the public APIs would.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

pub mod ballot;
pub mod cloud;
pub mod crowd;
pub mod documents;
pub mod image;
pub mod member;
pub mod mint;
pub mod patience;
pub mod person;
pub mod reply;
pub mod rights;
pub mod samples;
pub mod sign;
pub mod story;
pub mod templates;

pub use cloud::Cloud;
pub use member::Member;
pub use patience::heard;
pub use person::{Particulars, Person};
pub use reply::Reply;

/// A new idempotency key, quoted as the header wants it.
pub fn fresh_key() -> String {
    let bytes: [u8; 16] = rand::random();
    format!("\"{}\"", hex::encode(bytes))
}

/// A few random digits, to keep one run's names apart from another's. Random letters can come out offensive,
/// which the screen names' rules would refuse.
pub fn nonce() -> String {
    format!("{:012}", rand::random_range(0..1_000_000_000_000_u64))
}
