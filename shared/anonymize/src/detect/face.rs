//! Faces, from the front or the side, of somebody who stands or lies.
//!
//! A cascade of three networks looks at each picture in four turns (Zhang, Zhang, Li and Qiao, "Joint Face Detection
//! and Alignment Using Multitask Cascaded Convolutional Networks", 2016): the first proposes places at all sizes, the
//! other two judge them and move their edges.

use std::{fmt, slice};

use image::{RgbImage, imageops};
use rten::Model;
use rten_tensor::{AsView, NdTensor};

use super::{Unloadable, Unseen, network::resized};
use crate::area::{Area, small, whole};

/// The longest side of the pictures that are looked at, in pixels.
pub(super) const LONGEST: u32 = 480;
/// The smallest face, in pixels of those pictures: upright, and turned.
const SMALLEST: f32 = 24.0;
const SMALLEST_TURNED: f32 = 48.0;
/// The side of what the first network judges, and from how many pixels to the next, in pixels of what it sees.
const CELL: u32 = 12;
const STEP: f32 = 2.0;
/// How much smaller each picture is than the one before it that the first network sees.
const SHRINKING: f32 = 0.709;
/// How sure each network has to be; of what is turned, the last.
const SURE: [f32; 3] = [0.6, 0.7, 0.7];
const SURE_TURNED: f32 = 0.8;
/// The side of what the second and the third see.
const SEEN: [u32; 2] = [24, 48];
/// How much of two places is shared when they are one face: of one size, and of all.
const SHARED: (f32, f32) = (0.5, 0.7);
/// How many places are looked at, at most.
const MOST: usize = 256;
/// How far beyond its place a face is filled, as a part of its side: hair, chin and ears.
const AROUND: f32 = 0.2;

/// The detector.
pub(super) struct Detector {
    proposal: Model,
    judges: [Model; 2],
}

/// A face's place, and how surely there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Face {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    sure: f32,
}

impl fmt::Debug for Detector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Detector(face)")
    }
}

impl Detector {
    pub(super) fn load() -> Result<Self, Unloadable> {
        let load = |model: &'static [u8]| Model::load_static_slice(model).map_err(|_| Unloadable);
        Ok(Self {
            proposal: load(include_bytes!("../../models/face-proposal.onnx"))?,
            judges: [
                load(include_bytes!("../../models/face-refinement.onnx"))?,
                load(include_bytes!("../../models/face-output.onnx"))?,
            ],
        })
    }

    /// The faces in a picture.
    pub(super) fn find(&self, picture: &RgbImage) -> Result<Vec<Area>, Unseen> {
        let (width, height) = picture.dimensions();
        let [first, second, third] = SURE;
        let mut faces = self.upright(picture, SMALLEST, [first, second, third])?;
        let mut turned = picture.clone();
        for turns in 1..4_usize {
            turned = imageops::rotate90(&turned);
            let found = self.upright(&turned, SMALLEST_TURNED, [first, second, SURE_TURNED])?;
            let heights = [small(height), small(width), small(height)];
            let back = |face: Face| heights.iter().take(turns).rev().fold(face, Face::turned_back);
            faces.extend(found.into_iter().map(back));
        }
        Ok(faces.iter().map(Face::area).collect())
    }

    /// The faces in a picture that stand upright in it.
    fn upright(&self, picture: &RgbImage, smallest: f32, sure: [f32; 3]) -> Result<Vec<Face>, Unseen> {
        let [first, later @ ..] = sure;
        let mut faces = self.proposed(picture, smallest, first)?;
        for ((judge, side), sure) in self.judges.iter().zip(SEEN).zip(later) {
            let seen: Vec<(Face, RgbImage)> = faces
                .into_iter()
                .map(Face::square)
                .filter_map(|face| Some((face, face.seen(picture, side)?)))
                .collect();
            if seen.is_empty() {
                return Ok(Vec::new());
            }
            let (places, pictures): (Vec<Face>, Vec<RgbImage>) = seen.into_iter().unzip();
            let output =
                judge.run_one(tensor(&pictures, side, side)?.view().into(), None).map_err(|_| Unseen)?;
            let (_, answers) = output.into_shape_vec::<f32, 2>().map_err(|_| Unseen)?;
            let judged = places.into_iter().zip(answers.as_chunks::<6>().0);
            let judged = judged.map(|(face, answer)| face.moved(*answer)).filter(|face| face.sure > sure);
            faces = distinct(judged.collect(), SHARED.1);
        }
        Ok(faces)
    }

