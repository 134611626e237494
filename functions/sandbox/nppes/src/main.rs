//! Wiring of the stand-in `nppes`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(nppes::router(edge::config::only_table().await?)).await
}
