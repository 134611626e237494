//! Wiring of the function `ledger`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = ledger::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
