//! Wiring of the function `bonuses`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = bonuses::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
