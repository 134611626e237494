//! Uploads of images: what is hostile, oversize or comes in crowds, and functions that are killed at their work.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Cloud, image, member::upload, samples::sample};

use crate::{
    case::physician,
    image::{BUCKETS, download, kept, quarantine_is_empty, survivor},
};

/// A scan of the first component that ends as it begins: a decoder goes through the whole picture for it.
const SCAN: [u8; 10] = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0];

#[tokio::test]
async fn what_is_hostile_is_refused_with_a_remedy_and_leaves_nothing() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let jpeg = image::jpeg(320, 240);
    let hostile = [
        ("image/jpeg", b"%PDF-1.7 not an image at all".to_vec(), "unsupported_media"),
        ("image/jpeg", jpeg[..jpeg.len() / 2].to_vec(), "undecodable"),
        ("image/jpeg", [&jpeg[..jpeg.len() - 2], &SCAN.repeat(100_000), b"\xFF\xD9"].concat(), "undecodable"),
        ("image/jpeg", sample("polyglot"), "unsupported_media"),
        ("image/png", sample("bomb"), "too_large"),
        ("image/jpeg", sample("ct"), "unsupported_media"),
        ("application/dicom", sample("script"), "unsupported_media"),
        ("application/dicom", sample("frameless"), "undecodable"),
        ("application/dicom", sample("head"), "recognisable_head_volume"),
    ];
    // A case has eight images at most.
    for some in hostile.chunks(5) {
        let case = author.draft("Hostile", "cardiology").await;
        for (media_type, file, code) in some {
            let view = author.illustrate(&case, media_type, file.clone()).await;
            let refusal = &view["refusal"];
            assert_eq!(
                (view["state"].as_str(), refusal["code"].as_str()),
                (Some("refused"), Some(*code)),
                "{view}"
            );
            assert!(refusal["remedy"].as_str().is_some_and(|remedy| remedy.len() > 10), "{view}");
            assert_eq!(view["url"], Value::Null);
        }
        quarantine_is_empty(&cloud, &case).await;
        assert!(kept(&cloud, BUCKETS[1], &case).is_empty());
        let publish = format!("/cases/{case}/publish");
        author.call(Method::POST, &publish, Some(&json!({}))).await.expect_problem(409, "image_refused");
    }
}

#[tokio::test]
async fn an_upload_keeps_to_its_form_and_a_case_to_its_limits() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let case = author.draft("Limits", "cardiology").await;
    let images = format!("/cases/{case}/images");
    let offer = async |body: Value| author.call(Method::POST, &images, Some(&body)).await;
    for (body, field) in [
        (json!({"media_type": "image/gif", "bytes": 9}), "media_type"),
        (json!({"media_type": "image/jpeg", "bytes": 0}), "bytes"),
        (json!({"media_type": "image/jpeg", "bytes": 25 * 1024 * 1024 + 1}), "bytes"),
        (json!({"media_type": "application/dicom", "bytes": 200 * 1024 * 1024 + 1}), "bytes"),
    ] {
        assert_eq!(offer(body).await.expect_problem(400, "invalid_field")["field"], field);
    }
    for _ in 0..2 {
        offer(json!({"media_type": "application/dicom", "bytes": 200 * 1024 * 1024})).await.expect(201);
    }
    let full = offer(json!({"media_type": "image/jpeg", "bytes": 1})).await;
    full.expect_problem(409, "images_too_large");

    let case = author.draft("A form", "cardiology").await;
    let (_, form) = author.offer(&case, "image/jpeg", 1_000).await;
    let large = upload(&cloud, &form, "image/jpeg", vec![0xFF; 1_001]).await;
    assert_eq!(large.status.as_u16(), 400, "{}", large.text);
    assert!(large.text.contains("EntityTooLarge"), "{}", large.text);
    for (field, value) in [("Content-Type", "image/svg+xml"), ("key", "short/case_somebody/else")] {
        let mut other = form.clone();
        other["fields"][field] = json!(value);
        let reply = upload(&cloud, &other, "image/svg+xml", b"<svg/>".to_vec()).await;
        assert_eq!(reply.status.as_u16(), 403, "{field}");
    }
}

