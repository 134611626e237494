//! How alike what two polls ask is, so that a moderator sees what was asked before.

use super::Poll;

/// From here on, two questions may be the same one.
const ALIKE: f64 = 0.6;

/// A poll that asks nearly the same.
#[derive(Debug, Clone)]
pub struct Similar {
    /// The poll.
    pub poll: Poll,
    /// How alike they are, from 0 to 1, where 1 is the same but for signs and capitals.
    pub likeness: f64,
}

impl Poll {
    /// Those of some polls that ask nearly the same as this one, the likest first.
    pub(super) fn similar(&self, others: Vec<Self>) -> Vec<Similar> {
        let asked = plain(self.content.question.as_str());
        let mut found: Vec<Similar> = others
            .into_iter()
            .filter(|other| other.id != self.id)
            .map(|poll| Similar { likeness: likeness(&asked, &plain(poll.content.question.as_str())), poll })
            .filter(|similar| similar.likeness >= ALIKE)
            .collect();
        found.sort_by(|one, other| {
            other.likeness.total_cmp(&one.likeness).then(other.poll.id.cmp(&one.poll.id))
        });
        found
    }
}

/// The words of a question in small letters, without the signs between them.
fn plain(question: &str) -> Vec<String> {
    question
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// How alike two questions are: by the pairs of letters that they share (Sørensen and Dice), as they are written and with
/// their words sorted, whichever is more. So words that changed their places, or their endings, count little.
fn likeness(one: &[String], other: &[String]) -> f64 {
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort();
        words.join(" ")
    };
    let written = strsim::sorensen_dice(&one.join(" "), &other.join(" "));
    written.max(strsim::sorensen_dice(&sorted(one), &sorted(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        likeness(&plain(one), &plain(other)) >= ALIKE
    }

    #[test]
    fn a_question_in_nearly_the_same_words_is_found() {
        let asked = "Do you start statins in primary prevention after the age of 75?";
        assert!(
            (likeness(
                &plain(asked),
                &plain("do you start statins in primary prevention, after the age of 75")
            ) - 1.0)
                .abs()
                < 1e-9
        );
        for same in [
            "Do you start a statin for primary prevention after age 75?",
            "After the age of 75, do you start statins in primary prevention?",
            "Would you start statins in primary prevention beyond the age of 75?",
        ] {
            assert!(alike(asked, same), "{same}");
        }
        for other in [
            "Do you see patients without an appointment on Saturdays?",
            "Which imaging do you ask for first in acute chest pain?",
            "Should nurses prescribe antibiotics?",
        ] {
            assert!(!alike(asked, other), "{other}");
        }
    }
}
