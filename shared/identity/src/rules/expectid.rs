//! What ExpectID and ExpectID IQ answer, judged by a table in `data/expectid_codes.csv`.
//!
//! The table names every documented key and what comes of it: `pass`, `refuse`, `review` (a person decides,
//! and no question can settle it), `ask` (questions can), `challenge` (more questions), `note` (it is kept, and
//! decides nothing). A key that is not in the table is for a person.

use std::{collections::HashMap, str::FromStr, sync::LazyLock};

use kernel::Invalid;
use providers::idology;
use serde::Deserialize;

use crate::evidence::{Finding, Verdict};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Effect {
    Pass,
    Refuse,
    Review,
    Ask,
    Challenge,
    Note,
}

#[derive(Debug, Deserialize)]
struct Row {
    code: String,
    effect: Effect,
}

/// A row that cannot be read is a key that is not in the table; a test reads it whole.
static TABLE: LazyLock<HashMap<String, Effect>> = LazyLock::new(|| {
    let rows = csv::Reader::from_reader(include_bytes!("../../data/expectid_codes.csv").as_slice());
    rows.into_deserialize().filter_map(Result::ok).map(|row: Row| (row.code, row.effect)).collect()
});

fn effect(code: &str) -> Effect {
    TABLE.get(code).copied().unwrap_or(Effect::Review)
}

/// Which of ExpectID's two conclusions holds when `summary-result`, which the enterprise configuration makes,
/// and `results`, which the data make, disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecidedBy {
    /// `summary-result`.
    Summary,
    /// `results`.
    Results,
    /// Neither alone: a disagreement is a doubt.
    #[default]
    Both,
}

impl FromStr for DecidedBy {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "summary" => Ok(Self::Summary),
            "results" => Ok(Self::Results),
            "both" => Ok(Self::Both),
            _ => Err(Invalid::new("this decides nothing", "say summary, results or both")),
        }
    }
}

/// What came of the answers to a round of questions.
#[derive(Debug, PartialEq, Eq)]
pub enum Answered {
    /// The stage comes to its end.
    Ended(Verdict),
    /// Another round of questions.
    Challenge,
}

/// Judges an ExpectID answer.
///
/// A qualifier or restriction that calls for a person calls for one whatever else was found. Questions are asked
/// where they can settle what is open, and the provider has some.
pub fn identity(answer: &idology::Answer, decided_by: DecidedBy) -> Finding {
    let (summary, result) = (effect(&answer.summary), effect(&answer.result));
    let concluded = match decided_by {
        DecidedBy::Summary => summary,
        DecidedBy::Results => result,
        DecidedBy::Both if summary == result => summary,
        DecidedBy::Both if [summary, result].contains(&Effect::Review) => Effect::Review,
        DecidedBy::Both => Effect::Ask,
    };
    let details: Vec<Effect> =
        answer.qualifiers.iter().chain(&answer.restriction).map(|code| effect(code)).collect();
    let verdict = match concluded {
        _ if details.iter().any(|one| !matches!(one, Effect::Ask | Effect::Note)) => Verdict::Refer,
        Effect::Refuse => Verdict::Fail,
        Effect::Pass if !details.contains(&Effect::Ask) => Verdict::Pass,
        Effect::Pass | Effect::Ask if answer.questions => Verdict::Ask,
        Effect::Pass | Effect::Ask | Effect::Review | Effect::Challenge | Effect::Note => Verdict::Refer,
    };
    let mut codes = vec![answer.summary.clone(), answer.result.clone()];
    codes.extend(answer.qualifiers.iter().chain(&answer.restriction).cloned());
    Finding { verdict, transaction: Some(answer.transaction.clone()), codes }
}

/// Judges the result of a round of questions.
pub fn answered(result: &str) -> Answered {
    Answered::Ended(match effect(result) {
        Effect::Pass => Verdict::Pass,
        Effect::Refuse => Verdict::Fail,
        Effect::Challenge => return Answered::Challenge,
        Effect::Review | Effect::Ask | Effect::Note => Verdict::Refer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(summary: &str, result: &str, qualifiers: &[&str]) -> idology::Answer {
        idology::Answer {
            transaction: "1".to_owned(),
            summary: format!("id.{summary}"),
            result: format!("result.{result}"),
            qualifiers: qualifiers.iter().map(|code| format!("resultcode.{code}")).collect(),
            restriction: None,
            questions: true,
        }
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        let written = include_str!("../../data/expectid_codes.csv").lines().count() - 1;
        assert_eq!(TABLE.len(), written, "a row cannot be read, or stands there twice");
    }

    #[test]
    fn only_a_plain_success_passes_and_questions_settle_what_they_can() {
        let table = [
            (answer("success", "match", &[]), Verdict::Pass),
            (answer("success", "match", &["located.address.is.po.box"]), Verdict::Pass),
            (answer("success", "match", &["address.does.not.match"]), Verdict::Ask),
            (answer("partial", "match", &[]), Verdict::Ask),
            (answer("partial", "match", &["thin.file", "ssn.not.valid"]), Verdict::Refer),
            (answer("success", "match", &["subject.deceased"]), Verdict::Refer),
            (answer("success", "match", &["brand.new"]), Verdict::Refer),
            (answer("brand.new", "match", &[]), Verdict::Refer),
            (answer("success", "match.restricted", &[]), Verdict::Refer),
            (answer("failure", "no.match", &[]), Verdict::Fail),
            (answer("failure", "no.match", &["subject.deceased"]), Verdict::Refer),
        ];
        for (answer, verdict) in table {
            assert_eq!(identity(&answer, DecidedBy::Both).verdict, verdict, "{answer:?}");
        }
        let without = idology::Answer { questions: false, ..answer("partial", "match", &[]) };
        assert_eq!(identity(&without, DecidedBy::Both).verdict, Verdict::Refer);
        for restriction in ["global.watch.list", "another.list"] {
            let restriction = Some(restriction.to_owned());
            let listed = idology::Answer { restriction, ..answer("success", "match", &[]) };
            assert_eq!(identity(&listed, DecidedBy::Both).verdict, Verdict::Refer);
        }
    }

    #[test]
    fn the_configuration_says_which_conclusion_holds_when_the_two_disagree() {
        let disagreeing = answer("failure", "match", &[]);
        let table = [
            (DecidedBy::Summary, Verdict::Fail),
            (DecidedBy::Results, Verdict::Pass),
            (DecidedBy::Both, Verdict::Ask),
        ];
        for (decided_by, verdict) in table {
            assert_eq!(identity(&disagreeing, decided_by).verdict, verdict, "{decided_by:?}");
        }
        assert!("neither".parse::<DecidedBy>().is_err());
    }

    #[test]
    fn one_wrong_answer_passes_two_are_challenged_and_three_fail() {
        let table = [
            ("result.questions.0.incorrect", Answered::Ended(Verdict::Pass)),
            ("result.questions.1.incorrect", Answered::Ended(Verdict::Pass)),
            ("result.questions.2.incorrect", Answered::Challenge),
            ("result.questions.3.incorrect", Answered::Ended(Verdict::Fail)),
            ("result.timeout", Answered::Ended(Verdict::Refer)),
            ("result.challenge.0.incorrect", Answered::Ended(Verdict::Pass)),
            ("result.challenge.1.incorrect", Answered::Ended(Verdict::Fail)),
            ("result.brand.new", Answered::Ended(Verdict::Refer)),
        ];
        for (result, outcome) in table {
            assert_eq!(answered(result), outcome, "{result}");
        }
    }
}
