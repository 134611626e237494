//! The rows of the identity zone on the embedded engine: races, repetitions, and what no row may hold.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::sync::atomic::{AtomicUsize, Ordering};

use identity::{
    IdentityError,
    application::{Application, Applications, Decision, File, Status},
    evidence::{Finding, Stage, Verdict},
    member::Members,
    screen_name::ScreenName,
    stage::{self, Outcome, Task},
    testing::{activation, decisions, file, sample, submit},
    unique::Held,
};
use kernel::Timestamp;
use providers::CallError;
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn finding(verdict: Verdict) -> Finding {
    Finding { verdict, transaction: None, codes: Vec::new() }
}

/// An application without evidence.
fn alone(application: Application) -> File {
    File {
        application,
        evidence: Vec::new(),
        earlier: Vec::new(),
        documents: Vec::new(),
        offered: 0,
        looks: Vec::new(),
    }
}

fn name(text: &str) -> ScreenName {
    text.parse().expect("a name")
}

#[tokio::test]
async fn a_person_has_one_open_application_and_a_refused_one_may_apply_again() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let application = file(&store, "ada", NOW).await;
    let outcome = decisions(&engine.table).decide(&application, Decision::Refuse(Vec::new()), NOW).await;
    assert_eq!(outcome.ok(), Some(Status::Refused));
    let again = decisions(&engine.table).decide(&application, Decision::Approve, NOW).await;
    assert!(matches!(again, Err(IdentityError::NotInReview)), "{again:?}");
    let second = file(&store, "ada", at(1)).await;
    assert_eq!(store.of_person("ada").await.expect("a list").len(), 2);
    let decisions = decisions(&engine.table);
    let (one, two) = tokio::join!(
        decisions.decide(&second, Decision::Approve, NOW),
        decisions.decide(&second, Decision::Refuse(Vec::new()), NOW)
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "decided twice");
}

#[tokio::test]
async fn a_paid_call_is_made_once_whoever_runs_the_stage_beside_us() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let task = Task { application: file(&store, "ada", NOW).await.id };
    let calls = AtomicUsize::new(0);
    let run = async |now: Timestamp| {
        let call = async |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            Ok(finding(Verdict::Pass))
        };
        stage::run(&store, &task, Stage::Identity, |_| "idology", now, call).await
    };
    let (one, two) = tokio::join!(run(NOW), run(NOW));
    assert_eq!(calls.load(Ordering::SeqCst), 1, "the call was paid twice");
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
    assert_eq!(run(at(1)).await.expect("an outcome"), Outcome { verdict: Verdict::Pass });
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_stage_that_died_is_waited_for_and_then_indeterminate() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let task = Task { application: file(&store, "ada", NOW).await.id };
    let died = async |_| -> Result<Finding, CallError> { std::future::pending().await };
    let run = stage::run(&store, &task, Stage::Licence, |_| "ama", NOW, died);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), run).await.is_err());
    let unpaid = async |_| -> Result<Finding, CallError> { Ok(finding(Verdict::Pass)) };
    let soon = stage::run(&store, &task, Stage::Licence, |_| "ama", at(30), unpaid).await;
    assert!(matches!(soon, Err(IdentityError::StageRunning)), "{soon:?}");
    let late = stage::run(&store, &task, Stage::Licence, |_| "ama", at(61), unpaid).await;
    assert_eq!(late.expect("an outcome"), Outcome { verdict: Verdict::Indeterminate });
}

