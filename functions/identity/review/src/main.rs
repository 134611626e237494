//! Wiring of the function `review`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = review::App::from_env().await?;
    edge::serve(review::api(app)).await
}
