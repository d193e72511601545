//! An exposing function asks for a revocation, and the core function carries it out: TS 23.222 clause 8.23.3 steps 3, 4
//! and 6, and whom it does this for.

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Held, Judgement};
use super::{refusal, revocation, revoked};
use crate::req;
use crate::spec::{Party, Role};
use crate::wire::Exchange;

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &AUTHORIZATION_INVALIDATED,
    &REVOKED_WHEN_ANSWERED,
    &BROKEN_REVOCATION_CHANGES_NOTHING,
    &REVOKED_INVOKER_NOTIFIED,
    &REVOKED_FOR_KNOWN_FUNCTION_ONLY,
];

/// Step 3: the authorization for the API ends, and no other.
pub const AUTHORIZATION_INVALIDATED: Check = Check {
    slug: "authorization-invalidated",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-03")],
    judge: |evidence| {
        let expected = "after step 2 no token for the service API named; one for the others, and for other invokers";
        match first(evidence) {
            Err(nothing) => Judgement::unclear(expected, nothing),
            Ok((request, _)) if !lens::accepted(request) => {
                Judgement::missed(expected, lens::ending(request)).at(request.id)
            }
            Ok((request, named)) => revoked::ended(evidence, expected, (Party::EXPOSING_FUNCTION, &named), request.id),
        }
    },
};

/// Step 4: the answer comes when step 3 is done.
pub const REVOKED_WHEN_ANSWERED: Check = Check {
    slug: "revoked-when-answered",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-04")],
    judge: |evidence| {
        let expected = "204 to step 2, and no token for the service API to a request sent right after it";
        let (request, named) = match first(evidence) {
            Ok(first) => first,
            Err(nothing) => return Judgement::unclear(expected, nothing),
        };
        if lens::status(request) != Some(204) || revocation::has_content(request) {
            return Judgement::missed(expected, lens::ending(request)).at(request.id);
        }
        let asks = revoked::asks(evidence, Party::INVOKER);
        let next = asks.iter().find(|ask| ask.exchange.id > request.id && ask.wants(&named));
        match next {
            Some(ask) => {
                let gone = !ask.grants(evidence, Party::EXPOSING_FUNCTION, &named);
                Judgement::when(gone, expected, format!("204, then {}", lens::ending(ask.exchange))).at(ask.exchange.id)
            }
            None => Judgement::unclear(expected, "no token was asked for afterwards"),
        }
    },
};

/// Step 4: a request that breaks the data model is answered so, and nothing is revoked.
pub const BROKEN_REVOCATION_CHANGES_NOTHING: Check = Check {
    slug: "broken-revocation-changes-nothing",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-04")],
    judge: |evidence| refusal::refusal(evidence, &[400], |_| None),
};

/// Step 6: the invoker is told, and no other invoker.
pub const REVOKED_INVOKER_NOTIFIED: Check = Check {
    slug: "revoked-invoker-notified",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-06")],
    judge: |evidence| {
        let expected = "within the deadline a SecurityNotification at the destination of the security context, of exactly the APIs revoked; none at another invoker";
        match first(evidence) {
            Err(nothing) => Judgement::unclear(expected, nothing),
            Ok((request, _)) if !lens::accepted(request) => {
                Judgement::unclear(expected, lens::ending(request)).at(request.id)
            }
            Ok((request, named)) => revoked::notified(evidence, expected, &named, request.id),
        }
    },
};

/// Precondition 3: nobody else's request is acted on.
pub const REVOKED_FOR_KNOWN_FUNCTION_ONLY: Check = Check {
    slug: "revoked-for-known-function-only",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-09")],
    judge: |evidence| {
        let judged = refusal::refusal(evidence, &[401, 403, 404], |_| None);
        let Some((trial, deviant)) = refusal::deviant(evidence).filter(|_| judged.held == Held::Yes) else {
            return judged;
        };
        let told = lens::notifications(evidence, Party::INVOKER);
        match told.iter().find(|(told, _)| told.id < trial.after) {
            Some((told, _)) => Judgement::missed(judged.expected, "refused, but the invoker was told").at(told.id),
            None => judged.at(deviant.id),
        }
    },
};

/// The first request of step 2 about the invoker, and the APIs that it names.
pub(super) fn first<'a>(evidence: &'a Evidence<'_>) -> Result<(&'a Exchange, Vec<String>), &'static str> {
    let requests = revoked::requests(evidence, Party::EXPOSING_FUNCTION, Party::INVOKER);
    let request = requests.first().ok_or("the exposing function asked for no revocation")?;
    Ok((request, revoked::named_apis(request)))
}
