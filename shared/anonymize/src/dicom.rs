//! From a DICOM file to a new one: a data set of what may be known, by an allow-list, and pixels in which nothing says
//! who somebody is.

mod class;
mod collect;
mod compressed;
mod data_set;
mod fill;
mod identifier;
mod key;
mod part10;
mod pixels;
mod read;
mod rule;
#[cfg(test)]
pub(crate) mod tests;
mod view;

use std::{
    panic::{self, AssertUnwindSafe},
    thread,
};

use dicom_core::{Tag, VR};

use crate::{
    Refused,
    anonymise::{LOOKS, Means, Released, Report, found_areas, is_filled},
    area::Bounds,
    detect::{Found, Rule, Unseen},
    photo::Pixels,
    preview,
};
use class::Class;
use collect::{Stored, collect};
use data_set::{DataSet, Value};
use identifier::Identifiers;
use part10::Part10;
use pixels::Frames;
use read::{Coding, Tokens};
use view::Palette;

pub use class::FEW_SLICES;
pub use collect::Attributes;
pub use key::Key;
pub(crate) use part10::is_dicom;

const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
const CLASS: Tag = Tag(0x0008, 0x0016);
const SERIES: Tag = Tag(0x0020, 0x000E);
const INSTANCE: Tag = Tag(0x0008, 0x0018);
/// Of ultrasound: the regions, and where each is, from its left to its bottom.
const REGIONS: Tag = Tag(0x0018, 0x6011);
const REGION: [Tag; 4] = [Tag(0x0018, 0x6018), Tag(0x0018, 0x601A), Tag(0x0018, 0x601C), Tag(0x0018, 0x601E)];
/// Explicit VR Little Endian.
const WRITTEN_SYNTAX: &str = "1.2.840.10008.1.2.1";
/// Who writes the file (PS3.7, section D.3.3.2).
const IMPLEMENTATION: &str = "2.25.156838718990256182900667121591684001644";
const VERSION: &str = "CURBSIDE_1";
const MEDIA_TYPE: &str = "application/dicom";
/// Bytes before the pixels' value: tag, kind and length (PS3.5, section 7.1.2).
const HEADER: usize = 12;
/// How it was made safe, in words and by the codes of PS3.16, context group 7050.
const METHOD: [&str; 4] = [
    "Attributes by allow-list, text in pixels filled",
    "Basic Application Confidentiality Profile",
    "Clean Pixel Data Option",
    "Retain Patient Characteristics Option",
];
const METHOD_CODES: [&str; 3] = ["113100", "113101", "113108"];

/// Rebuilds a DICOM image of at most so many bytes, with text, codes and, in photos, faces filled in every frame, and
/// reads the written file again. Identifiers are replaced under the key.
///
/// # Errors
/// When the file is no DICOM image, cannot be decoded, shows a head from so many sides that it can be recognised, or
/// cannot be made safe.
pub fn anonymise(file: &[u8], largest: u64, means: Means<'_>) -> Result<Released, Refused> {
    if u64::try_from(file.len()).unwrap_or(u64::MAX) > largest {
        return Err(Refused::TooLarge);
    }
    panic::catch_unwind(AssertUnwindSafe(|| rebuilt(file, means))).unwrap_or(Err(Refused::Undecodable))
}

/// The series that a slice of a head belongs to, as it is called under the key. None: it is no such slice, or it
/// cannot be read.
///
/// Many files of one series show a face as one file with many slices does: whoever takes series counts them, and takes
/// no more than [`FEW_SLICES`].
pub fn series_of_head(file: &[u8], key: &Key) -> Option<String> {
    let series = || {
        let part10 = Part10::of(file).ok()?;
        let collected = collect(Tokens::of(&part10.data_set, Coding::of(part10.syntax)), key).ok()?;
        let class = Class::of(collected.data_set.bytes(CLASS)?).ok()?;
        let slice = class::is_head_slice(class, &collected);
        slice.then(|| collected.data_set.bytes(SERIES).and_then(text).map(str::to_owned)).flatten()
    };
    panic::catch_unwind(AssertUnwindSafe(series)).ok().flatten()
}

