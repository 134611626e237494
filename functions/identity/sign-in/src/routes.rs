//! `/sign-in`: begun, completed with what the network sent back, shown, forgotten.

use axum::{Json, extract::State};
use edge::{Input, Nothing, Now, Problem, ProblemBody, auth::Applicant};
use http::StatusCode;
use identity::{
    IdentityError,
    sign_in::{Pending, SignIn},
};
use kernel::{
    Timestamp,
    text::{Line, Text},
};
use providers::{
    CallError,
    network::{CODE_REFUSED, Network},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// A sign-in that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BegunView {
    /// The network.
    network: String,
    /// Where the person's browser is to go. It comes back with `code` and `state`.
    address: String,
    /// Until when it can be completed.
    until: Timestamp,
}

/// What came back from the network.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CameBack {
    code: Text<4_000>,
    state: Line,
}

/// A completed sign-in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInView {
    network: String,
    /// Given name, as the network knows it.
    given_name: String,
    /// Family name, as the network knows it.
    family_name: String,
    /// Until when it can be applied with, by `sign_in: true`.
    until: Timestamp,
}

impl From<SignIn> for SignInView {
    fn from(done: SignIn) -> Self {
        let until = done.until();
        Self { network: done.network, given_name: done.given_name, family_name: done.family_name, until }
    }
}

impl App {
    fn network(&self) -> Result<&Network, IdentityError> {
        self.network.as_ref().ok_or(IdentityError::NoNetwork)
    }
}

/// Begins a sign-in with the other network, in the place of any earlier one.
#[utoipa::path(
    put, path = "/sign-in", tag = "sign-in",
    request_body = Nothing,
    responses(
        (status = 200, description = "Where the browser is to go", body = BegunView),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "There is no other network here", body = ProblemBody),
        (status = 503, description = "The network did not answer", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn begin_sign_in(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Input(Nothing {}): Input<Nothing>,
) -> Result<Json<BegunView>, Problem> {
    let network = app.network()?;
    let begun = network.begin().await.map_err(IdentityError::from)?;
    let pending = Pending { state: begun.state, nonce: begun.nonce, verifier: begun.verifier, begun_at: now };
    app.store.begin(&by.subject, &pending).await?;
    let network = network.name().to_owned();
    Ok(Json(BegunView { network, address: begun.address, until: pending.until() }))
}

/// Completes the sign-in with what the network sent back.
#[utoipa::path(
    post, path = "/sign-in/complete", tag = "sign-in",
    request_body = CameBack,
    responses(
        (status = 200, description = "Signed in there", body = SignInView),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "There is no other network here", body = ProblemBody),
        (status = 409, description = "Not begun by the caller, out of time, completed before, or refused by the network", body = ProblemBody),
        (status = 503, description = "The network did not answer, or not as it can be trusted: begin again", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn complete_sign_in(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Input(CameBack { code, state }): Input<CameBack>,
) -> Result<Json<SignInView>, Problem> {
    let network = app.network()?;
    let pending = app.store.pending(&by.subject, state.as_str(), now).await?;
    let completed = network.complete(code.as_str(), &pending.verifier, &pending.nonce).await;
    let account = completed.map_err(|error| match error {
        CallError::Refused(CODE_REFUSED) => IdentityError::SignInRefused,
        // Ours or the network's to mend: an expired secret, a token that is not to be trusted.
        other => {
            tracing::error!(cause = %other, "a sign-in was not completed");
            other.into()
        }
    })?;
    let done = SignIn {
        network: network.name().to_owned(),
        account: account.id,
        given_name: account.given_name,
        family_name: account.family_name,
        at: now,
    };
    app.store.complete(&by.subject, &pending, &done).await?;
    Ok(Json(done.into()))
}

/// The caller's completed sign-in.
#[utoipa::path(
    get, path = "/sign-in", tag = "sign-in",
    responses(
        (status = 200, description = "Signed in there", body = SignInView),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "Not signed in there, or a day ago", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn show_sign_in(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
) -> Result<Json<SignInView>, Problem> {
    let done = app.store.done(&by.subject, now).await?.ok_or(IdentityError::NoSignIn)?;
    Ok(Json(done.into()))
}

/// Forgets the caller's sign-in. An application that was filed with it keeps it.
#[utoipa::path(
    delete, path = "/sign-in", tag = "sign-in",
    responses(
        (status = 204, description = "There is none any more"),
        (status = 401, description = "No valid access token", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn forget_sign_in(State(app): State<App>, by: Applicant) -> Result<StatusCode, Problem> {
    app.store.forget(&by.subject).await?;
    Ok(StatusCode::NO_CONTENT)
}
