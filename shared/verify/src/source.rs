//! Where a record is read from, line by line, never as a whole.

use std::{
    convert::Infallible,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use reqwest::{Client, StatusCode, header::LINK, redirect::Policy};
use url::Url;

/// The most pages of a record.
const MOST_PAGES: usize = 10_000;
/// The most bytes of a line: what has more is no line of a record.
const LONGEST: usize = 64 * 1024;

/// For how many seconds it waits before it asks again for what is not there yet, or was asked for too often.
const WAITS: [u64; 4] = [1, 2, 4, 8];

/// A record's place.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Pages that are fetched, each of which names the next.
    Address(Url),
    /// A file.
    File(PathBuf),
    /// The standard input.
    Input,
}

/// The record cannot be read.
#[derive(Debug)]
pub(crate) struct Unread(String);

impl fmt::Display for Unread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let address = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        Ok(match address {
            Some(address) => Self::Address(address),
            None if text == "-" => Self::Input,
            None => Self::File(text.into()),
        })
    }
}

impl Source {
    /// Hands over line by line, up to the first that is not taken.
    pub(crate) async fn each<E: From<Unread>>(
        self,
        take: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Address(address) => fetched(address, take).await,
            Self::File(path) => {
                let file =
                    File::open(&path).map_err(|error| Unread(format!("{}: {error}", path.display())))?;
                read(BufReader::new(file), take)
            }
            Self::Input => read(io::stdin().lock(), take),
        }
    }
}

fn read<E: From<Unread>>(
    mut source: impl BufRead,
    mut take: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let mut lines = Lines::default();
    loop {
        let bytes = source.fill_buf().map_err(|error| Unread(error.to_string()))?;
        if bytes.is_empty() {
            return lines.end(&mut take);
        }
        let count = bytes.len();
        lines.feed(bytes, &mut take)?;
        source.consume(count);
    }
}

async fn fetched<E: From<Unread>>(first: Url, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    let failed =
        |error: reqwest::Error| Unread(format!("the record cannot be fetched: {}", error.without_url()));
    let client = Client::builder().redirect(Policy::none()).build().map_err(failed)?;
    let (mut next, mut lines) = (Some(first.clone()), Lines::default());
    for _ in 0..MOST_PAGES {
        let Some(address) = next.take() else { return lines.end(&mut take) };
        let mut page = client.get(address.clone()).send().await.map_err(failed)?;
        for wait in WAITS {
            if !matches!(page.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
                break;
            }
            tokio::time::sleep(Duration::from_secs(wait)).await;
            page = client.get(address.clone()).send().await.map_err(failed)?;
        }
        if page.status() != StatusCode::OK {
            return Err(Unread(format!(
                "the record cannot be fetched: {} is answered {}",
                address,
                page.status()
            ))
            .into());
        }
        let link = page.headers().get(LINK).and_then(|link| link.to_str().ok()).and_then(following);
        next = match link.map(|link| address.join(link)) {
            None => None,
            Some(Ok(link)) if link.origin() == first.origin() => Some(link),
            Some(_) => return Err(Unread("the record names a next page that is elsewhere".to_owned()).into()),
        };
        while let Some(bytes) = page.chunk().await.map_err(failed)? {
            lines.feed(&bytes, &mut take)?;
        }
    }
    Err(Unread(format!("the record has more than {MOST_PAGES} pages")).into())
}

/// The address of the next page (RFC 8288).
fn following(link: &str) -> Option<&str> {
    link.split(',').find_map(|one| {
        let (address, rest) = one.trim().strip_prefix('<')?.split_once('>')?;
        rest.split(';').any(|part| part.trim() == "rel=\"next\"").then_some(address)
    })
}

/// Bytes on their way to lines.
#[derive(Debug, Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn feed<E: From<Unread>>(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            self.0.extend_from_slice(line);
            self.take(take)?;
        }
        self.0.extend_from_slice(rest);
        if self.0.len() > LONGEST {
            return Err(Unread("this is no record: a line of it has no end".to_owned()).into());
        }
        Ok(())
    }

    /// The last line, which may have no end.
    fn end<E: From<Unread>>(mut self, take: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        self.take(take)
    }

    fn take<E: From<Unread>>(&mut self, take: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let line = std::str::from_utf8(&self.0)
            .map_err(|_| Unread("this is no record: it is no text".to_owned()))?;
        if !line.trim().is_empty() {
            take(line)?;
        }
        self.0.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(parts: &[&str]) -> Vec<String> {
        let (mut lines, mut taken) = (Lines::default(), Vec::new());
        let mut take = |line: &str| -> Result<(), Unread> {
            taken.push(line.to_owned());
            Ok(())
        };
        for part in parts {
            lines.feed(part.as_bytes(), &mut take).expect("lines");
        }
        lines.end(&mut take).expect("lines");
        taken
    }

    #[test]
    fn lines_are_the_same_in_whatever_pieces_they_come() {
        assert_eq!(lines(&["one\ntwo\n\nthree"]), ["one", "two", "three"]);
        assert_eq!(lines(&["on", "e\nt", "wo", "\n", "three\n"]), ["one", "two", "three"]);
        let endless = "x".repeat(LONGEST + 1);
        assert!(Lines::default().feed(endless.as_bytes(), &mut |_: &str| Ok::<_, Unread>(())).is_err());
    }

    #[test]
    fn a_page_names_the_next_one() {
        assert_eq!(following("</a?cursor=x>; rel=\"next\""), Some("/a?cursor=x"));
        assert_eq!(following("</b>; rel=\"prev\", </c>; title=\"c\"; rel=\"next\""), Some("/c"));
        assert_eq!(following("</b>; rel=\"prev\""), None);
    }

    #[test]
    fn a_source_is_an_address_a_file_or_the_input() {
        let source = |text: &str| text.parse::<Source>().expect("a source");
        assert!(matches!(source("https://example.org/record"), Source::Address(_)));
        assert!(matches!(source("-"), Source::Input));
        assert!(matches!(source("c:/poll.jsonl"), Source::File(_)));
    }
}
