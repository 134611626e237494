//! `curbside-anonymize image IN OUT`

use std::path::Path;

use curbside_anonymize::{
    anonymise::{self, Means},
    dicom::Key,
};

use super::{Failure, detectors, read, write};

/// Anonymises one image. `output` is written whole or not at all.
pub(super) fn run(input: &Path, output: &Path, report: Option<&Path>) -> Result<(), Failure> {
    let original = read(input)?;
    let (key, detectors) = (Key::random(), detectors()?);
    let released = anonymise::image(&original, Means { key: &key, detectors: &detectors, spared: &[] })?;
    if let Some(path) = report {
        write(path, serde_json::to_string_pretty(&released.report).unwrap_or_default().as_bytes())?;
    }
    write(output, &released.bytes)
}
