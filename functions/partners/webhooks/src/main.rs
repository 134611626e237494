//! Wiring of the function `webhooks`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = webhooks::App::from_env().await?;
    edge::serve(webhooks::api(app)).await
}
