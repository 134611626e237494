//! The session authorizer: checks a session token before any function of the community, the treasury
//! or partners runs. One crate, deployed once in each of the three.
//!
//! It knows the identity zone by its public key set alone.

mod keys;

use std::collections::HashMap;

use edge::{StartError, auth::SESSION_FIELD, config};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kernel::session::{AUDIENCE, Claims};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use keys::Keys;

/// What API Gateway asks (a REQUEST authorizer of a REST API).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    method_arn: String,
    #[serde(default)]
    headers: HashMap<String, String>,
}

/// What API Gateway is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    principal_id: String,
    policy_document: Value,
    context: HashMap<&'static str, String>,
}

/// What the function works with.
#[derive(Debug)]
pub struct App {
    keys: Keys,
    issuer: String,
}

impl App {
    /// Reads the environment: `JWKS_URL`, `SESSION_ISSUER`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let mut env = config::Env::new();
        let (url, issuer) = (env.text("JWKS_URL"), env.text("SESSION_ISSUER"));
        env.finish()?;
        Ok(Self { keys: Keys::new(url)?, issuer })
    }

    /// Checks the bearer's token.
    ///
    /// # Errors
    /// `Unauthorized`, which API Gateway answers with 401, whatever is wrong with the token; another error,
    /// answered with 500, when the issuer's keys cannot be had.
    pub async fn handle(&self, ask: Ask) -> Result<Told, StartError> {
        let token = bearer(&ask.headers).ok_or("Unauthorized")?;
        let claims = self.check(token).await?.ok_or("Unauthorized")?;
        Ok(Told {
            principal_id: claims.sub.to_string(),
            policy_document: json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Action": "execute-api:Invoke",
                    "Resource": edge::auth::whole_api(&ask.method_arn),
                }],
            }),
            context: HashMap::from([(SESSION_FIELD, serde_json::to_string(&claims)?)]),
        })
    }

    async fn check(&self, token: &str) -> Result<Option<Claims>, StartError> {
        let Some(kid) = decode_header(token).ok().and_then(|header| header.kid) else { return Ok(None) };
        let Some(key) = self.keys.find(&kid).await? else { return Ok(None) };
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.leeway = 0;
        Ok(decode::<Claims>(token, &key, &validation).ok().map(|data| data.claims))
    }
}

fn bearer(headers: &HashMap<String, String>) -> Option<&str> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?;
    value.strip_prefix("Bearer ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_found_in_any_case_and_only_as_bearer() {
        let sample = include_str!("../../../../events/edge/authorizer/session.json");
        let ask: Ask = serde_json::from_str(sample).expect("a sample event");
        assert_eq!(bearer(&ask.headers), Some("a.b.c"));
        let basic = HashMap::from([("authorization".to_owned(), "Basic abc".to_owned())]);
        assert_eq!(bearer(&basic), None);
    }
}
