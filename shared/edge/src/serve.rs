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
    lambda_runtime::run(lambda_runtime::service_fn(|event: lambda_runtime::LambdaEvent<A>| async move {
        let started = Instant::now();
        // Boxed and unnamed: the SDK's futures are nested too deep for the compiler to lay out in one.
        let handled: Pin<Box<dyn Future<Output = Result<R, lambda_runtime::Error>>>> =
            Box::pin(handle(event.payload));
        let outcome = handled.await;
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(ok = outcome.is_ok(), millis, "handled");
        outcome
    }))
    .await
}
