//! `GET` and `POST /polls/{poll}/comments`: the discussion under a poll.

use axum::{extract::State, response::Response};
use community::{
    CommunityError,
    comment::{Comment, Thread},
};
use edge::{
    Now, Once, Paged, Path, Problem, ProblemBody, Query, answer,
    auth::{Practising, SignedIn},
    stored,
};
use http::StatusCode;
use kernel::{
    Timestamp,
    id::{CommentId, PollId},
    session::Clinician,
    text::Passage,
};
use screening::Override;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{App, list::Which};

/// What is said of a poll.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewComment {
    /// The text, without anything that identifies a patient.
    text: Passage,
    /// The comment that it replies to.
    #[serde(default)]
    parent: Option<CommentId>,
    /// What was found in an earlier attempt and says nothing of a patient.
    #[serde(default)]
    overrides: Vec<Override>,
}

/// What was said of a poll. It does not repeat the text, since the answer is kept for those who ask twice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Commented {
    id: CommentId,
    created_at: Timestamp,
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommentView {
    id: CommentId,
    parent: Option<CommentId>,
    /// The author's screen name.
    author: String,
    clinician: Clinician,
    /// Nothing while it is hidden, and after it was removed.
    text: Option<Passage>,
    /// Whether somebody sees an identifier in it, and no moderator has decided that there is none.
    hidden: bool,
    created_at: Timestamp,
}

/// A page of comments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommentList {
    comments: Vec<CommentView>,
}

/// The discussion under a poll.
#[utoipa::path(
    get, path = "/polls/{poll}/comments", tag = "polls",
    params(("poll" = PollId, Path), Which),
    responses(
        (status = 200, description = "A page, oldest first; the Link header leads on", body = CommentList),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 404, description = "No such poll for members", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn comments(
    State(app): State<App>,
    _by: SignedIn,
    Path(poll): Path<PollId>,
    Query(which): Query<Which>,
) -> Result<Paged<CommentList>, Problem> {
    let Thread { comments, names, next } =
        app.comments.thread(poll, &app.cursors, which.cursor.as_deref()).await?;
    let comments = comments
        .into_iter()
        .map(|one| CommentView {
            id: one.id,
            parent: one.parent,
            author: names.of(one.author),
            clinician: one.clinician,
            hidden: one.hidden.is_some(),
            text: one.hidden.is_none().then_some(one.text),
            created_at: one.created_at,
        })
        .collect();
    Ok(Paged { body: CommentList { comments }, query: String::new(), next })
}

/// Says something of a poll that is or was open, whether or not the caller has voted.
#[utoipa::path(
    post, path = "/polls/{poll}/comments", tag = "polls",
    params(
        ("poll" = PollId, Path),
        ("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat"),
    ),
    request_body = NewComment,
    responses(
        (status = 201, description = "Added to the discussion", body = Commented),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a verified clinician", body = ProblemBody),
        (status = 404, description = "No such poll for members, or nothing to reply to", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept; or the key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn comment(
    State(app): State<App>,
    Now(now): Now,
    Path(poll): Path<PollId>,
    once: Once<Practising, NewComment>,
) -> Result<Response, Problem> {
    let Practising(by) = once.by;
    let NewComment { text, parent, overrides } = once.input;
    let overridden = app.screen.check([("text", text.as_str())], overrides)?;
    let (id, author, clinician) = (CommentId::at(now), by.id, by.clinician);
    let comment = Comment { id, poll, parent, author, clinician, text, created_at: now, hidden: None };
    answer(app.comments.table(), &once.key, async {
        let stored = stored(StatusCode::CREATED, &Commented { id, created_at: now });
        app.comments.add(&comment, overridden, &once.key, &stored).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}
