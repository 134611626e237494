//! The story of Curbside in one go: verified clinicians, a case, advice, votes, an observer, a bonus, a
//! poll, a webhook. The demo seed tells it; the tests check every turn of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Cloud, Member, Particulars, Person, image, nonce,
    person::{admitted, member},
};

/// The people of the story.
#[derive(Debug)]
pub struct Cast {
    /// A cardiologist of the United States: the author of the case.
    pub author: Member,
    /// A cardiologist of France.
    pub adviser: Member,
    /// A radiologist of the United Kingdom.
    pub colleague: Member,
    /// A nurse of the United Kingdom.
    pub nurse: Member,
    /// Whom a reviewer approved.
    pub reviewed: Member,
    /// The one who was refused: their application as they see it.
    pub refused: Value,
    /// Sign-ins of the members, by screen name.
    pub sign_ins: Vec<(String, String)>,
    /// Everything about them that must not leave the identity zone.
    pub canaries: Vec<String>,
}

/// What came of the case.
#[derive(Debug)]
pub struct Told {
    /// The case.
    pub case: String,
    /// Its image.
    pub image: String,
    /// The advice that was accepted.
    pub advice: String,
    /// The course of action that was voted for.
    pub course: String,
}

/// Signs everyone up and has them verified, the fifth refused, the sixth approved by a reviewer.
pub async fn assemble(cloud: &Cloud) -> Cast {
    let run = nonce();
    let named = |name: &str| format!("{name}-{}", &run[..4]);
    let people = [
        ("atlas", Particulars::physician("US", "cardiology")),
        ("brioche", Particulars::physician("FR", "cardiology")),
        ("cedar", Particulars::physician("GB", "radiology")),
        ("dover", Particulars::physician("GB", "cardiology").who_is("nurse")),
    ];
    let mut canaries: Vec<String> = people.iter().flat_map(|(_, one)| one.canaries()).collect();
    let mut sign_ins = Vec::new();
    let mut members = Vec::new();
    for (name, particulars) in &people {
        let name = named(name);
        members.push(member(cloud, particulars, &name).await);
        sign_ins.push((name, particulars.email.clone()));
    }

    let nobody = Particulars::physician("US", "neurology").cast_as("Nomatch");
    canaries.extend(nobody.canaries());
    let person = Person::sign_up(cloud, &nobody.email).await;
    canaries.push(person.subject());
    let application = person.apply(&nobody).await;
    let refused = person.verified(&application).await;

    let unclear = Particulars::physician("DE", "neurology").cast_as("Partial");
    canaries.extend(unclear.canaries());
    let (person, _) = admitted(cloud, &unclear).await;
    canaries.push(person.subject());
    let name = named("elbe");
    let reviewed = person.join(&name).await;
    sign_ins.push((name, unclear.email.clone()));

    let [author, adviser, colleague, nurse]: [Member; 4] = members.try_into().expect("four members");
    Cast { author, adviser, colleague, nurse, reviewed, refused, sign_ins, canaries }
}

/// A case with a photograph, published.
pub async fn open_case(cast: &Cast) -> (String, String) {
    let author = &cast.author;
    let case = author.draft("Exertional chest pain with a normal ECG", "cardiology").await;
    let image = author.illustrate(&case, "image/jpeg", image::photograph(1_200, 900)).await;
    assert_eq!(image["state"], "clean", "{image}");
    author.attest(&case, &image).await;
    author.call(Method::POST, &format!("/cases/{case}/publish"), Some(&json!({}))).await.expect(200);
    (case, image["id"].as_str().expect("an id").to_owned())
}

/// The discussion of a case, with votes; the case is left open.
pub async fn discuss(cast: &Cast, case: String, image: String) -> Told {
    let Cast { author, adviser, colleague, nurse, .. } = cast;
    let path = |rest: &str| format!("/cases/{case}{rest}");
    for reader in [adviser, colleague, nurse] {
        reader.get(&path("")).await;
    }
    let question =
        nurse.create(&path("/questions"), &json!({"text": "Is the pain worse after meals?"})).await;
    let answer = json!({"text": "No, only on stairs."});
    author.create(&path(&format!("/contributions/{question}/replies")), &answer).await;
    let text = "CT angiography first: at this risk it rules out more than a stress test does.";
    let advice = adviser.create(&path("/advice"), &json!({"text": text})).await;
    let corroboration = path(&format!("/contributions/{advice}/corroboration"));
    for peer in [colleague, nurse] {
        peer.call(Method::PUT, &corroboration, None).await.expect(204);
    }
    let course = adviser.create(&path("/courses"), &json!({"text": "CT coronary angiography"})).await;
    let other = colleague.create(&path("/courses"), &json!({"text": "Invasive angiography"})).await;
    for (voter, choice) in [(adviser, &course), (colleague, &other), (colleague, &course)] {
        voter.call(Method::PUT, &path("/vote"), Some(&json!({"course": choice}))).await.expect(200);
    }
    Told { case, image, advice, course }
}

