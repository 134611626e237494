//! Observers, bonuses and webhooks.

use std::time::Duration;

use http::HeaderMap;
use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tests::{
    Cloud, Member, mint, nonce,
    story::{observe, partner},
};

struct Case {
    author: Member,
    adviser: Member,
    id: String,
    advice: String,
}

/// A published case with one piece of advice.
async fn case(cloud: &Cloud) -> Case {
    let author = mint::member(cloud, &mint::claims()).await;
    let adviser = mint::member(cloud, &mint::claims()).await;
    let id = author.publish("Worth observing", "cardiology").await;
    let advice = adviser.create(&format!("/cases/{id}/advice"), &json!({"text": "Image first."})).await;
    Case { author, adviser, id, advice }
}

async fn close(case: &Case) {
    let body = json!({"outcome": "Recovered fully", "accepted": case.advice});
    let path = format!("/cases/{}/close", case.id);
    case.author.call(Method::POST, &path, Some(&body)).await.expect(200);
}

/// Waits until the projection holds the case's advice, and gives the conversation.
async fn conversation(cloud: &Cloud, api_key: &str, case: &Case) -> Value {
    let path = format!("/cases/{}", case.id);
    cloud
        .until("the projection", 30, async || {
            let reply = observe(cloud, api_key, Method::GET, &path, None).await;
            let view = reply.status.is_success().then(|| reply.expect(200))?;
            view["contributions"].as_array()?.iter().any(|one| one["id"] == case.advice).then_some(view)
        })
        .await
}

async fn earnings(member: &Member) -> Value {
    member.call_zone("treasury", Method::GET, "/earnings", None).await.expect(200)
}

#[tokio::test]
async fn an_observer_reads_under_its_contract_and_every_read_is_logged() {
    let cloud = Cloud::open();
    let (one, _) = partner(&cloud).await;
    let (two, contract) = partner(&cloud).await;
    let case = case(&cloud).await;
    let seen = conversation(&cloud, &one, &case).await;
    let other = conversation(&cloud, &two, &case).await;
    assert_ne!(seen["author"]["pseudonym"], other["author"]["pseudonym"]);
    assert_ne!(seen["author"]["pseudonym"], seen["contributions"][0]["author"]["pseudonym"]);
    let member = case.author.id();
    assert!(!seen.to_string().contains(&member), "the member's id reached an observer");
    let log = format!("LOG#{}#", case.id);
    let is_logged = |item: &Value| item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with(&log));
    let logged = cloud.everything("partners").await.iter().filter(|item| is_logged(item)).count();
    assert!(logged >= 2, "{logged} reads were logged");
    let kept = cloud.everything("partners").await.iter().any(|item| item.to_string().contains(&member));
    assert!(!kept, "the partners zone keeps a member's id");
    assert!(contract["contract"].as_str().unwrap().starts_with("ctr_"));

    let neurology = observe(&cloud, &one, Method::GET, "/cases?specialty=neurology", None).await;
    neurology.expect_problem(404, "not_found");
    observe(&cloud, &one, Method::GET, "/cases?specialty=cardiology", None).await.expect(200);
    for bad in ["", "cbk_", "cbk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let reply = observe(&cloud, bad, Method::GET, "/cases?specialty=cardiology", None).await;
        reply.expect_problem(401, "unauthenticated");
    }
    let doctor = &case.author;
    let reply = doctor.call_zone("partners", Method::GET, "/cases?specialty=cardiology", None).await;
    reply.expect_problem(401, "unauthenticated");
    let body = json!({"name": "Mine", "specialties": ["cardiology"], "ends_at": "2199-01-01T00:00:00Z"});
    let reply = doctor.call_zone("partners", Method::POST, "/organisations", Some(&body)).await;
    reply.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn a_valued_answer_is_paid_once_after_the_closing_and_nobody_learns_of_it_before() {
    let cloud = Cloud::open();
    let (api_key, made) = partner(&cloud).await;
    let case = case(&cloud).await;
    conversation(&cloud, &api_key, &case).await;
    let mark = format!("/cases/{}/contributions/{}/mark", case.id, case.advice);
    for _ in 0..2 {
        observe(&cloud, &api_key, Method::PUT, &mark, None).await.expect(204);
    }
    let unknown = format!("/cases/{}/contributions/ctb_01JD2V5Q0M8RZ6T3W9X4Y7B1CE/mark", case.id);
    observe(&cloud, &api_key, Method::PUT, &unknown, None).await.expect_problem(404, "not_found");
    tokio::time::sleep(Duration::from_secs(4)).await;
    let before = earnings(&case.adviser).await;
    assert_eq!((before["balance"]["minor"].as_i64(), &before["earnings"]), (Some(0), &json!([])));
    let told = |text: &str| ["mark", "valued", "valuable", "bonus"].iter().any(|word| text.contains(word));
    let seen = case.adviser.get(&format!("/cases/{}/contributions", case.id)).await.to_string();
    assert!(!told(&seen) && !told(&case.adviser.get("/inbox").await.to_string()), "it is known already");

    close(&case).await;
    let after = cloud
        .until("the bonus", 40, async || {
            let view = earnings(&case.adviser).await;
            (view["balance"]["minor"] != 0).then_some(view)
        })
        .await;
    assert_eq!(after["balance"], json!({"minor": 1500, "currency": "USD"}), "{after}");
    assert_eq!(after["earnings"][0]["contribution"], case.advice);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(earnings(&case.adviser).await["earnings"].as_array().unwrap().len(), 1, "paid twice");
    assert_eq!(earnings(&case.author).await["balance"]["minor"], 0);

    let rows = cloud.everything("treasury").await;
    let balance = |account: &str| {
        let row = rows
            .iter()
            .find(|row| row["pk"]["S"] == format!("ACCOUNT#{account}") && row["sk"]["S"] == "BALANCE");
        row.unwrap()["minor"]["N"].as_str().unwrap().parse::<i64>().unwrap()
    };
    let member = case.adviser.id();
    let organisation = made["organisation"].as_str().unwrap();
    assert_eq!(
        (balance(&format!("member:{member}")), balance(&format!("organisation:{organisation}"))),
        (-1500, 1500)
    );
    cloud
        .until("the notice", 30, async || {
            let inbox = case.adviser.get("/inbox").await;
            inbox["notices"].as_array()?.iter().any(|one| one["kind"] == "bonus").then_some(())
        })
        .await;
}

