//! The file of a ballot: what was blinded until it is signed, and then the ballot.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use ballot::{BallotKey, Blinded, Cast};
use kernel::id::PollId;
use serde::{Deserialize, Serialize};

/// What is kept of a ballot.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Kept {
    /// Signed: as it is handed in.
    Cast(Box<Cast>),
    /// Not signed yet, or the answer was lost.
    Waiting(Box<Waiting>),
}

/// A choice that was blinded. Whoever has it can read the choice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waiting {
    pub(crate) blinded: Blinded,
    pub(crate) part: Option<Part>,
}

/// The same choice, blinded for a part of the audience.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    pub(crate) segment: String,
    pub(crate) blinded: Blinded,
}

impl Kept {
    /// What a file has, if there is one.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, String> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|_| format!("{} is there, and no ballot: name another file", path.display()))
    }

    /// Writes it to a file that is not there yet.
    pub(crate) fn begin(&self, path: &Path) -> Result<(), String> {
        let begun = self.create(path).and_then(|()| settle(path));
        begun.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Writes it in place of what the file had, so that there is always one or the other.
    pub(crate) fn replace(&self, path: &Path) -> Result<(), String> {
        let next = PathBuf::from(format!("{}.next", path.display()));
        // One that was left by a run that was ended.
        drop(fs::remove_file(&next));
        let replaced = self.create(&next).and_then(|()| fs::rename(&next, path)).and_then(|()| settle(path));
        replaced.map_err(|error| format!("{}: {error}", path.display()))
    }

    fn create(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Nobody else on this machine is to read how one votes.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        file.sync_all()
    }

    /// Whether it is of a poll with that key.
    pub(crate) fn is_of(&self, poll: PollId, key: &BallotKey) -> bool {
        match self {
            Self::Cast(cast) => cast.ballot.verify(poll, key).is_ok(),
            Self::Waiting(waiting) => waiting.blinded.content().poll == poll,
        }
    }

    /// The option that it is for.
    pub(crate) fn option(&self) -> u8 {
        match self {
            Self::Cast(cast) => cast.ballot.option,
            Self::Waiting(waiting) => waiting.blinded.content().option,
        }
    }
}

/// Waits until a file's name is on the disk, too.
fn settle(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
