//! `curbside-anonymize image IN OUT`

use std::path::Path;

use curbside_anonymize::{anonymise, dicom::Key};

use super::{Failure, detectors, read, write};

/// Anonymises one image. `output` is written whole or not at all.
pub(super) fn run(input: &Path, output: &Path, report: Option<&Path>) -> Result<(), Failure> {
    let original = read(input)?;
    let released = anonymise::image(&original, &Key::random(), &detectors()?)?;
    if let Some(path) = report {
        write(path, serde_json::to_string_pretty(&released.report).unwrap_or_default().as_bytes())?;
    }
    write(output, &released.bytes)
}
