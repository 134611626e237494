//! `/membership`: how the caller is shown, and whether under their legal name.

use axum::{Json, extract::State};
use edge::{Input, Now, Problem, ProblemBody, auth::Applicant};
use http::StatusCode;
use identity::{
    IdentityError,
    member::{Members, Persona, REAL_NAME_CONSENT, Suspension},
    screen_name::ScreenName,
};
use kernel::{Invalid, Timestamp, id::MemberId, session::Clinician};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Membership {
    screen_name: ScreenName,
    /// From when on the screen name can be changed.
    changeable_from: Timestamp,
    /// Whether the legal name is shown in its place.
    real_name: bool,
    clinician: Clinician,
    /// Why the member may read and not write, if that is so.
    suspension: Option<Suspension>,
}

/// The consent to appear under one's legal name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RealNameConsent {
    /// The version of the text that was agreed to.
    #[schema(example = "2026-11")]
    consent_version: String,
}

impl Membership {
    pub(crate) fn new(persona: &Persona, clinician: Clinician, suspension: Option<Suspension>) -> Self {
        Self {
            screen_name: persona.screen_name.clone(),
            changeable_from: persona.changeable_from(),
            real_name: persona.real_name,
            clinician,
            suspension,
        }
    }
}

/// A member as they are shown, and who is behind it: for the time of one request.
pub(crate) struct Shown {
    pub(crate) persona: Persona,
    clinician: Clinician,
    suspension: Option<Suspension>,
    member: MemberId,
    legal_name: String,
}

impl Shown {
    /// Shows the member otherwise.
    pub(crate) async fn replace(
        &self,
        members: &Members,
        subject: &str,
        after: &Persona,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        members.show((subject, self.member), (&self.persona, after), &self.legal_name, now).await
    }
}

impl App {
    /// How a person is shown. Three calls.
    pub(crate) async fn shown(&self, subject: &str, now: Timestamp) -> Result<Shown, IdentityError> {
        let standing = self.members.standing(subject, now).await?;
        let (Some(clinician), Some(legal_name)) = (standing.clinician, standing.name) else {
            return Err(IdentityError::NotVerified);
        };
        let sealed =
            standing.sealed.filter(|_| standing.counted.is_some()).ok_or(IdentityError::NotActivated)?;
        let member = self.open(subject, &sealed).await?;
        let persona = self.members.persona(member).await?.ok_or(IdentityError::NotActivated)?;
        Ok(Shown { persona, clinician, suspension: standing.suspension, member, legal_name })
    }

    async fn show_really(&self, subject: &str, really: bool, now: Timestamp) -> Result<(), IdentityError> {
        let shown = self.shown(subject, now).await?;
        match shown.persona.shown_really(really) {
            Some(after) => shown.replace(&self.members, subject, &after, now).await,
            None => Ok(()),
        }
    }
}

/// How the caller is shown.
#[utoipa::path(
    get, path = "/membership", tag = "sessions",
    responses(
        (status = 200, description = "The caller's appearance", body = Membership),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not verified, or without a screen name yet", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn membership(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
) -> Result<Json<Membership>, Problem> {
    let shown = app.shown(&by.subject, now).await?;
    Ok(Json(Membership::new(&shown.persona, shown.clinician, shown.suspension)))
}

/// Shows the caller's verified legal name in the place of the screen name, in everything they ever wrote.
/// Everyone in the community sees it, and may remember it.
#[utoipa::path(
    put, path = "/membership/real-name", tag = "sessions",
    request_body = RealNameConsent,
    responses(
        (status = 204, description = "The legal name is shown"),
        (status = 400, description = "Not the current version of the consent", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not verified, or without a screen name yet", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn show_real_name(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Input(consent): Input<RealNameConsent>,
) -> Result<StatusCode, Problem> {
    if consent.consent_version != REAL_NAME_CONSENT {
        let remedy = format!("show the member version {REAL_NAME_CONSENT} and send that");
        let invalid = Invalid::new("this is not the current version of the consent", remedy);
        return Err(invalid.at("consent_version").into());
    }
    app.show_really(&by.subject, true, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows the caller under their screen name again, in everything they ever wrote.
#[utoipa::path(
    delete, path = "/membership/real-name", tag = "sessions",
    responses(
        (status = 204, description = "The screen name is shown"),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not verified, or without a screen name yet", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn hide_real_name(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
) -> Result<StatusCode, Problem> {
    app.show_really(&by.subject, false, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
