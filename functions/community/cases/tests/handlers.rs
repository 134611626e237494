//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use cases::App;
use community::{
    byline::AliasKey,
    case::{
        Cases,
        image::{Clean, Ending, Files, ImageState},
    },
    member::Members,
    vote::Votes,
};
use edge::testing::{StandIn, about, again, by, call, event, saying, with, within_budget};
use kernel::{
    Secret, Timestamp,
    id::{CaseId, ImageId, MemberId},
};
use screening::Screen;
use serde_json::{Value, json};
use storage::{Bucket, Uploads};
use table::{CursorKey, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

async fn app(engine: &Engine) -> (App, StandIn) {
    let storage = StandIn::start(|_| (204, "")).await;
    let url = "https://quarantine.example".to_owned();
    let app = App {
        cases: Cases::new(engine.table.clone()),
        members: Members::new(engine.table.clone()),
        votes: Votes::new(engine.table.clone()),
        uploads: Uploads::new(&storage.aws, "quarantine".to_owned(), url).expect("uploads"),
        images: Bucket::new(&storage.aws, "clean".to_owned(), true),
        screen: Screen::load(NOW),
        aliases: AliasKey::new(Secret::new("alias")),
        cursors: CursorKey::new(Secret::new("cursor")),
    };
    (app, storage)
}

/// A sample request about that case, with an idempotency key of its own.
fn sample(name: &str, case: CaseId) -> Value {
    let sample = about(&event(&format!("community/cases/{name}")), case);
    let creates = sample.pointer("/headers/Idempotency-Key").is_some();
    if creates { again(&sample, name) } else { sample }
}

/// A sample request about an image.
fn of_image(name: &str, case: CaseId, image: ImageId, rest: &str) -> Value {
    let sample = event(&format!("community/cases/{name}"));
    with(&sample, "/path", format!("/cases/{case}/images/{image}{rest}"))
}

/// The same, of the image as it was seen.
fn as_seen(request: &Value, revision: i64) -> Value {
    let tag = format!("\"v{revision}\"");
    let request = with(request, "/headers/If-Match", tag.as_str());
    with(&request, "/multiValueHeaders/If-Match", json!([tag]))
}

/// Has an image anonymised.
async fn anonymised(cases: &Cases, case: CaseId, image: ImageId) {
    let waiting = cases.image(case, image).await.expect("a read").expect("an image");
    let under_way = waiting.clone().uploaded().expect("awaited");
    assert!(cases.step_image(case, &waiting, &under_way, NOW).await.expect("claimed"));
    let clean = Clean {
        media_type: "application/dicom".to_owned(),
        width: 640,
        height: 480,
        frames: 3,
        head_slices: 0,
        filled: Vec::new(),
        files: Files {
            image: "a.dcm".to_owned(),
            thumbnail: "a-thumbnail.jpg".to_owned(),
            preview: Some("a-preview.png".to_owned()),
            filmstrip: None,
        },
    };
    let ended = under_way.clone().ended(Ending::Clean(Box::new(clean)));
    assert!(cases.step_image(case, &under_way, &ended, NOW).await.expect("settled"));
    assert!(!cases.step_image(case, &under_way, &ended, NOW).await.expect("settled"), "settled twice");
}

#[tokio::test]
async fn a_case_runs_its_course_within_its_budget() {
    let engine = Engine::start().await;
    let (app, storage) = app(&engine).await;
    let cases = app.cases.clone();
    let router = cases::api(app).into_router();

    let (status, made) = call(&router, &event("community/cases/create"), NOW).await;
    assert_eq!(status, 201, "{made}");
    within_budget("POST /cases", engine.calls.take());
    let id: CaseId = made["id"].as_str().expect("an id").parse().expect("an id");

    let (status, offer) = call(&router, &sample("offer_image", id), NOW).await;
    assert_eq!(status, 201, "{offer}");
    within_budget("POST /cases/{case}/images", engine.calls.take());
    let (_, same) = call(&router, &sample("offer_image", id), NOW).await;
    assert_eq!(offer["image"], same["image"], "the same request offered two images");
    let kept = engine.snapshot().await;
    assert!(!kept.iter().any(|row| row.contains("x-amz-signature")), "the form's credentials are kept");
    let image: ImageId = offer["image"].as_str().expect("an id").parse().expect("an id");

    let (status, problem) = call(&router, &sample("publish", id), NOW).await;
    assert_eq!(
        (status, problem["type"].as_str()),
        (409, Some("https://curbside.dev/problems/images_pending"))
    );
    anonymised(&cases, id, image).await;
    let (_, problem) = call(&router, &sample("publish", id), NOW).await;
    assert_eq!(problem["type"], "https://curbside.dev/problems/image_not_attested");

    engine.calls.take();
    let (status, shown) = call(&router, &of_image("show_image", id, image, ""), NOW).await;
    assert_eq!((status, shown["state"].as_str(), shown["frames"].as_u64()), (200, Some("clean"), Some(3)));
    within_budget("GET /cases/{case}/images/{image}", engine.calls.take());
    assert!(shown["preview_url"].as_str().is_some_and(|url| url.contains("a-preview.png?")), "{shown}");
    assert_eq!(shown["filmstrip_url"], Value::Null);
    let stranger = by(&of_image("show_image", id, image, ""), MemberId::random());
    assert_eq!(call(&router, &stranger, NOW).await.0, 404);
    engine.calls.take();

    let attest = of_image("attest_image", id, image, "/attestation");
    let (status, attested) = call(&router, &as_seen(&attest, 3), NOW).await;
    assert_eq!((status, attested["attested_at"].as_str()), (200, Some("1970-01-01T00:00:00Z")), "{attested}");
    within_budget("PUT /cases/{case}/images/{image}/attestation", engine.calls.take());
    assert_eq!(call(&router, &as_seen(&attest, 3), NOW).await.0, 412, "attested what was not seen");
    let mark = of_image("mark_image", id, image, "/boxes");
    let outside = saying(&mark, &json!({"places": [{"x": 0, "y": 0, "width": 641, "height": 1}]}));
    let (status, problem) = call(&router, &as_seen(&outside, 4), NOW).await;
    assert_eq!((status, problem["field"].as_str()), (400, Some("places[0]")), "{problem}");
    engine.calls.take();
    let (status, marked) = call(&router, &as_seen(&mark, 4), NOW).await;
    assert_eq!((status, marked["state"].as_str()), (202, Some("anonymising")), "{marked}");
    assert_eq!(marked["attested_at"], Value::Null);
    within_budget("POST /cases/{case}/images/{image}/boxes", engine.calls.take());
    assert_eq!(call(&router, &as_seen(&attest, 5), NOW).await.0, 409, "attested while it was changed");

    engine.calls.take();
    let removal = of_image("remove_image", id, image, "");
    assert_eq!(call(&router, &removal, NOW).await.0, 204);
    within_budget("DELETE /cases/{case}/images/{image}", engine.calls.take());
    assert_eq!(call(&router, &removal, NOW).await.0, 404, "taken off twice");
    assert_eq!(storage.asked().len(), 0, "the storage was asked");
    let told = engine.outbox().await.into_iter().filter(|(kind, _)| kind == "community.image_changed.v1");
    assert_eq!(told.count(), 2, "for the marked places, and for what was taken off");

    let edit = sample("edit", id);
    let version = call(&router, &sample("show", id), NOW).await.1;
    assert_eq!(version["images"], json!([]));
    let etag = cases.find(id).await.expect("the case").version;
    let edit = with(&edit, "/headers/If-Match", format!("\"v{etag}\""));
    let edit = with(&edit, "/multiValueHeaders/If-Match", json!([format!("\"v{etag}\"")]));
    engine.calls.take();
    let (status, edited) = call(&router, &edit, NOW).await;
    assert_eq!(status, 200, "{edited}");
    within_budget("PUT /cases/{case}", engine.calls.take());
    assert_eq!(call(&router, &edit, NOW).await.0, 412);

    engine.calls.take();
    let (status, published) = call(&router, &sample("publish", id), NOW).await;
    assert_eq!((status, published["status"].as_str()), (200, Some("published")), "{published}");
    within_budget("POST /cases/{case}/publish", engine.calls.take());

    let reader = by(&sample("show", id), MemberId::random());
    let (status, view) = call(&router, &reader, NOW).await;
    assert_eq!((status, view["views"].as_u64()), (200, Some(1)));
    within_budget("GET /cases/{case}, at a colleague's first view", engine.calls.take());
    assert_eq!(call(&router, &reader, NOW).await.1["views"], 1, "counted twice");
    within_budget("GET /cases/{case}", engine.calls.take());
    for (name, request) in [("feed", "GET /cases"), ("mine", "GET /cases/mine")] {
        let (status, page) = call(&router, &event(&format!("community/cases/{name}")), NOW).await;
        assert_eq!((status, page["cases"].as_array().map(Vec::len)), (200, Some(1)), "{page}");
        within_budget(request, engine.calls.take());
    }

    let close = saying(&sample("close", id), &json!({"outcome": "Recovered."}));
    let (status, closed) = call(&router, &close, NOW).await;
    assert_eq!((status, closed["status"].as_str()), (200, Some("closed")), "{closed}");
    within_budget("POST /cases/{case}/close", engine.calls.take());
    assert_eq!(call(&router, &close, NOW).await, (200, closed), "the same closing again");
    assert_eq!(call(&router, &again(&close, "other"), NOW).await.0, 409);
    let closings = engine.outbox().await.into_iter().filter(|(kind, _)| kind == "community.case_closed.v1");
    assert_eq!(closings.count(), 1);
}

#[tokio::test]
async fn offers_at_once_are_all_taken_until_the_case_is_full() {
    let engine = Engine::start().await;
    let (app, _) = app(&engine).await;
    let cases = app.cases.clone();
    let router = cases::api(app).into_router();
    let (_, made) = call(&router, &event("community/cases/create"), NOW).await;
    let id: CaseId = made["id"].as_str().expect("an id").parse().expect("an id");
    let mut offers = tokio::task::JoinSet::new();
    for number in 0..12 {
        let (router, offer) = (router.clone(), again(&sample("offer_image", id), &number.to_string()));
        offers.spawn(async move { call(&router, &offer, NOW).await.0 });
    }
    let mut statuses = offers.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 8, "{statuses:?}");
    let whole = cases.whole(id).await.expect("the case");
    assert_eq!(whole.images.iter().filter(|image| image.state == ImageState::Waiting).count(), 8);
}

