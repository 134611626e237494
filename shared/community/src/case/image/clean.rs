//! What the anonymisation made of an image.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the names of objects begin with while a review hides them: addresses that were given out lead nowhere then.
pub const WITHHELD: &str = "withheld/";

/// The most filled places that are remembered of an image.
const MOST_PLACES: usize = 200;

/// What stood at a place that was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Letters and figures.
    Text,
    /// A code that machines read.
    Code,
    /// A face.
    Face,
    /// What the author marked.
    Marked,
}

/// A rectangle of a picture, in pixels of the clean image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rectangle {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// In pixels, at least 1.
    pub width: u32,
    /// In pixels, at least 1.
    pub height: u32,
}

/// A place that was filled, in every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// What stood there.
    pub kind: PlaceKind,
    /// Where: of what stood askew, the upright rectangle around it.
    #[serde(flatten)]
    pub at: Rectangle,
}

/// The objects that hold an image, each named by what it holds, so that none ever changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// The image.
    pub image: String,
    /// A JPEG of at most 256 pixels a side.
    pub thumbnail: String,
    /// Of a DICOM image or a series, a PNG of its middle frame.
    #[serde(default)]
    pub preview: Option<String>,
    /// Of several frames, a PNG of up to twelve of them.
    #[serde(default)]
    pub filmstrip: Option<String>,
}

impl Files {
    /// The objects' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let more = [&self.preview, &self.filmstrip].into_iter().flatten();
        [&self.image, &self.thumbnail].into_iter().chain(more).map(String::as_str)
    }
}

/// An image that was anonymised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clean {
    /// `image/jpeg`, `image/png`, `application/dicom` or `application/zip`.
    pub media_type: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Of how many pictures it is made.
    pub frames: u32,
    /// Of how many slices of a head it is made: of many a face can be made again.
    #[serde(default)]
    pub head_slices: u32,
    /// What was filled: at most 200 places, those left out that lie within another.
    pub filled: Vec<Place>,
    /// The objects that hold it.
    pub files: Files,
}

impl Clean {
    /// The same with its filled places tidied: none within another, and no more than are remembered.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        let area = |place: &Place| u64::from(place.at.width) * u64::from(place.at.height);
        self.filled.sort_by_key(|place| std::cmp::Reverse(area(place)));
        let mut kept: Vec<Place> = Vec::new();
        for place in self.filled.drain(..) {
            if kept.len() < MOST_PLACES && !kept.iter().any(|other| other.at.has(place.at)) {
                kept.push(place);
            }
        }
        kept.sort_by_key(|place| (place.at.y, place.at.x));
        self.filled = kept;
        self
    }
}

impl Rectangle {
    /// Past its right and its bottom.
    const fn ends(self) -> (u32, u32) {
        (self.x.saturating_add(self.width), self.y.saturating_add(self.height))
    }

    /// Whether another lies within it.
    pub(super) const fn has(self, other: Self) -> bool {
        let (ends, others) = (self.ends(), other.ends());
        self.x <= other.x && self.y <= other.y && ends.0 >= others.0 && ends.1 >= others.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_filled_places_those_within_others_are_left_out() {
        let place =
            |x, y, width, height| Place { kind: PlaceKind::Text, at: Rectangle { x, y, width, height } };
        let files =
            Files { image: "a".to_owned(), thumbnail: "b".to_owned(), preview: None, filmstrip: None };
        let filled = vec![place(0, 0, 10, 10), place(2, 2, 3, 3), place(8, 8, 10, 10), place(0, 0, 10, 10)];
        let media_type = "image/jpeg".to_owned();
        let clean = Clean { media_type, width: 640, height: 480, frames: 1, head_slices: 0, filled, files };
        let kept = clean.clone().tidied().filled;
        assert_eq!(kept, [place(0, 0, 10, 10), place(8, 8, 10, 10)]);
        let many = (0..300).map(|x| place(x * 2, 0, 1, 1)).collect();
        assert_eq!(Clean { filled: many, ..clean }.tidied().filled.len(), MOST_PLACES);
    }
}
