//! Cases: discussion, votes under contention, closing.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Cloud, Member, fresh_key, heard, member::case, mint};

/// A physician with a session, and nothing else.
pub(crate) async fn physician(cloud: &Cloud) -> Member {
    mint::member(cloud, &mint::claims()).await
}

async fn nurse(cloud: &Cloud) -> Member {
    let mut claims = mint::claims();
    claims["clinician"]["profession"] = json!("nurse");
    claims["clinician"]["tier"] = json!("licence_verified");
    mint::member(cloud, &claims).await
}

#[tokio::test]
async fn a_draft_is_its_authors_alone_and_an_older_version_cannot_be_edited() {
    let cloud = Cloud::open();
    let (author, other) = (physician(&cloud).await, physician(&cloud).await);
    let id = author.draft("A draft", "cardiology").await;
    let path = format!("/cases/{id}");
    let traces = async || cloud.naming("community", &[&id, &other.id()]).await;
    let before = traces().await;
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::POST, format!("{path}/publish"), Some(json!({}))),
        (Method::POST, format!("{path}/images"), Some(json!({"media_type": "image/png", "bytes": 9}))),
        (Method::POST, format!("{path}/advice"), Some(json!({"text": "x"}))),
        (Method::POST, format!("{path}/close"), Some(json!({"outcome": "x"}))),
        (Method::GET, format!("{path}/contributions"), None),
    ] {
        other.call(method, &path, body.as_ref()).await.expect_problem(404, "not_found");
    }
    assert_eq!(traces().await, before, "a refusal left a trace");
    let edit = async |version: &str| {
        author
            .call_with(Method::PUT, &path, &[("if-match", version)], Some(&case("Edited", "cardiology")))
            .await
    };
    let tag = author.call(Method::GET, &path, None).await.headers["etag"].to_str().unwrap().to_owned();
    edit(&tag).await.expect(200);
    edit(&tag).await.expect_problem(412, "stale");
    let without = author.call(Method::PUT, &path, Some(&case("Edited", "cardiology"))).await;
    without.expect_problem(400, "if_match_required");
    assert_eq!(author.get(&path).await["title"], "Edited");
}

#[tokio::test]
async fn a_nurse_may_ask_and_reply_but_not_do_what_is_a_physicians() {
    let cloud = Cloud::open();
    let (author, nurse) = (physician(&cloud).await, nurse(&cloud).await);
    let id = author.publish("For physicians", "cardiology").await;
    let say = json!({"text": "Something"});
    let traces = async || cloud.naming("community", &[&id, &nurse.id()]).await;
    let before = traces().await;
    for (path, body) in [
        ("/cases".to_owned(), case("A nurse's", "cardiology")),
        (format!("/cases/{id}/advice"), say.clone()),
        (format!("/cases/{id}/courses"), say.clone()),
    ] {
        nurse.call(Method::POST, &path, Some(&body)).await.expect_problem(403, "forbidden");
    }
    let edited = case("A nurse's", "cardiology");
    for (method, rest, body) in [
        (Method::POST, "/images", json!({"media_type": "image/png", "bytes": 9})),
        (Method::POST, "/publish", json!({})),
        (Method::POST, "/close", json!({"outcome": "x"})),
        (Method::PUT, "", edited),
        (Method::PUT, "/vote", json!({"course": "crs_01JD2V5Q0M8RZ6T3W9X4Y7B1CE"})),
    ] {
        let headers = [("if-match", "\"v1\"")];
        let reply = nurse.call_with(method, &format!("/cases/{id}{rest}"), &headers, Some(&body)).await;
        reply.expect_problem(403, "forbidden");
    }
    assert_eq!(traces().await, before, "a refusal left a trace");
    nurse.create(&format!("/cases/{id}/questions"), &say).await;
    let thread = nurse.get(&format!("/cases/{id}/contributions")).await;
    assert_eq!(thread["contributions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn text_out_of_bounds_unknown_fields_and_bad_cursors_are_refused() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let with = |field: &str, value: Value| {
        let mut body = case("A title", "cardiology");
        body[field] = value;
        body
    };
    for (body, code, field) in [
        (with("title", json!("")), "invalid_field", "title"),
        (with("title", json!("x".repeat(201))), "invalid_field", "title"),
        (with("history", json!("x".repeat(20_001))), "invalid_field", "history"),
        (with("question", json!("a\u{202e}b")), "invalid_field", "question"),
        (with("patient_name", json!("Jane")), "unknown_field", "patient_name"),
    ] {
        let problem = author.call(Method::POST, "/cases", Some(&body)).await.expect_problem(400, code);
        assert_eq!(problem["field"], field);
    }
    let huge = with("history", json!("x".repeat(400_000)));
    author.call(Method::POST, "/cases", Some(&huge)).await.expect_problem(413, "body_too_large");
    author.call(Method::GET, "/cases?cursor=forged", None).await.expect_problem(400, "bad_cursor");
    author.call(Method::GET, "/cases?page=2", None).await.expect_problem(400, "unknown_field");
    assert_eq!(author.get("/cases/mine").await["cases"], json!([]), "a refusal left a trace");
    let url = format!("{}/cases", cloud.address("community_Url"));
    let bearer = format!("Bearer {}", author.token);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "unquoted")];
    let body = case("A title", "cardiology");
    let reply = cloud.send(Method::POST, &url, &headers, Some(&body)).await;
    reply.expect_problem(400, "idempotency_key_required");
    let traces = cloud.naming("community", &[&author.id()]).await;
    assert!(traces.is_empty(), "a refusal left a trace: {traces:?}");
}