#[tokio::test]
async fn a_correction_pays_again_only_for_the_stages_that_it_touches() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let before = file(&store, "ada", NOW).await;
    let task = || Task { application: before.id };
    let calls = AtomicUsize::new(0);
    let run = async |stage| {
        let call = async |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            Ok(finding(if stage == Stage::Device { Verdict::Refer } else { Verdict::Pass }))
        };
        stage::run(&store, &task(), stage, |_| "provider", NOW, call).await.expect("an outcome")
    };
    let stages = [Stage::Identity, Stage::Licence, Stage::Device];
    for stage in stages {
        run(stage).await;
    }
    let referred = Decision::Refer(Vec::new());
    decisions(&engine.table).decide(&before, referred.clone(), NOW).await.expect("referred");
    let held = store.file(before.id).await.expect("a read").expect("a file");
    let mut claim = held.application.claim.clone();
    claim.person.street = "2 Other Street".parse().expect("a street");
    let after = held.application.correct(1, claim.clone()).expect("a correction");
    let carried = after.carried(&held.application, &held.evidence);
    let two = (
        store.correct(&held.application, &after, &carried, NOW),
        store.correct(&held.application, &after, &carried, NOW),
    );
    let (one, other) = tokio::join!(two.0, two.1);
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "corrected twice");
    for stage in stages {
        run(stage).await;
    }
    assert_eq!(calls.load(Ordering::SeqCst), 4, "only identity depends on the street");
    let file = store.file(before.id).await.expect("a read").expect("a file");
    assert_eq!((file.evidence.len(), file.earlier.len()), (3, 3));
    let old = decisions(&engine.table).decide(&before, Decision::Approve, NOW).await;
    assert!(matches!(old, Err(IdentityError::NotInReview)), "a decision on the older revision held: {old:?}");

    let mut corrected = file.application;
    for _ in 0..4 {
        decisions(&engine.table).decide(&corrected, referred.clone(), NOW).await.expect("referred");
        corrected.status = Status::InReview;
        let next = corrected.correct(corrected.revision, claim.clone()).expect("a correction");
        store.correct(&corrected, &next, &[], NOW).await.expect("corrected");
        corrected = next;
    }
    corrected.status = Status::InReview;
    let too_often = corrected.correct(corrected.revision, claim);
    assert!(matches!(too_often, Err(IdentityError::TooOften)), "{too_often:?}");
}

#[tokio::test]
async fn a_withdrawn_application_costs_no_call_and_is_never_decided() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let application = file(&store, "ada", NOW).await;
    let id = application.id;
    let held = store.file(id).await.expect("a read").expect("a file");
    let decisions = decisions(&engine.table);
    let (withdrawn, decided) =
        tokio::join!(store.withdraw(&held, NOW), decisions.decide(&application, Decision::Approve, NOW));
    assert_eq!(usize::from(withdrawn.is_ok()) + usize::from(decided.is_ok()), 1, "{withdrawn:?} {decided:?}");

    let other = file(&store, "bea", NOW).await;
    let held = store.file(other.id).await.expect("a read").expect("a file");
    store.withdraw(&held, NOW).await.expect("withdrawn");
    let paid = async |_| -> Result<Finding, CallError> { panic!("a call was made for who withdrew") };
    let task = Task { application: other.id };
    stage::run(&store, &task, Stage::Identity, |_| "idology", NOW, paid).await.expect("an outcome");
    let late = decisions.decide(&other, Decision::Approve, NOW).await;
    assert!(matches!(late, Err(IdentityError::NotInReview)), "{late:?}");
    file(&store, "bea", at(1)).await;
}

#[tokio::test]
async fn a_call_that_was_not_taken_is_made_again_and_a_lost_answer_is_not() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let task = Task { application: file(&store, "ada", NOW).await.id };
    let run = async |stage, answer: Result<Finding, CallError>| {
        stage::run(&store, &task, stage, |_| "idology", NOW, async |_| answer).await
    };
    assert!(run(Stage::Identity, Err(CallError::NotTaken)).await.is_err());
    let second = run(Stage::Identity, Ok(finding(Verdict::Pass))).await.expect("an outcome");
    assert_eq!(second.verdict, Verdict::Pass);
    assert_eq!(
        run(Stage::Device, Err(CallError::Lost)).await.expect("an outcome").verdict,
        Verdict::Indeterminate
    );
    let again = run(Stage::Device, Ok(finding(Verdict::Pass))).await.expect("an outcome");
    assert_eq!(again.verdict, Verdict::Indeterminate, "a lost answer became a yes");
}