/// What the sandbox's endpoint of that name got.
async fn received(cloud: &Cloud, hook: &str) -> Vec<Value> {
    let url = format!("{}/hooks/{hook}", cloud.address("sandbox_Url"));
    let got = cloud.send(Method::GET, &url, &[], None).await.expect(200);
    got["received"].as_array().unwrap().clone()
}

async fn behave(cloud: &Cloud, hook: &str, status: u16) {
    let url = format!("{}/hooks/{hook}", cloud.address("sandbox_Url"));
    cloud.send(Method::PUT, &url, &[], Some(&json!({"status": status}))).await.expect(204);
}

#[tokio::test]
async fn a_closed_case_reaches_an_endpoint_signed_and_a_failing_one_is_parked_and_replayed() {
    let cloud = Cloud::open();
    let (api_key, _) = partner(&cloud).await;
    let (good, bad) = (format!("good-{}", nonce()), format!("bad-{}", nonce()));
    behave(&cloud, &bad, 500).await;
    let mut made = Vec::new();
    for hook in [&good, &bad] {
        let url = format!("{}/hooks/{hook}", cloud.address("sandbox_Url"));
        let body = json!({"url": url, "events": ["case.closed"]});
        made.push(observe(&cloud, &api_key, Method::POST, "/webhooks", Some(&body)).await.expect(201));
    }
    let list = observe(&cloud, &api_key, Method::GET, "/webhooks", None).await;
    assert!(!list.text.contains("whsec_"), "a secret is shown again");
    let case = case(&cloud).await;
    close(&case).await;

    let about = |got: &[Value]| {
        got.iter().filter(|one| one["body"].as_str().unwrap().contains(&case.id)).cloned().collect::<Vec<_>>()
    };
    let got = cloud
        .until("the delivery", 40, async || {
            Some(about(&received(&cloud, &good).await)).filter(|got| !got.is_empty())
        })
        .await;
    let webhook = Webhook::new(made[0]["secret"].as_str().unwrap()).unwrap();
    let mut headers = HeaderMap::new();
    for name in ["id", "timestamp", "signature"] {
        headers.insert(
            http::HeaderName::from_bytes(format!("webhook-{name}").as_bytes()).unwrap(),
            got[0][name].as_str().unwrap().parse().unwrap(),
        );
    }
    let body = got[0]["body"].as_str().unwrap();
    webhook.verify(body.as_bytes(), &headers).expect("a good signature");
    assert!(webhook.verify(format!("{body} ").as_bytes(), &headers).is_err());
    let payload: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (payload["type"].as_str(), payload["data"]["case"].as_str()),
        (Some("case.closed"), Some(case.id.as_str()))
    );

    let endpoint = made[1]["id"].as_str().unwrap();
    let deliveries = format!("/webhooks/{endpoint}/deliveries");
    let parked = cloud
        .until("the delivery to be parked", 60, async || {
            let page = observe(&cloud, &api_key, Method::GET, &deliveries, None).await.expect(200);
            page["deliveries"].as_array()?.iter().find(|one| one["state"] == "parked").cloned()
        })
        .await;
    assert_eq!(
        (parked["attempts"].as_u64(), parked["reason"].as_str()),
        (Some(3), Some("the endpoint answered 500"))
    );
    assert_eq!(about(&received(&cloud, &bad).await).len(), 3);
    let id = parked["id"].as_str().unwrap();
    let replay = format!("{deliveries}/{id}/replay");
    let (stranger, _) = partner(&cloud).await;
    observe(&cloud, &stranger, Method::POST, &replay, Some(&json!({})))
        .await
        .expect_problem(404, "not_found");
    behave(&cloud, &bad, 200).await;
    observe(&cloud, &api_key, Method::POST, &replay, Some(&json!({}))).await.expect(202);
    cloud
        .until("the replay", 40, async || {
            let page = observe(&cloud, &api_key, Method::GET, &deliveries, None).await.expect(200);
            page["deliveries"]
                .as_array()?
                .iter()
                .any(|one| one["id"] == id && one["state"] == "delivered")
                .then_some(())
        })
        .await;
    let got = about(&received(&cloud, &bad).await);
    assert!(got.len() == 4 && got.iter().all(|one| one["id"] == id), "the id is the same in every attempt");
    observe(&cloud, &api_key, Method::POST, &replay, Some(&json!({})))
        .await
        .expect_problem(409, "not_parked");
    let wrong = json!({"url": "ftp://example.org", "events": ["case.closed"]});
    let problem = observe(&cloud, &api_key, Method::POST, "/webhooks", Some(&wrong)).await;
    assert_eq!(problem.expect_problem(400, "invalid_field")["field"], "url");
}
