//! `curbside-anonymize text`

use std::{
    io::{self, BufRead, BufWriter, Write},
    time::{SystemTime, UNIX_EPOCH},
};

use curbside_anonymize::text::{Anonymiser, Change};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Failure;

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

/// Anonymises texts line by line, each answered before the next is awaited.
pub(super) fn run() -> Result<(), Failure> {
    let anonymiser = Anonymiser::new(this_year());
    let (input, mut output) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    let unwritten = |error: io::Error| Failure::file("the output cannot be written", &error);
    for (number, line) in (1_u64..).zip(input.lines()) {
        let line = line.map_err(|error| Failure::file("the input cannot be read", &error))?;
        if line.trim().is_empty() {
            continue;
        }
        let Given { id, text } = serde_json::from_str(&line).map_err(|_| Failure {
            code: "malformed_line",
            detail: format!("line {number} is no JSON object of `id` and `text`"),
        })?;
        let done = anonymiser.anonymise(&text);
        let answer = Done { id, text: done.text, changes: done.changes };
        serde_json::to_writer(&mut output, &answer).map_err(|error| unwritten(error.into()))?;
        output.write_all(b"\n").map_err(unwritten)?;
        output.flush().map_err(unwritten)?;
    }
    Ok(())
}

/// The year, by the clock.
#[expect(clippy::disallowed_methods, reason = "the program is the edge, where the clock is read")]
fn this_year() -> u32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    u32::try_from(1970 + seconds / YEAR).unwrap_or(u32::MAX)
}
