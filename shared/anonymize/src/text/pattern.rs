//! Identifiers that show by their form or by the word before them: numbers, codes and addresses of machines and
//! people.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::{Kind, Span};

/// A rule: what it finds, and the regular expression. A group named `x` is what identifies; without one, all is.
type Rule = (Kind, Case, Check, &'static str);

/// Whether what has the form is one.
type Check = fn(&str) -> bool;

/// Whether capitals matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Any,
    Typed,
}

/// Every rule. Later ones take what earlier ones left.
const RULES: [Rule; 39] = [
    (Kind::Email, Case::Any, any, r"\b[a-z0-9._%+-]+ ?@ ?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b"),
    (
        Kind::Email,
        Case::Any,
        any,
        r"\b[a-z0-9._-]+ ?[(\[](?:at|@)[)\]] ?[a-z0-9-]+ ?(?:\.|[(\[]dot[)\]]) ?[a-z]{2,}\b",
    ),
    (
        Kind::Url,
        Case::Any,
        any,
        r#"\b(?:https?://|ftp://|www\.)[a-z0-9][a-z0-9._~:/?#@!$&*+,;=%-]*[a-z0-9/=]"#,
    ),
    (
        Kind::Url,
        Case::Any,
        any,
        r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|io|info|health|co\.uk|de|fr|es|it|eu)\b(?:/[a-z0-9._~/?=&%-]*)?",
    ),
    (
        Kind::Url,
        Case::Any,
        any,
        r"\b(?:twitter|instagram|insta|facebook|tiktok|skype|linkedin|snapchat|whatsapp|telegram|user ?name|handle|login)(?: (?:account|handle|id|profile|is))?[:= ]+(?P<x>@?[a-z0-9._-]*[0-9_.@][a-z0-9._-]*[a-z0-9])",
    ),
    (Kind::Url, Case::Any, any, r"(?:^|[\s(])(?P<x>@[a-z][a-z0-9_.]{2,})"),
    (Kind::Network, Case::Any, any, r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b"),
    (Kind::Network, Case::Any, any, r"\b(?:[0-9a-f]{1,4}:){2,7}:?(?:[0-9a-f]{1,4}:)*[0-9a-f]{3,4}\b"),
    (Kind::Network, Case::Any, any, r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"),
    (Kind::Id, Case::Any, any, r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
    // Social security numbers: of the US, also masked; of France (NIR).
    (Kind::Id, Case::Any, any, r"\b(?:\d{3}|xxx|\*\*\*)[- ](?:\d{2}|xx|\*\*)[- ]\d{4}\b"),
    (
        Kind::Id,
        Case::Any,
        any,
        r"\b(?:ssn|social security)(?: (?:number|no\.?|#))?(?: is)?[:# ]*(?:ending in |last (?:4|four):? ?)?(?P<x>\d{9}|\d{4})\b",
    ),
    (
        Kind::Id,
        Case::Any,
        any,
        r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3}(?: ?\d{2})?\b",
    ),
    // Telephone numbers: of North America; international; national ones of Europe; with a word before.
    (
        Kind::Phone,
        Case::Any,
        any,
        r"(?:\+?1[-. ]{0,2})?(?:\(\d{3}\) ?|\b\d{3}[-./ ] ?)\d{3}[-. ]\d{4}\b(?:,? ?(?:x|ext\.?|extension) ?\d{1,6}\b)?",
    ),
    (Kind::Phone, Case::Any, digits::<8, 15>, r"(?:\+|\b00)\d{1,3}[ ./()-]{0,2}\d[\d ./()-]{5,18}\d\b"),
    (
        Kind::Phone,
        Case::Any,
        digits::<9, 13>,
        r"(?:\(0\d{1,5}\)|\b0\d{1,5})[-/ .]{1,3}\d{2,9}(?:[-/ .]\d{1,6}){0,4}\b",
    ),
    (
        Kind::Phone,
        Case::Any,
        digits::<6, 15>,
        r"\b(?:phone|telephone|telefon|telefono|tel|fax|cell|cellulare|mobile|movil|portable|handy|pager|beeper|ph|fon|call(?: back)?(?: at| on)?|reach(?:ed|able)?(?: at| on)?|contact(?: number)?)\.?(?: (?:no|number|nr|num)\.?)?(?: is| at)?[:# ]+(?P<x>[(+]?\d[\d ()./-]{4,20}\d)\b",
    ),
    (Kind::Phone, Case::Any, any, r"\b(?:pager|beeper|ext|extension)\.? ?#?:? ?(?P<x>\d{3,6})\b"),
    (Kind::Phone, Case::Any, any, r"\b[2-9]\d{2}-\d{4}\b"),
    // A word that says what follows: numbers of records, accounts, plans, licences, vehicles, devices.
    (
        Kind::Id,
        Case::Any,
        is_code,
        r"\b(?:mrn|mr#|medical record|med rec|record (?:number|no\.?|#)|chart|pat(?:ient)?[- ]?id|pt id|patientennummer|patienten-nr|fallnummer|fall-nr|aufnahmenummer|versichertennummer|versicherten-nr|krankenversichertennummer|acct|account|konto(?:nummer)?|accession|acc|encounter|csn|fin|har|nhs|chi|medicare|medicaid|mbi|hicn?|subscriber|beneficiary|beneficiario|policy|police|insurance|versicherung|health plan|plan id|member|group|licen[cs]e|licen[cs]ia|dea|npi|dl|passport|reisepass|pasaporte|passeport|passaporto|certificate|serial|s/n|sn|device|pacemaker|implant|udi|imei|vin|plate|license plate|registration|kennzeichen|matricula|targa|immatriculation|badge|employee|study|order|rx|prescription|specimen|sample|case|visit|reference|ref|claim|auth(?:orization)?|confirmation|room key|ipp|dossier|numero de dossier|securite sociale|historia clinica|nhc|expediente|dni|nie|nif|tessera sanitaria|cartella(?: clinica)?|codice fiscale|student|military|dod|va)(?:[- ](?:id|nr|no|number|num|nummer|numero|code|card|device|record|#)\.?)*(?: is| was|:| ist| est)?[:#= ]*(?:n[o.]? ?)?(?P<x>[a-z0-9]+(?:[-/.][a-z0-9]+)*)",
    ),
    (
        Kind::Id,
        Case::Any,
        is_code,
        r"\b(?:id|no|nr|num|number|numero|#) ?[:#] ?(?P<x>[a-z0-9]+(?:[-/.][a-z0-9]+)*)",
    ),
    (
        Kind::Id,
        Case::Any,
        is_code,
        r"\b(?:nhs|medicare|insurance|versichertennummer|passport|account|card)(?: (?:id|nr|no|number))?[:#. ]+(?P<x>[a-z]{0,2}\d{2,4}(?: \d{2,4}){1,4})\b",
    ),
    (
        Kind::Id,
        Case::Any,
        is_code,
        r"\b(?:license plate|licence plate|plate|kennzeichen|matricula|targa|immatriculation|tag)(?: (?:number|no|nr))?[:#. ]+(?P<x>[a-z0-9]{1,4}[- ]?[a-z0-9]{1,4}(?:[- ]?[a-z0-9]{1,4})?)\b",
    ),
    (Kind::Id, Case::Any, any, r"#(?P<x>\d{5,})\b"),
    // Codes by their form alone.
    (Kind::Id, Case::Typed, is_vehicle, r"\b[A-HJ-NPR-Z0-9]{17}\b"),
    (Kind::Id, Case::Any, any, r"\b[a-z]{6}\d{2}[a-ehlmprst]\d{2}[a-z]\d{3}[a-z]\b"),
    (Kind::Id, Case::Any, any, r"\b(?:\d{8}|[xyz]-?\d{7})-?[a-hj-np-tv-z]\b"),
    (Kind::Id, Case::Typed, any, r"\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}\b"),
    (Kind::Id, Case::Typed, any, r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"),
    (Kind::Id, Case::Any, any, r"\b(?:\d{4}[- ]){3}\d{1,4}\b"),
    (Kind::Id, Case::Typed, any, r"\b[A-Z]{1,3}-[A-Z]{1,2} \d{1,4}\b"),
    (Kind::Id, Case::Typed, is_unlike_reference, r"\b[A-Z]{1,5}[-:]?\d{6,}(?:[-/]\d+)?\b"),
    (Kind::Id, Case::Any, any, r"\b\d{2,4}-\d{2,4}-\d{2,5}\b"),
    (Kind::Id, Case::Typed, is_code, r"\b[A-Z]{2,4}-\d{2,}-[A-Z0-9]{2,}(?:-[A-Z0-9]+)*\b"),
    (
        Kind::Id,
        Case::Any,
        is_bare_number,
        r"(?:\b(?:pmid|snomed|sct|loinc|rxcui|isbn|nct|cpt|ndc|doi)[: ]*)?\b\d{7,}\b",
    ),
    // Ages over 89.
    (
        Kind::Age,
        Case::Any,
        any,
        r"\b(?P<x>9\d|1[0-2]\d)(?:[- ]?(?:years?|yrs?)[- ]old|[- ]?y\.?[/ ]?o\.?[mf]?\b|[- ]?years? of age| ?yom\b| ?yof\b|[- ]?jahrig|[- ]?jahre alt| ans\b| anos\b| anni\b)",
    ),
    (
        Kind::Age,
        Case::Any,
        any,
        r"\b(?:aged?|age of|turned|turning|alter|edad|eta|age de)[: ]+(?P<x>9\d|1[0-2]\d)\b",
    ),
    (
        Kind::Age,
        Case::Any,
        any,
        r"\b(?P<x>9\d|1[0-2]\d) ?[mf](?:,| with| w/| who| presents| presenting| c/o| here| pmh| hx| s/p)",
    ),
    (Kind::Age, Case::Any, any, r"\b(?P<x>9\d|1[0-2]\d) (?:year|yr)s?[, ]"),
];

/// The rules, ready to be used.
#[derive(Debug)]
pub(super) struct Patterns(Rules<(Kind, Check)>);

/// Regular expressions, each with what is to be done with what it finds; and all of them in one, which says in one
/// reading of a text which of them find something there.
#[derive(Debug)]
pub(super) struct Rules<T> {
    all: RegexSet,
    each: Vec<(T, Regex)>,
}

/// The most memory for a regular expression.
const MOST_BYTES: usize = 64 << 20;
/// The most memory for what all of them at once remember of what they read.
const MOST_REMEMBERED: usize = 16 << 20;

impl<T> Rules<T> {
    /// Rules over ASCII: nothing in them reads a letter beyond. They are given with whether any case will do.
    ///
    /// # Panics
    /// When one of them is no regular expression.
    #[expect(
        clippy::expect_used,
        reason = "the rules are constants, and a rule that is left out would be a hole"
    )]
    pub(super) fn of<'p>(rules: impl IntoIterator<Item = (T, bool, &'p str)>) -> Self {
        let (mut each, mut patterns) = (Vec::new(), Vec::new());
        for (what, any_case, pattern) in rules {
            let mut regex = RegexBuilder::new(pattern);
            let regex = regex.unicode(false).case_insensitive(any_case).size_limit(MOST_BYTES).build();
            each.push((what, regex.expect("a regular expression")));
            patterns.push(format!("(?{}i:{pattern})", if any_case { "" } else { "-" }));
        }
        let mut all = RegexSetBuilder::new(patterns);
        let all = all.unicode(false).size_limit(4 * MOST_BYTES).dfa_size_limit(MOST_REMEMBERED).build();
        Self { all: all.expect("regular expressions"), each }
    }

    /// The rules that find something in a text, in their order.
    pub(super) fn matching(&self, text: &str) -> impl Iterator<Item = &(T, Regex)> {
        self.all.matches(text).into_iter().filter_map(|at| self.each.get(at))
    }
}

