//! Faces seen from the front, with SeetaFace's detector.

use std::{fmt, io::Cursor};

use image::GrayImage;
use rustface::{ImageData, Model};

use super::Unloadable;
use crate::area::{Area, small};

/// The longest side of the pictures that are looked at, in pixels.
pub(super) const LONGEST: u32 = 480;
/// The smallest face, in pixels of those pictures.
const SMALLEST: u32 = 24;
/// How sure the detector has to be; its own examples ask for 2.
const SURE: f64 = 4.0;
/// How far beyond its box a face is filled, as a part of its side: hair, chin and ears.
const AROUND: f32 = 0.15;

/// The detector.
pub(super) struct Detector(Model);

impl fmt::Debug for Detector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Detector(face)")
    }
}

impl Detector {
    pub(super) fn load() -> Result<Self, Unloadable> {
        let model = include_bytes!(concat!(env!("OUT_DIR"), "/face.bin"));
        rustface::read_model(Cursor::new(model)).map(Self).map_err(|_| Unloadable)
    }

    /// The faces in a picture.
    pub(super) fn find(&self, grey: &GrayImage) -> Vec<Area> {
        let (width, height) = grey.dimensions();
        if width.min(height) < SMALLEST {
            return Vec::new();
        }
        let mut detector = rustface::create_detector_with_model(self.0.clone());
        detector.set_min_face_size(SMALLEST);
        detector.set_score_thresh(SURE);
        detector.set_pyramid_scale_factor(0.8);
        detector.set_slide_window_step(4, 4);
        let faces = detector.detect(&ImageData::new(grey.as_raw(), width, height));
        faces.iter().map(|face| around(face.bbox())).collect()
    }
}

fn around(face: &rustface::Rectangle) -> Area {
    let place = |at: i32| if at < 0 { 0.0 } else { small(at.unsigned_abs()) };
    let (left, top) = (place(face.x()), place(face.y()));
    let (width, height) = (small(face.width()), small(face.height()));
    Area::upright(
        left - AROUND * width,
        top - AROUND * height,
        left + (1.0 + AROUND) * width,
        top + (1.0 + AROUND) * height,
    )
}
