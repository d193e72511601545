//! What an exposing function sends about an invoker: TS 29.222 clauses 5.6.2.4.2 and 5.6.2.5.2, TS 33.122 6.5.2.3 step 5.

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Judgement};
use crate::spec::{Party, Role};
use crate::wire::{Exchange, RawMessage};
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &EXPOSING_FUNCTION_INITIATES_ITS_OWN,
    &INFORMATION_ASKED_WITH_FLAGS,
    &ALL_REVOKED_WITH_DELETE,
    &SOME_REVOKED_BY_LIST,
    &SECURITY_INFORMATION_FETCHED,
    &STARTED_ONLY_WHEN_TOLD,
];

/// Asking and revoking come from the exposing function over its own certificate, negotiation and token never.
pub const EXPOSING_FUNCTION_INITIATES_ITS_OWN: Check = Check {
    slug: "exposing-function-initiates-its-own",
    role: Role::ExposingFunction,
    requirements: &[req!("29222-5.6.2.1-03")],
    judge: |evidence| {
        let expected = "Obtain_API_Invoker_Info and Revoke_Authorization over its own certificate, and none of the invoker's operations";
        let invokers = [
            operation!("CreateSecIndTrustedAPIInv"),
            operation!("UpdateSecContIndAPIInv"),
            operation!("GetOAuthIndAPIInv"),
        ];
        let own = [
            operation!("GetSecIndTrustedAPIInv"),
            operation!("DeleteSecIndTrustedAPIInv"),
            operation!("DeleteAuthIndAPIInvForAPIs"),
        ];
        if let Some(stray) = lens::sent_by(evidence, Party::EXPOSING_FUNCTION, &invokers).next() {
            return Judgement::missed(expected, start_line(stray)).at(stray.id);
        }
        let certificate =
            evidence.roster.member(Party::EXPOSING_FUNCTION).and_then(|member| member.certificate.as_ref());
        let sent: Vec<&Exchange> = lens::sent_by(evidence, Party::EXPOSING_FUNCTION, &own).collect();
        let foreign = sent.iter().find(|exchange| {
            let shown = exchange.tls.as_ref().and_then(|tls| tls.client_chain.first());
            shown.is_none() || shown != certificate
        });
        match (foreign, sent.is_empty()) {
            (_, true) => Judgement::missed(expected, "the exposing function initiated neither"),
            (Some(exchange), _) => Judgement::missed(expected, "another certificate, or none").at(exchange.id),
            (None, _) => Judgement::held(expected, format!("{} requests", sent.len())),
        }
    },
};

/// The request says which information is wanted, and only that.
pub const INFORMATION_ASKED_WITH_FLAGS: Check = Check {
    slug: "information-asked-with-flags",
    role: Role::ExposingFunction,
    requirements: &[req!("29222-5.6.2.4.2-01")],
    judge: |evidence| {
        let wanted = evidence.named;
        let expected = format!(
            "GET trustedInvokers/{{apiInvokerId}} with {}=true and no other flag true",
            wanted.join("=true and ")
        );
        let asked: Vec<&Exchange> =
            lens::sent_by(evidence, Party::EXPOSING_FUNCTION, &[operation!("GetSecIndTrustedAPIInv")]).collect();
        let as_wanted = |exchange: &&&Exchange| {
            let query = exchange.request.as_ref().map(lens::query).unwrap_or_default();
            let flags = ["authenticationInfo", "authorizationInfo"].into_iter().all(|flag| {
                let values = lens::values(&query, flag);
                if wanted.iter().any(|name| name == flag) {
                    values == ["true"]
                } else {
                    values.is_empty() || values == ["false"]
                }
            });
            flags && names_invoker(evidence, exchange)
        };
        match (asked.iter().find(|exchange| !as_wanted(exchange)), asked.last()) {
            (Some(exchange), _) => Judgement::missed(expected, start_line(exchange)).at(exchange.id),
            (None, Some(exchange)) => Judgement::held(expected, start_line(exchange)).at(exchange.id),
            (None, None) => Judgement::missed(expected, "no GET arrived"),
        }
    },
};

/// All APIs: DELETE without content.
pub const ALL_REVOKED_WITH_DELETE: Check = Check {
    slug: "all-revoked-with-delete",
    role: Role::ExposingFunction,
    requirements: &[req!("29222-5.6.2.5.2-05")],
    judge: |evidence| {
        let expected =
            "DELETE trustedInvokers/{apiInvokerId} without content, or delete with every apiId of the invoker";
        let exchange = match revocation(evidence) {
            Ok(exchange) => exchange,
            Err(count) => return Judgement::missed(expected, count),
        };
        let every: Vec<String> = evidence.roster.permitted(Party::INVOKER).iter().map(|api| api.id.clone()).collect();
        let deleted = exchange
            .request
            .as_ref()
            .is_some_and(|request| request.method().as_deref() == Some("DELETE") && request.body.is_empty());
        let listed = exchange.request.as_ref().is_some_and(|request| request.method().as_deref() == Some("POST"))
            && sorted(lens::request_texts(exchange, "apiIds")) == sorted(every)
            && speaks_of_the_right(evidence, exchange);
        let held = deleted || listed;
        Judgement::when(held && names_invoker(evidence, exchange), expected, start_line(exchange)).at(exchange.id)
    },
};

