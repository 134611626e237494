//! Results as others take them in: a table, a chart, feeds.

use std::io::Cursor;

use community::poll::{Page, Poll, Whole};
use edge::Base;
use kernel::{Timestamp, id::PollId};
use quick_xml::{
    Writer,
    events::{BytesText, Event},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::{LICENCE, citation, method};

/// The chart's width, and the places in it, in pixels.
const WIDTH: u64 = 640;
const MARGIN: u64 = 24;
const BAR: u64 = 18;
/// The longest bar.
const LONGEST: u64 = 420;
/// How tall a line of the question is, and one of all else.
const TALL: u64 = 26;
const LINE: u64 = 20;
/// How many letters a line of the question has, and one of all else.
const LARGE: usize = 54;
const SMALL: usize = 76;

/// A feed (JSON Feed, version 1.1).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JsonFeed {
    version: &'static str,
    title: &'static str,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    items: Vec<JsonItem>,
}

/// A poll in a feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JsonItem {
    id: PollId,
    url: String,
    title: String,
    content_text: String,
    image: String,
    date_published: Option<Timestamp>,
    date_modified: Option<Timestamp>,
}

const TITLE: &str = "Curbside: the polls of verified clinicians";

/// An option's share, in per cent with one decimal.
fn share(votes: u64, all: u64) -> String {
    let tenths = if all == 0 { 0 } else { (votes * 2_000 + all) / (2 * all) };
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The options with their votes.
fn options(whole: &Whole) -> impl Iterator<Item = (usize, &str, u64)> {
    let votes = whole.shown.votes.iter().copied().chain(std::iter::repeat(0));
    whole
        .poll
        .content
        .options
        .iter()
        .zip(votes)
        .enumerate()
        .map(|(number, (text, votes))| (number, text.as_str(), votes))
}

fn day(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| at.to_string())
}

/// A cell that no program of tables takes for a formula.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() }
}

/// A table of these rows, the first of which is its heading.
fn rows(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Nothing can fail that is written to memory.
    rows.into_iter()
        .try_for_each(|row| table.write_record(row))
        .ok()
        .and_then(|()| table.into_inner().ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

/// A result as a table: one row an option.
pub(crate) fn table(whole: &Whole) -> String {
    let poll = &whole.poll;
    let heading = [
        "poll",
        "question",
        "opened_at",
        "closed_at",
        "option",
        "text",
        "votes",
        "percent",
        "ballots",
        "issued",
        "eligible",
        "version",
        "method",
        "licence",
    ];
    let heading = heading.map(str::to_owned).to_vec();
    rows([heading].into_iter().chain(options(whole).map(|(number, text, votes)| {
        vec![
            poll.id.to_string(),
            cell(poll.content.question.as_str()),
            day(poll.opened_at),
            day(poll.closed_at),
            number.to_string(),
            cell(text),
            votes.to_string(),
            share(votes, whole.shown.size),
            whole.shown.size.to_string(),
            whole.shown.issued.values().sum::<u64>().to_string(),
            poll.electorate.eligible.to_string(),
            poll.result_version().to_string(),
            method(whole),
            LICENCE.to_owned(),
        ]
    })))
}

/// The parts of a result as a table: one row a part and option. What is withheld is empty.
pub(crate) fn parts(whole: &Whole) -> String {
    let heading = ["poll", "part", "eligible", "option", "text", "votes", "version", "method", "licence"];
    let heading = heading.map(str::to_owned).to_vec();
    let parts = whole.shown.breakdown.iter().flat_map(|table| &table.parts);
    let cells = parts.flat_map(|part| {
        let optional = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
        options(whole).zip(&part.votes).map(move |((number, text, _), votes)| {
            vec![
                whole.poll.id.to_string(),
                part.name.clone(),
                optional(part.eligible),
                number.to_string(),
                cell(text),
                optional(*votes),
                whole.poll.result_version().to_string(),
                method(whole),
                LICENCE.to_owned(),
            ]
        })
    });
    rows([heading].into_iter().chain(cells))
}

/// A text in lines of at most so many letters: broken between words, or within one that is longer.
fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for part in letters.chunks(most) {
            let part: String = part.iter().collect();
            let line = lines
                .last_mut()
                .filter(|line| line.is_empty() || line.chars().count() + 1 + part.chars().count() <= most);
            match line {
                Some(line) if line.is_empty() => *line = part,
                Some(line) => *line = format!("{line} {part}"),
                None => lines.push(part),
            }
        }
    }
    lines
}

