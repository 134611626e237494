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
    photo::Pixels,
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
    /// A face.
    Face,
    /// What a person marked.
    Marked,
}

/// What finds things, and so the rule that a filled place was filled by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The network that finds lines of writing.
    Line,
    /// The top-hat transform and the network that know single letters.
    Letter,
    /// The detector that checks the written file.
    Check,
    /// The reader of QR codes.
    QrCode,
    /// The edges of bar codes.
    BarCode,
    /// The networks that find faces.
    Face,
    /// A person's mark.
    Marked,
}

impl Rule {
    /// The kind of what it finds.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Line | Self::Letter | Self::Check => Kind::Text,
            Self::QrCode | Self::BarCode => Kind::Code,
            Self::Face => Kind::Face,
            Self::Marked => Kind::Marked,
        }
    }
}

/// Something found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// By what it was found.
    pub rule: Rule,
    /// Where it stands.
    pub area: Area,
}

impl Found {
    /// A place that a person marked.
    pub(crate) fn marked(place: Bounds) -> Self {
        let Bounds { x, y, width, height } = place;
        let (right, bottom) = (x.saturating_add(width), y.saturating_add(height));
        Self { rule: Rule::Marked, area: Area::upright(small(x), small(y), small(right), small(bottom)) }
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
            let lines = self.line.find(near)?;
            let letters = self.letter.find(&grey, &lines)?;
            let seen = near.smaller(face::LONGEST);
            let (seen, faces) = match seen.as_ref().unwrap_or(near) {
                Pixels::Colour(seen) => (seen.dimensions(), self.face.find(seen)?),
                Pixels::Grey(seen) => (seen.dimensions(), Vec::new()),
            };
            let near = grey.dimensions();
            let found = [
                (Rule::Line, lines, near),
                (Rule::Letter, letters, near),
                (Rule::QrCode, code::find(&grey), near),
                (Rule::BarCode, bars::find(&grey), near),
                (Rule::Face, faces, seen),
            ];
            let found = found
                .into_iter()
                .flat_map(|(rule, areas, size)| by(rule, scaled(areas, size, pixels)))
                .collect();
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
        guarded(|| Ok(by(Rule::Check, self.check.find(pixels)?)))
    }
}

/// Looks, and takes a detector that breaks for one that saw nothing it can answer for.
fn guarded(look: impl FnOnce() -> Result<Vec<Found>, Unseen>) -> Result<Vec<Found>, Unseen> {
    panic::catch_unwind(AssertUnwindSafe(look)).unwrap_or(Err(Unseen))
}

fn by(rule: Rule, areas: Vec<Area>) -> Vec<Found> {
    areas.into_iter().map(|area| Found { rule, area }).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detector_that_breaks_has_not_seen_the_picture() {
        assert!(guarded(|| panic!("broken")).is_err());
        assert_eq!(guarded(|| Ok(Vec::new())).expect("seen"), []);
    }
}
