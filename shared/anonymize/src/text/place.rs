//! Places smaller than a state: streets, towns, postal codes, hospitals, schools.

use std::sync::LazyLock;

use super::{
    Kind, Span,
    lexicon::{Lexicon, Sort},
    pattern::Rules,
};

/// The rules, with capitals as typed: what they find, and the expression. A group named `x` is what identifies.
static RULES: LazyLock<Rules<Kind>> = LazyLock::new(|| {
    let unit = r"(?:,? +(?:apt|apartment|suite|ste|unit|floor|fl|room|rm|Apt|Apartment|Suite|Ste|Unit|Floor|Room|Rm|#)\.? ?#?[A-Za-z0-9-]+)?";
    let state = "(?:AL|AK|AZ|AR|CA|CO|CT|DC|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR|VI|GU|AS|MP|FM|MH|PW|AA|AE|AP)";
    let rules = [
        (Kind::Address, format!(r"\b\d{{1,6}}[A-Za-z]? +(?:(?:[A-Z][A-Za-z'.-]*|\d{{1,5}}(?:st|nd|rd|th)?|#\w+|apt|suite|unit)\.?,? +){{1,9}}{state},? +\d{{5}}(?:-\d{{4}})?\b")),
        (Kind::Address, format!(r"\b(?:[Ll]ives at|[Ll]iving at|[Rr]esid(?:es|ing|ed) at|[Aa]ddress(?: is)?:?|[Hh]ome(?: is)? at|[Hh]ouse at|[Dd]omicilio:?|[Aa]dresse:?|[Ii]ndirizzo:?|[Dd]ireccion:?) +(?P<x>\d{{1,6}}[A-Za-z]? +(?:[A-Z][A-Za-z'.-]* ?){{1,4}}{unit})")),
        (Kind::Place, format!(r"\b(?P<x>(?:[A-Z][A-Za-z'.-]+ ){{0,3}}[A-Z][A-Za-z'.-]+,? +{state},? +\d{{5}}(?:-\d{{4}})?)\b")),
        (Kind::Address, format!(r"\b\d{{1,6}}[A-Za-z]? +(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.? +)?(?:(?:[A-Z][A-Za-z'.-]*|\d{{1,3}}(?:st|nd|rd|th)) +){{1,4}}(?:Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Way|Terrace|Ter|Circle|Cir|Highway|Hwy|Parkway|Pkwy|Square|Sq|Close|Crescent|Cres|Trail|Trl|Loop|Row|Gardens|Alley|Plaza|Pike|Turnpike|Run|Ridge|Heights|Mews|Grove)\b\.?{unit}")),
        (Kind::Address, format!(r"\b\d{{2,5}} +[a-z]+(?: [a-z]+)? (?:street|avenue|ave|road|boulevard|blvd|lane|drive)\b\.?{unit}")),
        (Kind::Address, r"\b[Pp]\.? ?[Oo]\.? ?(?:[Bb]ox|BOX) +#?\d+\b".to_owned()),
        (Kind::Address, r"\b(?:[A-Z][a-z]+-)*[A-Z]?[a-z]+(?:strasse|str\.|Strasse|Str\.|weg|platz|allee|gasse|damm|ufer) ?\d{1,4} ?[a-z]?\b".to_owned()),
        (Kind::Address, r"\b(?:[A-Z][a-z]+ ){1,2}(?:Strasse|Str\.|Weg|Platz|Allee) \d{1,4} ?[a-z]?\b".to_owned()),
        (Kind::Address, r"\b\d{1,4}(?: ?(?:bis|ter))?,? +(?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allee|quai|route|Rue|Avenue|Boulevard|Place)(?: (?:de|du|des|la|le|les))*(?: ?(?:l'|d'))?(?: ?[A-Z][A-Za-z'-]*)+".to_owned()),
        (Kind::Address, r"\b(?:[Cc]alle|C/|[Aa]venida|[Aa]vda\.?|[Pp]laza|[Pp]aseo|[Cc]arrer|[Rr]onda) ?(?:(?:de|del|la|las|los|el) )*(?:[A-Z][A-Za-z'-]* ?(?:de |del |la )*){1,4},? ?(?:n[o.]* ?)?\d{1,4}(?:,? ?\d{1,2}[oa]? ?[A-Z]?)?\b".to_owned()),
        (Kind::Address, r"\b(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Ll]argo|[Vv]icolo) (?:(?:[A-Z][A-Za-z'.-]*|dei|della|delle|degli|del|di|da|XX|IV|dell') ?){1,4},? ?(?:n[.] ?)?\d{1,4}(?:/[A-Za-z0-9]+)?\b".to_owned()),
        (Kind::Place, format!(r"\b{state},? +(?P<x>\d{{5}}(?:-\d{{4}})?)\b")),
        (Kind::Place, r"\b(?:[Zz][Ii][Pp](?: [Cc]ode)?|[Pp]ostal [Cc]ode|PLZ|CP|CAP|[Pp]ostcode)[:# ]+(?P<x>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b".to_owned()),
        (Kind::Place, r"\b\d{5}-\d{4}\b".to_owned()),
        (Kind::Place, r"\b(?:[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPR-TVXY]\d[A-Z] ?\d[A-Z]\d)\b".to_owned()),
        (Kind::Place, r"\b(?:D-|F-|I-|E-)?\d{5} [A-Z][a-z]{2,}(?:[- ](?:am|an der|sur|de|la|del|di)? ?[A-Z][a-z]+)?\b".to_owned()),
        (Kind::Place, r"\b(?P<x>(?:[A-Z][a-z'.-]+ ){1,2})(?:County|Parish|Township|Borough)\b".to_owned()),
        (Kind::Facility, r"\b(?:(?:[A-Z][A-Za-z'.&-]+|of|the|de|and) ){0,5}[A-Z][A-Za-z'.&-]+ (?:Hospital|Medical Cent(?:er|re)|Med Center|Clinic|Health(?:care)?(?: System| Cent(?:er|re)| Network| Services)?|Infirmary|Hospice|Nursing Home|Nursing (?:and|&) Rehab(?:ilitation)?|Rehab(?:ilitation)?(?: Cent(?:er|re))?|Klinikum|Krankenhaus|Klinik|University|High School|Middle School|Elementary(?: School)?|School|College|Academy|Pharmacy|Laborator(?:y|ies)|Labs|Surgery Center|Cancer Cent(?:er|re)|Cancer Institute|Manor|Care Cent(?:er|re)|Assisted Living|Church|Family Practice|Family Medicine|Associates|Physicians|Surgical Group|Medical Group|Dialysis(?: Center)?|Inc|LLC|Ltd|GmbH|Corp(?:oration)?)\b\.?".to_owned()),
        (Kind::Facility, r"\b(?:[Hh]opital|CHU|CHRU|CHR|[Cc]linique|[Cc]linica|[Oo]spedale|[Pp]oliclinico|Hospital|Universitatsklinikum|Klinikum|Krankenhaus|Universitatsspital|Kantonsspital|University|Universita|Universidad|Universite|Charite)(?: (?:de|di|del|della|of|la|le|San|Santa|Sankt|St\.?|Universitario|General|Clinico|der|d'))* ?(?:[A-Z][A-Za-z'-]+)(?:[ -][A-Z][A-Za-z'-]+){0,3}".to_owned()),
        (Kind::Facility, r"\b(?:MGH|BWH|BIDMC|UCSF|UCLA|UCSD|UPMC|MSKCC|NYU|VUMC|UNC|UVA|UAB|OHSU|UTMB|UTSW|CHOP|HUP|JHH|VAMC|Mayo|Kaiser|Charite)\b".to_owned()),
    ];
    Rules::of(rules.iter().map(|(kind, pattern)| (*kind, false, pattern.as_str())))
});