fn rebuilt(file: &[u8], Means { key, detectors, spared }: Means<'_>) -> Result<Released, Refused> {
    let part10 = Part10::of(file)?;
    let mut collected = collect(Tokens::of(&part10.data_set, Coding::of(part10.syntax)), key)?;
    let class = Class::of(collected.data_set.bytes(CLASS).unwrap_or_default())?;
    let stored = collected.stored.as_ref().ok_or(Refused::UnsupportedMedia)?;
    let mut frames = Frames::decode(&collected.facts, stored, part10.syntax)?;
    let head_slices = if class::is_head_slice(class, &collected) { frames.count } else { 0 };
    if head_slices > FEW_SLICES {
        return Err(Refused::RecognisableHeadVolume);
    }
    // Who spares a place has seen what stands there in one frame, not in each.
    let spared: Vec<Bounds> = spared.iter().copied().filter(|place| frames.is_still(*place)).collect();
    let means = Means { key, detectors, spared: &spared };
    let mut data_set = std::mem::take(&mut collected.data_set);
    frames.describe(&mut data_set);
    declare(&mut data_set);
    let palette = Palette::of(&data_set);
    let black = frames.black(palette.as_ref().map_or(0, Palette::darkest));
    let regions = regions(class, &data_set, frames.size());
    let blanked = if regions.is_empty() { 0 } else { frames.fill_outside(&regions, &black) };

    let head = head(&data_set)?;
    let scene = Scene { data_set: &data_set, palette: palette.as_ref(), class };
    let size = frames.size();
    let fill = |frames: &mut Frames, found: &[Found]| {
        found.iter().for_each(|found| frames.fill(&found.area, &black));
        found_areas(found, size)
    };
    let found = scene.look(&frames, |pixels| detectors.find(pixels))?;
    let mut filled = fill(&mut frames, &means.unspared(found, size));
    for _ in 0..LOOKS {
        let bytes = write(&head, &frames)?;
        read_again(&bytes, &head, &frames, &collected.identifiers)?;
        let left = scene.look(&frames, |pixels| detectors.find_again(pixels))?;
        let mut left = means.unspared(left, size);
        left.retain(|found| {
            let blanked = !regions.is_empty() && !found.area.is_within(size, regions.iter().copied());
            !is_filled(&found.area, &filled, size) && !blanked
        });
        if left.is_empty() {
            let (width, height) = size;
            let (attributes, media_type) = (Some(collected.attributes), MEDIA_TYPE);
            let report =
                Report { media_type, width, height, frames: frames.count, filled, blanked, attributes };
            return Ok(Released { bytes, report, head_slices, shown: scene.shown(&frames) });
        }
        filled.extend(fill(&mut frames, &left));
    }
    Err(Refused::VerificationFailed)
}

/// Fills places in every frame of an image that [`anonymise`] released, and reads the new file again.
pub(crate) fn fill(released: &[u8], marked: &[Found]) -> Result<Released, Refused> {
    panic::catch_unwind(AssertUnwindSafe(|| filled(released, marked))).unwrap_or(Err(Refused::Undecodable))
}

fn filled(released: &[u8], marked: &[Found]) -> Result<Released, Refused> {
    let part10 = Part10::of(released)?;
    let collected = collect(Tokens::of(&part10.data_set, Coding::of(part10.syntax)), &Key::new([0; 32]))?;
    let class = Class::of(collected.data_set.bytes(CLASS).unwrap_or_default())?;
    let stored = collected.stored.as_ref().ok_or(Refused::UnsupportedMedia)?;
    let Stored::Native(pixels) = stored else { return Err(Refused::UnsupportedMedia) };
    let behind = released.len().checked_sub(pixels.value.len() + HEADER);
    let head = behind.and_then(|end| released.get(..end)).ok_or(Refused::Undecodable)?;
    let mut frames = Frames::decode(&collected.facts, stored, part10.syntax)?;
    let palette = Palette::of(&collected.data_set);
    let black = frames.black(palette.as_ref().map_or(0, Palette::darkest));
    marked.iter().for_each(|found| frames.fill(&found.area, &black));
    let bytes = write(head, &frames)?;
    read_again(&bytes, head, &frames, &Identifiers::default())?;
    let scene = Scene { data_set: &collected.data_set, palette: palette.as_ref(), class };
    let head_slices = if class::is_head_slice(class, &collected) { frames.count } else { 0 };
    let (size, attributes) = (frames.size(), Some(collected.attributes));
    let report = Report {
        media_type: MEDIA_TYPE,
        width: size.0,
        height: size.1,
        frames: frames.count,
        filled: found_areas(marked, size),
        blanked: 0,
        attributes,
    };
    Ok(Released { bytes, report, head_slices, shown: scene.shown(&frames) })
}

