//! What a moderator's decision does to a review and to its subject.

use contracts::{
    Envelope,
    community::{ReviewStep, Visibility},
};
use kernel::{
    Timestamp,
    id::{MemberId, MessageId},
};
use table::{Condition, Transaction, Update};

use super::{
    Act, Cause, Overridden, REMOVED, Review, ReviewState, Trace,
    store::{Reviews, Seen, key, noted, place, shelf, told, trace},
};
use crate::{
    CommunityError,
    ballots::parts,
    case::{
        self,
        image::{ImageRefusal, ImageState},
    },
    poll::{Change, Poll, Status},
};

impl Reviews {
    /// Ends a review. What is confirmed to be an identifier is removed, with the messages that carried it and still
    /// wait; what is not is shown again. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::OwnReview`] when it is of what the moderator wrote or reported;
    /// [`CommunityError::ReviewDecided`] when it was decided before; storage faults.
    pub async fn decide(
        &self,
        review: &Review,
        seen: Option<&Seen>,
        confirmed: bool,
        by: MemberId,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        if by == review.author || by == review.opened_by {
            return Err(CommunityError::OwnReview);
        }
        let (state, act, step) = if confirmed {
            (ReviewState::Confirmed, Act::Confirmed, ReviewStep::Confirmed)
        } else {
            (ReviewState::Dismissed, Act::Dismissed, ReviewStep::Dismissed)
        };
        let update = Update::new().set("state", state).set("gsi1pk", shelf(state));
        let update = if confirmed { silent(update, &review.cause) } else { update };
        let open = Condition::equals("state", ReviewState::Open);
        let transaction = Transaction::new().update("review", key(review.id), update, open);
        let transaction = trace(transaction, review.id, &Trace::of(act, by, now))
            .announce(&Envelope::new(now, noted(review, step)));
        let transaction = match seen {
            Some(seen) => changed(transaction, review, seen, confirmed, now),
            // Its author took it off.
            None => transaction,
        };
        self.table().commit(transaction).await.map_err(|error| {
            if error.failed("review") || error.failed("subject") {
                CommunityError::ReviewDecided
            } else {
                error.into()
            }
        })
    }
}

/// Forgets what was said about what is removed: the words may repeat it.
fn silent(update: Update, cause: &Cause) -> Update {
    match cause {
        Cause::Identifier { .. } | Cause::Repeat { .. } => update.remove("note"),
        Cause::Override { .. } => update.set("places", Vec::<Overridden>::new()),
        Cause::Objection { .. } => update,
    }
}

/// What a decision does to its subject.
fn changed(
    transaction: Transaction,
    review: &Review,
    seen: &Seen,
    confirmed: bool,
    now: Timestamp,
) -> Transaction {
    match (&review.cause, confirmed) {
        (Cause::Identifier { .. } | Cause::Repeat { .. } | Cause::Override { .. }, true) => {
            let transaction = match seen {
                Seen::Poll(poll) if poll.status.is_running() => parts::stopped(transaction, poll.id, now),
                _ => transaction,
            };
            removed(told(transaction, review.subject, seen, Visibility::Removed, now), review, seen)
        }
        // Another review removed it.
        (Cause::Identifier { .. }, false) if seen.hidden() != Some(review.id) => transaction,
        (Cause::Identifier { .. }, false) => {
            let transaction = told(transaction, review.subject, seen, Visibility::Shown, now);
            transaction.update("subject", place(review.subject), shown(seen, now), hidden_by(review))
        }
        // What was cleared before stays cleared; what was removed stays so.
        (Cause::Repeat { .. }, false) => match seen {
            Seen::Poll(Poll { raised: Some(raised), .. }) if *raised == review.id => {
                let raised = Condition::equals("raised", review.id);
                transaction.update("subject", place(review.subject), Update::new().remove("raised"), raised)
            }
            _ => transaction,
        },
        (Cause::Override { .. }, false) => transaction,
        (Cause::Objection { .. }, holds) => {
            let Seen::Image(image) = seen else { return transaction };
            let after = image.clone().decided(holds);
            let unchanged = Condition::equals("revision", image.revision);
            let transaction = transaction.put_when("subject", place(review.subject), &after, unchanged);
            if after.marked.is_empty() {
                transaction
            } else {
                told(transaction, review.subject, seen, Visibility::Hidden, now)
            }
        }
    }
}

/// Holds while this review hides its subject.
fn hidden_by(review: &Review) -> Condition {
    Condition::equals("hidden", review.id)
}

/// What shows a subject again.
fn shown(seen: &Seen, now: Timestamp) -> Update {
    let update = Update::new().remove("hidden");
    match seen {
        Seen::Case(case) => match case::feed_place(case) {
            Some((partition, place)) => update.set("gsi1pk", partition).set("gsi1sk", place),
            None => update,
        },
        Seen::Image(_) => update.add("revision", 1),
        Seen::Poll(_) => update.set("cleared_at", now),
        Seen::Contribution(_) | Seen::Course(_) | Seen::Comment(_) => update,
    }
}

/// Removes a subject: what it said is nowhere in the table any more.
fn removed(transaction: Transaction, review: &Review, seen: &Seen) -> Transaction {
    let update = Update::new().set("hidden", review.id);
    let (update, messages): (Update, Vec<MessageId>) = match seen {
        Seen::Case(case) => {
            let texts = ["title", "history", "findings", "question"];
            let update = texts.into_iter().fold(update, |update, field| update.set(field, REMOVED));
            let update = update.remove("overridden").remove("gsi1pk").remove("gsi1sk");
            let update = if case.outcome.is_some() { update.set("outcome", REMOVED) } else { update };
            (update, case.published_as.into_iter().chain(case.closed_as).collect())
        }
        Seen::Image(_) => {
            let remedy = "a moderator confirmed that somebody can be identified in it";
            let refusal = ImageRefusal { code: "identifier_confirmed".to_owned(), remedy: remedy.to_owned() };
            let update = update.add("revision", 1).remove("clean").set("state", ImageState::Refused);
            (update.set("refusal", refusal), Vec::new())
        }
        Seen::Contribution(contribution) => {
            (update.set("text", REMOVED), contribution.published_as.into_iter().collect())
        }
        Seen::Course(_) | Seen::Comment(_) => (update.set("text", REMOVED), Vec::new()),
        Seen::Poll(poll) => {
            let options: Vec<String> =
                (1..=poll.content.options.len()).map(|number| format!("{REMOVED} {number}")).collect();
            let update = update.set("question", REMOVED).set("options", options).remove("raised");
            // It makes way for no other, and none waits for it.
            let running = poll.status.is_running();
            let update = if running { update.set("status", Status::Withdrawn) } else { update };
            let update = update
                .remove("context")
                .remove("sources")
                .remove("declined")
                .set("changes", Vec::<Change>::new())
                .remove("gsi2pk")
                .remove("gsi2sk");
            (update.remove("gsi1pk").remove("gsi1sk"), poll.published_as.into_iter().collect())
        }
    };
    // What its author added since it was read would be left, and so would the message that opened a poll.
    let unchanged = match seen {
        Seen::Case(case) => Condition::equals("version", case.version),
        Seen::Poll(poll) => Condition::equals("status", poll.status),
        Seen::Image(_) | Seen::Contribution(_) | Seen::Course(_) | Seen::Comment(_) => Condition::present(),
    };
    let transaction = transaction.update("subject", place(review.subject), update, unchanged);
    messages.into_iter().fold(transaction, |transaction, message| transaction.forget_message("sent", message))
}