/// Words that begin a facility's name without naming it, or that say only what it is for.
const GENERAL: &[&str] = &[
    "the",
    "our",
    "a",
    "an",
    "this",
    "that",
    "at",
    "in",
    "to",
    "from",
    "of",
    "and",
    "de",
    "outside",
    "local",
    "outpatient",
    "inpatient",
    "primary",
    "urgent",
    "emergency",
    "acute",
    "general",
    "community",
    "university",
    "state",
    "county",
    "city",
    "national",
    "federal",
    "regional",
    "memorial",
    "teaching",
    "referring",
    "pain",
    "wound",
    "sleep",
    "eye",
    "heart",
    "cardiology",
    "cardiac",
    "oncology",
    "surgery",
    "surgical",
    "orthopedic",
    "neurology",
    "pediatric",
    "pediatrics",
    "children's",
    "childrens",
    "women's",
    "womens",
    "men's",
    "mental",
    "behavioral",
    "public",
    "home",
    "skilled",
    "nursing",
    "rehabilitation",
    "dental",
    "vascular",
    "diabetes",
    "coumadin",
    "anticoagulation",
    "infusion",
    "dialysis",
    "medical",
    "family",
    "internal",
    "follow-up",
    "walk-in",
    "memory",
    "fertility",
    "travel",
    "std",
    "va",
    "tertiary",
    "academic",
    "district",
    "psychiatric",
    "transferred",
    "seen",
    "admitted",
    "patient",
    "high",
    "middle",
    "elementary",
    "nursery",
    "medicine",
    "clinic",
    "hospital",
    "health",
    "care",
    "center",
    "occupational",
    "physical",
    "respiratory",
    "reference",
    "retail",
    "compounding",
    "veterans",
    "global",
    "oral",
    "spiritual",
    "on",
    "with",
    "by",
    "for",
    "and",
    "or",
    "her",
    "his",
    "their",
    "my",
    "stroke",
    "trauma",
    "burn",
    "hand",
    "foot",
    "spine",
    "breast",
    "skin",
    "allergy",
    "asthma",
    "hiv",
    "tb",
    "methadone",
    "world",
    "united",
    "american",
    "european",
];

