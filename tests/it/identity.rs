//! Verification and sessions: who gets in, who is told why not, and what a session says.

use reqwest::Method;
use serde_json::json;
use tests::{Cloud, Member, Particulars, Person, fresh_key, mint, nonce, person::member};

#[tokio::test]
async fn a_verified_physician_gets_a_session_that_says_nothing_of_the_person() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("US", "cardiology");
    let member = member(&cloud, &particulars, &format!("us-{}", nonce())).await;
    let claims = member.claims();
    assert_eq!(claims["clinician"]["tier"], "triple_verified");
    assert_eq!(claims["clinician"]["country"], "US");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    let text = claims.to_string();
    for canary in particulars.canaries() {
        assert!(!text.contains(&canary), "{canary} is in the token");
    }
}

#[tokio::test]
async fn a_nurse_is_verified_for_less_than_a_physician() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("GB", "cardiology").who_is("nurse");
    let nurse = member(&cloud, &particulars, &format!("gb-{}", nonce())).await;
    assert_eq!(nurse.claims()["clinician"]["tier"], "licence_verified");
}

#[tokio::test]
async fn who_fails_identity_is_told_why_and_what_to_do_and_may_apply_again() {
    let cloud = Cloud::open();
    let wrong = Particulars::physician("FR", "neurology").cast_as("Nomatch");
    let person = Person::sign_up(&cloud, &wrong.email).await;
    let application = person.apply(&wrong).await;
    let view = person.verified(&application).await;
    assert_eq!(view["status"], "refused");
    assert_eq!(view["reasons"][0]["stage"], "identity");
    assert!(view["reasons"][0]["words"].as_str().unwrap().contains("No person"));
    assert!(view["reasons"][0]["remedy"].as_str().unwrap().contains("apply again"));
    let name = json!({"screen_name": format!("no-{}", nonce())});
    person.call(Method::PUT, "/membership", Some(&name)).await.expect_problem(403, "not_verified");
    person.call(Method::POST, "/sessions", Some(&json!({}))).await.expect_problem(403, "not_verified");
    person.apply(&wrong).await;
}

#[tokio::test]
async fn an_unknown_licence_is_refused_and_an_inactive_one_too() {
    let cloud = Cloud::open();
    let unknown = Particulars::physician("US", "neurology");
    let person = Person::sign_up(&cloud, &unknown.email).await;
    let application = person.apply(&unknown).await;
    let view = person.verified(&application).await;
    assert_eq!(
        (view["status"].as_str(), view["reasons"][0]["code"].as_str()),
        (Some("refused"), Some("licence_not_found"))
    );
    let lapsed = Particulars::physician("US", "neurology");
    lapsed.license_as(&cloud, "lapsed").await;
    let person = Person::sign_up(&cloud, &lapsed.email).await;
    let application = person.apply(&lapsed).await;
    let view = person.verified(&application).await;
    assert_eq!(
        (view["status"].as_str(), view["reasons"][0]["stage"].as_str()),
        (Some("refused"), Some("licence")),
        "{view}"
    );
}

#[tokio::test]
async fn every_country_has_its_source_of_licences_and_the_others_a_reviewer() {
    let cloud = Cloud::open();
    let reviewer = Person::staff(&cloud, &format!("r{}@example.org", nonce()), "reviewers").await;
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
        unclear.license(&cloud).await;
        let person = Person::sign_up(&cloud, &unclear.email).await;
        let application = person.apply(&unclear).await;
        assert_eq!(person.verified(&application).await["status"], "in_review", "{part}");
    }
}

