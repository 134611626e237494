//! Wiring of the function `ballot-box`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = ballot_box::App::from_env().await?;
    edge::serve(ballot_box::api(app)).await
}
