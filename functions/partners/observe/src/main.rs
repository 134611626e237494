//! Wiring of the function `observe`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = observe::App::from_env().await?;
    edge::serve(observe::api(app)).await
}
