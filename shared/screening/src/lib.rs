//! Texts that members write, looked through for identifiers before anything is kept. A text in which one is found is
//! answered with what it would be without: its author sends that, or edits, or says why it is none.

use std::sync::Arc;

use community::review::Overridden;
use curbside_anonymize::text::{Anonymiser, Change, Kind};
use edge::{
    Problem,
    problem::{TextChange, TextDiff},
};
use kernel::{Class, Invalid, Timestamp, text::Text};
use serde::Deserialize;
use utoipa::ToSchema;

/// The most overrides of one request.
const MOST_OVERRIDES: usize = 20;

/// That something which was found is no identifier. A moderator sees it, with the text.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The field, as the answer named it.
    #[schema(example = "history")]
    field: String,
    /// Where it begins, in characters, as the answer said.
    start: usize,
    /// Where it ends.
    end: usize,
    /// Why it says nothing of a patient.
    #[schema(example = "the name of a trial, not of a person")]
    reason: Text<500>,
}

/// What looks for identifiers.
#[derive(Debug, Clone)]
pub struct Screen(Arc<Anonymiser>);

impl Screen {
    /// One for texts that are written at this time.
    pub fn load(now: Timestamp) -> Self {
        let year = now.strftime("%Y").to_string().parse().unwrap_or_default();
        Self(Arc::new(Anonymiser::new(year)))
    }

    /// Looks through texts by their fields, which belong together: who is named in one is known in all. Returns what
    /// their author overrode.
    ///
    /// # Errors
    /// `identifiers_found` with a diff of every text in which one is left; an invalid override.
    pub fn check<'t>(
        &self,
        texts: impl IntoIterator<Item = (impl Into<String>, &'t str)>,
        overrides: Vec<Override>,
    ) -> Result<Vec<Overridden>, Problem> {
        if overrides.len() > MOST_OVERRIDES {
            let remedy = format!("override at most {MOST_OVERRIDES} places: put the others in other words");
            return Err(Invalid::new("too many overrides", remedy).at("overrides").into());
        }
        let (mut diffs, mut overridden, mut used) = (Vec::new(), Vec::new(), vec![false; overrides.len()]);
        let (fields, texts): (Vec<String>, Vec<&str>) =
            texts.into_iter().map(|(field, text)| (field.into(), text)).unzip();
        for (field, searched) in fields.into_iter().zip(self.0.search(&texts)) {
            let left = searched.anonymised_but(|change| {
                let excuse = overrides.iter().zip(&mut used).find(|(excuse, _)| {
                    excuse.field == field && (excuse.start, excuse.end) == (change.start, change.end)
                });
                let Some((excuse, used)) = excuse else { return false };
                *used = true;
                overridden.push(Overridden {
                    field: field.clone(),
                    kind: name(change.kind).to_owned(),
                    start: change.start,
                    end: change.end,
                    reason: excuse.reason.clone(),
                });
                true
            });
            if !left.changes.is_empty() {
                diffs.push(TextDiff { field, text: left.text, changes: changes(&left.changes) });
            }
        }
        if let Some(place) = used.iter().position(|used| !used) {
            let remedy = "override only what the last answer named: its field, start and end";
            return Err(Invalid::new("nothing was found at this place", remedy)
                .at(format!("overrides[{place}]"))
                .into());
        }
        for (place, excuse) in overrides.iter().enumerate() {
            let anonymised = self.0.anonymise(excuse.reason.as_str());
            if !anonymised.changes.is_empty() {
                let (field, changes) = (format!("overrides[{place}].reason"), changes(&anonymised.changes));
                diffs.push(TextDiff { field, text: anonymised.text, changes });
            }
        }
        if diffs.is_empty() { Ok(overridden) } else { Err(found(diffs)) }
    }
}

fn found(diffs: Vec<TextDiff>) -> Problem {
    let field = diffs.first().map(|diff| diff.field.clone()).unwrap_or_default();
    let remedy = "send the text as `texts` has it, or in other words; what is no identifier can be overridden with a \
                  reason, in `overrides`";
    let detail = "something in it may say who the patient is; nothing was kept";
    Problem::new(Class::Identifying, "identifiers_found", detail, remedy).at(field).with_texts(diffs)
}

