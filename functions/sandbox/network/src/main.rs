//! Wiring of the stand-in `network`.

use edge::config;

#[tokio::main]
async fn main() -> Result<(), edge::StartError> {
    edge::start();
    let aws = config::aws().await;
    let mut env = config::Env::new();
    let (table, secret) = (config::table(&mut env, &aws), env.text("NETWORK_SECRET"));
    env.finish()?;
    let registration = edge::secret::fetch_json(&aws, &secret).await?;
    edge::serve_router(network::router(table, registration)).await
}
