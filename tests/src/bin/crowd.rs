//! Has a crowd apply to the deployed local stack: `make crowd COUNT=1000`.

#![expect(clippy::print_stdout, reason = "this is what is asked for")]
#![expect(clippy::expect_used, reason = "a trial that goes wrong must say where")]

use std::time::Instant;

use tests::{Cloud, crowd};

/// How many apply at a time: enough to keep a small machine busy.
const AT_ONCE: usize = 4;

#[tokio::main]
async fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("how many applicants");
    let cloud = Cloud::open();
    let started = Instant::now();
    let decided = || async { cloud.logs().await.matches("\"DecidedBy\":\"machine\"").count() };
    let before = decided().await;
    let ends = crowd::verify(&cloud, count, AT_ONCE).await;
    let decisions = decided().await - before;
    println!("  {count} applications in {:.0?}: {ends:?}", started.elapsed());
    let expected: usize = ["approved", "refused"].iter().filter_map(|end| ends.get(*end)).sum();
    assert_eq!(decisions, expected, "something was decided twice, or not at all");
    println!("  none lost, none decided twice: {decisions} decisions for {expected} applications");
}
