//! Wiring of the stand-in `gmc`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(gmc::router(edge::config::only_table().await?)).await
}
