//! Wiring of the function `members`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = members::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
