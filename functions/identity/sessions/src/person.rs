//! `/person`: all that the zone holds of the caller, and its erasure.

use axum::{Json, extract::State};
use edge::{Input, Now, Problem, ProblemBody, auth::Applicant, bearer};
use http::HeaderMap;
use identity::{
    IdentityError,
    member::{self, Persona},
    person::{Erased, Holdings, Leaver},
};
use kernel::{Invalid, Timestamp, id::MemberId};
use providers::CallError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// What the caller must say to be erased.
const CONFIRMATION: &str = "erase me";

/// The audience of a receipt: it is no session token.
const RECEIPT: &str = "curbside-erasure-receipt";

/// All that the identity zone holds of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Export {
    exported_at: Timestamp,
    #[serde(flatten)]
    holdings: Holdings,
    /// How the person is shown in the community, if they are a member.
    #[schema(value_type = Option<Object>)]
    membership: Option<Persona>,
    /// What is held elsewhere, and where to get it.
    elsewhere: [&'static str; 2],
}

/// The wish to be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    /// `erase me`.
    #[schema(example = "erase me")]
    confirm: String,
}

/// What was erased, and what is kept and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Receipt {
    erased_at: Timestamp,
    erased: Erased,
    /// What is kept, for how long, and why.
    kept: [&'static str; 7],
    /// The same as a token signed with the key of sessions (ES256; the key is at `/.well-known/jwks.json`).
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
}

#[derive(Serialize)]
struct Signed<'a> {
    iss: &'a str,
    aud: &'static str,
    iat: i64,
    receipt: &'a Receipt,
}

const ELSEWHERE: [&str; 2] = [
    "community: what your pseudonym wrote; read it with a session at GET /cases/mine and GET /inbox",
    "treasury: what your pseudonym earned; read it with a session at GET /earnings",
];

const KEPT: [&str; 7] = [
    "that your licence was verified, as a keyed hash without a name, for ninety days: nobody votes twice",
    "that reviewers looked at an application, without the application, for three years: looks are accounted for",
    "your pseudonym with what it wrote and earned, as a former member, without any link to you",
    "that a licence or a name was refused, as keyed hashes without a name or an account, for three years",
    "answers to your last requests, which hold no particulars, for seven days: a request that is repeated has one effect",
    "the number of a register's record, without a name, for a day: until the register has been told to watch it no more",
    "copies in the identity zone's backups for thirty-five days, and in its outbox for seven",
];

/// All that the identity zone holds of the caller.
#[utoipa::path(
    get, path = "/person", tag = "person",
    responses(
        (status = 200, description = "Everything", body = Export),
        (status = 401, description = "No valid access token", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn export(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
) -> Result<Json<Export>, Problem> {
    let holdings = app.people.holdings(&by.subject).await?;
    let membership = match app.pseudonym(&by.subject, now).await? {
        Some(member) => app.members.persona(member).await?,
        None => None,
    };
    Ok(Json(Export { exported_at: now, holdings, membership, elsewhere: ELSEWHERE }))
}

/// Erases the caller: application, credential, contact, sign-in, and the link to their pseudonym. It cannot be
/// undone, and what the pseudonym earned can be paid to nobody any more. Asked again, it goes on where it was cut
/// off.
#[utoipa::path(
    post, path = "/person/erase", tag = "person",
    request_body = Erasure,
    responses(
        (status = 200, description = "Erased; keep the receipt", body = Receipt),
        (status = 400, description = "Not confirmed", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 503, description = "Not finished: ask again", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn erase(
    State(app): State<App>,
    Now(now): Now,
    headers: HeaderMap,
    by: Applicant,
    Input(Erasure { confirm }): Input<Erasure>,
) -> Result<Json<Receipt>, Problem> {
    let token = bearer(&headers)?;
    if confirm != CONFIRMATION {
        let invalid = Invalid::new("this confirms nothing", format!("send {CONFIRMATION:?}"));
        return Err(IdentityError::from(invalid.at("confirm")).into());
    }
    let leaver = Leaver {
        member: app.pseudonym(&by.subject, now).await?,
        subject: by.subject,
        now,
        due: member::due(now, app.activation_delay),
    };
    let erased = app.people.erase(&leaver).await?;
    let receipt = Receipt { erased_at: now, erased, kept: KEPT, signed: None };
    let signed = Signed { iss: app.signer.issuer(), aud: RECEIPT, iat: now.as_second(), receipt: &receipt };
    let signed = Some(app.signer.sign(&signed).await?);
    // The sign-in is the last to go: with it the caller could not ask again.
    match app.pool.delete(token).await {
        Ok(()) | Err(CallError::Refused(_)) => Ok(Json(Receipt { signed, ..receipt })),
        Err(error) => Err(IdentityError::from(error).into()),
    }
}

impl App {
    /// The caller's pseudonym, if they have one.
    async fn pseudonym(&self, subject: &str, now: Timestamp) -> Result<Option<MemberId>, IdentityError> {
        match self.members.standing(subject, now).await?.sealed {
            Some(sealed) => Ok(Some(self.open(subject, &sealed).await?)),
            None => Ok(None),
        }
    }
}
