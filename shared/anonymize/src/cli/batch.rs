//! `curbside-anonymize batch DIR OUT`

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    num::NonZero,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use curbside_anonymize::{
    Refused,
    anonymise::{self, Means, Report},
    detect::Detectors,
    dicom::{self, FEW_SLICES, Key},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;

use super::{Failure, detectors, read, write};

/// What became of a file.
#[derive(Debug, Serialize)]
struct Outcome {
    /// The file that came in.
    input: PathBuf,
    #[serde(flatten)]
    state: State,
}

#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum State {
    /// There is a new file of that name.
    Released { output: String, report: Report },
    /// There is none.
    Refused(Failure),
}

/// Anonymises a folder.
pub(super) fn run(input: &Path, output: &Path, report: Option<&Path>) -> Result<(), Failure> {
    let started = Instant::now();
    let files = files(input).map_err(|error| Failure::file("the folder cannot be read", &error))?;
    fs::create_dir_all(output).map_err(|error| Failure::file("the output folder cannot be made", &error))?;
    let empty = fs::read_dir(output).map(|mut entries| entries.next().is_none());
    if !empty.map_err(|error| Failure::file("the output folder cannot be read", &error))? {
        return Err(Failure {
            code: "file",
            detail: "the output folder is not empty: name another".to_owned(),
        });
    }
    let work = Work { key: Key::random(), detectors: detectors()?, output };
    let series = on_all_cores(&files, "looking", |_, path| {
        read(path).ok().and_then(|file| dicom::series_of_head(&file, &work.key))
    });
    let mut slices: HashMap<&str, u32> = HashMap::new();
    series.iter().flatten().for_each(|series| *slices.entry(series).or_default() += 1);
    let outcomes = on_all_cores(&files, "rebuilding", |number, path| {
        let series = series.get(number).and_then(Option::as_deref);
        let whole = series.and_then(|series| slices.get(series)).is_some_and(|count| *count > FEW_SLICES);
        let state =
            if whole { Err(Refused::RecognisableHeadVolume.into()) } else { work.rebuild(number, path) };
        Outcome { input: path.clone(), state: state.unwrap_or_else(State::Refused) }
    });
    if let Some(path) = report {
        let lines = outcomes.iter().filter_map(|outcome| serde_json::to_string(outcome).ok());
        write(path, lines.map(|line| line + "\n").collect::<String>().as_bytes())?;
    }
    let refused = summarise(&outcomes, started);
    if refused == 0 {
        return Ok(());
    }
    Err(Failure {
        code: "refused",
        detail: format!("{refused} of {} files were not released", outcomes.len()),
    })
}

struct Work<'o> {
    key: Key,
    detectors: Detectors,
    output: &'o Path,
}

impl Work<'_> {
    fn rebuild(&self, number: usize, path: &Path) -> Result<State, Failure> {
        let means = Means { key: &self.key, detectors: &self.detectors, spared: &[] };
        let released = anonymise::image(&read(path)?, means)?;
        let ending = match released.report.media_type {
            "image/jpeg" => "jpg",
            "image/png" => "png",
            _ => "dcm",
        };
        let output = format!("{:06}.{ending}", number + 1);
        write(&self.output.join(&output), &released.bytes)?;
        Ok(State::Released { output, report: released.report })
    }
}

/// The files of a folder and of the folders in it, in order. Links are not followed.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut waiting, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Does something with each file, as many at once as there are cores, under a progress bar.
fn on_all_cores<T: Send>(
    files: &[PathBuf],
    doing: &'static str,
    work: impl Fn(usize, &PathBuf) -> T + Sync,
) -> Vec<T> {
    let bar = ProgressBar::new(u64::try_from(files.len()).unwrap_or(u64::MAX)).with_message(doing);
    if let Ok(style) = ProgressStyle::with_template("{msg:>10} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(files.len());
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = files.get(number) else { return };
                    let result = work(number, path);
                    if let Ok(mut done) = done.lock() {
                        done.insert(number, result);
                    }
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    done.into_inner().unwrap_or_default().into_values().collect()
}

/// Prints how many files were released and how many refused, by kind and code. Returns how many were refused.
fn summarise(outcomes: &[Outcome], started: Instant) -> usize {
    let mut rows: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for Outcome { state, .. } in outcomes {
        let (kind, filled) = match state {
            State::Released { report, .. } => (("released", report.media_type), report.filled.len()),
            State::Refused(failure) => (("refused", failure.code), 0),
        };
        let row = rows.entry(kind).or_default();
        *row = (row.0 + 1, row.1 + filled);
    }
    let mut table = format!("{:<10} {:<28} {:>7} {:>13}\n", "", "kind or code", "files", "filled places");
    for ((what, kind), (files, filled)) in &rows {
        let _ = writeln!(table, "{what:<10} {kind:<28} {files:>7} {filled:>13}");
    }
    let seconds = started.elapsed().as_secs_f64();
    let _ = writeln!(table, "{:<10} {:<28} {:>7} {seconds:>11.1} s", "all", "", outcomes.len());
    let _ = io::stdout().write_all(table.as_bytes());
    for Outcome { input, state } in outcomes {
        if let State::Refused(Failure { code, detail }) = state {
            let line = json!({ "file": input, "code": code, "detail": detail });
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
    rows.iter().filter(|((what, _), _)| *what == "refused").map(|(_, (files, _))| files).sum()
}

#[cfg(test)]
mod tests {
    use std::{sync::Condvar, time::Duration};

    use super::*;

    #[test]
    fn as_many_files_are_worked_on_at_once_as_there_are_cores() {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let files: Vec<PathBuf> = (0..3 * cores).map(|number| number.to_string().into()).collect();
        let (working, all) = (Mutex::new(0), Condvar::new());
        let seen = on_all_cores(&files, "trying", |number, path| {
            // Nobody goes on until as many work as there are cores.
            let mut at_work = working.lock().expect("a count");
            *at_work += 1;
            all.notify_all();
            let waited = all.wait_timeout_while(at_work, Duration::from_secs(20), |at_work| *at_work < cores);
            let alone = waited.expect("a count").1.timed_out();
            (number.to_string() == path.to_string_lossy(), alone)
        });
        assert_eq!(seen, vec![(true, false); files.len()]);
    }
}