type Xml = Writer<Cursor<Vec<u8>>>;

fn xml(write: impl FnOnce(&mut Xml) -> std::io::Result<()>) -> String {
    let mut document = Writer::new(Cursor::new(Vec::new()));
    // Nothing can fail that is written to memory.
    write(&mut document)
        .ok()
        .and_then(|()| String::from_utf8(document.into_inner().into_inner()).ok())
        .unwrap_or_default()
}

fn element(xml: &mut Xml, name: &str, attributes: &[(&str, &str)], text: &str) -> std::io::Result<()> {
    let element = xml.create_element(name).with_attributes(attributes.iter().copied());
    if text.is_empty() { element.write_empty() } else { element.write_text_content(BytesText::new(text)) }?;
    Ok(())
}

/// A line of text in a chart.
fn text(xml: &mut Xml, (x, y): (u64, u64), size: &str, text: &str) -> std::io::Result<()> {
    let (x, y) = (x.to_string(), y.to_string());
    element(xml, "text", &[("x", &x), ("y", &y), ("font-size", size)], text)
}

/// A result as a chart.
pub(crate) fn chart(whole: &Whole) -> String {
    let all = whole.shown.size;
    let question = lines(whole.poll.content.question.as_str(), LARGE);
    let asked: Vec<(Vec<String>, u64)> =
        options(whole).map(|(_, text, votes)| (lines(text, SMALL), votes)).collect();
    let notes = lines(&format!("{} {LICENCE}", method(whole)), SMALL + 14);
    let count = |lines: usize| u64::try_from(lines).unwrap_or_default();
    let of_options: u64 = asked.iter().map(|(text, _)| LINE * count(text.len()) + BAR + LINE).sum();
    let height = 2 * MARGIN + TALL * count(question.len()) + LINE + of_options + 16 * count(notes.len());
    let told: Vec<String> = options(whole)
        .map(|(_, text, votes)| format!("{text}: {votes} of {all} ballots, {} per cent.", share(votes, all)))
        .collect();
    let (wide, tall) = (WIDTH.to_string(), height.to_string());
    let view = format!("0 0 {wide} {tall}");
    xml(|xml| {
        let root = [
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("role", "img"),
            ("aria-labelledby", "title description"),
            ("width", &wide),
            ("height", &tall),
            ("viewBox", &view),
            ("font-family", "sans-serif"),
        ];
        xml.create_element("svg").with_attributes(root).write_inner_content(|xml| {
            element(xml, "title", &[("id", "title")], whole.poll.content.question.as_str())?;
            element(xml, "desc", &[("id", "description")], &format!("{} {}", told.join(" "), method(whole)))?;
            element(xml, "rect", &[("width", &wide), ("height", &tall), ("fill", "white")], "")?;
            let mut y = MARGIN;
            for line in &question {
                y += TALL;
                text(xml, (MARGIN, y), "20", line)?;
            }
            y += LINE;
            for (label, votes) in &asked {
                for line in label {
                    y += LINE;
                    text(xml, (MARGIN, y), "15", line)?;
                }
                let length = (LONGEST * votes).checked_div(all).unwrap_or_default();
                let (top, long) = ((y + 6).to_string(), length.to_string());
                let (left, thick) = (MARGIN.to_string(), BAR.to_string());
                let bar = [("x", left.as_str()), ("y", &top), ("width", &long), ("height", &thick)];
                element(xml, "rect", &bar, "")?;
                let beside = (MARGIN + length + 8, y + 6 + BAR - 4);
                text(xml, beside, "15", &format!("{votes} ({} %)", share(*votes, all)))?;
                y += BAR + LINE;
            }
            for line in &notes {
                y += 16;
                text(xml, (MARGIN, y), "11", line)?;
            }
            Ok(())
        })?;
        Ok(())
    })
}

