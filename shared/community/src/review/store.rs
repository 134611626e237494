//! The rows of reviews, and what they do to their subjects.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `REVIEW#<review>` | `REVIEW` | a review; `gsi1` `REVIEWS#<state>` |
//! | `REVIEW#<review>` | `TRACE#<notice>` | who did what, and when |
//! | `REPORTER#<member>#<day>` | `REPORTS` | how many things a member reported that day |

use contracts::{
    Envelope,
    community::{ContentHidden, ImageChanged, PollHidden, ReviewCause, ReviewNoted, ReviewStep, Visibility},
};
use kernel::{
    Timestamp,
    id::{MemberId, ReviewId},
};
use serde::{Deserialize, Serialize};
use table::{
    Condition, CursorKey, Item, Key, OnceKey, Query, Stored, Table, TableError, Transaction, Update,
};

use super::{Act, Cause, Review, ReviewState, Subject, Trace};
use crate::{
    CommunityError,
    case::{self, Case, image::Image},
    comment::{self, Comment},
    discussion::{self, Contribution},
    poll::{self, Poll},
    vote::{self, Course},
};

const PAGE: i32 = 25;
/// The most that one member hides on a day: who sees more than that has something else in mind.
const MOST_REPORTS: i64 = 50;
/// As many writes as a transaction takes.
const MOST_AT_ONCE: usize = 100;
/// How long a day's count is kept, in seconds.
const REMEMBERED_SECONDS: i64 = 2 * 24 * 3600;

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    review: Review,
    gsi1pk: String,
    gsi1sk: String,
}

/// The subject of a review, as its row is.
#[derive(Debug)]
pub enum Seen {
    /// A case.
    Case(Case),
    /// An image.
    Image(Image),
    /// A contribution.
    Contribution(Contribution),
    /// A course of action.
    Course(Course),
    /// A poll.
    Poll(Poll),
    /// A comment.
    Comment(Comment),
}

impl Seen {
    /// Whose it is; of an image, its case says that.
    const fn author(&self) -> Option<MemberId> {
        match self {
            Self::Case(case) => Some(case.author),
            Self::Image(_) => None,
            Self::Contribution(contribution) => Some(contribution.author),
            Self::Course(course) => Some(course.proposer),
            Self::Poll(poll) => Some(poll.author),
            Self::Comment(comment) => Some(comment.author),
        }
    }

    /// The review that hides it.
    pub const fn hidden(&self) -> Option<ReviewId> {
        match self {
            Self::Case(case) => case.hidden,
            Self::Image(image) => image.hidden,
            Self::Contribution(contribution) => contribution.hidden,
            Self::Course(course) => course.hidden,
            Self::Poll(poll) => poll.hidden,
            Self::Comment(comment) => comment.hidden,
        }
    }

    /// The open review in which it was reported as it is, whether that hides it or not.
    pub fn reported_in(&self) -> Option<ReviewId> {
        let raised = if let Self::Poll(poll) = self { poll.raised } else { None };
        self.hidden().or(raised.filter(|_| self.is_cleared()))
    }

    /// Whether a moderator found before that nobody can be identified in it, and nothing was added since.
    pub fn is_cleared(&self) -> bool {
        matches!(self, Self::Poll(poll) if poll.is_cleared())
    }
}