/// Some APIs: the custom operation with exactly those.
pub const SOME_REVOKED_BY_LIST: Check = Check {
    slug: "some-revoked-by-list",
    role: Role::ExposingFunction,
    requirements: &[req!("29222-5.6.2.5.2-05")],
    judge: |evidence| {
        let expected =
            "POST trustedInvokers/{apiInvokerId}/delete with a SecurityNotification that lists exactly the APIs meant";
        let exchange = match revocation(evidence) {
            Ok(exchange) => exchange,
            Err(count) => return Judgement::missed(expected, count),
        };
        let meant: Vec<String> =
            evidence.named.iter().filter_map(|label| evidence.roster.api(label)).map(|api| api.id.clone()).collect();
        let body = exchange.request.as_ref().map(|request| request.body.clone()).unwrap_or_default();
        let violation = lens::violation(data_type!("SecurityNotification"), evidence.release, &body);
        let held = violation.is_none()
            && speaks_of_the_right(evidence, exchange)
            && sorted(lens::request_texts(exchange, "apiIds")) == sorted(meant)
            && names_invoker(evidence, exchange);
        let observed = match violation {
            Some(violation) if !body.is_empty() => violation,
            _ => format!("{} listing {}", start_line(exchange), lens::request_texts(exchange, "apiIds").join(", ")),
        };
        Judgement::when(held, expected, observed).at(exchange.id)
    },
};

/// An exposing function without state asks the core function before it answers an initiation.
pub const SECURITY_INFORMATION_FETCHED: Check = Check {
    slug: "security-information-fetched",
    role: Role::ExposingFunction,
    requirements: &[req!("33122-6.5.2.3-18")],
    judge: |evidence| {
        let expected = "after the first check-authentication, and before its answer: GET trustedInvokers/{apiInvokerId} with a flag true";
        let Some(initiation) = evidence.of(operation!("CheckAuthReq")).next() else {
            return Judgement::unclear(expected, "no authentication was initiated");
        };
        let fetched =
            lens::sent_by(evidence, Party::EXPOSING_FUNCTION, &[operation!("GetSecIndTrustedAPIInv")]).find(|fetch| {
                let query = fetch.request.as_ref().map(lens::query).unwrap_or_default();
                let flagged = ["authenticationInfo", "authorizationInfo"]
                    .into_iter()
                    .any(|flag| lens::values(&query, flag) == ["true"]);
                let in_time = fetch.started_us >= initiation.started_us
                    && initiation.ended_us.is_none_or(|answered| fetch.started_us <= answered);
                flagged && in_time && names_invoker(evidence, fetch)
            });
        match fetched {
            Some(fetch) => Judgement::held(expected, start_line(fetch)).at(fetch.id),
            None => Judgement::missed(expected, format!("no such GET; the initiation: {}", lens::ending(initiation)))
                .at(initiation.id),
        }
    },
};

/// The initiation is answered 200 after the core function told about the invoker, and not where it knows none.
pub const STARTED_ONLY_WHEN_TOLD: Check = Check {
    slug: "authentication-started-only-when-told",
    role: Role::ExposingFunction,
    requirements: &[req!("33122-6.5.2.3-21"), req!("29222-6.2.2.2.2-03")],
    judge: |evidence| {
        let expected = "200 for the invoker that the core function tells about, no 200 for one that it does not know";
        let initiations: Vec<&Exchange> = evidence.of(operation!("CheckAuthReq")).collect();
        let (known, unknown): (Vec<&Exchange>, Vec<&Exchange>) =
            initiations.into_iter().partition(|exchange| initiates_for_invoker(evidence, exchange));
        let (Some(known), Some(unknown)) = (known.first(), unknown.first()) else {
            return Judgement::unclear(expected, "a known and an unknown invoker have to initiate");
        };
        if lens::status(known) != Some(200) {
            return Judgement::missed(expected, format!("for the known one: {}", lens::ending(known))).at(known.id);
        }
        let refused = lens::status(unknown).is_some_and(|status| status != 200);
        Judgement::when(refused, expected, format!("for the unknown one: {}", lens::ending(unknown))).at(unknown.id)
    },
};

fn initiates_for_invoker(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    let named = lens::request_object(exchange).and_then(|body| body.get("apiInvokerId").cloned());
    let named = named.as_ref().and_then(serde_json::Value::as_str);
    named.is_some() && named == evidence.roster.id(Party::INVOKER)
}

/// The one revocation that was told for: several requests for it are as wrong as none.
fn revocation<'a>(evidence: &'a Evidence<'_>) -> Result<&'a Exchange, String> {
    let operations = [operation!("DeleteSecIndTrustedAPIInv"), operation!("DeleteAuthIndAPIInvForAPIs")];
    let revocations: Vec<&Exchange> = evidence
        .exchanges
        .iter()
        .map(AsRef::as_ref)
        .filter(|exchange| {
            exchange.client.name() == Party::EXPOSING_FUNCTION.name()
                && lens::operation(exchange)
                    .is_some_and(|found| operations.iter().any(|each| std::ptr::eq(*each, found)))
        })
        .collect();
    match revocations.as_slice() {
        [one] => Ok(one),
        others => Err(format!("{} revocations arrived", others.len())),
    }
}

/// The body of a partial revocation speaks of the invoker of its path, and of the exposing function that sends it.
fn speaks_of_the_right(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    let body = lens::request_object(exchange).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
    let aef_id = text("aefId");
    text("apiInvokerId") == evidence.roster.id(Party::INVOKER)
        && (aef_id.is_none() || aef_id == evidence.roster.id(Party::EXPOSING_FUNCTION))
}

fn names_invoker(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    super::refusal::subject_of(evidence, exchange) == Some(Party::INVOKER)
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

fn start_line(exchange: &Exchange) -> String {
    exchange.request.as_ref().map(RawMessage::start_line).unwrap_or_default()
}
