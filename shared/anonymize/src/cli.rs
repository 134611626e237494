//! The program's commands.

mod batch;
mod image;
mod text;

use std::{
    fs,
    io::{self, Write},
    panic,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use curbside_anonymize::{Refused, anonymise::LARGEST_DICOM, detect::Detectors};
use serde::Serialize;
use serde_json::json;

/// Makes medical images and texts safe to be shown.
#[derive(Debug, Parser)]
#[command(name = "curbside-anonymize", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a new image, or refuses: nothing is written then, and one line of JSON says why.
    Image {
        /// The image: JPEG, PNG, WebP, TIFF, HEIC or DICOM.
        input: PathBuf,
        /// The new file: a JPEG or a PNG, or DICOM for DICOM.
        output: PathBuf,
        /// Where to write what was found and filled, as JSON.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Rebuilds every image of a folder and the folders in it, on all cores. The new files are numbered: the names of
    /// files tell of people, too.
    Batch {
        /// The folder.
        input: PathBuf,
        /// The folder for the new files: it is made, or is empty.
        output: PathBuf,
        /// Where to write what became of each file, a line of JSON each. It names the files that came in.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Reads lines of JSON, `{"id", "text"}`, and writes one for each: the text with placeholders, and the changes.
    Text,
}

/// Why a command ends without its result.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// The stable code.
    code: &'static str,
    /// For a person.
    detail: String,
}

impl Failure {
    /// A file that cannot be read or written.
    fn file(what: &str, error: &std::io::Error) -> Self {
        Self { code: "file", detail: format!("{what}: {error}") }
    }
}

/// The detectors, or why there are none.
fn detectors() -> Result<Detectors, Failure> {
    Detectors::load().map_err(|error| Failure { code: "models", detail: error.to_string() })
}

/// Reads a file that is not too large for any kind of image.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unread = |error: io::Error| Failure::file("the input cannot be read", &error);
    if fs::metadata(path).map_err(unread)?.len() > LARGEST_DICOM {
        return Err(Refused::TooLarge.into());
    }
    fs::read(path).map_err(unread)
}

/// Writes a file under another name first: whoever finds it, finds it complete.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    fs::write(&unfinished, bytes)
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(|error| Failure::file("the output cannot be written", &error))
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self { code: refused.code(), detail: refused.to_string() }
    }
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    // A decoder that breaks is answered as a refusal; what it says of itself may quote the file.
    panic::set_hook(Box::new(|_| {}));
    let done = match Arguments::parse().command {
        Command::Image { input, output, report } => image::run(&input, &output, report.as_deref()),
        Command::Batch { input, output, report } => batch::run(&input, &output, report.as_deref()),
        Command::Text => text::run(),
    };
    let Err(Failure { code, detail }) = done else { return ExitCode::SUCCESS };
    let line = json!({ "code": code, "detail": detail });
    let _ = writeln!(std::io::stderr(), "{line}");
    ExitCode::FAILURE
}
