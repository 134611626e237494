//! The Monday poll: opened by its schedule, live to members in steps of ten ballots, final to the public.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Cloud, Member, Particulars, ballot::Poll, cloud::root, mint, nonce, person::member, story};

use crate::{
    ballot::record,
    case::physician,
    moderation::{decide, moderator, report},
    programs::{device, losing, verify},
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
    for voter in 0..20_u8 {
        let voter_member = mint::member(&cloud, &mint::claims()).await;
        poll.vote(&voter_member, voter % 3 % 2).await;
        choices[usize::from(voter % 3 % 2)] += 1;
    }
    // One votes by the program for the command line, which keeps the ballot, and has it counted in their segment.
    let (keep, cli) =
        (root().join(format!("target/ballot-{}.json", nonce())), mint::member(&cloud, &mint::claims()).await);
    let (kept, address) = (keep.to_str().unwrap(), cloud.address("community_Url"));
    let voting = [address, id.as_str(), "2", "--segment", "--keep", kept];
    let voted = device(&cli, &voting);
    let said = String::from_utf8_lossy(&voted.stdout).into_owned();
    assert!(
        voted.status.success() && said.contains("→ Never"),
        "{said}{}",
        String::from_utf8_lossy(&voted.stderr)
    );
    choices[2] += 1;
    // Nothing is written over, and there is one ballot a member: the same file hands the same in once more.
    let again = device(&cli, &voting);
    let receipt = |said: &str| said.lines().last().map(str::to_owned);
    assert_eq!(receipt(&String::from_utf8_lossy(&again.stdout)), receipt(&said), "{again:?}");
    let other = device(&cli, &[address, id.as_str(), "1", "--keep", kept]);
    assert!(String::from_utf8_lossy(&other.stderr).contains("a ballot for option 2"), "{other:?}");
    let another = format!("{kept}.again");
    let again = device(&cli, &[address, id.as_str(), "1", "--keep", &another]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("you had a ballot signed"), "{again:?}");
    assert!(!std::fs::exists(another).unwrap(), "what is of no use was kept");
    // Another loses the answer on its way, and goes on with what it kept.
    let unlucky = mint::member(&cloud, &mint::claims()).await;
    let lost = format!("{kept}.lost");
    let voting = |address: &str| device(&unlucky, &[address, id.as_str(), "2", "--segment", "--keep", &lost]);
    let first = voting(&losing(address));
    assert!(String::from_utf8_lossy(&first.stderr).contains("run this again to go on"), "{first:?}");
    assert_eq!(unlucky.get(&format!("/polls/{id}")).await["ballot_signed"], true, "nothing was lost");
    let second = voting(address);
    assert!(second.status.success(), "{second:?}");
    let segment: Value = serde_json::from_slice(&std::fs::read(&lost).unwrap()).unwrap();
    assert!(segment["segment"]["signature"].is_string(), "the ballot lost its part: {segment}");
    std::fs::remove_file(lost).unwrap();
    choices[2] += 1;
    let path = format!("/polls/{id}");
    let before = member.get(&path).await;
    assert_eq!(before["ballot_signed"], false);
    assert!(before["open_until"].as_str().unwrap() > before["opened_at"].as_str().unwrap());
    poll.publish().await;
    // Ten to twelve show themselves, by when the schedule came; the rest stay behind, so that the last hide each other.
    let live = member.call(Method::GET, &path, None).await;
    let shown = live.expect(200);
    let count = shown["votes"].as_u64().unwrap();
    assert!((10..=12).contains(&count) && votes(&shown).iter().sum::<u64>() == count, "{shown}");
    let tag = live.headers["etag"].to_str().unwrap();
    assert!(live.headers["cache-control"].to_str().unwrap().contains("max-age"));
    let again = member.call_with(Method::GET, &path, &[("if-none-match", tag)], None).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    // Who watches the counts sees the same, and no more.
    let watch = format!("{path}/live");
    let watched = member.call(Method::GET, &watch, None).await;
    let counts = watched.expect(200);
    assert_eq!((counts["votes"].as_u64(), counts["status"].as_str()), (Some(count), Some("open")));
    assert_eq!(counts["options"], json!(votes(&shown)));
    let tag = watched.headers["etag"].to_str().unwrap();
    let again = member.call_with(Method::GET, &watch, &[("if-none-match", tag)], None).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    cloud
        .send(Method::GET, &format!("{address}{watch}"), &[], None)
        .await
        .expect_problem(401, "unauthenticated");
    poll.publish().await;
    assert_eq!(member.get(&path).await["votes"], count, "a batch of fewer than ten was published");
    let public = poll.public();
    cloud.send(Method::GET, &public, &[], None).await.expect_problem(404, "not_found");
    let late = poll.ballot(&member, 2).await;

    #[expect(clippy::disallowed_methods, reason = "a test is a client, and has a clock of its own")]
    let started = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap();
    story::poll_now(&cloud, &member, "Which comes next?").await;
    let other = mint::member(&cloud, &mint::claims()).await;
    // Who had one signed is told so as long as that can be handed in.
    assert_eq!(member.call(Method::POST, &ballots(&id), Some(&blinded)).await.status.as_u16(), 409);
    other.call(Method::POST, &ballots(&id), Some(&blinded)).await.expect_problem(409, "poll_not_open");
    let last = cloud
        .until("the result", 90, async || {
            let last = cloud.send(Method::GET, &public, &[], None).await;
            last.status.is_success().then(|| last.expect(200))
        })
        .await;
    assert_eq!((last["status"].as_str(), votes(&last)), (Some("closed"), choices.to_vec()));
    assert_eq!((last["votes"].as_u64(), last["issued"].as_u64()), (Some(22), Some(23)));
    assert!(last["method"].as_str().unwrap().contains("self-selected"));
    let recounted = verify(&[&format!("{public}/record"), "--ballot", kept]);
    assert!(recounted.status.success(), "{recounted:?}");
    std::fs::remove_file(keep).unwrap();
    poll.cast(&json!(late), &[]).await.expect_problem(409, "poll_not_open");

    // As others take it in: a table, a chart, feeds.
    for (path, media, part) in [
        (format!("/public/polls/{id}/result.csv"), "text/csv", "Sometimes"),
        (format!("/public/polls/{id}/chart.svg"), "image/svg+xml", "of 22 ballots"),
        ("/public/feeds/polls.atom".to_owned(), "application/atom+xml", id.as_str()),
        ("/public/feeds/polls.json".to_owned(), "application/feed+json", id.as_str()),
    ] {
        let url = format!("{}{path}", cloud.address("community_Url"));
        let reply = cloud.send(Method::GET, &url, &[], None).await;
        assert!(reply.status.is_success() && reply.text.contains(part), "{path}: {}", reply.text);
        assert!(reply.headers["content-type"].to_str().unwrap().starts_with(media), "{path}");
        assert!(reply.headers["cache-control"].to_str().unwrap().contains("public"), "{path}");
    }

    // And the team, as metrics.
    cloud.invoke("curbside-local-community-poll-clock", &json!({"ring": "look_ahead"})).await;
    for metric in ["PollBallots", "PollParticipants", "PollTurnout", "EmptyMondays"] {
        cloud
            .until(metric, 30, async || {
                let log = cloud.logged("community", started).await;
                let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
                let namespace = |line: &Value| line["_aws"]["CloudWatchMetrics"][0]["Namespace"].clone();
                let told = |line: &Value| line[metric].is_number() && line["Audience"] == "everyone";
                lines.find(|line| told(line) && namespace(line) == "Curbside/local").map(drop)
            })
            .await;
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

/// A member who is licensed in a country.
async fn licensed(cloud: &Cloud, country: &str) -> Member {
    let mut claims = mint::claims();
    claims["clinician"]["country"] = json!(country);
    mint::member(cloud, &claims).await
}

/// Whether an inbox has a notice of that kind about a poll.
async fn is_told(reader: &Member, kind: &str, poll: &str) -> bool {
    let inbox = reader.get("/inbox").await;
    inbox["notices"].as_array().unwrap().iter().any(|one| one["kind"] == kind && one["poll"] == poll)
}

#[tokio::test]
async fn a_proposal_goes_through_review_and_the_calendar_to_its_audience_alone() {
    let cloud = Cloud::open();
    let (proposer, peer, abroad) =
        (licensed(&cloud, "GB").await, licensed(&cloud, "GB").await, licensed(&cloud, "MT").await);
    let (moderator, run) = (moderator(&cloud).await, nonce()[..3].to_owned());
    let asking = |question: String| {
        json!({
            "question": question, "options": ["Yes", "No"], "credited": true,
            "context": "Two guidelines disagree.",
            "sources": [{"title": "One of them", "link": "https://example.org/guideline"}],
            "audience": {"to": "countries", "countries": ["GB"]},
        })
    };
    let poll = proposer
        .create("/polls", &asking(format!("Do you prescribe exercise for {run} weeks before statins?")))
        .await;
    let twin = proposer
        .create("/polls", &asking(format!("Before statins, do you prescribe exercise for {run} weeks?")))
        .await;
    let path = format!("/polls/{poll}");
    let mut paid = asking("Would you answer for money?".to_owned());
    paid["honorarium"] = json!({"amount": 500, "currency": "USD"});
    let refused = proposer.call(Method::POST, "/polls", Some(&paid)).await;
    assert_eq!(refused.expect_problem(400, "unknown_field")["field"], "honorarium");
    peer.call(Method::GET, &path, None).await.expect_problem(404, "not_found");

    // In review: what was asked before is shown, one is edited, the other declined, and its author told why.
    let similar = moderator.get(&format!("{path}/similar")).await;
    assert!(similar["polls"].as_array().unwrap().iter().any(|one| one["id"] == twin), "{similar}");
    let edited = asking(format!("Do you prescribe exercise for {run} weeks before a statin?"));
    let put = moderator.call_with(Method::PUT, &path, &[("if-match", "\"v1\"")], Some(&edited)).await;
    assert_eq!(put.status.as_u16(), 204, "{}", put.text);
    let stale = proposer.call_with(Method::PUT, &path, &[("if-match", "\"v1\"")], Some(&edited)).await;
    stale.expect_problem(412, "stale");
    let why = json!({"reason": "Your other question asks the same."});
    moderator.call(Method::POST, &format!("/polls/{twin}/decline"), Some(&why)).await.expect(204);
    assert_eq!(proposer.get(&format!("/polls/{twin}")).await["declined"], why["reason"]);
    cloud.until("the notice", 60, async || is_told(&proposer, "proposal", &twin).await.then_some(())).await;
    let mine = proposer.get("/polls/mine").await;
    let statuses: Vec<_> =
        mine["polls"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, ["declined", "draft"]);

    // In the calendar: pinned to a date it stays there; back in the queue the schedule opens it.
    story::approve(&moderator, &poll, &json!({"in": "date", "date": "2098-12-29"})).await;
    let queue = async || {
        let calendar = moderator.get("/polls/calendar").await;
        let queues = calendar["queues"].as_array().unwrap().clone();
        queues.into_iter().find(|one| one["audience"]["countries"] == json!(["GB"])).unwrap()
    };
    assert_eq!(queue().await["pinned"][0]["date"], "2098-12-29");
    let place = json!({"place": {"in": "queue", "position": 0}});
    proposer.call(Method::PUT, &format!("{path}/place"), Some(&place)).await.expect_problem(403, "forbidden");
    moderator.call(Method::PUT, &format!("{path}/place"), Some(&place)).await.expect(204);
    let opened = async || (peer.call(Method::GET, &path, None).await.status == 200).then_some(());
    cloud.until("the schedule to open the poll", 150, opened).await;
    let queue = queue().await;
    assert_eq!(
        (&queue["standing"], &queue["waiting"], &queue["pinned"]),
        (&json!(poll), &json!([]), &json!([]))
    );

    // Its audience is told, and may answer; others see it, and may not.
    cloud.until("the notice", 60, async || is_told(&peer, "poll", &poll).await.then_some(())).await;
    assert!(!is_told(&abroad, "poll", &poll).await, "who cannot answer was told");
    let (seen, from_abroad) = (peer.get(&path).await, abroad.get(&path).await);
    assert_eq!((&seen["question"], &seen["proposed_by"]), (&edited["question"], &json!("new member")));
    assert_eq!((&seen["for_you"], &from_abroad["for_you"]), (&json!(true), &json!(false)));
    assert_eq!((&seen["sources"], &seen["context"]), (&edited["sources"], &edited["context"]));
    let device = Poll::read(&cloud, &peer, &poll).await;
    let blinded = ballot::testing::blinded(device.id, &device.key, 0);
    device.issue(&abroad, &blinded).await.expect_problem(403, "not_in_audience");
    let late = device.ballot(&peer, 1).await;

    // Members talk about it, and what somebody sees an identifier in is hidden.
    let comments = format!("{path}/comments");
    let said = abroad.create(&comments, &json!({"text": "Here we do both."})).await;
    let told = json!({"text": "Mr. Okonkwo-Testcase, MRN 00482913, does both."});
    peer.call(Method::POST, &comments, Some(&told)).await.expect_problem(422, "identifiers_found");
    peer.create(&comments, &json!({"text": "In which order?", "parent": said})).await;
    report(&peer, &json!({"kind": "comment", "poll": poll, "comment": said})).await;
    let thread = peer.get(&comments).await;
    let [first, second] = thread["comments"].as_array().unwrap().as_slice() else { panic!("{thread}") };
    assert_eq!((&first["hidden"], &first["text"]), (&json!(true), &Value::Null));
    assert_eq!((&second["text"], &second["parent"]), (&json!("In which order?"), &json!(said)));
    assert!(!thread.to_string().contains("mbr_"), "{thread}");

    // Extended, then taken back, each with a reason that everybody sees.
    let until = seen["open_until"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let until = until + jiff::SignedDuration::from_hours(24);
    let extend = json!({"until": until, "reason": "A holiday in between."});
    peer.call(Method::POST, &format!("{path}/extend"), Some(&extend)).await.expect_problem(403, "forbidden");
    moderator.call(Method::POST, &format!("{path}/extend"), Some(&extend)).await.expect(204);
    assert_eq!(peer.get(&path).await["open_until"], json!(until));
    let withdraw = json!({"reason": "Both answers mean the same."});
    moderator.call(Method::POST, &format!("{path}/withdraw"), Some(&withdraw)).await.expect(204);
    let public = cloud.send(Method::GET, &device.public(), &[], None).await.expect(200);
    let changes: Vec<_> =
        public["changes"].as_array().unwrap().iter().map(|one| one["reason"].clone()).collect();
    assert_eq!(
        (public["status"].as_str(), changes),
        (Some("withdrawn"), vec![extend["reason"].clone(), withdraw["reason"].clone()])
    );
    assert!(public.get("votes").is_none(), "{public}");
    device.cast(&json!(late), &[]).await.expect_problem(409, "poll_not_open");
    device.issue(&peer, &blinded).await.expect_problem(409, "poll_not_open");
}

#[tokio::test]
async fn a_holiday_is_kept_and_a_date_is_for_one_poll() {
    let cloud = Cloud::open();
    let (moderator, member) = (moderator(&cloud).await, licensed(&cloud, "GB").await);
    let holiday = "/polls/calendar/holidays/2098-12-29";
    let name = json!({"name": "Between the years"});
    member.call(Method::PUT, holiday, Some(&name)).await.expect_problem(403, "forbidden");
    moderator.call(Method::PUT, holiday, Some(&name)).await.expect(204);
    let holidays = moderator.get("/polls/calendar").await["holidays"].clone();
    assert!(holidays.as_array().unwrap().iter().any(|one| one["date"] == "2098-12-29"), "{holidays}");
    moderator.call(Method::DELETE, holiday, None).await.expect(204);
    let wrong = "/polls/calendar/holidays/2098-13-29";
    moderator.call(Method::PUT, wrong, Some(&name)).await.expect_problem(400, "invalid_field");

    let body = json!({
        "question": format!("Which comes first of the {}?", &nonce()[..3]), "options": ["One", "Other"],
        "audience": {"to": "countries", "countries": ["GB", "US"]},
    });
    let polls = [member.create("/polls", &body).await, member.create("/polls", &body).await];
    let place = json!({"in": "date", "date": "2098-12-22"});
    story::approve(&moderator, &polls[0], &place).await;
    let approve = format!("/polls/{}/approve", polls[1]);
    let again = json!({"place": place});
    let taken = moderator.call_with(Method::POST, &approve, &[("if-match", "\"v1\"")], Some(&again)).await;
    taken.expect_problem(409, "date_taken");
    for poll in &polls {
        let path = format!("/polls/{poll}/decline");
        moderator.call(Method::POST, &path, Some(&json!({"reason": "A trial."}))).await.expect(204);
    }
}

#[tokio::test]
async fn a_result_is_broken_down_for_who_wants_it_and_tells_of_nobody() {
    let cloud = Cloud::open();
    let moderator = moderator(&cloud).await;
    let of = async |specialty: &str| {
        let mut claims = mint::claims();
        claims["clinician"]["specialty"] = json!(specialty);
        mint::member(&cloud, &claims).await
    };
    let id = story::poll_now(&cloud, &of("cardiology").await, "Would you image first?").await;
    let view = moderator.get(&format!("/polls/{id}")).await;
    // The demo community has cardiologists enough, and radiologists alone or among others.
    assert!(view["eligible"].as_u64() >= Some(5), "{view}");
    let poll = Poll::read(&cloud, &moderator, &id).await;
    // Cardiologists: 12 and 11. Radiologists: 13 and 2. One says of no segment.
    let mut segments = std::collections::BTreeSet::new();
    for (specialty, option, count) in
        [("cardiology", 0, 12), ("cardiology", 1, 11), ("radiology", 0, 13), ("radiology", 1, 2)]
    {
        for _ in 0..count {
            let segment = poll.vote_in_segment(&of(specialty).await, option).await.expect("a segment");
            segments.insert((specialty, segment));
        }
    }
    let [(_, cardiology), (_, radiology)] = segments.into_iter().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((cardiology.as_str(), cardiology != radiology), ("cardiology", true));
    poll.vote(&of("urology").await, 1).await;
    poll.publish().await;
    let live = moderator.get(&format!("/polls/{id}")).await;
    assert!(
        live["votes"].as_u64() > Some(0) && live["parts"].is_null(),
        "parts of an open poll are told: {live}"
    );
    story::poll_now(&cloud, &of("cardiology").await, "And after that?").await;
    let result = cloud
        .until("the result", 120, async || {
            let result = cloud.send(Method::GET, &poll.public(), &[], None).await;
            result.status.is_success().then(|| result.expect(200))
        })
        .await;
    assert_eq!(votes(&result), [25, 14, 0]);
    let parts = result["parts"]["parts"].as_array().unwrap();
    let part = |name: &str| parts.iter().find(|part| part["name"] == name).unwrap()["votes"].clone();
    assert_eq!(part(&radiology)[1], Value::Null, "two radiologists are told of: {result}");
    assert_eq!(part("cardiology")[1], Value::Null, "what hides them is told: {result}");
    assert!([json!(12), Value::Null].contains(&part("cardiology")[0]), "{result}");
    for part in parts {
        assert!(
            part["votes"]
                .as_array()
                .unwrap()
                .iter()
                .all(|count| count.as_u64().is_none_or(|count| count >= 10))
        );
    }
    // Nothing that is published joins a ballot to its segment.
    for path in ["result.csv", "chart.svg"] {
        let text = cloud.send(Method::GET, &format!("{}/{path}", poll.public()), &[], None).await.text;
        assert!(!text.contains("cardiology"), "{path}");
    }
    let (lines, everyone) = (record(&cloud, &poll).await, json!(poll.key.id()));
    let ballots = lines.iter().filter(|line| line["kind"] == "ballot");
    assert!(ballots.clone().all(|line| line["key"] == everyone) && ballots.count() == 39, "{lines:?}");
    let rows = cloud.everything("community").await;
    let said =
        rows.iter().filter(|row| row["pk"]["S"].as_str().unwrap().starts_with(&format!("BALLOT#{id}#")));
    assert!(said.clone().all(|row| row["segment"].is_null()) && said.count() == 39);
    let table = cloud.send(Method::GET, &format!("{}/breakdown.csv", poll.public()), &[], None).await;
    assert!(table.text.contains(",cardiology,") && table.text.contains(",1,Sometimes,,1,"), "{}", table.text);

    // Who could answer is told of the result, and a correction is a version of it.
    cloud
        .until("the notice", 60, async || {
            let reader = of("cardiology").await;
            is_told(&reader, "result", &id).await.then_some(())
        })
        .await;
    let why = json!({"reason": "The source was corrected by its publisher."});
    moderator.call(Method::POST, &format!("/polls/{id}/correct"), Some(&why)).await.expect(204);
    let corrected = cloud.send(Method::GET, &poll.public(), &[], None).await.expect(200);
    assert_eq!((&corrected["version"], &corrected["changes"][0]["reason"]), (&json!(2), &why["reason"]));
    assert_eq!((votes(&corrected), &corrected["parts"]), (votes(&result), &result["parts"]));
}
