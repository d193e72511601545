//! Invocations of service APIs, and what the service logic behind saw of them.

use super::super::evidence::{Evidence, OwnLogic, ServiceApi};
use super::{accepted, answer_object, path, query, request_object, segments, values};
use crate::spec::{Party, Role};
use crate::wire::{Exchange, RawMessage};

/// An invocation that reached an exposing function, or tried to.
pub struct Invocation<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// The service API named.
    pub api: &'a ServiceApi,
    /// The exposing function.
    pub at: Party,
    /// What tells it from others: its nonce, or the number of its exchange where the service logic knows of no nonces.
    pub mark: String,
}

/// An exchange as an invocation, when it is one.
#[must_use]
pub fn invocation<'a>(evidence: &'a Evidence<'_>, exchange: &'a Exchange) -> Option<Invocation<'a>> {
    let at = Party::named(exchange.server.name()).filter(|party| party.role == Role::ExposingFunction)?;
    let request = exchange.request.as_ref()?;
    let target = path(request)?;
    let apis = || evidence.roster.apis.iter();
    if let Some(api) = apis().find(|api| api.own_logic.as_ref().is_some_and(|own| is_invoked(own, request, &target))) {
        return Some(Invocation { exchange, api, at, mark: mark(exchange) });
    }
    // Before it there may be the path of an apiRoot.
    let names = segments(&target);
    let api = apis().find(|api| names.contains(&api.name))?;
    Some(Invocation { exchange, api, at, mark: nonce(exchange)? })
}

/// Whether a request is that of a service API. What a deviation changes is neither method nor path.
fn is_invoked(own: &OwnLogic, request: &RawMessage, target: &str) -> bool {
    let wanted = own.target.split('?').next().unwrap_or_default();
    request.method().as_deref() == Some(own.method) && target == wanted
}

/// What tells an invocation from others where its service logic knows of no nonces.
#[must_use]
pub fn mark(exchange: &Exchange) -> String {
    exchange.id.to_string()
}

/// Every invocation, oldest first.
#[must_use]
pub fn invocations<'a>(evidence: &'a Evidence<'_>) -> Vec<Invocation<'a>> {
    evidence.exchanges.iter().filter_map(|exchange| invocation(evidence, exchange)).collect()
}

/// The calls of the service logic that came of an invocation. Of a service logic that is the product's own none are seen.
#[must_use]
pub fn executions<'a>(evidence: &'a Evidence<'_>, of: &Invocation<'_>) -> Vec<&'a Exchange> {
    let is_logic = |exchange: &&Exchange| exchange.server.name().starts_with("service");
    let logic = evidence.exchanges.iter().map(AsRef::as_ref).filter(is_logic);
    logic.filter(|exchange| nonce(exchange).as_deref() == Some(&of.mark)).collect()
}

/// Whether an invocation was served: a 2xx that gives its nonce back, or that looks as success was said to look.
#[must_use]
pub fn served(of: &Invocation<'_>) -> bool {
    if let Some(own) = &of.api.own_logic {
        return succeeded(own, of.exchange);
    }
    let told = answer_object(of.exchange).and_then(|body| body.get("nonce")?.as_str().map(str::to_owned));
    accepted(of.exchange) && told.as_deref() == Some(&of.mark)
}

/// Whether an answer looks as success was said to look.
#[must_use]
pub fn succeeded(own: &OwnLogic, exchange: &Exchange) -> bool {
    let status = own.status.is_none_or(|status| exchange.status() == Some(status));
    accepted(exchange) && status && own.text.as_ref().is_none_or(|text| holds(exchange, text))
}

/// What shows that the service logic was reached, if anything does: that it was called, or its result in the answer.
#[must_use]
pub fn reached(evidence: &Evidence<'_>, of: &Invocation<'_>) -> bool {
    let result = of.api.own_logic.as_ref().and_then(|own| own.text.as_ref());
    !executions(evidence, of).is_empty() || result.is_some_and(|text| holds(of.exchange, text))
}

fn holds(exchange: &Exchange, text: &str) -> bool {
    let body = exchange.response.as_ref().map(|answer| answer.body.as_ref()).unwrap_or_default();
    String::from_utf8_lossy(body).contains(text)
}

/// What tells an invocation from others.
pub(super) fn nonce(exchange: &Exchange) -> Option<String> {
    let pairs = query(exchange.request.as_ref()?);
    if let Some(nonce) = values(&pairs, "nonce").first() {
        return Some((*nonce).to_owned());
    }
    request_object(exchange)?.get("nonce")?.as_str().map(str::to_owned)
}
