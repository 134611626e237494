//! The wall, held by the compiler and by the policies.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;
use tests::cloud::root;

const ZONES: [&str; 4] = ["identity", "community", "treasury", "partners"];

#[test]
fn a_function_of_one_zone_depends_on_no_other_zones_crate() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata");
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let places: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["manifest_path"].as_str().unwrap()))
        .collect();
    let needs: BTreeMap<&str, Vec<&str>> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let normal =
                |dep: &&Value| dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
            let deps = node["deps"].as_array().unwrap().iter().filter(normal);
            (node["id"].as_str().unwrap(), deps.map(|dep| dep["pkg"].as_str().unwrap()).collect())
        })
        .collect();
    let mut checked = 0;
    for (id, place) in &places {
        let Some(zone) = place.split("/functions/").nth(1).and_then(|rest| rest.split('/').next()) else {
            continue;
        };
        let (mut open, mut seen) = (vec![*id], BTreeSet::new());
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(&needs[next]);
            }
        }
        let reached: BTreeSet<&str> =
            seen.iter().map(|id| names[id]).filter(|name| ZONES.contains(name)).collect();
        let allowed: BTreeSet<&str> = ZONES.into_iter().filter(|name| *name == zone).collect();
        assert!(reached.is_subset(&allowed), "{} reaches {reached:?}", names[id]);
        checked += 1;
    }
    assert!(checked >= 30, "only {checked} functions were found");
}

/// The statements of every role of a zone, as `(function, actions, resources)`, with SAM's transform of
/// `Policies` and the rights that its events need left as they are written in the template.
fn statements(zone: &str) -> Vec<(String, Vec<String>, String)> {
    let template = crate::templates::read(zone);
    let mut found = Vec::new();
    for (name, resource) in template["Resources"].as_object().unwrap() {
        if resource["Type"] != "AWS::Serverless::Function" {
            continue;
        }
        let policies = resource["Properties"]["Policies"].as_array().cloned().unwrap_or_default();
        for policy in policies {
            for statement in policy["Statement"].as_array().unwrap() {
                let actions = match &statement["Action"] {
                    Value::String(one) => vec![one.clone()],
                    many => {
                        many.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
                    }
                };
                found.push((name.clone(), actions, statement["Resource"].to_string()));
            }
        }
    }
    found
}

#[test]
fn no_role_reaches_a_table_a_bucket_or_a_key_of_another_zone() {
    for zone in ZONES {
        let own: BTreeSet<String> =
            crate::templates::read(zone)["Resources"].as_object().unwrap().keys().cloned().collect();
        let found = statements(zone);
        assert!(!found.is_empty());
        for (function, actions, resource) in found {
            let guarded = ["dynamodb:", "s3:", "kms:", "sqs:", "secretsmanager:"];
            if !actions.iter().any(|action| guarded.iter().any(|service| action.starts_with(service))) {
                continue;
            }
            assert!(
                !resource.contains("ImportValue"),
                "{zone}/{function} imports what it may reach: {resource}"
            );
            let names_own = own.iter().any(|name| {
                resource.contains(&format!("\"{name}.Arn\""))
                    || resource.contains(&format!("${{{name}.Arn}}"))
            });
            let secret = resource.contains("secret:${AWS::StackName}-")
                || (zone == "identity" && resource.contains("secret:curbside-${Stage}-"));
            assert!(names_own || secret, "{zone}/{function} reaches {resource}");
        }
    }
}

#[test]
fn no_policy_has_a_wildcard_but_the_mail_services() {
    for zone in ZONES {
        for (function, actions, resource) in statements(zone) {
            assert!(actions.iter().all(|action| !action.contains('*')), "{zone}/{function}: {actions:?}");
            let mail = actions == ["ses:SendEmail"];
            assert!(mail || resource != "\"*\"", "{zone}/{function} may {actions:?} on everything");
        }
    }
}

#[test]
fn only_sessions_and_contact_may_use_the_key_of_the_link() {
    let users: BTreeSet<String> = statements("identity")
        .into_iter()
        .filter(|(_, _, resource)| resource.contains("LinkKey"))
        .map(|(function, _, _)| function)
        .collect();
    assert_eq!(users, BTreeSet::from(["Contact".to_owned(), "Sessions".to_owned()]));
}
