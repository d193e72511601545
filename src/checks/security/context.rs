//! Security contexts at the core function: TS 29.222 clause 5.6.2.2.

use serde_json::{Map, Value};

use super::super::evidence::{Evidence, Exposure, ServiceApi};
use super::super::lens;
use super::super::{Check, Judgement};
use crate::spec::schema::TypeName;
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &CONTEXT_STORED_ON_REQUEST,
    &CREATION_RETURNS_METHODS,
    &METHOD_IN_BOTH_LISTS,
    &UPDATE_RETURNS_METHODS,
    &UPDATE_STORED,
];

/// The context exists because the invoker asked, and is reachable where the creation said.
pub const CONTEXT_STORED_ON_REQUEST: Check = Check {
    slug: "context-stored-on-request",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.1-01")],
    judge: |evidence| {
        let expected = "no context before the request; a Location ending in trustedInvokers/{apiInvokerId}; the context there afterwards";
        let Some(created) = evidence.of(operation!("CreateSecIndTrustedAPIInv")).next() else {
            return Judgement::unclear(expected, "no context was asked for");
        };
        let reads: Vec<&Exchange> = evidence.of(operation!("GetSecIndTrustedAPIInv")).collect();
        let before = reads.iter().rfind(|read| read.id < created.id);
        let after = reads.iter().find(|read| read.id > created.id);
        let (Some(before), Some(after)) = (before, after) else {
            return Judgement::unclear(expected, "the context was not read before and after");
        };
        let location = created.response.as_ref().and_then(|response| response.header("location"));
        let fault = if lens::accepted(before) {
            Some("a context before anybody asked for one".to_owned())
        } else if !located(evidence, created) {
            Some(format!("Location {}", location.as_deref().unwrap_or("absent")))
        } else if lens::status(after) != Some(200) || entries(after).is_empty() {
            Some(format!("at the location: {}", lens::ending(after)))
        } else {
            told_otherwise(created, after)
        };
        verdict(expected, fault, "created, located and read back").at(created.id)
    },
};

/// 201 with a Location and the method of every entry.
pub const CREATION_RETURNS_METHODS: Check = Check {
    slug: "creation-returns-methods",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.2.2-04"), req!("29222-8.5.2.3.3.3-01")],
    judge: |evidence| {
        let expected = "201, Location, and a ServiceSecurity with one entry per entry asked for, each with its method";
        let Some(exchange) = evidence.of(operation!("CreateSecIndTrustedAPIInv")).next_back() else {
            return Judgement::unclear(expected, "no context was asked for");
        };
        let location = exchange.response.as_ref().and_then(|response| response.header("location"));
        let asked = request_entries(exchange);
        let told = entries(exchange);
        let fault = if lens::status(exchange) != Some(201) {
            Some(lens::ending(exchange))
        } else if !located(evidence, exchange) {
            Some(format!("Location {}", location.as_deref().unwrap_or("absent")))
        } else if let Some(violation) = body_violation(evidence, exchange, data_type!("ServiceSecurity")) {
            Some(violation)
        } else if asked.len() != told.len() {
            Some(format!("{} entries for {} asked for", told.len(), asked.len()))
        } else {
            unselected(evidence, &asked, &told)
        };
        verdict(expected, fault, "201 with Location and methods").at(exchange.id)
    },
};

/// The method selected is one both sides list; none where they share none.
pub const METHOD_IN_BOTH_LISTS: Check = Check {
    slug: "method-in-both-lists",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.2.2-02"), req!("29222-8.5.4.2.3-02")],
    judge: |evidence| {
        let expected =
            "selSecurityMethod lies in the invoker's list and in the published one; absent where they share none";
        let Some(exchange) = evidence.of(operation!("CreateSecIndTrustedAPIInv")).next_back() else {
            return Judgement::unclear(expected, "no context was asked for");
        };
        if lens::status(exchange) != Some(201) {
            return Judgement::missed(expected, lens::ending(exchange)).at(exchange.id);
        }
        let (asked, told) = (request_entries(exchange), entries(exchange));
        let fault = misselected(evidence, &asked, &told);
        let fault = fault.or_else(|| (asked.len() != told.len()).then(|| format!("{} entries", told.len())));
        let observed: Vec<String> =
            told.iter().map(|entry| selected(entry).unwrap_or_else(|| "none".to_owned())).collect();
        verdict(expected, fault, &format!("selected: {}", observed.join(", "))).at(exchange.id)
    },
};

