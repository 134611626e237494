//! The wall on the running stack: with the credentials of every function's own role, everything that the
//! templates do not grant is tried, and all of it is denied.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use tests::{
    Cloud, Reply,
    cloud::root,
    documents,
    rights::{Function, Kind, Resource, Rights},
    sign::{Call, Credentials},
};
use tokio::{sync::Semaphore, task::JoinSet};

/// A way of reaching a resource: the action that a policy must grant, and the call that needs it.
struct Try {
    action: &'static str,
    /// Whether the call changes nothing even if it is granted.
    harmless: bool,
    service: &'static str,
    method: &'static str,
    path: String,
    target: Option<&'static str>,
    body: String,
}

const JSON: &str = "application/x-amz-json-1.0";

fn post(action: &'static str, service: &'static str, target: &'static str, body: &Value) -> Try {
    let (path, body) = ("/".to_owned(), body.to_string());
    Try { action, harmless: false, service, method: "POST", path, target: Some(target), body }
}

fn harmless(one: Try) -> Try {
    Try { harmless: true, ..one }
}

fn bucket(action: &'static str, method: &'static str, path: String) -> Try {
    let (service, target, body) = ("s3", None, String::new());
    Try { action, harmless: false, service, method, path, target, body }
}

/// Every way of reaching a resource that is worth trying; `at` is its ARN or address.
fn ways(resource: &Resource, at: &str) -> Vec<Try> {
    let key = json!({"pk": {"S": "ATTACK"}, "sk": {"S": "ATTACK"}});
    match resource.kind {
        Kind::Table => {
            let name = &resource.name;
            let query = json!({
                "TableName": name, "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": "ATTACK"}},
            });
            let item = json!({"TableName": name, "Item": key});
            let keyed = json!({"TableName": name, "Key": key});
            let transaction = json!({"TransactItems": [{"Put": item}]});
            let stream = json!({"StreamArn": at});
            vec![
                harmless(post("dynamodb:GetItem", "dynamodb", "DynamoDB_20120810.GetItem", &keyed)),
                harmless(post("dynamodb:Query", "dynamodb", "DynamoDB_20120810.Query", &query)),
                post("dynamodb:Scan", "dynamodb", "DynamoDB_20120810.Scan", &json!({"TableName": name})),
                post("dynamodb:PutItem", "dynamodb", "DynamoDB_20120810.PutItem", &item),
                post("dynamodb:PutItem", "dynamodb", "DynamoDB_20120810.TransactWriteItems", &transaction),
                post("dynamodb:UpdateItem", "dynamodb", "DynamoDB_20120810.UpdateItem", &keyed),
                post("dynamodb:DeleteItem", "dynamodb", "DynamoDB_20120810.DeleteItem", &keyed),
                post(
                    "dynamodb:DescribeStream",
                    "dynamodb",
                    "DynamoDBStreams_20120810.DescribeStream",
                    &stream,
                ),
            ]
        }
        Kind::Key => {
            let plain = json!({"KeyId": at, "Plaintext": "YXR0YWNr"});
            let sealed = json!({"KeyId": at, "CiphertextBlob": "YXR0YWNr"});
            let message = json!({"KeyId": at, "Message": "YXR0YWNr", "SigningAlgorithm": "ECDSA_SHA_256"});
            vec![
                harmless(post("kms:Encrypt", "kms", "TrentService.Encrypt", &plain)),
                post("kms:Decrypt", "kms", "TrentService.Decrypt", &sealed),
                post("kms:Sign", "kms", "TrentService.Sign", &message),
            ]
        }
        Kind::Bucket => vec![
            bucket("s3:ListBucket", "GET", format!("/{}", resource.name)),
            bucket("s3:GetObject", "GET", format!("/{}/attack", resource.name)),
            bucket("s3:PutObject", "PUT", format!("/{}/attack", resource.name)),
            bucket("s3:DeleteObject", "DELETE", format!("/{}/attack", resource.name)),
        ],
        Kind::Queue => {
            let message = json!({"QueueUrl": at, "MessageBody": "attack"});
            vec![
                post("sqs:ReceiveMessage", "sqs", "AmazonSQS.ReceiveMessage", &json!({"QueueUrl": at})),
                post("sqs:SendMessage", "sqs", "AmazonSQS.SendMessage", &message),
            ]
        }
        Kind::Secret => {
            let secret = json!({"SecretId": resource.name});
            let target = "secretsmanager.GetSecretValue";
            vec![harmless(post("secretsmanager:GetSecretValue", "secretsmanager", target, &secret))]
        }
    }
}

async fn attempt(cloud: &Cloud, by: &Credentials, one: &Try) -> Reply {
    let call = Call {
        service: one.service,
        method: one.method,
        path: &one.path,
        target: one.target,
        content_type: JSON,
        body: &one.body,
    };
    cloud.signed(by, call).await
}

fn is_denied(reply: &Reply) -> bool {
    reply.status.is_client_error() && reply.text.contains("AccessDenied")
}

