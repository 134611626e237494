use super::{read::Token, *};
use crate::{anonymise::tests::picture, detect::Detectors, preview::Previews};

const SECRET: [u8; 32] = [9; 32];

/// A data set of an MR image of that many frames, and its pixels.
fn image(frames: u16, shades: &[u8]) -> DataSet {
    let mut set = DataSet::default();
    for (tag, vr, value) in [
        (CLASS, VR::UI, "1.2.840.10008.5.1.4.1.1.4"),
        (INSTANCE, VR::UI, "1.2.840.113619.2.1"),
        (Tag(0x0020, 0x000D), VR::UI, "1.2.840.113619.2.2"),
        (Tag(0x0008, 0x0060), VR::CS, "MR"),
        (Tag(0x0028, 0x0004), VR::CS, "MONOCHROME2"),
        (Tag(0x0028, 0x0030), VR::DS, "0.5\\0.5"),
    ] {
        set.text(tag, vr, value);
    }
    if frames > 1 {
        set.text(Tag(0x0028, 0x0008), VR::IS, &frames.to_string());
    }
    for (element, value) in
        [(0x0002, 1), (0x0010, 480), (0x0011, 640), (0x0100, 8), (0x0101, 8), (0x0102, 7), (0x0103, 0)]
    {
        set.number(Tag(0x0028, element), value);
    }
    set.0.insert(PIXEL_DATA, Value::Bytes(VR::OB, shades.repeat(frames.into())));
    set
}

fn file(set: &DataSet, syntax: &str) -> Vec<u8> {
    let mut meta = DataSet::default();
    meta.text(Tag(0x0002, 0x0010), VR::UI, syntax);
    let mut file = vec![0; 128];
    file.extend_from_slice(b"DICM");
    meta.write(&mut file);
    set.write(&mut file);
    file
}

/// A small CT slice of a part of the body, with a patient's name.
pub(crate) fn slice(name: &str, part: &str) -> Vec<u8> {
    slice_of(name, part, (64, 48))
}

pub(crate) fn slice_of(name: &str, part: &str, (width, height): (u16, u16)) -> Vec<u8> {
    let count = u32::from(width) * u32::from(height);
    let shades: Vec<u8> = (0..count).map(|at| u8::try_from(at % 64 + 90).expect("a shade")).collect();
    let mut set = image(1, &shades);
    set.text(CLASS, VR::UI, "1.2.840.10008.5.1.4.1.1.2");
    set.text(Tag(0x0008, 0x0060), VR::CS, "CT");
    set.text(Tag(0x0010, 0x0010), VR::PN, name);
    set.text(Tag(0x0018, 0x0015), VR::CS, part);
    set.number(Tag(0x0028, 0x0010), height);
    set.number(Tag(0x0028, 0x0011), width);
    file(&set, WRITTEN_SYNTAX)
}

fn rebuilt(file: &[u8]) -> Result<Released, Refused> {
    let (key, detectors) = (Key::new(SECRET), Detectors::load().expect("the models"));
    anonymise(file, u64::MAX, Means { key: &key, detectors: &detectors, spared: &[] })
}

fn read(bytes: &[u8]) -> DataSet {
    let part10 = Part10::of(bytes).expect("a file");
    let mut set = DataSet::default();
    let mut tokens = Tokens::of(&part10.data_set, Coding::of(part10.syntax));
    let mut depth = 0;
    while let Some(token) = tokens.advance().expect("a token") {
        match token {
            Token::Item => depth += 1,
            Token::ItemEnd => depth -= 1,
            Token::Value(element) if depth == 0 => {
                set.0.insert(element.tag, Value::Bytes(element.vr, element.value.to_vec()));
            }
            _ => {}
        }
    }
    set
}

fn has(bytes: &[u8], planted: &str) -> bool {
    bytes.windows(planted.len()).any(|window| window == planted.as_bytes())
}

