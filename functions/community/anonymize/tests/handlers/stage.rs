//! The function beside a draft with an image that is awaited.

use std::{io::Cursor, sync::Arc};

use anonymize::App;
use community::case::{
    Case, Cases, Content,
    image::{Image, Original, UploadType},
};
use curbside_anonymize::detect::Detectors;
use edge::{
    queue::{Batch, Failures},
    testing::{Asked, StandIn, batch, event, with},
};
use image::{ImageFormat, RgbImage};
use kernel::{
    Secret, Timestamp,
    id::{CaseId, ImageId, MemberId},
};
use storage::{Bucket, testing::Objects};
use table::{OnceKey, Stored, testing::Engine};

pub(crate) const NOW: Timestamp = Timestamp::UNIX_EPOCH;
/// Where a batch says how often its message was handed out.
pub(crate) const ATTEMPT: &str = "/Records/0/attributes/ApproximateReceiveCount";

pub(crate) fn picture(red: u8) -> Vec<u8> {
    let mut png = Vec::new();
    let pixels = RgbImage::from_pixel(8, 4, image::Rgb([red, 30, 30]));
    pixels.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("a PNG");
    png
}

/// A picture with bright letters on it.
pub(crate) fn written() -> Vec<u8> {
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
pub(crate) fn uploaded(offer: u32) -> Batch {
    let mut told = batch("community/anonymize/uploaded");
    for record in &mut told.records {
        record.body = record.body.replace("B1CE/1\"", &format!("B1CE/{offer}\""));
    }
    told
}

pub(crate) struct Stage {
    pub(crate) engine: Engine,
    pub(crate) app: App,
    pub(crate) objects: Objects,
    pub(crate) service: StandIn,
    pub(crate) case: CaseId,
    pub(crate) image: ImageId,
}

/// A draft with an image that is awaited, both with the ids of the sample event.
pub(crate) async fn stage() -> Stage {
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
    pub(crate) fn keep(&self, offer: u32, bytes: &[u8]) {
        let (case, image) = (self.case, self.image);
        let key = Original { case, image, offer }.key(UploadType::Png);
        self.objects.put(&format!("quarantine/{key}"), bytes);
    }

    /// Keeps an original of the first offer, and tells of it twice.
    pub(crate) async fn upload(&self, bytes: &[u8]) {
        self.upload_again(1, bytes).await;
    }

    /// Keeps an original of an offer, and tells of it twice.
    pub(crate) async fn upload_again(&self, offer: u32, bytes: &[u8]) {
        self.keep(offer, bytes);
        let told = uploaded(offer);
        for _ in 0..2 {
            assert_eq!(self.app.handle(told.clone()).await.expect("handled"), Failures::default());
        }
    }

    /// Tells that the image was changed.
    pub(crate) async fn changed(&self) {
        let told = self.told(1);
        assert_eq!(self.app.handle(told).await.expect("handled"), Failures::default());
    }

    /// That the image was changed, handed out for the how many-eth time.
    pub(crate) fn told(&self, attempt: u32) -> Batch {
        let told = event("community/anonymize/image_changed");
        let told = with(&told, ATTEMPT, attempt.to_string());
        serde_json::from_value(told).expect("a batch")
    }

    pub(crate) async fn image(&self) -> Image {
        self.app.cases.image(self.case, self.image).await.expect("a read").expect("an image")
    }

    pub(crate) async fn remove(&self) {
        let image = self.image().await;
        self.app.cases.remove_image(self.case, &image, NOW).await.expect("taken off");
    }

    /// The objects that the image's row names.
    pub(crate) async fn named(&self) -> Vec<String> {
        let clean = self.image().await.clean.expect("a clean image");
        let mut named: Vec<String> = clean.files.names().map(|name| format!("clean/{name}")).collect();
        named.sort();
        named
    }
}
