//! What a Lambda authorizer is asked, and what it answers.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::StartError;

/// What API Gateway asks an authorizer (REQUEST, of a REST API).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    method_arn: String,
    #[serde(default)]
    headers: HashMap<String, String>,
}

/// What an authorizer tells API Gateway.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    principal_id: String,
    policy_document: Value,
    context: HashMap<&'static str, String>,
}

impl Ask {
    /// A header of the request, its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// That the caller may call every method of this stage, for the answer is kept for the credential,
    /// whatever it calls next; `proof` is passed to the functions in that field of their context.
    ///
    /// # Errors
    /// When the proof cannot be written as JSON.
    pub fn allow(
        &self,
        principal: impl ToString,
        field: &'static str,
        proof: &impl Serialize,
    ) -> Result<Told, StartError> {
        Ok(Told {
            principal_id: principal.to_string(),
            policy_document: json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Action": "execute-api:Invoke",
                    "Resource": whole_api(&self.method_arn),
                }],
            }),
            context: HashMap::from([(field, serde_json::to_string(proof)?)]),
        })
    }
}

/// The ARN of every method of the stage that a method's ARN names.
fn whole_api(method_arn: &str) -> String {
    match method_arn.splitn(3, '/').collect::<Vec<_>>().as_slice() {
        [api, stage, ..] => format!("{api}/{stage}/*"),
        _ => method_arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authorizers_answer_holds_for_the_whole_stage_and_no_other() {
        let arn = "arn:aws:execute-api:eu-central-1:000000000000:api1/local/GET/cases/1";
        assert_eq!(whole_api(arn), "arn:aws:execute-api:eu-central-1:000000000000:api1/local/*");
    }
}
