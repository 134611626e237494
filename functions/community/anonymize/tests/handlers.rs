//! The function in process, with its sample event, on the embedded engine and a stand-in of the storage service.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::{io::Cursor, sync::Arc};

use anonymize::App;
use community::{
    case::{
        Case, Cases, Content,
        image::{Image, ImageState, Objection, Original, Rectangle, UploadType},
    },
    review::{Cause, Review, Reviews, Subject},
};
use curbside_anonymize::detect::Detectors;
use edge::{
    queue::{Batch, Failures},
    testing::{Asked, StandIn, batch, event, with, within_budget},
};
use image::{ImageFormat, RgbImage};
use kernel::{
    Secret, Timestamp,
    id::{CaseId, ImageId, MemberId},
};
use storage::{Bucket, testing::Objects};
use table::{OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
/// Where a batch says how often its message was handed out.
const ATTEMPT: &str = "/Records/0/attributes/ApproximateReceiveCount";

fn picture(red: u8) -> Vec<u8> {
    let mut png = Vec::new();
    let pixels = RgbImage::from_pixel(8, 4, image::Rgb([red, 30, 30]));
    pixels.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("a PNG");
    png
}

/// A picture with bright letters on it.
fn written() -> Vec<u8> {
    const ROWS: [u8; 7] = [0b10001, 0b11001, 0b10101, 0b10011, 0b10001, 0b10001, 0b10001];
    let letters = |x: u32, y: u32| {
        let (column, row) = (x.wrapping_sub(40) / 4, y.wrapping_sub(40) / 4);
        let place = usize::try_from(row).unwrap_or(usize::MAX);
        column < 60 && column % 6 < 5 && ROWS.get(place).is_some_and(|bits| bits >> (4 - column % 6) & 1 == 1)
    };
    let pixels = RgbImage::from_fn(640, 480, |x, y| {
        if letters(x, y) { image::Rgb([250; 3]) } else { image::Rgb([60, 60, 70]) }
    });
    let mut png = Vec::new();
    pixels.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("a PNG");
    png
}

/// That an original of an offer was uploaded.
fn uploaded(offer: u32) -> Batch {
    let mut told = batch("community/anonymize/uploaded");
    for record in &mut told.records {
        record.body = record.body.replace("B1CE/1\"", &format!("B1CE/{offer}\""));
    }
    told
}

struct Stage {
    engine: Engine,
    app: App,
    objects: Objects,
    service: StandIn,
    case: CaseId,
    image: ImageId,
}

/// A draft with an image that is awaited, both with the ids of the sample event.
async fn stage() -> Stage {
    let engine = Engine::start().await;
    let objects = Objects::default();
    let storage = objects.clone();
    let answer =
        move |asked: &Asked| storage.answer(&asked.what, &asked.query, asked.source.as_deref(), &asked.body);
    let service = StandIn::start(answer).await;
    let cases = Cases::new(engine.table.clone());
    let app = App {
        cases: cases.clone(),
        quarantine: Bucket::new(&service.aws, "quarantine".to_owned(), true),
        clean: Bucket::new(&service.aws, "clean".to_owned(), true),
        detectors: Arc::new(Detectors::load().expect("the models")),
        identifiers: Secret::new("identifiers"),
    };
    let case: CaseId = "case_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id");
    let image: ImageId = "img_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id");
    let content = Content {
        title: "A title".parse().expect("a title"),
        history: "A history".parse().expect("a history"),
        findings: "Findings".parse().expect("findings"),
        question: "A question?".parse().expect("a question"),
        specialty: "cardiology".parse().expect("a specialty"),
    };
    let once = |value: &str| OnceKey::new("author", value, String::new(), NOW);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    let draft = Case::draft(case, MemberId::random(), content, NOW);
    cases.create(&draft, &once("1"), &stored).await.expect("a draft");
    let offered = Image::offered(image, UploadType::Png, 1_000, NOW).expect("an image");
    cases.offer_image(case, &offered, &once("2"), &stored).await.expect("offered");
    Stage { engine, app, objects, service, case, image }
}

impl Stage {
    /// Keeps an original of an offer.
    fn keep(&self, offer: u32, bytes: &[u8]) {
        let (case, image) = (self.case, self.image);
        let key = Original { case, image, offer }.key(UploadType::Png);
        self.objects.put(&format!("quarantine/{key}"), bytes);
    }

    /// Keeps an original of the first offer, and tells of it twice.
    async fn upload(&self, bytes: &[u8]) {
        self.upload_again(1, bytes).await;
    }

    /// Keeps an original of an offer, and tells of it twice.
    async fn upload_again(&self, offer: u32, bytes: &[u8]) {
        self.keep(offer, bytes);
        let told = uploaded(offer);
        for _ in 0..2 {
            assert_eq!(self.app.handle(told.clone()).await.expect("handled"), Failures::default());
        }
    }

    /// Tells that the image was changed.
    async fn changed(&self) {
        let told = self.told(1);
        assert_eq!(self.app.handle(told).await.expect("handled"), Failures::default());
    }

    /// That the image was changed, handed out for the how many-eth time.
    fn told(&self, attempt: u32) -> Batch {
        let told = event("community/anonymize/image_changed");
        let told = with(&told, ATTEMPT, attempt.to_string());
        serde_json::from_value(told).expect("a batch")
    }

    async fn image(&self) -> Image {
        self.app.cases.image(self.case, self.image).await.expect("a read").expect("an image")
    }

