//! What an invoker under test did on CAPIF-1e and CAPIF-2e: tokens it was given, initiations, invocations.

use serde_json::Value;

use super::super::evidence::{Evidence, ServiceApi, Told};
use super::invocation::nonce;
use super::token::{decode, scope, scope_pairs};
use super::{
    accepted, access_token, answer_object, is_of, operation, path, request_form, request_object, segments, values,
};
use crate::operation;
use crate::spec::{Party, Role};
use crate::wire::{Exchange, RawMessage};

/// A token that the core function gave the invoker.
pub struct Grant<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// The token.
    pub token: String,
    /// When its `expires_in` has passed, seconds since 1970: counted from when the answer may have arrived at the latest.
    pub good_until: i64,
}

impl Grant<'_> {
    /// Whether the token is good for a service API at an exposing function: as it says itself, else as the answer says,
    /// else as was asked (RFC 6749 5.1). Where nothing says it, nobody can tell.
    #[must_use]
    pub fn covers(&self, api: &ServiceApi, at: Party) -> bool {
        let text = |members: &serde_json::Map<String, Value>| members.get("scope")?.as_str().map(str::to_owned);
        let claimed = decode(&self.token).claims.as_ref().and_then(text);
        let told = claimed.or_else(|| answer_object(self.exchange).as_ref().and_then(text));
        let asked = values(&request_form(self.exchange), "scope").first().map(|scope| (*scope).to_owned());
        let Some(said) = told.or(asked) else { return true };
        let pairs = scope_pairs(&scope(&said, false).unwrap_or_default());
        api.at(at).is_some_and(|exposure| pairs.contains(&format!("{}:{}", exposure.aef_id, api.name)))
    }
}

/// An invocation that was told and came.
pub struct Came<'a> {
    /// What was told.
    pub told: &'a Told,
    /// What came.
    pub exchange: &'a Exchange,
}

/// Every exchange of the invoker under test, oldest first.
#[must_use]
pub fn of_invoker<'a>(evidence: &'a Evidence<'_>) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    let name = Party::INVOKER.name();
    evidence.exchanges.iter().map(AsRef::as_ref).filter(move |exchange| exchange.client.name() == name)
}

/// Token requests of the invoker, wherever they went: what carries a grant is one.
#[must_use]
pub fn token_requests<'a>(evidence: &'a Evidence<'_>) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    of_invoker(evidence).filter(|exchange| {
        let carries_grant = !values(&request_form(exchange), "grant_type").is_empty();
        carries_grant || is_of(exchange, operation!("GetOAuthIndAPIInv"))
    })
}

/// The tokens that the invoker was given, oldest first.
#[must_use]
pub fn grants<'a>(evidence: &'a Evidence<'_>) -> Vec<Grant<'a>> {
    let granted = token_requests(evidence).filter(|exchange| accepted(exchange));
    granted
        .filter_map(|exchange| {
            let expires_in = answer_object(exchange)?.get("expires_in")?.as_i64()?;
            let took = exchange.ended_us.unwrap_or(exchange.started_us).saturating_sub(exchange.started_us);
            let answered = exchange.at_unix + i64::try_from(took / 1_000_000).unwrap_or(0);
            Some(Grant { exchange, token: access_token(exchange)?, good_until: answered + expires_in })
        })
        .collect()
}

/// The initiations of authentication that the invoker sent to an exposing function, oldest first.
#[must_use]
pub fn initiations<'a>(evidence: &'a Evidence<'_>, at: Party) -> Vec<&'a Exchange> {
    let sent = of_invoker(evidence).filter(|exchange| is_of(exchange, operation!("CheckAuthReq")));
    sent.filter(|exchange| Party::named(exchange.server.name()) == Some(at)).collect()
}

/// Whether an initiation names the invoker by the identifier that it was given.
#[must_use]
pub fn names_itself(evidence: &Evidence<'_>, initiation: &Exchange) -> bool {
    let named = request_object(initiation).and_then(|body| Some(body.get("apiInvokerId")?.as_str()?.to_owned()));
    named.is_some() && named.as_deref() == evidence.roster.id(Party::INVOKER)
}

/// What the invoker sent to exposing functions beside operations of CAPIF, oldest first: invocations, good or not.
pub fn service_requests<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = &'a Exchange> {
    of_invoker(evidence).filter(|exchange| {
        let at = Party::named(exchange.server.name()).filter(|party| party.role == Role::ExposingFunction);
        at.is_some() && exchange.request.is_some() && operation(exchange).is_none()
    })
}

/// What came of an invocation that was told: the request with its nonce at the exposing function that was named.
#[must_use]
pub fn came<'a>(evidence: &'a Evidence<'_>, told: &Told, wanted: &str) -> Option<&'a Exchange> {
    let mut requests = service_requests(evidence).filter(|exchange| exchange.id > told.after && exchange.tls.is_some());
    requests.find(|exchange| exchange.server.name() == told.at.name() && nonce(exchange).as_deref() == Some(wanted))
}

/// The bearer tokens in the Authorization header of a request.
#[must_use]
pub fn bearers(exchange: &Exchange) -> Vec<String> {
    let fields = exchange.request.as_ref().map(|request| request.header_all("Authorization")).unwrap_or_default();
    let bearer = |field: &String| {
        let (scheme, token) = field.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim().to_owned())
    };
    fields.iter().filter_map(bearer).collect()
}

/// Whether a text stands anywhere in a request.
#[must_use]
pub fn mentions(request: &RawMessage, text: &str) -> bool {
    let found = |bytes: &[u8]| bytes.windows(text.len().max(1)).any(|window| window == text.as_bytes());
    found(&request.head) || found(&request.body)
}

/// Whether the path of a request is `/{apiName}/{apiVersion}/…` of a service API, as published.
#[must_use]
pub fn invokes(evidence: &Evidence<'_>, exchange: &Exchange, api: &ServiceApi) -> bool {
    let target = exchange.request.as_ref().and_then(path).unwrap_or_default();
    let named = segments(&target);
    let version = named.get(1).cloned().unwrap_or_default();
    named.first() == Some(&api.name) && versions(evidence, api).contains(&version)
}

/// The versions that a service API was published with.
fn versions(evidence: &Evidence<'_>, api: &ServiceApi) -> Vec<String> {
    let published = evidence.of(operation!("CreateAPFPubAPIs")).filter_map(request_object);
    let own = published.filter(|body| body.get("apiName").and_then(serde_json::Value::as_str) == Some(&api.name));
    let profiles =
        own.flat_map(|body| body.get("aefProfiles").and_then(|all| all.as_array().cloned()).unwrap_or_default());
    let versions = profiles.flat_map(|profile| profile["versions"].as_array().cloned().unwrap_or_default());
    versions.filter_map(|version| version["apiVersion"].as_str().map(str::to_owned)).collect()
}
