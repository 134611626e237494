//! `curbside-verify SOURCE`: recounts polls of Curbside from their public record, and names what is wrong first.

mod report;
mod source;

use std::{fs, io::Write, path::PathBuf, process::ExitCode};

use ballot::{Cast, record::Recount};
use clap::Parser;

use crate::source::{Source, Unread};

/// Recounts polls of Curbside from their public record: every signature, every proof, every count.
#[derive(Debug, Parser)]
#[command(name = "curbside-verify", version)]
struct Arguments {
    /// The record: an address, a file, or `-` for the standard input.
    source: Source,
    /// Your own ballot, as your device kept it: proves that it is in.
    #[arg(long, value_name = "FILE")]
    ballot: Option<PathBuf>,
}

/// How it ends, if not well: the record is wrong, or there is none.
enum Ending {
    Wrong(String),
    Unread(String),
}

impl From<Unread> for Ending {
    fn from(unread: Unread) -> Self {
        Self::Unread(unread.to_string())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (said, code) = match run(Arguments::parse()).await {
        Ok(report) => (report, ExitCode::SUCCESS),
        Err(Ending::Wrong(fault)) => (format!("✗ {fault}\n"), ExitCode::from(1)),
        Err(Ending::Unread(why)) => {
            let _ = writeln!(std::io::stderr(), "curbside-verify: {why}");
            return ExitCode::from(2);
        }
    };
    let _ = std::io::stdout().write_all(said.as_bytes());
    code
}

async fn run(Arguments { source, ballot }: Arguments) -> Result<String, Ending> {
    let sought = ballot.map(|path| {
        let text = fs::read_to_string(&path).map_err(|error| error.to_string());
        let read =
            text.and_then(|text| serde_json::from_str::<Cast>(&text).map_err(|error| error.to_string()));
        read.map(|cast| cast.ballot)
            .map_err(|why| Ending::Unread(format!("{} is no ballot: {why}", path.display())))
    });
    let sought = sought.transpose()?;
    let seeks = sought.is_some();
    let mut recount = sought.map_or_else(Recount::new, Recount::seeking);
    source.each(|line| recount.take(line).map_err(|fault| Ending::Wrong(fault.to_string()))).await?;
    let (counted, proof) = recount.end().map_err(|fault| Ending::Wrong(fault.to_string()))?;
    if counted.is_empty() {
        return Err(Ending::Unread("there is no poll in it".to_owned()));
    }
    let report = report::of(&counted, proof.as_ref());
    if seeks && proof.is_none() {
        return Err(Ending::Wrong(format!("the ballot is in none of these\n\n{report}")));
    }
    Ok(report)
}
