//! An exposing function asks for a revocation, and the core function carries it out: TS 23.222 clause 8.23.3 steps 3, 4
//! and 6, and whom it does this for.

use serde_json::Value;

use super::super::evidence::{Evidence, ServiceApi};
use super::super::lens;
use super::super::{Check, Held, Judgement};
use super::context::entries;
use super::{refusal, revocation, revoked};
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &AUTHORIZATION_INVALIDATED,
    &ENDED_AUTHORIZATION_NOT_TOLD,
    &REVOKED_WHEN_ANSWERED,
    &BROKEN_REVOCATION_CHANGES_NOTHING,
    &REVOKED_INVOKER_NOTIFIED,
    &EACH_REVOCATION_NOTIFIED,
    &REVOKED_FOR_KNOWN_FUNCTION_ONLY,
    &WHAT_OTHERS_EXPOSE_IS_LEFT,
];

/// An exposing function of another provider.
const FOREIGN: Party = Party { role: Role::ExposingFunction, ordinal: 3 };

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

/// Step 3 as the exposing function sees it: it is not told of an authorization that has ended. What stands in
/// authorizationInfo is free: only one that names service APIs can be judged.
pub const ENDED_AUTHORIZATION_NOT_TOLD: Check = Check {
    slug: "ended-authorization-not-told",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-03")],
    judge: |evidence| {
        let expected = "authorizationInfo that named the service API before step 2 does not name it after it, and names the others as before";
        let (request, revoked) = match first(evidence) {
            Ok((request, named)) if lens::accepted(request) => (request, named),
            Ok((request, _)) => return Judgement::unclear(expected, lens::ending(request)).at(request.id),
            Err(nothing) => return Judgement::unclear(expected, nothing),
        };
        let mut told = evidence.of(operation!("GetSecIndTrustedAPIInv")).filter(|read| {
            read.client.name() == Party::EXPOSING_FUNCTION.name()
                && refusal::subject_of(evidence, read) == Some(Party::INVOKER)
                && lens::status(read) == Some(200)
        });
        let before = told.clone().rfind(|read| read.id < request.id);
        let (Some(before), Some(after)) = (before, told.find(|read| read.id > request.id)) else {
            return Judgement::unclear(expected, "the exposing function has to be told before and after");
        };
        let apis = evidence.roster.apis.iter().filter(|api| names_api(before, api));
        let (ended, others): (Vec<&ServiceApi>, Vec<&ServiceApi>) = apis.partition(|api| revoked.contains(&api.id));
        if ended.is_empty() {
            return Judgement::not_used(expected, "authorizationInfo does not name the service API").at(before.id);
        }
        match ended.into_iter().find(|api| names_api(after, api)) {
            Some(api) => Judgement::missed(expected, format!("{} is still told", api.name)),
            None if others.iter().all(|api| names_api(after, api)) => {
                Judgement::held(expected, "told of the rest only")
            }
            None => Judgement::unclear(expected, "another service API is not told any more either"),
        }
        .at(after.id)
    },
};

/// Whether authorizationInfo names a service API, by its name or its identifier.
fn names_api(read: &Exchange, api: &ServiceApi) -> bool {
    let apart = |c: char| !(c.is_alphanumeric() || "-_.".contains(c));
    let is_its = |text: &str| text.split(apart).any(|word| word == api.name || word == api.id);
    entries(read).iter().any(|entry| entry.get("authorizationInfo").and_then(Value::as_str).is_some_and(is_its))
}

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

