//! Wiring of the function `notify`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = notify::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