/// How the frames of a file are to be looked at.
#[derive(Clone, Copy)]
struct Scene<'s> {
    data_set: &'s DataSet,
    palette: Option<&'s Palette>,
    class: Class,
}

impl Scene<'_> {
    /// What is to be seen of the frames, from first to last, as a viewer opens them.
    fn shown(self, frames: &Frames) -> Vec<Pixels> {
        let shown = preview::MOST_FRAMES.min(frames.count);
        let place = |number: u32| number * (frames.count - 1) / (shown - 1).max(1);
        let view = |frame| view::views(frames, frame, self.data_set, self.palette).pop();
        (0..shown).filter_map(|number| Some(view(place(number))?.shrunk(preview::LONGEST))).collect()
    }

    /// What is found in any frame. A frame that is as the one before it is not looked at again; the others are shared
    /// among the machine's cores.
    fn look(
        self,
        frames: &Frames,
        find: impl Fn(&Pixels) -> Result<Vec<Found>, Unseen> + Sync,
    ) -> Result<Vec<Found>, Refused> {
        let differing: Vec<u32> = (0..frames.count)
            .filter(|frame| {
                frame.checked_sub(1).is_none_or(|before| frames.frame(*frame) != frames.frame(before))
            })
            .collect();
        let find = &find;
        let see = |frame: u32| {
            let views = view::views(frames, frame, self.data_set, self.palette);
            // What cannot be shown cannot be looked at.
            if views.is_empty() {
                Err(Unseen)
            } else {
                views.iter().map(find).collect::<Result<Vec<_>, Unseen>>()
            }
        };
        let cores = thread::available_parallelism().map_or(1, usize::from).min(differing.len().max(1));
        let share = differing.len().div_ceil(cores).max(1);
        let seen: Result<Vec<_>, Unseen> = thread::scope(|scope| {
            let shares: Vec<_> = differing
                .chunks(share)
                .map(|share| {
                    scope.spawn(move || share.iter().map(|frame| see(*frame)).collect::<Result<Vec<_>, _>>())
                })
                .collect();
            shares.into_iter().map(|share| share.join().unwrap_or(Err(Unseen))).collect()
        });
        let seen = seen.map_err(|_| Refused::VerificationFailed)?;
        let mut found: Vec<Found> = seen.into_iter().flatten().flatten().flatten().collect();
        found.retain(|found| found.rule != Rule::Face || self.class == Class::Photo);
        found.dedup();
        Ok(found)
    }
}

/// The regions of ultrasound that are pictures. None: nothing is said of them, or it is no ultrasound.
fn regions(class: Class, data_set: &DataSet, (width, height): (u32, u32)) -> Vec<Bounds> {
    if class != Class::Ultrasound {
        return Vec::new();
    }
    let ends = data_set.items(REGIONS).iter().filter_map(|region| {
        let number = |tag| {
            region
                .bytes(tag)
                .and_then(|bytes| bytes.first_chunk::<4>())
                .map(|bytes| u32::from_le_bytes(*bytes))
        };
        let [left, top, right, bottom] = REGION.map(number);
        let (left, top) = (left?.min(width), top?.min(height));
        let (right, bottom) = (right?.saturating_add(1).min(width), bottom?.saturating_add(1).min(height));
        Some(Bounds { x: left, y: top, width: right.checked_sub(left)?, height: bottom.checked_sub(top)? })
    });
    ends.filter(|region| region.width > 0 && region.height > 0).collect()
}