#[tokio::test]
async fn a_screen_name_is_taken_once_by_a_crowd_and_no_row_joins_it_to_a_person() {
    let engine = Engine::start().await;
    let (store, members) = (Applications::new(engine.table.clone()), Members::new(engine.table.clone()));
    let mut crowd = tokio::task::JoinSet::new();
    for number in 0..20 {
        let subject = format!("person-{number}");
        let application = file(&store, &subject, NOW).await;
        decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
        let (members, clinician) = (members.clone(), application.claim.clinician());
        crowd.spawn(async move {
            members.activate(&activation(&subject, NOW), &name("Quiet-Otter"), clinician).await
        });
    }
    let taken = crowd.join_all().await;
    assert_eq!(taken.iter().filter(|one| one.is_ok()).count(), 1);
    assert!(taken.iter().all(|one| matches!(one, Ok(()) | Err(IdentityError::NameTaken))), "{taken:?}");
    for row in engine.snapshot().await {
        let (named, person) = (row.to_lowercase().contains("otter"), row.contains("person-"));
        assert!(!(named && person), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_or_a_person_that_was_approved_is_a_reviewers_matter_races_included() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let mut twins = Vec::new();
    for subject in ["one", "two", "three", "four"] {
        let mut twin = file(&store, subject, NOW).await;
        twin.claim.licence.number = "AB 12.34".parse().expect("a number");
        twins.push(twin);
    }
    let mut crowd = tokio::task::JoinSet::new();
    for twin in twins.clone() {
        let decisions = decisions(&engine.table);
        crowd.spawn(async move { decisions.decide(&twin, Decision::Approve, NOW).await });
    }
    let ends: Vec<Status> = crowd.join_all().await.into_iter().map(|end| end.expect("decided")).collect();
    assert_eq!(ends.iter().filter(|end| **end == Status::Approved).count(), 1, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| **end == Status::InReview).count(), 3, "{ends:?}");
    for twin in twins {
        let kept = store.find(twin.id).await.expect("a read").expect("an application");
        assert_eq!(kept.held.is_some(), kept.status == Status::InReview);
        assert!(
            kept.reasons.iter().all(|reason| reason.code == "in_review"),
            "the applicant learns of a member"
        );
        if kept.status == Status::InReview {
            let same = Application { claim: twin.claim, ..kept };
            let end = decisions(&engine.table).approve(&alone(same), "reviewer", NOW).await;
            assert!(matches!(end, Err(IdentityError::Held(Held::Licence))), "{end:?}");
        }
    }
    let mut namesake = file(&store, "ada", NOW).await;
    decisions(&engine.table).decide(&namesake, Decision::Approve, NOW).await.expect("approved");
    namesake = file(&store, "other", NOW).await;
    namesake.claim.person.given_name = "ADA".parse().expect("a name");
    assert_eq!(
        decisions(&engine.table).decide(&namesake, Decision::Approve, NOW).await.ok(),
        Some(Status::InReview)
    );
    let kept = store.find(namesake.id).await.expect("a read").expect("an application");
    assert_eq!(kept.held, Some(Held::Person));
    let same = Application { claim: namesake.claim.clone(), ..kept };
    let end = decisions(&engine.table).approve(&alone(same), "reviewer", NOW).await;
    assert_eq!(end.ok(), Some(Status::InReview), "one reviewer is not enough for a namesake");
    let kept = store.find(namesake.id).await.expect("a read").expect("an application");
    assert_eq!(kept.approved_by.as_deref(), Some("reviewer"));
    let same = Application { claim: namesake.claim, ..kept };
    let again = decisions(&engine.table).approve(&alone(same.clone()), "reviewer", NOW).await;
    assert!(matches!(again, Err(IdentityError::SecondReviewer)), "{again:?}");
    let end = decisions(&engine.table).approve(&alone(same), "another", NOW).await;
    assert_eq!(end.ok(), Some(Status::Approved), "two people can share name and date of birth");
    for row in engine.snapshot().await.iter().filter(|row| row.contains("UNIQUE#")) {
        assert!(!row.contains("1234") && !row.to_lowercase().contains("ada\u{0}"), "{row}");
    }
}

#[tokio::test]
async fn two_reviewers_who_override_a_failed_stage_at_once_are_one_after_the_other() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let application = file(&store, "ada", NOW).await;
    let task = Task { application: application.id };
    let failed = async |_| Ok(finding(Verdict::Fail));
    stage::run(&store, &task, Stage::Licence, |_| "gmc", NOW, failed).await.expect("an outcome");
    let decisions = decisions(&engine.table);
    decisions.decide(&application, Decision::Refer(Vec::new()), NOW).await.expect("referred");
    let seen = store.file(application.id).await.expect("a read").expect("a file");
    let (one, two) =
        tokio::join!(decisions.approve(&seen, "rita", NOW), decisions.approve(&seen, "ruth", NOW),);
    let ends = [one, two];
    assert_eq!(ends.iter().filter(|end| matches!(end, Ok(Status::InReview))).count(), 1, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| matches!(end, Err(IdentityError::Stale))).count(), 1, "{ends:?}");
    let seen = store.file(application.id).await.expect("a read").expect("a file");
    let first = seen.application.approved_by.clone().expect("a first approval");
    let second = if first == "rita" { "ruth" } else { "rita" };
    let again = decisions.approve(&seen, &first, NOW).await;
    assert!(matches!(again, Err(IdentityError::SecondReviewer)), "{again:?}");
    assert_eq!(decisions.approve(&seen, second, NOW).await.ok(), Some(Status::Approved));
}

