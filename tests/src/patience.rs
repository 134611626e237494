//! What a client does while a crowd is at it: it asks again, as long as asking again is safe.

use std::time::Duration;

use crate::Reply;

/// What a gateway says that cannot start a function in time: the local cloud starts a process for every request in
/// flight, and a small machine cannot start many at once. Whether the request had its effect is not known then.
const GIVEN_UP: [u16; 5] = [429, 500, 502, 503, 504];
/// How often is asked at most.
const ATTEMPTS: usize = 80;
/// How long is waited before asking again.
const PAUSE: Duration = Duration::from_millis(500);

impl Reply {
    /// Whether the same request is to be made again.
    pub fn is_given_up(&self) -> bool {
        GIVEN_UP.contains(&self.status.as_u16())
    }
}

/// What is answered in the end to a request that may be made any number of times.
///
/// # Panics
/// When there is no answer after 80 attempts.
pub async fn heard<F: Future<Output = Reply> + Send + 'static>(ask: impl Fn() -> F) -> Reply {
    for _ in 0..ATTEMPTS {
        // A connection that breaks is an answer that is lost, no more.
        if let Ok(reply) = tokio::spawn(ask()).await
            && !reply.is_given_up()
        {
            return reply;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("a request was never answered");
}
