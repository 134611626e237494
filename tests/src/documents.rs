//! The OpenAPI documents, made from the routers.

use serde_json::{Value, json};
use utoipa::openapi::{
    Info, OpenApi, OpenApiBuilder, Server,
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
};

/// The zones that have an API.
pub const ZONES: [&str; 4] = ["identity", "community", "treasury", "partners"];

/// Where the table of rights begins in `docs/privacy.md`.
pub const RIGHTS_BEGIN: &str = "<!-- written by `make documents` -->\n\n";
/// Where it ends.
pub const RIGHTS_END: &str = "\n<!-- until here -->";

type Parts = Vec<(&'static str, OpenApi)>;

fn parts(zone: &str) -> (&'static str, Parts) {
    match zone {
        "identity" => (
            "Verification, and the exchange of a sign-in for a pseudonymous session.",
            vec![
                ("applications", applications::routes().into_openapi()),
                ("verify-identity", verify_identity::routes().into_openapi()),
                ("review", review::routes().into_openapi()),
                ("sign-in", sign_in::routes().into_openapi()),
                ("sessions", sessions::routes().into_openapi()),
            ],
        ),
        "community" => (
            "Cases, discussion, votes, polls, the inbox and moderation, under screen names.",
            vec![
                ("cases", cases::routes().into_openapi()),
                ("discussion", discussion::routes().into_openapi()),
                ("polls", polls::routes().into_openapi()),
                ("ballot-issuer", ballot_issuer::routes().into_openapi()),
                ("ballot-box", ballot_box::routes().into_openapi()),
                ("inbox", inbox::routes().into_openapi()),
                ("moderation", moderation::routes().into_openapi()),
            ],
        ),
        "treasury" => ("What a member earned.", vec![("earnings", earnings::routes().into_openapi())]),
        _ => (
            "What partner organisations read, and their webhooks.",
            vec![
                ("organisations", organisations::routes().into_openapi()),
                ("observe", observe::routes().into_openapi()),
                ("webhooks", webhooks::routes().into_openapi()),
            ],
        ),
    }
}

/// The document of a zone's API (OpenAPI 3.1).
pub fn zone(name: &str) -> Value {
    let (description, parts) = parts(name);
    let mut info = Info::new(format!("Curbside {name}"), "1".to_owned());
    info.description = Some(description.to_owned());
    let mut whole = OpenApiBuilder::new().info(info).servers(Some([Server::new("/")])).build();
    for (function, part) in parts {
        whole.merge(named(function, part));
    }
    let bearer = || SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let schemes = [
        ("access_token", bearer()),
        ("session", bearer()),
        ("api_key", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key")))),
    ];
    let used = serde_json::to_string(&whole.paths).expect("paths");
    for (scheme, value) in schemes {
        if used.contains(&format!("\"{scheme}\"")) {
            whole.components.get_or_insert_default().add_security_scheme(scheme, value);
        }
    }
    let mut document = serde_json::to_value(&whole).expect("a document");
    for operation in operations(&mut document) {
        add_what_every_function_does(operation);
    }
    document
}

/// Names each operation by its function too: handlers of two functions may have the same name.
fn named(function: &str, part: OpenApi) -> OpenApi {
    let mut document = serde_json::to_value(part).expect("a document");
    for operation in operations(&mut document) {
        let id = operation["operationId"].as_str().expect("an operation's name").to_owned();
        operation["operationId"] = format!("{function}_{id}").into();
    }
    serde_json::from_value(document).expect("a document")
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().expect("paths");
    let items = paths.values_mut().filter_map(Value::as_object_mut);
    items.flat_map(|item| item.values_mut()).filter(|operation| operation["operationId"].is_string())
}

/// What the edge does for every operation alike: refusals are problems (RFC 9457), a request without a body
/// is one with an empty object, and bodies are bounded and JSON.
fn add_what_every_function_does(operation: &mut Value) {
    if operation["requestBody"].is_object() {
        if operation["requestBody"].to_string().contains("schemas/Nothing") {
            operation["requestBody"]["required"] = false.into();
        }
        let schema = json!({"$ref": "#/components/schemas/ProblemBody"});
        for (status, description) in [("413", "The body is too large"), ("415", "The body is not JSON")] {
            operation["responses"][status] =
                json!({"description": description, "content": {"application/json": {"schema": schema}}});
        }
    }
    for (status, response) in operation["responses"].as_object_mut().expect("responses") {
        if status.starts_with(['4', '5']) {
            let content = response["content"].as_object_mut().expect("a problem");
            let problem = content.remove("application/json").expect("a problem");
            content.insert("application/problem+json".to_owned(), problem);
        }
    }
}
