//! Wiring of the function `sweep`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = sweep::App::from_env().await?;
    edge::run(async |call| app.handle(call, edge::now()).await).await
}
