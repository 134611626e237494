//! Wiring of the function `cases`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = cases::App::from_env().await?;
    edge::serve(cases::api(app)).await
}
