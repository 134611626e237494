//! Verification: who gets in, who is told why not, and what they can do about it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Cloud, Particulars, Person, fresh_key, nonce,
    person::{admitted, applied, reviewer},
};

#[tokio::test]
async fn who_fails_identity_is_told_why_and_what_to_do_and_may_apply_again() {
    let cloud = Cloud::open();
    let wrong = Particulars::physician("US", "neurology").cast_as("Nomatch");
    let person = Person::sign_up(&cloud, &wrong.email).await;
    let application = person.apply(&wrong).await;
    let view = person.verified(&application).await;
    assert_eq!(view["status"], "refused");
    assert_eq!(view["reasons"][0]["stage"], "identity");
    assert!(view["reasons"][0]["words"].as_str().unwrap().contains("No person"));
    assert!(view["reasons"][0]["remedy"].as_str().unwrap().contains("apply again"));
    let name = json!({"screen_name": format!("no-{}", nonce())});
    person.call(Method::PUT, "/membership", Some(&name)).await.expect_problem(403, "not_verified");
    person.call(Method::POST, "/sessions", Some(&json!({}))).await.expect_problem(403, "not_verified");
    person.apply(&wrong).await;
}

#[tokio::test]
async fn questions_settle_an_identity_that_the_particulars_leave_open() {
    let cloud = Cloud::open();
    let asked = async |part: &str| {
        let particulars = Particulars::physician("US", "neurology").cast_as(part);
        let (person, application, view) = applied(&cloud, &particulars).await;
        assert_eq!(
            (&view["status"], &view["stages"][0]["state"]),
            (&json!("awaiting_applicant"), &json!("asked"))
        );
        assert_eq!(view["next"][0]["action"], "answer_questions", "{view}");
        assert_eq!(view["stages"][1]["state"], "pending", "a paid call was made before the answers");
        (person, application)
    };
    let path = |application: &str| format!("/applications/{application}/questions");
    let answers = |round: &Value, right: usize| {
        let answer = |(place, one): (usize, &Value)| json!({"kind": one["kind"], "answer": one["choices"][if place < right { 1 } else { 5 }]});
        let questions = round["questions"].as_array().unwrap();
        json!({"answers": questions.iter().enumerate().map(answer).collect::<Vec<_>>()})
    };

    let (person, application) = asked("Quiz").await;
    let stranger = Person::sign_up(&cloud, &format!("s{}@example.org", nonce())).await;
    stranger.call(Method::GET, &path(&application), None).await.expect_problem(404, "not_found");
    let none = json!({"answers": []});
    let problem = person.call(Method::POST, &path(&application), Some(&none)).await;
    assert_eq!(problem.expect_problem(400, "invalid_field")["field"], "answers");
    let round = person.call(Method::GET, &path(&application), None).await.expect(200);
    assert_eq!(
        (&round["round"], round["questions"].as_array().map(Vec::len)),
        (&json!("questions"), Some(3))
    );
    let judged = person.call(Method::POST, &path(&application), Some(&answers(&round, 1))).await.expect(200);
    assert_eq!(judged["another_round"], true);
    let challenge = person.call(Method::GET, &path(&application), None).await.expect(200);
    assert_eq!(challenge["round"], "challenge");
    let right = answers(&challenge, 2);
    person.call(Method::POST, &path(&application), Some(&right)).await.expect(200);
    assert_eq!(person.verified(&application).await["status"], "approved");
    person.call(Method::POST, &path(&application), Some(&right)).await.expect_problem(409, "not_asked");
    let kept = cloud.everything("identity").await;
    let choice = round["questions"][0]["choices"][1].as_str().unwrap();
    assert!(!kept.iter().any(|row| row.to_string().contains(choice)), "an answer is kept");
    assert!(!cloud.logs().await.contains(choice), "an answer is logged");

    let (person, application) = asked("Quiz").await;
    let round = person.call(Method::GET, &path(&application), None).await.expect(200);
    person.call(Method::POST, &path(&application), Some(&answers(&round, 0))).await.expect(200);
    let view = person.verified(&application).await;
    assert_eq!(
        (&view["status"], &view["reasons"][0]["code"]),
        (&json!("refused"), &json!("questions_failed"))
    );

    let (person, application) = asked("Quiz").await;
    let decline = format!("{}/decline", path(&application));
    person.call(Method::POST, &decline, Some(&json!({}))).await.expect(200);
    let view = person.verified(&application).await;
    assert_eq!((&view["status"], &view["stages"][1]["state"]), (&json!("in_review"), &json!("confirmed")));

    let (person, application) = asked("Unasked").await;
    person.call(Method::GET, &path(&application), None).await.expect_problem(409, "no_questions");
    assert_eq!(person.verified(&application).await["status"], "in_review");

    let (person, application) = asked("Untimely").await;
    let round = person.call(Method::GET, &path(&application), None).await.expect(200);
    person.call(Method::POST, &path(&application), Some(&answers(&round, 3))).await.expect(200);
    assert_eq!(person.verified(&application).await["status"], "in_review");
}

