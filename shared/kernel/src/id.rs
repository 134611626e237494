//! Typed identifiers, each with its prefix, so that one cannot be handed over for another.
//!
//! Most ids sort by the time they were made (a ULID). [`MemberId`] does not: it is 128 random
//! bits, since an id that carries time would link a member to the moment of their approval.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use rand::Rng;
use ulid::Ulid;

use crate::{Invalid, text_value};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $made:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        ids!(@make $made $name);

        impl $name {
            /// The 26 characters behind the prefix.
            pub fn suffix(&self) -> String {
                self.0.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|suffix| suffix.len() == 26)
                    .and_then(|suffix| Ulid::from_string(suffix).ok())
                    .map(Self)
                    .filter(|id| id.to_string() == text)
                    .ok_or_else(|| Invalid::new(
                        concat!("this is not an id that begins with ", $prefix, "_"),
                        concat!("send the id as it was given: ", $prefix, "_ and 26 characters"),
                    ))
            }
        }

        text_value!($name, concat!("An id: `", $prefix, "_` and 26 characters."),
            concat!($prefix, "_01JD2V5Q0M8RZ6T3W9X4Y7B1CE"));
    )+};
    (@make sortable $name:ident) => {
        impl $name {
            /// A new id that sorts by `now`, to the millisecond.
            pub fn at(now: Timestamp) -> Self {
                Self(Ulid::from_datetime(now.into()))
            }

            /// The millisecond since 1970 that it was made in.
            pub const fn millisecond(&self) -> u64 {
                self.0.timestamp_ms()
            }

            /// The lowest id of a moment: the place in a time-ordered range where it begins.
            pub fn floor(at: Timestamp) -> Self {
                let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
                Self(Ulid::from_parts(millis, 0))
            }
        }
    };
    (@make random $name:ident) => {
        impl $name {
            /// A new id of 128 random bits: it carries neither time nor order.
            pub fn random() -> Self {
                Self(Ulid(rand::rng().random()))
            }
        }
    };
}

ids! {
    /// A member of the community: the pseudonym that every zone but identity knows.
    MemberId = "mbr", random;
    /// An application to join.
    ApplicationId = "appl", sortable;
    /// A document that an applicant shows.
    DocumentId = "doc", sortable;
    /// A patient case.
    CaseId = "case", sortable;
    /// An image of a case.
    ImageId = "img", sortable;
    /// A question, advice or reply in a case's discussion.
    ContributionId = "ctb", sortable;
    /// A course of action proposed for a case.
    CourseId = "crs", sortable;
    /// A Monday poll.
    PollId = "poll", sortable;
    /// A comment under a poll.
    CommentId = "cmt", sortable;
    /// Something that a moderator is to look at.
    ReviewId = "rvw", sortable;
    /// A message that crosses the wall of a zone.
    MessageId = "msg", sortable;
    /// A line of an inbox.
    NoticeId = "ntc", sortable;
    /// A partner organisation.
    OrganisationId = "org", sortable;
    /// A contract of a partner organisation.
    ContractId = "ctr", sortable;
    /// A webhook endpoint of a partner.
    EndpointId = "end", sortable;
    /// A journal entry of the ledger.
    JournalId = "jrn", sortable;
    /// A line of the log of observers' reads.
    ObservationId = "obs", sortable;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_as_it_was_written() {
        let id = CaseId::at(Timestamp::UNIX_EPOCH);
        assert_eq!(id.to_string().parse::<CaseId>(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_or_spelling_is_refused() {
        let text = MemberId::random().to_string();
        assert!(text.parse::<CaseId>().is_err());
        assert!(text.to_lowercase().parse::<MemberId>().is_err());
        assert!(format!("{text}0").parse::<MemberId>().is_err());
        assert!("mbr_".parse::<MemberId>().is_err());
        assert!("mbr_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<MemberId>().is_err());
    }

    #[test]
    fn ids_sort_by_their_time_and_never_below_its_floor() {
        let early = Timestamp::from_millisecond(1_000).unwrap_or_default();
        let late = Timestamp::from_millisecond(1_001).unwrap_or_default();
        assert!(CaseId::at(early) < CaseId::at(late));
        assert!(CaseId::floor(late) <= CaseId::at(late));
        assert!(CaseId::at(early) < CaseId::floor(late));
    }

    #[test]
    fn member_ids_carry_no_order() {
        let ids: Vec<_> = (0..64).map(|_| MemberId::random()).collect();
        assert!(ids.windows(2).any(|pair| pair[0] > pair[1]));
        assert!(ids.windows(2).any(|pair| pair[0] < pair[1]));
    }
}
