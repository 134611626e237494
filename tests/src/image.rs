//! A photograph as a telephone takes it: a JPEG with GPS, camera, date, artist, comment and thumbnail.

use std::io::Cursor;

use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// What is written into the photograph's metadata and must never be found in a published image.
pub const SECRETS: [&str; 5] =
    ["SecretCam 3000", "Jane Q. Doe", "2026:01:31 10:11:12", "St. Elsewhere", "N123456"];

/// A photograph of `width` × `height` pixels, to be turned by 90 degrees, with [`SECRETS`] in its EXIF
/// block, a thumbnail there, and a comment.
pub fn photograph(width: u32, height: u32) -> Vec<u8> {
    let plain = jpeg(width, height);
    let exif = exif(&jpeg(32, 24));
    let comment = segment(0xFE, SECRETS[3].as_bytes());
    [&plain[..2], &segment(0xE1, &exif), &comment, &plain[2..], b"trailing N123456"].concat()
}

/// A JPEG without metadata, of soft colours with a few bright bars.
pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        let shade = |value: u32| u8::try_from(value % 256).unwrap_or_default();
        if x % 61 < 3 { Rgb([240, 240, 235]) } else { Rgb([shade(x / 4), shade(y / 3), shade((x + y) / 8)]) }
    });
    let mut file = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut file, 85).encode_image(&pixels).expect("a JPEG");
    file.into_inner()
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).expect("a short segment").to_be_bytes();
    [&[0xFF, marker], &length[..], body].concat()
}

/// An EXIF block (CIPA DC-008): big-endian TIFF with three directories — the image's, GPS, and the
/// thumbnail's.
fn exif(thumbnail: &[u8]) -> Vec<u8> {
    let mut tiff = Tiff::default();
    tiff.ascii(0x010F, SECRETS[0]);
    tiff.short(0x0112, 6);
    tiff.ascii(0x0132, SECRETS[2]);
    tiff.ascii(0x013B, SECRETS[1]);
    let gps = Tiff::gps();
    tiff.directory(0x8825, gps);
    [b"Exif\0\0".as_slice(), &tiff.write(thumbnail)].concat()
}

#[derive(Default)]
struct Tiff {
    entries: Vec<(u16, u16, u32, Vec<u8>)>,
    below: Option<Box<Tiff>>,
}

impl Tiff {
    fn gps() -> Self {
        let mut gps = Self::default();
        gps.ascii(1, "N");
        gps.rational(2, [48, 51, 24]);
        gps.ascii(3, "E");
        gps.rational(4, [2, 21, 7]);
        gps
    }

    fn ascii(&mut self, tag: u16, text: &str) {
        let bytes = [text.as_bytes(), b"\0"].concat();
        self.entries.push((tag, 2, u32::try_from(bytes.len()).expect("short"), bytes));
    }

    fn short(&mut self, tag: u16, value: u16) {
        self.entries.push((tag, 3, 1, value.to_be_bytes().to_vec()));
    }

    fn rational(&mut self, tag: u16, degrees: [u32; 3]) {
        let bytes =
            degrees.iter().flat_map(|part| [part.to_be_bytes(), 1_u32.to_be_bytes()].concat()).collect();
        self.entries.push((tag, 5, 3, bytes));
    }

    fn directory(&mut self, tag: u16, below: Self) {
        self.entries.push((tag, 4, 1, vec![0; 4]));
        self.below = Some(Box::new(below));
    }

    fn write(self, thumbnail: &[u8]) -> Vec<u8> {
        let mut file = b"MM\0*\0\0\0\x08".to_vec();
        let below = self.below.map(|below| *below);
        let link = Self::append(&mut file, self.entries);
        if let Some(below) = below {
            let at = u32::try_from(file.len()).expect("short").to_be_bytes();
            // The GPS directory's entry is the last one, and its value stands right before the link.
            file[link - 4..link].copy_from_slice(&at);
            Self::append(&mut file, below.entries);
        }
        let second = u32::try_from(file.len()).expect("short").to_be_bytes();
        file[link..link + 4].copy_from_slice(&second);
        let mut third = Self::default();
        let (offset, length) = (0_u32, u32::try_from(thumbnail.len()).expect("short"));
        third.entries.push((0x0201, 4, 1, offset.to_be_bytes().to_vec()));
        third.entries.push((0x0202, 4, 1, length.to_be_bytes().to_vec()));
        let end = Self::append(&mut file, third.entries);
        let at = u32::try_from(file.len()).expect("short").to_be_bytes();
        // The first of the two entries holds where the thumbnail begins.
        file[end - 16..end - 12].copy_from_slice(&at);
        file.extend_from_slice(thumbnail);
        file
    }

    /// Writes a directory and its long values; gives the place of its link to the next directory.
    fn append(file: &mut Vec<u8>, entries: Vec<(u16, u16, u32, Vec<u8>)>) -> usize {
        let start = file.len();
        let mut long = Vec::new();
        let after = start + 2 + entries.len() * 12 + 4;
        file.extend_from_slice(&u16::try_from(entries.len()).expect("few").to_be_bytes());
        for (tag, kind, count, mut value) in entries {
            file.extend_from_slice(&tag.to_be_bytes());
            file.extend_from_slice(&kind.to_be_bytes());
            file.extend_from_slice(&count.to_be_bytes());
            if value.len() > 4 {
                let at = u32::try_from(after + long.len()).expect("short").to_be_bytes();
                file.extend_from_slice(&at);
                long.append(&mut value);
            } else {
                value.resize(4, 0);
                file.append(&mut value);
            }
        }
        let link = file.len();
        file.extend_from_slice(&[0; 4]);
        file.extend_from_slice(&long);
        link
    }
}
