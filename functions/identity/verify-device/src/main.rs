//! Wiring of the function `verify-device`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = verify_device::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
