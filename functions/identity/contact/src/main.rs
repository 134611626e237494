//! Wiring of the function `contact`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = contact::App::from_env().await?;
    edge::run(async |event| app.handle(event, edge::now()).await).await
}
