//! Images of cases: what peers download holds nothing of the patient, by readers that are not ours; what its author
//! sees, marks and answers for, and takes off.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Cloud, Member, image,
    member::upload,
    samples::{PLANTED, dciodvfy, exiftool, pydicom, sample},
};

use crate::case::physician;

pub(crate) const BUCKETS: [&str; 2] = ["community-quarantine", "community-clean"];

/// What a bucket keeps of a case.
pub(crate) fn kept(cloud: &Cloud, bucket: &str, case: &str) -> Vec<String> {
    let objects = cloud.objects(bucket).into_iter().map(|(key, _)| key);
    objects.filter(|key| key.contains(case)).collect()
}

/// Waits until quarantine holds nothing of a case.
pub(crate) async fn quarantine_is_empty(cloud: &Cloud, case: &str) {
    cloud
        .until("the originals to go", 120, async || kept(cloud, BUCKETS[0], case).is_empty().then_some(()))
        .await;
}

pub(crate) async fn download(cloud: &Cloud, address: &Value) -> Vec<u8> {
    let reply = cloud.client().get(address.as_str().expect("an address")).send().await.expect("the storage");
    assert_eq!(reply.status().as_u16(), 200);
    reply.bytes().await.expect("a file").to_vec()
}

/// Whether a file holds what was planted, as it stands or with a zero byte after each letter.
pub(crate) fn survivor(file: &[u8]) -> Option<&'static str> {
    let wide = |text: &str| text.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<_>>();
    let has = |text: &[u8]| file.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text));
    PLANTED.into_iter().find(|text| has(text.as_bytes()) || has(&wide(text)))
}

/// A case with one image, published: the image as a peer sees it.
async fn published(cloud: &Cloud, author: &Member, media_type: &str, file: Vec<u8>) -> Value {
    let case = author.draft("An image", "cardiology").await;
    let settled = author.illustrate(&case, media_type, file).await;
    assert_eq!(settled["state"], "clean", "{settled}");
    quarantine_is_empty(cloud, &case).await;
    author.attest(&case, &settled).await;
    author.call(Method::POST, &format!("/cases/{case}/publish"), Some(&json!({}))).await.expect(200);
    let peer = physician(cloud).await;
    peer.get(&format!("/cases/{case}")).await["images"][0].clone()
}

/// Checks that a file has no groups of tags but those that every file has.
fn has_pixels_alone(file: &[u8]) {
    let report = exiftool(file);
    for (tag, value) in report.as_object().expect("tags") {
        let group = tag.split(':').next().unwrap_or_default();
        let plain = ["SourceFile", "ExifTool", "System", "File", "JFIF", "PNG", "Composite"];
        assert!(plain.contains(&group), "{tag}: {value}");
    }
    assert!(report.as_object().expect("tags").keys().all(|tag| !tag.contains("Author")), "{report}");
    assert_eq!(survivor(file), None);
}

#[tokio::test]
async fn a_photograph_that_peers_download_has_no_metadata_and_its_original_is_gone() {
    let cloud = Cloud::open();
    let (author, peer) = (physician(&cloud).await, physician(&cloud).await);
    let original = image::photograph(800, 600);
    let found = exiftool(&original).to_string();
    for planted in ["GPS", "SecretCam", "ThumbnailImage", "Jane Q. Doe"] {
        assert!(found.contains(planted), "the test's own photograph lacks {planted}: {found}");
    }
    let case = author.draft("A photograph", "cardiology").await;
    let (id, form) = author.offer(&case, "image/jpeg", 2_000_000).await;
    let publish = format!("/cases/{case}/publish");
    let early = author.call(Method::POST, &publish, Some(&json!({}))).await;
    early.expect_problem(409, "images_pending");
    upload(&cloud, &form, "image/jpeg", original).await.expect(204);
    let settled = author.settled(&case, &id).await;
    assert_eq!(settled["state"], "clean");
    assert_eq!((settled["width"].as_u64(), settled["height"].as_u64()), (Some(600), Some(800)), "not turned");
    let unseen = author.call(Method::POST, &publish, Some(&json!({}))).await;
    unseen.expect_problem(409, "image_not_attested");
    author.attest(&case, &settled).await;
    author.call(Method::POST, &publish, Some(&json!({}))).await.expect(200);
    let view = peer.get(&format!("/cases/{case}")).await;
    let address = view["images"][0]["url"].as_str().unwrap();
    assert!(address.contains("X-Amz-Expires=600"), "{address}");
    let reply = cloud.client().get(address).send().await.unwrap();
    let lasting = reply.headers()["cache-control"].to_str().unwrap().to_owned();
    assert!(lasting.starts_with("private") && lasting.ends_with("immutable"), "{lasting}");
    let file = reply.bytes().await.unwrap();
    let unsigned = address.split('?').next().unwrap();
    assert_eq!(cloud.client().get(unsigned).send().await.unwrap().status().as_u16(), 403);
    has_pixels_alone(&file);
    let text = String::from_utf8_lossy(&file);
    for secret in image::SECRETS {
        assert!(!text.contains(secret), "{secret} survived");
    }
    let thumbnail = download(&cloud, &view["images"][0]["thumbnail_url"]).await;
    has_pixels_alone(&thumbnail);
    assert_eq!(exiftool(&thumbnail)["File:ImageHeight"], 256);
    quarantine_is_empty(&cloud, &case).await;
    assert_eq!(kept(&cloud, BUCKETS[1], &case).len(), 2, "the clean image and its thumbnail");

    // The form still holds: what is posted now must not take the published image's place.
    upload(&cloud, &form, "image/jpeg", image::photograph(320, 240)).await.expect(204);
    tokio::time::sleep(Duration::from_secs(1)).await;
    quarantine_is_empty(&cloud, &case).await;
    let again = peer.get(&format!("/cases/{case}")).await;
    let now = download(&cloud, &again["images"][0]["url"]).await;
    assert_eq!(now, file, "another picture took its place");
    assert_eq!(kept(&cloud, BUCKETS[1], &case).len(), 2);
}

