//! Files with a patient in them, and what readers see that are not ours.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::cloud::root;

/// What is planted into every sample and must not be found in a file that peers download.
pub const PLANTED: [&str; 4] = ["Doering", "DOERING", "47110815", "SecretCam"];

fn python() -> Command {
    let mut python = Command::new(root().join(".tools/readers/bin/python"));
    python.arg(root().join("tests/samples.py"));
    python
}

/// A sample by its name in `tests/samples.py`.
///
/// # Panics
/// When it cannot be made.
pub fn sample(name: &str) -> Vec<u8> {
    let made = python().args(["make", name]).output().expect("the tools: make tools");
    assert!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}

/// What pydicom reads in a DICOM file.
///
/// # Panics
/// When it cannot read it.
pub fn pydicom(file: &[u8]) -> Value {
    let kept = Kept::of(file);
    let read = python().arg("read").arg(&kept.0).output().expect("the tools: make tools");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).expect("JSON")
}

/// The errors that dciodvfy sees in a DICOM file, each once.
///
/// # Panics
/// When it is not installed.
pub fn dciodvfy(file: &[u8]) -> Vec<String> {
    let kept = Kept::of(file);
    let seen = Command::new("dciodvfy").arg(&kept.0).output().expect("dciodvfy: install dicom3tools");
    let text = String::from_utf8_lossy(&seen.stderr).into_owned();
    let mut errors: Vec<String> =
        text.lines().filter(|line| line.starts_with("Error")).map(str::to_owned).collect();
    errors.sort();
    errors.dedup();
    errors
}

/// What exiftool finds in a file, by group and tag.
///
/// # Panics
/// When it is not installed.
pub fn exiftool(file: &[u8]) -> Value {
    let mut child = Command::new("exiftool")
        .args(["-json", "-a", "-u", "-G1", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("exiftool: install libimage-exiftool-perl");
    let mut input = child.stdin.take().expect("an input");
    let bytes = file.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().expect("an answer");
    drop(writing.join());
    serde_json::from_slice::<Value>(&output.stdout).expect("JSON")[0].clone()
}

/// A file for a reader that takes a path, gone when it has been read.
struct Kept(std::path::PathBuf);

impl Kept {
    fn of(file: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("curbside-{}.dcm", crate::nonce()));
        std::fs::write(&path, file).expect("a file");
        Self(path)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}