/// A page of reviews.
#[derive(Debug)]
pub struct Page {
    /// The reviews.
    pub reviews: Vec<Review>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The store of reviews.
#[derive(Debug, Clone)]
pub struct Reviews {
    table: Table,
}

pub(super) fn key(review: ReviewId) -> Key {
    Key::new(format!("REVIEW#{review}"), "REVIEW")
}

pub(super) fn shelf(state: ReviewState) -> String {
    format!("REVIEWS#{}", state.name())
}

/// Where the subject's row is.
pub(super) fn place(subject: Subject) -> Key {
    match subject {
        Subject::Case { case } => case::key(case),
        Subject::Image { case, image } => case::image::key(case, image),
        Subject::Contribution { case, contribution } => discussion::key(case, contribution),
        Subject::Course { case, course } => vote::key(case, course),
        Subject::Poll { poll } => poll::key(poll),
        Subject::Comment { poll, comment } => comment::key(poll, comment),
    }
}

fn trace_key(review: ReviewId, trace: &Trace) -> Key {
    Key::new(key(review).pk, format!("TRACE#{}", trace.id))
}

pub(super) fn trace(transaction: Transaction, review: ReviewId, trace: &Trace) -> Transaction {
    transaction.insert("trace", trace_key(review, trace), trace)
}

/// A transaction that opens a review as well, if there is one, and tells the moderators.
pub(crate) fn opened(transaction: Transaction, review: Option<&Review>) -> Transaction {
    let Some(review) = review else { return transaction };
    let row = Row { gsi1pk: shelf(review.state), gsi1sk: review.id.to_string(), review: review.clone() };
    let first = Trace::of(Act::Opened, review.opened_by, review.opened_at);
    trace(transaction.insert("review", key(review.id), &row), review.id, &first)
        .announce(&Envelope::new(review.opened_at, noted(review, ReviewStep::Opened)))
}

pub(super) fn noted(review: &Review, step: ReviewStep) -> ReviewNoted {
    let (case, poll) = match review.subject {
        Subject::Case { case }
        | Subject::Image { case, .. }
        | Subject::Contribution { case, .. }
        | Subject::Course { case, .. } => (Some(case), None),
        Subject::Poll { poll } | Subject::Comment { poll, .. } => (None, Some(poll)),
    };
    let cause = match review.cause {
        Cause::Identifier { .. } => ReviewCause::Identifier,
        Cause::Repeat { .. } => ReviewCause::Repeat,
        Cause::Override { .. } => ReviewCause::Override,
        Cause::Objection { .. } => ReviewCause::Objection,
    };
    ReviewNoted { review: review.id, author: review.author, case, poll, cause, step }
}

/// Tells whoever keeps copies what becomes of a subject.
pub(super) fn told(
    transaction: Transaction,
    subject: Subject,
    seen: &Seen,
    visibility: Visibility,
    now: Timestamp,
) -> Transaction {
    let hidden = |case, contribution| ContentHidden { case, contribution, visibility };
    match subject {
        Subject::Case { case } => transaction.announce(&Envelope::new(now, hidden(case, None))),
        Subject::Contribution { case, contribution } => {
            transaction.announce(&Envelope::new(now, hidden(case, Some(contribution))))
        }
        Subject::Image { case, image } => {
            transaction.announce(&Envelope::new(now, ImageChanged { case, image }))
        }
        Subject::Poll { poll } => match seen {
            Seen::Poll(Poll { published_as: Some(published_as), .. }) => {
                let told = PollHidden { poll, published_as: *published_as, visibility };
                transaction.announce(&Envelope::new(now, told))
            }
            // It was never opened, so nobody has a copy.
            _ => transaction,
        },
        // Nobody else has a copy.
        Subject::Course { .. } | Subject::Comment { .. } => transaction,
    }
}

/// A transaction that counts a member's report of a day, of which there are so many at most.
fn counted(by: MemberId, at: Timestamp) -> Transaction {
    let reports = Key::new(format!("REPORTER#{by}#{}", at.strftime("%Y-%m-%d")), "REPORTS");
    let forgotten = at.as_second().saturating_add(REMEMBERED_SECONDS);
    let count = Update::new().add("reports", 1).set("expires_at", forgotten);
    Transaction::new().update("room", reports, count, Condition::missing_or_below("reports", MOST_REPORTS))
}

/// Why a report opened no review.
fn refused(error: TableError) -> CommunityError {
    if error.failed("subject") {
        CommunityError::Contended
    } else if error.failed("room") {
        CommunityError::TooManyReports
    } else {
        error.into()
    }
}

fn read(item: Item) -> Result<Review, CommunityError> {
    Ok(table::read::<Row>(item)?.review)
}

impl Reviews {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// A review with its trail, oldest first. One query.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchReview`]; storage faults.
    pub async fn with_trail(&self, id: ReviewId) -> Result<(Review, Vec<Trace>), CommunityError> {
        let (mut review, mut trail) = (None, Vec::new());
        for item in self.table.query(Query::partition(key(id).pk)).await?.items {
            if table::sort_key(&item) == "REVIEW" {
                review = Some(read(item)?);
            } else {
                trail.push(table::read(item)?);
            }
        }
        Ok((review.ok_or(CommunityError::NoSuchReview)?, trail))
    }

    /// A page of the reviews of a state, oldest first. One query.
    ///
    /// # Errors
    /// [`CommunityError::BadCursor`]; storage faults.
    pub async fn of_state(
        &self,
        state: ReviewState,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, CommunityError> {
        let query = Query::index("gsi1", shelf(state)).limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let reviews = page.items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { reviews, next })
    }

    /// The subject of a review, and its case if it is of one. One read.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchSubject`]; storage faults.
    pub async fn subject(&self, subject: Subject) -> Result<(Seen, Option<Case>), CommunityError> {
        let around = match subject {
            Subject::Case { .. } | Subject::Poll { .. } | Subject::Comment { .. } => None,
            Subject::Image { case, .. }
            | Subject::Contribution { case, .. }
            | Subject::Course { case, .. } => Some(case::key(case)),
        };
        let (at, mut seen, mut within) = (place(subject), None, None);
        for item in self.table.get_many([Some(at.clone()), around].into_iter().flatten()).await? {
            if table::sort_key(&item) != at.sk {
                within = Some(case::read(item)?);
                continue;
            }
            seen = Some(match subject {
                Subject::Case { .. } => Seen::Case(case::read(item)?),
                Subject::Image { .. } => Seen::Image(table::read(item)?),
                Subject::Contribution { .. } => Seen::Contribution(table::read(item)?),
                Subject::Course { .. } => Seen::Course(table::read(item)?),
                Subject::Poll { .. } => Seen::Poll(table::read(item)?),
                Subject::Comment { .. } => Seen::Comment(table::read(item)?),
            });
        }
        Ok((seen.ok_or(CommunityError::NoSuchSubject)?, within))
    }

