//! Wiring of the function `ballot-board`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = ballot_board::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
