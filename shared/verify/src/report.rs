//! What was counted, for a person at a terminal.

use std::fmt::Write;

use ballot::{
    Hash,
    record::{Counted, Proof},
};

/// The widest answer that is shown whole, in characters.
const WIDEST: usize = 40;

/// The tallies of all polls, and where a ballot stands that was looked for.
pub(crate) fn of(counted: &[Counted], proof: Option<&Proof>) -> String {
    let mut report = String::new();
    for one in counted {
        poll(&mut report, one, proof.filter(|proof| proof.poll == one.poll.poll));
    }
    report
}

fn poll(report: &mut String, counted: &Counted, proof: Option<&Proof>) {
    let Counted { poll, votes, issued, published, head } = counted;
    let all: u64 = votes.iter().sum();
    let _ = writeln!(report, "{}  {}", poll.poll, plain(&poll.question));
    let answers: Vec<String> = poll.options.iter().map(|option| short(&plain(option))).collect();
    let width = answers.iter().map(|answer| answer.chars().count()).max().unwrap_or_default();
    for (answer, votes) in answers.iter().zip(votes) {
        let _ = writeln!(report, "  {answer:<width$}  {votes:>9}  {:>5} %", percent(*votes, all));
    }
    let state = match (published, poll.closed_at) {
        (true, _) => "closed, as published",
        (false, None) => "open, no result is published",
        (false, Some(_)) => "closed, and no result is published: it is being counted, or was taken back",
    };
    let _ = writeln!(report, "  {all} ballots of {issued} that were signed; {state}");
    let _ = writeln!(report, "  heads are signed with the key {}", Hash::of(&poll.heads_key.0));
    if let Some(head) = head {
        let _ =
            writeln!(report, "  log of {} entries on {}: {}", head.tree_size, head.timestamp, head.root_hash);
    }
    if let Some(proof) = proof {
        let _ = writeln!(report, "  your ballot is entry {}, proven by {}", proof.place + 1, proof.inclusion);
    }
    let _ = writeln!(report, "✓ every signature, every proof and every count holds\n");
}

/// A part of all in percent, with one decimal.
fn percent(part: u64, all: u64) -> String {
    let tenths = (part * 1000 + all / 2).checked_div(all).unwrap_or_default();
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A text without what a terminal would take for a command.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn short(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use ballot::{
        Bytes,
        record::{Counted, Poll},
    };
    use kernel::{Timestamp, id::PollId};

    use super::*;

    #[test]
    fn parts_are_rounded_and_texts_are_plain_and_short() {
        assert_eq!(
            [percent(1, 3), percent(2, 3), percent(5, 5), percent(0, 0)],
            ["33.3", "66.7", "100.0", "0.0"]
        );
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a [2Jb ");
        assert_eq!(short(&"x".repeat(50)).chars().count(), WIDEST);
    }

    #[test]
    fn a_record_without_a_result_is_not_called_open_once_the_poll_is_closed() {
        let at = Timestamp::UNIX_EPOCH;
        let said = |closed_at: Option<Timestamp>, published: bool| {
            let poll = Poll {
                poll: PollId::at(at),
                question: "Would you?".to_owned(),
                options: vec!["Yes".to_owned(), "No".to_owned()],
                opened_at: at,
                closed_at,
                heads_key: Bytes(Vec::new()),
            };
            of(&[Counted { poll, votes: vec![3, 1], issued: 4, published, head: None }], None)
        };
        assert!(said(None, false).contains("; open, no result is published"));
        assert!(said(Some(at), false).contains("; closed, and no result is published"));
        assert!(said(Some(at), true).contains("; closed, as published"));
    }
}
