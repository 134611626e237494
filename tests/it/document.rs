//! Documents: what applicants show where nobody can be asked, who sees it, and that it goes.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Cloud, Particulars, Person,
    image::{SECRETS, jpeg, photograph},
    member::upload,
    nonce,
    person::{applied, approve, reviewer},
};

/// The objects of an application in a bucket of the identity zone.
fn held(cloud: &Cloud, bucket: &str, application: &str) -> Vec<Vec<u8>> {
    let objects = cloud.objects(&format!("identity-{bucket}")).into_iter();
    objects.filter(|(key, _)| key.starts_with(application)).map(|(_, bytes)| bytes).collect()
}

#[tokio::test]
async fn documents_are_shown_inspected_seen_by_reviewers_and_deleted_after_the_decision() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("BR", "cardiology");
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let application = person.apply(&particulars).await;
    let view = person.verified(&application).await;
    let of = |view: &Value, what: &str, field: &str| -> Vec<String> {
        let list = view[what].as_array().unwrap().iter();
        list.map(|one| one[field].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(view["status"], "awaiting_applicant", "{view}");
    assert_eq!(of(&view, "reasons", "stage"), ["identity", "licence"]);
    assert_eq!(of(&view, "stages", "state"), ["asked", "asked", "confirmed"], "{view}");
    assert_eq!(view["next"][0]["action"], "show_documents");

    let text = person.upload_document(&application, "identity", b"%PDF-1.7 a scan".to_vec()).await;
    let view = person.inspected(&application, &text).await;
    let refused = &view["documents"][0];
    assert_eq!((&refused["state"], &refused["refusal"]), (&json!("refused"), &json!("unsupported_media")));
    assert!(refused["remedy"].as_str().unwrap().contains("JPEG"), "{refused}");

    let passport = person.upload_document(&application, "identity", photograph(900, 600)).await;
    let view = person.inspected(&application, &passport).await;
    assert_eq!(view["status"], "awaiting_applicant", "the licence was not shown yet");
    person.upload_document(&application, "licence", jpeg(640, 480)).await;
    let path = format!("/applications/{application}");
    let ready = async || {
        let view = person.call(Method::GET, &path, None).await.expect(200);
        (view["status"] == "in_review").then_some(view)
    };
    cloud.until("the reviewer's turn", 60, ready).await;
    assert!(held(&cloud, "quarantine", &application).is_empty(), "an original was left in quarantine");

    let desk = reviewer(&cloud).await;
    let file = desk.call(Method::GET, &format!("/reviews/{application}"), None).await.expect(200);
    assert_eq!(of(&file, "documents", "state"), ["refused", "received", "received"], "{file}");
    let opened = format!("/reviews/{application}/documents/{passport}");
    person.call(Method::GET, &opened, None).await.expect_problem(403, "forbidden");
    desk.call(Method::GET, &format!("/reviews/{application}/documents/{text}"), None)
        .await
        .expect_problem(404, "not_found");
    let address = desk.call(Method::GET, &opened, None).await.expect(200);
    let picture = cloud.client().get(address["url"].as_str().unwrap()).send().await.expect("an answer");
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    let picture = picture.bytes().await.expect("a picture");
    assert!(picture.starts_with(&[0xFF, 0xD8]), "no JPEG");
    let seen = String::from_utf8_lossy(&picture).into_owned();
    for secret in SECRETS {
        assert!(!seen.contains(secret), "{secret} reached the reviewer");
    }
    let file = desk.call(Method::GET, &format!("/reviews/{application}"), None).await.expect(200);
    assert!(file["looks"].to_string().contains(&passport), "the look was not recorded: {file}");
    assert_eq!(held(&cloud, "documents", &application).len(), 2);

    approve(&cloud, &application).await;
    let gone = async || held(&cloud, "documents", &application).is_empty().then_some(());
    cloud.until("the documents' end", 60, gone).await;
    let deleted = async || {
        let view = person.call(Method::GET, &path, None).await.expect(200);
        (of(&view, "documents", "state").iter().all(|state| state == "deleted")).then_some(())
    };
    cloud.until("the record of it", 30, deleted).await;
    desk.call(Method::GET, &opened, None).await.expect_problem(404, "not_found");
    let late = json!({"shows": "other", "media_type": "image/png"});
    person
        .call(Method::POST, &format!("{path}/documents"), Some(&late))
        .await
        .expect_problem(409, "already_decided");
    let member = person.join(&format!("rio-{}", nonce())).await;
    assert_eq!(member.claims()["clinician"]["country"], "BR");
}

#[tokio::test]
async fn uploads_are_bounded_their_applicants_and_in_time_whatever_is_sent_twice() {
    let cloud = Cloud::open();
    let (person, application, view) = applied(&cloud, &Particulars::physician("IT", "cardiology")).await;
    assert_eq!(view["status"], "in_review", "{view}");
    let path = format!("/applications/{application}/documents");
    let stranger = Person::sign_up(&cloud, &format!("s{}@example.org", nonce())).await;
    let new = json!({"shows": "other", "media_type": "image/png"});
    stranger.call(Method::POST, &path, Some(&new)).await.expect_problem(404, "not_found");
    let wrong = json!({"shows": "other", "media_type": "application/pdf"});
    let problem = person.call(Method::POST, &path, Some(&wrong)).await;
    assert_eq!(problem.expect_problem(400, "invalid_field")["field"], "media_type");

    let offer = person.call(Method::POST, &path, Some(&new)).await.expect(201);
    let (form, document) = (&offer["upload"], offer["document"].as_str().unwrap());
    let huge = vec![0; 10 * 1024 * 1024 + 1];
    assert!(upload(&cloud, form, "image/png", huge).await.status.is_client_error(), "it has no bound");
    let mut elsewhere = form.clone();
    elsewhere["fields"]["key"] = json!(format!("{application}/doc_00000000000000000000000000"));
    let forged = upload(&cloud, &elsewhere, "image/png", jpeg(8, 8)).await;
    assert!(forged.status.is_client_error(), "a form is good for another key");
    let pictures = [jpeg(64, 48), jpeg(48, 64), jpeg(64, 48)];
    let uploads = pictures.map(|picture| upload(&cloud, form, "image/png", picture));
    let [one, two, three] = uploads;
    let (one, two, three) = tokio::join!(one, two, three);
    for reply in [one, two, three] {
        reply.expect(204);
    }
    person.inspected(&application, document).await;
    let settled = async || held(&cloud, "quarantine", &application).is_empty().then_some(());
    cloud.until("the quarantine's end", 60, settled).await;
    let objects = cloud.objects("identity-documents");
    let kept = objects.iter().filter(|(key, _)| key.contains(document)).count();
    assert_eq!(kept, 1, "one document is several pictures");

    let withdraw = format!("/applications/{application}/withdraw");
    person.call(Method::POST, &withdraw, Some(&json!({}))).await.expect(200);
    let gone = async || held(&cloud, "documents", &application).is_empty().then_some(());
    cloud.until("the documents' end", 60, gone).await;
    upload(&cloud, form, "image/png", jpeg(64, 48)).await.expect(204);
    let discarded = async || held(&cloud, "quarantine", &application).is_empty().then_some(());
    cloud.until("the late upload's end", 60, discarded).await;
    assert!(held(&cloud, "documents", &application).is_empty(), "a late upload was kept");
}

#[tokio::test]
async fn what_is_asked_and_not_answered_is_withdrawn_and_nothing_of_it_is_kept_open() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("ES", "cardiology");
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let application = person.apply(&particulars).await;
    let view = person.verified(&application).await;
    assert_eq!(view["status"], "awaiting_applicant", "{view}");
    assert!(view["next"][0]["until"].is_string(), "there is no deadline: {view}");
    let asked = async || {
        let mails = cloud.mail().await;
        mails.iter().any(|mail| mail.to_string().contains(&particulars.email)).then_some(())
    };
    cloud.until("the mail that asks", 60, asked).await;
    let document = person.upload_document(&application, "identity", jpeg(64, 48)).await;
    person.inspected(&application, &document).await;

    let status = async || {
        let path = format!("/applications/{application}");
        person.call(Method::GET, &path, None).await.expect(200)["status"].clone()
    };
    cloud.invoke("curbside-local-identity-sweep", &json!({})).await;
    assert_eq!(status().await, "awaiting_applicant", "it was withdrawn before its time");
    // As if it had been asked long ago.
    let long_ago = "2020-01-01T00:00:00Z";
    let change = json!({
        "TableName": "curbside-local-identity",
        "Key": {"pk": {"S": format!("APPLICATION#{application}")}, "sk": {"S": "APPLICATION"}},
        "UpdateExpression": "SET asked_at = :at, gsi1sk = :place",
        "ExpressionAttributeValues": {
            ":at": {"S": long_ago}, ":place": {"S": format!("2020-01-31T00:00:00.000000000Z#{application}")},
        },
    });
    cloud.operate("dynamodb", "DynamoDB_20120810.UpdateItem", &change).await;
    let swept = cloud.invoke("curbside-local-identity-sweep", &json!({})).await;
    assert!(swept["withdrawn"].as_u64() >= Some(1), "{swept}");
    assert_eq!(status().await, "withdrawn");
    let gone = async || held(&cloud, "documents", &application).is_empty().then_some(());
    cloud.until("the documents' end", 60, gone).await;
}