#[test]
fn what_says_who_somebody_is_is_gone_and_the_image_is_as_it_was() {
    let shades = picture("", 0, 0).into_raw();
    let mut set = image(1, &shades);
    set.text(Tag(0x0010, 0x0010), VR::PN, "Doering^Jane");
    set.text(Tag(0x0010, 0x0020), VR::LO, "MRN-4711-A");
    set.text(Tag(0x0010, 0x1010), VR::AS, "093Y");
    set.text(Tag(0x0008, 0x0020), VR::DA, "20240229");
    set.text(Tag(0x0018, 0x0015), VR::CS, "DOERING");
    set.text(Tag(0x0009, 0x0010), VR::LO, "Doering private");
    set.text(Tag(0x0009, 0x1001), VR::UN, "Doering secret");
    set.text(Tag(0x6000, 0x4000), VR::LT, "Doering overlay");
    let mut region = DataSet::default();
    region.text(Tag(0x0008, 0x0100), VR::SH, "69536005");
    region.text(Tag(0x0008, 0x0102), VR::SH, "SCT");
    region.text(Tag(0x0008, 0x0104), VR::LO, "Doering head");
    let mut unknown = region.clone();
    unknown.text(Tag(0x0008, 0x0100), VR::SH, "90409070");
    set.0.insert(Tag(0x0008, 0x2218), Value::Items(vec![region, unknown]));
    let mut nested = DataSet::default();
    nested.text(Tag(0x0040, 0xA123), VR::PN, "Doering^Nested");
    set.0.insert(Tag(0x0040, 0xA730), Value::Items(vec![nested.clone()]));
    set.0.insert(Tag(0x0008, 0x1140), Value::Items(vec![nested]));
    let mut bytes = file(&set, WRITTEN_SYNTAX);
    bytes[..13].copy_from_slice(b"Doering^Front");
    bytes.extend_from_slice(b"Doering behind");

    let released = rebuilt(&bytes).expect("released");
    for planted in ["Doering", "DOERING", "4711", "20240229", "093Y", "113619", "90409070", "secret"] {
        assert!(!has(&released.bytes, planted), "{planted}");
    }
    let new = read(&released.bytes);
    assert_eq!(new.bytes(PIXEL_DATA), Some(shades.as_slice()));
    assert_eq!(new.bytes(Tag(0x0010, 0x0010)), Some(b"".as_slice()));
    assert_eq!(new.bytes(Tag(0x0010, 0x1010)), Some(b"090Y".as_slice()));
    assert_eq!(new.bytes(Tag(0x0028, 0x0030)), Some(b"0.5\\0.5 ".as_slice()));
    assert_eq!(new.bytes(Tag(0x0012, 0x0062)), Some(b"YES ".as_slice()));
    assert!(has(&released.bytes, "Head") && has(&released.bytes, "113100"));
    assert_eq!(
        text(new.bytes(INSTANCE).expect("an identifier")),
        Some(&*Key::new(SECRET).replaced("1.2.840.113619.2.1"))
    );
    let attributes = released.report.attributes.expect("counted");
    assert!(attributes.removed >= 7 && attributes.kept >= 4, "{attributes:?}");
}

#[test]
fn writing_is_filled_in_every_frame_and_nothing_else_is() {
    let plain = picture("", 0, 0).into_raw();
    let written = picture("JANE DOE", 20, 18).into_raw();
    let mut set = image(2, &plain);
    set.0.insert(PIXEL_DATA, Value::Bytes(VR::OB, [plain.as_slice(), &written].concat()));
    let released = rebuilt(&file(&set, WRITTEN_SYNTAX)).expect("released");
    let new = read(&released.bytes);
    let pixels = new.bytes(PIXEL_DATA).expect("pixels");
    let darkest = plain.iter().min().expect("a shade");
    for frame in pixels.chunks_exact(640 * 480) {
        for (at, (new, old)) in frame.iter().zip(&plain).enumerate() {
            let (x, y) = (at % 640, at / 640);
            if (20..164).contains(&x) && (18..39).contains(&y) {
                assert_eq!(new, darkest, "{x} {y}");
            } else if x >= 204 || y >= 69 {
                assert_eq!(new, old, "{x} {y}");
            }
        }
    }
    assert_eq!(released.report.frames, 2);
}

