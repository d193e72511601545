//! Invocations of service APIs, and what the service logic behind saw of them.

use super::super::evidence::{Evidence, ServiceApi};
use super::{accepted, answer_object, path, query, request_object, segments, values};
use crate::spec::{Party, Role};
use crate::wire::Exchange;

/// An invocation that reached an exposing function, or tried to.
pub struct Invocation<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// The service API named.
    pub api: &'a ServiceApi,
    /// The exposing function.
    pub at: Party,
    /// What tells it from others.
    pub nonce: String,
}

/// An exchange as an invocation, when it is one.
#[must_use]
pub fn invocation<'a>(evidence: &'a Evidence<'_>, exchange: &'a Exchange) -> Option<Invocation<'a>> {
    let at = Party::named(exchange.server.name()).filter(|party| party.role == Role::ExposingFunction)?;
    let request = exchange.request.as_ref()?;
    let target = path(request)?;
    let name = segments(&target).into_iter().next()?;
    let api = evidence.roster.apis.iter().find(|api| api.name == name)?;
    Some(Invocation { exchange, api, at, nonce: nonce(exchange)? })
}

/// Every invocation, oldest first.
#[must_use]
pub fn invocations<'a>(evidence: &'a Evidence<'_>) -> Vec<Invocation<'a>> {
    evidence.exchanges.iter().filter_map(|exchange| invocation(evidence, exchange)).collect()
}

/// The calls of the service logic that came of an invocation.
#[must_use]
pub fn executions<'a>(evidence: &'a Evidence<'_>, of: &Invocation<'_>) -> Vec<&'a Exchange> {
    let is_logic = |exchange: &&Exchange| exchange.server.name().starts_with("service");
    let logic = evidence.exchanges.iter().map(AsRef::as_ref).filter(is_logic);
    logic.filter(|exchange| nonce(exchange).as_deref() == Some(&of.nonce)).collect()
}

/// Whether an invocation was served: a 2xx that gives its nonce back.
#[must_use]
pub fn served(of: &Invocation<'_>) -> bool {
    let told = answer_object(of.exchange).and_then(|body| body.get("nonce")?.as_str().map(str::to_owned));
    accepted(of.exchange) && told.as_deref() == Some(&of.nonce)
}

/// What tells an invocation from others.
pub(super) fn nonce(exchange: &Exchange) -> Option<String> {
    let pairs = query(exchange.request.as_ref()?);
    if let Some(nonce) = values(&pairs, "nonce").first() {
        return Some((*nonce).to_owned());
    }
    request_object(exchange)?.get("nonce")?.as_str().map(str::to_owned)
}
