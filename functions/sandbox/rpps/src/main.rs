//! Wiring of the stand-in `rpps`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(rpps::router(edge::config::only_table().await?)).await
}
