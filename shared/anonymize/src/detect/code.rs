//! QR codes (ISO/IEC 18004), read or not.

use image::GrayImage;
use rqrr::PreparedImage;

use crate::area::Area;

/// How far a code's quiet zone is filled as well, as a part of its side.
const AROUND: f32 = 0.06;

/// The codes in a picture.
pub(super) fn find(grey: &GrayImage) -> Vec<Area> {
    let size = |side: u32| usize::try_from(side).unwrap_or_default();
    let at = |x: usize, y: usize| {
        let place = |along: usize| u32::try_from(along).unwrap_or(u32::MAX);
        grey.get_pixel_checked(place(x), place(y)).map_or(255, |pixel| pixel.0[0])
    };
    let mut prepared = PreparedImage::prepare_from_greyscale(size(grey.width()), size(grey.height()), at);
    prepared.detect_grids().iter().map(|grid| around(grid.bounds)).collect()
}

fn around(corners: [rqrr::Point; 4]) -> Area {
    let (xs, ys) = (corners.map(|corner| f64::from(corner.x)), corners.map(|corner| f64::from(corner.y)));
    let [left, top] = [xs, ys].map(|all| narrow(all.into_iter().fold(f64::INFINITY, f64::min)));
    let [right, bottom] = [xs, ys].map(|all| narrow(all.into_iter().fold(f64::NEG_INFINITY, f64::max)));
    let margin = AROUND * (right - left).max(bottom - top) + 1.0;
    Area::upright(left - margin, top - margin, right + margin, bottom + margin)
}

#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "places in a picture are small")]
const fn narrow(place: f64) -> f32 {
    place as f32
}