#[test]
fn a_place_is_spared_if_it_is_the_same_in_all_frames() {
    let (plain, written) = (picture("", 0, 0).into_raw(), picture("JANE DOE", 20, 18).into_raw());
    let around = [Bounds { x: 0, y: 0, width: 300, height: 80 }];
    let filled = |frames: [&[u8]; 2]| {
        let mut set = image(2, &plain);
        set.0.insert(PIXEL_DATA, Value::Bytes(VR::OB, frames.concat()));
        let (key, detectors) = (Key::new(SECRET), Detectors::load().expect("the models"));
        let means = Means { key: &key, detectors: &detectors, spared: &around };
        let released = anonymise(&file(&set, WRITTEN_SYNTAX), 1 << 24, means).expect("released");
        !released.report.filled.is_empty()
    };
    assert!(!filled([&written, &written]));
    assert!(filled([&plain, &written]));
}

#[test]
fn a_volume_of_a_head_is_refused_and_a_slice_of_it_is_not() {
    let shades = picture("", 0, 0).into_raw();
    let with = |frames, words: &[u8]| {
        let mut set = image(frames, &shades);
        set.0.insert(Tag(0x0008, 0x103E), Value::Bytes(VR::LO, words.to_vec()));
        rebuilt(&file(&set, WRITTEN_SYNTAX)).map(|released| released.report.frames)
    };
    assert_eq!(with(9, b"MRT Sch\xE4del T1 "), Err(Refused::RecognisableHeadVolume));
    assert_eq!(with(9, b"t1_mpr"), Err(Refused::RecognisableHeadVolume));
    assert_eq!(with(9, b"knee"), Ok(9));
    assert_eq!(with(1, b"brain "), Ok(1));
}

#[test]
fn outside_the_regions_of_ultrasound_everything_is_black() {
    let shades = picture("", 0, 0).into_raw();
    let mut set = image(1, &shades);
    set.text(CLASS, VR::UI, "1.2.840.10008.5.1.4.1.1.6.1");
    let mut region = DataSet::default();
    for (tag, end) in REGION.into_iter().zip([100_u32, 50, 499, 449]) {
        region.0.insert(tag, Value::Bytes(VR::UL, end.to_le_bytes().to_vec()));
    }
    set.0.insert(REGIONS, Value::Items(vec![region]));
    let released = rebuilt(&file(&set, WRITTEN_SYNTAX)).expect("released");
    let new = read(&released.bytes);
    let darkest = shades.iter().min().expect("a shade");
    for (at, (new, old)) in new.bytes(PIXEL_DATA).expect("pixels").iter().zip(&shades).enumerate() {
        let (x, y) = (at % 640, at / 640);
        let inside = (100..500).contains(&x) && (50..450).contains(&y);
        assert_eq!(new, if inside { old } else { darkest }, "{x} {y}");
    }
    assert_eq!(released.report.blanked, 640 * 480 - 400 * 400);
}

#[test]
fn bits_that_no_viewer_shows_are_cleared() {
    let mut set = image(1, &[]);
    for (element, value) in [(0x0010, 32), (0x0011, 32), (0x0100, 16), (0x0101, 12), (0x0102, 11)] {
        set.number(Tag(0x0028, element), value);
    }
    set.0.insert(PIXEL_DATA, Value::Bytes(VR::OW, [0x34, 0xF2].repeat(1024)));
    let released = rebuilt(&file(&set, WRITTEN_SYNTAX)).expect("released");
    assert_eq!(read(&released.bytes).bytes(PIXEL_DATA), Some([0x34, 0x02].repeat(1024).as_slice()));
    set.number(Tag(0x0028, 0x0103), 1);
    set.0.insert(PIXEL_DATA, Value::Bytes(VR::OW, [0x34, 0x0A].repeat(1024)));
    let released = rebuilt(&file(&set, WRITTEN_SYNTAX)).expect("released");
    assert_eq!(read(&released.bytes).bytes(PIXEL_DATA), Some([0x34, 0xFA].repeat(1024).as_slice()));
}

