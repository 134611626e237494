//! `PUT /membership`: a verified person takes a screen name and becomes a member.
//!
//! It needs no idempotency key, and keeps none: the stored answer would stand beside the person and
//! name the member.

use axum::{Json, extract::State};
use edge::{Input, Now, Problem, ProblemBody, auth::Applicant};
use identity::{
    IdentityError,
    link::Direction,
    member::{self, Activation, Link, Persona, Standing},
    screen_name::ScreenName,
};
use kernel::{Timestamp, id::MemberId, session::Clinician};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{App, membership::Membership};

/// The name that others will see.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    /// Unique, without regard to case, separators and look-alike characters.
    screen_name: ScreenName,
}

/// Takes a screen name, or changes it, at most every ninety days. The same name again answers the same.
#[utoipa::path(
    put, path = "/membership", tag = "sessions",
    request_body = NewMember,
    responses(
        (status = 200, description = "A member under that name", body = Membership),
        (status = 400, description = "The name is out of bounds, reserved or would offend", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not verified", body = ProblemBody),
        (status = 409, description = "The name is taken, or the last change is less than ninety days old", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn join(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Input(NewMember { screen_name }): Input<NewMember>,
) -> Result<Json<Membership>, Problem> {
    let standing = app.members.standing(&by.subject, now).await?;
    let clinician = standing.clinician.ok_or(IdentityError::NotVerified)?;
    let persona = match app.activate(&by.subject, &standing, &screen_name, clinician, now).await {
        Err(IdentityError::AlreadyMember) => app.rename(&by.subject, screen_name, now).await?,
        other => {
            other?;
            Persona::new(screen_name, now)
        }
    };
    Ok(Json(Membership::new(&persona, clinician, standing.suspension)))
}

impl App {
    async fn activate(
        &self,
        subject: &str,
        standing: &Standing,
        name: &ScreenName,
        clinician: Clinician,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if !standing.joined() {
            name.check()?;
        }
        let activation = match &standing.sealed {
            None => self.seal(subject, MemberId::random(), now).await?,
            Some(_) if standing.joined() => return Err(IdentityError::AlreadyMember),
            // Staff who were linked before they were verified keep their pseudonym.
            Some(sealed) => {
                let member = self.open(subject, sealed).await?;
                let due = member::due(now, self.activation_delay);
                Activation { subject: subject.to_owned(), member, link: None, now, due }
            }
        };
        self.members.activate(&activation, name, clinician).await
    }

    /// Gives a member another name, or confirms the one they have.
    async fn rename(
        &self,
        subject: &str,
        name: ScreenName,
        now: Timestamp,
    ) -> Result<Persona, IdentityError> {
        let shown = self.shown(subject, now).await?;
        if shown.persona.screen_name == name {
            return Ok(shown.persona);
        }
        name.check()?;
        let after = shown.persona.rename(name, now)?;
        shown.replace(&self.members, subject, &after, now).await?;
        Ok(after)
    }

    /// Seals both ends of the link between a person and a member. Two calls.
    pub(crate) async fn seal(
        &self,
        subject: &str,
        member: MemberId,
        now: Timestamp,
    ) -> Result<Activation, IdentityError> {
        let id = member.to_string();
        let link = Link {
            to_member: self.links.seal(Direction::ToMember, subject, &id).await?,
            to_person: self.links.seal(Direction::ToPerson, &id, subject).await?,
        };
        let due = member::due(now, self.activation_delay);
        Ok(Activation { subject: subject.to_owned(), member, link: Some(link), now, due })
    }

    /// The member behind a person. One call.
    pub(crate) async fn open(&self, subject: &str, sealed: &str) -> Result<MemberId, IdentityError> {
        let text = self.links.open(Direction::ToMember, subject, sealed).await?;
        Ok(text.parse()?)
    }
}