fn changes(changes: &[Change]) -> Vec<TextChange> {
    let shown = |change: &Change| TextChange {
        kind: name(change.kind).to_owned(),
        start: change.start,
        end: change.end,
    };
    changes.iter().map(shown).collect()
}

/// The stable name of a kind.
const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Name => "name",
        Kind::Address => "address",
        Kind::Place => "place",
        Kind::Facility => "facility",
        Kind::Date => "date",
        Kind::Age => "age",
        Kind::Phone => "phone",
        Kind::Email => "email",
        Kind::Url => "url",
        Kind::Network => "network",
        Kind::Id => "id",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn screen() -> Screen {
        Screen::load(Timestamp::from_second(1_795_000_000).expect("a time"))
    }

    fn excuse(field: &str, start: usize, end: usize, reason: &str) -> Override {
        let excuse = json!({"field": field, "start": start, "end": end, "reason": reason});
        serde_json::from_value(excuse).expect("an override")
    }

    const TEXT: &str = "Mr. Okafor was seen on 3/14/2021 with chest pain.";

    #[test]
    fn a_text_with_identifiers_is_answered_with_itself_without_them() {
        let texts = [("title", "Chest pain"), ("history", TEXT)];
        let refused = screen().check(texts, Vec::new()).expect_err("identifiers");
        let body = refused.body();
        assert_eq!((body.status, body.field.as_deref()), (422, Some("history")));
        let [diff] = body.texts.as_slice() else { panic!("{body:?}") };
        assert!(!diff.text.contains("Okafor") && diff.text.contains("chest pain"), "{diff:?}");
        let places: Vec<_> = diff.changes.iter().map(|one| (one.kind.as_str(), one.start, one.end)).collect();
        assert_eq!(places, [("name", 4, 10), ("date", 23, 32)]);
        assert!(screen().check([("history", diff.text.as_str())], Vec::new()).expect("accepted").is_empty());
        assert!(!serde_json::to_string(body).expect("JSON").contains("Okafor"), "the raw text is sent back");
    }

    #[test]
    fn who_is_named_in_one_field_is_found_in_all() {
        let texts = [("title", "Quillfeather: syncope"), ("history", "Mrs. Quillfeather fainted twice.")];
        let refused = screen().check(texts, Vec::new()).expect_err("identifiers");
        let fields: Vec<_> = refused.body().texts.iter().map(|diff| diff.field.as_str()).collect();
        assert_eq!(fields, ["title", "history"]);
    }

    #[test]
    fn what_is_no_identifier_can_be_overridden_with_a_reason_and_nothing_else() {
        let name = excuse("history", 4, 10, "the name of a score");
        let date = excuse("history", 23, 32, "the version of a guideline");
        let half = screen().check([("history", TEXT)], vec![name.clone()]).expect_err("the date");
        let diff = &half.body().texts[0];
        assert_eq!((diff.changes.len(), diff.changes[0].start), (1, 23));
        assert_eq!(diff.text, "Mr. Okafor was seen on [DATE 2021] with chest pain.");
        let sent =
            screen().check([("history", diff.text.as_str())], vec![name.clone()]).expect("as answered");
        assert_eq!(sent.len(), 1);
        let taken = screen().check([("history", TEXT)], vec![name.clone(), date]).expect("taken");
        assert_eq!((taken.len(), taken[0].kind.as_str(), taken[0].start), (2, "name", 4));
        let elsewhere = screen().check([("history", TEXT)], vec![excuse("history", 5, 10, "other")]);
        assert_eq!(elsewhere.expect_err("not found").body().field.as_deref(), Some("overrides[0]"));
        let telling = excuse("history", 4, 10, "Mr. Okafor is my patient");
        let told = screen().check([("history", "Mr. Okafor was seen.")], vec![telling]);
        assert_eq!(told.expect_err("identifiers").body().field.as_deref(), Some("overrides[0].reason"));
        let many = screen().check([("history", TEXT)], vec![name; 21]);
        assert_eq!(many.expect_err("too many").body().field.as_deref(), Some("overrides"));
    }
}
