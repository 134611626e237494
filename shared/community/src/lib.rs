//! The community zone: what members say, under screen names. It never knows who they are.

pub mod byline;
pub mod case;
pub mod discussion;
mod error;
pub mod inbox;
pub mod member;
pub mod poll;
pub mod review;
mod tally;
pub mod vote;

pub use error::CommunityError;
