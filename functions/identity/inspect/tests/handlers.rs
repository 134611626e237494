//! The function in process, with its sample events, on the embedded engine and a stand-in of the storage service.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::io::Cursor;

use edge::{
    queue::Failures,
    testing::{self, StandIn, batch, within_budget},
};
use identity::{
    application::{Application, Applications, Asked, Decision, Status},
    document::{Document, DocumentState, Shows},
    person::{Leaver, People},
    testing::{decisions, sample, submit},
};
use image::{ImageFormat, RgbImage};
use inspect::App;
use kernel::{
    MediaType, Timestamp,
    id::{ApplicationId, DocumentId},
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
    service: StandIn,
    id: ApplicationId,
    document: DocumentId,
}

/// An application that waits for documents, and the offer of an upload, with the ids of the sample events.
async fn stage() -> Stage {
    let engine = Engine::start().await;
    let objects = Objects::default();
    let storage = objects.clone();
    let answer = move |asked: &testing::Asked| {
        storage.answer(&asked.what, &asked.query, asked.source.as_deref(), &asked.body)
    };
    let service = StandIn::start(answer).await;
    let app = App {
        store: Applications::new(engine.table.clone()),
        quarantine: Bucket::new(&service.aws, "quarantine".to_owned(), true),
        documents: Bucket::new(&service.aws, "documents".to_owned(), true),
    };
    let id: ApplicationId = "appl_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id");
    let document: DocumentId = "doc_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id");
    let application = Application { id, ..sample("ada", NOW) };
    submit(&app.store, &application).await;
    let ask = Decision::Ask(Asked::Documents, Vec::new());
    decisions(&engine.table).decide(&application, ask, NOW).await.expect("asked");
    let stage = Stage { engine, app, objects, service, id, document };
    stage.offer(document).await;
    stage
}

impl Stage {
    async fn offer(&self, document: DocumentId) {
        let file = self.app.store.file(self.id).await.expect("a read").expect("a file");
        let once = OnceKey::new("ada", &document.to_string(), String::new(), NOW);
        let stored = Stored { status: 201, body: "{}".to_owned() };
        let offered = Document::offered(document, Shows::Identity, MediaType::Png, NOW);
        self.app.store.offer_document(&file, &offered, &once, &stored).await.expect("offered");
    }

    async fn tell(&self, sample: &str) {
        for _ in 0..2 {
            self.tell_once(sample).await;
        }
    }

    async fn tell_once(&self, sample: &str) {
        let told = batch(&format!("identity/inspect/{sample}"));
        assert_eq!(self.app.handle(told).await.expect("handled"), Failures::default());
    }

    /// How many calls were made since the last time this was called.
    fn calls(&self) -> usize {
        self.engine.calls.take() + self.service.asked().len()
    }

    async fn upload(&self, bytes: &[u8]) {
        self.objects.put(&format!("quarantine/{}/{}", self.id, self.document), bytes);
        self.tell("uploaded").await;
    }

    async fn application(&self) -> Application {
        self.app.store.find(self.id).await.expect("a read").expect("an application")
    }

    async fn document(&self) -> Document {
        self.app.store.document(self.id, self.document).await.expect("a read").expect("a document")
    }

    async fn decide(&self, decision: Decision) {
        let application = self.application().await;
        decisions(&self.engine.table).decide(&application, decision, NOW).await.expect("decided");
    }
}

#[tokio::test]
async fn an_upload_becomes_one_new_picture_and_the_verification_goes_on() {
    let stage = stage().await;
    let announced = stage.engine.outbox().await.len();
    stage.upload(&picture(200)).await;
    let received = stage.document().await;
    assert_eq!(received.state, DocumentState::Received);
    let object = format!("documents/{}", received.object.as_deref().expect("an object"));
    assert_eq!(stage.objects.held(), [object.as_str()]);
    assert_eq!(stage.application().await.status, Status::Verifying);
    assert_eq!(stage.engine.outbox().await.len(), announced + 1, "it does not go on, or twice");
    let rows = stage.engine.snapshot().await;
    stage.upload(&picture(10)).await;
    assert_eq!(stage.objects.held(), [object.as_str()], "another picture took its place");
    assert_eq!(stage.engine.snapshot().await, rows);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_nothing_of_it_is_kept() {
    let stage = stage().await;
    stage.upload(b"%PDF-1.7 not a picture").await;
    let refused = stage.document().await;
    assert_eq!(
        (refused.state, refused.refusal.as_deref()),
        (DocumentState::Refused, Some("unsupported_media"))
    );
    assert!(stage.objects.held().is_empty());
}

#[tokio::test]
async fn all_is_deleted_after_the_decision_and_whatever_comes_later_leaves_nothing() {
    let stage = stage().await;
    stage.upload(&picture(200)).await;
    let late = DocumentId::at(Timestamp::from_second(5).expect("a time"));
    stage.offer(late).await;
    stage.objects.put(&format!("quarantine/{}/{late}", stage.id), b"what nobody inspected");
    stage.objects.put("documents/appl_of_somebody_else/x.jpg", b"theirs");
    stage.tell("closed").await;
    assert_eq!(stage.objects.held().len(), 3, "deleted before the decision");
    stage.decide(Decision::Refuse(Vec::new())).await;
    stage.tell("closed").await;
    assert_eq!(stage.objects.held(), ["documents/appl_of_somebody_else/x.jpg"]);
    let gone = stage.document().await;
    assert_eq!((gone.state, gone.object), (DocumentState::Deleted, None));
    stage.upload(&picture(200)).await;
    assert_eq!(stage.objects.held(), ["documents/appl_of_somebody_else/x.jpg"]);
}

#[tokio::test]
async fn a_picture_that_comes_in_as_it_is_decided_is_not_kept_nor_one_of_who_was_erased() {
    let stage = stage().await;
    stage.decide(Decision::Refuse(Vec::new())).await;
    stage.upload(&picture(200)).await;
    assert!(stage.objects.held().is_empty(), "{:?}", stage.objects.held());
    let leaver = Leaver { subject: "ada".to_owned(), member: None, now: NOW, due: NOW };
    People::new(stage.engine.table.clone()).erase(&leaver).await.expect("erased");
    stage.objects.put(&format!("documents/{}/left.jpg", stage.id), b"left");
    stage.tell("closed").await;
    assert!(stage.objects.held().is_empty(), "{:?}", stage.objects.held());
}

#[tokio::test]
async fn an_upload_and_a_decision_cost_what_they_may() {
    let stage = stage().await;
    stage.objects.put(&format!("quarantine/{}/{}", stage.id, stage.document), &picture(200));
    stage.calls();
    stage.tell_once("uploaded").await;
    within_budget("inspect, an upload", stage.calls());
    stage.decide(Decision::Refuse(Vec::new())).await;
    stage.calls();
    stage.tell_once("closed").await;
    within_budget("inspect, a decision", stage.calls());
}
