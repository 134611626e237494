//! What authors and moderators have done to an image.

use anonymize::App;
use community::{
    case::image::{Image, ImageState, Objection, Rectangle},
    review::{Cause, Review, Reviews, Subject},
};
use edge::{
    queue::Failures,
    testing::{Asked, StandIn, within_budget},
};
use kernel::id::MemberId;
use storage::Bucket;
use table::{OnceKey, Stored};

use crate::stage::{NOW, picture, stage, uploaded, written};

#[tokio::test]
async fn what_its_author_marks_is_filled_and_the_former_image_is_gone() {
    let stage = stage().await;
    stage.upload(&picture(200)).await;
    let (before, former) = (stage.image().await, stage.named().await);
    let place = Rectangle { x: 2, y: 1, width: 3, height: 2 };
    let marked = before.clone().mark(before.revision, vec![place]).expect("marked");
    stage.app.cases.change_image(stage.case, &before, &marked, NOW).await.expect("kept");
    stage.engine.calls.take();
    stage.service.asked();
    stage.changed().await;
    within_budget("anonymize, marked places", stage.engine.calls.take() + stage.service.asked().len());
    stage.changed().await;
    let filled = stage.image().await;
    assert_eq!((filled.state, filled.attested_at), (ImageState::Clean, None));
    assert_eq!(
        filled.clean.expect("a clean image").filled.iter().map(|one| one.at).collect::<Vec<_>>(),
        [place]
    );
    let named = stage.named().await;
    assert_eq!(stage.objects.held(), named);
    assert!(former.iter().all(|name| !named.contains(name)), "an object was changed under its name");
    let object = named.iter().find(|name| name.ends_with(".png")).expect("the image");
    let seen =
        image::load_from_memory(&stage.objects.get(object).expect("bytes")).expect("a picture").into_rgb8();
    for (x, y, pixel) in seen.enumerate_pixels() {
        let within = (2..5).contains(&x) && (1..3).contains(&y);
        assert_eq!(pixel.0, if within { [0, 0, 0] } else { [200, 30, 30] }, "{x}, {y}");
    }
}

#[tokio::test]
async fn an_image_that_was_taken_off_leaves_nothing() {
    let stage = stage().await;
    stage.upload(&picture(10)).await;
    stage.keep(1, b"a later upload");
    stage.remove().await;
    stage.engine.calls.take();
    stage.service.asked();
    stage.changed().await;
    within_budget("anonymize, an image taken off", stage.engine.calls.take() + stage.service.asked().len());
    assert!(stage.objects.held().is_empty(), "{:?}", stage.objects.held());
    stage.upload(&picture(200)).await;
    assert!(stage.objects.held().is_empty(), "{:?}", stage.objects.held());
}

#[tokio::test]
async fn what_a_review_hides_lies_where_no_address_leads_and_comes_back_or_is_nowhere() {
    let stage = stage().await;
    stage.upload(&picture(200)).await;
    let (shown, bytes) = (stage.objects.held(), stage.objects.get(&stage.named().await[0]));
    let withheld: Vec<String> =
        shown.iter().map(|name| name.replacen("clean/", "clean/withheld/", 1)).collect();
    let store = Reviews::new(stage.engine.table.clone());
    let subject = Subject::Image { case: stage.case, image: stage.image };
    let hide = async |key: &str| {
        let by = MemberId::random();
        let review = Review::of(subject, MemberId::random(), Cause::Identifier { note: None }, by, NOW);
        let stored = Stored { status: 201, body: "{}".to_owned() };
        let once = OnceKey::new("reporter", key, String::new(), NOW);
        store
            .hide(&review, &store.subject(subject).await.expect("an image").0, &once, &stored)
            .await
            .expect("hidden");
        review
    };
    let decide = async |review: &Review, confirmed: bool| {
        let (seen, _) = store.subject(subject).await.expect("an image");
        store.decide(review, Some(&seen), confirmed, MemberId::random(), NOW).await.expect("decided");
    };
    let review = hide("1").await;
    for _ in 0..2 {
        stage.changed().await;
        assert_eq!(stage.objects.held(), withheld);
    }
    decide(&review, false).await;
    stage.changed().await;
    assert_eq!((stage.objects.held(), stage.objects.get(&stage.named().await[0])), (shown.clone(), bytes));

    // Hidden and shown again while both are handled at once, again and again.
    for round in 0..6 {
        let review = hide(&format!("race{round}")).await;
        let (app, told) = (stage.app.clone(), stage.told(1));
        let first = tokio::spawn(async move { app.handle(told).await.expect("handled") });
        decide(&review, false).await;
        stage.app.handle(stage.told(1)).await.expect("handled");
        first.await.expect("an end");
        // Whoever met the other is handed out again.
        stage.changed().await;
        assert_eq!(stage.objects.held(), shown, "it is shown, and lies elsewhere");
    }

    // Killed in between: some objects are in both places, some were moved.
    let review = hide("2").await;
    stage.objects.put(&withheld[0], b"half a copy");
    stage.changed().await;
    assert_eq!(stage.objects.held(), withheld);
    assert_ne!(stage.objects.get(&withheld[0]).as_deref(), Some(b"half a copy".as_slice()));
    decide(&review, true).await;
    stage.changed().await;
    assert!(stage.objects.held().is_empty(), "{:?}", stage.objects.held());
    let image = stage.image().await;
    assert_eq!((image.state, image.clean), (ImageState::Refused, None));
}

