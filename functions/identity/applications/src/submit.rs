//! `POST /applications`: a signed-in person applies to join.

use axum::{extract::State, response::Response};
use edge::{Now, Once, Problem, ProblemBody, answer, auth::Applicant, bearer, stored};
use http::{HeaderMap, StatusCode};
use identity::{
    IdentityError,
    application::{Application, Status},
};
use kernel::id::ApplicationId;
use providers::CallError;

use crate::{App, claim::NewApplication, view::ApplicationView};

/// Applies to join.
#[utoipa::path(
    post, path = "/applications", tag = "applications",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = NewApplication,
    responses(
        (status = 201, description = "The application, being verified", body = ApplicationView),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "The e-mail address is not verified", body = ProblemBody),
        (status = 404, description = "Not signed in with the other network", body = ProblemBody),
        (status = 409, description = "There is an application already, or there were five within thirty days", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn submit(
    State(app): State<App>,
    Now(now): Now,
    headers: HeaderMap,
    once: Once<Applicant, NewApplication>,
) -> Result<Response, Problem> {
    let token = bearer(&headers)?;
    answer(app.store.table(), &once.key, async {
        let wanted = once.input.by_sign_in();
        let sign_in = app.sign_in(&once.by.subject, wanted, now).await?;
        if wanted && sign_in.is_none() {
            return Err(IdentityError::NoSignIn);
        }
        let claim = once.input.claim(sign_in, now)?;
        let email = app.pool.verified_email(token).await.map_err(|error| match error {
            CallError::Refused(_) => IdentityError::SignedOut,
            other => other.into(),
        })?;
        let tries = app.store.tries(&once.by.subject).await?;
        let application = Application {
            id: ApplicationId::at(now),
            subject: once.by.subject,
            email: email.ok_or(IdentityError::EmailUnverified)?,
            claim,
            revision: 1,
            status: Status::Verifying,
            reasons: Vec::new(),
            notes: Vec::new(),
            asked: None,
            asked_at: None,
            approved_by: None,
            appeal: None,
            corrections: Vec::new(),
            returns: Vec::new(),
            suspended_at: None,
            held: None,
            submitted_at: now,
            decided_at: None,
            decided_by: None,
        };
        let stored = stored(StatusCode::CREATED, &ApplicationView::new(application.clone(), &[], Vec::new()));
        app.store.submit(&application, &tries, &once.key, &stored).await?;
        Ok::<_, IdentityError>(stored)
    })
    .await
}
