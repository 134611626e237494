//! Any text is answered, with changes that stand in it in order.

#![no_main]

use std::sync::LazyLock;

use curbside_anonymize::text::Anonymiser;
use libfuzzer_sys::fuzz_target;

static ANONYMISER: LazyLock<Anonymiser> = LazyLock::new(|| Anonymiser::new(2026));

fuzz_target!(|text: &str| {
    let done = ANONYMISER.anonymise(text);
    let mut before = 0;
    for change in &done.changes {
        assert!(before <= change.start && change.start < change.end);
        before = change.end;
    }
    assert!(before <= text.chars().count());
    assert!(done.changes.is_empty() == (done.text == text));
});