#[tokio::test]
async fn a_refused_applicant_who_returns_is_recognised() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let decisions = decisions(&engine.table);
    let first = file(&store, "ada", NOW).await;
    decisions.decide(&first, Decision::Refuse(Vec::new()), NOW).await.expect("refused");
    let read = async |application: &Application| {
        store.find(application.id).await.expect("a read").expect("an application")
    };

    let again = file(&store, "ada", at(1)).await;
    let status = decisions.decide(&again, Decision::Approve, at(1)).await.expect("decided");
    assert_eq!(status, Status::Approved, "the machine's own refusal stands in the way of a correction");
    let returns = read(&again).await.returns;
    assert_eq!((returns.len(), returns[0].same_account, returns[0].by_reviewer), (1, true, false));

    let bea = file(&store, "bea", NOW).await;
    decisions.decide(&bea, Decision::Refer(Vec::new()), NOW).await.expect("referred");
    let bea = read(&bea).await;
    decisions.refuse(&bea, Vec::new(), "rita", NOW).await.expect("refused");
    for subject in ["bea", "another account"] {
        let mut back = sample(subject, at(2));
        back.claim = bea.claim.clone();
        submit(&store, &back).await;
        let status = decisions.decide(&back, Decision::Approve, at(2)).await.expect("decided");
        assert_eq!(status, Status::InReview, "{subject}");
        let returns = read(&back).await.returns;
        assert_eq!((returns.len(), returns[0].same_account), (1, subject == "bea"));
    }
}

#[tokio::test]
async fn a_doubt_is_known_again_whatever_became_of_it_until_a_reviewer_approves() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let decisions = decisions(&engine.table);
    let doubted = file(&store, "ada", NOW).await;
    decisions.note_doubt(&doubted, NOW).await.expect("noted");
    decisions.decide(&doubted, Decision::Refuse(Vec::new()), NOW).await.expect("refused");
    for subject in ["ada", "another account"] {
        let mut back = sample(subject, at(1));
        back.claim = doubted.claim.clone();
        submit(&store, &back).await;
        let status = decisions.decide(&back, Decision::Approve, at(1)).await.expect("decided");
        assert_eq!(status, Status::InReview, "{subject} washed a doubt off");
        let read = store.find(back.id).await.expect("a read").expect("an application");
        let known: Vec<_> =
            read.returns.iter().map(|one| (one.application, one.doubted, one.refused)).collect();
        assert_eq!(known, [(doubted.id, true, true)], "{subject}");
        store.withdraw(&alone(read), at(1)).await.expect("withdrawn");
    }
    let other = file(&store, "bea", NOW).await;
    decisions.note_doubt(&other, NOW).await.expect("noted");
    decisions.decide(&other, Decision::Refer(Vec::new()), NOW).await.expect("referred");
    let whole = store.file(other.id).await.expect("a read").expect("a file");
    assert_eq!(decisions.approve(&whole, "rita", at(1)).await.ok(), Some(Status::Approved));
    let kept = engine.snapshot().await;
    let of_other = |row: &&String| row.contains("#doubt") && row.contains(&other.id.to_string());
    assert_eq!(kept.iter().filter(of_other).count(), 0, "a doubt outlives its approval");
}
