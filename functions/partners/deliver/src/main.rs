//! Wiring of the function `deliver`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = deliver::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
