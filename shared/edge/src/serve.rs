//! Running a router as a Lambda function behind a REST API.

use std::{pin::Pin, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, header};
use kernel::Class;
use lambda_http::{Adapter, request::LambdaRequest};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use tower::Service;
use utoipa_axum::router::OpenApiRouter;

use crate::{Problem, input};

/// A function's routes, ready to serve.
#[derive(Debug)]
pub struct Api(Router);

/// Makes a function's routes ready to serve.
pub fn api(routes: OpenApiRouter) -> Api {
    Api(tidy(routes.into()))
}

impl Api {
    /// The router, for tests that call it in process.
    pub fn into_router(self) -> Router {
        self.0
    }
}

/// What every function does around its routes: problems for unknown addresses, headers that keep
/// answers out of caches, one log line.
fn tidy(router: Router) -> Router {
    router
        .fallback(async || input::not_found())
        .method_not_allowed_fallback(async || {
            Problem::new(
                Class::NotFound,
                "not_found",
                "this address does not take that method",
                "see the API's document for the methods it takes",
            )
        })
        .layer(middleware::from_fn(around))
}

async fn around(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method: Method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%method, route, status = response.status().as_u16(), millis, "answered");
    response.into_response()
}

/// Serves an API's requests until the execution environment ends.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve(api: Api) -> Result<(), lambda_http::Error> {
    lambda_http::run(api.0).await
}

/// Serves routes that are no part of Curbside's own API: the sandbox's stand-ins.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve_router(router: Router) -> Result<(), lambda_http::Error> {
    lambda_http::run(tidy(router)).await
}

/// Handles events that are not HTTP requests until the execution environment ends.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn run<A, R, F>(handle: impl Fn(A) -> F) -> Result<(), lambda_runtime::Error>
where
    A: for<'de> serde::Deserialize<'de>,
    R: serde::Serialize,
    F: Future<Output = Result<R, lambda_runtime::Error>>,
{
    let handle = &handle;
    let handle = |event: LambdaEvent<A>| async move { handled(Box::pin(handle(event.payload))).await };
    lambda_runtime::run(service_fn(handle)).await
}

/// Serves an API's requests, and handles the tasks of a workflow, which are no HTTP requests: for a function
/// whose rights both need.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve_with_tasks<A, R, F>(api: Api, handle: impl Fn(A) -> F) -> Result<(), lambda_runtime::Error>
where
    A: for<'de> serde::Deserialize<'de>,
    R: serde::Serialize,
    F: Future<Output = Result<R, lambda_runtime::Error>>,
{
    let (requests, handle) = (Adapter::from(api.0), &handle);
    let either = |LambdaEvent { payload, context }: LambdaEvent<Value>| {
        let mut requests = requests.clone();
        async move {
            if payload.get("httpMethod").is_some() {
                let payload: LambdaRequest = serde_json::from_value(payload)?;
                let answer = requests.call(LambdaEvent { payload, context }).await?;
                return Ok::<_, lambda_runtime::Error>(serde_json::to_value(answer)?);
            }
            let task = serde_json::from_value(payload)?;
            Ok(serde_json::to_value(handled(Box::pin(handle(task))).await?)?)
        }
    };
    lambda_runtime::run(service_fn(either)).await
}

/// A handler's future, boxed and unnamed: the SDK's futures are nested too deep for the compiler to lay out in
/// one.
type Handler<'a, R> = Pin<Box<dyn Future<Output = Result<R, lambda_runtime::Error>> + 'a>>;

/// Awaits a handler, and logs one line.
async fn handled<R>(handler: Handler<'_, R>) -> Result<R, lambda_runtime::Error> {
    let started = Instant::now();
    let outcome = handler.await;
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(ok = outcome.is_ok(), millis, "handled");
    outcome
}