#[tokio::test]
async fn two_hundred_uploads_at_once_all_end_and_none_is_lost() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let (good, bad) = (image::jpeg(96, 64), b"not an image".to_vec());
    let mut forms = Vec::new();
    for _ in 0..25 {
        let case = author.draft("Many images", "cardiology").await;
        for number in 0..8 {
            let file = if number == 7 { bad.clone() } else { good.clone() };
            let (image, form) = author.offer(&case, "image/jpeg", file.len()).await;
            forms.push((case.clone(), image, form, file));
        }
    }
    let uploads: Vec<_> = forms
        .iter()
        .map(|(_, _, form, file)| {
            let (cloud, form, file) = (cloud.clone(), form.clone(), file.clone());
            tokio::spawn(async move { upload(&cloud, &form, "image/jpeg", file).await.expect(204) })
        })
        .collect();
    for upload in uploads {
        upload.await.expect("uploaded");
    }
    let mut ended = [0, 0];
    for (case, image, _, file) in &forms {
        let view = author.settled(case, image).await;
        let clean = file == &good;
        assert_eq!(view["state"], if clean { "clean" } else { "refused" }, "{view}");
        ended[usize::from(clean)] += 1;
    }
    assert_eq!(ended, [25, 175]);
    for (case, ..) in forms.iter().step_by(8) {
        quarantine_is_empty(&cloud, case).await;
        assert_eq!(kept(&cloud, BUCKETS[1], case).len(), 14, "seven images and their thumbnails");
    }
}

/// Kills whatever runs a function of the local cloud. Returns how many processes that were.
fn kill(function: &str) -> usize {
    let name = format!("AWS_LAMBDA_FUNCTION_NAME=curbside-local-community-{function}");
    let running = std::fs::read_dir("/proc").expect("processes").flatten().filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        environment.split(|byte| *byte == 0).any(|one| one == name.as_bytes()).then_some(pid)
    });
    let kill = |pid: u32| std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    running.filter(|pid| kill(*pid).is_ok_and(|status| status.success())).count()
}

/// Uploads files and kills the function that anonymises them, a little later each time. All of them are clean in the
/// end, and nothing of them was shown before.
async fn uploaded_and_killed(cloud: &Cloud, function: &str, media_type: &str, file: impl Fn() -> Vec<u8>) {
    let author = physician(cloud).await;
    let case = author.draft("Killed", "cardiology").await;
    let (mut killed, mut images) = (0, Vec::new());
    for number in 0..8_u64 {
        let file = file();
        let (image, form) = author.offer(&case, media_type, file.len()).await;
        upload(cloud, &form, media_type, file).await.expect(204);
        tokio::time::sleep(Duration::from_millis(120 * number)).await;
        killed += kill(function);
        let view = author.get(&format!("/cases/{case}/images/{image}")).await;
        assert_eq!(view["url"].is_string(), view["state"] == "clean", "{view}");
        images.push(image);
    }
    assert!(killed > 0, "nothing was killed");
    let mut named = 0;
    for image in &images {
        let view = author.settled(&case, image).await;
        assert_eq!(view["state"], "clean", "{view}");
        let file = download(cloud, &view["url"]).await;
        assert_eq!(survivor(&file), None);
        named += ["url", "thumbnail_url", "preview_url"].iter().filter(|url| view[**url].is_string()).count();
    }
    quarantine_is_empty(cloud, &case).await;
    let swept = async || (kept(cloud, BUCKETS[1], &case).len() == named).then_some(());
    cloud.until("what is named to be all that is left", 240, swept).await;
}

#[tokio::test]
async fn photos_whose_function_is_killed_at_any_moment_are_clean_or_not_shown() {
    let cloud = Cloud::open();
    uploaded_and_killed(&cloud, "anonymize", "image/jpeg", || image::photograph(640, 480)).await;
}

#[tokio::test]
async fn slices_whose_function_is_killed_at_any_moment_are_clean_or_not_shown() {
    let cloud = Cloud::open();
    uploaded_and_killed(&cloud, "anonymize-long", "application/dicom", || sample("ct")).await;
}

#[tokio::test]
async fn an_image_whose_marks_are_filled_by_a_function_that_is_killed_is_filled_or_not_shown() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let case = author.draft("Killed while filling", "cardiology").await;
    let mut images = Vec::new();
    for _ in 0..4 {
        images.push(author.illustrate(&case, "image/jpeg", image::photograph(640, 480)).await);
    }
    let mut killed = 0;
    for (number, before) in (0_u64..).zip(&images) {
        let place = json!({"x": 100 * number, "y": 10, "width": 40, "height": 30});
        author.mark(&case, before, place).await;
        tokio::time::sleep(Duration::from_millis(150 * number)).await;
        killed += kill("anonymize-long");
    }
    assert!(killed > 0, "nothing was killed");
    for before in &images {
        let view = author.settled(&case, before["id"].as_str().expect("an id")).await;
        let marked = |place: &&Value| place["kind"] == "marked";
        let filled = view["filled"].as_array().map(|places| places.iter().filter(marked).count());
        assert_eq!((&view["state"], filled), (&json!("clean"), Some(1)), "{view}");
        assert_ne!(view["url"], before["url"]);
    }
    // What was there before goes once the row names the new files: at the latest when the message comes again.
    let swept = async || (kept(&cloud, BUCKETS[1], &case).len() == 8).then_some(());
    cloud.until("four images and their thumbnails to be all that is left", 240, swept).await;
}
