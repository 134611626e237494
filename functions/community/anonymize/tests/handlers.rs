//! The function in process, with its sample event, on the embedded engine and a stand-in of the storage service.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::io::Cursor;

use anonymize::App;
use community::case::{
    Case, Cases, Content,
    image::{Image, ImageState},
};
use edge::{
    queue::Failures,
    testing::{StandIn, batch},
};
use image::{ImageFormat, RgbImage};
use kernel::{
    MediaType, Timestamp,
    id::{CaseId, ImageId, MemberId},
};
use storage::{Bucket, testing::Objects};
use table::{OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn picture(red: u8) -> Vec<u8> {
    let mut png = Vec::new();
    let pixels = RgbImage::from_pixel(8, 4, image::Rgb([red, 30, 30]));
    pixels.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("a PNG");
    png
}

struct Stage {
    engine: Engine,
    app: App,
    objects: Objects,
    case: CaseId,
    image: ImageId,
}

/// A draft with an image that is awaited, both with the ids of the sample event.
async fn stage() -> Stage {
    let engine = Engine::start().await;
    let objects = Objects::default();
    let storage = objects.clone();
    let service = StandIn::start(move |asked| storage.answer(&asked.what, &asked.query, &asked.body)).await;
    let cases = Cases::new(engine.table.clone());
    let app = App {
        cases: cases.clone(),
        quarantine: Bucket::new(&service.aws, "quarantine".to_owned(), true),
        clean: Bucket::new(&service.aws, "clean".to_owned(), true),
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
    let awaited = Image {
        id: image,
        state: ImageState::Awaiting,
        media_type: MediaType::Png,
        offered_at: NOW,
        refusal: None,
        object: None,
        width: None,
        height: None,
    };
    cases.offer_image(case, &awaited, &once("2"), &stored).await.expect("offered");
    Stage { engine, app, objects, case, image }
}

impl Stage {
    async fn upload(&self, bytes: &[u8]) {
        self.objects.put(&format!("quarantine/{}/{}", self.case, self.image), bytes);
        let told = batch("community/anonymize/uploaded");
        for _ in 0..2 {
            assert_eq!(self.app.handle(told.clone()).await.expect("handled"), Failures::default());
        }
    }

    async fn image(&self) -> Image {
        self.app.cases.image(self.case, self.image).await.expect("a read").expect("an image")
    }
}

#[tokio::test]
async fn an_upload_becomes_one_clean_object_and_a_later_one_cannot_take_its_place() {
    let stage = stage().await;
    stage.upload(&picture(200)).await;
    let settled = stage.image().await;
    assert_eq!((settled.state, settled.width, settled.height), (ImageState::Clean, Some(8), Some(4)));
    let object = format!("clean/{}", settled.object.as_deref().expect("an object"));
    assert_eq!(stage.objects.held(), [object.as_str()]);
    let rows = stage.engine.snapshot().await;
    stage.upload(&picture(10)).await;
    assert_eq!(stage.objects.held(), [object.as_str()], "another picture took its place");
    assert_eq!(stage.engine.snapshot().await, rows);
}

#[tokio::test]
async fn an_upload_to_an_image_that_was_taken_off_leaves_nothing() {
    let stage = stage().await;
    stage.app.cases.begin_removal(stage.case, stage.image).await.expect("taken off");
    stage.upload(&picture(10)).await;
    assert!(stage.objects.held().is_empty(), "while it was taken off: {:?}", stage.objects.held());
    stage.app.cases.end_removal(stage.case, stage.image).await.expect("taken off");
    stage.upload(&picture(200)).await;
    assert!(stage.objects.held().is_empty(), "{:?}", stage.objects.held());
}

#[tokio::test]
async fn what_is_no_image_is_refused_and_its_original_is_gone() {
    let stage = stage().await;
    stage.upload(b"%PDF-1.7 not an image").await;
    let settled = stage.image().await;
    assert_eq!((settled.state, settled.refusal.as_deref()), (ImageState::Refused, Some("unsupported_media")));
    assert!(stage.objects.held().is_empty());
}

#[tokio::test]
async fn whoever_died_after_the_clean_copy_or_after_the_record_is_made_good() {
    let first = stage().await;
    first.upload(&picture(200)).await;
    let (object, rows) = (first.objects.held(), first.engine.snapshot().await);
    // After the record: the original is still there, and the message comes again.
    first.upload(&picture(200)).await;
    assert_eq!((first.objects.held(), first.engine.snapshot().await), (object.clone(), rows));
    // After the clean copy, before the record.
    let second = stage().await;
    object.iter().for_each(|place| second.objects.put(place, b"a clean copy"));
    second.upload(&picture(200)).await;
    assert_eq!((second.objects.held(), second.image().await.state), (object.clone(), ImageState::Clean));
    // The same, and the author takes the image off before the message comes again.
    let third = stage().await;
    object.iter().for_each(|place| third.objects.put(place, b"a clean copy"));
    third.app.cases.begin_removal(third.case, third.image).await.expect("begun");
    third.app.cases.end_removal(third.case, third.image).await.expect("taken off");
    third.upload(&picture(200)).await;
    assert!(third.objects.held().is_empty(), "the clean copy is left");
}
