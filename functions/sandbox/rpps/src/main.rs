//! Wiring of the stand-in `rpps`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(rpps::router(rpps::App::from_env().await?)).await
}
