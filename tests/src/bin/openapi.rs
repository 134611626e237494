//! Writes `docs/openapi/<zone>.json` from the routers.

#![expect(clippy::expect_used, reason = "a document that cannot be written must say so")]

use tests::{cloud::root, documents};

fn main() {
    let folder = root().join("docs/openapi");
    std::fs::create_dir_all(&folder).expect("a folder");
    for zone in documents::ZONES {
        let text = serde_json::to_string_pretty(&documents::zone(zone)).expect("JSON");
        std::fs::write(folder.join(format!("{zone}.json")), text + "\n").expect("a file");
    }
}