/// The sample with another text in a field.
fn telling(sample: &Value, field: &str, text: &str) -> Value {
    let body = sample.get("body").and_then(Value::as_str).expect("a body");
    let mut body: Value = serde_json::from_str(body).expect("JSON");
    *body.get_mut(field).expect("the field") = json!(text);
    saying(sample, &body)
}

#[tokio::test]
async fn a_case_with_identifiers_is_answered_without_them_and_leaves_nothing() {
    const TEXT: &str = "Mr. Okafor, MRN 00482913, was seen on 3/14/2021.";
    let engine = Engine::start().await;
    let (app, _) = app(&engine).await;
    let cases = app.cases.clone();
    let router = cases::api(app).into_router();
    let create = event("community/cases/create");
    for field in ["title", "history", "findings", "question"] {
        engine.calls.take();
        let (status, problem) = call(&router, &telling(&create, field, TEXT), NOW).await;
        assert_eq!((status, problem["field"].as_str()), (422, Some(field)), "{problem}");
        assert_eq!((engine.calls.take(), engine.snapshot().await.len()), (0, 0), "something was kept");
        let clean = problem["texts"][0]["text"].as_str().expect("a text");
        assert!(!clean.contains("Okafor") && !clean.contains("00482913"), "{clean}");
    }
    let both =
        telling(&telling(&create, "title", "Quillfeather: syncope"), "history", "Mrs. Quillfeather fainted.");
    let (_, problem) = call(&router, &both, NOW).await;
    let fields: Vec<_> =
        problem["texts"].as_array().expect("texts").iter().map(|one| &one["field"]).collect();
    assert_eq!(fields, ["title", "history"], "who is named in one field is not known in the others");
    let (_, made) = call(&router, &create, NOW).await;
    let id: CaseId = made["id"].as_str().expect("an id").parse().expect("an id");
    let edit = |request: Value| {
        let request = with(&request, "/headers/If-Match", "\"v1\"");
        with(&request, "/multiValueHeaders/If-Match", json!(["\"v1\""]))
    };
    let rows = engine.snapshot().await;
    let edited = edit(telling(&sample("edit", id), "history", TEXT));
    assert_eq!(call(&router, &edited, NOW).await.0, 422);
    assert_eq!(engine.snapshot().await, rows, "something was kept");

    // What is overridden is kept, and a moderator sees it once it is published.
    let eponym = telling(&sample("edit", id), "history", "Treated by the Okafor protocol since 3/14/2021.");
    let (_, problem) = call(&router, &edit(eponym.clone()), NOW).await;
    let overrides = overriding(&problem);
    let body: Value = serde_json::from_str(eponym["body"].as_str().expect("a body")).expect("JSON");
    let mut body = body;
    body["overrides"] = json!(overrides);
    let (status, edited) = call(&router, &edit(saying(&eponym, &body)), NOW).await;
    assert_eq!(status, 200, "{edited}");
    let reviews =
        async || engine.snapshot().await.into_iter().filter(|row| row.contains("REVIEWS#open")).count();
    assert_eq!(reviews().await, 0, "a draft is its author's alone");
    assert_eq!(call(&router, &sample("publish", id), NOW).await.0, 200);
    assert_eq!(reviews().await, 1);
    let rows = engine.snapshot().await;
    let close = saying(&sample("close", id), &json!({"outcome": TEXT}));
    let (status, problem) = call(&router, &close, NOW).await;
    assert_eq!((status, problem["field"].as_str()), (422, Some("outcome")), "{problem}");
    assert_eq!(engine.snapshot().await, rows, "something was kept");
    assert!(cases.find(id).await.expect("the case").outcome.is_none());
    let body = json!({"outcome": TEXT, "overrides": overriding(&problem)});
    let (status, closed) = call(&router, &saying(&sample("close", id), &body), NOW).await;
    assert_eq!((status, reviews().await), (200, 2), "{closed}");
}

