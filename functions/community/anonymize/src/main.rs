//! Wiring of the function `anonymize`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = anonymize::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
