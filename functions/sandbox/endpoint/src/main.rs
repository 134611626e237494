//! Wiring of the stand-in `endpoint`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(endpoint::router(edge::config::only_table().await?)).await
}
