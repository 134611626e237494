//! `curbside-anonymize`: files made safe to be seen, on the command line.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
