//! Members: screen names, the legal name by consent, and what a session says and opens.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Cloud, Member, Particulars, Person, mint, nonce,
    person::{admitted, member},
};

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
async fn a_screen_name_is_taken_once_however_it_is_spelt_and_however_fast() {
    let cloud = Cloud::open();
    let run = nonce();
    let mut people = Vec::new();
    for _ in 0..2 {
        people.push(admitted(&cloud, &Particulars::physician("US", "cardiology")).await.0);
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
    let (person, _) = admitted(&cloud, &particulars).await;
    let member = person.join(&format!("heron-{run}")).await;
    let case = member.publish("Under my own name", "cardiology").await;
    let shown_as = async |name: &str| {
        let path = format!("/cases/{case}");
        let seen = async || (member.get(&path).await["author"] == name).then_some(());
        cloud.until("the name", 30, seen).await;
    };
    cloud.release().await;
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
async fn the_community_cannot_tell_who_joined_first() {
    let cloud = Cloud::open();
    let mut waiting = Vec::new();
    for _ in 0..8 {
        let particulars = Particulars::physician("US", "cardiology");
        particulars.license(&cloud).await;
        let person = Person::sign_up(&cloud, &particulars.email).await;
        let application = person.apply(&particulars).await;
        waiting.push((person, application));
    }
    let mut members = Vec::new();
    for (person, application) in &waiting {
        assert_eq!(person.verified(application).await["status"], "approved");
        members.push(person.join(&format!("finch-{}", nonce())).await.id());
    }
    let known = async || {
        let rows = cloud.everything("community").await;
        let of = |member: &String| {
            let key = format!("MEMBER#{member}");
            rows.iter().find(|row| row["pk"]["S"] == key.as_str()).cloned()
        };
        members.iter().map(of).collect::<Option<Vec<_>>>()
    };
    let profiles = cloud
        .until("the members", 75, async || {
            cloud.release().await;
            known().await
        })
        .await;
    for profile in &profiles {
        let names: Vec<&String> = profile.as_object().unwrap().keys().collect();
        assert_eq!(names, ["announced", "clinician", "member", "pk", "screen_name", "sk"], "{profile}");
    }
    // The only thing by which they can be sorted is random: 8 in the order of joining is one in 40,320.
    let mut sorted = members.clone();
    sorted.sort();
    assert_ne!(sorted, members, "the ids are in the order of joining");
}

#[tokio::test]
async fn a_lapsed_licence_suspends_writing_until_it_is_settled() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("GB", "cardiology");
    let (person, application) = admitted(&cloud, &particulars).await;
    let name = format!("wren-{}", nonce());
    let before = person.join(&name).await;
    let case = before.publish("Before the lapse", "cardiology").await;

    particulars.license_as(&cloud, "lapsed").await;
    let told = async || {
        let lapse = |mail: &Value| {
            let text = mail.to_string();
            text.contains(&particulars.email) && text.contains("There is news of your membership")
        };
        cloud.mail().await.iter().any(lapse).then_some(())
    };
    cloud.until("the mail that tells of it", 60, told).await;
    let membership = person.call(Method::GET, "/membership", None).await.expect(200);
    let suspension = &membership["suspension"];
    assert_eq!(
        (&suspension["application"], &suspension["reasons"][0]["code"]),
        (&json!(application), &json!("licence_lapsed"))
    );
    assert!(suspension["until"].is_string(), "{membership}");
    let suspended = person.session(&name).await;
    assert_eq!((suspended.claims()["suspended"].as_bool(), suspended.id()), (Some(true), before.id()));
    let draft = json!({"title": "After", "specialty": "cardiology"});
    suspended.call(Method::POST, "/cases", Some(&draft)).await.expect_problem(403, "suspended");
    for path in [format!("/cases/{case}/advice"), format!("/cases/{case}/questions")] {
        let words = json!({"text": "May I?"});
        suspended.call(Method::POST, &path, Some(&words)).await.expect_problem(403, "suspended");
    }
    suspended.get(&format!("/cases/{case}")).await;
    suspended.get("/inbox").await;
    let earnings = format!("{}/earnings", cloud.address("treasury_Url"));
    let bearer = format!("Bearer {}", suspended.token);
    cloud.send(Method::GET, &earnings, &[("authorization", bearer.as_str())], None).await.expect(200);

    let view = person.call(Method::GET, &format!("/applications/{application}"), None).await.expect(200);
    assert_eq!((&view["status"], &view["next"][0]["action"]), (&json!("suspended"), &json!("appeal")));
    particulars.license_as(&cloud, "active").await;
    let renewed = person.session(&name).await;
    assert_eq!((renewed.claims()["suspended"].as_bool(), renewed.id()), (None, before.id()));
    renewed.publish("After the renewal", "cardiology").await;

    particulars.license_as(&cloud, "lapsed").await;
    let words = json!({"words": "The register has mixed me up with a namesake."});
    let appeal = format!("/applications/{application}/appeal");
    person.call(Method::POST, &appeal, Some(&words)).await.expect(200);
    assert_eq!(person.session(&name).await.claims()["suspended"], true, "an appeal lifts nothing by itself");
    for _ in 0..2 {
        tests::person::approve(&cloud, &application).await;
    }
    let settled = person.session(&name).await;
    assert_eq!((settled.claims()["suspended"].as_bool(), settled.id()), (None, before.id()));
}

#[tokio::test]
async fn an_american_register_tells_of_a_lapse_and_is_heard_once_a_day() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("US", "cardiology");
    let (person, application) = admitted(&cloud, &particulars).await;
    let hear = async || cloud.invoke("curbside-local-identity-monitor", &json!({})).await;
    let view = async || {
        let path = format!("/applications/{application}");
        person.call(Method::GET, &path, None).await.expect(200)
    };
    let watched = async || {
        hear().await;
        let waiting = cloud.everything("identity").await;
        let waits =
            waiting.iter().any(|row| row["pk"]["S"] == "UNWATCHED" && row["sk"]["S"] == application.as_str());
        (!waits).then_some(())
    };
    cloud.until("the association to watch", 60, watched).await;
    for (state, status) in [("lapsed", "suspended"), ("active", "approved")] {
        particulars.license_as(&cloud, state).await;
        hear().await;
        assert_eq!(view().await["status"], status, "the association told of a licence that is {state}");
    }
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