#[tokio::test]
async fn a_heic_photo_and_a_screenshot_are_pixels_without_writing() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let heic = sample("heic");
    let found = exiftool(&heic).to_string();
    assert!(found.contains("GPSLatitude") && found.contains("Wilhelmina"), "{found}");
    let view = published(&cloud, &author, "image/heic", heic).await;
    assert_eq!((view["media_type"].as_str(), view["width"].as_u64()), (Some("image/jpeg"), Some(640)));
    has_pixels_alone(&download(&cloud, &view["url"]).await);

    let screenshot = sample("screenshot");
    assert!(exiftool(&screenshot).to_string().contains("Wilhelmina"));
    let view = published(&cloud, &author, "image/png", screenshot).await;
    assert_eq!(view["media_type"], "image/png");
    assert!(view["filled"].as_array().is_some_and(|filled| !filled.is_empty()), "{view}");
    let file = download(&cloud, &view["url"]).await;
    has_pixels_alone(&file);
    let picture = ::image::load_from_memory(&file).unwrap().into_rgb8();
    let white = picture.pixels().filter(|pixel| pixel.0.iter().all(|shade| *shade > 200)).count();
    assert_eq!(white, 0, "white letters are left");
}

#[tokio::test]
async fn a_slice_and_a_scan_with_a_name_burned_in_open_elsewhere_without_the_patient() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    for (name, words) in [("ct", false), ("mr", true)] {
        let original = sample(name);
        let (before, known) = (pydicom(&original), dciodvfy(&original));
        assert_eq!(before["number"], "MRN-47110815");
        let view = published(&cloud, &author, "application/dicom", original).await;
        assert_eq!(view["media_type"], "application/dicom");
        let file = download(&cloud, &view["url"]).await;
        assert_eq!(survivor(&file), None, "{name}");
        let after = pydicom(&file);
        assert_eq!(
            (&after["name"], &after["number"], &after["removed"]),
            (&json!(""), &json!(""), &json!("YES"))
        );
        assert_eq!((&after["modality"], &after["shape"]), (&before["modality"], &before["shape"]));
        assert_eq!(after["private"], 0);
        assert_ne!(after["series"], before["series"]);
        let new: Vec<_> = dciodvfy(&file).into_iter().filter(|error| !known.contains(error)).collect();
        assert!(new.is_empty(), "{name}: {new:?}");
        if words {
            assert_eq!(after["shades_under_the_words"], 1, "the name is still to be read: {view}");
        } else {
            assert_eq!(after["shades"], before["shades"], "the pixels were changed");
        }
        let preview = download(&cloud, &view["preview_url"]).await;
        has_pixels_alone(&preview);
        assert_eq!(exiftool(&preview)["File:MIMEType"], "image/png");
        assert_eq!(view["filmstrip_url"], Value::Null);
    }
}

#[tokio::test]
async fn an_ultrasound_cine_has_a_preview_and_a_filmstrip() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let view = published(&cloud, &author, "application/dicom", sample("cine")).await;
    assert_eq!(view["frames"], 30);
    let file = download(&cloud, &view["url"]).await;
    assert_eq!(survivor(&file), None);
    let read = pydicom(&file);
    assert_eq!((&read["frames"], &read["number"], &read["private"]), (&json!(30), &json!(""), &json!(0)));
    let strip = exiftool(&download(&cloud, &view["filmstrip_url"]).await);
    assert_eq!((&strip["PNG:ImageWidth"], &strip["PNG:ImageHeight"]), (&json!(12 * 256), &json!(192)));
    let preview = exiftool(&download(&cloud, &view["preview_url"]).await);
    assert_eq!(preview["PNG:ImageWidth"], 320);
}

