//! What a person may ask of the identity zone: all that it holds, a correction, and to be forgotten.

use reqwest::Method;
use serde_json::json;
use tests::{
    Cloud, Particulars, Person, nonce,
    person::{admitted, applied, approve, reviewer},
};

use crate::case::physician;

#[tokio::test]
async fn a_member_leaves_with_a_copy_and_a_receipt_and_their_words_stay_a_former_members() {
    let cloud = Cloud::open();
    // Others of the run share days of birth by chance; nobody else is of the thirties.
    let day = nonce().bytes().fold(0, |sum, byte| (sum * 31 + u32::from(byte)) % 252);
    let birth_date = format!("193{}-0{}-{}", day % 9, 1 + day % 7, 20 + day % 4);
    let particulars = Particulars { birth_date, ..Particulars::physician("US", "cardiology") };
    let (person, application) = admitted(&cloud, &particulars).await;
    let member = person.join(&format!("swift-{}", nonce())).await;
    let case = member.publish("My last case", "cardiology").await;
    let reader = physician(&cloud).await;

    let export = person.call(Method::GET, "/person", None).await.expect(200);
    let text = export.to_string();
    for canary in particulars.canaries() {
        assert!(text.contains(&canary), "{canary} is held and not exported");
    }
    assert_eq!(export["membership"]["screen_name"], member.screen_name.as_str());

    let wrong = person.call(Method::POST, "/person/erase", Some(&json!({"confirm": "no"}))).await;
    assert_eq!(wrong.expect_problem(400, "invalid_field")["field"], "confirm");
    let confirm = json!({"confirm": "erase me"});
    let receipt = person.call(Method::POST, "/person/erase", Some(&confirm)).await.expect(200);
    assert_eq!((&receipt["erased"]["applications"], &receipt["erased"]["link"]), (&json!(1), &json!(true)));
    assert_eq!(receipt["signed"].as_str().map(|token| token.split('.').count()), Some(3));
    let bearer = format!("Bearer {}", receipt["signed"].as_str().unwrap());
    let cases = format!("{}/cases", cloud.address("community_Url"));
    let with_receipt = cloud.send(Method::GET, &cases, &[("authorization", bearer.as_str())], None).await;
    assert!(with_receipt.status.is_client_error(), "a receipt opens the community");

    // The association is told to watch the record no more, and its number goes.
    cloud.invoke("curbside-local-identity-monitor", &json!({})).await;
    let rows = cloud.everything("identity").await;
    for canary in particulars.canaries().iter().chain([&person.subject(), &application]) {
        let kept = rows.iter().find(|row| {
            let partition = row["pk"]["S"].as_str().unwrap();
            // Answers to requests and messages expire within a week.
            !partition.starts_with("OUTBOX#")
                && !partition.starts_with("ONCE#")
                && !row["sk"]["S"].as_str().unwrap().starts_with("LOOK#")
                && row.to_string().contains(canary)
        });
        assert_eq!(kept, None, "{canary} is kept");
    }
    let client = json!({
        "ClientId": cloud.address("identity_UserPoolClientId"), "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": particulars.email, "PASSWORD": tests::person::PASSWORD},
    });
    assert!(cloud.user_pool("InitiateAuth", &client).await.status.is_client_error(), "the sign-in is left");
    let path = format!("/cases/{case}");
    let former = async || {
        cloud.release().await;
        (reader.get(&path).await["author"] == "former member").then_some(())
    };
    cloud.until("the former member", 60, former).await;

    let returned = Particulars { email: format!("back{}@example.org", nonce()), ..particulars };
    let person = Person::sign_up(&cloud, &returned.email).await;
    let again = person.apply(&returned).await;
    assert_eq!(
        person.verified(&again).await["status"],
        "in_review",
        "the licence made another member at once"
    );
}

#[tokio::test]
async fn a_field_is_corrected_with_its_source_by_a_reviewer() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("US", "cardiology");
    let (person, application) = admitted(&cloud, &particulars).await;
    let path = format!("/applications/{application}/corrections");
    let married =
        json!({"field": "family_name", "value": format!("Married{}", nonce()), "source": "Certificate 17"});
    let wrong = json!({"field": "birth_date", "value": "yesterday", "source": "Certificate 17"});
    let problem = person.call(Method::POST, &path, Some(&wrong)).await;
    assert_eq!(problem.expect_problem(400, "invalid_field")["field"], "value");
    person.call(Method::POST, &path, Some(&married)).await.expect(200);
    person.call(Method::POST, &path, Some(&married)).await.expect_problem(409, "correction_pending");
    let reviewer = reviewer(&cloud).await;
    let file = reviewer.call(Method::GET, &format!("/reviews/{application}"), None).await.expect(200);
    assert_eq!(file["corrections"][0]["source"], "Certificate 17", "{file}");
    let decide = format!("/reviews/{application}/correction");
    person.call(Method::POST, &decide, Some(&json!({"accept": true}))).await.expect_problem(403, "forbidden");
    reviewer.call(Method::POST, &decide, Some(&json!({"accept": true}))).await.expect(200);
    reviewer
        .call(Method::POST, &decide, Some(&json!({"accept": true})))
        .await
        .expect_problem(409, "not_in_review");
    let export = person.call(Method::GET, "/person", None).await.expect(200);
    let name = export["person"]["credential"]["name"].as_str().unwrap();
    assert!(name.contains("Married"), "{export}");
}

#[tokio::test]
async fn a_refused_applicant_who_returns_under_another_account_is_recognised() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("US", "cardiology").cast_as("Partial");
    let (_, application, view) = applied(&cloud, &particulars).await;
    assert_eq!(view["status"], "in_review", "{view}");
    let reviewer = reviewer(&cloud).await;
    let why = json!({"stage": "identity", "words": "The address is a shop's.", "remedy": "Send your own."});
    reviewer.call(Method::POST, &format!("/reviews/{application}/refuse"), Some(&why)).await.expect(200);

    let email = format!("again{}@example.org", nonce());
    let family_name = particulars.family_name.replace("Partial", "");
    let returned = Particulars { email, family_name, ..particulars };
    returned.license(&cloud).await;
    let person = Person::sign_up(&cloud, &returned.email).await;
    let again = person.apply(&returned).await;
    let view = person.verified(&again).await;
    assert_eq!(view["status"], "in_review", "{view}");
    assert!(!view.to_string().contains("return"), "the applicant learns what gave them away");
    let file = reviewer.call(Method::GET, &format!("/reviews/{again}"), None).await.expect(200);
    assert_eq!(
        (&file["returns"][0]["application"], &file["returns"][0]["same_account"]),
        (&json!(application), &json!(false)),
        "{file}"
    );
    approve(&cloud, &again).await;
    assert_eq!(person.verified(&again).await["status"], "approved");
}
