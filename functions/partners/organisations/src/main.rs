//! Wiring of the function `organisations`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = organisations::App::from_env().await?;
    edge::serve(organisations::api(app)).await
}
