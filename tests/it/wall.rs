//! The wall, held by the compiler and by the policies.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;
use tests::{
    cloud::root,
    rights::{self, Right, list},
    templates,
};

const ZONES: [&str; 4] = ["identity", "community", "treasury", "partners"];

#[test]
fn a_function_of_one_zone_depends_on_no_other_zones_crate() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
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

/// Every right of every role of a zone as CloudFormation gets them.
fn rights(zone: &str) -> Vec<Right> {
    let found = rights::of(&templates::transformed(zone));
    assert!(found.len() > 10, "{zone} has only {} rights", found.len());
    found
}

/// Whether a policy's resource is one of the zone's own.
fn is_own(zone: &str, own: &BTreeSet<String>, resource: &Value) -> bool {
    if let Some(name) = resource["Ref"].as_str().or_else(|| resource["Fn::GetAtt"][0].as_str()) {
        return own.contains(name);
    }
    let Some(text) = resource["Fn::Sub"].as_str() else { return false };
    let named = text.strip_prefix("${").and_then(|rest| rest.split_once(".Arn}")).map(|(name, _)| name);
    let secret = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:";
    let secret = text.strip_prefix(secret).is_some_and(|name| {
        name.starts_with("${AWS::StackName}-")
            || (zone == "identity" && name.starts_with("curbside-${Stage}-"))
    });
    named.is_some_and(|name| own.contains(name)) || secret
}

#[test]
fn no_role_reaches_anything_of_another_zone() {
    for zone in ZONES {
        let template = templates::transformed(zone);
        let own: BTreeSet<String> = template["Resources"].as_object().unwrap().keys().cloned().collect();
        for Right { role, actions, resource } in rights(zone) {
            let bus = actions == ["events:PutEvents"]
                && resource["Fn::ImportValue"]["Fn::Sub"] == "curbside-${Stage}-bus-arn";
            // Neither can be narrowed to a resource, and neither reads anything.
            let unbounded =
                resource == "*" && (actions == ["ses:SendEmail"] || actions == ["dynamodb:ListStreams"]);
            assert!(
                is_own(zone, &own, &resource) || bus || unbounded,
                "{zone}/{role} may {actions:?} on {resource}"
            );
            assert!(actions.iter().all(|action| !action.contains('*')), "{zone}/{role}: {actions:?}");
        }
    }
}

#[test]
fn a_relay_speaks_for_its_own_zone_and_a_rule_hears_only_the_zone_it_means() {
    for zone in ZONES {
        let template = templates::read(zone);
        let relay = &template["Resources"]["Relay"]["Properties"]["Policies"];
        let speaks = list(&list(relay)[0]["Statement"])
            .into_iter()
            .find(|statement| statement["Action"] == "events:PutEvents")
            .expect("a relay puts events");
        let source = &speaks["Condition"]["StringEqualsIfExists"]["events:source"];
        assert_eq!(source, &format!("curbside.{zone}"));
        for (name, rule) in templates::of_type(&template, "AWS::Events::Rule") {
            let pattern = &rule["Properties"]["EventPattern"];
            let said: BTreeSet<String> = list(&pattern["source"])
                .iter()
                .map(|source| source.as_str().unwrap().trim_start_matches("curbside.").to_owned())
                .collect();
            let meant: BTreeSet<String> = list(&pattern["detail-type"])
                .iter()
                .map(|kind| kind.as_str().unwrap().split('.').next().unwrap().to_owned())
                .collect();
            assert_eq!(said, meant, "{zone}/{name}");
        }
    }
}

#[test]
fn only_sessions_and_contact_may_use_the_key_of_the_link() {
    let users: BTreeSet<String> = rights("identity")
        .into_iter()
        .filter(|right| right.resource["Fn::GetAtt"][0] == "LinkKey")
        .map(|right| right.role)
        .collect();
    assert_eq!(users, BTreeSet::from(["ContactRole".to_owned(), "SessionsRole".to_owned()]));
}

#[test]
fn keys_of_ballots_are_opened_by_the_issuer_heads_signed_by_the_board_and_the_box_knows_neither() {
    let rights = rights("community");
    let who = |key: &str, action: &str| -> BTreeSet<&str> {
        let of = rights.iter().filter(|right| {
            right.resource["Fn::GetAtt"][0] == key && right.actions.iter().any(|one| one == action)
        });
        of.map(|right| right.role.as_str()).collect()
    };
    assert_eq!(who("BallotKey", "kms:Decrypt"), BTreeSet::from(["BallotIssuerRole"]));
    assert_eq!(who("BallotKey", "kms:Encrypt"), BTreeSet::from(["PollClockRole"]));
    assert_eq!(who("HeadKey", "kms:Sign"), BTreeSet::from(["BallotBoardRole"]));
    let functions = &templates::read("community")["Resources"];
    let cast = &functions["BallotBox"]["Properties"]["Events"]["Cast"]["Properties"];
    assert_eq!(cast["Auth"]["Authorizer"], "NONE", "a ballot is handed in by somebody");
    let issue = &functions["BallotIssuer"]["Properties"]["Events"]["Issue"]["Properties"];
    assert!(issue["Auth"].is_null(), "a ballot is signed for anybody");
}

#[test]
fn originals_are_read_and_clean_images_written_by_the_anonymisation_alone() {
    let rights = rights("community");
    let who = |bucket: &str, actions: &[&str]| -> BTreeSet<String> {
        let own = |right: &&Right| right.resource["Fn::Sub"] == format!("${{{bucket}.Arn}}/*");
        let may = |right: &&Right| right.actions.iter().any(|action| actions.contains(&action.as_str()));
        rights.iter().filter(own).filter(may).map(|right| right.role.clone()).collect()
    };
    let anonymisation = BTreeSet::from(["AnonymizeLongRole".to_owned(), "AnonymizeRole".to_owned()]);
    assert_eq!(who("Quarantine", &["s3:GetObject", "s3:DeleteObject"]), anonymisation);
    assert_eq!(who("CleanImages", &["s3:PutObject", "s3:DeleteObject"]), anonymisation);
}
