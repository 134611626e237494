//! Pixels made black, in every frame.

use super::pixels::{Frames, Photometric};
use crate::area::{Area, Bounds};

impl Frames {
    /// The bytes of a black pixel, sample by sample. `darkest` is the number of a palette's darkest colour.
    pub(super) fn black(&self, darkest: u16) -> Vec<u8> {
        let number =
            |value: i64| value.to_le_bytes().get(..self.width).map(<[u8]>::to_vec).unwrap_or_default();
        match self.photometric {
            Photometric::Monochrome1 => number(self.range(&self.data).1),
            Photometric::Monochrome2 => number(self.range(&self.data).0),
            Photometric::Palette => number(darkest.into()),
            Photometric::Rgb => number(0).repeat(3),
            Photometric::Ybr => [number(0), number(1 << (self.stored() - 1)).repeat(2)].concat(),
        }
    }

    /// Blackens an area in every frame.
    pub(super) fn fill(&mut self, area: &Area, black: &[u8]) {
        for (line, left, right) in area.lines(self.size()) {
            self.fill_line(line, left, right, black);
        }
    }

    /// Blackens what is outside all of some rectangles, in every frame. Returns how many pixels of a frame that is.
    pub(super) fn fill_outside(&mut self, regions: &[Bounds], black: &[u8]) -> u64 {
        let (width, height) = self.size();
        let mut count = 0;
        for line in 0..height {
            let mut across: Vec<(u32, u32)> = regions
                .iter()
                .filter(|region| (region.y..region.y.saturating_add(region.height)).contains(&line))
                .map(|region| (region.x, region.x.saturating_add(region.width).min(width)))
                .collect();
            across.push((width, width));
            across.sort_unstable();
            let mut from = 0;
            for (left, right) in across {
                if left > from {
                    self.fill_line(line, from, left, black);
                    count += u64::from(left - from);
                }
                from = from.max(right);
            }
        }
        count
    }

    fn fill_line(&mut self, line: u32, left: u32, right: u32, black: &[u8]) {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let row = place(line) * usize::from(self.columns);
        let covered = row + place(left)..row + place(right);
        let plane = usize::from(self.rows) * usize::from(self.columns) * self.width;
        let (size, pixel) = (self.frame_size(), self.samples() * self.width);
        for frame in self.data.chunks_exact_mut(size) {
            if self.planar {
                for (colour, shade) in frame.chunks_exact_mut(plane).zip(black.chunks_exact(self.width)) {
                    let bytes = colour.get_mut(covered.start * self.width..covered.end * self.width);
                    bytes
                        .unwrap_or_default()
                        .chunks_exact_mut(self.width)
                        .for_each(|sample| sample.copy_from_slice(shade));
                }
            } else {
                let bytes = frame.get_mut(covered.start * pixel..covered.end * pixel);
                bytes.unwrap_or_default().chunks_exact_mut(pixel).for_each(|one| one.copy_from_slice(black));
            }
        }
    }
}
