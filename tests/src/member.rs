//! A member of the community: known by a session token and a screen name, and nothing else.

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::{Cloud, Reply};

/// A member.
#[derive(Debug, Clone)]
pub struct Member {
    cloud: Cloud,
    /// The session token.
    pub token: String,
    /// The screen name.
    pub screen_name: String,
}

impl Member {
    /// The bearer of a session token.
    pub fn new(cloud: &Cloud, token: &str, screen_name: &str) -> Self {
        Self { cloud: cloud.clone(), token: token.to_owned(), screen_name: screen_name.to_owned() }
    }

    /// The claims that the token carries, unchecked.
    pub fn claims(&self) -> Value {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let body = self.token.split('.').nth(1).expect("a token");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).expect("base64")).expect("claims")
    }

    /// The member's id, which the token carries.
    pub fn id(&self) -> String {
        self.claims()["sub"].as_str().expect("a subject").to_owned()
    }

    /// A call to an API of a zone.
    pub async fn call_zone(&self, zone: &str, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let url = format!("{}{path}", self.cloud.address(&format!("{zone}_Url")));
        let bearer = format!("Bearer {}", self.token);
        self.cloud.send(method, &url, &[("authorization", &bearer)], body).await
    }

    /// A call to the community API.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        self.call_zone("community", method, path, body).await
    }

    /// A call to the community API with more headers.
    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let url = format!("{}{path}", self.cloud.address("community_Url"));
        let bearer = format!("Bearer {}", self.token);
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        self.cloud.send(method, &url, &headers, body).await
    }

    /// A GET from the community API.
    pub async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.expect(200)
    }

    /// A POST to the community API that creates something: its id.
    pub async fn create(&self, path: &str, body: &Value) -> String {
        let made = self.call(Method::POST, path, Some(body)).await.expect(201);
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Drafts a case and gives its id.
    pub async fn draft(&self, title: &str, specialty: &str) -> String {
        self.create("/cases", &case(title, specialty)).await
    }

    /// Drafts and publishes a case without images, and gives its id.
    pub async fn publish(&self, title: &str, specialty: &str) -> String {
        let case = self.draft(title, specialty).await;
        self.call(Method::POST, &format!("/cases/{case}/publish"), Some(&json!({}))).await.expect(200);
        case
    }

    /// Offers an image of so many bytes for a draft: the image's id and the upload form.
    pub async fn offer(&self, case: &str, media_type: &str, bytes: usize) -> (String, Value) {
        let path = format!("/cases/{case}/images");
        let body = json!({"media_type": media_type, "bytes": bytes});
        let offer = self.call(Method::POST, &path, Some(&body)).await.expect(201);
        (offer["image"].as_str().expect("an id").to_owned(), offer["upload"].clone())
    }

    /// Uploads an image to a draft, and waits until it is settled: as it then is.
    pub async fn illustrate(&self, case: &str, media_type: &str, file: Vec<u8>) -> Value {
        let (image, form) = self.offer(case, media_type, file.len()).await;
        upload(&self.cloud, &form, media_type, file).await.expect(204);
        self.settled(case, &image).await
    }

    /// Waits until an image of the caller's draft is clean or refused, and gives it.
    pub async fn settled(&self, case: &str, image: &str) -> Value {
        let path = format!("/cases/{case}/images/{image}");
        self.cloud
            .until("the anonymisation", 240, async || {
                let found = self.get(&path).await;
                let settled = ["clean", "refused"].iter().any(|state| found["state"] == *state);
                settled.then_some(found)
            })
            .await
    }

    /// Answers for an image of the caller's draft as it is now.
    pub async fn attest(&self, case: &str, image: &Value) {
        let (path, tag) = self.seen(case, image).await;
        let path = format!("{path}/attestation");
        self.call_with(Method::PUT, &path, &[("if-match", &tag)], Some(&json!({}))).await.expect(200);
    }

    /// Marks a place in an image of the caller's draft as it is now, and gives the answer.
    pub async fn mark(&self, case: &str, image: &Value, place: Value) -> Value {
        let (path, tag) = self.seen(case, image).await;
        let (path, places) = (format!("{path}/boxes"), json!({"places": [place]}));
        self.call_with(Method::POST, &path, &[("if-match", &tag)], Some(&places)).await.expect(202)
    }

    /// Where an image is, and its tag now.
    async fn seen(&self, case: &str, image: &Value) -> (String, String) {
        let path = format!("/cases/{case}/images/{}", image["id"].as_str().expect("an id"));
        let seen = self.call(Method::GET, &path, None).await;
        let tag = seen.headers["etag"].to_str().expect("a tag").to_owned();
        (path, tag)
    }
}

/// A case as it is sent.
pub fn case(title: &str, specialty: &str) -> Value {
    json!({
        "title": title,
        "history": "A 54-year-old with chest pain on exertion for two months, a smoker, no family history.",
        "findings": "ECG at rest normal; troponin negative twice; the film is attached.",
        "question": "Would you go straight to angiography, or image without invasion first?",
        "specialty": specialty,
    })
}

/// Posts a file with an upload form, as a browser would.
pub async fn upload(cloud: &Cloud, form: &Value, media_type: &str, file: Vec<u8>) -> Reply {
    let mut parts = Form::new();
    for (name, value) in form["fields"].as_object().expect("fields") {
        parts = parts.text(name.clone(), value.as_str().expect("a text").to_owned());
    }
    let part = Part::bytes(file).file_name("IMG_0001.JPG").mime_str(media_type).expect("a media type");
    let url = form["url"].as_str().expect("an address");
    let request = cloud.client().post(url).multipart(parts.part("file", part));
    Reply::read(request.send().await.expect("the storage answers")).await
}
