//! The program's commands.

mod image;
mod text;

use std::{io::Write, panic, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
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
    /// Reads lines of JSON, `{"id", "text"}`, and writes one for each: the text with placeholders, and the changes.
    Text,
}

/// Why a command ends without its result.
#[derive(Debug)]
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

impl From<curbside_anonymize::Refused> for Failure {
    fn from(refused: curbside_anonymize::Refused) -> Self {
        Self { code: refused.code(), detail: refused.to_string() }
    }
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    // A decoder that breaks is answered as a refusal; what it says of itself may quote the file.
    panic::set_hook(Box::new(|_| {}));
    let done = match Arguments::parse().command {
        Command::Image { input, output, report } => image::run(&input, &output, report.as_deref()),
        Command::Text => text::run(),
    };
    let Err(Failure { code, detail }) = done else { return ExitCode::SUCCESS };
    let line = json!({ "code": code, "detail": detail });
    let _ = writeln!(std::io::stderr(), "{line}");
    ExitCode::FAILURE
}
