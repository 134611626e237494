//! Wiring of the function `discussion`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = discussion::App::from_env().await?;
    edge::serve(discussion::api(app)).await
}
