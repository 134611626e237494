//! `GET /reviews/{review}`: a review with what it is of, and its trail.

use axum::{Json, extract::State};
use community::{
    CommunityError,
    case::image::{Clean, Place, WITHHELD},
    review::{Act, Cause, Reason, Review, ReviewState, Seen, Subject, Trace},
};
use edge::{Now, Path, Problem, ProblemBody, auth::Moderator};
use kernel::{Timestamp, id::ReviewId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// A text of the subject.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextView {
    /// Which one, for example `history`.
    field: String,
    text: String,
}

/// The picture of the subject, at addresses that hold for five to ten minutes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PictureView {
    media_type: String,
    width: u32,
    height: u32,
    url: String,
    preview_url: Option<String>,
    filmstrip_url: Option<String>,
    filled: Vec<Place>,
}

/// A line of the trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceView {
    act: Act,
    /// The screen name of who did it.
    by: String,
    at: Timestamp,
    /// What they say about it, if they reported it as well.
    note: Option<Reason>,
}

/// A review.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewView {
    id: ReviewId,
    subject: Subject,
    #[serde(flatten)]
    cause: Cause,
    state: ReviewState,
    /// The screen name of the subject's author.
    author: String,
    /// What it says: nothing if it is an image, or if its author took it off.
    texts: Vec<TextView>,
    /// What it shows.
    picture: Option<PictureView>,
    trail: Vec<TraceView>,
}

/// A review with what it is of. That it was looked at is recorded before it is answered.
#[utoipa::path(
    get, path = "/reviews/{review}", tag = "moderation",
    params(("review" = ReviewId, Path)),
    responses(
        (status = 200, description = "The review, what it is of, and who did what", body = ReviewView),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such review", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Now(now): Now,
    Moderator(by): Moderator,
    Path(id): Path<ReviewId>,
) -> Result<Json<ReviewView>, Problem> {
    let (review, trail) = app.reviews.with_trail(id).await?;
    let seen = app.seen(review.subject).await?;
    app.reviews.looked(id, by, now).await?;
    let people: Vec<_> = trail.iter().map(|trace| trace.by).chain([review.author]).collect();
    let names = app.members.names(people).await?;
    let picture = match &seen {
        Some(Seen::Image(image)) => match &image.clean {
            Some(clean) => Some(app.picture(clean, image.hidden.is_some(), now).await?),
            None => None,
        },
        _ => None,
    };
    let view = |Trace { act, by, at, note, .. }| TraceView { act, by: names.of(by), at, note };
    let trail = trail.into_iter().map(view).collect();
    let Review { subject, author, cause, state, .. } = review;
    let texts = seen.as_ref().map(texts).unwrap_or_default();
    Ok(Json(ReviewView { id, subject, cause, state, author: names.of(author), texts, picture, trail }))
}

impl App {
    /// The subject of a review, if it is still there.
    pub(crate) async fn seen(&self, subject: Subject) -> Result<Option<Seen>, CommunityError> {
        match self.reviews.subject(subject).await {
            Ok((seen, _)) => Ok(Some(seen)),
            Err(CommunityError::NoSuchSubject) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn picture(&self, clean: &Clean, hidden: bool, now: Timestamp) -> Result<PictureView, Problem> {
        let place = |name: &str| if hidden { format!("{WITHHELD}{name}") } else { name.to_owned() };
        let address = async |name: &Option<String>| match name {
            Some(name) => self.images.lasting_address(&place(name), now).await.map(Some),
            None => Ok(None),
        };
        Ok(PictureView {
            media_type: clean.media_type.clone(),
            width: clean.width,
            height: clean.height,
            url: self.images.lasting_address(&place(&clean.files.image), now).await?,
            preview_url: address(&clean.files.preview).await?,
            filmstrip_url: address(&clean.files.filmstrip).await?,
            filled: clean.filled.clone(),
        })
    }
}

/// What a subject says.
fn texts(seen: &Seen) -> Vec<TextView> {
    let view =
        |field: &str, text: &dyn ToString| TextView { field: field.to_owned(), text: text.to_string() };
    match seen {
        Seen::Case(case) => {
            let content = &case.content;
            let mut texts = vec![
                view("title", &content.title),
                view("history", &content.history),
                view("findings", &content.findings),
                view("question", &content.question),
            ];
            texts.extend(case.outcome.as_ref().map(|outcome| view("outcome", outcome)));
            texts
        }
        Seen::Image(_) => Vec::new(),
        Seen::Contribution(contribution) => vec![view("text", &contribution.text)],
        Seen::Course(course) => vec![view("text", &course.text)],
        Seen::Comment(comment) => vec![view("text", &comment.text)],
        Seen::Poll(poll) => {
            let content = &poll.content;
            let mut texts = vec![view("question", &content.question)];
            texts.extend(content.context.as_ref().map(|context| view("context", context)));
            let options = content.options.iter().enumerate();
            texts.extend(options.map(|(number, option)| view(&format!("options[{number}]"), option)));
            let sources = content.sources.iter().enumerate();
            texts.extend(sources.flat_map(|(number, one)| {
                [
                    view(&format!("sources[{number}].title"), &one.title),
                    view(&format!("sources[{number}].link"), &one.link),
                ]
            }));
            let changes = poll.changes.iter().enumerate();
            texts
                .extend(changes.map(|(number, one)| view(&format!("changes[{number}].reason"), &one.reason)));
            texts
        }
    }
}
