//! The messages that may cross a zone's wall. Nothing else crosses.
//!
//! Each message has a versioned type (`zone.what_happened.v1`) and travels in an [`Envelope`] on the
//! event bus. No field of any message can hold a name, an address, a licence or a contact: members
//! are [`MemberId`](kernel::id::MemberId)s.

pub mod community;
pub mod identity;
pub mod partners;
pub mod treasury;

use kernel::{Timestamp, id::MessageId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A message with its stable type and the zone that may send it.
pub trait Message: Serialize + DeserializeOwned {
    /// The bus event's source, for example `curbside.community`.
    const SOURCE: &'static str;
    /// The bus event's detail type, for example `community.case_closed.v1`.
    const TYPE: &'static str;
}

/// A message with its id, by which consumers drop duplicates, and the time it was committed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<M> {
    /// The id of this message, the same however often it is delivered.
    pub id: MessageId,
    /// When the change it tells of was committed.
    pub at: Timestamp,
    /// The message.
    pub body: M,
}

impl<M: Message> Envelope<M> {
    /// A new message of this moment.
    pub fn new(now: Timestamp, body: M) -> Self {
        Self { id: MessageId::at(now), at: now, body }
    }
}

macro_rules! messages {
    ($source:literal: $($name:ident = $type:literal),+ $(,)?) => {$(
        impl $crate::Message for $name {
            const SOURCE: &'static str = $source;
            const TYPE: &'static str = $type;
        }
    )+};
}
pub(crate) use messages;
