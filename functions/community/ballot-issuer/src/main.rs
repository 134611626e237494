//! Wiring of the function `ballot-issuer`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = ballot_issuer::App::from_env().await?;
    edge::serve(ballot_issuer::api(app)).await
}
