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
    let ends = crowd::verify(&cloud, count, AT_ONCE).await;
    println!("  {count} applications in {:.0?}: {ends:?}; none lost, none decided twice", started.elapsed());
}
