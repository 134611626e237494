//! Writes what in `docs` is made from code and templates: `openapi/<zone>.json` from the routers, and the
//! table of rights in `privacy.md`.

#![expect(clippy::expect_used, reason = "a document that cannot be written must say so")]

use tests::{cloud::root, documents, rights::Rights};

fn main() {
    let folder = root().join("docs/openapi");
    std::fs::create_dir_all(&folder).expect("a folder");
    for zone in documents::ZONES {
        let text = serde_json::to_string_pretty(&documents::zone(zone)).expect("JSON");
        std::fs::write(folder.join(format!("{zone}.json")), text + "\n").expect("a file");
    }
    let privacy = root().join("docs/privacy.md");
    let text = std::fs::read_to_string(&privacy).expect("a document");
    let (before, rest) = text.split_once(documents::RIGHTS_BEGIN).expect("the beginning of the table");
    let (_, after) = rest.split_once(documents::RIGHTS_END).expect("the end of the table");
    let (begin, end) = (documents::RIGHTS_BEGIN, documents::RIGHTS_END);
    let table = Rights::read().table();
    std::fs::write(privacy, format!("{before}{begin}{table}{end}{after}")).expect("a file");
}
