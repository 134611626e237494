//! Wiring of the function `applications`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = applications::App::from_env().await?;
    edge::serve(applications::api(app)).await
}