    /// Where the first network, which sees a picture at several sizes, thinks that there may be faces.
    fn proposed(&self, picture: &RgbImage, smallest: f32, sure: f32) -> Result<Vec<Face>, Unseen> {
        let (width, height) = (small(picture.width()), small(picture.height()));
        let mut scale = small(CELL) / smallest;
        let mut faces = Vec::new();
        let mut seen = picture.clone();
        while (width.min(height) * scale).floor() >= small(CELL) {
            let (across, down) = (whole(width * scale), whole(height * scale));
            seen = resized(&seen, across, down);
            let input = tensor(slice::from_ref(&seen), across, down)?;
            let output = self.proposal.run_one(input.view().into(), None).map_err(|_| Unseen)?;
            let ([_, planes, rows, columns], values) =
                output.into_shape_vec::<f32, 4>().map_err(|_| Unseen)?;
            if planes != 6 {
                return Err(Unseen);
            }
            let (times, times_down) = (width / small(across), height / small(down));
            let value = |plane: usize, at: usize| {
                values.get(plane * rows * columns + at).copied().unwrap_or_default()
            };
            let found = (0..rows * columns).filter(|at| value(5, *at) > sure).map(|at| {
                let corner = |step: usize| STEP * small(u32::try_from(step).unwrap_or_default());
                let (left, top) = (corner(at % columns), corner(at / columns));
                let place = Face {
                    left: left * times,
                    top: top * times_down,
                    right: (left + small(CELL)) * times,
                    bottom: (top + small(CELL)) * times_down,
                    sure: 0.0,
                };
                place.moved([0, 1, 2, 3, 4, 5].map(|plane| value(plane, at)))
            });
            faces.extend(distinct(found.collect(), SHARED.0));
            scale *= SHRINKING;
        }
        Ok(distinct(faces, SHARED.1))
    }
}

impl Face {
    /// With its edges moved as a network says, which are parts of its sides, and as sure as it is.
    fn moved(self, [left, top, right, bottom, _, sure]: [f32; 6]) -> Self {
        let (width, height) = (self.right - self.left, self.bottom - self.top);
        Self {
            left: self.left + left * width,
            top: self.top + top * height,
            right: self.right + right * width,
            bottom: self.bottom + bottom * height,
            sure,
        }
    }

    /// The square around its middle, as long as its longer side.
    fn square(self) -> Self {
        let half = (self.right - self.left).max(self.bottom - self.top) / 2.0;
        let (x, y) = (f32::midpoint(self.left, self.right), f32::midpoint(self.top, self.bottom));
        Self { left: x - half, top: y - half, right: x + half, bottom: y + half, ..self }
    }

    /// What a network of that side sees of a picture there. Nothing, if it is outside.
    fn seen(&self, picture: &RgbImage, side: u32) -> Option<RgbImage> {
        let place =
            Area::upright(self.left, self.top, self.right, self.bottom).bounds(picture.dimensions())?;
        let part = imageops::crop_imm(picture, place.x, place.y, place.width, place.height).to_image();
        Some(resized(&part, side, side))
    }

    /// In a picture of that height, before it was turned clockwise once.
    fn turned_back(self, height: &f32) -> Self {
        Self {
            left: self.top,
            top: height - self.right,
            right: self.bottom,
            bottom: height - self.left,
            ..self
        }
    }

    /// How much of the two is shared by both, from 0 to 1.
    fn shared(&self, other: &Self) -> f32 {
        let size = |face: &Self| (face.right - face.left) * (face.bottom - face.top);
        let across = self.right.min(other.right) - self.left.max(other.left);
        let down = self.bottom.min(other.bottom) - self.top.max(other.top);
        let both = across.max(0.0) * down.max(0.0);
        both / (size(self) + size(other) - both).max(f32::MIN_POSITIVE)
    }

    /// What is filled.
    fn area(&self) -> Area {
        let (wide, tall) = (AROUND * (self.right - self.left), AROUND * (self.bottom - self.top));
        Area::upright(self.left - wide, self.top - tall, self.right + wide, self.bottom + tall)
    }
}

/// The surest of those that share more than that much, and no more than [`MOST`].
fn distinct(mut faces: Vec<Face>, shared: f32) -> Vec<Face> {
    faces.sort_by(|one, other| other.sure.total_cmp(&one.sure));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.len() < MOST && kept.iter().all(|one| one.shared(&face) <= shared) {
            kept.push(face);
        }
    }
    kept
}

