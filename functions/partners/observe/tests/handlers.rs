//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

use contracts::{
    Envelope,
    community::{Byline, CasePublished, ContentHidden, ContributionKind, ContributionPublished, Visibility},
};
use edge::testing::{about, call, event, with, within_budget};
use kernel::{
    Secret, Timestamp,
    id::{CaseId, ContractId, ContributionId, OrganisationId},
};
use observe::App;
use partners::{
    organisation::{ApiKey, Contract, Organisations},
    projection::Projection,
    pseudonym::PseudonymKey,
};
use serde_json::json;
use table::{CursorKey, OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn an_observer_lists_reads_and_marks_within_budget_and_every_act_is_logged() {
    let engine = Engine::start().await;
    let app = App {
        organisations: Organisations::new(engine.table.clone()),
        projection: Projection::new(engine.table.clone()),
        pseudonyms: PseudonymKey::new(Secret::new("pseudonym")),
        cursors: CursorKey::new(Secret::new("cursor")),
    };
    let sample = event("partners/observe/list");
    let observer = sample["requestContext"]["authorizer"]["observer"].as_str().expect("an observer");
    let observer: serde_json::Value = serde_json::from_str(observer).expect("an observer");
    let contract = Contract {
        id: observer["contract"].as_str().expect("an id").parse::<ContractId>().expect("an id"),
        organisation: observer["organisation"]
            .as_str()
            .expect("an id")
            .parse::<OrganisationId>()
            .expect("an id"),
        name: "Northwind".parse().expect("a name"),
        specialties: vec!["cardiology".parse().expect("a specialty")],
        ends_at: "1971-01-01T00:00:00Z".parse().expect("a time"),
    };
    let stored = Stored { status: 201, body: "{}".to_owned() };
    let once = OnceKey::new("operator", "1", String::new(), NOW);
    app.organisations.create(&contract, &ApiKey::random(), &once, &stored).await.expect("a contract");
    let byline: Byline = serde_json::from_value(json!({
        "alias": "alias", "profession": "physician", "specialty": "cardiology", "country": "FR",
        "tier": "triple_verified",
    }))
    .expect("a byline");
    let (case, contribution) = (CaseId::at(NOW), ContributionId::at(NOW));
    let text = || "A text".to_owned();
    let published = CasePublished {
        case,
        specialty: "cardiology".parse().expect("a specialty"),
        byline: byline.clone(),
        title: text(),
        history: text(),
        findings: text(),
        question: text(),
    };
    app.projection.case_published(&Envelope::new(NOW, published)).await.expect("projected");
    let added = ContributionPublished {
        case,
        contribution,
        parent: None,
        byline,
        kind: ContributionKind::Advice,
        text: text(),
    };
    app.projection.contribution_published(&Envelope::new(NOW, added)).await.expect("projected");
    let projection = app.projection.clone();
    let router = observe::api(app).into_router();
    engine.calls.take();

    let (status, list) = call(&router, &sample, NOW).await;
    assert_eq!((status, list["cases"].as_array().map(Vec::len)), (200, Some(1)), "{list}");
    within_budget("observer's GET /cases", engine.calls.take());
    let show = about(&event("partners/observe/show"), case);
    let (status, seen) = call(&router, &show, NOW).await;
    assert_eq!((status, seen["contributions"].as_array().map(Vec::len)), (200, Some(1)));
    assert!(!seen.to_string().contains("alias"), "the alias reached an observer");
    within_budget("observer's GET /cases/{case}", engine.calls.take());
    let mark = about(&about(&event("partners/observe/mark"), case), contribution);
    for (second, hidden) in (1..).zip([None, Some(contribution)]) {
        for (later, visibility) in [(0, Visibility::Hidden), (1, Visibility::Shown)] {
            let at = Timestamp::from_millisecond(second * 10 + later).expect("a time");
            let told = ContentHidden { case, contribution: hidden, visibility };
            projection.content_hidden(&Envelope::new(at, told)).await.expect("told");
            if visibility == Visibility::Hidden {
                assert_eq!(call(&router, &mark, NOW).await.0, 404, "what is hidden was marked");
            }
        }
    }
    engine.calls.take();
    for _ in 0..2 {
        assert_eq!(call(&router, &mark, NOW).await.0, 204);
        within_budget("PUT /cases/{case}/contributions/{contribution}/mark", engine.calls.take());
    }
    assert_eq!(engine.outbox().await.len(), 1, "marked twice, paid twice");
    let logged = engine.snapshot().await.into_iter().filter(|row| row.contains("\"LOG#")).count();
    assert_eq!(logged, 3);

    let elsewhere = with(&sample, "/queryStringParameters/specialty", "neurology");
    assert_eq!(call(&router, &elsewhere, NOW).await.0, 404, "a specialty outside the contract");
    let after = "1972-01-01T00:00:00Z".parse().expect("a time");
    assert_eq!(call(&router, &show, after).await.0, 404, "the contract has ended");
}