#[tokio::test]
async fn a_licence_makes_one_member_and_another_persons_licence_none() {
    let cloud = Cloud::open();
    let first = Particulars::physician("US", "neurology");
    first.license(&cloud).await;
    let member = Person::sign_up(&cloud, &first.email).await;
    let application = member.apply(&first).await;
    assert_eq!(member.verified(&application).await["status"], "approved");

    let twin = Particulars { email: format!("twin{}@example.org", nonce()), ..first.clone() };
    let person = Person::sign_up(&cloud, &twin.email).await;
    let application = person.apply(&twin).await;
    let view = person.verified(&application).await;
    assert_eq!(
        (view["status"].as_str(), view["reasons"][0]["code"].as_str()),
        (Some("in_review"), Some("in_review"))
    );
    assert!(!view.to_string().contains("held"), "the applicant learns that the licence is a member's");
    let reviewer = Person::staff(&cloud, &format!("r{}@example.org", nonce()), "reviewers").await;
    let path = format!("/reviews/{application}");
    assert_eq!(reviewer.call(Method::GET, &path, None).await.expect(200)["held"], "licence");
    let approve = reviewer.call(Method::POST, &format!("{path}/approve"), Some(&json!({}))).await;
    approve.expect_problem(409, "already_verified");
    let why =
        json!({"stage": "licence", "words": "This licence has an account.", "remedy": "Sign in with it."});
    reviewer.call(Method::POST, &format!("{path}/refuse"), Some(&why)).await.expect(200);

    let thief = Particulars {
        given_name: format!("Other{}", nonce()),
        email: format!("x{}@example.org", nonce()),
        ..Particulars::physician("US", "neurology")
    };
    let victim = Particulars { given_name: "Victim".to_owned(), ..thief.clone() };
    victim.license(&cloud).await;
    let person = Person::sign_up(&cloud, &thief.email).await;
    let application = person.apply(&thief).await;
    assert_eq!(
        person.verified(&application).await["status"],
        "in_review",
        "another given name was taken for the same"
    );
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
    let reviewer = Person::staff(&cloud, &format!("r{}@example.org", nonce()), "reviewers").await;
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
        let email = format!("r{}@example.org", nonce());
        reviewers.push(Person::staff(&cloud, &email, "reviewers").await);
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

#[tokio::test]
async fn a_field_that_is_wrong_is_named_with_its_remedy() {
    let cloud = Cloud::open();
    let good = Particulars::physician("US", "cardiology");
    let person = Person::sign_up(&cloud, &good.email).await;
    let cases = [
        ("/licence/npi", json!("1234567890"), "invalid_field", "licence.npi"),
        ("/licence/authority", json!("ZZ"), "invalid_field", "licence.authority"),
        ("/licence/number", json!("#"), "invalid_field", "licence.number"),
        ("/graduation_year", json!(1900), "invalid_field", "graduation_year"),
        ("/graduation_year", json!(null), "invalid_field", "graduation_year"),
        ("/person/phone", json!("0123"), "invalid_field", "person.phone"),
        ("/person/given_name", json!(""), "invalid_field", "person.given_name"),
        ("/person/family_name", json!("x".repeat(201)), "invalid_field", "person.family_name"),
        ("/person/birth_date", json!("2020-01-01"), "invalid_field", "person.birth_date"),
        ("/country", json!("XX"), "invalid_field", "country"),
        ("/specialty", json!("alchemy"), "invalid_field", "specialty"),
        ("/consents/0/version", json!("2001-01"), "invalid_field", "consents"),
        ("/consents", json!([]), "invalid_field", "consents"),
    ];
    for (place, value, code, field) in cases {
        let mut body = good.application();
        *body.pointer_mut(place).unwrap() = value;
        let problem = person.call(Method::POST, "/applications", Some(&body)).await.expect_problem(400, code);
        assert_eq!(problem["field"], field, "{problem}");
    }
    for (country, field) in [("GB", "licence.number"), ("FR", "licence.number")] {
        let mut body = Particulars::physician(country, "cardiology").application();
        body["licence"]["number"] = json!("123");
        let problem = person.call(Method::POST, "/applications", Some(&body)).await;
        assert_eq!(problem.expect_problem(400, "invalid_field")["field"], field, "{country}");
    }
    let mut body = good.application();
    body["ssn"] = json!("123-45-6789");
    let problem = person.call(Method::POST, "/applications", Some(&body)).await;
    assert_eq!(problem.expect_problem(400, "unknown_field")["field"], "ssn");
    let list = person.call(Method::GET, "/applications", None).await.expect(200);
    assert_eq!(list["applications"], json!([]), "a refusal left a trace");
}

#[tokio::test]
async fn an_application_is_drafted_corrected_and_withdrawn() {
    let cloud = Cloud::open();
    let unclear = Particulars::physician("US", "neurology").cast_as("Partial");
    unclear.license(&cloud).await;
    let person = Person::sign_up(&cloud, &unclear.email).await;
    let draft = json!({"person": {"given_name": unclear.given_name}, "country": "US"});
    person.call(Method::PUT, "/applications/draft", Some(&draft)).await.expect(204);
    assert_eq!(person.call(Method::GET, "/applications/draft", None).await.expect(200), draft);
    let application = person.apply(&unclear).await;
    person.call(Method::GET, "/applications/draft", None).await.expect_problem(404, "not_found");
    let view = person.verified(&application).await;
    assert_eq!(view["stages"][0], json!({"stage": "identity", "state": "with_reviewer"}), "{view}");
    assert_eq!(view["stages"][1], json!({"stage": "licence", "state": "confirmed"}), "{view}");
    assert!(view["next"].as_array().unwrap().iter().any(|next| next["action"] == "correct"), "{view}");

    let path = format!("/applications/{application}");
    let right = Particulars { family_name: unclear.family_name.replace("Partial", ""), ..unclear.clone() };
    right.license(&cloud).await;
    let correct = async |version: &str| {
        person.call_with(Method::PUT, &path, &[("if-match", version)], Some(&right.application())).await
    };
    let other = Person::sign_up(&cloud, &format!("other{}@example.org", nonce())).await;
    let headers = [("if-match", "\"v1\"")];
    let reply = other.call_with(Method::PUT, &path, &headers, Some(&right.application())).await;
    reply.expect_problem(404, "not_found");
    assert_eq!(correct("\"v1\"").await.expect(200)["revision"], 2);
    correct("\"v1\"").await.expect_problem(412, "stale");
    assert_eq!(person.verified(&application).await["status"], "approved");
    let withdraw = format!("{path}/withdraw");
    person.call(Method::POST, &withdraw, Some(&json!({}))).await.expect_problem(409, "already_decided");

    let doubtful = Particulars::physician("US", "neurology").cast_as("Partial");
    doubtful.license(&cloud).await;
    let person = Person::sign_up(&cloud, &doubtful.email).await;
    let application = person.apply(&doubtful).await;
    person.verified(&application).await;
    let withdraw = format!("/applications/{application}/withdraw");
    other.call(Method::POST, &withdraw, Some(&json!({}))).await.expect_problem(404, "not_found");
    let withdrawn = person.call(Method::POST, &withdraw, Some(&json!({}))).await.expect(200);
    assert_eq!(
        (&withdrawn["status"], &withdrawn["next"][0]["action"]),
        (&json!("withdrawn"), &json!("apply"))
    );
    let reviewer = Person::staff(&cloud, &format!("r{}@example.org", nonce()), "reviewers").await;
    let approve = format!("/reviews/{application}/approve");
    reviewer.call(Method::POST, &approve, Some(&json!({}))).await.expect_problem(409, "not_in_review");
    person.apply(&doubtful).await;
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_request() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("FR", "cardiology");
    particulars.license(&cloud).await;
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let (body, key) = (particulars.application(), fresh_key());
    let headers = [("idempotency-key", key.as_str())];
    let send = async |body| person.call_with(Method::POST, "/applications", &headers, Some(body)).await;
    let first = send(&body).await.expect(201);
    assert_eq!(send(&body).await.expect(201), first);
    let mut other = body.clone();
    other["country"] = json!("DE");
    person.verified(first["id"].as_str().unwrap()).await;
    let traces = async || cloud.naming("identity", &[&person.subject()]).await;
    let before = traces().await;
    send(&other).await.expect_problem(422, "idempotency_key_reused");
    person.call(Method::POST, "/applications", Some(&body)).await.expect_problem(409, "already_applied");
    assert_eq!(traces().await, before, "a refusal left a trace");
}

#[tokio::test]
async fn a_screen_name_is_taken_once_however_it_is_spelt_and_however_fast() {
    let cloud = Cloud::open();
    let run = nonce();
    let mut people = Vec::new();
    for _ in 0..2 {
        let particulars = Particulars::physician("US", "cardiology");
        particulars.license(&cloud).await;
        let person = Person::sign_up(&cloud, &particulars.email).await;
        let application = person.apply(&particulars).await;
        person.verified(&application).await;
        people.push(person);
    }
    let names = [
        json!({"screen_name": format!("Otter-{run}")}),
        json!({"screen_name": format!("0tter{run}").replacen('0', "O", 1)}),
    ];
    let (one, two) = tokio::join!(
        people[0].call(Method::PUT, "/membership", Some(&names[0])),
        people[1].call(Method::PUT, "/membership", Some(&names[1])),
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, two.text);
    let loser = if one.status.as_u16() == 409 { &people[0] } else { &people[1] };
    loser.join(&format!("pike-{run}")).await;
    loser
        .call(Method::PUT, "/membership", Some(&json!({"screen_name": format!("carp-{run}")})))
        .await
        .expect_problem(409, "renamed_recently");
    for (wrong, field) in [("admin", "screen_name"), ("fuck-you", "screen_name"), ("a", "screen_name")] {
        let reply = loser.call(Method::PUT, "/membership", Some(&json!({"screen_name": wrong}))).await;
        assert_eq!(reply.expect_problem(400, "invalid_field")["field"], field, "{wrong}");
    }
    let same = json!({"screen_name": format!("pike-{run}")});
    loser.call(Method::PUT, "/membership", Some(&same)).await.expect(200);
}

#[tokio::test]
async fn a_member_appears_under_their_own_name_with_consent_and_is_renamed_after_ninety_days() {
    let cloud = Cloud::open();
    let (run, particulars) = (nonce(), Particulars::physician("US", "cardiology"));
    particulars.license(&cloud).await;
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let application = person.apply(&particulars).await;
    person.verified(&application).await;
    let member = person.join(&format!("heron-{run}")).await;
    let case = member.publish("Under my own name", "cardiology").await;
    let shown_as = async |name: &str| {
        let path = format!("/cases/{case}");
        let seen = async || (member.get(&path).await["author"] == name).then_some(());
        cloud.until("the name", 30, seen).await;
    };
    shown_as(&format!("heron-{run}")).await;
    let old = json!({"consent_version": "2001-01"});
    let real_name = "/membership/real-name";
    person.call(Method::PUT, real_name, Some(&old)).await.expect_problem(400, "invalid_field");
    let consent = json!({"consent_version": "2026-11"});
    person.call(Method::PUT, real_name, Some(&consent)).await.expect(204);
    shown_as(&format!("{} {}", particulars.given_name, particulars.family_name)).await;
    person.call(Method::DELETE, real_name, None).await.expect(204);
    shown_as(&format!("heron-{run}")).await;
    let kept = cloud
        .everything("community")
        .await
        .iter()
        .any(|row| row.to_string().contains(&particulars.family_name));
    assert!(!kept, "the withdrawn name is still in the community");

    let membership = person.call(Method::GET, "/membership", None).await.expect(200);
    assert_eq!(
        (&membership["real_name"], &membership["screen_name"]),
        (&json!(false), &json!(format!("heron-{run}")))
    );
    let persona = json!({"pk": {"S": format!("MEMBER#{}", member.id())}, "sk": {"S": "PERSONA"}});
    let long_ago = json!({
        "TableName": "curbside-local-identity", "Key": persona, "UpdateExpression": "SET #since = :then",
        "ExpressionAttributeNames": {"#since": "since"},
        "ExpressionAttributeValues": {":then": {"S": "2026-01-01T00:00:00Z"}},
    });
    cloud.operate("dynamodb", "DynamoDB_20120810.UpdateItem", &long_ago).await;
    let egret = json!({"screen_name": format!("egret-{run}")});
    person.call(Method::PUT, "/membership", Some(&egret)).await.expect(200);
    shown_as(&format!("egret-{run}")).await;
    cloud.operate("dynamodb", "DynamoDB_20120810.UpdateItem", &long_ago).await;
    let back = json!({"screen_name": format!("Heron_{run}")});
    person.call(Method::PUT, "/membership", Some(&back)).await.expect_problem(409, "screen_name_taken");
}

#[tokio::test]
async fn another_persons_application_does_not_exist() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("FR", "cardiology");
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let application = person.apply(&particulars).await;
    let other = Person::sign_up(&cloud, &format!("other{}@example.org", nonce())).await;
    let path = format!("/applications/{application}");
    other.call(Method::GET, &path, None).await.expect_problem(404, "not_found");
    other.call(Method::GET, "/applications/appl_nonsense", None).await.expect_problem(404, "not_found");
}

