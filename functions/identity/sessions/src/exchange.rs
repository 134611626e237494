//! `POST /sessions`: a Cognito access token for a pseudonymous session.

use axum::{Json, extract::State};
use edge::{Input, Nothing, Now, Problem, ProblemBody, auth::Applicant};
use http::StatusCode;
use identity::{
    IdentityError,
    member::{self, Standing},
};
use kernel::{
    Timestamp,
    id::MemberId,
    session::{AUDIENCE, Claims, LIFETIME_SECONDS, Role},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    /// The token to send as `Authorization: Bearer …` to the community, the treasury and partners.
    token: String,
    /// When it ends; exchange again before.
    expires_at: Timestamp,
}

/// Exchanges an access token for a pseudonymous session of fifteen minutes. Who was verified as something else since, the
/// community counts as that in a while.
#[utoipa::path(
    post, path = "/sessions", tag = "sessions",
    request_body = Nothing,
    responses(
        (status = 201, description = "A session", body = Session),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not verified, or without a screen name yet", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn exchange(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Input(Nothing {}): Input<Nothing>,
) -> Result<(StatusCode, Json<Session>), Problem> {
    let roles = roles(&by.groups);
    let standing = app.members.standing(&by.subject, now).await?;
    let member = app.member(&by.subject, &standing, &roles, now).await?;
    if let Some(change) = standing.recount() {
        let due = member::due(now, app.activation_delay);
        app.members.recount((&by.subject, member), change, due).await?;
    }
    let expires = now.as_second().saturating_add(LIFETIME_SECONDS);
    let claims = Claims {
        iss: app.signer.issuer().to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: member,
        iat: now.as_second(),
        exp: expires,
        // Staff who were verified act as clinicians once they have taken a screen name.
        clinician: standing.clinician.filter(|_| standing.joined()),
        suspended: standing.suspension.is_some(),
        roles,
    };
    let token = app.signer.sign(&claims).await?;
    let expires_at = Timestamp::from_second(expires).unwrap_or(now);
    Ok((StatusCode::CREATED, Json(Session { token, expires_at })))
}

/// The duties that the user pool's groups stand for.
fn roles(groups: &[String]) -> Vec<Role> {
    let duties = [("moderators", Role::Moderator), ("operators", Role::Operator)];
    duties.iter().filter(|(group, _)| groups.iter().any(|one| one == group)).map(|(_, role)| *role).collect()
}

impl App {
    /// The caller's pseudonym. Staff who are no members get one at their first session.
    async fn member(
        &self,
        subject: &str,
        standing: &Standing,
        roles: &[Role],
        now: Timestamp,
    ) -> Result<MemberId, IdentityError> {
        if standing.clinician.is_some() && !standing.joined() && roles.is_empty() {
            return Err(IdentityError::NotActivated);
        }
        if let Some(sealed) = &standing.sealed {
            return self.open(subject, sealed).await;
        }
        if roles.is_empty() {
            return Err(IdentityError::NotVerified);
        }
        let member = MemberId::random();
        let activation = self.seal(subject, member, now).await?;
        if self.members.enrol_staff(&activation).await? {
            return Ok(member);
        }
        let sealed = self.members.standing(subject, now).await?.sealed.ok_or(IdentityError::NotVerified)?;
        self.open(subject, &sealed).await
    }
}