impl Patterns {
    pub(super) fn load() -> Self {
        let rules = RULES.into_iter();
        let rules = rules.map(|(kind, case, is_one, pattern)| ((kind, is_one), case == Case::Any, pattern));
        Self(Rules::of(rules))
    }

    /// What the rules find.
    pub(super) fn find(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        if !text.bytes().any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b'.')) {
            return spans;
        }
        for ((kind, is_one), regex) in self.0.matching(text) {
            for captures in regex.captures_iter(text) {
                let Some(found) = captures.name("x").or_else(|| captures.get(0)) else { continue };
                let taken =
                    spans.iter().any(|span: &Span| span.start < found.end() && found.start() < span.end);
                if taken || !is_one(found.as_str()) || (*kind == Kind::Age && is_past(text, found.end())) {
                    continue;
                }
                let mut span = Span::new(*kind, found.start(), found.end());
                if *kind == Kind::Age {
                    span.rest = "90+".to_owned();
                }
                spans.push(span);
            }
        }
        spans
    }
}

const fn any(_: &str) -> bool {
    true
}

/// Whether it has so many digits.
fn digits<const LEAST: usize, const MOST: usize>(text: &str) -> bool {
    (LEAST..=MOST).contains(&count(text))
}

fn count(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Whether it may be a number or code of somebody: three characters, two of them digits.
fn is_code(text: &str) -> bool {
    text.len() >= 3 && count(text) >= 2 && !has_unit(text)
}

/// Whether it is a quantity: digits, then a unit.
fn has_unit(text: &str) -> bool {
    let unit = text.trim_start_matches(|character: char| {
        character.is_ascii_digit() || matches!(character, '.' | '-' | '/')
    });
    let units = [
        "mg", "mcg", "g", "kg", "ml", "l", "cm", "mm", "units", "u", "h", "hr", "hrs", "d", "min", "yo", "y",
        "th", "st", "nd", "rd",
    ];
    unit.len() < text.len() && units.iter().any(|one| unit.eq_ignore_ascii_case(one))
}

/// Whether it mixes letters and digits as a vehicle's number does.
fn is_vehicle(text: &str) -> bool {
    count(text) >= 4 && count(text) < 17
}

/// Whether a code is none of those that anybody may look up: of a study, a gene's variant, an article.
fn is_unlike_reference(text: &str) -> bool {
    !["NCT", "RS", "PMID", "PMC", "ISRCTN", "GSM", "CPT", "ICD", "LOINC"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
}

/// Whether a long number stands without the name of a public list before it.
fn is_bare_number(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

/// Whether the years are long gone rather than somebody's age, or one that was replaced already.
fn is_past(text: &str, end: usize) -> bool {
    let after = text.get(end..).unwrap_or_default();
    let after = after.get(..after.len().min(16)).unwrap_or_default();
    after.starts_with('+') || [" ago", "-day", " day"].iter().any(|word| after.contains(word))
}
