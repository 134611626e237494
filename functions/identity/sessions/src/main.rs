//! Wiring of the function `sessions`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = sessions::App::from_env().await?;
    edge::serve(sessions::api(app)).await
}
