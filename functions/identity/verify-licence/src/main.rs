//! Wiring of the function `verify-licence`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = verify_licence::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
