//! The program, as somebody at a shell uses it.
#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use image::{GrayImage, Luma, Rgb, RgbImage};
use serde_json::{Value, json};

fn run(arguments: &[&OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_curbside-anonymize")).args(arguments).output().expect("the program")
}

/// A new folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// An element in Explicit VR Little Endian.
fn element(group: u16, element: u16, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(0);
    }
    let tag = [group.to_le_bytes(), element.to_le_bytes()].concat();
    let length = u32::try_from(value.len()).expect("short");
    let length = match vr {
        "OB" => [&[0, 0], length.to_le_bytes().as_slice()].concat(),
        _ => length.to_le_bytes()[..2].to_vec(),
    };
    [tag, vr.as_bytes().to_vec(), length, value].concat()
}

/// A slice of a brain.
fn slice(number: u8) -> Vec<u8> {
    let number16 = |value: u16| value.to_le_bytes();
    let set = [
        element(2, 0x10, "UI", b"1.2.840.10008.1.2.1"),
        element(8, 0x16, "UI", b"1.2.840.10008.5.1.4.1.1.4"),
        element(8, 0x18, "UI", format!("1.2.3.{number}").as_bytes()),
        element(0x10, 0x10, "PN", b"Doering^Jane"),
        element(0x18, 0x15, "CS", b"BRAIN"),
        element(0x20, 0x0E, "UI", b"1.2.4"),
        element(0x28, 0x02, "US", &number16(1)),
        element(0x28, 0x04, "CS", b"MONOCHROME2"),
        element(0x28, 0x10, "US", &number16(64)),
        element(0x28, 0x11, "US", &number16(64)),
        element(0x28, 0x100, "US", &number16(8)),
        element(0x28, 0x101, "US", &number16(8)),
        element(0x28, 0x102, "US", &number16(7)),
        element(0x28, 0x103, "US", &number16(0)),
        element(0x7FE0, 0x10, "OB", &[number; 64 * 64]),
    ];
    [vec![0; 128], b"DICM".to_vec(), set.concat()].concat()
}

