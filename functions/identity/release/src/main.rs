//! Wiring of the function `release`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = release::App::from_env().await?;
    edge::run(async |call| app.handle(call, edge::now()).await).await
}
