//! What the templates let each function do, and to what.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use serde_json::Value;

use crate::templates::{ALL, of_type, transformed};

/// A right of a role: the role, what it may do, and to what, as the template names it.
#[derive(Debug)]
pub struct Right {
    /// The role's logical id.
    pub role: String,
    /// The actions.
    pub actions: Vec<String>,
    /// The resource.
    pub resource: Value,
}

/// A function, with the role that it alone has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// Its stack.
    pub stack: String,
    /// Its name on the local cloud.
    pub name: String,
    /// Its role's logical id.
    pub role: String,
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A table, and its stream.
    Table,
    /// A key.
    Key,
    /// A bucket.
    Bucket,
    /// A queue.
    Queue,
    /// A secret.
    Secret,
}

/// Something that a role may reach or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// Its stack.
    pub stack: String,
    /// What it is.
    pub kind: Kind,
    /// Its logical id.
    pub id: String,
    /// Its name on the local cloud; of a key its description.
    pub name: String,
}

/// The functions, the resources, and which function may do what to which.
#[derive(Debug, Default)]
pub struct Rights {
    /// Every function of every stack.
    pub functions: Vec<Function>,
    /// Every table, key, bucket, queue and secret of every stack.
    pub resources: Vec<Resource>,
    granted: BTreeMap<(Function, Resource), BTreeSet<String>>,
}

/// A value or a list of them, as a list.
pub fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// Every right of every role of a template, one for each resource that is named.
///
/// # Panics
/// When a role has a right by a managed policy other than the one for logs, or, for the function that may have
/// a network of its own, the one for network interfaces; or a denial.
pub fn of(template: &Value) -> Vec<Right> {
    let mut found = Vec::new();
    for (role, resource) in of_type(template, "AWS::IAM::Role") {
        let properties = &resource["Properties"];
        for managed in properties["ManagedPolicyArns"].as_array().into_iter().flatten() {
            let managed = managed.as_str().expect("a policy's name");
            let network =
                role == "VerifyIdentityRole" && managed.ends_with("/AWSLambdaVPCAccessExecutionRole");
            assert!(network || managed.ends_with("/AWSLambdaBasicExecutionRole"), "{role} has {managed}");
        }
        for policy in properties["Policies"].as_array().into_iter().flatten() {
            for statement in list(&policy["PolicyDocument"]["Statement"]) {
                assert_eq!(statement["Effect"], "Allow", "{role}");
                let actions = list(&statement["Action"]);
                let actions: Vec<String> =
                    actions.iter().map(|one| one.as_str().expect("an action").to_owned()).collect();
                for resource in list(&statement["Resource"]) {
                    found.push(Right { role: role.to_owned(), actions: actions.clone(), resource });
                }
            }
        }
    }
    found
}

/// A name as the local cloud has it.
fn resolved(stack: &str, value: &Value) -> String {
    let text = value["Fn::Sub"].as_str().or_else(|| value.as_str()).expect("a name");
    text.replace("${AWS::StackName}", &format!("curbside-local-{stack}"))
        .replace("${Stage}", "local")
        .replace("${AWS::AccountId}", "000000000000")
}

impl Rights {
    /// Reads all templates.
    pub fn read() -> Self {
        let mut all = Self::default();
        let templates = ALL.map(|stack| (stack, transformed(stack)));
        for (stack, template) in &templates {
            for function in of_type(template, "AWS::Lambda::Function").values() {
                let properties = &function["Properties"];
                let role = properties["Role"]["Fn::GetAtt"][0].as_str().expect("a role of its own");
                all.functions.push(Function {
                    stack: (*stack).to_owned(),
                    name: resolved(stack, &properties["FunctionName"]),
                    role: role.to_owned(),
                });
            }
            for (kind, type_name, name) in [
                (Kind::Table, "AWS::DynamoDB::Table", "TableName"),
                (Kind::Key, "AWS::KMS::Key", "Description"),
                (Kind::Bucket, "AWS::S3::Bucket", "BucketName"),
                (Kind::Queue, "AWS::SQS::Queue", "QueueName"),
                (Kind::Secret, "AWS::SecretsManager::Secret", "Name"),
            ] {
                for (id, resource) in of_type(template, type_name) {
                    let name = resolved(stack, &resource["Properties"][name]);
                    // The providers' credentials are the identity zone's; in production an operator makes them.
                    let stack = if kind == Kind::Secret && *stack == "sandbox" { "identity" } else { stack };
                    all.resources.push(Resource {
                        stack: (*stack).to_owned(),
                        kind,
                        id: id.to_owned(),
                        name,
                    });
                }
            }
        }
        for (stack, template) in &templates {
            for right in of(template) {
                let function = all.functions.iter().find(|one| one.stack == *stack && one.role == right.role);
                let resource = all.resources.iter().find(|one| one.is(stack, &right.resource));
                if let (Some(function), Some(resource)) = (function, resource) {
                    all.granted
                        .entry((function.clone(), resource.clone()))
                        .or_default()
                        .extend(right.actions);
                }
            }
        }
        all
    }

