//! An exposing function revokes of its own accord, as far as what it sends: TS 23.222 clauses 8.23.2 and 8.23.3 steps 1
//! and 2, and what comes before.

use serde_json::Value;

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::security::revoked;
use super::super::{Check, Judgement};
use super::invocations;
use crate::spec::{Party, Role};
use crate::wire::{Exchange, RawMessage};
use crate::{operation, reading, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &SERVED_UNTIL_REVOKED,
    &REVOCATION_BEGUN,
    &REVOCATION_DETAILED,
    &REVOCATION_COMPLETE,
    &ELSEWHERE_MAY_BE_INDICATED,
];

/// Until the revocation the invoker is served.
pub const SERVED_UNTIL_REVOKED: Check = Check {
    slug: "served-until-revoked",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.3-08")],
    judge: |evidence| {
        let expected = "every invocation of the authorized invoker before the revocation is served";
        let Some(request) = own_requests(evidence).first().copied() else {
            return Judgement::unclear(expected, "the exposing function asked for no revocation");
        };
        let invoked = invocations(evidence, Party::INVOKER, None);
        let before: Vec<_> = invoked.iter().filter(|each| each.exchange.id < request.id).collect();
        match (before.iter().find(|each| !lens::served(each)), before.last()) {
            (Some(wrong), _) => Judgement::missed(expected, lens::ending(wrong.exchange)).at(wrong.exchange.id),
            (None, Some(last)) => Judgement::held(expected, format!("{} served", before.len())).at(last.exchange.id),
            (None, None) => Judgement::unclear(expected, "nothing was invoked before"),
        }
    },
};

/// Step 1: the exposing function starts.
pub const REVOCATION_BEGUN: Check = Check {
    slug: "revocation-begun",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.3-01")],
    judge: |evidence| {
        let expected =
            "told to revoke, the exposing function begins: a request about this invoker to the core function";
        match own_requests(evidence).first() {
            Some(request) => Judgement::held(expected, start_line(request)).at(request.id),
            None => Judgement::missed(expected, "no request reached the core function"),
        }
    },
};

/// Step 2: the details of the invoker and of the API.
pub const REVOCATION_DETAILED: Check = Check {
    slug: "revocation-detailed",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.3-02")],
    judge: |evidence| {
        let expected = "one request over TLS with its own certificate, about this invoker and exactly the APIs meant, and about nobody else";
        let requests = every_request(evidence);
        let Some(request) = requests.first() else {
            return Judgement::missed(expected, "no request reached the core function");
        };
        let mut meant: Vec<String> =
            evidence.named.iter().filter_map(|label| evidence.roster.api(label)).map(|api| api.id.clone()).collect();
        meant.sort();
        let certificate =
            evidence.roster.member(Party::EXPOSING_FUNCTION).and_then(|member| member.certificate.as_ref());
        let shown = request.tls.as_ref().and_then(|tls| tls.client_chain.first());
        let fault = if requests.len() > 1 {
            Some(format!("{} requests", requests.len()))
        } else if !own_requests(evidence).iter().any(|own| own.id == request.id) || !body_names(evidence, request) {
            Some("about another invoker".to_owned())
        } else if revoked::named_apis(request) != meant {
            Some(format!("{} of {}", start_line(request), revoked::named_apis(request).join(", ")))
        } else {
            (shown.is_none() || shown != certificate).then(|| "another certificate, or none".to_owned())
        };
        match fault {
            Some(fault) => Judgement::missed(expected, fault).at(request.id),
            None => Judgement::held(expected, start_line(request)).at(request.id),
        }
    },
};

/// Invoker, APIs and cause are mandatory.
pub const REVOCATION_COMPLETE: Check = Check {
    slug: "revocation-complete",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.2-01")],
    judge: |evidence| {
        let expected = "apiInvokerId as in the path, an apiId at least, and a cause";
        let mut lists = evidence.of(operation!("DeleteAuthIndAPIInvForAPIs"));
        let request = lists.rfind(|each| each.client.name() == Party::EXPOSING_FUNCTION.name());
        let Some(request) = request else {
            return Judgement::unclear(expected, "no revocation of some APIs reached the core function");
        };
        let caused = text(request, "cause").is_some_and(|cause| !cause.is_empty());
        let fault = if !body_names(evidence, request) {
            Some(format!("apiInvokerId {}", text(request, "apiInvokerId").unwrap_or_default()))
        } else if revoked::named_apis(request).is_empty() {
            Some("no apiId".to_owned())
        } else {
            (!caused).then(|| "no cause".to_owned())
        };
        match fault {
            Some(fault) => Judgement::missed(expected, fault).at(request.id),
            None => Judgement::held(expected, start_line(request)).at(request.id),
        }
    },
};

/// Whether other exposing functions are meant as well may be indicated.
pub const ELSEWHERE_MAY_BE_INDICATED: Check = Check {
    slug: "elsewhere-may-be-indicated",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.3-14")],
    judge: |evidence| {
        let expected = "the request may indicate other exposing functions, as the reading chosen has it";
        let Some(request) = own_requests(evidence).last().copied() else {
            return Judgement::unclear(expected, "no request reached the core function");
        };
        let indicated = match evidence.readings.option(reading!("revocation-indication")) {
            "cause-unexpected" => text(request, "cause").as_deref() == Some("UNEXPECTED_REASON"),
            "aef-id-absent" => text(request, "aefId").is_none(),
            _ => false,
        };
        let observed = format!("cause {}", text(request, "cause").unwrap_or_default());
        if indicated {
            return Judgement::held(expected, observed).at(request.id);
        }
        Judgement::not_used(expected, observed).at(request.id)
    },
};

/// The requests of step 2 about the invoker.
pub(super) fn own_requests<'a>(evidence: &'a Evidence<'_>) -> Vec<&'a Exchange> {
    revoked::requests(evidence, Party::EXPOSING_FUNCTION, Party::INVOKER)
}

/// The same about anybody.
fn every_request<'a>(evidence: &'a Evidence<'_>) -> Vec<&'a Exchange> {
    let operations = [operation!("DeleteAuthIndAPIInvForAPIs"), operation!("DeleteSecIndTrustedAPIInv")];
    let of_any = evidence.exchanges.iter().map(AsRef::as_ref).filter(|exchange| {
        lens::operation(exchange).is_some_and(|found| operations.iter().any(|each| std::ptr::eq(*each, found)))
    });
    of_any.filter(|exchange| exchange.client.name() == Party::EXPOSING_FUNCTION.name()).collect()
}

fn text(request: &Exchange, name: &str) -> Option<String> {
    lens::request_object(request)?.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The body, where there is one, names the invoker of the path.
fn body_names(evidence: &Evidence<'_>, request: &Exchange) -> bool {
    let has_body = request.request.as_ref().is_some_and(|request| !request.body.is_empty());
    !has_body || text(request, "apiInvokerId").as_deref() == evidence.roster.id(Party::INVOKER)
}

fn start_line(request: &Exchange) -> String {
    request.request.as_ref().map(RawMessage::start_line).unwrap_or_default()
}