#[tokio::test]
async fn an_unknown_licence_is_refused_and_an_inactive_one_too() {
    let cloud = Cloud::open();
    let unknown = Particulars::physician("US", "neurology");
    let person = Person::sign_up(&cloud, &unknown.email).await;
    let application = person.apply(&unknown).await;
    let view = person.verified(&application).await;
    assert_eq!(
        (view["status"].as_str(), view["reasons"][0]["code"].as_str()),
        (Some("refused"), Some("licence_not_found"))
    );
    let lapsed = Particulars::physician("US", "neurology");
    lapsed.license_as(&cloud, "lapsed").await;
    let person = Person::sign_up(&cloud, &lapsed.email).await;
    let application = person.apply(&lapsed).await;
    let view = person.verified(&application).await;
    assert_eq!(
        (view["status"].as_str(), view["reasons"][0]["stage"].as_str()),
        (Some("refused"), Some("licence")),
        "{view}"
    );
}

#[tokio::test]
async fn a_licence_makes_one_member_and_another_persons_licence_none() {
    let cloud = Cloud::open();
    let first = Particulars::physician("US", "neurology");
    admitted(&cloud, &first).await;

    let twin = Particulars { email: format!("twin{}@example.org", nonce()), ..first.clone() };
    let person = Person::sign_up(&cloud, &twin.email).await;
    let application = person.apply(&twin).await;
    let view = person.verified(&application).await;
    assert_eq!(
        (view["status"].as_str(), view["reasons"][0]["code"].as_str()),
        (Some("in_review"), Some("in_review"))
    );
    assert!(!view.to_string().contains("held"), "the applicant learns that the licence is a member's");
    let reviewer = reviewer(&cloud).await;
    let path = format!("/reviews/{application}");
    assert_eq!(reviewer.call(Method::GET, &path, None).await.expect(200)["held"], "licence");
    let approve = reviewer.call(Method::POST, &format!("{path}/approve"), Some(&json!({}))).await;
    approve.expect_problem(409, "already_verified");
    let why =
        json!({"stage": "licence", "words": "This licence has an account.", "remedy": "Sign in with it."});
    reviewer.call(Method::POST, &format!("{path}/refuse"), Some(&why)).await.expect(200);

    let thief = Particulars {
        given_name: format!("Other{}", nonce()),
        email: format!("x{}@example.org", nonce()),
        ..Particulars::physician("US", "neurology")
    };
    let victim = Particulars { given_name: "Victim".to_owned(), ..thief.clone() };
    victim.license(&cloud).await;
    let person = Person::sign_up(&cloud, &thief.email).await;
    let application = person.apply(&thief).await;
    let status = person.verified(&application).await["status"].clone();
    assert_eq!(status, "in_review", "another given name was taken for the same");
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named_with_its_remedy() {
    let cloud = Cloud::open();
    let good = Particulars::physician("US", "cardiology");
    let person = Person::sign_up(&cloud, &good.email).await;
    let cases = [
        ("/licence/npi", json!("1234567890"), "invalid_field", "licence.npi"),
        ("/licence/authority", json!("ZZ"), "invalid_field", "licence.authority"),
        ("/licence/number", json!("#"), "invalid_field", "licence.number"),
        ("/graduation_year", json!(1900), "invalid_field", "graduation_year"),
        ("/graduation_year", json!(null), "invalid_field", "graduation_year"),
        ("/person/phone", json!("0123"), "invalid_field", "person.phone"),
        ("/person/given_name", json!(""), "invalid_field", "person.given_name"),
        ("/person/family_name", json!("x".repeat(201)), "invalid_field", "person.family_name"),
        ("/person/birth_date", json!("2020-01-01"), "invalid_field", "person.birth_date"),
        ("/country", json!("XX"), "invalid_field", "country"),
        ("/specialty", json!("alchemy"), "invalid_field", "specialty"),
        ("/consents/0/version", json!("2001-01"), "invalid_field", "consents"),
        ("/consents", json!([]), "invalid_field", "consents"),
    ];
    for (place, value, code, field) in cases {
        let mut body = good.application();
        *body.pointer_mut(place).unwrap() = value;
        let problem = person.call(Method::POST, "/applications", Some(&body)).await.expect_problem(400, code);
        assert_eq!(problem["field"], field, "{problem}");
    }
    for (country, field) in [("GB", "licence.number"), ("FR", "licence.number")] {
        let mut body = Particulars::physician(country, "cardiology").application();
        body["licence"]["number"] = json!("123");
        let problem = person.call(Method::POST, "/applications", Some(&body)).await;
        assert_eq!(problem.expect_problem(400, "invalid_field")["field"], field, "{country}");
    }
    let mut body = good.application();
    body["ssn"] = json!("123-45-6789");
    let problem = person.call(Method::POST, "/applications", Some(&body)).await;
    assert_eq!(problem.expect_problem(400, "unknown_field")["field"], "ssn");
    let list = person.call(Method::GET, "/applications", None).await.expect(200);
    assert_eq!(list["applications"], json!([]), "a refusal left a trace");
}

#[tokio::test]
async fn an_application_is_drafted_corrected_and_withdrawn() {
    let cloud = Cloud::open();
    let unclear = Particulars::physician("US", "neurology").cast_as("Partial");
    unclear.license(&cloud).await;
    let person = Person::sign_up(&cloud, &unclear.email).await;
    let draft = json!({"person": {"given_name": unclear.given_name}, "country": "US"});
    person.call(Method::PUT, "/applications/draft", Some(&draft)).await.expect(204);
    assert_eq!(person.call(Method::GET, "/applications/draft", None).await.expect(200), draft);
    let application = person.apply(&unclear).await;
    person.call(Method::GET, "/applications/draft", None).await.expect_problem(404, "not_found");
    let view = person.verified(&application).await;
    assert_eq!(view["stages"][0], json!({"stage": "identity", "state": "with_reviewer"}), "{view}");
    assert_eq!(view["stages"][1], json!({"stage": "licence", "state": "confirmed"}), "{view}");
    assert!(view["next"].as_array().unwrap().iter().any(|next| next["action"] == "correct"), "{view}");

    let path = format!("/applications/{application}");
    let right = Particulars { family_name: unclear.family_name.replace("Partial", ""), ..unclear.clone() };
    right.license(&cloud).await;
    let correct = async |version: &str| {
        person.call_with(Method::PUT, &path, &[("if-match", version)], Some(&right.application())).await
    };
    let other = Person::sign_up(&cloud, &format!("other{}@example.org", nonce())).await;
    let headers = [("if-match", "\"v1\"")];
    let reply = other.call_with(Method::PUT, &path, &headers, Some(&right.application())).await;
    reply.expect_problem(404, "not_found");
    assert_eq!(correct("\"v1\"").await.expect(200)["revision"], 2);
    correct("\"v1\"").await.expect_problem(412, "stale");
    assert_eq!(person.verified(&application).await["status"], "approved");
    let withdraw = format!("{path}/withdraw");
    person.call(Method::POST, &withdraw, Some(&json!({}))).await.expect_problem(409, "already_decided");

    let doubtful = Particulars::physician("US", "neurology").cast_as("Partial");
    doubtful.license(&cloud).await;
    let person = Person::sign_up(&cloud, &doubtful.email).await;
    let application = person.apply(&doubtful).await;
    person.verified(&application).await;
    let withdraw = format!("/applications/{application}/withdraw");
    other.call(Method::POST, &withdraw, Some(&json!({}))).await.expect_problem(404, "not_found");
    let withdrawn = person.call(Method::POST, &withdraw, Some(&json!({}))).await.expect(200);
    assert_eq!(
        (&withdrawn["status"], &withdrawn["next"][0]["action"]),
        (&json!("withdrawn"), &json!("apply"))
    );
    let reviewer = reviewer(&cloud).await;
    let approve = format!("/reviews/{application}/approve");
    reviewer.call(Method::POST, &approve, Some(&json!({}))).await.expect_problem(409, "not_in_review");
    person.apply(&doubtful).await;
}

#[tokio::test]
async fn an_operator_loads_another_list_of_specialties() {
    let cloud = Cloud::open();
    let path = format!("/specialties/list-{}", nonce().to_lowercase());
    let operator = Person::staff(&cloud, &format!("o{}@example.org", nonce()), "operators").await;
    let person = Person::sign_up(&cloud, &format!("p{}@example.org", nonce())).await;
    let list = json!({"csv": "specialty,code\ncardiology,207RC0000X\n"});
    person.call(Method::PUT, &path, Some(&list)).await.expect_problem(403, "forbidden");
    let wrong = json!({"csv": "specialty,code\ncardiology,1\nalchemy,2\n"});
    let problem = operator.call(Method::PUT, &path, Some(&wrong)).await.expect_problem(400, "invalid_field");
    assert!(problem["detail"].as_str().unwrap().contains("line 3"), "{problem}");
    operator.call(Method::PUT, &path, Some(&list)).await.expect(204);
    let url = format!("{}{path}", cloud.address("identity_Url"));
    let read = cloud.send(Method::GET, &url, &[], None).await.expect(200);
    assert_eq!(read["mappings"][0]["code"], "207RC0000X");
    person.call(Method::GET, "/specialties/none-such", None).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_request() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("FR", "cardiology");
    particulars.license(&cloud).await;
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let (body, key) = (particulars.application(), fresh_key());
    let headers = [("idempotency-key", key.as_str())];
    let send = async |body| person.call_with(Method::POST, "/applications", &headers, Some(body)).await;
    let first = send(&body).await.expect(201);
    assert_eq!(send(&body).await.expect(201), first);
    let mut other = body.clone();
    other["country"] = json!("DE");
    person.verified(first["id"].as_str().unwrap()).await;
    let traces = async || cloud.naming("identity", &[&person.subject()]).await;
    let before = traces().await;
    send(&other).await.expect_problem(422, "idempotency_key_reused");
    person.call(Method::POST, "/applications", Some(&body)).await.expect_problem(409, "already_applied");
    assert_eq!(traces().await, before, "a refusal left a trace");
}

#[tokio::test]
async fn another_persons_application_does_not_exist() {
    let cloud = Cloud::open();
    let particulars = Particulars::physician("FR", "cardiology");
    let person = Person::sign_up(&cloud, &particulars.email).await;
    let application = person.apply(&particulars).await;
    let other = Person::sign_up(&cloud, &format!("other{}@example.org", nonce())).await;
    let path = format!("/applications/{application}");
    other.call(Method::GET, &path, None).await.expect_problem(404, "not_found");
    other.call(Method::GET, "/applications/appl_nonsense", None).await.expect_problem(404, "not_found");
}

/// The verification workflow.
const WORKFLOW: &str =
    "arn:aws:states:us-east-1:000000000000:stateMachine:curbside-local-identity-verification";

#[tokio::test]
async fn a_workflow_that_is_killed_at_any_step_goes_on_without_a_second_paid_call() {
    let cloud = Cloud::open();
    let states = async |action: &str, body: Value| {
        cloud.operate("states", &format!("AWSStepFunctions.{action}"), &body).await
    };
    let mut killed = 0;
    for millis in [0, 200, 400, 700, 1000, 1500] {
        let particulars = Particulars::physician("US", "neurology");
        particulars.license(&cloud).await;
        let person = Person::sign_up(&cloud, &particulars.email).await;
        let application = person.apply(&particulars).await;
        tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
        let running =
            states("ListExecutions", json!({"stateMachineArn": WORKFLOW, "statusFilter": "RUNNING"})).await;
        for one in running["executions"].as_array().unwrap() {
            let arn = &one["executionArn"];
            let execution = states("DescribeExecution", json!({"executionArn": arn})).await;
            if execution["input"].as_str().unwrap_or_default().contains(&application) {
                let stop = json!({"executionArn": arn});
                let stopped = cloud.attempt("states", "AWSStepFunctions.StopExecution", &stop).await;
                // It may have come to its end a moment ago.
                killed += i32::from(stopped.status.is_success());
            }
        }
        let evidence = async || {
            let rows = cloud.everything("identity").await;
            let partition = format!("APPLICATION#{application}");
            let of = rows
                .into_iter()
                .filter(|row| row["pk"]["S"] == partition.as_str() && row["begun_at"].is_object());
            of.map(|row| (row["sk"]["S"].clone(), row["begun_at"].clone(), row["transaction"].clone()))
                .collect::<Vec<_>>()
        };
        let before = evidence().await;
        let input = json!({"application": application}).to_string();
        states("StartExecution", json!({"stateMachineArn": WORKFLOW, "input": input})).await;
        assert_eq!(person.verified(&application).await["status"], "approved", "killed after {millis} ms");
        let after = evidence().await;
        assert_eq!(after.len(), 3, "{after:?}");
        for (stage, begun, _) in before {
            assert!(after.iter().any(|(one, at, _)| (one, at) == (&stage, &begun)), "{stage} was paid twice");
        }
    }
    assert!(killed > 0, "no workflow was caught running");
}

#[tokio::test]
async fn of_a_crowd_of_applicants_none_is_lost_and_none_decided_twice() {
    let cloud = Cloud::open();
    let ends = tests::crowd::verify(&cloud, 25, 4).await;
    assert_eq!(ends.values().sum::<usize>(), 25, "{ends:?}");
}

#[tokio::test]
async fn withdrawing_and_applying_again_washes_no_doubt_off_and_buys_no_calls_without_end() {
    let cloud = Cloud::open();
    let good = Particulars::physician("US", "neurology");
    good.license(&cloud).await;
    let doubted = Particulars { device_session: format!("duplicate-{}", nonce()), ..good.clone() };
    let person = Person::sign_up(&cloud, &good.email).await;
    let application = person.apply(&doubted).await;
    assert_eq!(person.verified(&application).await["status"], "in_review");
    let withdraw = async |application: &str| {
        let path = format!("/applications/{application}/withdraw");
        person.call(Method::POST, &path, Some(&json!({}))).await.expect(200);
    };
    withdraw(&application).await;
    let again = person.apply(&good).await;
    let view = person.verified(&again).await;
    assert_eq!(view["status"], "in_review", "a doubt was washed off: {view}");
    assert!(!view.to_string().contains("doubt"), "the applicant learns what gave them away");
    let file = reviewer(&cloud).await.call(Method::GET, &format!("/reviews/{again}"), None).await.expect(200);
    let before = &file["returns"][0];
    assert_eq!((&before["application"], &before["doubted"]), (&json!(application), &json!(true)), "{file}");
    // Nor does a refusal for something else, after a correction.
    let other = Particulars { family_name: format!("Nomatch{}", nonce()), ..good.clone() };
    let path = format!("/applications/{again}");
    let with = [("if-match", "\"v1\"")];
    person.call_with(Method::PUT, &path, &with, Some(&other.application())).await.expect(200);
    assert_eq!(person.verified(&again).await["status"], "refused");
    let third = person.apply(&good).await;
    assert_eq!(person.verified(&third).await["status"], "in_review", "a refusal washed a doubt off");
    withdraw(&third).await;
    for _ in 3..5 {
        let application = person.apply(&good).await;
        person.verified(&application).await;
        withdraw(&application).await;
    }
    let spent = person.call(Method::POST, "/applications", Some(&good.application())).await;
    let problem = spent.expect_problem(409, "applied_too_often");
    assert!(problem["remedy"].as_str().unwrap().starts_with("apply again from 20"), "{problem}");
}