/// An update is answered 200 with the method of every entry.
pub const UPDATE_RETURNS_METHODS: Check = Check {
    slug: "update-returns-methods",
    role: Role::CoreFunction,
    requirements: &[req!("29222-8.5.2.3.4-01")],
    judge: |evidence| {
        let expected = "200 with a ServiceSecurity: one entry per entry asked for, each with its method";
        let Some(exchange) = evidence.of(operation!("UpdateSecContIndAPIInv")).next_back() else {
            return Judgement::unclear(expected, "no update was asked for");
        };
        let (asked, told) = (request_entries(exchange), entries(exchange));
        let fault = if lens::status(exchange) == Some(200) && asked.len() == told.len() {
            body_violation(evidence, exchange, data_type!("ServiceSecurity"))
                .or_else(|| misselected(evidence, &asked, &told))
        } else {
            Some(format!("{}, {} entries for {} asked for", lens::ending(exchange), told.len(), asked.len()))
        };
        verdict(expected, fault, "200 with methods").at(exchange.id)
    },
};

/// A method that not both sides list, or none although they share one.
fn misselected(evidence: &Evidence<'_>, asked: &[Map<String, Value>], told: &[Map<String, Value>]) -> Option<String> {
    asked.iter().find_map(|asked| {
        let shared = shared_methods(evidence, asked);
        match answer_to(asked, told).and_then(selected) {
            Some(method) if !shared.contains(&method) => {
                Some(format!("{method} selected; both list {}", or_none(&shared)))
            }
            None if !shared.is_empty() => Some(format!("none selected; both list {}", or_none(&shared))),
            Some(_) | None => None,
        }
    })
}

/// An entry without a method although both sides share one.
fn unselected(evidence: &Evidence<'_>, asked: &[Map<String, Value>], told: &[Map<String, Value>]) -> Option<String> {
    asked
        .iter()
        .find(|asked| shares_a_method(evidence, asked) && answer_to(asked, told).and_then(selected).is_none())
        .map(|_| "an entry without selSecurityMethod although both sides share one".to_owned())
}

/// The entry of an answer that belongs to an entry of the request, in whatever order it stands.
pub(super) fn answer_to<'a>(
    asked: &Map<String, Value>,
    told: &'a [Map<String, Value>],
) -> Option<&'a Map<String, Value>> {
    let place = |entry: &Map<String, Value>| {
        let of_interface = |name| entry.get("interfaceDetails").and_then(|interface| interface.get(name)).cloned();
        (entry.get("aefId").cloned(), entry.get("apiId").cloned(), of_interface("ipv4Addr"), of_interface("port"))
    };
    told.iter().find(|entry| place(entry) == place(asked))
}

pub(super) fn verdict(expected: &str, fault: Option<String>, otherwise: &str) -> Judgement {
    match fault {
        Some(fault) => Judgement::missed(expected, fault),
        None => Judgement::held(expected, otherwise),
    }
}

/// What was updated is what is told afterwards.
pub const UPDATE_STORED: Check = Check {
    slug: "update-stored",
    role: Role::CoreFunction,
    requirements: &[req!("29222-8.5.2.3.4-01")],
    judge: |evidence| {
        let expected = "after the update the exposing function is told the methods that the update answered";
        let Some(update) = evidence.of(operation!("UpdateSecContIndAPIInv")).next_back() else {
            return Judgement::unclear(expected, "no update was asked for");
        };
        let Some(after) = evidence.of(operation!("GetSecIndTrustedAPIInv")).find(|read| read.id > update.id) else {
            return Judgement::unclear(expected, "the context was not read after the update");
        };
        let (answered, told) = (entries(update), entries(after));
        let fault = if lens::status(update) != Some(200) {
            Some(lens::ending(update))
        } else if answered.len() != told.len() {
            Some(format!("{} entries told, {} answered", told.len(), answered.len()))
        } else {
            told_otherwise(update, after)
        };
        verdict(expected, fault, "told as updated").at(after.id)
    },
};

