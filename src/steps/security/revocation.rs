//! Revoke_Authorization: TS 29.222 clause 5.6.2.5.

use cucumber::{then, when};

use super::super::parameter::{Apis, Deviation, Party};
use super::super::{Step, World};
use crate::checks::security::revocation;

/// An exposing function revokes the authorization of an invoker for all APIs.
#[when(expr = "{party} revokes all authorization of {party}")]
async fn revokes_all(w: &mut World, aef: Party, invoker: Party) -> Step {
    w.lab()?.revoke_all(aef.0, invoker.0).await
}

/// An exposing function revokes the authorization of an invoker for some APIs.
#[when(expr = "{party} revokes the authorization of {party} for {apis}")]
async fn revokes_some(w: &mut World, aef: Party, invoker: Party, apis: Apis) -> Step {
    w.lab()?.revoke_some(aef.0, invoker.0, &apis.0).await
}

/// An exposing function revokes for an identifier that nobody has.
#[when(expr = "{party} revokes all authorization of an invoker that nobody knows")]
async fn revokes_unknown(w: &mut World, aef: Party) -> Step {
    w.lab()?.revoke_unknown(aef.0).await
}

/// Revocation of all APIs with one deviation, between two clean twins.
#[when(expr = "the exposing function revokes all authorization of the invoker, but {deviation}")]
async fn revokes_all_deviating(w: &mut World, deviation: Deviation) -> Step {
    w.lab()?.attempt_revocation(None, &deviation.0).await
}

/// Revocation of some APIs with one deviation, between two clean twins.
#[when(expr = "the exposing function revokes the authorization of the invoker for {apis}, but {deviation}")]
async fn revokes_some_deviating(w: &mut World, apis: Apis, deviation: Deviation) -> Step {
    w.lab()?.attempt_revocation(Some(&apis.0), &deviation.0).await
}

/// The context is gone and the invoker was told once.
#[then(expr = "the security context is gone and the invoker is notified")]
fn context_deleted(w: &mut World) -> Step {
    w.judge(&revocation::CONTEXT_DELETED_AND_NOTIFIED)
}

/// A token before, none afterwards.
#[then(expr = "no token is granted any more")]
fn no_token_any_more(w: &mut World) -> Step {
    w.judge(&revocation::NO_TOKEN_AFTER_REVOCATION)
}

/// No token for the APIs named, one for the others, and a notification of exactly those.
#[then(expr = "exactly the named service APIs are revoked")]
fn only_named_revoked(w: &mut World) -> Step {
    w.judge(&revocation::ONLY_NAMED_APIS_REVOKED)
}

/// 204 to both variants; 404 for an invoker that nobody knows.
#[then(expr = "each revocation is acknowledged, and that of an unknown invoker is not")]
fn acknowledged(w: &mut World) -> Step {
    w.judge(&revocation::REVOCATION_ACKNOWLEDGED)
}
