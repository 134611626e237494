//! Wiring of the function `relay`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = relay::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
