//! Wiring of the stand-in `network`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(network::router(edge::config::only_table().await?)).await
}
