//! The function in process, with its sample event, on the embedded engine and a stand-in of the storage service.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

mod reviews;
mod stage;
mod uploads;
