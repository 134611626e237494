//! The words of a mail, and its sending.

use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    config::{Builder, retry::RetryConfig},
    error::SdkError,
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message},
};
use contracts::community::NoticeKind;
use identity::contact::Recipient;

/// Sends mail from one address.
#[derive(Debug, Clone)]
pub struct Mailer {
    client: Client,
    from: String,
}

/// Why a mail was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsent {
    /// The service provably did not take it, and may later.
    #[error("the mail service did not take it")]
    NotTaken,
    /// The service refuses this mail, and always will.
    #[error("the mail service refuses it")]
    Refused,
    /// The answer is lost: it may have been sent.
    #[error("the mail service's answer is lost")]
    Unknown,
}

impl From<SdkError<SendEmailError>> for Unsent {
    fn from(error: SdkError<SendEmailError>) -> Self {
        match error {
            SdkError::ServiceError(answer) => match answer.err() {
                SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_) => Self::Refused,
                _ if answer.raw().status().is_client_error() => Self::NotTaken,
                _ => Self::Unknown,
            },
            SdkError::ConstructionFailure(_) => Self::NotTaken,
            // A connection that broke may have carried the request.
            _ => Self::Unknown,
        }
    }
}

/// The subject and the text of a mail.
pub(crate) type Words = (&'static str, &'static str);

/// To an applicant, of whatever there is to see.
pub(crate) const NEWS: Words = (
    "There is news of your application",
    "There is news of your application to join Curbside. Sign in to see it, and what you can do next.",
);

/// To a member of whom something is asked by a day.
pub(crate) const DEADLINE: Words = (
    "There is news of your membership",
    "There is news of your membership of Curbside, and a day by which you can do something about it. Sign in to see it.",
);

/// The words of a notice. They name no case, no author and no reader.
pub(crate) const fn words(kind: NoticeKind) -> Words {
    match kind {
        NoticeKind::Answer => (
            "There is news in one of your cases",
            "A colleague has contributed to one of your cases on Curbside. Sign in to read it.",
        ),
        NoticeKind::NewCase => (
            "A colleague asks for advice",
            "There is a new case in your specialty on Curbside. Sign in to read it.",
        ),
        NoticeKind::Poll => (
            "This week's poll is open",
            "The new poll is open on Curbside. Sign in to vote; it takes a minute.",
        ),
        NoticeKind::Result => (
            "The result of a poll is there",
            "A poll on Curbside is closed and counted. Sign in to see how your colleagues voted.",
        ),
        NoticeKind::Proposal => (
            "A moderator has decided on your poll",
            "A moderator has decided on a poll that you proposed on Curbside. Sign in to see it.",
        ),
        NoticeKind::Bonus => {
            ("A bonus was credited to you", "A bonus was credited to you on Curbside. Sign in to see it.")
        }
        NoticeKind::Hidden => (
            "Something of yours is hidden for now",
            "A colleague sees something in a text or an image of yours on Curbside that may say who a patient is. It is \
             hidden until a moderator has decided. Sign in to see which it is.",
        ),
        NoticeKind::Restored => (
            "Something of yours is shown again",
            "A moderator has decided that a text or an image of yours on Curbside says nothing of who a patient is. It \
             is shown again.",
        ),
        NoticeKind::Removed => (
            "Something of yours was removed",
            "A moderator has confirmed that a text or an image of yours on Curbside said who a patient is. Every copy \
             was removed. Sign in to see which it was.",
        ),
        NoticeKind::Decided => (
            "A moderator has decided on your image",
            "A moderator has decided on an image of a draft of yours on Curbside. Sign in to go on.",
        ),
        NoticeKind::Review => (
            "Something waits for your decision",
            "Something waits for a moderator's decision on Curbside. Sign in to see it.",
        ),
    }
}

impl Mailer {
    /// A sender with that address, which the mail service must have verified.
    pub fn new(aws: &SdkConfig, from: String) -> Self {
        // The SDK would try a lost answer again by itself, and the mail would come twice.
        let config = Builder::from(aws).retry_config(RetryConfig::disabled()).build();
        Self { client: Client::from_conf(config), from }
    }

    pub(crate) async fn send(&self, to: &Recipient, (subject, text): Words) -> Result<(), Unsent> {
        let content =
            |text: &str| Content::builder().data(text).charset("UTF-8").build().map_err(|_| Unsent::Refused);
        let message = Message::builder()
            .subject(content(subject)?)
            .body(Body::builder().text(content(text)?).build())
            .build();
        self.client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(&to.email).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await?;
        Ok(())
    }
}