#[test]
fn a_file_that_lies_is_refused() {
    let shades = vec![50; 640 * 480];
    let refused = |set: &DataSet| rebuilt(&file(set, WRITTEN_SYNTAX)).map(|_| ());
    let whole = file(&image(1, &shades), WRITTEN_SYNTAX);
    assert_eq!(rebuilt(&whole[..whole.len() - 9]).map(|_| ()), Err(Refused::Undecodable));
    assert_eq!(rebuilt(&whole[..200]).map(|_| ()), Err(Refused::Undecodable));

    let mut none = image(1, &shades);
    none.text(Tag(0x0028, 0x0008), VR::IS, "0");
    assert_eq!(refused(&none), Err(Refused::Undecodable));
    none.text(Tag(0x0028, 0x0008), VR::IS, "4000000000");
    assert_eq!(refused(&none), Err(Refused::TooLarge));
    // More frames than can be looked at, of a pixel each.
    none.text(Tag(0x0028, 0x0008), VR::IS, "300000");
    none.number(Tag(0x0028, 0x0010), 1);
    none.number(Tag(0x0028, 0x0011), 1);
    assert_eq!(refused(&none), Err(Refused::TooLarge));

    let mut huge = image(1, &shades);
    huge.number(Tag(0x0028, 0x0010), 60_000);
    assert_eq!(refused(&huge), Err(Refused::TooLarge));

    let mut report = image(1, &shades);
    report.text(CLASS, VR::UI, "1.2.840.10008.5.1.4.1.1.88.11");
    assert_eq!(refused(&report), Err(Refused::UnsupportedMedia));

    let video = file(&image(1, &shades), "1.2.840.10008.1.2.4.100");
    assert_eq!(rebuilt(&video).map(|_| ()), Err(Refused::UnsupportedTransferSyntax));

    // An element that says it is longer than the file.
    let mut lying = file(&DataSet::default(), WRITTEN_SYNTAX);
    lying.extend_from_slice(b"\x10\0\x10\0UT\0\0\xF0\xFF\xFF\xFFDoe");
    assert_eq!(rebuilt(&lying).map(|_| ()), Err(Refused::Undecodable));
}

#[test]
fn sequences_nested_a_thousand_deep_end_in_a_refusal() {
    let mut nested = file(&DataSet::default(), WRITTEN_SYNTAX);
    for _ in 0..1000 {
        nested.extend_from_slice(b"\x40\0\x30\xA7SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF");
    }
    assert_eq!(rebuilt(&nested).map(|_| ()), Err(Refused::Undecodable));
}

#[test]
fn a_hundred_thousand_private_attributes_are_left_behind() {
    let mut set = image(1, &picture("", 0, 0).into_raw());
    for element in 0..50_000 {
        set.text(Tag(0x0011, element), VR::LO, "Doering");
        set.text(Tag(0x0013, element), VR::UN, "Doering");
    }
    let released = rebuilt(&file(&set, WRITTEN_SYNTAX)).expect("released");
    assert!(!has(&released.bytes, "Doering"));
    assert!(released.report.attributes.is_some_and(|attributes| attributes.removed >= 100_000));
}