/// A door of each zone that takes a session and nothing else.
const DOORS: [(&str, Method, &str); 3] = [
    ("community", Method::GET, "/cases"),
    ("treasury", Method::GET, "/earnings"),
    ("partners", Method::POST, "/organisations"),
];

#[tokio::test]
async fn only_a_current_session_of_ours_opens_the_other_zones() {
    let cloud = Cloud::open();
    let good = mint::claims();
    mint::member(&cloud, &good).await.call(Method::GET, "/cases", None).await.expect(200);
    let with = |field: &str, value| {
        let mut claims = good.clone();
        claims[field] = value;
        claims
    };
    let past = good["iat"].as_i64().unwrap() - 1;
    let refused = [
        ("expired", with("exp", json!(past))),
        ("for another audience", with("aud", json!("somebody-else"))),
        ("of another issuer", with("iss", json!("urn:curbside:prod"))),
    ];
    for (why, claims) in refused {
        let member = mint::member(&cloud, &claims).await;
        for (zone, method, path) in DOORS {
            let reply = member.call_zone(zone, method, path, None).await;
            assert_eq!(reply.status.as_u16(), 401, "{why} at {zone}");
            reply.expect_problem(401, "unauthenticated");
        }
    }
    for (zone, method, path) in DOORS {
        let url = format!("{}{path}", cloud.address(&format!("{zone}_Url")));
        cloud.send(method, &url, &[], None).await.expect_problem(401, "unauthenticated");
    }
    let token = mint::member(&cloud, &good).await.token;
    let (head, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    for forged in
        [format!("{head}.{turned}"), format!("{head}."), token.replacen('.', "x.", 1), "nonsense".to_owned()]
    {
        let member = Member::new(&cloud, &forged, "forger");
        for (zone, method, path) in DOORS {
            member.call_zone(zone, method, path, None).await.expect_problem(401, "unauthenticated");
        }
    }
    let person = Person::sign_up(&cloud, &format!("p{}@example.org", nonce())).await;
    let cognito = Member::new(&cloud, &person.access_token, "person");
    for (zone, method, path) in DOORS {
        cognito.call_zone(zone, method, path, None).await.expect_problem(401, "unauthenticated");
    }
    let subjects = [good["sub"].as_str().unwrap().to_owned(), person.subject()];
    for zone in ["community", "treasury", "partners"] {
        let traces = cloud.naming(zone, &[&subjects[0], &subjects[1]]).await;
        assert!(traces.is_empty(), "a refusal left a trace: {traces:?}");
    }
    let session = [("authorization", format!("Bearer {token}"))];
    let url = format!("{}/applications", cloud.address("identity_Url"));
    let headers = [(session[0].0, session[0].1.as_str())];
    cloud.send(Method::GET, &url, &headers, None).await.expect_problem(401, "unauthenticated");
    cloud.send(Method::GET, &url, &[], None).await.expect_problem(401, "unauthenticated");
}
