//! Measures how many DICOM files of a folder are read, made anew and read again in a second, on all cores, with
//! detectors that see nothing: what the search for text costs is left out. Nothing is written.

#![expect(clippy::print_stdout, reason = "this is what is asked for")]
#![expect(clippy::expect_used, reason = "a measurement that goes wrong must say where")]

use std::{env, fs, thread, time::Instant};

use curbside_anonymize::{
    anonymise::{self, Means},
    detect::Detectors,
    dicom::Key,
};

/// How often the folder is gone through.
const ROUNDS: usize = 10;

fn main() {
    let folder = env::args_os().nth(1).expect("a folder");
    let paths = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files: Vec<_> = paths.map(|path| fs::read(path).expect("a file")).collect();
    let (detectors, key) = (Detectors::blind().expect("the models"), Key::new([7; 32]));
    let means = Means { key: &key, detectors: &detectors, spared: &[] };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    thread::scope(|scope| {
        for core in 0..cores {
            let mine: Vec<_> = files.iter().skip(core).step_by(cores).collect();
            scope.spawn(move || {
                for file in (0..ROUNDS).flat_map(|_| &mine) {
                    anonymise::image(file, means).expect("released");
                }
            });
        }
    });
    let many = u32::try_from(ROUNDS * files.len()).expect("a count");
    println!("{:.1}", f64::from(many) / began.elapsed().as_secs_f64());
}
