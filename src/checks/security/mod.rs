//! Checks of CAPIF_Security_API and of the tokens that come from it.

pub mod authorization;
pub mod by_exposing_function;
pub mod by_invoker;
pub mod context;
pub mod context_refused;
pub mod information;
pub(super) mod refusal;
pub mod revocation;
pub mod token_answer;
pub mod token_claims;
pub mod token_parameters;
pub mod token_refused;
pub mod token_request;
pub mod token_rights;

use super::Check;

/// Every check of this service.
#[must_use]
pub fn all() -> Vec<&'static Check> {
    [
        context::ALL,
        information::ALL,
        revocation::ALL,
        token_answer::ALL,
        token_claims::ALL,
        token_rights::ALL,
        context_refused::ALL,
        token_refused::ALL,
        by_invoker::ALL,
        token_request::ALL,
        token_parameters::ALL,
        by_exposing_function::ALL,
        authorization::ALL,
    ]
    .concat()
}
