//! Wiring of the stand-in `endpoint`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(endpoint::router(endpoint::App::from_env().await?)).await
}
