//! Dates, of which the year stays (45 CFR 164.514(b)(2)(i)(C)), in English, German, French, Spanish and Italian.

use std::sync::LazyLock;

use super::{Kind, Span, pattern::Rules};

/// The months' names, without accents.
const MONTH: &str = "(?:january|jan|february|feb|march|mar|april|apr|may|june|jun|july|jul|august|aug|september|sept|sep|october|oct|november|nov|december|dec|januar|jaenner|janner|februar|maerz|marz|mai|juni|juli|oktober|okt|dezember|dez|janvier|fevrier|fevr|mars|avril|avr|juin|juillet|juil|aout|septembre|octobre|novembre|decembre|enero|ene|febrero|marzo|abril|abr|mayo|junio|julio|agosto|ago|septiembre|setiembre|octubre|noviembre|diciembre|dic|gennaio|gen|febbraio|aprile|maggio|mag|giugno|giu|luglio|lug|settembre|set|ottobre|ott|dicembre)";

/// Whether what looks like a date is one.
type Check = fn(&str) -> bool;

/// The forms of dates, each with whether what looks like it is one.
static FORMS: LazyLock<Rules<Check>> = LazyLock::new(|| {
    let time = r"(?:t\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:z|[+-]\d{2}:?\d{2})?)?";
    let forms: [(Check, String); 9] = [
        (any, format!(r"\b(?:19|20)\d\d[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9]){time}\b")),
        (is_day_of_month, r"\b(?:\d{1,2}[-/.]\d{1,2}[-/.](?:(?:19|20)\d\d|'?\d\d)|\d{1,2}\. ?\d{1,2}\. ?(?:19|20)\d\d)\b".to_owned()),
        (is_named, format!(r"\b\d{{1,2}}(?:st|nd|rd|th|er|\.|o)?(?: ?- ?\d{{1,2}}(?:st|nd|rd|th)?)?(?: (?:de|of|di)(?: the)?)?[-/ .]{{0,2}}{MONTH}\b\.?(?:,?(?: de| del| of)?[-/ ]{{0,2}}(?:(?:19|20)\d\d|'?\d\d)\b)?")),
        (is_named, format!(r"\b{MONTH}\b\.?[- ](?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b(?:,? ?(?:at )?(?:19|20)\d\d\b|,? '\d\d\b|-\d\d\b)?")),
        (any, format!(r"\b{MONTH}\b\.?,?[-/ ](?:of |de |del )?(?:(?:19|20)\d\d|'\d\d)\b")),
        (is_month_alone, format!(r"\b(?:in|since|last|until|till|early|late|mid|this|next|during|im|seit|en|depuis|desde|a|nel)[- ](?P<x>{MONTH})\b")),
        (any, r"\b(?:1[0-2]|0?[1-9])/(?:19|20)\d\d\b".to_owned()),
        (is_day_of_year, r"\b(?:on|since|until|till|by|dated?|dos|doa|dob|seen|admitted|admit|discharged|d/c|dc|surgery|f/u|appt|appointment|due|from|thru|through|starting|started|start|beginning|am|vom|bis|le|el|il|for|visit|around|between|and)[: ]+(?P<x>\d{1,2}[/-]\d{1,2}|\d{1,2}\.\d{1,2}\.)(?:$|[\s,;)!?]|\.\s|\.$)".to_owned()),
        (is_compact, r"\b(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b".to_owned()),
    ];
    Rules::of(forms.iter().map(|(check, pattern)| (*check, true, pattern.as_str())))
});

/// Finds dates in a normalised text. A year before `first_year` would tell of an age over 89 and goes, too.
pub(super) fn find(text: &str, first_year: u32, spans: &mut Vec<Span>) {
    for (check, regex) in FORMS.matching(text) {
        for captures in regex.captures_iter(text) {
            let Some(found) = captures.name("x").or_else(|| captures.get(0)) else { continue };
            if check(found.as_str()) {
                let mut span = Span::new(Kind::Date, found.start(), found.end());
                span.rest = year(found.as_str())
                    .filter(|year| *year >= first_year)
                    .map_or_else(String::new, |year| year.to_string());
                spans.retain(|other| {
                    other.end <= span.start
                        || span.end <= other.start
                        || other.end - other.start > span.end - span.start
                });
                spans.push(span);
            }
        }
    }
}

/// The year that a date says.
fn year(date: &str) -> Option<u32> {
    let numbers =
        || date.split(|character: char| !character.is_ascii_digit()).filter(|number| !number.is_empty());
    let long = |number: &str| {
        number.get(..4).filter(|_| matches!(number.len(), 4 | 8)).and_then(|year| year.parse().ok())
    };
    numbers().find_map(long).filter(|year| (1900..2100).contains(year)).or_else(|| {
        let last = numbers()
            .next_back()
            .filter(|last| last.len() == 2 && numbers().count() >= if has_month(date) { 2 } else { 3 })?;
        let short: u32 = last.parse().ok()?;
        Some(if short < 40 { 2000 + short } else { 1900 + short })
    })
}

fn has_month(date: &str) -> bool {
    date.bytes().filter(u8::is_ascii_alphabetic).count() >= 3
}

const fn any(_: &str) -> bool {
    true
}

fn pair(date: &str) -> (u32, u32) {
    let mut numbers =
        date.split(|character: char| !character.is_ascii_digit()).filter_map(|number| number.parse().ok());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

/// Whether the first two numbers are a day and a month, in either order.
fn is_day_of_month(date: &str) -> bool {
    let (one, other) = pair(date);
    let same_separators = {
        let mut separators = date.bytes().filter(|byte| matches!(byte, b'-' | b'/' | b'.'));
        separators.next() == separators.next()
    };
    same_separators && (1..=31).contains(&one) && (1..=31).contains(&other) && one.min(other) <= 12
}

/// Whether two numbers without a year are a date rather than a score or a dose.
fn is_day_of_year(date: &str) -> bool {
    let (one, other) = pair(date);
    is_day_of_month(&format!("{one}/{other}/"))
        && !(date.contains('-') && one < other && other <= 12)
        && !(one <= other && matches!(other, 5 | 6 | 10) && date.contains('/'))
}

fn is_compact(date: &str) -> bool {
    year(date).is_some_and(|year| (1900..2040).contains(&year))
}

/// Whether a month is named for sure: `may` and `mar` are other words in lower case.
fn is_named(date: &str) -> bool {
    let month: String = date.chars().filter(char::is_ascii_alphabetic).collect();
    let doubtful = ["may", "mar", "set", "gen", "mag", "ago", "dic", "mai"];
    let lower = month.to_ascii_lowercase();
    let alone = doubtful.iter().any(|word| lower == *word) && year(date).is_none();
    !alone
        || (month.starts_with(|first: char| first.is_ascii_uppercase())
            && !["Set", "Gen", "Mag", "Ago", "Dic"].contains(&month.as_str()))
}

/// Whether a month that stands alone is one: it begins with a capital, and is no other word.
fn is_month_alone(month: &str) -> bool {
    month.len() >= 3
        && month.starts_with(|first: char| first.is_ascii_uppercase())
        && !["Set", "Gen", "Mag", "Ago", "Dic", "Mar", "Sep", "Mai", "Dec"].contains(&month)
}
