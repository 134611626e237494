//! A service in process, on a free port: it answers as the test tells it, and keeps what it was asked.

use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use axum::{Router, body::Bytes, extract::Request, response::IntoResponse};
use http::StatusCode;
use serde_json::Value;

/// A request to a stand-in.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The operation of AWS's JSON protocols, for example `Encrypt`; else method and path.
    pub what: String,
    /// The query, as it stands in the address.
    pub query: String,
    /// Of a copy, the object that is copied.
    pub source: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// A stand-in.
#[derive(Debug)]
pub struct StandIn {
    /// Where it listens.
    pub url: String,
    /// An SDK configuration that leads every service to it.
    pub aws: SdkConfig,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Asked {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Serves routes on a free port, and says where.
///
/// # Panics
/// When no port is free.
pub async fn serving(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("the port's address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

impl StandIn {
    /// Starts one.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start<R>(answer: impl Fn(&Asked) -> (u16, R) + Clone + Send + Sync + 'static) -> Self
    where
        R: Into<Bytes>,
    {
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let kept = Arc::clone(&asked);
        let router = Router::new().fallback(move |request: Request| {
            let (answer, kept) = (answer.clone(), Arc::clone(&kept));
            async move {
                let one = read(request).await;
                let (status, body) = answer(&one);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                (StatusCode::from_u16(status).unwrap_or_default(), body.into()).into_response()
            }
        });
        let url = serving(router).await;
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .endpoint_url(&url)
            .build();
        Self { url, aws, asked }
    }

    /// What it was asked since the last time this was called.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn read(request: Request) -> Asked {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
    let what = match target.and_then(|target| target.rsplit('.').next()) {
        Some(operation) => operation.to_owned(),
        None => format!("{} {}", request.method(), request.uri().path()),
    };
    let source = request.headers().get("x-amz-copy-source").and_then(|value| value.to_str().ok());
    let source = source.map(str::to_owned);
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.expect("a body");
    Asked { what, query, source, body }
}
