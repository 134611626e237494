//! Wiring of the function `poll-clock`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = poll_clock::App::from_env().await?;
    edge::run(async |event| app.handle(event, edge::now()).await).await
}
