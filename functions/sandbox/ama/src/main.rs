//! Wiring of the stand-in `ama`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(ama::router(ama::App::from_env().await?)).await
}
