//! The session authorizer: checks a session token before any function of the community, the treasury
//! or partners runs. One crate, deployed once in each of the three.
//!
//! It knows the identity zone by its public key set alone.

mod keys;

use edge::{
    StartError,
    auth::SESSION_FIELD,
    authorizer::{Ask, Told},
    config,
};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kernel::session::{AUDIENCE, Claims};

pub use keys::Keys;

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
        let token = bearer(&ask).ok_or("Unauthorized")?;
        let claims = self.check(token).await?.ok_or("Unauthorized")?;
        ask.allow(claims.sub, SESSION_FIELD, &claims)
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

fn bearer(ask: &Ask) -> Option<&str> {
    let (scheme, token) = ask.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_found_in_any_case_and_only_as_bearer() {
        let sample = include_str!("../../../../events/edge/authorizer/session.json");
        let ask: Ask = serde_json::from_str(sample).expect("a sample event");
        assert_eq!(bearer(&ask), Some("a.b.c"));
        for (value, token) in [("bearer a.b.c", Some("a.b.c")), ("Basic abc", None), ("a.b.c", None)] {
            let json = serde_json::json!({"methodArn": "a/b/GET/c", "headers": {"AUTHORIZATION": value}});
            let ask: Ask = serde_json::from_value(json).expect("a question");
            assert_eq!(bearer(&ask), token, "{value}");
        }
    }
}
