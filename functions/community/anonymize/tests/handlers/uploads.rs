//! What is uploaded, and what becomes of it whoever dies.

use community::case::image::ImageState;
use edge::{
    queue::Failures,
    testing::{batch, event, with, within_budget},
};

use crate::stage::{ATTEMPT, NOW, Stage, picture, stage};

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
