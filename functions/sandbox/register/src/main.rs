//! Wiring of the stand-in `register`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    edge::serve_router(register::router(register::App::from_env().await?)).await
}