/// Pictures of one size as the networks see them: red, green and blue, (shade - 127.5) / 128.
fn tensor(pictures: &[RgbImage], width: u32, height: u32) -> Result<NdTensor<f32, 4>, Unseen> {
    let side = |length: u32| usize::try_from(length).map_err(|_| Unseen);
    let (across, down) = (side(width)?, side(height)?);
    let mut data = Vec::with_capacity(pictures.len() * 3 * across * down);
    for picture in pictures {
        let pixels = picture.as_raw().as_chunks::<3>().0;
        data.extend(pixels.iter().map(|[red, _, _]| f32::from(*red)));
        data.extend(pixels.iter().map(|[_, green, _]| f32::from(*green)));
        data.extend(pixels.iter().map(|[_, _, blue]| f32::from(*blue)));
    }
    data.iter_mut().for_each(|shade| *shade = (*shade - 127.5) / 128.0);
    Ok(NdTensor::from_data([pictures.len(), 3, down, across], data))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(left: f32, top: f32, right: f32, bottom: f32, sure: f32) -> Face {
        Face { left, top, right, bottom, sure }
    }

    /// A face as a child may draw it: ellipses by their middle, half width, half height and colour.
    fn drawn() -> RgbImage {
        const ELLIPSES: [([f32; 4], [u8; 3]); 13] = [
            ([120.0, 112.0, 62.0, 84.0], [60, 40, 30]),
            ([120.0, 125.0, 50.0, 66.0], [215, 170, 145]),
            ([99.0, 113.0, 11.0, 6.0], [245, 240, 235]),
            ([141.0, 113.0, 11.0, 6.0], [245, 240, 235]),
            ([99.0, 113.0, 5.0, 6.0], [50, 35, 30]),
            ([141.0, 113.0, 5.0, 6.0], [50, 35, 30]),
            ([99.0, 99.0, 14.0, 3.5], [70, 45, 35]),
            ([141.0, 99.0, 14.0, 3.5], [70, 45, 35]),
            ([120.0, 138.0, 8.0, 6.0], [190, 140, 118]),
            ([113.0, 142.0, 2.5, 2.0], [110, 70, 60]),
            ([127.0, 142.0, 2.5, 2.0], [110, 70, 60]),
            ([120.0, 163.0, 20.0, 7.0], [165, 75, 75]),
            ([120.0, 163.0, 18.0, 1.5], [90, 35, 40]),
        ];
        let picture = RgbImage::from_fn(240, 240, |x, y| {
            let within = |([across, down, wide, tall], _): &&([f32; 4], [u8; 3])| {
                ((small(x) - across) / wide).powi(2) + ((small(y) - down) / tall).powi(2) < 1.0
            };
            image::Rgb(ELLIPSES.iter().rfind(within).map_or([110, 120, 130], |(_, colour)| *colour))
        });
        imageops::blur(&picture, 1.2)
    }

    #[test]
    fn a_face_is_found_however_it_lies_and_none_where_there_is_none() {
        let detector = Detector::load().expect("models");
        let mut picture = drawn();
        for (turns, (x, y)) in [(120, 125), (115, 120), (120, 115), (125, 120)].into_iter().enumerate() {
            let found = detector.find(&picture).expect("seen");
            let places: Vec<_> = found.iter().filter_map(|area| area.bounds(picture.dimensions())).collect();
            let Some(place) = places.first() else { panic!("none after {turns} turns") };
            let middle = (place.x + place.width / 2, place.y + place.height / 2);
            assert!(middle.0.abs_diff(x) < 12 && middle.1.abs_diff(y) < 12, "{place:?} after {turns} turns");
            assert!(place.width > 90 && place.height > 110, "{place:?} after {turns} turns");
            picture = imageops::rotate90(&picture);
        }
        assert_eq!(detector.find(&RgbImage::new(240, 240)).expect("seen"), []);
        assert_eq!(detector.find(&RgbImage::new(3, 9)).expect("seen"), []);
    }

    #[test]
    fn of_places_that_are_one_face_the_surest_is_kept() {
        let (sure, surer, other) = (
            face(10.0, 10.0, 30.0, 30.0, 0.8),
            face(11.0, 10.0, 31.0, 31.0, 0.9),
            face(60.0, 10.0, 80.0, 30.0, 0.7),
        );
        assert_eq!(distinct(vec![sure, surer, other], 0.5), [surer, other]);
        assert!((sure.shared(&sure) - 1.0).abs() < 1e-6 && sure.shared(&other) < 1e-6);
    }

    #[test]
    fn places_in_a_turned_picture_are_turned_back() {
        // 100 wide and 60 tall: what is at the upper left is at the upper right after a turn, 60 wide.
        let upper_left = face(5.0, 2.0, 25.0, 12.0, 1.0);
        let after_one = face(48.0, 5.0, 58.0, 25.0, 1.0);
        assert_eq!(after_one.turned_back(&60.0), upper_left);
        let after_two = face(75.0, 48.0, 95.0, 58.0, 1.0);
        assert_eq!(after_two.turned_back(&100.0), after_one);
    }

    #[test]
    fn a_place_follows_what_a_network_says_of_its_edges() {
        let moved = face(10.0, 10.0, 30.0, 20.0, 0.0).moved([0.1, -0.1, 0.0, 0.5, 0.25, 0.75]);
        assert_eq!(moved, face(12.0, 9.0, 30.0, 25.0, 0.75));
        assert_eq!(moved.square(), face(12.0, 8.0, 30.0, 26.0, 0.75));
    }
}
