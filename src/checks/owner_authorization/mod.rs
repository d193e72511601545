//! Checks of the authorization by the owner of resources: TS 23.222 8.31, at the core function that asks, at the
//! resource owner function that answers, and at the exposing function that serves.

pub mod answering;
pub mod by_invoker;
pub mod enforcing;
pub mod granting;
mod query;

use super::Check;

/// Every check of this matter.
#[must_use]
pub fn all() -> Vec<&'static Check> {
    [granting::ALL, answering::ALL, enforcing::ALL, by_invoker::ALL].concat()
}
