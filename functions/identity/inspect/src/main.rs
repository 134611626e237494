//! Wiring of the function `inspect`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = inspect::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