/// Where a poll's result is.
fn address(poll: &Poll, base: &Base) -> String {
    base.join(&format!("/public/polls/{}", poll.id))
}

fn summary(poll: &Poll) -> String {
    format!("{} {}", poll.content.question.as_str(), citation(poll))
}

/// The closed polls as an Atom feed.
pub(crate) fn atom(page: &Page, base: &Base) -> String {
    let own = base.join(ATOM);
    let next = page.next.as_ref().map(|cursor| format!("{own}?cursor={cursor}"));
    let newest = page.polls.iter().filter_map(Poll::updated_at).max();
    xml(|xml| {
        xml.write_event(Event::Decl(quick_xml::events::BytesDecl::new("1.0", Some("utf-8"), None)))?;
        xml.create_element("feed")
            .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
            .write_inner_content(|xml| {
                element(xml, "id", &[], "tag:curbside.dev,2026:polls")?;
                element(xml, "title", &[], TITLE)?;
                element(xml, "updated", &[], &newest.unwrap_or(Timestamp::UNIX_EPOCH).to_string())?;
                element(xml, "rights", &[], LICENCE)?;
                xml.create_element("author")
                    .write_inner_content(|xml| element(xml, "name", &[], "Curbside"))?;
                element(xml, "link", &[("rel", "self"), ("href", &own)], "")?;
                if let Some(next) = &next {
                    element(xml, "link", &[("rel", "next"), ("href", next)], "")?;
                }
                for poll in &page.polls {
                    xml.create_element("entry").write_inner_content(|xml| {
                        element(xml, "id", &[], &format!("tag:curbside.dev,2026:{}", poll.id))?;
                        element(xml, "title", &[], poll.content.question.as_str())?;
                        element(xml, "updated", &[], &day(poll.updated_at()))?;
                        element(xml, "published", &[], &day(poll.closed_at))?;
                        element(xml, "link", &[("rel", "alternate"), ("href", &address(poll, base))], "")?;
                        element(xml, "summary", &[], &summary(poll))
                    })?;
                }
                Ok(())
            })?;
        Ok(())
    })
}

/// The closed polls as a JSON Feed.
pub(crate) fn json_feed(page: &Page, base: &Base) -> JsonFeed {
    let own = base.join(JSON);
    let items = page.polls.iter().map(|poll| JsonItem {
        id: poll.id,
        url: address(poll, base),
        title: poll.content.question.to_string(),
        content_text: summary(poll),
        image: format!("{}/chart.svg", address(poll, base)),
        date_published: poll.closed_at,
        date_modified: poll.updated_at(),
    });
    JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: TITLE,
        next_url: page.next.as_ref().map(|cursor| format!("{own}?cursor={cursor}")),
        feed_url: own,
        items: items.collect(),
    }
}

/// Where the feeds are.
const ATOM: &str = "/public/feeds/polls.atom";
const JSON: &str = "/public/feeds/polls.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_a_decimal_and_of_nothing_are_nothing() {
        let shares = [(1, 3), (2, 3), (1, 8), (0, 5), (7, 7), (0, 0)].map(|(votes, all)| share(votes, all));
        assert_eq!(shares, ["33.3", "66.7", "12.5", "0.0", "100.0", "0.0"]);
    }

    #[test]
    fn a_text_is_broken_between_words_and_within_long_ones() {
        assert_eq!(lines("one two three", 7), ["one two", "three"]);
        assert_eq!(lines("Donaudampfschiff", 8), ["Donaudam", "pfschiff"]);
        assert_eq!(lines("", 8), [""]);
    }

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!([cell("=1+1"), cell("@x"), cell("Yes = no")], ["'=1+1", "'@x", "Yes = no"]);
    }
}
