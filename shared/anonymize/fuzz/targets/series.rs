//! Any bytes are taken apart as an archive of DICOM files, or refused by name.

#![no_main]

use std::{panic, sync::LazyLock};

use curbside_anonymize::{anonymise::Means, detect::Detectors, dicom::Key, series};
use libfuzzer_sys::fuzz_target;

static DETECTORS: LazyLock<Detectors> = LazyLock::new(|| Detectors::blind().expect("the models"));

// A decoder's panic that is caught is told and gone on from; any other ends the run.
fuzz_target!(init: panic::set_hook(Box::new(|told| eprintln!("{told}"))), |bytes: &[u8]| {
    let key = Key::new([7; 32]);
    if let Ok(released) = series::anonymise(bytes, Means { key: &key, detectors: &DETECTORS, spared: &[] }) {
        series::fill(&released.bytes, &[]).expect("what was released");
    }
});
