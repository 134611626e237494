//! The function in process, with its sample event, against a stand-in of the event bus.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

use aws_sdk_eventbridge::Client;
use edge::testing::{StandIn, event};
use relay::{App, Stream};
use serde_json::{Value, json};

fn stream(records: usize) -> Stream {
    let mut sample = event("edge/relay/outbox");
    let record = sample["Records"][0].clone();
    sample["Records"] = Value::Array(vec![record; records]);
    serde_json::from_value(sample).expect("a stream")
}

#[tokio::test]
async fn every_message_of_a_batch_is_put_on_the_bus_ten_at_a_time() {
    let bus = StandIn::start(|_| (200, json!({"FailedEntryCount": 0, "Entries": []}).to_string())).await;
    let app = App { client: Client::new(&bus.aws), bus: "bus".to_owned() };
    app.handle(stream(25)).await.expect("relayed");
    let put: Vec<usize> =
        bus.asked().iter().map(|one| one.json()["Entries"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(put, [10, 10, 5]);
}

#[tokio::test]
async fn a_message_that_the_bus_did_not_take_is_an_error_so_that_the_stream_comes_again() {
    let bus = StandIn::start(|_| {
        (200, json!({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "x"}]}).to_string())
    })
    .await;
    let app = App { client: Client::new(&bus.aws), bus: "bus".to_owned() };
    assert!(app.handle(stream(1)).await.is_err());
}
