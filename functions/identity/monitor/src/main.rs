//! Wiring of the function `monitor`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = monitor::App::from_env().await?;
    edge::run(async |call| app.handle(call, edge::now()).await).await
}
