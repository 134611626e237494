//! The words of a mail, and its sending.

use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    types::{Body, Content, Destination, EmailContent, Message},
};
use contracts::community::NoticeKind;
use identity::{IdentityError, contact::Recipient};

/// Sends mail from one address.
#[derive(Debug, Clone)]
pub struct Mailer {
    client: Client,
    from: String,
}

/// The subject and the text of a notice. They name no case, no author and no reader.
const fn words(kind: NoticeKind) -> (&'static str, &'static str) {
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
        NoticeKind::Bonus => {
            ("A bonus was credited to you", "A bonus was credited to you on Curbside. Sign in to see it.")
        }
    }
}

impl Mailer {
    /// A sender with that address, which the mail service must have verified.
    pub fn new(aws: &SdkConfig, from: String) -> Self {
        Self { client: Client::new(aws), from }
    }

    pub(crate) async fn send(&self, to: &Recipient, kind: NoticeKind) -> Result<(), IdentityError> {
        let (subject, text) = words(kind);
        let content = |text: &str| {
            Content::builder().data(text).charset("UTF-8").build().map_err(|_| IdentityError::Mail("encode"))
        };
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
            .await
            .map(|_| ())
            .map_err(|_| IdentityError::Mail("send"))
    }
}
