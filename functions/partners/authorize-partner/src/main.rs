//! Wiring of the function `authorize-partner`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = authorize_partner::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