#[tokio::test]
async fn who_meets_another_that_moves_the_objects_comes_again_until_it_has_ended() {
    let stage = stage().await;
    stage.upload(&picture(200)).await;
    let shown = stage.objects.held();
    let store = Reviews::new(stage.engine.table.clone());
    let subject = Subject::Image { case: stage.case, image: stage.image };
    let cause = Cause::Identifier { note: None };
    let review = Review::of(subject, MemberId::random(), cause, MemberId::random(), NOW);
    let (seen, _) = store.subject(subject).await.expect("an image");
    let stored = Stored { status: 201, body: "{}".to_owned() };
    let once = OnceKey::new("reporter", "1", String::new(), NOW);
    store.hide(&review, &seen, &once, &stored).await.expect("hidden");

    let hidden = stage.image().await;
    let moving = hidden.clone().moving(edge::now()).expect("free");
    assert!(stage.app.cases.step_image(stage.case, &hidden, &moving, NOW).await.expect("leased"));
    let met = stage.app.handle(stage.told(1)).await.expect("handled");
    assert_eq!((met.batch_item_failures.len(), stage.objects.held()), (1, shown.clone()));

    // The other one died: its time is over.
    let over = Image { moving_until: Some(NOW), ..moving.clone().moved() };
    assert!(stage.app.cases.step_image(stage.case, &moving, &over, NOW).await.expect("over"));
    let storage = stage.objects.clone();
    let copies_nothing = move |asked: &Asked| match &asked.source {
        Some(_) => (403, Vec::new()),
        None => storage.answer(&asked.what, &asked.query, None, &asked.body),
    };
    let service = StandIn::start(copies_nothing).await;
    let app = App { clean: Bucket::new(&service.aws, "clean".to_owned(), true), ..stage.app.clone() };
    assert_eq!(app.handle(stage.told(1)).await.expect("handled").batch_item_failures.len(), 1);
    assert_eq!(stage.image().await.moving_until, None, "nobody can move it for ten minutes");
    assert_eq!(stage.objects.held(), shown);
    stage.changed().await;
    assert!(stage.objects.held().iter().all(|name| name.starts_with("clean/withheld/")));
}

#[tokio::test]
async fn what_was_objected_to_is_left_as_it_is_and_a_moderator_asked() {
    let stage = stage().await;
    stage.upload(&written()).await;
    let before = stage.image().await;
    let places: Vec<Rectangle> =
        before.clean.as_ref().expect("a clean image").filled.iter().map(|place| place.at).collect();
    assert!(!places.is_empty(), "the writing was not filled");
    let reason = "a ruler".parse().expect("a reason");
    let objection = Objection { by: MemberId::random(), places, reason };
    let objected = before.clone().object(before.revision, objection).expect("an objection");
    stage.app.cases.change_image(stage.case, &before, &objected, NOW).await.expect("kept");
    let rows = stage.engine.snapshot().await;
    assert_eq!(stage.app.handle(uploaded(1)).await.expect("handled"), Failures::default());
    stage.upload(&picture(200)).await;
    assert_eq!(stage.engine.snapshot().await, rows, "an earlier upload was taken for the new one");
    assert!(stage.objects.held().iter().all(|name| name.starts_with("clean/")));
    stage.upload_again(2, &written()).await;
    let again = stage.image().await;
    assert_eq!(again.state, ImageState::NeedsReview);
    assert_eq!(again.clean.expect("a clean image").filled, []);
    let told = stage.engine.outbox().await;
    assert_eq!(told.iter().filter(|(kind, _)| kind == "community.review_noted.v1").count(), 1);
    assert_eq!(stage.objects.held(), stage.named().await);
}

#[tokio::test]
async fn what_cannot_be_filled_again_and_again_is_refused_and_gone() {
    let stage = stage().await;
    stage.upload(&picture(200)).await;
    let before = stage.image().await;
    let marked = before.clone().mark(before.revision, vec![Rectangle { x: 0, y: 0, width: 1, height: 1 }]);
    let marked = marked.expect("marked");
    stage.app.cases.change_image(stage.case, &before, &marked, NOW).await.expect("kept");
    let held = stage.objects.held();
    held.iter().filter(|place| place.ends_with(".png")).for_each(|place| stage.objects.remove(place));
    assert_eq!(stage.app.handle(stage.told(1)).await.expect("handled").batch_item_failures.len(), 1);
    assert_eq!(stage.app.handle(stage.told(5)).await.expect("handled"), Failures::default());
    assert_eq!(stage.image().await.state, ImageState::Refused);
    assert!(stage.objects.held().is_empty(), "{:?}", stage.objects.held());
}
