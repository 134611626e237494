//! The program, as somebody at a shell uses it.
#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
};

use ballot::{
    SigningKey,
    record::Line,
    testing::{self, Signer},
};

fn run(arguments: &[&str], input: &[u8]) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_curbside-verify"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    // Who names a file does not read the input.
    let _ = program.stdin.take().expect("an input").write_all(input);
    let Output { status, stdout, stderr } = program.wait_with_output().expect("an end");
    (status.code(), String::from_utf8([stdout, stderr].concat()).expect("text"))
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A record of 13 ballots, line by line.
fn record() -> Vec<Line> {
    let keys = [(); 2].map(|()| SigningKey::generate().expect("a key"));
    let poll = "poll_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id");
    testing::record(poll, &Signer::generate(), &keys, 13)
}

fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| serde_json::to_string(line).expect("JSON") + "\n").collect()
}

/// Serves each text at `/1`, `/2` and so on, each of which names the next. Returns the first one's address.
fn served(pages: [String; 2]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut first = String::new();
            let mut reader = BufReader::new(connection.try_clone().expect("a connection"));
            reader.read_line(&mut first).expect("a request");
            while reader.read_line(&mut String::new()).is_ok_and(|length| length > 2) {}
            let (link, page) = match first.split(' ').nth(1) {
                Some("/1") => ("Link: </2>; rel=\"next\"\r\n", pages.first()),
                Some("/2") => ("", pages.get(1)),
                Some("/away") => ("Link: <http://192.0.2.1/2>; rel=\"next\"\r\n", pages.first()),
                _ => ("", None),
            };
            let status = if page.is_some() { "200 OK" } else { "404 Not Found" };
            let page = page.map(String::as_str).unwrap_or_default();
            let length = page.len();
            let _ = write!(
                connection,
                "HTTP/1.1 {status}\r\n{link}Content-Length: {length}\r\nConnection: close\r\n\r\n{page}"
            );
        }
    });
    address
}

#[test]
fn a_record_is_recounted_from_a_file_the_input_or_an_address() {
    let (folder, lines) = (folder("recount"), record());
    let path = folder.join("poll.jsonl");
    fs::write(&path, text(&lines)).expect("a record");
    let path = path.to_str().expect("a path");
    let (code, said) = run(&[path], b"");
    assert_eq!(code, Some(0), "{said}");
    for wanted in
        ["Would you?", "No                         8   61.5 %", "13 ballots of 15 that were signed", "✓"]
    {
        assert!(said.contains(wanted), "{wanted:?} is not in\n{said}");
    }
    assert_eq!(run(&["-"], text(&lines).as_bytes()), (Some(0), said.clone()));
    let (first, second) = lines.split_at(8);
    let address = served([text(first), text(second)]);
    assert_eq!(run(&[&format!("{address}/1")], b""), (Some(0), said));

    let (code, why) = run(&[&format!("{address}/away")], b"");
    assert!(code == Some(2) && why.contains("elsewhere"), "{why}");
    let (code, why) = run(&[&format!("{address}/none")], b"");
    assert!(code == Some(2) && why.contains("404"), "{why}");
    assert_eq!(run(&["/nowhere.jsonl"], b"").0, Some(2));
    assert_eq!(run(&["-"], b"").0, Some(2));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let mut lines = record();
    if let Some(Line::Tally(tally)) = lines.last_mut() {
        tally.votes = vec![7, 6, 0];
    }
    let (code, said) = run(&["-"], text(&lines).as_bytes());
    assert_eq!(code, Some(1));
    assert_eq!(said, "✗ line 19: option 0 has 8 ballots, and 7 were published\n");
    let (code, said) = run(&["-"], b"<html>\n");
    assert!(code == Some(1) && said.starts_with("✗ line 1: this is no line of a record"), "{said}");
}

#[test]
fn ones_own_ballot_is_shown_to_be_in_or_not() {
    let (folder, lines) = (folder("own"), record());
    let mine = folder.join("mine.json");
    let own =
        lines.iter().rev().find_map(|line| if let Line::Ballot(ballot) = line { Some(ballot) } else { None });
    let own = own.expect("a ballot");
    fs::write(&mine, serde_json::to_string(own).expect("JSON")).expect("a ballot");
    let mine = mine.to_str().expect("a path");
    let (code, said) = run(&["-", "--ballot", mine], text(&lines).as_bytes());
    assert!(code == Some(0) && said.contains("your ballot is entry 13, proven by"), "{said}");
    let (code, said) = run(&["-", "--ballot", mine], text(&record()).as_bytes());
    assert!(code == Some(1) && said.starts_with("✗ the ballot is in none of these"), "{said}");
    let (code, said) = run(&["-", "--ballot", "/nowhere.json"], b"");
    assert!(code == Some(2) && said.contains("is no ballot"), "{said}");
}
