//! AWS Signature Version 4, for what only an operator may do, and for trying what a function's role may not.

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Who signs.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The key's id.
    pub id: String,
    /// The key.
    pub secret: String,
    /// The token of a session, if these are a role's.
    pub token: Option<String>,
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The service's name in the credential's scope.
    pub service: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path, and of a query one pair at most.
    pub path: &'a str,
    /// The operation of a JSON service.
    pub target: Option<&'a str>,
    /// The media type of the body.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a str,
}

impl Credentials {
    /// The local cloud's root.
    pub fn root() -> Self {
        Self { id: "test".to_owned(), secret: "test".to_owned(), token: None }
    }

    /// The headers of a signed call.
    pub fn headers(&self, region: &str, host: &str, call: Call<'_>) -> Vec<(&'static str, String)> {
        #[expect(clippy::disallowed_methods, reason = "a test is a client, and has a clock of its own")]
        let now = Timestamp::now();
        let (stamp, day) = (now.strftime("%Y%m%dT%H%M%SZ").to_string(), now.strftime("%Y%m%d").to_string());
        let hash = hex::encode(Sha256::digest(call.body));
        let mut headers = vec![
            ("content-type", call.content_type.to_owned()),
            ("host", host.to_owned()),
            ("x-amz-content-sha256", hash.clone()),
            ("x-amz-date", stamp.clone()),
        ];
        headers.extend(self.token.clone().map(|token| ("x-amz-security-token", token)));
        headers.extend(call.target.map(|target| ("x-amz-target", target.to_owned())));
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let (path, query) = call.path.split_once('?').unwrap_or((call.path, ""));
        let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{hash}", call.method);
        let scope = format!("{day}/{region}/{}/aws4_request", call.service);
        let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [&day, region, call.service, "aws4_request"] {
            key = mac(&key, part);
        }
        let signature = hex::encode(mac(&key, &text));
        let id = &self.id;
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
        headers.retain(|(name, _)| *name != "host");
        headers.push(("authorization", authorization));
        headers
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
