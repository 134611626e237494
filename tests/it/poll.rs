//! The Monday poll: opened by its schedule, one ballot a member, live to members, final to the public.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Cloud, Particulars, mint, nonce, person::member, story};

use crate::{
    case::physician,
    moderation::{decide, moderator, report},
};

#[tokio::test]
async fn a_poll_is_opened_by_the_schedule_voted_in_once_and_published_when_the_next_one_opens() {
    let cloud = Cloud::open();
    let member = mint::member(&cloud, &mint::claims()).await;
    let few = json!({"question": "Alone?", "options": ["Yes"]});
    let problem = member.call(Method::POST, "/polls", Some(&few)).await;
    assert_eq!(problem.expect_problem(400, "invalid_field")["field"], "options");
    let draft = member.create("/polls", &json!({"question": "Draft?", "options": ["a", "b"]})).await;
    let approve = format!("/polls/{draft}/approve");
    member.call(Method::POST, &approve, Some(&json!({}))).await.expect_problem(403, "forbidden");
    let ballots = format!("/polls/{draft}/ballots");
    let ballot = json!({"option": 0});
    member.call(Method::POST, &ballots, Some(&ballot)).await.expect_problem(409, "poll_not_open");

    let poll = story::poll(&cloud, &member, "Do you start statins in primary prevention?").await;
    let ballots = format!("/polls/{poll}/ballots");
    let mut voters = Vec::new();
    for option in [0, 0, 2] {
        let voter = mint::member(&cloud, &mint::claims()).await;
        voter.call(Method::POST, &ballots, Some(&json!({"option": option}))).await.expect(204);
        let before = cloud.naming("community", &[&poll, &voter.id()]).await;
        let second = voter.call(Method::POST, &ballots, Some(&json!({"option": 1}))).await;
        second.expect_problem(409, "already_voted");
        let after = cloud.naming("community", &[&poll, &voter.id()]).await;
        assert_eq!(after, before, "a second ballot left a trace");
        voters.push(voter.id());
    }
    let bad = member.call(Method::POST, &ballots, Some(&json!({"option": 3}))).await;
    assert_eq!(bad.expect_problem(400, "invalid_field")["field"], "option");
    let live = member.get(&format!("/polls/{poll}")).await;
    assert_eq!(votes(&live), [2, 0, 1]);
    assert_eq!(live["voted"], false);
    let public = format!("{}/public/polls/{poll}", cloud.address("community_Url"));
    cloud.send(Method::GET, &public, &[], None).await.expect_problem(404, "not_found");

    story::poll(&cloud, &member, "Which comes next?").await;
    let last = cloud.send(Method::GET, &public, &[], None).await.expect(200);
    assert_eq!((last["status"].as_str(), votes(&last)), (Some("closed"), vec![2, 0, 1]));
    assert!(last["method"].as_str().unwrap().contains("self-selected"));
    member.call(Method::POST, &ballots, Some(&ballot)).await.expect_problem(409, "poll_not_open");

    for item in cloud.everything("community").await {
        let names =
            item.as_object().unwrap().keys().any(|name| name.starts_with("votes:") && !name.contains("crs_"));
        let text = item.to_string();
        let joined = voters.iter().any(|member| text.contains(member)) && (names || text.contains("option"));
        assert!(!joined, "an item joins a voter and a choice: {text}");
    }
}

fn votes(poll: &Value) -> Vec<u64> {
    poll["options"].as_array().unwrap().iter().map(|one| one["votes"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_poll_that_opens_reaches_everyone_by_inbox_and_mail_and_a_partner_by_webhook() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("JP", "radiology");
    let reader = member(&cloud, &particulars, &format!("kiso-{}", nonce())).await;
    let (api_key, _) = story::partner(&cloud).await;
    let hooks = format!("{}/hooks/poll-{}", cloud.address("sandbox_Url"), nonce());
    let body = json!({"url": hooks, "events": ["poll.published"]});
    story::observe(&cloud, &api_key, Method::POST, "/webhooks", Some(&body)).await.expect(201);

    let writer = mint::member(&cloud, &mint::claims()).await;
    let question = format!("Do you read poll {} of this week?", &nonce()[..4]);
    let poll = story::poll(&cloud, &writer, &question).await;
    for told in [&reader, &writer] {
        cloud
            .until("the notice", 30, async || {
                let inbox = told.get("/inbox").await;
                let notices = inbox["notices"].as_array()?.clone();
                notices.iter().any(|one| one["kind"] == "poll" && one["poll"] == poll).then_some(())
            })
            .await;
    }
    let mail = cloud
        .until("the mail", 60, async || {
            let mails = cloud.mail().await;
            mails.into_iter().find(|mail| {
                mail["To"][0] == particulars.email && mail["Subject"] == "This week's poll is open"
            })
        })
        .await;
    assert!(!mail["BodyText"].to_string().contains(&poll), "{mail}");
    let got = cloud
        .until("the delivery", 40, async || {
            let got = cloud.send(Method::GET, &hooks, &[], None).await.expect(200);
            got["received"].as_array()?.iter().find(|one| one["body"].to_string().contains(&poll)).cloned()
        })
        .await;
    let payload: Value = serde_json::from_str(got["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (payload["type"].as_str(), payload["data"]["question"].as_str()),
        (Some("poll.published"), Some(question.as_str()))
    );
    let inbox = cloud.everything("community").await;
    let of_poll = |row: &&Value| row["poll"]["S"] == poll.as_str() && row["kind"]["S"] == "poll";
    assert_eq!(inbox.iter().filter(of_poll).count(), 1, "a broadcast is kept once, not once a member");

    // Removed by a moderator, it is nowhere any more: neither is what deliveries would post again.
    let subject = json!({"kind": "poll", "poll": poll});
    let review = report(&physician(&cloud).await, &subject).await;
    writer.call(Method::GET, &format!("/polls/{poll}"), None).await.expect_problem(404, "not_found");
    decide(&moderator(&cloud).await, &review, "confirm").await;
    cloud
        .until("every copy to go", 60, async || {
            let rows = [cloud.everything("community").await, cloud.everything("partners").await].concat();
            (!rows.iter().any(|row| row.to_string().contains(&question))).then_some(())
        })
        .await;
}
