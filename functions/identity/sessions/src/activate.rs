//! `POST /members`: a verified person takes a screen name and becomes a member.

use axum::{extract::State, response::Response};
use edge::{Now, Once, Problem, ProblemBody, answer, auth::Applicant, stored};
use http::StatusCode;
use identity::{IdentityError, link::Direction, member::Activation, screen_name::ScreenName};
use kernel::{id::MemberId, session::Clinician};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// The name that others will see.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    /// Unique, without regard to case, separators and look-alike characters.
    screen_name: ScreenName,
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Activated {
    screen_name: ScreenName,
    clinician: Clinician,
}

/// Takes a screen name.
#[utoipa::path(
    post, path = "/members", tag = "sessions",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = NewMember,
    responses(
        (status = 201, description = "A member now", body = Activated),
        (status = 400, description = "The name is out of bounds or reserved", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not verified", body = ProblemBody),
        (status = 409, description = "The name is taken, or the caller is a member already", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn activate(
    State(app): State<App>,
    Now(now): Now,
    once: Once<Applicant, NewMember>,
) -> Result<Response, Problem> {
    let subject = once.by.subject;
    answer(app.members.table(), &once.key, async {
        let standing = app.members.standing(&subject).await?;
        let clinician = standing.clinician.ok_or(IdentityError::NotVerified)?;
        if standing.sealed.is_some() {
            return Err(IdentityError::AlreadyMember);
        }
        let member = MemberId::random();
        let activation = app.seal(&subject, member, now).await?;
        let screen_name = once.input.screen_name;
        let stored = stored(StatusCode::CREATED, &Activated { screen_name: screen_name.clone(), clinician });
        app.members.activate(&activation, &screen_name, clinician, &once.key, &stored).await?;
        Ok(stored)
    })
    .await
}

impl App {
    /// Seals both ends of the link between a person and a member. Two calls.
    pub(crate) async fn seal(
        &self,
        subject: &str,
        member: MemberId,
        now: kernel::Timestamp,
    ) -> Result<Activation, IdentityError> {
        let id = member.to_string();
        Ok(Activation {
            subject: subject.to_owned(),
            member,
            to_member: self.links.seal(Direction::ToMember, subject, &id).await?,
            to_person: self.links.seal(Direction::ToPerson, &id, subject).await?,
            now,
        })
    }
}
