//! Wiring of the function `inbox`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = inbox::App::from_env().await?;
    edge::serve(inbox::api(app)).await
}