/// Step 6, each time: the second revocation is told as the first one is.
pub const EACH_REVOCATION_NOTIFIED: Check = Check {
    slug: "each-revocation-notified",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-06")],
    judge: |evidence| {
        let expected = "after each of several revocations the invoker is told within the deadline of what it names";
        let requests = revoked::requests(evidence, Party::EXPOSING_FUNCTION, Party::INVOKER);
        if requests.len() < 2 {
            return Judgement::unclear(expected, "the exposing function did not revoke twice");
        }
        let told = lens::notifications(evidence, Party::INVOKER);
        let untold = requests.iter().enumerate().find_map(|(at, request)| {
            let until = requests.get(at + 1).map(|next| next.id);
            let meanwhile = |told: &Exchange| told.id > request.id && until.is_none_or(|until| told.id < until);
            let heard = told.iter().filter(|(told, _)| meanwhile(told)).flat_map(|(told, _)| revoked::named_apis(told));
            let heard: Vec<String> = heard.collect();
            revoked::named_apis(request).iter().any(|id| !heard.contains(id)).then_some((at + 1, request))
        });
        match (requests.iter().find(|request| !lens::accepted(request)), untold) {
            (Some(refused), _) => Judgement::unclear(expected, lens::ending(refused)).at(refused.id),
            (None, Some((which, request))) => {
                Judgement::missed(expected, format!("not told of revocation {which}")).at(request.id)
            }
            (None, None) => Judgement::held(expected, format!("told of {} revocations", requests.len())),
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

/// Precondition 3 for an exposing function that the invoker negotiated with: it has its own APIs revoked, and nothing that
/// others expose, whatever it is answered.
pub const WHAT_OTHERS_EXPOSE_IS_LEFT: Check = Check {
    slug: "what-others-expose-is-left",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-09")],
    judge: |evidence| {
        let expected = "a token for the API of another exposing function as before, and no notification of it; its own API is revoked when it asks for that";
        let requests = revoked::requests(evidence, FOREIGN, Party::INVOKER);
        let foreign = |request: &Exchange| -> Vec<String> {
            let apis = evidence.roster.apis.iter().filter(|api| api.at(FOREIGN).is_none());
            let ids: Vec<&str> = apis.map(|api| api.id.as_str()).collect();
            revoked::named_apis(request).into_iter().filter(|id| ids.contains(&id.as_str())).collect()
        };
        let astray = requests.iter().find(|request| !foreign(request).is_empty());
        let own = requests.iter().find(|request| foreign(request).is_empty() && lens::accepted(request));
        let (Some(astray), Some(_)) = (astray, own) else {
            return Judgement::unclear(expected, "it has to ask for what others expose and to be given its own");
        };
        let ids = foreign(astray);
        let good = |ask: &revoked::Ask<'_>| ask.grants(evidence, Party::EXPOSING_FUNCTION, &ids);
        let asks: Vec<_> = revoked::asks(evidence, Party::INVOKER).into_iter().filter(|ask| ask.wants(&ids)).collect();
        let before = asks.iter().any(|ask| ask.exchange.id < astray.id && good(ask));
        let (true, Some(after)) = (before, asks.iter().find(|ask| ask.exchange.id > astray.id)) else {
            return Judgement::unclear(
                expected,
                "a token for the API has to be granted before and asked for afterwards",
            );
        };
        let told = lens::notifications(evidence, Party::INVOKER);
        let is_of_it = |told: &Exchange| revoked::named_apis(told).iter().any(|id| ids.contains(id));
        if let Some((told, _)) = told.iter().find(|(told, _)| told.id > astray.id && is_of_it(told)) {
            return Judgement::missed(expected, "the invoker was told of it").at(told.id);
        }
        let observed = format!("{}, then {}", lens::ending(astray), lens::ending(after.exchange));
        Judgement::when(good(after), expected, observed).at(astray.id)
    },
};

/// The first request of step 2 about the invoker, and the APIs that it names.
pub(super) fn first<'a>(evidence: &'a Evidence<'_>) -> Result<(&'a Exchange, Vec<String>), &'static str> {
    let requests = revoked::requests(evidence, Party::EXPOSING_FUNCTION, Party::INVOKER);
    let request = requests.first().ok_or("the exposing function asked for no revocation")?;
    Ok((request, revoked::named_apis(request)))
}
