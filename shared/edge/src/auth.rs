//! Proofs of authority. Each has one constructor: the extractor in a handler's signature.
//!
//! An API's authorizer has checked the caller's credentials before a function runs, and passes what
//! they prove in the request context. Nothing here trusts a header.

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use kernel::{
    Class,
    id::{ContractId, MemberId, OrganisationId},
    session::{Claims, Clinician, Role},
};
use lambda_http::request::RequestContext;
use serde::{Deserialize, Serialize};

use crate::{Now, Problem};

/// The request context's field in which the session authorizer passes [`Claims`], as JSON.
pub const SESSION_FIELD: &str = "session";
/// The request context's field in which the partner authorizer passes an [`Observer`], as JSON.
pub const OBSERVER_FIELD: &str = "observer";

/// Who asks, as the owner of idempotency keys: every proof has one.
pub trait Principal {
    /// A text that is the same for the same caller and never for two.
    fn principal(&self) -> String;
}

/// A signed-in member or staff, whatever they were verified as.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Claims);

/// A signed-in member or staff who may write.
#[derive(Debug, Clone)]
pub struct Writer(pub Claims);

/// A verified clinician, who may read even while their licence has lapsed.
#[derive(Debug, Clone)]
pub struct Member {
    /// The member.
    pub id: MemberId,
    /// What was verified.
    pub clinician: Clinician,
}

/// A verified clinician whose licence stands, and who may write.
#[derive(Debug, Clone)]
pub struct Practising(pub Member);

/// A physician whose identity, licence and device were all verified.
#[derive(Debug, Clone)]
pub struct TripleVerified(pub Member);

/// Somebody who says nothing of who they are, for what must not be joined to anybody: with a credential or a cookie, a
/// request is refused before anything of it is read.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

/// Keeper of the community's polls and queues.
#[derive(Debug, Clone)]
pub struct Moderator(pub MemberId);

/// Keeper of partner organisations and contracts.
#[derive(Debug, Clone)]
pub struct Operator(pub MemberId);

/// A person signed in to the identity zone with their Cognito access token.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// The user pool's id of the person. It never leaves the identity zone.
    pub subject: String,
    /// The groups that an operator put them into.
    pub groups: Vec<String>,
}

/// Verification staff.
#[derive(Debug, Clone)]
pub struct Reviewer {
    /// The user pool's id of the reviewer.
    pub subject: String,
}

/// Keeper of partner organisations and contracts, signed in to the identity zone.
#[derive(Debug, Clone)]
pub struct IdentityOperator {
    /// The user pool's id of the operator.
    pub subject: String,
}

/// A partner organisation that reads under a contract.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Observer {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The contract.
    pub contract: ContractId,
}

/// The token by which the caller is signed in, for a service that takes nothing else.
///
/// # Errors
/// When there is none.
pub fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.strip_prefix("Bearer ").unwrap_or(value))
        .ok_or_else(unauthenticated)
}

fn fields(parts: &Parts) -> Option<&std::collections::HashMap<String, serde_json::Value>> {
    match parts.extensions.get::<RequestContext>()? {
        RequestContext::ApiGatewayV1(context) => Some(&context.authorizer.fields),
        _ => None,
    }
}

fn unauthenticated() -> Problem {
    Problem::new(
        Class::Unauthenticated,
        "unauthenticated",
        "this needs a valid credential",
        "send a current one: a session token, an access token or an API key, as the API's document says",
    )
}

fn forbidden(who: &str) -> Problem {
    Problem::new(Class::Forbidden, "forbidden", format!("only {who} may do this"), "ask one of them")
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Now(now)) = Now::from_request_parts(parts, state).await;
        fields(parts)
            .and_then(|fields| fields.get(SESSION_FIELD)?.as_str())
            .and_then(|json| serde_json::from_str::<Claims>(json).ok())
            // The gateway keeps an authorizer's answer for a minute; the session ends on time all the same.
            .filter(|claims| claims.exp > now.as_second())
            .map(Self)
            .ok_or_else(unauthenticated)
    }
}

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SignedIn(claims) = SignedIn::from_request_parts(parts, state).await?;
        match claims.clinician {
            Some(clinician) => Ok(Self { id: claims.sub, clinician }),
            None => Err(forbidden("verified clinicians")),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SignedIn(claims) = SignedIn::from_request_parts(parts, state).await?;
        if claims.suspended || (claims.clinician.is_none() && claims.roles.is_empty()) {
            let remedy =
                "see why, until when you can appeal, and how, at GET /membership of the identity API";
            let detail = "your licence has lapsed: until it is settled you may not write";
            return Err(Problem::new(Class::Forbidden, "suspended", detail, remedy));
        }
        Ok(Self(claims))
    }
}

