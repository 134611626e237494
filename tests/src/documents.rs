//! The OpenAPI documents, made from the routers.

use serde_json::Value;
use utoipa::openapi::{
    Info, OpenApi, OpenApiBuilder, Server,
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
};

/// The zones that have an API.
pub const ZONES: [&str; 4] = ["identity", "community", "treasury", "partners"];

fn parts(zone: &str) -> (&'static str, Vec<OpenApi>) {
    match zone {
        "identity" => (
            "Verification, and the exchange of a sign-in for a pseudonymous session.",
            vec![
                applications::routes().into_openapi(),
                review::routes().into_openapi(),
                sessions::routes().into_openapi(),
            ],
        ),
        "community" => (
            "Cases, discussion, votes, polls and the inbox, under screen names.",
            vec![
                cases::routes().into_openapi(),
                discussion::routes().into_openapi(),
                polls::routes().into_openapi(),
                inbox::routes().into_openapi(),
            ],
        ),
        "treasury" => ("What a member earned.", vec![earnings::routes().into_openapi()]),
        _ => (
            "What partner organisations read, and their webhooks.",
            vec![
                organisations::routes().into_openapi(),
                observe::routes().into_openapi(),
                webhooks::routes().into_openapi(),
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
    for part in parts {
        whole.merge(part);
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
    serde_json::to_value(&whole).expect("a document")
}
