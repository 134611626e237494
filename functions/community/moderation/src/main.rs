//! Wiring of the function `moderation`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = moderation::App::from_env().await?;
    edge::serve(moderation::api(app)).await
}
