//! Wiring of the stand-in `idology`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(idology::router()).await
}
