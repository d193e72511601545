//! Obtaining authorization to access a service API: TS 23.222 clause 8.11.

use cucumber::{then, when};

use super::super::parameter::Party;
use super::super::{Step, World};
use crate::checks::security::authorization;

/// Time goes by until the token that an invoker got last has run out. Not where that would keep everybody waiting.
#[when(expr = "the token of {party} runs out")]
async fn token_runs_out(w: &mut World, invoker: Party) -> Step {
    w.lab()?.let_token_run_out(invoker.0).await
}

/// A token request of which one bit of the ciphertext is flipped on the path, between two that pass unchanged.
#[when(expr = "{party} requests a token, and somebody on the path changes the request")]
async fn tampered(w: &mut World, invoker: Party) -> Step {
    w.lab()?.attempt_tampered_token(invoker.0).await
}

/// Each request is answered with a token that is good at that moment.
#[then(expr = "permission is given again each time")]
fn permission_given_again(w: &mut World) -> Step {
    w.judge(&authorization::PERMISSION_GIVEN_AGAIN)
}

/// An API outside the subscription is not granted, one inside is.
#[then(expr = "the subscription is checked")]
fn subscription_checked(w: &mut World) -> Step {
    w.judge(&authorization::SUBSCRIPTION_CHECKED)
}

/// Each token names APIs of the subscription, and is accepted for one of them.
#[then(expr = "the token follows from the subscription")]
fn token_follows_subscription(w: &mut World) -> Step {
    w.judge(&authorization::TOKEN_FOLLOWS_SUBSCRIPTION)
}

/// Who was arranged for the API is served, who was not gets no token for it.
#[then(expr = "only the invoker that was authorized gets access")]
fn access_authorized(w: &mut World) -> Step {
    w.judge(&authorization::ACCESS_AUTHORIZED)
}

/// The identity of the TLS session is another, or the secret is wrong.
#[then(expr = "no authorization is given, because the invoker is not authenticated")]
fn invoker_authenticated(w: &mut World) -> Step {
    w.judge_refusal(&authorization::INVOKER_AUTHENTICATED, Vec::new())
}

/// The identity was never assigned, or is none any more.
#[then(expr = "no authorization is given, because the identity is not known")]
fn known_identities_only(w: &mut World) -> Step {
    w.judge_refusal(&authorization::KNOWN_IDENTITIES_ONLY, Vec::new())
}

/// The caller shows no certificate, or one of a foreign authority.
#[then(expr = "no authorization is given, because both ends have to authenticate")]
fn mutually_authenticated(w: &mut World) -> Step {
    w.judge_refusal(&authorization::MUTUALLY_AUTHENTICATED, Vec::new())
}

/// The request came over plain HTTP.
#[then(expr = "no authorization is given, because nothing of CAPIF goes in clear")]
fn confidential(w: &mut World) -> Step {
    w.judge_refusal(&authorization::CONFIDENTIAL, Vec::new())
}

/// The connection ends, and nothing is answered.
#[then(expr = "no authorization is given, because the request was changed on the path")]
fn integrity_protected(w: &mut World) -> Step {
    w.judge_refusal(&authorization::INTEGRITY_PROTECTED, Vec::new())
}

/// Without TLS nothing protects the integrity of a request.
#[then(expr = "no authorization is given, because the request came unprotected")]
fn unprotected_refused(w: &mut World) -> Step {
    w.judge_refusal(&authorization::UNPROTECTED_REFUSED, Vec::new())
}