/// Words after which a town is meant, whatever else the word may mean.
const TOWARDS: &[&str] = &[
    "in", "from", "near", "to", "lives", "at", "of", "outside", "around", "visiting", "nach", "aus", "a",
    "en", "dans", "di", "via",
];

/// The first words of towns that are called after another.
const COMPASS: &[&str] = &[
    "North", "South", "East", "West", "New", "Port", "Lake", "Mount", "Fort", "Upper", "Lower", "Saint",
    "San", "Santa", "Bad", "El", "Los", "Las",
];

/// How the names of towns end.
const ENDINGS: &[&str] = &[
    "ton", "ville", "burgh", "bury", "shire", "fort", "port", "mouth", "chester", "stad", "stadt", "side",
    "land", "view", "haven", "borough", "berg", "burg", "furt", "town", "ford", "field", "wood", "dale",
    "hausen", "heim", "hofen", "dorf", "kirchen",
];

/// Finds places in a normalised text.
pub(super) fn find(text: &str, lexicon: &Lexicon, spans: &mut Vec<Span>) {
    for (kind, regex) in RULES.matching(text) {
        for captures in regex.captures_iter(text) {
            let Some(found) = captures.name("x").or_else(|| captures.get(0)) else { continue };
            let (mut start, end) = (found.start(), found.start() + found.as_str().trim_end().len());
            if *kind == Kind::Facility {
                match specific(found.as_str()) {
                    Some(skipped) => start += skipped,
                    None => continue,
                }
            }
            let mut span = Span::new(*kind, start, end);
            if *kind == Kind::Place && found.as_str().bytes().take(5).all(|byte| byte.is_ascii_digit()) {
                span.rest = found.as_str().get(..3).map(|digits| format!("{digits}**")).unwrap_or_default();
            }
            if !spans.iter().any(|other| other.start <= span.start && span.end <= other.end) {
                spans.push(span);
            }
        }
    }
    towns(text, lexicon, spans);
}

/// How much of a facility's name is before its own words. None, if it has no words of its own.
fn specific(name: &str) -> Option<usize> {
    let general = |word: &str| GENERAL.iter().any(|one| word.eq_ignore_ascii_case(one));
    let mut at = 0;
    let words: Vec<(usize, &str)> = name
        .split(' ')
        .map(|word| {
            let start = at;
            at += word.len() + 1;
            (start, word)
        })
        .collect();
    let own = words.iter().position(|(_, word)| !word.is_empty() && !general(word))?;
    // The last words say what it is.
    let named =
        words.iter().skip(own).take(words.len().saturating_sub(own + 1)).any(|(_, word)| !general(word));
    let led = own == 0 && words.len() > 1;
    (named || led || words.len() == 1).then(|| words.get(own).map_or(0, |(start, _)| *start))
}

