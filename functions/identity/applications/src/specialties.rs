//! `/specialties`: the list of specialties, open to everyone, and the codes of other lists that stand for them.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use edge::{Input, Now, Path, Problem, ProblemBody, auth::IdentityOperator};
use http::StatusCode;
use identity::{
    IdentityError,
    code_set::{self, Mapping},
};
use kernel::Specialty;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// A specialty.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpecialtyView {
    code: Specialty,
    name: &'static str,
}

/// All specialties, sorted by code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpecialtyList {
    specialties: Vec<SpecialtyView>,
}

/// The list of specialties.
#[utoipa::path(
    get, path = "/specialties", tag = "applications",
    responses((status = 200, description = "All specialties, sorted by code", body = SpecialtyList)),
)]
pub(crate) async fn specialties() -> Json<SpecialtyList> {
    let specialties = Specialty::all().map(|(code, name)| SpecialtyView { code, name }).collect();
    Json(SpecialtyList { specialties })
}

/// A list to load.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCodeSet {
    /// Lines of comma-separated values with the columns `specialty`, one of our codes, and `code`, one of the
    /// other list's.
    #[schema(example = "specialty,code\ncardiology,207RC0000X\n")]
    csv: String,
}

/// Another list of specialties.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeSetView {
    mappings: BTreeSet<Mapping>,
}

/// Which codes of another list stand for ours.
#[utoipa::path(
    get, path = "/specialties/{code_set}", tag = "applications",
    params(("code_set" = String, Path, description = "The name under which an operator loaded it, for example `nucc`")),
    responses(
        (status = 200, description = "The mappings, sorted by our codes", body = CodeSetView),
        (status = 404, description = "No such list", body = ProblemBody),
    ),
)]
pub(crate) async fn code_set(
    State(app): State<App>,
    Path(name): Path<Slug>,
) -> Result<Json<CodeSetView>, Problem> {
    Ok(Json(CodeSetView { mappings: app.code_sets.find(name.as_str()).await? }))
}

/// Loads another list of specialties, in the place of what it was.
#[utoipa::path(
    put, path = "/specialties/{code_set}", tag = "applications",
    params(("code_set" = String, Path, description = "A name of letters, digits and hyphens, for example `nucc`")),
    request_body = NewCodeSet,
    responses(
        (status = 204, description = "Loaded"),
        (status = 400, description = "A line is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not an operator", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn load_code_set(
    State(app): State<App>,
    Now(now): Now,
    _by: IdentityOperator,
    Path(name): Path<Slug>,
    Input(NewCodeSet { csv }): Input<NewCodeSet>,
) -> Result<StatusCode, Problem> {
    let mappings = code_set::read(&csv).map_err(IdentityError::from)?;
    app.code_sets.load(name.as_str(), mappings, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The name of a list, as it stands in an address.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Slug(String);

impl Slug {
    fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if (1..=40).contains(&text.len()) && text.chars().all(good) {
            Ok(Self(text))
        } else {
            Err("this is no list's name: use up to 40 small letters, digits and hyphens")
        }
    }
}
