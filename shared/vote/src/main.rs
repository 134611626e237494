//! `curbside-vote ADDRESS POLL OPTION`: votes as a member's device does. It has a blinded ballot signed as the member,
//! unblinds it, keeps it in a file, waits for a random while, and hands it in as nobody.

mod server;

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use ballot::{Ballot, BallotKey, Blinded, Bytes, Content, Seal};
use blind_rsa_signatures::DefaultRng;
use clap::Parser;
use kernel::id::PollId;
use rand::Rng;
use serde_json::json;

use crate::server::{Poll, Server, Signed};

/// Votes in a poll of Curbside, so that nobody can learn how.
#[derive(Debug, Parser)]
#[command(name = "curbside-vote", version)]
struct Arguments {
    /// The address of the community's API.
    address: String,
    /// The poll's id.
    poll: PollId,
    /// The option's number, from 0.
    option: u8,
    /// A file with the session's token, or `-` for the standard input.
    #[arg(long, value_name = "FILE")]
    session: PathBuf,
    /// Where the ballot is kept, for `curbside-verify --ballot`. It must not exist.
    #[arg(long, value_name = "FILE", default_value = "ballot.json")]
    keep: PathBuf,
    /// Has the ballot counted in your part of the audience, too, if the poll has parts.
    #[arg(long)]
    segment: bool,
    /// For how many seconds at most to wait before the ballot is handed in: drawn by lot. The longer, the less does it tell.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    wait: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(io::stderr(), "curbside-vote: {why}");
            ExitCode::from(2)
        }
    }
}

fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let Arguments { address, poll: id, option, session, keep, segment, wait } = arguments;
    let server = Server::new(&address, id)?;
    let session = token(&session)?;
    let poll = server.poll(&session).await?;
    let chosen = poll.options.get(usize::from(option)).ok_or_else(|| {
        format!("there is no option {option}: this poll has {} of them, from 0", poll.options.len())
    })?;
    say(&format!("{}\n→ {chosen}", poll.question));
    // Made before anything is signed: a ballot that cannot be kept would be lost.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&keep)
        .map_err(|error| format!("{}: {error}", keep.display()))?;
    let signed = signed(&server, &session, &poll, (id, option), segment).await;
    let (ballot, seal) = match signed {
        Ok(signed) => signed,
        Err(why) => {
            let _ = fs::remove_file(&keep);
            return Err(why);
        }
    };
    let kept = serde_json::to_string(&ballot).map_err(|error| error.to_string())?;
    file.write_all(kept.as_bytes()).map_err(|error| format!("{}: {error}", keep.display()))?;
    say(&format!("Signed, and kept in {}. Your name is on none of it.", keep.display()));
    let pause = rand::rng().random_range(0..=wait);
    if pause > 0 {
        say(&format!("It is handed in within {wait} seconds: leave this running."));
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
    let hash = server.hand_in(&ballot, seal.as_ref()).await.map_err(|why| {
        let (url, keep) = (server.box_address(), keep.display());
        format!("{why}\nThe ballot is kept: hand it in yet with curl -d @{keep} -H 'Content-Type: application/json' {url}")
    })?;
    say(&format!("Handed in by nobody. It will be on the board as {hash}."));
    Ok(())
}

/// The session's token.
fn token(from: &PathBuf) -> Result<String, String> {
    let mut text = String::new();
    if from.as_os_str() == "-" {
        io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
    } else {
        text = fs::read_to_string(from).map_err(|error| format!("{}: {error}", from.display()))?;
    }
    Ok(text.trim().to_owned())
}

/// A ballot, signed; and for the member's segment, too, if that is wished.
async fn signed(
    server: &Server,
    session: &str,
    poll: &Poll,
    (id, option): (PollId, u8),
    segment: bool,
) -> Result<(Ballot, Option<Seal>), String> {
    let broken = |error: ballot::Broken| error.to_string();
    let key = |spki: &Bytes| BallotKey::from_der(&spki.0).map_err(broken);
    let everyone = key(poll.key("everyone").ok_or("the poll has no key for everyone")?)?;
    let content = Content::new(id, option, &mut DefaultRng).map_err(broken)?;
    let blinded = Blinded::new(&everyone, content, &mut DefaultRng).map_err(broken)?;
    let part = poll.your_segment.as_deref().filter(|_| segment).and_then(|name| poll.key(name));
    let part = part.map(key).transpose()?;
    // A key that was made for one member would mark their ballot.
    let published = server.published_keys().await?;
    if ![Some(&everyone), part.as_ref()].into_iter().flatten().all(|key| published.contains(&key.id())) {
        return Err("a key that you are shown is not one that everybody is shown: do not vote".to_owned());
    }
    let again = part.as_ref().map(|key| blinded.again(key, &mut DefaultRng)).transpose().map_err(broken)?;
    let mut body = json!({"blinded": blinded.message()});
    if let (Some(again), Some(body)) = (&again, body.as_object_mut()) {
        body.insert("segment".to_owned(), json!(again.message()));
    }
    let Signed { signature, segment } = server.sign(session, &body).await?;
    let ballot = blinded.signed(&everyone, signature).map_err(broken)?;
    let seal = match (again, part, segment) {
        (Some(again), Some(key), Some(signed)) => {
            Some(again.signed(&key, signed.signature).map_err(broken)?.into())
        }
        _ => None,
    };
    Ok((ballot, seal))
}