/// Finds towns by the lists: with a capital, and either no other word, or where a town is meant.
fn towns(text: &str, lexicon: &Lexicon, spans: &mut Vec<Span>) {
    let mut before = "";
    for (start, word) in words(text) {
        let towards = TOWARDS.iter().any(|one| before.eq_ignore_ascii_case(one));
        let after_capital = before.starts_with(|first: char| first.is_ascii_uppercase());
        before = word;
        if !word.starts_with(|first: char| first.is_ascii_uppercase()) || word.len() < 3 {
            continue;
        }
        let lower = word.to_ascii_lowercase();
        let rest = text.get(start..).unwrap_or_default();
        let longest = lexicon
            .places(&lower)
            .iter()
            .filter(|place| {
                rest.get(..place.len())
                    .is_some_and(|typed| typed.eq_ignore_ascii_case(place) && titled(typed))
                    && !rest
                        .get(place.len()..)
                        .is_some_and(|after| after.starts_with(|next: char| next.is_ascii_alphanumeric()))
            })
            .map(|place| place.len())
            .max();
        let sort = lexicon.sort(word);
        let followed = rest.get(word.len()..).unwrap_or_default();
        let by_side = COMPASS.contains(&word) && {
            let other = followed
                .get(1..)
                .and_then(|rest| words(rest).next())
                .map_or("", |(at, other)| if at == 0 { other } else { "" });
            let sort = lexicon.sort(other);
            let named = sort.has(Sort::FIRST)
                || sort.has(Sort::LAST)
                || sort.has(Sort::CITY)
                || (towards && ENDINGS.iter().any(|end| other.ends_with(end)));
            (followed.starts_with(' ')
                && !is_upper(other)
                && other.starts_with(|first: char| first.is_ascii_uppercase())
                && named
                && !sort.has(Sort::ORDINARY)
                && !sort.has(Sort::KEPT)
                && !sort.has(Sort::EPONYM))
            .then_some(other.len())
            .is_some()
        };
        let by_ending = towards
            && !is_upper(word)
            && !sort.has(Sort::ORDINARY)
            && !sort.has(Sort::KEPT)
            && !sort.has(Sort::EPONYM)
            && ENDINGS.iter().any(|end| word.len() > end.len() + 2 && word.ends_with(end));
        let by_state = !after_capital && {
            let state = words(followed.strip_prefix(", ").unwrap_or_default()).next();
            state.is_some_and(|(at, state)| at == 0 && state.len() == 2 && is_upper(state))
        };
        let end = match longest {
            Some(length)
                if !lexicon
                    .sort(&rest.get(..length).unwrap_or_default().to_ascii_lowercase())
                    .has(Sort::KEPT) =>
            {
                start + length
            }
            _ if by_side => {
                start
                    + word.len()
                    + 1
                    + words(followed.get(1..).unwrap_or_default()).next().map_or(0, |(_, other)| other.len())
            }
            _ if by_ending => start + word.len(),
            _ if sort.has(Sort::CITY)
                && !sort.has(Sort::KEPT)
                && !sort.has(Sort::EPONYM)
                && (by_state
                    || (towards && !is_upper(word))
                    || !(sort.has(Sort::ORDINARY)
                        || sort.has(Sort::FIRST)
                        || sort.has(Sort::LAST)
                        || is_upper(word))) =>
            {
                start + word.len()
            }
            _ => continue,
        };
        if !spans.iter().any(|other| other.start < end && start < other.end) {
            spans.push(Span::new(Kind::Place, start, end));
        }
    }
}

fn is_upper(word: &str) -> bool {
    word.bytes().all(|byte| !byte.is_ascii_lowercase())
}

/// Whether every longer word begins with a capital.
fn titled(words: &str) -> bool {
    words
        .split([' ', '-'])
        .all(|word| word.len() < 4 || word.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// The words of a text, and where they begin.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let is_letter =
        |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
    let joins = move |at: usize| matches!(bytes.get(at), Some(b'\'' | b'-')) && is_letter(at + 1);
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && !is_letter(at) {
            at += 1;
        }
        let start = at;
        while is_letter(at) || (at > start && joins(at)) {
            at += 1;
        }
        text.get(start..at).filter(|word| !word.is_empty()).map(|word| (start, word))
    })
}