#[tokio::test]
async fn a_series_in_an_archive_is_taken_apart_and_comes_back_under_numbers() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let original = sample("series");
    assert!(survivor(&original).is_some());
    let view = published(&cloud, &author, "application/zip", original).await;
    assert_eq!((view["media_type"].as_str(), view["frames"].as_u64()), (Some("application/zip"), Some(3)));
    let file = download(&cloud, &view["url"]).await;
    assert_eq!(survivor(&file), None);
    let read = pydicom(&file);
    let names: Vec<_> = read.as_object().expect("files").keys().cloned().collect();
    assert_eq!(names, ["0001.dcm", "0002.dcm", "0003.dcm"]);
    for slice in read.as_object().expect("files").values() {
        assert_eq!((&slice["number"], &slice["removed"]), (&json!(""), &json!("YES")));
        assert_eq!(slice["series"], read["0001.dcm"]["series"], "the slices were torn apart");
    }
    let strip = exiftool(&download(&cloud, &view["filmstrip_url"]).await);
    assert_eq!(strip["PNG:ImageWidth"], 3 * 128);
}

#[tokio::test]
async fn slices_of_one_series_stay_together_in_a_case_and_tell_nothing_between_cases() {
    let cloud = Cloud::open();
    let author = physician(&cloud).await;
    let mut series = Vec::new();
    for images in [2, 1] {
        let case = author.draft("A series", "cardiology").await;
        for _ in 0..images {
            let view = author.illustrate(&case, "application/dicom", sample("ct")).await;
            series.push(pydicom(&download(&cloud, &view["url"]).await)["series"].clone());
        }
    }
    assert_eq!(series[0], series[1]);
    assert_ne!(series[0], series[2], "two cases can be told to be of one patient");
}

#[tokio::test]
async fn what_its_author_marks_is_filled_before_they_can_answer_for_it() {
    let cloud = Cloud::open();
    let (author, other) = (physician(&cloud).await, physician(&cloud).await);
    let case = author.draft("Something was missed", "cardiology").await;
    let before = author.illustrate(&case, "image/jpeg", image::jpeg(320, 240)).await;
    let path = format!("/cases/{case}/images/{}", before["id"].as_str().unwrap());
    let seen = author.call(Method::GET, &path, None).await;
    let tag = seen.headers["etag"].to_str().unwrap().to_owned();
    let mark = async |by: &Member, tag: &str, body: Value| {
        by.call_with(Method::POST, &format!("{path}/boxes"), &[("if-match", tag)], Some(&body)).await
    };
    let place = json!({"x": 16, "y": 32, "width": 48, "height": 16});
    let outside = json!({"places": [place, {"x": 300, "y": 0, "width": 21, "height": 5}]});
    let problem = mark(&author, &tag, outside).await.expect_problem(400, "invalid_field");
    assert_eq!(problem["field"], "places[1]");
    mark(&author, &tag, json!({"places": []})).await.expect_problem(400, "invalid_field");
    let places = json!({"places": [place]});
    mark(&author, "\"v1\"", places.clone()).await.expect_problem(412, "stale");
    mark(&other, &tag, places.clone()).await.expect_problem(404, "not_found");
    other.call(Method::GET, &path, None).await.expect_problem(404, "not_found");
    let marked = mark(&author, &tag, places.clone()).await.expect(202);
    assert_eq!(marked["state"], "anonymising");
    let attest = format!("{path}/attestation");
    let early = author.call_with(Method::PUT, &attest, &[("if-match", &tag)], Some(&json!({}))).await;
    assert!(matches!(early.status.as_u16(), 409 | 412), "attested what was being changed: {}", early.text);
    mark(&author, &tag, places).await;

    let after = author.settled(&case, before["id"].as_str().unwrap()).await;
    let filled = after["filled"].as_array().unwrap();
    assert!(filled.iter().any(|one| one["kind"] == "marked" && one["x"] == 16), "{after}");
    let file = download(&cloud, &after["url"]).await;
    let picture = ::image::load_from_memory(&file).unwrap().into_rgb8();
    for (x, y) in [(20, 36), (40, 40), (60, 44)] {
        assert!(picture.get_pixel(x, y).0.iter().all(|shade| *shade < 12), "{:?}", picture.get_pixel(x, y));
    }
    let former = cloud.client().get(before["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(former.status().as_u16(), 404, "the former image can still be had");
    author.attest(&case, &after).await;
    author.call(Method::POST, &format!("/cases/{case}/publish"), Some(&json!({}))).await.expect(200);
    let late = author.call_with(Method::PUT, &attest, &[("if-match", &tag)], Some(&json!({}))).await;
    late.expect_problem(409, "not_a_draft");
}

#[tokio::test]
async fn an_image_that_is_taken_off_is_nowhere() {
    let cloud = Cloud::open();
    let (author, other) = (physician(&cloud).await, physician(&cloud).await);
    let case = author.draft("A wrong picture", "cardiology").await;
    let view = author.illustrate(&case, "image/jpeg", image::photograph(320, 240)).await;
    let path = format!("/cases/{case}/images/{}", view["id"].as_str().unwrap());
    other.call(Method::DELETE, &path, None).await.expect_problem(404, "not_found");
    author.call(Method::DELETE, &path, None).await.expect(204);
    author.call(Method::DELETE, &path, None).await.expect_problem(404, "not_found");
    cloud
        .until("the picture to go", 60, async || {
            BUCKETS.iter().all(|bucket| kept(&cloud, bucket, &case).is_empty()).then_some(())
        })
        .await;
    author.call(Method::POST, &format!("/cases/{case}/publish"), Some(&json!({}))).await.expect(200);
}