    /// What a function may do to a resource.
    pub fn granted(&self, function: &Function, resource: &Resource) -> BTreeSet<String> {
        self.granted.get(&(function.clone(), resource.clone())).cloned().unwrap_or_default()
    }

    /// The table of functions and resources for `docs/privacy.md`.
    pub fn table(&self) -> String {
        let shown = |kind: Kind| self.resources.iter().filter(move |one| one.kind == kind);
        let columns: Vec<&Resource> = shown(Kind::Table)
            .chain(shown(Kind::Key))
            .chain(shown(Kind::Bucket))
            .filter(|one| one.stack != "sandbox")
            .collect();
        let mut text = String::from("| function |");
        for column in &columns {
            let _ = write!(text, " {} {} |", column.stack, column.id);
        }
        text.push_str(" queues | secrets |\n|");
        text.push_str(&" --- |".repeat(columns.len() + 3));
        text.push('\n');
        for function in self.functions.iter().filter(|one| one.stack != "sandbox") {
            let name = function.name.trim_start_matches("curbside-local-");
            let name = name.replacen('-', " `", 1);
            let _ = write!(text, "| {name}` |");
            for column in &columns {
                let actions = self.granted(function, column);
                let letters: BTreeSet<char> = actions.iter().map(|action| letter(action)).collect();
                let letters: String = letters.into_iter().collect();
                let _ = write!(text, " {} |", if letters.is_empty() { "·" } else { &letters });
            }
            for kind in [Kind::Queue, Kind::Secret] {
                let used = shown(kind).filter(|one| !self.granted(function, one).is_empty());
                let names = used.map(|one| {
                    let actions = self.granted(function, one);
                    let letters: BTreeSet<char> = actions.iter().map(|action| letter(action)).collect();
                    format!("{} {}", one.id, letters.into_iter().collect::<String>())
                });
                let names = names.collect::<Vec<_>>().join(", ");
                let _ = write!(text, " {} |", if names.is_empty() { "·" } else { &names });
            }
            text.push('\n');
        }
        text
    }
}

/// What an action amounts to, in a letter.
fn letter(action: &str) -> char {
    match action.split(':').nth(1).expect("an action") {
        "GetItem" | "Query" | "BatchGetItem" | "GetObject" | "ReceiveMessage" | "GetSecretValue"
        | "GetQueueAttributes" => 'r',
        "PutItem" | "UpdateItem" | "DeleteItem" | "PutObject" | "DeleteObject" | "SendMessage"
        | "DeleteMessage" | "ConditionCheckItem" => 'w',
        "DescribeStream" | "GetRecords" | "GetShardIterator" => 's',
        "Encrypt" | "GenerateDataKey" => 'e',
        "Decrypt" => 'd',
        "Sign" | "GetPublicKey" => 'k',
        "ListBucket" => 'l',
        other => panic!("{other} has no letter in the table of rights"),
    }
}

impl Resource {
    /// Whether a policy of a stack means this resource.
    fn is(&self, stack: &str, named: &Value) -> bool {
        let text = named["Fn::Sub"].as_str().unwrap_or_default();
        if let Some((_, secret)) = text.split_once(":secret:") {
            let name = resolved(stack, &Value::from(secret));
            return self.kind == Kind::Secret && name.trim_end_matches("-??????") == self.name;
        }
        let sub = text.strip_prefix("${").and_then(|rest| rest.split_once(".Arn}")).map(|(id, _)| id);
        let id = named["Ref"].as_str().or_else(|| named["Fn::GetAtt"][0].as_str()).or(sub);
        self.stack == stack && id == Some(self.id.as_str())
    }
}
