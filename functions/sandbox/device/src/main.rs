//! Wiring of the stand-in `device`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(device::router()).await
}
