//! Wiring of the function `earnings`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = earnings::App::from_env().await?;
    edge::serve(earnings::api(app)).await
}
