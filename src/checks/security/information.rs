//! What the core function tells an exposing function of an invoker: TS 29.222 clause 5.6.2.4, TS 33.122 6.5.2.3 step 5.

use serde_json::{Map, Value};

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Judgement};
use super::context::{answer_to, body_violation, entries, is_at, or_none, request_entries, selected, verdict};
use super::refusal;
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &ONLY_OWN_INTERFACES_TOLD,
    &INFORMATION_AS_ASKED,
    &FLAGS_DEFAULT_TO_FALSE,
    &CHOSEN_METHOD_TOLD,
    &ROOT_CERTIFICATE_TOLD,
];

/// An exposing function is told of its own interfaces only, and of all of them.
pub const ONLY_OWN_INTERFACES_TOLD: Check = Check {
    slug: "only-own-interfaces-told",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.4.2-02")],
    judge: |evidence| {
        let expected = "each exposing function is told of all the invoker negotiated for it, and of no other's";
        let negotiated =
            evidence.of(operation!("CreateSecIndTrustedAPIInv")).next_back().map(request_entries).unwrap_or_default();
        let reads: Vec<&Exchange> = evidence.of(operation!("GetSecIndTrustedAPIInv")).collect();
        if reads.len() < 2 || negotiated.is_empty() {
            return Judgement::unclear(expected, "two exposing functions have to ask");
        }
        for read in &reads {
            let Some(aef_id) = Party::named(read.client.name()).and_then(|party| evidence.roster.id(party)) else {
                continue;
            };
            let own = |entry: &&Map<String, Value>| concerns(evidence, entry, aef_id);
            let told = entries(read);
            let due: Vec<&Map<String, Value>> = negotiated.iter().filter(own).collect();
            let stray = told.iter().filter(|entry| !own(entry)).count();
            let missing = due.iter().filter(|entry| answer_to(entry, &told).is_none()).count();
            if stray > 0 || missing > 0 || told.len() != due.len() {
                let observed = format!(
                    "{} was told {} entries ({stray} of others); {} are its own",
                    read.client.name(),
                    told.len(),
                    due.len()
                );
                return Judgement::missed(expected, observed).at(read.id);
            }
        }
        Judgement::held(expected, format!("{} exposing functions, each its own", reads.len()))
    },
};

/// Authentication and authorization information come when asked for, and only then.
pub const INFORMATION_AS_ASKED: Check = Check {
    slug: "information-as-asked",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.4.2-03")],
    judge: |evidence| {
        let expected =
            "200 ServiceSecurity; authenticationInfo only when asked for, authorizationInfo only when asked for";
        let Some(exchange) = evidence.focus() else {
            return Judgement::unclear(expected, "the exposing function did not ask");
        };
        if lens::status(exchange) != Some(200) {
            return Judgement::missed(expected, lens::ending(exchange)).at(exchange.id);
        }
        let query = exchange.request.as_ref().map(lens::query).unwrap_or_default();
        let told = entries(exchange);
        let stray = ["authenticationInfo", "authorizationInfo"].into_iter().find(|name| {
            let asked = lens::values(&query, name).contains(&"true");
            !asked && told.iter().any(|entry| entry.contains_key(*name))
        });
        let fault = stray
            .map(|name| format!("{name} although it was not asked for"))
            .or_else(|| body_violation(evidence, exchange, data_type!("ServiceSecurity")))
            .or_else(|| told.is_empty().then(|| "no entry for the exposing function that asks".to_owned()));
        verdict(expected, fault, "as asked").at(exchange.id)
    },
};

/// Without a flag, neither kind of information is there.
pub const FLAGS_DEFAULT_TO_FALSE: Check = Check {
    slug: "flags-default-to-false",
    role: Role::CoreFunction,
    requirements: &[req!("29222-8.5.2.3.3.1-01")],
    judge: |evidence| {
        let expected = "200 with a ServiceSecurity without authenticationInfo and authorizationInfo";
        let without_flags = |read: &&Exchange| {
            let query = read.request.as_ref().map(lens::query).unwrap_or_default();
            query.iter().all(|(_, value)| value == "false")
        };
        let Some(exchange) = evidence.of(operation!("GetSecIndTrustedAPIInv")).rfind(without_flags) else {
            return Judgement::unclear(expected, "the exposing function did not ask without flags");
        };
        let told = entries(exchange);
        let stray = ["authenticationInfo", "authorizationInfo"]
            .into_iter()
            .find(|name| told.iter().any(|entry| entry.contains_key(*name)));
        let fault = if lens::status(exchange) == Some(200) {
            body_violation(evidence, exchange, data_type!("ServiceSecurity"))
                .or_else(|| stray.map(|name| format!("{name} without having been asked for")))
        } else {
            Some(lens::ending(exchange))
        };
        verdict(expected, fault, "neither").at(exchange.id)
    },
};

/// The exposing function learns that the method is TLS with OAuth token.
pub const CHOSEN_METHOD_TOLD: Check = Check {
    slug: "chosen-method-told",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-19")],
    judge: |evidence| {
        let expected =
            "selSecurityMethod OAUTH for the exposing function that asks; nothing for an invoker without context";
        let reads: Vec<&Exchange> = evidence.of(operation!("GetSecIndTrustedAPIInv")).collect();
        let (with, without): (Vec<&Exchange>, Vec<&Exchange>) =
            reads.into_iter().partition(|read| refusal::subject_of(evidence, read) == Some(Party::INVOKER));
        let (Some(with), Some(without)) = (with.last(), without.last()) else {
            return Judgement::unclear(expected, "an invoker with and one without context are needed");
        };
        let told: Vec<String> = entries(with).iter().filter_map(selected).collect();
        let fault = if lens::status(with) != Some(200) {
            Some(lens::ending(with))
        } else if told.is_empty() || told.iter().any(|method| method != "OAUTH") {
            Some(format!("selSecurityMethod {}", or_none(&told)))
        } else if lens::status(without) == Some(200) {
            Some("200 for an invoker without a security context".to_owned())
        } else {
            None
        };
        verdict(expected, fault, "OAUTH; and nothing without a context").at(with.id)
    },
};

/// The root certificate for the invoker may be told; when it is, it has to be the right one.
pub const ROOT_CERTIFICATE_TOLD: Check = Check {
    slug: "root-certificate-told",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-20")],
    judge: |evidence| {
        let expected = "authenticationInfo may hold the root certificate of the invoker";
        let Some(exchange) = evidence.focus() else {
            return Judgement::unclear(expected, "the exposing function did not ask");
        };
        let told = entries(exchange)
            .iter()
            .filter_map(|entry| entry.get("authenticationInfo").and_then(Value::as_str).map(str::to_owned))
            .find(|text| text.contains("BEGIN CERTIFICATE"));
        match told {
            Some(_) => Judgement::held(expected, "a certificate in authenticationInfo"),
            None => Judgement::not_used(expected, "no certificate in authenticationInfo"),
        }
        .at(exchange.id)
    },
};

/// Whether an entry is about an exposing function.
fn concerns(evidence: &Evidence<'_>, entry: &Map<String, Value>, aef_id: &str) -> bool {
    evidence
        .roster
        .apis
        .iter()
        .any(|api| api.exposures.iter().any(|exposure| exposure.aef_id == aef_id && is_at(entry, exposure)))
}
