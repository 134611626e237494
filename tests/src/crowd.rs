//! A crowd of applicants, of whom some pass, some fail and some need a reviewer.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{Cloud, Particulars, Person};

/// How each applicant in turn plays, and what becomes of them.
const PARTS: [(&str, &str, &str); 5] = [
    ("", "", "approved"),
    ("Nomatch", "", "refused"),
    ("Partial", "", "in_review"),
    ("", "duplicate-", "in_review"),
    ("Quiz", "", "awaiting_applicant"),
];

/// Has so many people apply, at most so many at a time, and says how many ended where.
///
/// # Panics
/// When an application is lost, ends otherwise than its applicant plays, or is decided twice.
pub async fn verify(cloud: &Cloud, count: usize, at_once: usize) -> BTreeMap<String, usize> {
    let room = Arc::new(Semaphore::new(at_once));
    let mut running = JoinSet::new();
    for place in 0..count {
        let (cloud, room) = (cloud.clone(), room.clone());
        running.spawn(async move {
            let _place = room.acquire_owned().await.expect("a place");
            one(&cloud, place).await
        });
    }
    let mut ends = BTreeMap::new();
    let mut applications = Vec::new();
    while let Some(done) = running.join_next().await {
        let (application, status) = done.expect("an applicant");
        *ends.entry(status).or_default() += 1;
        applications.push(application);
    }
    decided_once(cloud, &applications).await;
    ends
}

async fn one(cloud: &Cloud, place: usize) -> (String, String) {
    let (part, device, expected) = PARTS[place % PARTS.len()];
    let particulars = Particulars::physician("US", "neurology").cast_as(part);
    let particulars =
        Particulars { device_session: format!("{device}{}", particulars.device_session), ..particulars };
    particulars.license(cloud).await;
    let person = Person::sign_up(cloud, &particulars.email).await;
    let application = person.apply(&particulars).await;
    let view = person.verified(&application).await;
    assert_eq!(view["status"], expected, "{view}");
    (application, expected.to_owned())
}

/// Every stage of every application was run once, and nothing was decided after its decision.
async fn decided_once(cloud: &Cloud, applications: &[String]) {
    let rows = cloud.everything("identity").await;
    let mut found: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    for row in &rows {
        let partition = row["pk"]["S"].as_str().expect("a key");
        let Some(id) = partition.strip_prefix("APPLICATION#") else { continue };
        let one = found.entry(id).or_default();
        match row["sk"]["S"].as_str().expect("a key") {
            "APPLICATION" => one.0 += 1,
            place => one.1.push(place),
        }
    }
    for application in applications {
        let (count, mut evidence) = found.get(application.as_str()).cloned().expect("an application");
        assert_eq!(count, 1, "{application} was lost");
        let stages = evidence.len();
        evidence.dedup();
        assert_eq!(stages, evidence.len(), "{application} ran a stage twice");
        let of = |row: &&Value| row["pk"]["S"] == format!("APPLICATION#{application}").as_str();
        let decided = rows.iter().filter(of).filter(|row| row["decided_at"].is_object()).count();
        assert!(decided <= 1, "{application} was decided twice");
    }
}
