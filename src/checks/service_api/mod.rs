//! Checks of the invocation of service APIs: at the exposing function that serves them, and at the invoker that calls.

pub mod by_invoker;
pub mod by_invoker_session;
pub mod by_invoker_token;
pub mod refused;
pub mod served;

use super::Check;

/// Every check of this matter.
#[must_use]
pub fn all() -> Vec<&'static Check> {
    [served::ALL, refused::ALL, by_invoker::ALL, by_invoker_session::ALL, by_invoker_token::ALL].concat()
}