/// Says that the file was made safe, and how (PS3.15, section E.1.1).
fn declare(data_set: &mut DataSet) {
    data_set.text(Tag(0x0012, 0x0062), VR::CS, "YES");
    let [words, meanings @ ..] = METHOD;
    data_set.text(Tag(0x0012, 0x0063), VR::LO, words);
    let codes = METHOD_CODES.into_iter().zip(meanings).map(|(code, meaning)| {
        let mut item = DataSet::default();
        item.text(Tag(0x0008, 0x0100), VR::SH, code);
        item.text(Tag(0x0008, 0x0102), VR::SH, "DCM");
        item.text(Tag(0x0008, 0x0104), VR::LO, meaning);
        item
    });
    data_set.0.insert(Tag(0x0012, 0x0064), Value::Items(codes.collect()));
    data_set.text(Tag(0x0028, 0x0301), VR::CS, "NO");
    data_set.text(Tag(0x0028, 0x0303), VR::CS, "REMOVED");
}

/// All of a file before its pixels: an empty preamble, the meta information, the data set.
fn head(data_set: &DataSet) -> Result<Vec<u8>, Refused> {
    let said = |tag| data_set.bytes(tag).and_then(text).ok_or(Refused::Undecodable);
    let mut meta = DataSet::default();
    meta.0.insert(Tag(0x0002, 0x0001), Value::Bytes(VR::OB, vec![0, 1]));
    meta.text(Tag(0x0002, 0x0002), VR::UI, said(CLASS)?);
    meta.text(Tag(0x0002, 0x0003), VR::UI, said(INSTANCE)?);
    meta.text(Tag(0x0002, 0x0010), VR::UI, WRITTEN_SYNTAX);
    meta.text(Tag(0x0002, 0x0012), VR::UI, IMPLEMENTATION);
    meta.text(Tag(0x0002, 0x0013), VR::SH, VERSION);
    let mut rest = Vec::new();
    meta.write(&mut rest);
    let length = u32::try_from(rest.len()).map_err(|_| Refused::VerificationFailed)?;
    let mut head = vec![0; 128];
    head.extend_from_slice(b"DICM");
    let mut start = DataSet::default();
    start.0.insert(Tag(0x0002, 0x0000), Value::Bytes(VR::UL, length.to_le_bytes().to_vec()));
    start.write(&mut head);
    head.append(&mut rest);
    data_set.write(&mut head);
    Ok(head)
}

/// The whole file.
fn write(head: &[u8], frames: &Frames) -> Result<Vec<u8>, Refused> {
    let vr = if frames.width == 1 { VR::OB } else { VR::OW };
    let padded = frames.data.len().next_multiple_of(2);
    let length = u32::try_from(padded).map_err(|_| Refused::TooLarge)?;
    let mut bytes = Vec::with_capacity(head.len() + HEADER + padded);
    bytes.extend_from_slice(head);
    data_set::header(PIXEL_DATA, vr, length, &mut bytes).ok_or(Refused::VerificationFailed)?;
    bytes.extend_from_slice(&frames.data);
    bytes.resize(head.len() + HEADER + padded, 0);
    Ok(bytes)
}

/// Reads the written file: by the rules nothing would be left behind of it, nothing that was left behind stands there,
/// and the pixels are those that were meant, number for number.
fn read_again(bytes: &[u8], head: &[u8], meant: &Frames, identifiers: &Identifiers) -> Result<(), Refused> {
    let safe = || {
        let part10 = Part10::of(bytes).ok()?;
        let read =
            collect(Tokens::of(&part10.data_set, Coding::of(part10.syntax)), &Key::new([0; 32])).ok()?;
        let Stored::Native(pixels) = read.stored? else { return None };
        let (padding, whole) = (pixels.value.strip_prefix(&*meant.data)?, bytes.strip_prefix(head)?);
        let safe = matches!(padding, [] | [0])
            && whole.len() == HEADER + pixels.value.len()
            && read.attributes.removed == 0
            && !identifiers.stand_in(head);
        safe.then_some(())
    };
    safe().ok_or(Refused::VerificationFailed)
}

/// Text of the default repertoire, without what pads it.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())?;
    Some(text.trim_matches(['\0', ' ']))
}

/// Text of any repertoire, for comparing its words: what is no UTF-8 is read as Latin-1.
fn readable(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}
