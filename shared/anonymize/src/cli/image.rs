//! `curbside-anonymize image IN OUT`

use std::{fs, io, path::Path};

use curbside_anonymize::{
    Refused,
    anonymise::{self, LARGEST_DICOM},
    detect::Detectors,
    dicom::Key,
};

use super::Failure;

/// Anonymises one image. `output` is written whole or not at all.
pub(super) fn run(input: &Path, output: &Path, report: Option<&Path>) -> Result<(), Failure> {
    let size = fs::metadata(input).map_err(|error| Failure::file("the input cannot be read", &error))?.len();
    if size > LARGEST_DICOM {
        return Err(Refused::TooLarge.into());
    }
    let original = fs::read(input).map_err(|error| Failure::file("the input cannot be read", &error))?;
    let detectors =
        Detectors::load().map_err(|error| Failure { code: "models", detail: error.to_string() })?;
    let released = anonymise::image(&original, &Key::random(), &detectors)?;
    if let Some(path) = report {
        let text = serde_json::to_string_pretty(&released.report).unwrap_or_default();
        whole(path, text.as_bytes())
            .map_err(|error| Failure::file("the report cannot be written", &error))?;
    }
    whole(output, &released.bytes).map_err(|error| Failure::file("the output cannot be written", &error))
}

/// Writes a file under another name first: whoever finds it, finds it complete.
fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)
}
