//! Wiring of the function `polls`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = polls::App::from_env().await?;
    edge::serve(polls::api(app)).await
}
