//! The authorizer in process, with its sample event, on the embedded engine.

use authorize_partner::App;
use edge::testing::{event, with, within_budget};
use kernel::{
    Timestamp,
    id::{ContractId, OrganisationId},
};
use partners::organisation::{ApiKey, Contract, Organisations};
use table::{OnceKey, Stored, testing::Engine};

#[tokio::test]
async fn a_key_opens_the_stage_for_its_contract_while_that_holds() {
    let engine = Engine::start().await;
    let app = App { store: Organisations::new(engine.table.clone()) };
    let sample = event("partners/authorize-partner/api_key");
    let ask = |event: &serde_json::Value| serde_json::from_value(event.clone()).expect("a question");
    assert!(app.handle(ask(&sample)).await.is_err(), "an unknown key was taken");
    for (ends_at, holds) in [("2199-01-01T00:00:00Z", true), ("2020-01-01T00:00:00Z", false)] {
        let now = Timestamp::UNIX_EPOCH;
        let contract = Contract {
            id: ContractId::at(now),
            organisation: OrganisationId::at(now),
            name: "Northwind".parse().expect("a name"),
            specialties: vec!["cardiology".parse().expect("a specialty")],
            ends_at: ends_at.parse().expect("a time"),
        };
        let key = ApiKey::random();
        let once = OnceKey::new("operator", ends_at, String::new(), now);
        let stored = Stored { status: 201, body: "{}".to_owned() };
        app.store.create(&contract, &key, &once, &stored).await.expect("kept");
        engine.calls.take();
        let told = app.handle(ask(&with(&sample, "/headers/X-Api-Key", key.reveal()))).await;
        assert_eq!(told.is_ok(), holds, "{ends_at}");
        within_budget("a request with an API key, once a minute", engine.calls.take());
        if let Ok(told) = told {
            let told = serde_json::to_value(told).expect("JSON");
            assert_eq!(
                told["policyDocument"]["Statement"][0]["Resource"],
                "arn:aws:execute-api:us-east-1:000000000000:api1/local/*"
            );
            assert!(
                told["context"]["observer"].as_str().expect("a proof").contains(&contract.id.to_string())
            );
        }
    }
}