/// What the context tells differently from what was negotiated: the selection, or where notifications go.
fn told_otherwise(created: &Exchange, after: &Exchange) -> Option<String> {
    let destination = |object: Option<Map<String, Value>>| object?.get("notificationDestination").cloned();
    let told = entries(after);
    let other_method =
        entries(created).iter().any(|entry| answer_to(entry, &told).and_then(selected) != selected(entry));
    let asked = destination(lens::request_object(created));
    let other_destination = destination(lens::answer_object(after)).is_some_and(|told| Some(told) != asked);
    match (other_method, other_destination) {
        (true, _) => Some("the context tells another method than the creation".to_owned()),
        (false, true) => Some("the context tells another notificationDestination than was asked for".to_owned()),
        (false, false) => None,
    }
}

/// Whether the Location of an answer names the security context of the invoker, over TLS where it names a scheme.
fn located(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    let location = exchange.response.as_ref().and_then(|response| response.header("location")).unwrap_or_default();
    let in_clear = location.starts_with("http://") && exchange.tls.is_some();
    let segments = lens::location_path(exchange).map(|path| lens::segments(&path)).unwrap_or_default();
    let mut last = segments.iter().rev().map(String::as_str);
    !in_clear && last.next() == evidence.roster.id(Party::INVOKER) && last.next() == Some("trustedInvokers")
}

pub(super) fn entries(exchange: &Exchange) -> Vec<Map<String, Value>> {
    security_info(lens::answer_object(exchange))
}

pub(super) fn request_entries(exchange: &Exchange) -> Vec<Map<String, Value>> {
    security_info(lens::request_object(exchange))
}

fn security_info(body: Option<Map<String, Value>>) -> Vec<Map<String, Value>> {
    let info = body.and_then(|body| body.get("securityInfo").cloned());
    let listed = info.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    listed.into_iter().filter_map(|entry| entry.as_object().cloned()).collect()
}

pub(super) fn selected(entry: &Map<String, Value>) -> Option<String> {
    entry.get("selSecurityMethod").and_then(Value::as_str).map(str::to_owned)
}

/// Methods that the invoker prefers and that the interface was published with.
fn shared_methods(evidence: &Evidence<'_>, asked: &Map<String, Value>) -> Vec<String> {
    let api_id = asked.get("apiId").and_then(Value::as_str);
    let preferred = asked.get("prefSecurityMethods").and_then(Value::as_array).cloned().unwrap_or_default();
    let offered: Vec<&String> = evidence
        .roster
        .apis
        .iter()
        .filter(|api| is_about(asked, api) && api_id.is_none_or(|id| id == api.id))
        .flat_map(|api| &api.methods)
        .collect();
    preferred
        .iter()
        .filter_map(Value::as_str)
        .filter(|method| offered.iter().any(|each| each == method))
        .map(str::to_owned)
        .collect()
}

fn shares_a_method(evidence: &Evidence<'_>, asked: &Map<String, Value>) -> bool {
    !shared_methods(evidence, asked).is_empty()
}

pub(super) fn or_none(words: &[String]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// Whether an entry names an exposing function of a service API, or its interface there.
pub(super) fn is_about(entry: &Map<String, Value>, api: &ServiceApi) -> bool {
    api.exposures.iter().any(|exposure| is_at(entry, exposure))
}

/// Whether an entry names the exposing function, or its interface.
pub(super) fn is_at(entry: &Map<String, Value>, exposure: &Exposure) -> bool {
    match entry.get("interfaceDetails") {
        Some(interface) => {
            let address = interface.get("ipv4Addr").and_then(Value::as_str);
            let port = interface.get("port").and_then(Value::as_u64);
            address == Some(exposure.interface.0.as_str()) && port == Some(u64::from(exposure.interface.1))
        }
        None => entry.get("aefId").and_then(Value::as_str) == Some(exposure.aef_id.as_str()),
    }
}

pub(super) fn body_violation(evidence: &Evidence<'_>, exchange: &Exchange, of: TypeName) -> Option<String> {
    let body = &exchange.response.as_ref()?.body;
    lens::violation(of, evidence.release, body)
}
