//! Wiring of the function `registers`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = registers::App::from_env().await?;
    edge::run(async |call| app.handle(call, edge::now()).await).await
}