#[test]
fn an_image_is_written_or_a_line_says_why_not() {
    let folder = folder("image");
    let (photo, clean, report) =
        (folder.join("photo.png"), folder.join("clean.png"), folder.join("report.json"));
    RgbImage::from_pixel(80, 60, Rgb([180, 90, 70])).save(&photo).expect("a photo");
    let done = run(&["image".as_ref(), photo.as_ref(), clean.as_ref(), "--report".as_ref(), report.as_ref()]);
    assert!(done.status.success() && done.stderr.is_empty());
    assert_eq!(image::open(&clean).expect("a photo").into_rgb8().dimensions(), (80, 60));
    let said: Value = serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON");
    assert_eq!(
        (&said["media_type"], &said["width"], &said["frames"]),
        (&"image/png".into(), &80.into(), &1.into())
    );

    assert_eq!(said["filled"], json!([]));

    let (scan, clean) = (folder.join("scan.dcm"), folder.join("clean.dcm"));
    fs::write(&scan, slice(7)).expect("a slice");
    let done = run(&["image".as_ref(), scan.as_ref(), clean.as_ref(), "--report".as_ref(), report.as_ref()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said: Value = serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON");
    let rules = &said["attributes"]["rules"];
    // The part of the body, the name, and what says how pixels are kept.
    assert_eq!(
        (&rules["term"], &rules["empty"], &rules["written"]),
        (&json!(1), &json!(1), &json!(8)),
        "{rules}"
    );

    let (page, nothing) = (folder.join("page.png"), folder.join("nothing.png"));
    fs::write(&page, "<html>").expect("a page");
    let refused = run(&["image".as_ref(), page.as_ref(), nothing.as_ref()]);
    assert!(!refused.status.success() && !nothing.exists());
    assert_eq!(lines(&refused.stderr)[0]["code"], "unsupported_media");
}

#[test]
fn a_folder_is_rebuilt_under_numbers_and_a_head_of_many_slices_is_not() {
    let folder = folder("batch");
    let (input, output, report) = (folder.join("in"), folder.join("out"), folder.join("report.jsonl"));
    fs::create_dir_all(input.join("Doering, Jane")).expect("a folder");
    GrayImage::from_pixel(50, 40, Luma([90])).save(input.join("Doering, Jane/scan.png")).expect("a photo");
    fs::write(input.join("notes.txt"), "Doering").expect("notes");
    for number in 0..9 {
        fs::write(input.join(format!("slice {number}")), slice(number)).expect("a slice");
    }
    let arguments: [&OsStr; 5] =
        ["batch".as_ref(), input.as_ref(), output.as_ref(), "--report".as_ref(), report.as_ref()];
    let done = run(&arguments);
    assert!(!done.status.success());
    let table = String::from_utf8(done.stdout).expect("a table");
    for row in ["released   image/png", "refused    recognisable_head_volume", "refused    unsupported_media"]
    {
        assert!(table.contains(row), "{table}");
    }
    let ends = lines(&fs::read(&report).expect("a report"));
    assert_eq!(ends.iter().filter(|line| line["code"] == "recognisable_head_volume").count(), 9);
    let released: Vec<_> = ends.iter().filter_map(|line| line["output"].as_str()).collect();
    assert_eq!(released, ["000001.png"]);
    let names: Vec<_> =
        fs::read_dir(&output).expect("a folder").map(|entry| entry.expect("a file").file_name()).collect();
    assert_eq!(names, ["000001.png"]);

    // One slice fewer shows no face.
    fs::remove_file(input.join("slice 8")).expect("a slice");
    assert_eq!(lines(&run(&arguments).stderr)[0]["code"], "file", "the folder is not empty");
    let output = folder.join("again");
    let done = run(&["batch".as_ref(), input.as_ref(), output.as_ref()]);
    assert!(
        String::from_utf8(done.stdout)
            .expect("a table")
            .contains("released   application/dicom                  8")
    );
}

#[test]
fn a_person_at_a_terminal_sees_how_far_a_folder_is() {
    let folder = folder("progress");
    let input = folder.join("in");
    fs::create_dir(&input).expect("a folder");
    for number in 0..3 {
        fs::write(input.join(format!("slice {number}")), slice(number)).expect("a slice");
    }
    let command = format!(
        "{} batch {} {}",
        env!("CARGO_BIN_EXE_curbside-anonymize"),
        input.display(),
        folder.join("out").display()
    );
    // `script` of util-linux has a terminal.
    let shown = Command::new("script").args(["-qec", &command, "/dev/null"]).output().expect("script");
    let shown = String::from_utf8(shown.stdout).expect("text");
    assert!(shown.contains("rebuilding") && shown.contains("3/3"), "{shown:?}");
    assert!(shown.contains("released   application/dicom                  3"), "{shown}");
}

/// The program, to be told texts.
fn texts() -> std::process::Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_curbside-anonymize"));
    let program = program.arg("text").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program.spawn().expect("the program")
}

#[test]
fn a_text_is_answered_before_the_next_is_there() {
    let mut program = texts();
    let mut input = program.stdin.take().expect("a pipe");
    let mut output = BufReader::new(program.stdout.take().expect("a pipe")).lines();
    for (line, id, kept) in [
        ("{\"id\":1,\"text\":\"Mrs. Okafor, MRN 00482913\"}\n", Value::from(1), "Mrs. "),
        ("\n{\"id\":\"b\",\"text\":\"BP 120/80\"}\n", "b".into(), "BP 120/80"),
    ] {
        input.write_all(line.as_bytes()).expect("written");
        let answer = output.next().expect("an answer").expect("a line");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let text = answer["text"].as_str().expect("a text");
        assert!(answer["id"] == id && text.starts_with(kept) && !text.contains("Okafor"), "{answer}");
    }
    drop(input);
    assert!(output.next().is_none() && program.wait().expect("an end").success());
}

#[test]
fn many_texts_are_answered_in_their_order_up_to_the_first_that_is_none() {
    let mut program = texts();
    let mut input = program.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || {
        for number in 0..20_000 {
            let line = json!({"id": number, "text": format!("Mrs. Okafor was seen {number} times")});
            let line = if number == 15_000 { "Okafor".to_owned() } else { line.to_string() };
            if writeln!(input, "{line}").is_err() {
                break;
            }
        }
    });
    let done = program.wait_with_output().expect("an end");
    writer.join().expect("an end");
    let answers = lines(&done.stdout);
    assert_eq!(answers.len(), 15_000);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(
            *answer,
            json!({"id": number, "text": format!("Mrs. [NAME] was seen {number} times"),
            "changes": [{"kind": "name", "start": 5, "end": 11}]})
        );
    }
    let failure = lines(&done.stderr);
    assert_eq!(failure[0]["code"], "malformed_line");
    assert!(failure[0]["detail"].as_str().expect("words").starts_with("line 15001 "), "{failure:?}");
}
