//! The API documents that are kept are the ones that the code gives.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::{cloud::root, documents};

#[test]
fn the_documents_that_are_kept_are_those_that_the_routers_give() {
    for zone in documents::ZONES {
        let path = root().join(format!("docs/openapi/{zone}.json"));
        let kept: Value =
            serde_json::from_str(&std::fs::read_to_string(path).expect("make documents")).expect("JSON");
        assert!(kept == documents::zone(zone), "docs/openapi/{zone}.json has drifted: make documents");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_every_schema_stands_for_one_thing() {
    for zone in documents::ZONES {
        let document = documents::zone(zone);
        let mut names = BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            }
        }
    }
    let community = documents::zone("community");
    let states = |name: &str| community["components"]["schemas"][name].to_string();
    assert!(states("Status").contains("published") && states("PollStatus").contains("approved"));
}

#[test]
fn every_operation_says_who_may_call_it_and_what_it_refuses() {
    for zone in documents::ZONES {
        let document = documents::zone(zone);
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{zone}");
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let open = path.starts_with("/public/")
                    || (path.starts_with("/specialties") && method == "get")
                    || path.starts_with("/.well-known/");
                let secured = operation["security"].as_array().is_some_and(|all| !all.is_empty());
                assert_eq!(secured, !open, "{method} {path}");
                assert!(open || operation["responses"]["401"].is_object(), "{method} {path}");
            }
        }
    }
}

#[test]
fn every_operation_has_a_budget_of_calls() {
    let budgets = std::fs::read_to_string(root().join("docs/budgets.md")).unwrap();
    for zone in documents::ZONES {
        for (path, item) in documents::zone(zone)["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let whose = if zone == "partners" && path.starts_with("/cases") && method == "get" {
                    "observer's "
                } else {
                    ""
                };
                let row = format!("| `{whose}{} {path}` |", method.to_uppercase());
                assert!(budgets.contains(&row), "docs/budgets.md has no row {row}");
            }
        }
    }
}
