//! The function in process, with its sample event, on the embedded engine.

use decide::{App, Task};
use edge::testing::{event, within_budget};
use identity::{
    application::{Applications, Status},
    evidence::{Finding, Stage, Verdict},
    stage,
    testing::{decisions, file},
};
use kernel::{Timestamp, id::ApplicationId};
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn a_decision_is_made_once_from_the_evidence_there_is() {
    let expected = [
        (vec![Verdict::Pass, Verdict::Pass, Verdict::Pass], Status::Approved),
        (vec![Verdict::Pass, Verdict::Fail], Status::Refused),
        (vec![Verdict::Pass, Verdict::Pass], Status::InReview),
        (vec![Verdict::Pass, Verdict::Pass, Verdict::Indeterminate], Status::InReview),
    ];
    for (verdicts, status) in expected {
        let engine = Engine::start().await;
        let store = Applications::new(engine.table.clone());
        let id = file(&store, "ada", NOW).await.id;
        let task = stage::Task { application: id };
        for (stage, verdict) in [Stage::Identity, Stage::Licence, Stage::Device].into_iter().zip(&verdicts) {
            let found = Finding { verdict: *verdict, transaction: None, codes: Vec::new() };
            stage::run(&store, &task, stage, |_| "a provider", NOW, async |_| Ok(found))
                .await
                .expect("a verdict");
        }
        let app = App { store, decisions: decisions(&engine.table) };
        let sample = event("identity/decide/task")
            .to_string()
            .replace("appl_01JD2V5Q0M8RZ6T3W9X4Y7B1CE", &id.to_string());
        let decide = async || {
            let task: Task = serde_json::from_str(&sample).expect("a task");
            app.handle(task).await.expect("an outcome").status
        };
        engine.calls.take();
        assert_eq!(decide().await, status, "{verdicts:?}");
        if status == Status::Approved {
            within_budget("decide", engine.calls.take());
        }
        let after = engine.snapshot().await;
        assert_eq!(decide().await, status);
        assert_eq!(engine.snapshot().await, after, "decided twice");
    }
}

#[tokio::test]
async fn who_withdraws_while_the_stages_run_takes_no_doubt_along_and_right_answers_settle_one() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let app = App { store: store.clone(), decisions: decisions(&engine.table) };
    let doubts = async || engine.snapshot().await.iter().filter(|row| row.contains("#doubt")).count();
    let found = async |application: ApplicationId, stage, verdict, code: &str| {
        let finding = Finding { verdict, transaction: None, codes: vec![code.to_owned()] };
        let task = stage::Task { application };
        stage::run(&store, &task, stage, |_| "idology", NOW, async |_| Ok(finding)).await.expect("a verdict");
    };
    let ada = file(&store, "ada", NOW).await.id;
    found(ada, Stage::Identity, Verdict::Refer, "resultcode.thin.file").await;
    let held = store.file(ada).await.expect("a read").expect("a file");
    store.withdraw(&held, NOW).await.expect("withdrawn");
    app.handle(Task { application: ada }).await.expect("an outcome");
    assert_eq!(doubts().await, 2, "a doubt went with the application");

    let bea = file(&store, "bea", NOW).await;
    app.decisions.note_doubt(&bea, NOW).await.expect("noted");
    assert_eq!(doubts().await, 4);
    found(bea.id, Stage::Identity, Verdict::Pass, "result.questions.0.incorrect").await;
    found(bea.id, Stage::Licence, Verdict::Fail, "licence_not_found").await;
    let outcome = app.handle(Task { application: bea.id }).await.expect("an outcome");
    assert_eq!(
        (outcome.status, doubts().await),
        (Status::Refused, 2),
        "what was settled is held against her"
    );
}
