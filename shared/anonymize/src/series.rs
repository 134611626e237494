//! A series of DICOM files in a ZIP archive, taken apart: each file is made safe by itself, and a new archive holds the
//! new files under numbers, because names of files tell of people, too.

use std::{
    io::{Cursor, Read, Write},
    panic::{self, AssertUnwindSafe},
    thread,
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    Refused,
    anonymise::{LARGEST_DICOM, Means, Released, Report},
    area::Bounds,
    detect::Found,
    dicom::{self, FEW_SLICES},
    photo::Pixels,
    preview,
    sniff::Media,
};

/// The most files of a series.
pub const MOST_FILES: usize = 400;
/// The most bytes of all its files, unpacked.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
const MEDIA_TYPE: &str = "application/zip";
/// What archives hold beside the files of a series: the directory of a medium, and what computers leave behind.
const BESIDE: [&str; 3] = ["DICOMDIR", ".DS_Store", "Thumbs.db"];

/// Rebuilds every DICOM file of an archive of at most 200 MiB, 256 MiB unpacked, and 400 files.
///
/// # Errors
/// When it is no archive of DICOM images alone, one of them is refused, or together they show a head from so many sides
/// that it can be recognised.
pub fn anonymise(archive: &[u8], means: Means<'_>) -> Result<Released, Refused> {
    rebuilt(archive, |file| dicom::anonymise(file, LARGEST_DICOM, means))
}

/// Fills places in every file of a series that [`anonymise`] released.
///
/// # Errors
/// When it is not one that was released, or a new file does not pass its check.
pub fn fill(released: &[u8], places: &[Bounds]) -> Result<Released, Refused> {
    let marked: Vec<Found> = places.iter().copied().map(Found::marked).collect();
    rebuilt(released, |file| dicom::fill(file, &marked))
}

fn rebuilt(
    archive: &[u8],
    make: impl Fn(&[u8]) -> Result<Released, Refused> + Sync,
) -> Result<Released, Refused> {
    if u64::try_from(archive.len()).unwrap_or(u64::MAX) > LARGEST_DICOM {
        return Err(Refused::TooLarge);
    }
    let opened = panic::catch_unwind(AssertUnwindSafe(|| unpacked(archive)));
    let files = opened.unwrap_or(Err(Refused::Undecodable))?;
    let made = shared(&files, make)?;
    drop(files);
    let head_slices = made.iter().map(|one| one.head_slices).fold(0, u32::saturating_add);
    if head_slices > FEW_SLICES {
        return Err(Refused::RecognisableHeadVolume);
    }
    packed(made, head_slices)
}

/// Does the same with every file, on all cores, in their order.
fn shared(
    files: &[Vec<u8>],
    make: impl Fn(&[u8]) -> Result<Released, Refused> + Sync,
) -> Result<Vec<Released>, Refused> {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let share = files.len().div_ceil(cores.max(1)).max(1);
    let make = &make;
    thread::scope(|scope| {
        let shares: Vec<_> = files
            .chunks(share)
            .map(|share| {
                scope.spawn(move || share.iter().map(|file| make(file)).collect::<Result<Vec<_>, _>>())
            })
            .collect();
        let mut made = Vec::with_capacity(files.len());
        for share in shares {
            made.append(&mut share.join().unwrap_or(Err(Refused::Undecodable))?);
        }
        Ok(made)
    })
}

