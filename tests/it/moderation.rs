//! Texts that are looked through before they are kept, and what a member reports: hidden at once, then removed
//! everywhere or shown again.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Cloud, Member, image,
    member::case,
    mint,
    samples::sample,
    story::{observe, partner},
};

use crate::case::physician;

pub(crate) async fn moderator(cloud: &Cloud) -> Member {
    let mut claims = mint::claims();
    claims["roles"] = json!(["moderator"]);
    claims.as_object_mut().unwrap().remove("clinician");
    mint::member(cloud, &claims).await
}

pub(crate) async fn decide(moderator: &Member, review: &str, how: &str) {
    let path = format!("/reviews/{review}/{how}");
    moderator.call(Method::POST, &path, Some(&json!({}))).await.expect(204);
}

pub(crate) async fn report(by: &Member, subject: &Value) -> String {
    let body = json!({"subject": subject, "note": "in the second line"});
    let made = by.call(Method::POST, "/reports", Some(&body)).await.expect(201);
    made["review"].as_str().unwrap().to_owned()
}

/// The notices of a reader about a case.
async fn notices(cloud: &Cloud, reader: &Member, case: &str, kind: &str) {
    cloud
        .until(&format!("the notice {kind}"), 60, async || {
            let inbox = reader.get("/inbox").await;
            let of = |one: &Value| one["kind"] == kind && one["case"] == case;
            inbox["notices"].as_array()?.iter().any(of).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_text_with_identifiers_is_never_kept_and_its_author_is_shown_what_to_send() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let name = "Okonkwo-Testcase";
    let mut telling = case("A case", "cardiology");
    telling["history"] =
        json!(format!("Mrs. {name}, MRN 00482913, seen 3/14/2021, 93 years old, with chest pain."));
    let refused = author.call(Method::POST, "/cases", Some(&telling)).await;
    let problem = refused.expect_problem(422, "identifiers_found");
    assert_eq!(problem["field"], "history");
    assert!(!refused.text.contains(name) && !refused.text.contains("00482913"), "{}", refused.text);
    let diff = &problem["texts"][0];
    let kinds: Vec<_> = diff["changes"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    for kind in ["name", "id", "date", "age"] {
        assert!(kinds.contains(&json!(kind)), "{diff}");
    }
    assert!(cloud.naming("community", &[name]).await.is_empty(), "the name was kept");
    assert!(!cloud.logs().await.contains(name), "the name was logged");
    let mut accepted = telling.clone();
    accepted["history"] = diff["text"].clone();
    let id = author.create("/cases", &accepted).await;
    assert_eq!(author.get(&format!("/cases/{id}")).await["history"], diff["text"]);

    // What is no identifier is overridden with a reason that a moderator sees once the case is published.
    let moderator = moderator(&cloud).await;
    let mut protocol = case("An eponym", "cardiology");
    protocol["history"] = json!("Treated after Dr. Quillfeather-Osei, as the guideline has it.");
    let refused = author.call(Method::POST, "/cases", Some(&protocol)).await;
    let diff = refused.expect_problem(422, "identifiers_found")["texts"][0].clone();
    let places = diff["changes"].as_array().unwrap().iter();
    let reason = "it is what the manoeuvre is called";
    protocol["overrides"] = places
        .map(|one| json!({"field": "history", "start": one["start"], "end": one["end"], "reason": reason}))
        .collect();
    let id = author.create("/cases", &protocol).await;
    author.call(Method::POST, &format!("/cases/{id}/publish"), Some(&json!({}))).await.expect(200);
    notices(&cloud, &moderator, &id, "review").await;
    let review = find_review(&moderator, &id).await;
    let view = moderator.get(&format!("/reviews/{review}")).await;
    assert_eq!(
        (view["cause"].as_str(), view["places"][0]["reason"].as_str()),
        (Some("override"), Some(reason))
    );
    assert!(view["texts"].to_string().contains("Quillfeather"), "{view}");
    author.call(Method::GET, "/reviews", None).await.expect_problem(403, "forbidden");
    decide(&moderator, &review, "dismiss").await;
    assert_eq!(physician(&cloud).await.get(&format!("/cases/{id}")).await["hidden"], false);
}

/// The open review of a case, found page by page.
async fn find_review(moderator: &Member, case: &str) -> String {
    let mut path = "/reviews".to_owned();
    loop {
        let page = moderator.call(Method::GET, &path, None).await;
        let reviews = page.expect(200)["reviews"].as_array().unwrap().clone();
        if let Some(found) = reviews.iter().find(|one| one["subject"]["case"] == case) {
            return found["id"].as_str().unwrap().to_owned();
        }
        let link = page.headers["link"].to_str().unwrap();
        path = format!("/reviews{}", link.trim_start_matches('<').split('>').next().unwrap());
    }
}

#[tokio::test]
async fn an_image_that_is_reported_is_hidden_at_once_and_comes_back_or_is_nowhere() {
    let cloud = Cloud::open();
    let (author, peer) = (physician(&cloud).await, physician(&cloud).await);
    let moderator = moderator(&cloud).await;
    let id = author.draft("An image with a name", "cardiology").await;
    let settled = author.illustrate(&id, "image/jpeg", image::jpeg(320, 240)).await;
    author.attest(&id, &settled).await;
    let subject = json!({"kind": "image", "case": id, "image": settled["id"]});
    let body = json!({"subject": subject});
    let draft = peer.call(Method::POST, "/reports", Some(&body)).await;
    draft.expect_problem(404, "not_found");
    author.call(Method::POST, &format!("/cases/{id}/publish"), Some(&json!({}))).await.expect(200);
    let path = format!("/cases/{id}");
    let address = peer.get(&path).await["images"][0]["url"].as_str().unwrap().to_owned();
    let read = async || cloud.client().get(&address).send().await.unwrap().status().as_u16();
    assert_eq!(read().await, 200);

    let review = report(&peer, &subject).await;
    let view = peer.get(&path).await["images"][0].clone();
    assert_eq!(
        (&view["hidden"], &view["url"], &view["thumbnail_url"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    cloud.until("the old address to end", 30, async || (read().await == 404).then_some(())).await;
    notices(&cloud, &author, &id, "hidden").await;
    notices(&cloud, &moderator, &id, "review").await;
    let again = physician(&cloud).await.call(Method::POST, "/reports", Some(&body)).await.expect(200);
    assert_eq!(again["review"], review.as_str());
    let shown = moderator.get(&format!("/reviews/{review}")).await;
    let seen = cloud.client().get(shown["picture"]["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(seen.status().as_u16(), 200, "the moderator cannot see it");

    decide(&moderator, &review, "dismiss").await;
    notices(&cloud, &author, &id, "restored").await;
    cloud.until("the image to come back", 30, async || (read().await == 200).then_some(())).await;
    assert_eq!(peer.get(&path).await["images"][0]["hidden"], false);

    let review = report(&peer, &subject).await;
    decide(&moderator, &review, "confirm").await;
    notices(&cloud, &author, &id, "removed").await;
    cloud
        .until("every object to go", 60, async || {
            let left = cloud.objects("community-clean").into_iter().any(|(key, _)| key.contains(&id));
            (!left).then_some(())
        })
        .await;
    assert_eq!(read().await, 404);
    let view = peer.get(&path).await["images"][0].clone();
    assert_eq!((&view["state"], &view["url"]), (&json!("refused"), &Value::Null));
    let trail = moderator.get(&format!("/reviews/{review}")).await["trail"].clone();
    let acts: Vec<_> = trail.as_array().unwrap().iter().map(|one| one["act"].clone()).collect();
    assert_eq!(acts[..2], [json!("opened"), json!("confirmed")]);
}

#[tokio::test]
async fn a_text_that_is_reported_is_hidden_from_members_and_observers_and_then_nowhere() {
    let cloud = Cloud::open();
    let (author, peer) = (physician(&cloud).await, physician(&cloud).await);
    let moderator = moderator(&cloud).await;
    let (api_key, _) = partner(&cloud).await;
    let planted = format!("quillwort{}", tests::nonce());
    let mut told = case("A case", "cardiology");
    told["findings"] = json!(format!("Normal but for {planted}."));
    let id = author.create("/cases", &told).await;
    author.call(Method::POST, &format!("/cases/{id}/publish"), Some(&json!({}))).await.expect(200);
    let said = json!({"text": format!("Is {planted} worse at night?")});
    let question = peer.create(&format!("/cases/{id}/questions"), &said).await;
    let course =
        peer.create(&format!("/cases/{id}/courses"), &json!({"text": format!("Treat {planted}")})).await;
    let path = format!("/cases/{id}");
    let observed = async || observe(&cloud, &api_key, Method::GET, &path, None).await;
    cloud
        .until("the projection", 60, async || observed().await.text.contains("at night").then_some(()))
        .await;

    let contribution = json!({"kind": "contribution", "case": id, "contribution": question});
    let review = report(&author, &contribution).await;
    let thread = author.get(&format!("{path}/contributions")).await["contributions"][0].clone();
    assert_eq!((&thread["hidden"], &thread["text"]), (&json!(true), &Value::Null));
    cloud
        .until("observers not to see it", 60, async || {
            (!observed().await.text.contains("at night")).then_some(())
        })
        .await;
    decide(&moderator, &review, "dismiss").await;
    let thread = author.get(&format!("{path}/contributions")).await["contributions"][0].clone();
    assert_eq!((&thread["hidden"], &thread["text"]), (&json!(false), &said["text"]));
    cloud
        .until("observers to see it again", 60, async || {
            observed().await.text.contains("at night").then_some(())
        })
        .await;

    for subject in [
        contribution,
        json!({"kind": "course", "case": id, "course": course}),
        json!({"kind": "case", "case": id}),
    ] {
        let review = report(&peer, &subject).await;
        decide(&moderator, &review, "confirm").await;
    }
    for hidden in [path.clone(), format!("{path}/contributions")] {
        peer.call(Method::GET, &hidden, None).await.expect_problem(404, "not_found");
    }
    assert!(!peer.get("/cases").await.to_string().contains(&id), "it still stands in the feed");
    assert_eq!(author.get(&path).await["findings"], "[removed]");
    cloud
        .until("every copy to go", 60, async || {
            let rows = [cloud.everything("community").await, cloud.everything("partners").await].concat();
            // The outbox and whatever else holds a row included.
            (!rows.iter().any(|row| row.to_string().contains(&planted))).then_some(())
        })
        .await;
    observed().await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn what_was_filled_wrongly_is_seen_by_a_moderator_before_anybody_else() {
    let cloud = Cloud::open();
    let (author, peer) = (physician(&cloud).await, physician(&cloud).await);
    let moderator = moderator(&cloud).await;
    let id = author.draft("A ruler was filled", "cardiology").await;
    let before = author.illustrate(&id, "image/png", sample("screenshot")).await;
    let path = format!("/cases/{id}/images/{}", before["id"].as_str().unwrap());
    let tag =
        async || author.call(Method::GET, &path, None).await.headers["etag"].to_str().unwrap().to_owned();
    let places: Vec<Value> = before["filled"].as_array().unwrap().iter().map(rectangle).collect();
    assert!(!places.is_empty(), "{before}");
    let body = json!({"places": places, "reason": "the legend of the figure"});
    let object = async |body: &Value| {
        let tag = tag().await;
        author.call_with(Method::POST, &format!("{path}/objection"), &[("if-match", &tag)], Some(body)).await
    };
    let offer = object(&body).await.expect(202);
    tests::member::upload(&cloud, &offer["upload"], "image/png", sample("screenshot")).await.expect(204);
    let state = async |meant: &str| {
        cloud
            .until(&format!("the state {meant}"), 120, async || {
                let view = author.get(&path).await;
                (view["state"] == meant).then_some(view)
            })
            .await
    };
    let unfilled = state("needs_review").await;
    assert_eq!(unfilled["filled"], json!([]));
    let publish = format!("/cases/{id}/publish");
    author.call(Method::POST, &publish, Some(&json!({}))).await.expect_problem(409, "image_in_review");
    peer.call(Method::GET, &path, None).await.expect_problem(404, "not_found");
    let review = find_review(&moderator, &id).await;
    let view = moderator.get(&format!("/reviews/{review}")).await;
    assert_eq!(
        (view["cause"].as_str(), view["reason"].as_str()),
        (Some("objection"), body["reason"].as_str())
    );
    let seen = cloud.client().get(view["picture"]["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(seen.status().as_u16(), 200);

    // It is writing after all: the places are filled, and the picture with the writing is gone.
    decide(&moderator, &review, "dismiss").await;
    notices(&cloud, &author, &id, "decided").await;
    let filled = state("clean").await;
    assert!(!filled["filled"].as_array().unwrap().is_empty());
    let former = cloud.client().get(unfilled["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(former.status().as_u16(), 404, "the picture with the writing can still be had");
    author.attest(&id, &filled).await;
    author.call(Method::POST, &publish, Some(&json!({}))).await.expect(200);
}

/// A filled place without its kind.
fn rectangle(place: &Value) -> Value {
    json!({"x": place["x"], "y": place["y"], "width": place["width"], "height": place["height"]})
}
