//! What functions may log: the names of the fields, and nothing that came from outside.

use tests::cloud::{below, root};

/// Every field that may stand in a log line. None of them can hold who somebody is.
const FIELDS: [&str; 20] = [
    "cause",
    "code",
    "doctors",
    "flaw",
    "method",
    "millis",
    "notifications",
    "ok",
    "place",
    "poll",
    "reinstated",
    "released",
    "withdrawn",
    "forgotten",
    "reviewed",
    "route",
    "status",
    "suspended",
    "unreadable",
    "watched",
];

/// The arguments of every log line of a source, each up to its last argument.
fn lines(source: &str) -> Vec<String> {
    let calls = source.split("tracing::").skip(1).filter_map(|rest| rest.split_once("!("));
    calls
        .filter(|(level, _)| ["trace", "debug", "info", "warn", "error"].contains(level))
        .map(|(_, rest)| {
            let mut depth = 1;
            let end = rest.find(|c| {
                depth += match c {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                depth == 0
            });
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .collect()
}

/// What of a log line is not allowed.
fn wrong(line: &str) -> Option<&str> {
    let (fields, message) = line.rsplit_once(", \"").unwrap_or(("", line));
    if message.contains('{') {
        return Some(message);
    }
    let name = |field: &str| {
        let name = field.split('=').next().unwrap_or_default().trim().trim_start_matches(['%', '?']);
        name.rsplit('.').next().unwrap_or_default().to_owned()
    };
    fields
        .split(", ")
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .find(|field| !FIELDS.contains(&name(field).as_str()))
}

#[test]
fn nothing_is_logged_but_fields_that_can_tell_of_nobody() {
    let mut found = 0;
    for folder in ["functions", "shared"] {
        for path in below(&root().join(folder)) {
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for line in lines(&source) {
                assert_eq!(wrong(&line), None, "{}: {line}", path.display());
                found += 1;
            }
        }
    }
    assert!(found >= 8, "only {found} log lines were found");
}

#[test]
fn a_line_that_names_somebody_is_found() {
    for line in [
        "tracing::info!(email, \"sent\");",
        "tracing::info!(%person.name, \"sent\");",
        "tracing::warn!(who = %subject, \"sent\");",
        "tracing::error!(?claim, millis, \"sent\");",
        "tracing::info!(\"sent to {email}\");",
    ] {
        assert!(lines(line).iter().any(|line| wrong(line).is_some()), "{line}");
    }
    assert_eq!(
        lines("tracing::info!(ok = outcome.is_ok(), millis, \"handled\");")
            .iter()
            .find_map(|line| wrong(line)),
        None
    );
}
