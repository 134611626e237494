//! `GET /specialties`: the list of specialties. Open to everyone.

use axum::Json;
use kernel::Specialty;
use serde::Serialize;
use utoipa::ToSchema;

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
