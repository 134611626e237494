//! `curbside-vote ADDRESS POLL OPTION`: votes as a member's device does. It blinds a ballot and keeps that in a file, has it
//! signed as the member, unblinds it, waits for a random while, and hands it in as nobody. Run again with the same file, it
//! goes on where it was.

mod keep;
mod server;

use std::{
    fs,
    io::{self, Read, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use ballot::{BallotKey, Blinded, Bytes, Cast, Content, Seal};
use blind_rsa_signatures::DefaultRng;
use clap::Parser;
use kernel::id::PollId;
use rand::Rng;
use serde_json::json;

use crate::{
    keep::{Kept, Part, Waiting},
    server::{Poll, Server, Signed},
};

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
    /// Where the ballot is kept, for `curbside-verify --ballot`. If there is one, it is gone on with.
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

/// What the key of all ballots is for.
const EVERYONE: &str = "everyone";

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
    let everyone = key(&poll, EVERYONE)?;
    let kept = Kept::read(&keep)?;
    if kept.as_ref().is_some_and(|kept| !kept.is_of(id, &everyone)) {
        return Err(format!("{} has a ballot of another poll: name another file", keep.display()));
    }
    let kept = match kept {
        Some(kept) if kept.option() == option && (poll.status == "open" || poll.ballot_signed) => {
            say(&format!("Going on with what is kept in {}.", keep.display()));
            kept
        }
        Some(kept) if poll.ballot_signed => {
            let (keep, kept) = (keep.display(), kept.option());
            return Err(format!("{keep} has a ballot for option {kept}: you have one, and cannot change it"));
        }
        None if poll.ballot_signed => {
            let keep = keep.display();
            return Err(format!("you had a ballot signed, and what was blinded for it is not in {keep}"));
        }
        _ if poll.status != "open" => {
            return Err(format!("no more ballots are signed for this poll: it is {}", poll.status));
        }
        // Before it is signed: what comes back is of use to nobody who does not have this.
        before => {
            let waiting =
                Kept::Waiting(Box::new(blinded(&server, &poll, (id, option), &everyone, segment).await?));
            if before.is_some() { waiting.replace(&keep) } else { waiting.begin(&keep) }?;
            waiting
        }
    };
    let cast = match kept {
        Kept::Cast(cast) => cast,
        Kept::Waiting(waiting) => {
            let cast = signed(&server, &session, (&poll, &everyone), &waiting).await.map_err(|why| {
                format!("{why}\nWhat was blinded is kept in {}: run this again to go on", keep.display())
            })?;
            let cast = Box::new(cast);
            Kept::Cast(cast.clone()).replace(&keep)?;
            cast
        }
    };
    say(&format!("Signed, and kept in {}. Your name is on none of it.", keep.display()));
    let pause = rand::rng().random_range(0..=wait);
    if pause > 0 {
        say(&format!("It is handed in within {wait} seconds: leave this running."));
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
    let hash = server.hand_in(&cast).await.map_err(|why| {
        let (url, keep) = (server.box_address(), keep.display());
        format!("{why}\nThe ballot is kept: run this again, or hand it in with curl -d @{keep} -H 'Content-Type: application/json' {url}")
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

fn broken(error: ballot::Broken) -> String {
    error.to_string()
}

/// The key of a segment.
fn key(poll: &Poll, segment: &str) -> Result<BallotKey, String> {
    let spki = poll.key(segment).ok_or_else(|| format!("the poll has no key for {segment}"))?;
    BallotKey::from_der(&spki.0).map_err(broken)
}

/// A choice, blinded; and for the member's segment, too, if that is wished.
async fn blinded(
    server: &Server,
    poll: &Poll,
    (id, option): (PollId, u8),
    everyone: &BallotKey,
    segment: bool,
) -> Result<Waiting, String> {
    let part = match poll.your_segment.as_deref().filter(|_| segment) {
        Some(name) => Some((name, key(poll, name)?)),
        None => None,
    };
    // A key that was made for one member would mark their ballot.
    let published = server.published_keys().await?;
    let used = [Some(everyone), part.as_ref().map(|(_, key)| key)];
    if !used.into_iter().flatten().all(|key| published.contains(&key.id())) {
        return Err("a key that you are shown is not one that everybody is shown: do not vote".to_owned());
    }
    let content = Content::new(id, option, &mut DefaultRng).map_err(broken)?;
    let blinded = Blinded::new(everyone, content, &mut DefaultRng).map_err(broken)?;
    let part = match part {
        Some((name, key)) => {
            let blinded = blinded.again(&key, &mut DefaultRng).map_err(broken)?;
            Some(Part { segment: name.to_owned(), blinded })
        }
        None => None,
    };
    Ok(Waiting { blinded, part })
}

/// A ballot, signed; and for the member's segment, too, if it was blinded for that.
async fn signed(
    server: &Server,
    session: &str,
    (poll, everyone): (&Poll, &BallotKey),
    waiting: &Waiting,
) -> Result<Cast, String> {
    let Waiting { blinded, part } = waiting;
    let mut body = json!({"blinded": blinded.message()});
    if let (Some(part), Some(body)) = (part, body.as_object_mut()) {
        body.insert("segment".to_owned(), json!(part.blinded.message()));
    }
    let Signed { signature, segment } = server.sign(session, &body).await?;
    let ballot = blinded.signed(everyone, signature).map_err(broken)?;
    let seal = part.as_ref().map(|part| {
        let signed = segment.ok_or("it was not signed for it")?;
        seal(poll, part, signed.signature)
    });
    // The ballot counts without it.
    let segment = seal.transpose().unwrap_or_else(|why| {
        say(&format!("It is not counted in your part of the audience: {why}"));
        None
    });
    Ok(Cast { ballot, segment })
}

fn seal(poll: &Poll, part: &Part, signature: Bytes) -> Result<Seal, String> {
    let key = key(poll, &part.segment)?;
    part.blinded.signed(&key, signature).map(Seal::from).map_err(broken)
}
