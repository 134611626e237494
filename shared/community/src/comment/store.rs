//! The rows of comments.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `COMMENTS#<poll>` | `<comment>` | a comment |

use kernel::id::{CommentId, PollId};
use table::{Condition, CursorKey, Key, OnceKey, Query, Stored, Table, Transaction};

use super::Comment;
use crate::{
    CommunityError,
    member::{self, Names},
    poll::{self, Poll},
    review::{self, Overridden, Review, Subject},
};

const PAGE: i32 = 50;

/// The store of comments.
#[derive(Debug, Clone)]
pub struct Comments {
    table: Table,
}

/// A page of a discussion.
#[derive(Debug)]
pub struct Thread {
    /// The comments, oldest first.
    pub comments: Vec<Comment>,
    /// The names of their authors.
    pub names: Names,
    /// The cursor of the next page.
    pub next: Option<String>,
}

fn partition(poll: PollId) -> String {
    format!("COMMENTS#{poll}")
}

pub(crate) fn key(poll: PollId, comment: CommentId) -> Key {
    Key::new(partition(poll), comment.to_string())
}

impl Comments {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// A page of the discussion under a poll, oldest first. One query and one read.
    ///
    /// # Errors
    /// [`CommunityError::BadCursor`]; [`CommunityError::NoSuchPoll`], also of one that was not opened yet, or is hidden;
    /// storage faults.
    pub async fn thread(
        &self,
        poll: PollId,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Thread, CommunityError> {
        let query = Query::partition(partition(poll)).limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let comments: Vec<Comment> = page.items.into_iter().map(table::read).collect::<Result<_, _>>()?;
        let authors = comments.iter().map(|one| member::key(one.author));
        let around = self.table.get_many(authors.chain([poll::key(poll)])).await?;
        let names = Names::among(&around);
        poll::among(around)?;
        Ok(Thread { comments, names, next })
    }

    /// Adds a comment to a poll. One read and one transaction, which leaves the poll's row alone: crowds comment at once. What
    /// is added while a poll is being hidden is hidden with it.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`], also of one that was not opened yet, or is hidden;
    /// [`CommunityError::NoSuchComment`] when there is nothing to reply to; storage faults.
    pub async fn add(
        &self,
        comment: &Comment,
        overridden: Vec<Overridden>,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let (id, poll) = (comment.id, comment.poll);
        let found: Option<Poll> = self.table.get(poll::key(poll)).await?;
        found.filter(Poll::is_shown).ok_or(CommunityError::NoSuchPoll)?;
        let subject = Subject::Comment { poll, comment: id };
        let review = Review::of_overrides(subject, comment.author, overridden, comment.created_at);
        let mut transaction =
            Transaction::new().insert("comment", key(poll, id), comment).once(Some(once), stored);
        if let Some(parent) = comment.parent {
            transaction = transaction.check("parent", key(poll, parent), Condition::present());
        }
        self.table.commit(review::opened(transaction, review.as_ref())).await.map_err(|error| {
            if error.failed("parent") { CommunityError::NoSuchComment } else { error.into() }
        })
    }
}
