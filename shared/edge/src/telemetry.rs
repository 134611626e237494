//! Logs: one JSON line an invocation, and one more for a fault. Never a body, a token, a name or an
//! address. And metrics, as lines of CloudWatch's embedded metric format.

use std::{io::Write, panic, sync::OnceLock};

use kernel::Timestamp;
use serde_json::{Value, json};

use tracing_subscriber::{filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::Env;

/// Starts JSON logging to standard output, at level `INFO`, and metrics.
///
/// Spans are left out: the runtime's own span carries nothing that a reader of these logs needs. Of a panic only the
/// place in the code is logged: its words may quote what was being read.
pub fn start() {
    // A function of a zone without metrics has none.
    drop(NAMESPACE.set(Env::new().text("METRICS")));
    panic::set_hook(Box::new(|panic| {
        let place = place(panic);
        tracing::error!(place, "panicked");
    }));
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

/// Where in the code it was, and nothing of what it said.
fn place(panic: &panic::PanicHookInfo<'_>) -> String {
    panic.location().map_or_else(String::new, ToString::to_string)
}

/// The namespace of all metrics: the environment's `METRICS`, so that no stage's are taken for another's.
static NAMESPACE: OnceLock<String> = OnceLock::new();

/// A figure of which CloudWatch makes a metric. Names and dimensions are written in the code, so that none can hold what
/// identifies anyone.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    name: &'static str,
    unit: &'static str,
    figure: Value,
    dimension: (&'static str, &'static str),
}

impl Metric {
    /// How long something took, in seconds.
    #[must_use]
    pub fn seconds(name: &'static str, seconds: i64, dimension: (&'static str, &'static str)) -> Self {
        Self { name, unit: "Seconds", figure: seconds.into(), dimension }
    }

    /// A count.
    #[must_use]
    pub fn count(name: &'static str, count: u64, dimension: (&'static str, &'static str)) -> Self {
        Self { name, unit: "Count", figure: count.into(), dimension }
    }

    /// A part of a whole in per cent, with one decimal; of nothing there is none.
    #[must_use]
    pub fn share(
        name: &'static str,
        part: u64,
        whole: u64,
        dimension: (&'static str, &'static str),
    ) -> Option<Self> {
        let permille = part.saturating_mul(1_000).checked_div(whole)?;
        let percent = f64::from(u32::try_from(permille).unwrap_or(u32::MAX)) / 10.0;
        Some(Self { name, unit: "Percent", figure: percent.into(), dimension })
    }

    /// Writes it as a line of the embedded format.
    pub fn record(&self) {
        // A metric that cannot be written must not fail what it measures.
        drop(writeln!(std::io::stdout().lock(), "{}", self.embedded(crate::now())));
    }

    fn embedded(&self, now: Timestamp) -> Value {
        let (dimension, value) = self.dimension;
        json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE.get(),
                    "Dimensions": [[dimension]],
                    "Metrics": [{"Name": self.name, "Unit": self.unit}],
                }],
            },
            dimension: value,
            self.name: self.figure,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        static TOLD: Mutex<String> = Mutex::new(String::new());
        panic::set_hook(Box::new(|panic| *TOLD.lock().expect("free") = place(panic)));
        let broken = panic::catch_unwind(|| panic!("Jane Okafor, 12 March"));
        drop(panic::take_hook());
        let told = TOLD.lock().expect("free").clone();
        assert!(broken.is_err() && told.contains("telemetry.rs") && !told.contains("Okafor"), "{told}");
    }

    #[test]
    fn a_metric_is_a_line_of_the_embedded_format() {
        let line = Metric::seconds("SecondsToDecision", 42, ("DecidedBy", "machine"))
            .embedded(Timestamp::UNIX_EPOCH);
        let declared = line.pointer("/_aws/CloudWatchMetrics/0").cloned().unwrap_or_default();
        assert_eq!(declared.pointer("/Dimensions/0/0"), Some(&json!("DecidedBy")));
        assert_eq!(
            declared.pointer("/Metrics/0"),
            Some(&json!({"Name": "SecondsToDecision", "Unit": "Seconds"}))
        );
        assert_eq!(
            (line.get("SecondsToDecision"), line.get("DecidedBy")),
            (Some(&json!(42)), Some(&json!("machine")))
        );
    }

    #[test]
    fn a_share_has_one_decimal_and_of_nothing_there_is_none() {
        let turnout = |part, whole| Metric::share("PollTurnout", part, whole, ("Audience", "everyone"));
        assert_eq!(turnout(1, 3).map(|metric| metric.figure), Some(json!(33.3)));
        assert_eq!(turnout(0, 3).map(|metric| metric.figure), Some(json!(0.0)));
        assert_eq!(turnout(0, 0), None);
    }
}
