//! Logs: one JSON line an invocation, and one more for a fault. Never a body, a token, a name or an
//! address.

use tracing_subscriber::{filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts JSON logging to standard output, at level `INFO`.
///
/// Spans are left out: the runtime's own span carries nothing that a reader of these logs needs.
pub fn start() {
    tracing_subscriber::registry()
        .with(
            fmt::layer()
                .json()
                .without_time()
                .with_target(false)
                .with_current_span(false)
                .with_span_list(false),
        )
        .with(LevelFilter::INFO)
        .init();
}