#[tokio::test]
async fn a_list_is_read_page_by_page_without_a_gap() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    for number in 0..27 {
        author.draft(&format!("Case {number}"), "cardiology").await;
    }
    let first = author.call(Method::GET, "/cases/mine", None).await;
    let page = first.expect(200);
    let link = first.headers["link"].to_str().unwrap();
    let query = link.trim_start_matches("<?").split('>').next().unwrap();
    let second = author.get(&format!("/cases/mine?{query}")).await;
    let count = |page: &Value| page["cases"].as_array().unwrap().len();
    assert_eq!((count(&page), count(&second)), (25, 2));
    author.call(Method::GET, &format!("/cases?{query}"), None).await.expect_problem(400, "bad_cursor");
}

/// Has the function that takes votes started as often as it will be needed: the local cloud starts a process for
/// every request in flight, and a small machine cannot start many at once.
async fn start_functions(voters: &[Member], case: &str, waves: &[usize]) {
    for wave in waves {
        let read = |voter: Member| {
            let path = format!("/cases/{case}/contributions");
            tokio::spawn(async move { voter.call(Method::GET, &path, None).await })
        };
        let reads: Vec<_> = voters.iter().cycle().take(*wave).cloned().map(read).collect();
        for read in reads {
            // What the gateway gave up on has started its function all the same.
            drop(read.await);
        }
    }
}

#[tokio::test]
async fn fifty_votes_at_once_of_one_member_leave_one() {
    let cloud = Cloud::open();
    let (author, voter) = (physician(&cloud).await, physician(&cloud).await);
    let id = author.publish("One member, many votes", "cardiology").await;
    let path = format!("/cases/{id}");
    let mut courses = Vec::new();
    for text in ["First", "Second"] {
        courses.push(author.create(&format!("{path}/courses"), &json!({"text": text})).await);
    }
    start_functions(std::slice::from_ref(&voter), &id, &[25, 50]).await;
    let votes = (0..50).map(|number| {
        let (voter, path) = (voter.clone(), format!("{path}/vote"));
        let body = json!({"course": courses[number % 2]});
        tokio::spawn(async move { voter.call(Method::PUT, &path, Some(&body)).await })
    });
    for vote in votes.collect::<Vec<_>>() {
        // Whether a vote was counted is not known of an answer that is lost.
        if let Ok(reply) = vote.await {
            assert!(reply.status.as_u16() == 200 || reply.is_given_up(), "{}", reply.text);
        }
    }
    let view = voter.get(&path).await;
    let counts: Vec<u64> =
        view["courses"].as_array().unwrap().iter().map(|one| one["votes"].as_u64().unwrap()).collect();
    assert_eq!(counts.iter().sum::<u64>(), 1, "{view}");
    let mine = courses.iter().position(|course| view["my_vote"] == **course).unwrap();
    assert_eq!(view["courses"][mine]["votes"], 1);
}

