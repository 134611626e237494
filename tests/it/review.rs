//! Reviewers: what the machine leaves to them, and how they decide.

use reqwest::Method;
use serde_json::json;
use tests::{
    Cloud, Particulars, Person, nonce,
    person::{applied, reviewer},
};

#[tokio::test]
async fn every_country_has_its_source_of_licences_and_the_others_a_reviewer() {
    let cloud = Cloud::open();
    let reviewer = reviewer(&cloud).await;
    for (country, provider, status, verdict, code) in [
        ("US", "ama", "active", "pass", None),
        ("GB", "gmc", "active", "pass", None),
        ("GB", "gmc", "lapsed", "fail", Some("licence_not_active")),
        ("FR", "rpps", "active", "refer", Some("year_unconfirmed")),
        ("BR", "document", "active", "refer", Some("no_register")),
    ] {
        let particulars = Particulars::physician(country, "neurology");
        particulars.license_as(&cloud, status).await;
        let person = Person::sign_up(&cloud, &particulars.email).await;
        let application = person.apply(&particulars).await;
        person.verified(&application).await;
        let file = reviewer.call(Method::GET, &format!("/reviews/{application}"), None).await.expect(200);
        let stage =
            file["evidence"].as_array().unwrap().iter().find(|one| one["stage"] == "licence").unwrap();
        assert_eq!(
            (stage["provider"].as_str(), stage["verdict"].as_str()),
            (Some(provider), Some(verdict)),
            "{stage}"
        );
        let codes = stage["codes"].as_array().unwrap();
        assert!(code.map_or(codes.is_empty(), |code| codes.contains(&json!(code))), "{country}: {stage}");
    }
}

#[tokio::test]
async fn what_the_stages_cannot_tell_goes_to_a_reviewer() {
    let cloud = Cloud::open();
    for part in ["Partial", "Deceased", "Watchlist", "Rejected", "Malformed"] {
        let unclear = Particulars::physician("US", "neurology").cast_as(part);
        assert_eq!(applied(&cloud, &unclear).await.2["status"], "in_review", "{part}");
    }
}

#[tokio::test]
async fn a_reviewer_sees_the_evidence_and_decides_once() {
    let cloud = Cloud::open();
    let unclear = Particulars::physician("US", "neurology");
    unclear.license(&cloud).await;
    let unclear = Particulars { device_session: format!("duplicate-{}", nonce()), ..unclear };
    let person = Person::sign_up(&cloud, &unclear.email).await;
    let application = person.apply(&unclear).await;
    assert_eq!(person.verified(&application).await["status"], "in_review");
    let path = format!("/reviews/{application}");
    person.call(Method::GET, &path, None).await.expect_problem(403, "forbidden");
    let reviewer = reviewer(&cloud).await;
    let queue = reviewer.call(Method::GET, "/reviews", None).await;
    queue.expect(200);
    let file = reviewer.call(Method::GET, &path, None).await.expect(200);
    let stages = file["evidence"].as_array().unwrap();
    assert_eq!(stages.len(), 3);
    let device = stages.iter().find(|one| one["stage"] == "device").unwrap();
    assert_eq!(device["verdict"], "refer");
    assert!(device["codes"].as_array().unwrap().contains(&json!("duplicate")));
    let approve = format!("{path}/approve");
    reviewer.call(Method::POST, &approve, Some(&json!({}))).await.expect(200);
    reviewer.call(Method::POST, &approve, Some(&json!({}))).await.expect_problem(409, "not_in_review");
    let member = person.join(&format!("de-{}", nonce())).await;
    assert_eq!(member.claims()["clinician"]["country"], "US");
}

#[tokio::test]
async fn a_reviewer_asks_and_a_refusal_is_appealed_and_overridden_by_two_others() {
    let cloud = Cloud::open();
    let lapsed = Particulars::physician("US", "neurology");
    lapsed.license_as(&cloud, "lapsed").await;
    let person = Person::sign_up(&cloud, &lapsed.email).await;
    let application = person.apply(&lapsed).await;
    let view = person.verified(&application).await;
    assert_eq!(view["status"], "refused");
    let actions: Vec<&str> =
        view["next"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["apply", "appeal"]);
    let say = |path: &str| format!("/applications/{application}/{path}");
    let words = json!({"words": "The board renewed it yesterday."});
    let stranger = Person::sign_up(&cloud, &format!("s{}@example.org", nonce())).await;
    stranger.call(Method::POST, &say("appeal"), Some(&words)).await.expect_problem(404, "not_found");
    let empty = person.call(Method::POST, &say("appeal"), Some(&json!({"words": ""}))).await;
    assert_eq!(empty.expect_problem(400, "invalid_field")["field"], "words");
    person.call(Method::POST, &say("appeal"), Some(&words)).await.expect(200);
    person.call(Method::POST, &say("appeal"), Some(&words)).await.expect_problem(409, "not_appealable");

    let mut reviewers = Vec::new();
    for _ in 0..2 {
        reviewers.push(reviewer(&cloud).await);
    }
    let path = format!("/reviews/{application}");
    let ask = json!({"words": "Please send the board's letter."});
    reviewers[0].call(Method::POST, &format!("{path}/ask"), Some(&ask)).await.expect(200);
    let approve = async |one: usize| {
        reviewers[one].call(Method::POST, &format!("{path}/approve"), Some(&json!({}))).await
    };
    approve(0).await.expect_problem(409, "not_in_review");
    let answer = json!({"words": "It is number 17 of this year."});
    person.call(Method::POST, &say("answer"), Some(&answer)).await.expect(200);
    let file = reviewers[1].call(Method::GET, &path, None).await.expect(200);
    assert_eq!(
        (&file["takes_two"], file["notes"].as_array().map(Vec::len)),
        (&json!(true), Some(2)),
        "{file}"
    );
    assert!(file["looks"].to_string().contains(&reviewers[1].subject()), "the look was not recorded");
    assert_eq!(approve(0).await.expect(200)["status"], "in_review");
    approve(0).await.expect_problem(409, "second_reviewer");
    assert_eq!(approve(1).await.expect(200)["status"], "approved");
    let member = person.join(&format!("kite-{}", nonce())).await;
    assert_eq!(member.claims()["clinician"]["tier"], "triple_verified");
}
