//! Wiring of the function `sign-in`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = sign_in::App::from_env().await?;
    edge::serve(sign_in::api(app)).await
}
