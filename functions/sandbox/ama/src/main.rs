//! Wiring of the stand-in `ama`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(ama::router(edge::config::only_table().await?)).await
}