/// An override of all that was found.
fn overriding(problem: &Value) -> Vec<Value> {
    let found = problem.pointer("/texts/0").expect("a text");
    let part = |of: &Value, name: &str| of.get(name).expect("a part of it").clone();
    let excuse = |one: &Value| {
        json!({
            "field": part(found, "field"), "start": part(one, "start"), "end": part(one, "end"),
            "reason": "the version of a protocol",
        })
    };
    part(found, "changes").as_array().expect("changes").iter().map(excuse).collect()
}

#[tokio::test]
async fn an_author_objects_to_what_was_filled_and_uploads_it_again() {
    let engine = Engine::start().await;
    let (app, _) = app(&engine).await;
    let cases = app.cases.clone();
    let router = cases::api(app).into_router();
    let (_, made) = call(&router, &event("community/cases/create"), NOW).await;
    let id: CaseId = made["id"].as_str().expect("an id").parse().expect("an id");
    let (_, offer) = call(&router, &sample("offer_image", id), NOW).await;
    let image: ImageId = offer["image"].as_str().expect("an id").parse().expect("an id");
    anonymised(&cases, id, image).await;
    let object = as_seen(&of_image("object_image", id, image, "/objection"), 3);
    let (status, problem) = call(&router, &object, NOW).await;
    assert_eq!((status, problem["field"].as_str()), (400, Some("places[0]")), "it was not filled: {problem}");
    let before = cases.image(id, image).await.expect("a read").expect("an image");
    let place = |kind| json!({"kind": kind, "x": 10, "y": 20, "width": 30, "height": 8});
    let mut clean = before.clean.clone().expect("a clean image");
    clean.filled = serde_json::from_value(json!([place("text")])).expect("places");
    let filled = community::case::image::Image { clean: Some(clean), ..before.clone() };
    assert!(cases.step_image(id, &before, &filled, NOW).await.expect("kept"));
    let telling = json!({"places": [{"x": 10, "y": 20, "width": 30, "height": 8}], "reason": "Mr. Okafor"});
    assert_eq!(call(&router, &saying(&object, &telling), NOW).await.0, 422);
    engine.calls.take();
    let (status, offer) = call(&router, &object, NOW).await;
    assert_eq!((status, offer["image"].as_str()), (202, Some(image.to_string().as_str())), "{offer}");
    within_budget("POST /cases/{case}/images/{image}/objection", engine.calls.take());
    assert!(offer["upload"]["fields"]["key"].as_str().is_some_and(|key| key.starts_with("short/case_")));
    let waiting = cases.image(id, image).await.expect("a read").expect("an image");
    assert_eq!((waiting.state, waiting.clean), (ImageState::Waiting, None));
    assert_eq!(call(&router, &object, NOW).await.0, 409, "objected twice");
    let (status, again) = call(&router, &sample("offer_image", id), NOW).await;
    let key = |offer: &Value| offer["upload"]["fields"]["key"].clone();
    assert_eq!((status, key(&again)), (201, key(&offer)), "the form of an upload that nobody awaits");
}
