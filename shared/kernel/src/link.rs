//! Where something can be read on the web.

use std::{fmt, str::FromStr};

use url::Url;

use crate::{Invalid, text_value};

/// The longest address, in characters.
const LONGEST: usize = 500;

/// The address of a page: https, with a name for a host, without credentials, of at most 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Link {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = |problem: &'static str| Invalid::new(problem, "send the https address of a public page");
        let url = Url::parse(text).map_err(|_| wrong("this is not an address"))?;
        if url.scheme() != "https" || url.domain().is_none_or(|name| !name.contains('.')) {
            return Err(wrong("this is not the https address of a page"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("this address holds credentials"));
        }
        // As it is kept, which can be longer than as it was written.
        if url.as_str().len() > LONGEST {
            return Err(wrong("this address is longer than 500 characters"));
        }
        Ok(Self(url.into()))
    }
}

text_value!(Link, "The https address of a page.", "https://example.org/guideline");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_is_the_https_address_of_a_page() {
        let good = "https://example.org/a?b=c#d".parse::<Link>();
        assert_eq!(good.map(|link| link.to_string()).as_deref(), Ok("https://example.org/a?b=c#d"));
        for wrong in [
            "http://example.org/",
            "javascript:alert(1)",
            "https://user:pass@example.org/",
            "https://127.0.0.1/",
            "https://localhost/",
            "example.org",
            "",
        ] {
            assert!(wrong.parse::<Link>().is_err(), "{wrong} was taken");
        }
        assert!(format!("https://example.org/{}", "a".repeat(500)).parse::<Link>().is_err());
        assert!(format!("https://example.org/{}", "é".repeat(200)).parse::<Link>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_taken_is_taken_again_unchanged(path in "\\PC{0,300}") {
            if let Ok(once) = format!("https://example.org/{path}").parse::<Link>() {
                prop_assert_eq!(once.to_string().parse::<Link>(), Ok(once));
            }
        }
    }
}
