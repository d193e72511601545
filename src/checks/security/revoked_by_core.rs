//! The core function revokes of its own accord: TS 23.222 clause 8.23.4 steps 1, 2, 5 and 6, TS 29.222 6.2.2.3.
//!
//! What triggers it is not on the wire: a check begins with the first request to the exposing function.

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Judgement};
use super::revoked;
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{data_type, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &REVOCATION_TRIGGERED,
    &REVOCATION_REQUESTED,
    &EVERY_FUNCTION_ASKED,
    &TRIGGER_INVALIDATES,
    &TRIGGER_NOTIFIES_INVOKER,
];

/// Step 1: the trigger leads to a revocation.
pub const REVOCATION_TRIGGERED: Check = Check {
    slug: "revocation-triggered",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.4-01")],
    judge: |evidence| {
        let expected =
            "told to revoke, the core function begins: a request to the exposing function about this invoker";
        let invoked = lens::invocations(evidence).into_iter().find(lens::served);
        match (begun(evidence).first(), invoked) {
            (_, None) => Judgement::unclear(expected, "the invoker was not served before"),
            (Some(request), Some(invoked)) if request.id < invoked.exchange.id => {
                Judgement::missed(expected, "a request before the core function was told").at(request.id)
            }
            (Some(request), Some(_)) => Judgement::held(expected, lens::ending(request)).at(request.id),
            (None, Some(_)) => Judgement::missed(expected, "no request reached the exposing function"),
        }
    },
};

/// Step 2: the request to the exposing function.
pub const REVOCATION_REQUESTED: Check = Check {
    slug: "revocation-requested",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.4-02"), req!("29222-6.2.2.3.2-01")],
    judge: |evidence| {
        let expected = "POST revoke-authorization of a valid RevokeAuthorizationReq about this invoker and exactly the APIs concerned, and about nobody else";
        let requests = begun(evidence);
        let Some(first) = requests.first() else {
            return Judgement::missed(expected, "no request reached the exposing function");
        };
        let due: Vec<String> =
            evidence.named.iter().filter_map(|label| evidence.roster.api(label)).map(|api| api.id.clone()).collect();
        // The fence: the last of the APIs is revoked after everything else.
        let later =
            requests.iter().any(|request| due.last().is_some_and(|id| revoked::named_apis(request) == [id.clone()]));
        let wrong = requests.iter().find_map(|request| Some((request.id, unlike(evidence, request, &due)?)));
        if let Some((id, fault)) = wrong {
            return Judgement::missed(expected, fault).at(id);
        }
        let others = revoked::told(evidence, None);
        let stray = others.iter().find(|told| !revoked::names(evidence, told, Party::INVOKER));
        match stray {
            Some(stray) => Judgement::missed(expected, "a request about another invoker").at(stray.id),
            None if later => Judgement::held(expected, format!("{} requests", requests.len())).at(first.id),
            None => Judgement::unclear(expected, "the second revocation did not reach the exposing function"),
        }
    },
};

/// Step 2 at each exposing function that offers the API to the invoker.
pub const EVERY_FUNCTION_ASKED: Check = Check {
    slug: "every-function-asked-to-revoke",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.4-02"), req!("29222-6.2.2.3.2-01")],
    judge: |evidence| {
        let expected =
            "a request about this invoker and the service API reaches every exposing function that offers it";
        let apis = evidence.named.iter().filter_map(|label| evidence.roster.api(label));
        let due: Vec<_> = apis.flat_map(|api| api.exposures.iter().map(move |at| (at.aef, api))).collect();
        if due.len() < 2 {
            return Judgement::unclear(expected, "one exposing function offers it");
        }
        let asked = |aef: Party, id: &str| {
            let requests = revoked::told_about(evidence, aef, Party::INVOKER).into_iter();
            requests.filter(|request| revoked::named_apis(request) == [id]).count()
        };
        match due.iter().find(|(aef, api)| asked(*aef, &api.id) == 0) {
            Some((aef, _)) => Judgement::missed(expected, format!("no request reached {aef}")),
            None => Judgement::held(expected, format!("{} were asked", due.len())),
        }
    },
};

/// What is wrong with one request: each is about one of the APIs that are due.
fn unlike(evidence: &Evidence<'_>, request: &Exchange, due: &[String]) -> Option<String> {
    let body = request.request.as_ref().map(|request| request.body.clone()).unwrap_or_default();
    let listed = revoked::named_apis(request);
    let exact = matches!(listed.as_slice(), [one] if due.contains(one));
    lens::violation(data_type!("RevokeAuthorizationReq"), evidence.release, &body)
        .or_else(|| (!exact).then(|| format!("a request about {}", listed.join(", "))))
        .or_else(|| request.tls.is_none().then(|| "a request in clear".to_owned()))
}

/// Step 5: the authorization ends at the core function.
pub const TRIGGER_INVALIDATES: Check = Check {
    slug: "trigger-invalidates",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.4-05")],
    judge: |evidence| {
        let expected = "once the exposing function agreed no token for the service API; one for the others, and for other invokers";
        match begun(evidence).first() {
            None => Judgement::unclear(expected, "no request reached the exposing function"),
            Some(request) if lens::status(request) != Some(200) => {
                Judgement::unclear(expected, format!("it did not agree: {}", lens::ending(request))).at(request.id)
            }
            Some(request) => {
                let named = revoked::named_apis(request);
                revoked::ended(evidence, expected, (Party::EXPOSING_FUNCTION, &named), request.id)
            }
        }
    },
};

/// Step 6: the invoker is told, and no other invoker.
pub const TRIGGER_NOTIFIES_INVOKER: Check = Check {
    slug: "trigger-notifies-invoker",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.4-06"), req!("29222-6.2.2.3.2-03")],
    judge: |evidence| {
        let expected = "within the deadline a SecurityNotification at the destination of the security context, of exactly the APIs revoked; none at another invoker";
        match begun(evidence).first() {
            None => Judgement::unclear(expected, "no request reached the exposing function"),
            Some(request) => revoked::notified(evidence, expected, &revoked::named_apis(request), request.id),
        }
    },
};

/// The requests to the exposing function about the invoker.
fn begun<'a>(evidence: &'a Evidence<'_>) -> Vec<&'a Exchange> {
    revoked::told_about(evidence, Party::EXPOSING_FUNCTION, Party::INVOKER)
}