impl<S: Sync> FromRequestParts<S> for Practising {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Writer::from_request_parts(parts, state).await?;
        Ok(Self(Member::from_request_parts(parts, state).await?))
    }
}

impl<S: Sync> FromRequestParts<S> for TripleVerified {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Practising(member) = Practising::from_request_parts(parts, state).await?;
        match member.clinician.tier {
            kernel::Tier::TripleVerified => Ok(Self(member)),
            kernel::Tier::LicenceVerified => Err(forbidden("triple-verified physicians")),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Nobody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if parts.headers.contains_key(header::AUTHORIZATION) || parts.headers.contains_key(header::COOKIE) {
            return Err(Problem::new(
                Class::Invalid,
                "credential_sent",
                "nobody says who they are here, and this request does",
                "send it without Authorization and Cookie",
            ));
        }
        Ok(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Moderator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SignedIn(claims) = SignedIn::from_request_parts(parts, state).await?;
        if claims.roles.contains(&Role::Moderator) {
            Ok(Self(claims.sub))
        } else {
            Err(forbidden("moderators"))
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SignedIn(claims) = SignedIn::from_request_parts(parts, state).await?;
        if claims.roles.contains(&Role::Operator) {
            Ok(Self(claims.sub))
        } else {
            Err(forbidden("operators"))
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Applicant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let claims = fields(parts).and_then(|fields| fields.get("claims")).ok_or_else(unauthenticated)?;
        let text = |name: &str| claims.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        if text("token_use").as_deref() != Some("access") {
            return Err(unauthenticated());
        }
        let groups = match claims.get("cognito:groups") {
            Some(serde_json::Value::Array(groups)) => {
                groups.iter().filter_map(|group| group.as_str().map(str::to_owned)).collect()
            }
            Some(serde_json::Value::String(groups)) => groups
                .trim_matches(['[', ']'])
                .split([',', ' '])
                .filter(|group| !group.is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        };
        text("sub").map(|subject| Self { subject, groups }).ok_or_else(unauthenticated)
    }
}

impl<S: Sync> FromRequestParts<S> for Reviewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let applicant = Applicant::from_request_parts(parts, state).await?;
        if applicant.groups.iter().any(|group| group == "reviewers") {
            Ok(Self { subject: applicant.subject })
        } else {
            Err(forbidden("reviewers"))
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IdentityOperator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let applicant = Applicant::from_request_parts(parts, state).await?;
        if applicant.groups.iter().any(|group| group == "operators") {
            Ok(Self { subject: applicant.subject })
        } else {
            Err(forbidden("operators"))
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Observer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        fields(parts)
            .and_then(|fields| fields.get(OBSERVER_FIELD)?.as_str())
            .and_then(|json| serde_json::from_str(json).ok())
            .ok_or_else(unauthenticated)
    }
}

impl Principal for SignedIn {
    fn principal(&self) -> String {
        self.0.sub.to_string()
    }
}

impl Principal for Writer {
    fn principal(&self) -> String {
        self.0.sub.to_string()
    }
}

impl Principal for Practising {
    fn principal(&self) -> String {
        self.0.principal()
    }
}

impl Principal for Member {
    fn principal(&self) -> String {
        self.id.to_string()
    }
}

impl Principal for TripleVerified {
    fn principal(&self) -> String {
        self.0.principal()
    }
}

impl Principal for Moderator {
    fn principal(&self) -> String {
        self.0.to_string()
    }
}

impl Principal for Operator {
    fn principal(&self) -> String {
        self.0.to_string()
    }
}

impl Principal for Applicant {
    fn principal(&self) -> String {
        self.subject.clone()
    }
}

impl Principal for Observer {
    fn principal(&self) -> String {
        self.contract.to_string()
    }
}
