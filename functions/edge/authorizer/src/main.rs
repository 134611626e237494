//! Wiring of the function `authorizer`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = authorizer::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