    async fn remove(&self) {
        let image = self.image().await;
        self.app.cases.remove_image(self.case, &image, NOW).await.expect("taken off");
    }

    /// The objects that the image's row names.
    async fn named(&self) -> Vec<String> {
        let clean = self.image().await.clean.expect("a clean image");
        let mut named: Vec<String> = clean.files.names().map(|name| format!("clean/{name}")).collect();
        named.sort();
        named
    }
}

#[tokio::test]
async fn an_upload_becomes_one_clean_image_and_a_later_one_cannot_take_its_place() {
    let stage = stage().await;
    stage.upload(&picture(200)).await;
    let settled = stage.image().await;
    let clean = settled.clean.clone().expect("a clean image");
    assert_eq!((settled.state, clean.width, clean.height, clean.frames), (ImageState::Clean, 8, 4, 1));
    assert_eq!(clean.media_type, "image/png");
    let named = stage.named().await;
    assert_eq!(stage.objects.held(), named);
    assert_eq!(named.len(), 2, "the image and its thumbnail");
    let rows = stage.engine.snapshot().await;
    stage.upload(&picture(10)).await;
    assert_eq!(stage.objects.held(), named, "another picture took its place");
    assert_eq!(stage.engine.snapshot().await, rows);
}

#[tokio::test]
async fn an_upload_is_handled_within_its_budget() {
    let stage = stage().await;
    stage.keep(1, &picture(200));
    stage.engine.calls.take();
    stage.service.asked();
    let told = batch("community/anonymize/uploaded");
    assert_eq!(stage.app.handle(told).await.expect("handled"), Failures::default());
    within_budget("anonymize, an upload", stage.engine.calls.take() + stage.service.asked().len());
}

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
async fn what_is_no_image_is_refused_with_a_remedy_and_its_original_is_gone() {
    let stage = stage().await;
    stage.upload(b"%PDF-1.7 not an image").await;
    let settled = stage.image().await;
    let refusal = settled.refusal.expect("a refusal");
    assert_eq!((settled.state, refusal.code.as_str()), (ImageState::Refused, "unsupported_media"));
    assert!(refusal.remedy.contains("JPEG"));
    assert!(stage.objects.held().is_empty());
}

#[tokio::test]
async fn an_original_that_is_lost_and_one_that_ends_every_attempt_are_refused() {
    let lost = stage().await;
    let told = batch("community/anonymize/uploaded");
    assert_eq!(lost.app.handle(told).await.expect("handled"), Failures::default());
    let code = async |stage: &Stage| stage.image().await.refusal.map(|refusal| refusal.code);
    assert_eq!(code(&lost).await.as_deref(), Some("upload_lost"));

    let deadly = stage().await;
    deadly.keep(1, &picture(1));
    let told = with(&event("community/anonymize/uploaded"), ATTEMPT, "5");
    let told = serde_json::from_value(told).expect("a batch");
    assert_eq!(deadly.app.handle(told).await.expect("handled"), Failures::default());
    assert_eq!(code(&deadly).await.as_deref(), Some("anonymisation_failed"));
    assert!(deadly.objects.held().is_empty(), "the original is still there");
}

#[tokio::test]
async fn whoever_died_at_any_step_is_made_good() {
    let whole = stage().await;
    whole.upload(&picture(200)).await;
    let (objects, rows) = (whole.objects.held(), whole.engine.snapshot().await);
    // After the record: the original is still there, and the message comes again.
    whole.upload(&picture(200)).await;
    assert_eq!((whole.objects.held(), whole.engine.snapshot().await), (objects.clone(), rows));
    for kept in 0..=objects.len() {
        // After the claim, with none, some or all of the clean objects kept, and something of an attempt at another
        // upload: nothing is shown until it is recorded.
        let begun = stage().await;
        let waiting = begun.image().await;
        let under_way = waiting.clone().uploaded().expect("awaited");
        assert!(begun.app.cases.step_image(begun.case, &waiting, &under_way, NOW).await.expect("claimed"));
        objects.iter().take(kept).for_each(|place| begun.objects.put(place, b"cut off"));
        begun.objects.put(&format!("clean/{}/{}/other.png", begun.case, begun.image), b"of another attempt");
        assert_eq!((begun.image().await.state, begun.image().await.clean), (ImageState::Anonymising, None));
        begun.upload(&picture(200)).await;
        assert_eq!((begun.objects.held(), begun.image().await.state), (objects.clone(), ImageState::Clean));
        let held =
            |stage: &Stage| -> Vec<_> { objects.iter().map(|place| stage.objects.get(place)).collect() };
        assert_eq!(held(&begun), held(&whole));
    }
    // After the clean objects, and the author takes the image off before the message comes again.
    let removed = stage().await;
    objects.iter().for_each(|place| removed.objects.put(place, b"a clean copy"));
    removed.remove().await;
    removed.upload(&picture(200)).await;
    assert!(removed.objects.held().is_empty(), "the clean copy is left");
}

#[tokio::test]
async fn of_several_attempts_at_once_one_ends_it() {
    let stage = stage().await;
    stage.keep(1, &picture(200));
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (app, told) = (stage.app.clone(), batch("community/anonymize/uploaded"));
        attempts.spawn(async move { app.handle(told).await.expect("handled") });
    }
    attempts.join_all().await;
    // Those that met another are handed out again.
    stage.app.handle(batch("community/anonymize/uploaded")).await.expect("handled");
    assert_eq!((stage.image().await.state, stage.objects.held()), (ImageState::Clean, stage.named().await));
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