    /// A published subject, and whose it is. One read, and another of the poll if it is a comment.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchSubject`] when it is not there, or not published.
    pub async fn reported(&self, subject: Subject) -> Result<(MemberId, Seen), CommunityError> {
        let (seen, within) = self.subject(subject).await?;
        let case = if let Seen::Case(case) = &seen { Some(case) } else { within.as_ref() };
        let published = match (&seen, case) {
            (Seen::Poll(poll), _) => poll.status.is_public(),
            (Seen::Comment(comment), _) => {
                let poll: Option<Poll> = self.table.get(poll::key(comment.poll)).await?;
                poll.is_some_and(|poll| poll.is_shown())
            }
            (_, Some(case)) => case.is_shown(),
            _ => false,
        };
        let author = seen.author().or_else(|| within.map(|case| case.author));
        match author {
            Some(author) if published => Ok((author, seen)),
            _ => Err(CommunityError::NoSuchSubject),
        }
    }

    /// Opens a review that says there is an identifier, and hides its subject, which stands as it was seen. One
    /// transaction.
    ///
    /// # Errors
    /// [`CommunityError::Contended`] when somebody else hid it in the meantime; storage faults.
    pub async fn hide(
        &self,
        review: &Review,
        seen: &Seen,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let mut update = Update::new().set("hidden", review.id);
        update = match review.subject {
            Subject::Case { .. } => update.remove("gsi1pk").remove("gsi1sk"),
            Subject::Image { .. } => update.add("revision", 1),
            Subject::Contribution { .. }
            | Subject::Course { .. }
            | Subject::Poll { .. }
            | Subject::Comment { .. } => update,
        };
        let unhidden = Condition::present().and(Condition::missing("hidden"));
        let transaction = counted(review.opened_by, review.opened_at)
            .update("subject", place(review.subject), update, unhidden)
            .once(Some(once), stored);
        let transaction = told(transaction, review.subject, seen, Visibility::Hidden, review.opened_at);
        self.table.commit(opened(transaction, Some(review))).await.map_err(refused)
    }

    /// Opens a review of a subject that stays where it is: it was looked through before. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::Contended`] when somebody else reported it in the meantime; [`CommunityError::TooManyReports`];
    /// storage faults.
    pub async fn raise(
        &self,
        review: &Review,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let quiet = Condition::present().and(Condition::missing("hidden")).and(Condition::missing("raised"));
        let transaction = counted(review.opened_by, review.opened_at)
            .update("subject", place(review.subject), Update::new().set("raised", review.id), quiet)
            .once(Some(once), stored);
        self.table.commit(opened(transaction, Some(review))).await.map_err(refused)
    }

    /// Records in the review that hides a subject that somebody else reported it as well. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::ReviewDecided`] when there is nothing left to decide; [`CommunityError::TooManyReports`];
    /// storage faults.
    pub async fn join(
        &self,
        review: ReviewId,
        report: &Trace,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let transaction = counted(report.by, report.at)
            .check("review", key(review), Condition::equals("state", ReviewState::Open))
            .once(Some(once), stored);
        self.table.commit(trace(transaction, review, report)).await.map_err(|error| {
            if error.failed("review") {
                CommunityError::ReviewDecided
            } else if error.failed("room") {
                CommunityError::TooManyReports
            } else {
                error.into()
            }
        })
    }

    /// Forgets what was said about a subject by those who reported it as well: their words may repeat what is removed.
    /// A transaction for every hundred of them.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn hush(&self, review: ReviewId, trail: &[Trace]) -> Result<(), CommunityError> {
        let said: Vec<&Trace> = trail.iter().filter(|trace| trace.note.is_some()).collect();
        for some in said.chunks(MOST_AT_ONCE) {
            let transaction = some.iter().fold(Transaction::new(), |transaction, trace| {
                let silent = Update::new().remove("note");
                transaction.update("trace", trace_key(review, trace), silent, Condition::present())
            });
            self.table.commit(transaction).await?;
        }
        Ok(())
    }

    /// Records that a moderator looked at a review's subject. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn looked(&self, review: ReviewId, by: MemberId, now: Timestamp) -> Result<(), CommunityError> {
        let step = trace(Transaction::new(), review, &Trace::of(Act::Looked, by, now));
        Ok(self.table.commit(step).await?)
    }
}
