//! Signing in with another network of clinicians, in the place of the first stage.

use reqwest::{Client, Method, redirect::Policy};
use serde_json::{Value, json};
use tests::{Cloud, Particulars, Person, nonce, person::reviewer};
use url::Url;

/// Signs a person in with the sandbox's network, as that account: what completes the sign-in.
async fn visit(cloud: &Cloud, person: &Person, account: &str) -> Value {
    let begun = person.call(Method::PUT, "/sign-in", Some(&json!({}))).await.expect(200);
    let mut address: Url = begun["address"].as_str().unwrap().parse().unwrap();
    address.query_pairs_mut().append_pair("login_hint", account);
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let answer = browser.get(address).send().await.unwrap();
    let back: Url = answer.headers()["location"].to_str().unwrap().parse().unwrap();
    assert_eq!(back.domain(), Some("curbside.example"), "{back}");
    assert!(!back.as_str().contains(cloud.address("identity_Url")));
    Value::Object(back.query_pairs().map(|(name, value)| (name.into_owned(), value.into())).collect())
}

async fn open_account(cloud: &Cloud, account: &str, who: &Particulars, persona: Option<&str>) {
    let url = format!("{}/network/accounts/{account}", cloud.address("sandbox_Url"));
    let body = json!({"given_name": who.given_name, "family_name": who.family_name, "persona": persona});
    cloud.send(Method::PUT, &url, &[], Some(&body)).await.expect(204);
}

#[tokio::test]
async fn a_sign_in_elsewhere_stands_for_the_first_stage_of_one_person_alone() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("GB", "cardiology");
    particulars.license(&cloud).await;
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let mut application = particulars.application();
    application["sign_in"] = json!(true);
    let early = person.call(Method::POST, "/applications", Some(&application)).await;
    assert_eq!(early.expect_problem(404, "no_sign_in")["field"], "sign_in");
    person.call(Method::GET, "/sign-in", None).await.expect_problem(404, "no_sign_in");

    let account = format!("account-{}", nonce());
    open_account(&cloud, &account, &particulars, None).await;
    let back = visit(&cloud, &person, &account).await;
    let thief = Person::sign_up(&cloud, &format!("t{}@example.org", nonce())).await;
    thief.call(Method::POST, "/sign-in/complete", Some(&back)).await.expect_problem(409, "sign_in_refused");
    let done = person.call(Method::POST, "/sign-in/complete", Some(&back)).await.expect(200);
    assert_eq!(
        (&done["network"], &done["family_name"]),
        (&json!("Sandbox Network"), &json!(particulars.family_name))
    );
    person.call(Method::POST, "/sign-in/complete", Some(&back)).await.expect_problem(409, "sign_in_refused");

    let filed = person.call(Method::POST, "/applications", Some(&application)).await.expect(201);
    let id = filed["id"].as_str().unwrap();
    let view = person.verified(id).await;
    assert_eq!(view["status"], "approved", "{view}");
    let desk = reviewer(&cloud).await;
    let file = desk.call(Method::GET, &format!("/reviews/{id}"), None).await.expect(200);
    let stage = file["evidence"].as_array().unwrap().iter().find(|one| one["stage"] == "identity").unwrap();
    assert_eq!(
        (&stage["provider"], &stage["codes"]),
        (&json!("Sandbox Network"), &json!(["network_sign_in"]))
    );

    // The same account under the name of another person, and for another licence.
    let second = Particulars {
        given_name: particulars.given_name.clone(),
        family_name: particulars.family_name.clone(),
        ..Particulars::physician("GB", "cardiology")
    };
    second.license(&cloud).await;
    let other = Person::sign_up(&cloud, &second.email).await;
    let back = visit(&cloud, &other, &account).await;
    other.call(Method::POST, "/sign-in/complete", Some(&back)).await.expect(200);
    let mut application = second.application();
    application["sign_in"] = json!(true);
    let filed = other.call(Method::POST, "/applications", Some(&application)).await.expect(201);
    let id = filed["id"].as_str().unwrap();
    let view = other.verified(id).await;
    assert_eq!(view["status"], "in_review", "{view}");
    let file = desk.call(Method::GET, &format!("/reviews/{id}"), None).await.expect(200);
    assert_eq!(file["held"], "sign_in", "{file}");
    let approve = desk.call(Method::POST, &format!("/reviews/{id}/approve"), Some(&json!({}))).await;
    approve.expect_problem(409, "already_verified");
}

#[tokio::test]
async fn another_name_or_a_token_that_cannot_be_trusted_stands_for_nothing() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("GB", "cardiology");
    particulars.license(&cloud).await;
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let account = format!("account-{}", nonce());
    for persona in ["other_key", "other_audience", "expired", "unsigned", "anonymous"] {
        open_account(&cloud, &account, &particulars, Some(persona)).await;
        let back = visit(&cloud, &person, &account).await;
        let refused = person.call(Method::POST, "/sign-in/complete", Some(&back)).await;
        refused.expect_problem(503, "provider");
    }
    let mut back = visit(&cloud, &person, &account).await;
    back["state"] = json!("another");
    person.call(Method::POST, "/sign-in/complete", Some(&back)).await.expect_problem(409, "sign_in_refused");
    back.as_object_mut().unwrap().remove("code");
    let problem = person.call(Method::POST, "/sign-in/complete", Some(&back)).await;
    assert_eq!(problem.expect_problem(400, "missing_field")["field"], "code");

    let somebody = Particulars { family_name: "Somebody".to_owned(), ..particulars.clone() };
    open_account(&cloud, &account, &somebody, None).await;
    let back = visit(&cloud, &person, &account).await;
    person.call(Method::POST, "/sign-in/complete", Some(&back)).await.expect(200);
    let mut application = particulars.application();
    application["sign_in"] = json!(true);
    let filed = person.call(Method::POST, "/applications", Some(&application)).await.expect(201);
    let view = person.verified(filed["id"].as_str().unwrap()).await;
    assert_eq!(view["status"], "in_review", "{view}");
    person.call(Method::DELETE, "/sign-in", None).await.expect(204);
    person.call(Method::GET, "/sign-in", None).await.expect_problem(404, "no_sign_in");
}
