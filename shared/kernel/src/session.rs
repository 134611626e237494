//! The pseudonymous session: what a token says of its bearer, and nothing more.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Country, Profession, Specialty, Tier, id::MemberId};

/// The audience of every session token.
pub const AUDIENCE: &str = "curbside";

/// How long a session token holds, in seconds.
pub const LIFETIME_SECONDS: i64 = 15 * 60;

/// A duty beyond membership, given by an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Keeps the community's polls and queues.
    Moderator,
    /// Registers partner organisations and their contracts.
    Operator,
}

/// The claims of a session token (RFC 7519), signed with ES256.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: the address of the sessions API.
    pub iss: String,
    /// Always [`AUDIENCE`].
    pub aud: String,
    /// The member.
    pub sub: MemberId,
    /// Issued at, in Unix seconds.
    pub iat: i64,
    /// Expires at, in Unix seconds.
    pub exp: i64,
    /// What was verified; staff who are no clinicians have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinician: Option<Clinician>,
    /// Whether the licence has lapsed, so that the member may read and not write.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// Duties beyond membership.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
}

/// What the community may know of a member's verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clinician {
    /// The profession that was verified.
    pub profession: Profession,
    /// The specialty that was verified.
    pub specialty: Specialty,
    /// The country of the licence.
    pub country: Country,
    /// How far the verification reached.
    pub tier: Tier,
}
