//! The SAM templates, as they are written and as CloudFormation gets them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cloud::root;

/// Every stack that has functions.
pub const ALL: [&str; 5] = ["identity", "community", "treasury", "partners", "sandbox"];

/// A template as JSON, its short forms as `{"Fn::…": …}`.
pub fn read(name: &str) -> Value {
    print(name, &[])
}

/// A template as CloudFormation gets it, with the roles and permissions that SAM makes.
pub fn transformed(name: &str) -> Value {
    print(name, &["--transformed"])
}

/// The resources of a type, by their logical id.
pub fn of_type<'a>(template: &'a Value, kind: &str) -> BTreeMap<&'a str, &'a Value> {
    let resources = template["Resources"].as_object().expect("resources");
    resources.iter().filter(|(_, one)| one["Type"] == kind).map(|(name, one)| (name.as_str(), one)).collect()
}

fn print(name: &str, how: &[&str]) -> Value {
    let output = std::process::Command::new(root().join(".tools/sam/bin/python"))
        .arg(root().join("infra/local/template.py"))
        .arg(root().join(format!("infra/{name}.yaml")))
        .args(how)
        .output()
        .expect("the tools: make tools");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
