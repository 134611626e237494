//! Wiring of the function `project`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = project::App::from_env().await?;
    edge::run(async |event| app.handle(event).await).await
}
