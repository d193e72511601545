//! What an invoker sends to negotiate its security context: TS 29.222 clauses 5.6.2.1 and 5.6.2.2.2.

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Judgement};
use crate::spec::{Operation, Party, Role};
use crate::wire::{Exchange, RawMessage};
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &INVOKER_INITIATES_ITS_OWN,
    &METHOD_REQUEST_COMPLETE,
    &MAY_RENEGOTIATE,
    &MAY_ASK_AHEAD,
    &NOTIFICATION_ACKNOWLEDGED,
];

/// The operations that an invoker initiates.
const INVOKERS_OWN: [&Operation; 3] =
    [operation!("CreateSecIndTrustedAPIInv"), operation!("UpdateSecContIndAPIInv"), operation!("GetOAuthIndAPIInv")];

/// The operations that an exposing function initiates.
const EXPOSING_FUNCTIONS_OWN: [&Operation; 3] = [
    operation!("GetSecIndTrustedAPIInv"),
    operation!("DeleteSecIndTrustedAPIInv"),
    operation!("DeleteAuthIndAPIInvForAPIs"),
];

/// Negotiation and token are initiated by the invoker itself, over its own certificate, for itself.
pub const INVOKER_INITIATES_ITS_OWN: Check = Check {
    slug: "invoker-initiates-its-own",
    role: Role::Invoker,
    requirements: &[req!("29222-5.6.2.1-02")],
    judge: |evidence| {
        let expected = "Obtain_Security_Method and Obtain_Authorization for its own apiInvokerId, over its own certificate, and no other operation";
        let stray = by_invoker(evidence, &EXPOSING_FUNCTIONS_OWN).next();
        if let Some(exchange) = stray {
            return Judgement::missed(expected, start_line(exchange)).at(exchange.id);
        }
        let own: Vec<&Exchange> = by_invoker(evidence, &INVOKERS_OWN).collect();
        if own.is_empty() {
            return Judgement::missed(expected, "the invoker initiated neither");
        }
        match own.iter().find(|exchange| !is_its_own(evidence, exchange)) {
            Some(exchange) => Judgement::missed(expected, start_line(exchange)).at(exchange.id),
            None => Judgement::held(expected, format!("{} requests of its own", own.len())),
        }
    },
};

/// The request for a security method is complete.
pub const METHOD_REQUEST_COMPLETE: Check = Check {
    slug: "method-request-complete",
    role: Role::Invoker,
    requirements: &[req!("29222-5.6.2.2.2-01"), req!("29222-8.5.4.2.2-01"), req!("29222-8.5.4.2.3-01")],
    judge: |evidence| {
        let expected = "PUT trustedInvokers/{own apiInvokerId} with notificationDestination and securityInfo, each entry with one of aefId and interfaceDetails and a preference";
        let operations = [operation!("CreateSecIndTrustedAPIInv"), operation!("UpdateSecContIndAPIInv")];
        let requests: Vec<&Exchange> = by_invoker(evidence, &operations).collect();
        let Some(last) = requests.last() else {
            return Judgement::missed(expected, "no PUT arrived");
        };
        let faulty = requests.iter().find_map(|exchange| Some((exchange.id, incomplete(evidence, exchange)?)));
        match faulty {
            Some((id, fault)) => Judgement::missed(expected, fault).at(id),
            None => Judgement::held(expected, start_line(last)).at(last.id),
        }
    },
};

/// Renegotiation, when it happens, uses update.
pub const MAY_RENEGOTIATE: Check = Check {
    slug: "may-renegotiate",
    role: Role::Invoker,
    requirements: &[req!("29222-5.6.2.2.2-05")],
    judge: |evidence| {
        let expected = "a renegotiation comes as POST trustedInvokers/{own apiInvokerId}/update with a ServiceSecurity";
        match by_invoker(evidence, &[operation!("UpdateSecContIndAPIInv")]).next_back() {
            Some(exchange) => Judgement::held(expected, start_line(exchange)).at(exchange.id),
            None => Judgement::not_used(expected, "no renegotiation"),
        }
    },
};

/// The invoker may ask the exposing function ahead of the invocation.
pub const MAY_ASK_AHEAD: Check = Check {
    slug: "may-ask-ahead",
    role: Role::Invoker,
    requirements: &[req!("29222-5.6.2.1-04")],
    judge: |evidence| {
        let expected = "POST check-authentication before the first invocation may be used";
        match by_invoker(evidence, &[operation!("CheckAuthReq")]).next() {
            Some(exchange) => Judgement::held(expected, start_line(exchange)).at(exchange.id),
            None => Judgement::not_used(expected, "not asked"),
        }
    },
};

/// A notification of revocation is acknowledged.
pub const NOTIFICATION_ACKNOWLEDGED: Check = Check {
    slug: "notification-acknowledged",
    role: Role::Invoker,
    requirements: &[req!("23222-8.23.4-07")],
    judge: |evidence| {
        let expected = "204 without content to the notification of the revocation";
        let told = |exchange: &&Exchange| {
            let named = super::revocation::named_invoker(exchange);
            exchange.server.name() == Party::INVOKER.name()
                && named.is_some()
                && named.as_deref() == evidence.roster.id(Party::INVOKER)
        };
        match evidence.exchanges.iter().map(AsRef::as_ref).find(told) {
            Some(exchange) => {
                let acknowledged = exchange.status() == Some(204) && !super::revocation::has_content(exchange);
                Judgement::when(acknowledged, expected, lens::ending(exchange)).at(exchange.id)
            }
            None => Judgement::unclear(expected, "no notification of a revocation reached the invoker"),
        }
    },
};

fn by_invoker<'a>(
    evidence: &'a Evidence<'_>,
    operations: &'a [&'static Operation],
) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    lens::sent_by(evidence, Party::INVOKER, operations)
}

/// What is missing in a request for a security method.
fn incomplete(evidence: &Evidence<'_>, exchange: &Exchange) -> Option<String> {
    let body = exchange.request.as_ref().map(|request| request.body.clone()).unwrap_or_default();
    let destination = lens::request_object(exchange).and_then(|body| body.get("notificationDestination").cloned());
    let destination = destination.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    let reachable = destination.starts_with("http://") || destination.starts_with("https://");
    lens::violation(data_type!("ServiceSecurity"), evidence.release, &body)
        .or_else(|| (!reachable).then(|| format!("notificationDestination \"{destination}\"")))
        .or_else(|| (!is_its_own(evidence, exchange)).then(|| start_line(exchange)))
}

fn is_its_own(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    let Some(member) = evidence.roster.member(Party::INVOKER) else {
        return false;
    };
    let path = exchange.request.as_ref().and_then(lens::path).unwrap_or_default();
    let addressed = member.id.as_deref().is_some_and(|id| lens::segments(&path).iter().any(|segment| segment == id));
    let shown = exchange.tls.as_ref().and_then(|tls| tls.client_chain.first());
    addressed && shown.is_some() && shown == member.certificate.as_ref()
}

fn start_line(exchange: &Exchange) -> String {
    exchange.request.as_ref().map(RawMessage::start_line).unwrap_or_default()
}
