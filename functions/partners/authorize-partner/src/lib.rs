//! The partner authorizer: checks an API key before any function that observers call runs.

use std::collections::HashMap;

use edge::{
    StartError,
    auth::{OBSERVER_FIELD, Observer},
    config,
};
use partners::organisation::{ApiKey, Contract, Organisations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
#[derive(Debug, Clone)]
pub struct App {
    store: Organisations,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        env.finish()?;
        Ok(Self { store: Organisations::new(table) })
    }

    /// Checks the caller's key.
    ///
    /// # Errors
    /// `Unauthorized`, which API Gateway answers with 401, whatever is wrong with the key.
    pub async fn handle(&self, ask: Ask) -> Result<Told, StartError> {
        let contract = self.contract(&ask.headers).await?.ok_or("Unauthorized")?;
        let observer = Observer { organisation: contract.organisation, contract: contract.id };
        Ok(Told {
            principal_id: contract.id.to_string(),
            policy_document: json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Action": "execute-api:Invoke",
                    "Resource": edge::auth::whole_api(&ask.method_arn),
                }],
            }),
            context: HashMap::from([(OBSERVER_FIELD, serde_json::to_string(&observer)?)]),
        })
    }

    async fn contract(&self, headers: &HashMap<String, String>) -> Result<Option<Contract>, StartError> {
        let sent = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-api-key"));
        let Some(api_key) = sent.and_then(|(_, value)| ApiKey::sent(value)) else { return Ok(None) };
        Ok(self.store.by_key(&api_key).await?.filter(|contract| contract.holds(edge::now())))
    }
}