/// A file of one compressed frame.
fn compressed(syntax: &str, frame: &[u8]) -> Vec<u8> {
    let mut set = image(1, &[]);
    set.0.remove(&PIXEL_DATA);
    let mut bytes = file(&set, syntax);
    bytes.extend_from_slice(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\0\xE0");
    bytes.extend_from_slice(&u32::try_from(frame.len()).expect("short").to_le_bytes());
    bytes.extend_from_slice(frame);
    bytes.extend_from_slice(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    bytes
}

#[test]
fn runs_of_bytes_are_decoded_and_no_more_of_them_than_there_are_pixels() {
    // Each row of 640 pixels of one shade, in runs of 128.
    let shades: Vec<u8> =
        (0..480_u16).flat_map(|row| vec![u8::try_from(row / 4).expect("a shade"); 640]).collect();
    let runs: Vec<u8> = shades.chunks_exact(128).flat_map(|run| [0x81, run[0]]).collect();
    let mut header = [0; 64];
    header[0] = 1;
    header[4] = 64;
    let frame = [header.as_slice(), &runs].concat();
    let decoded = |frame: &[u8]| {
        rebuilt(&compressed("1.2.840.10008.1.2.5", frame)).map(|released| read(&released.bytes))
    };
    let shown = decoded(&frame).expect("released");
    assert_eq!(shown.bytes(PIXEL_DATA), Some(shades.as_slice()));
    let bomb = [frame.as_slice(), &[0x81, 0].repeat(1 << 20)].concat();
    assert_eq!(decoded(&bomb).expect("released").bytes(PIXEL_DATA), Some(shades.as_slice()));
    assert_eq!(decoded(&frame[..frame.len() - 8]).map(|_| ()), Err(Refused::Undecodable));
    assert_eq!(decoded(&[0xFF; 64]).map(|_| ()), Err(Refused::Undecodable));
}

#[test]
fn what_cannot_be_told_or_shown_is_refused() {
    let refused = |syntax: &str, frame: &[u8]| rebuilt(&compressed(syntax, frame)).map(|_| ());
    assert_eq!(refused("1.2.840.10008.1.2.4.90", &[0; 64]), Err(Refused::Undecodable));
    assert_eq!(refused("1.2.840.10008.1.2.4.50", b"\xFF\xD8\xFF\xD9"), Err(Refused::Undecodable));
    assert_eq!(refused("1.2.840.10008.1.2.8.1", b"no deflated bytes"), Err(Refused::Undecodable));
    assert_eq!(refused("1.2.840.10008.1.2.4.80", &[0; 64]), Err(Refused::UnsupportedTransferSyntax));

    // Numbers of a palette's colours, without the palette.
    let mut set = image(1, &vec![3; 640 * 480]);
    set.text(Tag(0x0028, 0x0004), VR::CS, "PALETTE COLOR");
    assert_eq!(rebuilt(&file(&set, WRITTEN_SYNTAX)).map(|_| ()), Err(Refused::VerificationFailed));
}

#[test]
fn what_a_person_marked_is_filled_in_every_frame_and_all_else_is_as_it_was() {
    let shades = picture("", 0, 0).into_raw();
    let released = rebuilt(&file(&image(3, &shades), WRITTEN_SYNTAX)).expect("released");
    let place = Bounds { x: 100, y: 50, width: 20, height: 10 };
    let marked = fill(&released.bytes, &[Found::marked(place)]).expect("released");
    let (before, after) = (read(&released.bytes), read(&marked.bytes));
    let frames = |set: &DataSet| set.bytes(PIXEL_DATA).expect("pixels").to_vec();
    for (place, (old, new)) in frames(&before).iter().zip(frames(&after)).enumerate() {
        let (x, y) = (place % 640, place / 640 % 480);
        let within = (100..120).contains(&x) && (50..60).contains(&y);
        assert!(if within { new == 0 } else { new == *old }, "{x}, {y}");
    }
    let end = released.bytes.len() - 3 * shades.len();
    assert_eq!(released.bytes[..end], marked.bytes[..end]);

    let previews = Previews::of(&marked).expect("pictures");
    let size = |file: &[u8]| {
        let picture = ::image::load_from_memory(file).expect("a picture");
        (picture.width(), picture.height())
    };
    assert_eq!(size(&previews.thumbnail), (256, 192));
    assert_eq!(size(previews.preview.as_deref().expect("a preview")), (640, 480));
    assert_eq!(size(previews.filmstrip.as_deref().expect("a filmstrip")), (3 * 256, 192));
}
