//! The Monday poll: opened by its schedule, live to members in steps of ten ballots, final to the public.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Cloud, Particulars, ballot::Poll, mint, nonce, person::member, story};

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
    let approved =
        member.call_with(Method::POST, &approve, &[("if-match", "\"v1\"")], Some(&json!({}))).await;
    approved.expect_problem(403, "forbidden");
    let blinded = json!({"blinded": "AAAA"});
    let ballots = |poll: &str| format!("/polls/{poll}/ballots");
    member.call(Method::POST, &ballots(&draft), Some(&blinded)).await.expect_problem(404, "not_found");

    let id = story::poll(&cloud, &member, "Do you start statins in primary prevention?").await;
    let poll = Poll::read(&cloud, &member, &id).await;
    member.call(Method::POST, &ballots(&id), Some(&blinded)).await.expect_problem(400, "bad_blinded");
    let mut choices = [0_u64; 3];
    for voter in 0..21_u8 {
        let voter_member = mint::member(&cloud, &mint::claims()).await;
        poll.vote(&voter_member, voter % 3 % 2).await;
        choices[usize::from(voter % 3 % 2)] += 1;
    }
    let path = format!("/polls/{id}");
    let before = member.get(&path).await;
    assert_eq!(before["ballot_signed"], false);
    assert!(before["open_until"].as_str().unwrap() > before["opened_at"].as_str().unwrap());
    poll.publish().await;
    // Ten or eleven show themselves, by when the schedule came; the rest stay behind, so that the last hide each other.
    let live = member.call(Method::GET, &path, None).await;
    let shown = live.expect(200);
    let count = shown["votes"].as_u64().unwrap();
    assert!((10..=11).contains(&count) && votes(&shown).iter().sum::<u64>() == count, "{shown}");
    let tag = live.headers["etag"].to_str().unwrap();
    assert!(live.headers["cache-control"].to_str().unwrap().contains("max-age"));
    let again = member.call_with(Method::GET, &path, &[("if-none-match", tag)], None).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    poll.publish().await;
    assert_eq!(member.get(&path).await["votes"], count, "a batch of fewer than ten was published");
    let public = poll.public();
    cloud.send(Method::GET, &public, &[], None).await.expect_problem(404, "not_found");
    let late = poll.ballot(&member, 2).await;

    story::poll_now(&cloud, &member, "Which comes next?").await;
    let other = mint::member(&cloud, &mint::claims()).await;
    member.call(Method::POST, &ballots(&id), Some(&blinded)).await.expect_problem(409, "poll_not_open");
    other.call(Method::POST, &ballots(&id), Some(&blinded)).await.expect_problem(409, "poll_not_open");
    let last = cloud
        .until("the result", 90, async || {
            let last = cloud.send(Method::GET, &public, &[], None).await;
            last.status.is_success().then(|| last.expect(200))
        })
        .await;
    assert_eq!((last["status"].as_str(), votes(&last)), (Some("closed"), choices.to_vec()));
    assert_eq!((last["votes"].as_u64(), last["issued"].as_u64()), (Some(21), Some(22)));
    assert!(last["method"].as_str().unwrap().contains("self-selected"));
    poll.cast(&json!(late), &[]).await.expect_problem(409, "poll_not_open");

    // As others take it in: a table, a chart, feeds.
    for (path, media, part) in [
        (format!("/public/polls/{id}/result.csv"), "text/csv", "Sometimes"),
        (format!("/public/polls/{id}/chart.svg"), "image/svg+xml", "of 21 ballots"),
        ("/public/feeds/polls.atom".to_owned(), "application/atom+xml", id.as_str()),
        ("/public/feeds/polls.json".to_owned(), "application/feed+json", id.as_str()),
    ] {
        let url = format!("{}{path}", cloud.address("community_Url"));
        let reply = cloud.send(Method::GET, &url, &[], None).await;
        assert!(reply.status.is_success() && reply.text.contains(part), "{path}: {}", reply.text);
        assert!(reply.headers["content-type"].to_str().unwrap().starts_with(media), "{path}");
        assert!(reply.headers["cache-control"].to_str().unwrap().contains("public"), "{path}");
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