/// The files of an archive by their names' order, never more than are taken, whatever its directory says.
fn unpacked(archive: &[u8]) -> Result<Vec<Vec<u8>>, Refused> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|_| Refused::UnsupportedMedia)?;
    let names: Result<Vec<String>, _> =
        archive.file_names().map(|name| name.map(std::borrow::Cow::into_owned)).collect();
    let mut names = names.map_err(|_| Refused::UnsupportedMedia)?;
    names.retain(|name| {
        let last = name.rsplit('/').next().unwrap_or_default();
        !last.is_empty() && !name.starts_with("__MACOSX/") && !BESIDE.contains(&last)
    });
    names.sort();
    if names.is_empty() {
        return Err(Refused::UnsupportedMedia);
    }
    if names.len() > MOST_FILES {
        return Err(Refused::TooLarge);
    }
    let (mut files, mut left) = (Vec::with_capacity(names.len()), MOST_BYTES);
    for name in names {
        let file = archive.by_name(&name).map_err(|_| Refused::UnsupportedMedia)?;
        let mut bytes = Vec::new();
        file.take(left + 1).read_to_end(&mut bytes).map_err(|_| Refused::Undecodable)?;
        left = left.checked_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX)).ok_or(Refused::TooLarge)?;
        if Media::of(&bytes)? != Media::Dicom {
            return Err(Refused::UnsupportedMedia);
        }
        files.push(bytes);
    }
    Ok(files)
}

/// The new archive, read again.
fn packed(made: Vec<Released>, head_slices: u32) -> Result<Released, Refused> {
    let failed = |_| Refused::VerificationFailed;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (number, one) in (1_u32..).zip(&made) {
        archive.start_file(format!("{number:04}.dcm"), plain).map_err(failed)?;
        archive.write_all(&one.bytes).map_err(|_| Refused::VerificationFailed)?;
    }
    let bytes = archive.finish().map_err(failed)?.into_inner();
    let written = unpacked(&bytes).map_err(|_| Refused::VerificationFailed)?;
    if !written.iter().eq(made.iter().map(|one| &one.bytes)) {
        return Err(Refused::VerificationFailed);
    }
    let [first, ..] = made.as_slice() else { return Err(Refused::UnsupportedMedia) };
    let mut report = Report { media_type: MEDIA_TYPE, frames: 0, ..first.report.clone() };
    (report.filled, report.blanked) = (Vec::new(), 0);
    for one in &made {
        report.width = report.width.max(one.report.width);
        report.height = report.height.max(one.report.height);
        report.frames = report.frames.saturating_add(one.report.frames);
        report.blanked = report.blanked.max(one.report.blanked);
        report.filled.extend(one.report.filled.iter().copied());
    }
    Ok(Released { bytes, report, head_slices, shown: shown(made) })
}

