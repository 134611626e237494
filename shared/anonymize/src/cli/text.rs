//! `curbside-anonymize text`

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    panic::{self, AssertUnwindSafe},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use curbside_anonymize::text::{Anonymiser, Change};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Failure;

/// The most bytes that wait to be answered together.
const MOST_WAITING: usize = 1 << 20;
/// The fewest lines that are worth a thread.
const FEWEST_LINES: usize = 16;
/// The seconds of a year, on average.
const YEAR: u64 = 31_556_952;

/// A line that comes in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    /// Whatever the caller tells its texts apart by.
    id: Value,
    text: String,
}

/// A line that goes out.
#[derive(Debug, Serialize)]
struct Done {
    id: Value,
    text: String,
    changes: Vec<Change>,
}

/// Anonymises texts line by line, on all cores as far as they come in faster than one: whatever has come in is answered
/// before more is awaited.
pub(super) fn run() -> Result<(), Failure> {
    let anonymiser = Anonymiser::new(this_year());
    let mut input = BufReader::with_capacity(MOST_WAITING, io::stdin().lock());
    let (mut output, mut number) = (io::stdout().lock(), 1);
    loop {
        let lines = waiting(&mut input).map_err(|error| Failure::file("the input cannot be read", &error))?;
        if lines.is_empty() {
            return Ok(());
        }
        for (answers, failure) in answered(&anonymiser, &lines, number) {
            let written = output.write_all(&answers).and_then(|()| output.flush());
            written.map_err(|error| Failure::file("the output cannot be written", &error))?;
            failure.map_or(Ok(()), Err)?;
        }
        number += lines.len();
    }
}

/// The next line, and those behind it that have come in as well. None at the end.
fn waiting(input: &mut BufReader<impl Read>) -> io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    while lines.is_empty() || input.buffer().contains(&b'\n') {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        lines.push(line);
    }
    Ok(lines)
}

/// The answers to lines, of which the first has that number, share by share in their order: up to the first that cannot
/// be read, and why.
fn answered(anonymiser: &Anonymiser, lines: &[Vec<u8>], first: usize) -> Vec<(Vec<u8>, Option<Failure>)> {
    let cores =
        thread::available_parallelism().map_or(1, usize::from).min(lines.len().div_ceil(FEWEST_LINES));
    let share = lines.len().div_ceil(cores.max(1)).max(1);
    let begun = (first..).step_by(share).zip(lines.chunks(share));
    thread::scope(|scope| {
        let shares: Vec<_> =
            begun.map(|(first, lines)| scope.spawn(move || answers(anonymiser, lines, first))).collect();
        shares
            .into_iter()
            .map(|share| share.join().unwrap_or_else(|_| (Vec::new(), Some(broken(first)))))
            .collect()
    })
}

fn answers(anonymiser: &Anonymiser, lines: &[Vec<u8>], first: usize) -> (Vec<u8>, Option<Failure>) {
    let mut answers = Vec::new();
    for (number, line) in (first..).zip(lines) {
        if String::from_utf8_lossy(line).trim().is_empty() {
            continue;
        }
        let Ok(Given { id, text }) = serde_json::from_slice(line) else {
            let detail = format!("line {number} is no JSON object of `id` and `text`");
            return (answers, Some(Failure { code: "malformed_line", detail }));
        };
        let done = panic::catch_unwind(AssertUnwindSafe(|| anonymiser.anonymise(&text)));
        let answer = done.ok().map(|done| Done { id, text: done.text, changes: done.changes });
        let Some(answer) = answer.and_then(|answer| serde_json::to_vec(&answer).ok()) else {
            return (answers, Some(broken(number)));
        };
        answers.extend(answer);
        answers.push(b'\n');
    }
    (answers, None)
}

fn broken(number: usize) -> Failure {
    Failure { code: "broken", detail: format!("the text of line {number} broke the program") }
}

/// The year, by the clock.
#[expect(clippy::disallowed_methods, reason = "the program is the edge, where the clock is read")]
fn this_year() -> u32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    u32::try_from(1970 + seconds / YEAR).unwrap_or(u32::MAX)
}
