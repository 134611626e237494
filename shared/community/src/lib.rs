//! The community zone: what members say, under screen names. It never knows who they are.

pub mod ballots;
pub mod breakdown;
pub mod byline;
pub mod calendar;
pub mod case;
pub mod comment;
pub mod discussion;
mod error;
pub mod inbox;
pub mod member;
pub mod poll;
pub mod review;
mod tally;
#[cfg(feature = "testing")]
pub mod testing;
pub mod vote;

pub use error::CommunityError;