/// What is to be seen of a series: the middle of some of its files, from first to last.
fn shown(made: Vec<Released>) -> Vec<Pixels> {
    let last = made.len().saturating_sub(1);
    let most = usize::try_from(preview::MOST_FRAMES).unwrap_or(usize::MAX).min(made.len());
    let places: Vec<usize> = (0..most).map(|number| number * last / most.saturating_sub(1).max(1)).collect();
    let chosen = made.into_iter().enumerate().filter(|(place, _)| places.contains(place));
    chosen
        .filter_map(|(_, mut one)| {
            let middle = one.shown.len() / 2;
            (middle < one.shown.len()).then(|| one.shown.swap_remove(middle))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        detect::Detectors,
        dicom::Key,
        dicom::tests::{slice, slice_of},
        preview::Previews,
    };

    fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in files {
            archive.start_file(*name, options).expect("a file");
            archive.write_all(bytes).expect("bytes");
        }
        archive.finish().expect("an archive").into_inner()
    }

    fn anonymised(archive: &[u8]) -> Result<Released, Refused> {
        let (key, detectors) = (Key::new([7; 32]), Detectors::load().expect("the models"));
        anonymise(archive, Means { key: &key, detectors: &detectors, spared: &[] })
    }

    #[test]
    fn a_series_is_taken_apart_made_safe_and_put_together_under_numbers() {
        let files = [
            ("DOERING/IM2", slice("Doering^Two", "CHEST")),
            ("DOERING/IM1", slice("Doering^One", "CHEST")),
            ("DICOMDIR", b"Doering".to_vec()),
            ("__MACOSX/._IM1", b"Doering".to_vec()),
        ];
        let released = anonymised(&archive(&files)).expect("released");
        assert!(!released.bytes.windows(7).any(|bytes| bytes.eq_ignore_ascii_case(b"doering")));
        let mut made = ZipArchive::new(Cursor::new(&released.bytes)).expect("an archive");
        let name = |at| made.by_index(at).expect("a file").name().expect("a name").into_owned();
        let names: Vec<_> = (0..2).map(name).collect();
        assert_eq!(made.len(), 2);
        assert_eq!(names, ["0001.dcm", "0002.dcm"]);
        assert_eq!((released.report.frames, released.report.media_type), (2, "application/zip"));
        let previews = Previews::of(&released).expect("pictures");
        assert!(previews.preview.is_some() && previews.filmstrip.is_some());

        let place = Bounds { x: 3, y: 4, width: 20, height: 10 };
        let filled = fill(&released.bytes, &[place]).expect("filled");
        assert_eq!(filled.report.filled.len(), 2);
        assert_eq!(filled.bytes.len(), released.bytes.len());
        assert_ne!(filled.bytes, released.bytes);
    }

    #[test]
    fn a_series_is_as_large_as_its_largest_slice() {
        let files = [("scout", slice("Doering", "CHEST")), ("slice", slice_of("Doering", "CHEST", (80, 40)))];
        let released = anonymised(&archive(&files)).expect("released");
        assert_eq!((released.report.width, released.report.height), (80, 48));
        let place = Bounds { x: 70, y: 30, width: 10, height: 10 };
        let filled = fill(&released.bytes, &[place]).expect("filled");
        let sizes = |released: &Released| released.shown.iter().map(|one| one.size()).collect::<Vec<_>>();
        assert_eq!(sizes(&filled), sizes(&released));
        assert_ne!(filled.bytes, released.bytes);
    }

    #[test]
    fn what_is_no_series_alone_is_refused_whole() {
        let one = || slice("Doering", "CHEST");
        let script = [b"#!/bin/sh\n".as_slice(), &[0; 118], &one()[128..]].concat();
        for (files, refused) in [
            (vec![], Refused::UnsupportedMedia),
            (vec![("a", one()), ("readme.txt", b"Doering".to_vec())], Refused::UnsupportedMedia),
            (vec![("a", one()), ("b", script)], Refused::UnsupportedMedia),
            (vec![("a", one()), ("b", one()[..one().len() - 90].to_vec())], Refused::Undecodable),
        ] {
            assert_eq!(anonymised(&archive(&files)).map(|_| ()), Err(refused), "{:?}", files.len());
        }
        assert_eq!(anonymised(b"PK\x03\x04 cut off").map(|_| ()), Err(Refused::UnsupportedMedia));
        let many: Vec<_> = (0..=MOST_FILES).map(|number| number.to_string()).collect();
        let many: Vec<_> = many.iter().map(|name| (name.as_str(), Vec::new())).collect();
        assert_eq!(anonymised(&archive(&many)).map(|_| ()), Err(Refused::TooLarge));
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused_before_it_is() {
        let bomb = archive(&[("a", vec![0; 300 * 1024 * 1024])]);
        assert!(bomb.len() < 1024 * 1024, "{}", bomb.len());
        assert_eq!(anonymised(&bomb).map(|_| ()), Err(Refused::TooLarge));
    }

    #[test]
    fn many_slices_of_a_head_are_refused_in_whatever_files_they_come() {
        let names: Vec<String> = (0..9).map(|number| format!("IM{number}")).collect();
        let series = |count: usize| -> Vec<_> {
            names.iter().take(count).map(|name| (name.as_str(), slice("Doering", "HEAD"))).collect()
        };
        assert_eq!(anonymised(&archive(&series(9))).map(|_| ()), Err(Refused::RecognisableHeadVolume));
        assert_eq!(anonymised(&archive(&series(3))).map(|released| released.head_slices), Ok(3));
    }
}
