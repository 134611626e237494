//! Any bytes are rebuilt as a photo or a DICOM image, or refused by name: never a panic that nobody catches, never
//! without an end. The detectors see nothing: it is the decoders that are tried.

#![no_main]

use std::{panic, sync::LazyLock};

use curbside_anonymize::{
    anonymise::{self, Means},
    detect::Detectors,
    dicom::Key,
};
use libfuzzer_sys::fuzz_target;

static DETECTORS: LazyLock<Detectors> = LazyLock::new(|| Detectors::blind().expect("the models"));

// A decoder's panic that is caught is told and gone on from; any other ends the run.
fuzz_target!(init: panic::set_hook(Box::new(|told| eprintln!("{told}"))), |bytes: &[u8]| {
    let key = Key::new([7; 32]);
    let means = Means { key: &key, detectors: &DETECTORS, spared: &[] };
    if let Ok(released) = anonymise::image(bytes, means) {
        // What was released is an image, and can have places filled.
        anonymise::fill(&released.bytes, &[]).expect("what was released");
    }
});
