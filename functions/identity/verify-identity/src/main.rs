//! Wiring of the function `verify-identity`.

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let app = verify_identity::App::from_env().await?;
    edge::serve_with_tasks(verify_identity::api(app.clone()), async |task| app.handle(task).await).await
}
