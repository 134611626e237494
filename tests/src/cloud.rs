//! Where the deployed stack is, and plain requests to it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{
    Reply, fresh_key,
    sign::{Call, Credentials},
};

/// The addresses of a deployed stack.
#[derive(Debug, Clone)]
pub struct Cloud {
    client: Client,
    addresses: Value,
    answered: Arc<Mutex<Vec<String>>>,
}

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").to_owned()
}

/// Every file below a folder.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

impl Cloud {
    /// Reads the addresses that `make up` wrote.
    ///
    /// # Panics
    /// When nothing is deployed: `make up` first.
    pub fn open() -> Self {
        let path = root().join("target/local/endpoints.json");
        let text = std::fs::read_to_string(path).expect("nothing is deployed: make up");
        let client = Client::builder().timeout(Duration::from_secs(540)).build().expect("a client");
        let addresses = serde_json::from_str(&text).expect("addresses");
        Self { client, addresses, answered: Arc::default() }
    }

    /// An address by its name in `target/local/endpoints.json`.
    pub fn address(&self, name: &str) -> &str {
        self.addresses[name].as_str().expect(name)
    }

    /// The client.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request with headers and, if given, a JSON body. Every POST gets a fresh idempotency key
    /// unless it brings its own.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let mut request = self.client.request(method.clone(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if method == Method::POST && !headers.iter().any(|(name, _)| *name == "idempotency-key") {
            request = request.header("idempotency-key", fresh_key());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = Reply::read(request.send().await.expect("the local cloud answers")).await;
        if ["community_Url", "treasury_Url", "partners_Url"]
            .iter()
            .any(|zone| url.starts_with(self.address(zone)))
        {
            let headers = format!("{:?}", reply.headers);
            self.answered.lock().expect("no panic before").extend([reply.text.clone(), headers]);
        }
        reply
    }

    /// All that the zones beyond the wall answered to this cloud's callers, bodies and headers.
    pub fn answered(&self) -> String {
        self.answered.lock().expect("no panic before").join("\n")
    }

    /// The objects of a zone's bucket as the local cloud keeps them, by key.
    ///
    /// # Panics
    /// When the local cloud keeps them elsewhere.
    pub fn objects(&self, bucket: &str) -> Vec<(String, Vec<u8>)> {
        let folder =
            root().join(format!("target/local/s3/000000000000/curbside-local-{bucket}-000000000000"));
        assert!(folder.is_dir(), "the local cloud keeps {bucket} elsewhere");
        let key = |path: &Path| path.strip_prefix(&folder).expect("below").to_string_lossy().into_owned();
        let objects =
            below(&folder).into_iter().filter(|path| !path.to_string_lossy().ends_with(".meta.json"));
        objects.map(|path| (key(&path), std::fs::read(&path).unwrap_or_default())).collect()
    }

    /// A public call of the user pool.
    pub async fn user_pool(&self, operation: &str, body: &Value) -> Reply {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let request = self
            .client
            .post(self.address("endpoint"))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .body(body.to_string());
        Reply::read(request.send().await.expect("the user pool answers")).await
    }

    /// An operator's call of a JSON service of the local cloud, signed with its root credentials.
    pub async fn operate(&self, service: &str, target: &str, body: &Value) -> Value {
        self.attempt(service, target, body).await.expect(200)
    }

    /// The same, whatever is answered.
    pub async fn attempt(&self, service: &str, target: &str, body: &Value) -> Reply {
        let call = Call {
            service,
            method: "POST",
            path: "/",
            target: Some(target),
            content_type: "application/x-amz-json-1.1",
            body: &body.to_string(),
        };
        self.signed(&Credentials::root(), call).await
    }

    /// Invokes a function and gives its answer, as an operator does.
    pub async fn invoke(&self, function: &str, event: &Value) -> Value {
        let reply = self.attempt_to_invoke(function, event).await;
        assert!(reply.headers.get("x-amz-function-error").is_none(), "{}", reply.text);
        reply.expect(200)
    }

    /// The same, whatever comes of it.
    pub async fn attempt_to_invoke(&self, function: &str, event: &Value) -> Reply {
        let call = Call {
            service: "lambda",
            method: "POST",
            path: &format!("/2015-03-31/functions/{function}/invocations"),
            target: None,
            content_type: "application/json",
            body: &event.to_string(),
        };
        self.signed(&Credentials::root(), call).await
    }

    /// A call of a service of the local cloud, signed.
    pub async fn signed(&self, by: &Credentials, call: Call<'_>) -> Reply {
        let endpoint = self.address("endpoint");
        let host = endpoint.trim_start_matches("http://");
        let method = call.method.parse::<Method>().expect("a method");
        let mut request =
            self.client.request(method, format!("{endpoint}{}", call.path)).body(call.body.to_owned());
        for (name, value) in by.headers(self.address("region"), host, call) {
            request = request.header(name, value);
        }
        Reply::read(request.send().await.expect("the local cloud answers")).await
    }

    /// Every item of a zone's table, as an operator with root rights sees them.
    pub async fn everything(&self, zone: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut body = json!({"TableName": format!("curbside-local-{zone}")});
            if !start.is_null() {
                body["ExclusiveStartKey"] = start;
            }
            let page = self.operate("dynamodb", "DynamoDB_20120810.Scan", &body).await;
            found.extend(page["Items"].as_array().cloned().unwrap_or_default());
            start = page["LastEvaluatedKey"].clone();
            if start.is_null() {
                return found;
            }
        }
    }

    /// Lets the community learn of the members who joined, as the schedule does every minute.
    pub async fn release(&self) {
        self.invoke("curbside-local-identity-release", &json!({})).await;
    }

    /// The log lines of every function, the identity zone's included: none may name a person.
    ///
    /// # Panics
    /// When the local cloud does not answer as it should, or has no group of a zone's.
    pub async fn logs(&self) -> String {
        let mut groups = Vec::new();
        let mut body = json!({});
        loop {
            let page = self.operate("logs", "Logs_20140328.DescribeLogGroups", &body).await;
            let names = page["logGroups"].as_array().expect("groups").iter();
            groups.extend(names.map(|group| group["logGroupName"].as_str().expect("a name").to_owned()));
            match page["nextToken"].as_str() {
                Some(next) => body = json!({"nextToken": next}),
                None => break,
            }
        }
        for zone in ["identity", "community", "treasury", "partners"] {
            assert!(groups.contains(&log_group(zone)), "no log of {zone}");
        }
        let mut text = String::new();
        for group in groups {
            text.push_str(&self.lines(&group, 0).await);
        }
        text
    }

    /// The log lines of a zone's functions since a moment, in milliseconds since 1970.
    ///
    /// # Panics
    /// When the local cloud does not answer as it should.
    pub async fn logged(&self, zone: &str, since: u64) -> String {
        self.lines(&log_group(zone), since).await
    }

    /// The lines of a log since a moment, some of them twice when there are many: the local cloud gives the first ones
    /// alone, and no token for those after them.
    async fn lines(&self, group: &str, mut since: u64) -> String {
        const MOST: usize = 10_000;
        let mut text = String::new();
        loop {
            let body = json!({"logGroupName": group, "startTime": since, "limit": MOST});
            let page = self.operate("logs", "Logs_20140328.FilterLogEvents", &body).await;
            let events = page["events"].as_array().expect("events");
            for event in events {
                text.push_str(event["message"].as_str().unwrap_or_default());
                text.push('\n');
            }
            let last = events.last().and_then(|event| event["timestamp"].as_u64()).unwrap_or_default();
            if events.len() < MOST {
                return text;
            }
            assert!(last > since, "more than {MOST} lines of {group} in a millisecond");
            since = last;
        }
    }

    /// Every row of a zone's table that names one of these anywhere, in an order of their own: what a refused
    /// request must leave as it was. Left out are the rows that earlier requests are still making: messages,
    /// and the notices that come of them.
    pub async fn naming(&self, zone: &str, ids: &[&str]) -> Vec<String> {
        let rows = self.everything(zone).await;
        let late = |row: &Value| {
            let partition = row["pk"]["S"].as_str().expect("a key");
            ["OUTBOX#", "SEEN#", "INBOX#", "BROADCAST#"].iter().any(|kind| partition.starts_with(kind))
        };
        let texts = rows.iter().filter(|row| !late(row)).map(Value::to_string);
        let mut found: Vec<_> = texts.filter(|text| ids.iter().any(|id| text.contains(id))).collect();
        found.sort();
        found
    }

    /// Puts a person into a group of the user pool, as an operator does.
    pub async fn add_to_group(&self, email: &str, group: &str) {
        let body = json!({
            "UserPoolId": self.address("identity_UserPoolId"), "Username": email, "GroupName": group,
        });
        self.operate("cognito-idp", "AWSCognitoIdentityProviderService.AdminAddUserToGroup", &body).await;
    }

    /// All mail that the local mail service was given, as text.
    pub async fn mail(&self) -> Vec<Value> {
        let url = format!("{}/_ministack/ses/messages", self.address("endpoint"));
        let reply = self.send(Method::GET, &url, &[], None).await.expect(200);
        let boxes = reply["messages"].as_object().cloned().unwrap_or_default();
        boxes.into_iter().flat_map(|(_, mails)| mails.as_array().cloned().unwrap_or_default()).collect()
    }

    /// Asks again and again until an answer is there.
    ///
    /// # Panics
    /// When none is there within so many seconds.
    pub async fn until<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        seconds: u64,
        ask: impl Fn() -> F,
    ) -> T {
        for _ in 0..seconds * 5 {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("waited {seconds} s for {what}");
    }
}

fn log_group(zone: &str) -> String {
    format!("/curbside/local/{zone}")
}