/// Where the local cloud has each resource: the ARN of a table's stream or of a key, the address of a queue.
async fn places(cloud: &Cloud, rights: &Rights) -> BTreeMap<Resource, String> {
    let mut keys = BTreeMap::new();
    let listed = cloud.operate("kms", "TrentService.ListKeys", &json!({"Limit": 1000})).await;
    for key in listed["Keys"].as_array().unwrap() {
        let about = cloud.operate("kms", "TrentService.DescribeKey", &json!({"KeyId": key["KeyId"]})).await;
        let about = &about["KeyMetadata"];
        keys.insert(
            about["Description"].as_str().unwrap().to_owned(),
            about["Arn"].as_str().unwrap().to_owned(),
        );
    }
    let mut places = BTreeMap::new();
    for resource in &rights.resources {
        let name = &resource.name;
        let at = match resource.kind {
            Kind::Table => {
                let body = json!({"TableName": name});
                let table = cloud.operate("dynamodb", "DynamoDB_20120810.DescribeTable", &body).await;
                table["Table"]["LatestStreamArn"].as_str().unwrap_or("arn:none").to_owned()
            }
            Kind::Key => keys[name].clone(),
            Kind::Queue => format!("{}/000000000000/{name}", cloud.address("endpoint")),
            Kind::Bucket | Kind::Secret => name.clone(),
        };
        places.insert(resource.clone(), at);
    }
    places
}

/// The roles of all functions that are deployed, by the function's name.
async fn roles(cloud: &Cloud) -> BTreeMap<String, String> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let (mut roles, mut path) = (BTreeMap::new(), "/2015-03-31/functions/".to_owned());
    loop {
        let call = Call {
            service: "lambda",
            method: "GET",
            path: &path,
            target: None,
            content_type: JSON,
            body: "",
        };
        let page = cloud.signed(&Credentials::root(), call).await.expect(200);
        let functions = page["Functions"].as_array().unwrap().iter();
        roles.extend(functions.map(|one| (text(one, "FunctionName"), text(one, "Role"))));
        let Some(next) = page["NextMarker"].as_str() else { return roles };
        path = format!("/2015-03-31/functions/?Marker={next}");
    }
}

/// The credentials of a role, as its function gets them.
async fn credentials(cloud: &Cloud, role: &str) -> Credentials {
    let body = format!(
        "Action=AssumeRole&Version=2011-06-15&RoleSessionName=attack&RoleArn={}",
        role.replace(':', "%3A").replace('/', "%2F")
    );
    let call = Call {
        service: "sts",
        method: "POST",
        path: "/",
        target: None,
        content_type: "application/x-www-form-urlencoded",
        body: &body,
    };
    let reply = cloud.signed(&Credentials::root(), call).await;
    let part = |name: &str| {
        let (_, rest) = reply.text.split_once(&format!("<{name}>")).expect(&reply.text);
        rest.split_once('<').unwrap().0.to_owned()
    };
    Credentials {
        id: part("AccessKeyId"),
        secret: part("SecretAccessKey"),
        token: Some(part("SessionToken")),
    }
}

#[expect(clippy::print_stdout, reason = "what was tried is worth reading")]
#[tokio::test]
async fn every_role_is_denied_everything_that_its_template_does_not_grant() {
    let cloud = Cloud::open();
    let rights = Arc::new(Rights::read());
    let places = Arc::new(places(&cloud, &rights).await);
    let roles = roles(&cloud).await;
    let deployed: Vec<&String> = roles.keys().filter(|name| name.starts_with("curbside-local-")).collect();
    let mut written: Vec<&String> = rights.functions.iter().map(|function| &function.name).collect();
    written.sort();
    assert_eq!(deployed, written, "the templates and the running stack have other functions");

    let room = Arc::new(Semaphore::new(8));
    let mut attacks = JoinSet::new();
    for function in rights.functions.clone() {
        let by = credentials(&cloud, &roles[&function.name]).await;
        let (cloud, rights, places, room) = (cloud.clone(), rights.clone(), places.clone(), room.clone());
        attacks.spawn(async move {
            let _place = room.acquire_owned().await.unwrap();
            attack(&cloud, &rights, &places, &function, &by).await
        });
    }
    let (mut denied, mut allowed) = (0, 0);
    for (some_denied, some_allowed) in attacks.join_all().await {
        denied += some_denied;
        allowed += some_allowed;
    }
    let roles = written.len();
    println!("{}", rights.table());
    println!("{denied} calls beyond the rights of {roles} roles were denied, {allowed} within them were not");
    assert!(denied > 3_000 && allowed > 50, "{denied} denied, {allowed} allowed");
}

/// Tries everything that a function may not, and of what it may only that which changes nothing.
async fn attack(
    cloud: &Cloud,
    rights: &Rights,
    places: &BTreeMap<Resource, String>,
    function: &Function,
    by: &Credentials,
) -> (usize, usize) {
    let (mut denied, mut allowed) = (0, 0);
    for (resource, at) in places {
        let granted = rights.granted(function, resource);
        assert!(
            granted.is_empty() || function.stack == resource.stack,
            "{function:?} may {granted:?} on {resource:?}"
        );
        for way in ways(resource, at) {
            let what = || format!("{} tried {} on {}", function.name, way.action, resource.name);
            if !granted.contains(way.action) {
                let reply = attempt(cloud, by, &way).await;
                assert!(is_denied(&reply), "{}: {} {}", what(), reply.status, reply.text);
                denied += 1;
            } else if way.harmless {
                let reply = attempt(cloud, by, &way).await;
                assert!(reply.status.is_success(), "{}, as it may: {}", what(), reply.text);
                allowed += 1;
            }
        }
    }
    (denied, allowed)
}

#[test]
fn the_table_of_rights_in_the_privacy_document_is_that_of_the_templates() {
    let privacy = std::fs::read_to_string(root().join("docs/privacy.md")).unwrap();
    let table = Rights::read().table();
    assert!(table.lines().count() > 25, "{table}");
    let kept = format!("{}{table}{}", documents::RIGHTS_BEGIN, documents::RIGHTS_END);
    assert!(privacy.contains(&kept), "docs/privacy.md has drifted: make documents\n{table}");
}