/// Closes the case with its outcome and the advice that helped.
pub async fn close(cast: &Cast, told: &Told) -> Value {
    let body = json!({
        "outcome": "A tight stenosis of the left anterior descending artery; stented, well after a month.",
        "accepted": told.advice,
    });
    let path = format!("/cases/{}/close", told.case);
    cast.author.call(Method::POST, &path, Some(&body)).await.expect(200)
}

/// A partner organisation with a contract over cardiology, and its API key.
pub async fn partner(cloud: &Cloud) -> (String, Value) {
    let operator = Person::staff(cloud, &format!("operator{}@example.org", nonce()), "operators").await;
    let operator = operator.session("operator").await;
    let body = json!({
        "name": "Northwind Research", "specialties": ["cardiology"], "ends_at": "2199-01-01T00:00:00Z",
    });
    let made = operator.call_zone("partners", Method::POST, "/organisations", Some(&body)).await.expect(201);
    (made["api_key"].as_str().expect("a key").to_owned(), made)
}

/// A call to the partners API with an API key.
pub async fn observe(
    cloud: &Cloud,
    api_key: &str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> crate::Reply {
    let url = format!("{}{path}", cloud.address("partners_Url"));
    cloud.send(method, &url, &[("x-api-key", api_key)], body).await
}

/// Writes a poll and has a moderator approve it.
async fn approved(cloud: &Cloud, writer: &Member, question: &str) -> String {
    let body = json!({
        "question": question, "options": ["Always", "Sometimes", "Never"], "credited": true,
        "context": "Colleagues do it differently, and guidelines differ as well.",
        "sources": [{"title": "A review of the guidelines", "link": "https://example.org/guidelines"}],
    });
    let poll = writer.create("/polls", &body).await;
    approve(&moderator(cloud).await, &poll, &json!({"in": "queue"})).await;
    poll
}

/// A moderator, signed in.
pub async fn moderator(cloud: &Cloud) -> Member {
    let person = Person::staff(cloud, &format!("moderator{}@example.org", nonce()), "moderators").await;
    person.session("moderator").await
}

/// A moderator reads a draft and approves it, to a place in the calendar.
pub async fn approve(moderator: &Member, poll: &str, place: &Value) {
    let path = format!("/polls/{poll}");
    let read = moderator.call(Method::GET, &path, None).await;
    let version = read.headers["etag"].to_str().expect("a version");
    let (path, body) = (format!("{path}/approve"), json!({"place": place}));
    moderator.call_with(Method::POST, &path, &[("if-match", version)], Some(&body)).await.expect(204);
}

/// Writes a poll, has a moderator approve it, and waits until the schedule opens it.
pub async fn poll(cloud: &Cloud, writer: &Member, question: &str) -> String {
    let poll = approved(cloud, writer, question).await;
    let path = format!("/polls/{poll}");
    let opened = async || (writer.get(&path).await["status"] == "open").then_some(());
    cloud.until("the schedule to open the poll", 200, opened).await;
    poll
}

/// The same, without waiting for the schedule: its function is invoked as an operator does.
pub async fn poll_now(cloud: &Cloud, writer: &Member, question: &str) -> String {
    let poll = approved(cloud, writer, question).await;
    let path = format!("/polls/{poll}");
    cloud
        .until("the poll to be opened", 60, async || {
            #[expect(clippy::disallowed_methods, reason = "a test is a client, and has a clock of its own")]
            let ring = json!({"ring": "monday", "occurrence": jiff::Timestamp::now()});
            // The schedule may be at it, too: then it is asked again.
            cloud.attempt_to_invoke("curbside-local-community-poll-clock", &ring).await;
            (writer.get(&path).await["status"] == "open").then_some(())
        })
        .await;
    poll
}
