//! Wiring of the function `decide`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = decide::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