#[tokio::test]
async fn two_hundred_members_who_vote_at_once_are_all_counted() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let id = author.publish("Many members", "cardiology").await;
    let course = author.create(&format!("/cases/{id}/courses"), &json!({"text": "Watch and wait"})).await;
    let mut voters = Vec::new();
    for _ in 0..200 {
        voters.push(physician(&cloud).await);
    }
    start_functions(&voters, &id, &[25, 50, 100, 150, 200]).await;
    let votes: Vec<_> = voters
        .into_iter()
        .map(|voter| {
            let (path, body) = (format!("/cases/{id}/vote"), json!({"course": course}));
            tokio::spawn(async move {
                let vote = || {
                    let (voter, path, body) = (voter.clone(), path.clone(), body.clone());
                    async move { voter.call(Method::PUT, &path, Some(&body)).await }
                };
                heard(vote).await.expect(200);
            })
        })
        .collect();
    for vote in votes {
        vote.await.unwrap();
    }
    let view = author.get(&format!("/cases/{id}")).await;
    assert_eq!(view["courses"][0]["votes"], 200);
}

#[tokio::test]
async fn a_closed_case_takes_nothing_more_and_keeps_its_figures() {
    let cloud = Cloud::open();
    let (author, peer) = (physician(&cloud).await, physician(&cloud).await);
    let id = author.publish("To be closed", "cardiology").await;
    let path = format!("/cases/{id}");
    let say = json!({"text": "Something"});
    let advice = peer.create(&format!("{path}/advice"), &say).await;
    let question = peer.create(&format!("{path}/questions"), &say).await;
    let course = peer.create(&format!("{path}/courses"), &say).await;
    let own = format!("{path}/contributions/{advice}/corroboration");
    peer.call(Method::PUT, &own, None).await.expect_problem(403, "own_contribution");
    peer.get(&path).await;
    peer.get(&path).await;
    let close = format!("{path}/close");
    let closing = json!({"outcome": "Recovered", "accepted": advice});
    peer.call(Method::POST, &close, Some(&closing)).await.expect_problem(404, "not_found");
    let wrong = json!({"outcome": "Recovered", "accepted": question});
    author.call(Method::POST, &close, Some(&wrong)).await.expect_problem(409, "not_advice");
    let key = fresh_key();
    let headers = [("idempotency-key", key.as_str())];
    let first = author.call_with(Method::POST, &close, &headers, Some(&closing)).await.expect(200);
    let again = author.call_with(Method::POST, &close, &headers, Some(&closing)).await.expect(200);
    assert_eq!(first, again);
    author.call(Method::POST, &close, Some(&closing)).await.expect_problem(409, "case_closed");
    let before = cloud.naming("community", &[&id]).await;
    for (method, rest, body) in [
        (Method::POST, "/advice".to_owned(), Some(say.clone())),
        (Method::POST, "/questions".to_owned(), Some(say.clone())),
        (Method::POST, format!("/contributions/{advice}/replies"), Some(say.clone())),
        (Method::POST, "/courses".to_owned(), Some(say.clone())),
        (Method::PUT, "/vote".to_owned(), Some(json!({"course": course}))),
        (Method::PUT, format!("/contributions/{question}/corroboration"), None),
    ] {
        let reply = author.call(method, &format!("{path}{rest}"), body.as_ref()).await;
        reply.expect_problem(409, "case_closed");
    }
    assert_eq!(cloud.naming("community", &[&id]).await, before, "a refusal left a trace");
    let view = author.get(&path).await;
    assert_eq!((view["status"].as_str(), view["views"].as_u64()), (Some("closed"), Some(1)), "{view}");
    assert_eq!(view["accepted"], advice);
    assert!(view["seconds_to_first_answer"].is_number() && view["seconds_to_close"].is_number());
}
