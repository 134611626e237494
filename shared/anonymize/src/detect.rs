//! What stands in a picture and may say who somebody is: text, codes that machines read, faces.

mod bars;
mod check;
mod code;
mod component;
mod face;
mod letter;
mod line;
mod network;

use std::panic::{self, AssertUnwindSafe};

use serde::Serialize;

use crate::{
    area::{Area, Bounds, small},
    photo::{Pixels, fitting},
};

/// The longest side of the pictures that are looked at, in pixels.
const LONGEST: u32 = 1280;

/// A kind of thing that is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Letters and figures, whatever they say.
    Text,
    /// A QR code or a bar code.
    Code,
    /// A face seen from the front.
    Face,
    /// What a person marked.
    Marked,
}

/// Something found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub area: Area,
}

impl Found {
    /// A place that a person marked.
    pub(crate) fn marked(place: Bounds) -> Self {
        let Bounds { x, y, width, height } = place;
        let (right, bottom) = (x.saturating_add(width), y.saturating_add(height));
        Self { kind: Kind::Marked, area: Area::upright(small(x), small(y), small(right), small(bottom)) }
    }
}

/// The detectors, with their models loaded.
#[derive(Debug)]
pub struct Detectors {
    line: line::Detector,
    letter: letter::Detector,
    check: check::Detector,
    face: face::Detector,
    #[cfg(feature = "measure")]
    blind: bool,
}

/// A model packed into the program cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a detector's model cannot be loaded")]
pub struct Unloadable;

/// No answer from a detector: what was not looked at may not be released.
#[derive(Debug, thiserror::Error)]
#[error("a detector failed")]
pub struct Unseen;

impl Detectors {
    /// Loads the models.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn load() -> Result<Self, Unloadable> {
        Ok(Self {
            line: line::Detector::load()?,
            letter: letter::Detector::load()?,
            check: check::Detector::load()?,
            face: face::Detector::load()?,
            #[cfg(feature = "measure")]
            blind: false,
        })
    }

    /// Detectors that see nothing, to measure what all else costs. What they let through is not safe.
    ///
    /// # Errors
    /// When a model cannot be read.
    #[cfg(feature = "measure")]
    pub fn blind() -> Result<Self, Unloadable> {
        Ok(Self { blind: true, ..Self::load()? })
    }

    /// Everything that is found in a picture.
    ///
    /// # Errors
    /// When a detector fails.
    pub fn find(&self, pixels: &Pixels) -> Result<Vec<Found>, Unseen> {
        #[cfg(feature = "measure")]
        if self.blind {
            return Ok(Vec::new());
        }
        guarded(|| {
            let smaller = pixels.smaller(LONGEST);
            let near = smaller.as_ref().unwrap_or(pixels);
            let grey = grey(near);
            let mut texts = self.line.find(near)?;
            texts.extend(self.letter.find(&grey, &texts)?);
            let mut found = kinds(Kind::Text, scaled(texts, near.size(), pixels));
            let codes = code::find(&grey).into_iter().chain(bars::find(&grey)).collect();
            found.extend(kinds(Kind::Code, scaled(codes, grey.dimensions(), pixels)));
            if let Pixels::Colour(_) = pixels {
                let seen = shrunk(&grey, face::LONGEST);
                found.extend(kinds(Kind::Face, scaled(self.face.find(&seen), seen.dimensions(), pixels)));
            }
            Ok(found)
        })
    }

    /// Text that another detector sees at another scale than [`Detectors::find`] looks at: there must be none in what is released.
    ///
    /// # Errors
    /// When the detector fails.
    pub fn find_again(&self, pixels: &Pixels) -> Result<Vec<Found>, Unseen> {
        #[cfg(feature = "measure")]
        if self.blind {
            return Ok(Vec::new());
        }
        guarded(|| Ok(kinds(Kind::Text, self.check.find(pixels)?)))
    }
}

/// Looks, and takes a detector that breaks for one that saw nothing it can answer for.
fn guarded(look: impl FnOnce() -> Result<Vec<Found>, Unseen>) -> Result<Vec<Found>, Unseen> {
    panic::catch_unwind(AssertUnwindSafe(look)).unwrap_or(Err(Unseen))
}

fn kinds(kind: Kind, areas: Vec<Area>) -> Vec<Found> {
    areas.into_iter().map(|area| Found { kind, area }).collect()
}

/// Areas of a shrunk picture of that size in the picture itself.
fn scaled(areas: Vec<Area>, (width, height): (u32, u32), pixels: &Pixels) -> Vec<Area> {
    let whole = pixels.size();
    let (across, down) = (small(whole.0) / small(width), small(whole.1) / small(height));
    areas.into_iter().map(|area| area.scaled(across, down)).collect()
}

/// The picture in shades of grey.
fn grey(pixels: &Pixels) -> image::GrayImage {
    match pixels {
        Pixels::Grey(grey) => grey.clone(),
        Pixels::Colour(colour) => image::imageops::grayscale(colour),
    }
}

/// The picture with its longest side at most that long.
fn shrunk(grey: &image::GrayImage, longest: u32) -> image::GrayImage {
    match fitting(grey.dimensions(), longest) {
        Some((width, height)) => image::imageops::thumbnail(grey, width, height),
        None => grey.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detector_that_breaks_has_not_seen_the_picture() {
        assert!(guarded(|| panic!("broken")).is_err());
        assert_eq!(guarded(|| Ok(Vec::new())).expect("seen"), []);
    }
}
