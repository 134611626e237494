//! The function in process, with its sample event, on the embedded engine.

use decide::{App, Task};
use edge::testing::{event, within_budget};
use identity::{
    application::{Applications, Status},
    evidence::{Finding, Stage, Verdict},
    stage,
    testing::{decisions, file},
};
use kernel::Timestamp;
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
