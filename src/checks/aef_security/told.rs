//! An exposing function is told of a revocation: TS 23.222 clause 8.23.4 steps 3 and 4, TS 29.222 clauses 6.2.2.3 and
//! 9.1.2A.3.

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::security::refusal::deviant;
use super::super::security::revoked;
use super::super::{Check, Judgement};
use super::{Others, ended, invocations};
use crate::spec::{Party, Role};
use crate::wire::{Exchange, Outcome};
use crate::{data_type, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &TOLD_REVOCATION_ENDS_ACCESS,
    &TOLD_REVOCATION_ANSWERED,
    &TOLD_APIS_REVOKED,
    &BROKEN_TOLD_REVOCATION_REFUSED,
    &TOLD_BY_CORE_FUNCTION_ONLY,
];

/// Step 3: the authorization ends for what was named, and for nothing and nobody else.
pub const TOLD_REVOCATION_ENDS_ACCESS: Check = Check {
    slug: "told-revocation-ends-access",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.4-03")],
    judge: |evidence| {
        let expected = "after the request the unexpired token is refused for the APIs named; other APIs, and other invokers, are served";
        match first(evidence) {
            Some(told) => ended(evidence, expected, (&revoked::named_apis(told), told.id), Others::ApisAndInvokers),
            None => Judgement::unclear(expected, "the exposing function was told nothing"),
        }
    },
};

/// Step 4: the response, step 3 being done.
pub const TOLD_REVOCATION_ANSWERED: Check = Check {
    slug: "told-revocation-answered",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.4-04")],
    judge: |evidence| {
        let expected = "200 with a valid RevokeAuthorizationRsp, and a refusal of the next invocation";
        let Some(told) = first(evidence) else {
            return Judgement::unclear(expected, "the exposing function was told nothing");
        };
        match misanswered(evidence, told) {
            Some(fault) => Judgement::missed(expected, fault).at(told.id),
            None => ended(evidence, expected, (&revoked::named_apis(told), told.id), Others::Nothing),
        }
    },
};

/// The APIs named are revoked and the others are not; 200.
pub const TOLD_APIS_REVOKED: Check = Check {
    slug: "told-apis-revoked",
    role: Role::ExposingFunction,
    requirements: &[req!("29222-6.2.2.3.2-02")],
    judge: |evidence| {
        let expected = "200, and the token is refused for the APIs named and served for the others";
        match first(evidence) {
            None => Judgement::unclear(expected, "the exposing function was told nothing"),
            Some(told) if lens::status(told) != Some(200) => {
                Judgement::missed(expected, lens::ending(told)).at(told.id)
            }
            Some(told) => ended(evidence, expected, (&revoked::named_apis(told), told.id), Others::Apis),
        }
    },
};

/// A request that breaks the data model is refused and changes nothing; a whole one is answered as it should be.
pub const BROKEN_TOLD_REVOCATION_REFUSED: Check = Check {
    slug: "broken-told-revocation-refused",
    role: Role::ExposingFunction,
    requirements: &[req!("29222-9.1.2A.3.2-01")],
    judge: |evidence| {
        let answered_400 = |exchange: &Exchange| lens::status(exchange) == Some(400);
        refused_and_serving(evidence, "400", answered_400)
    },
};

/// Who is not the core function revokes nothing.
pub const TOLD_BY_CORE_FUNCTION_ONLY: Check = Check {
    slug: "told-by-core-function-only",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.4-08")],
    judge: |evidence| {
        refused_and_serving(evidence, "401, 403, 404 or no handshake", |exchange| match &exchange.outcome {
            Outcome::Answered => lens::status(exchange).is_some_and(|status| matches!(status, 401 | 403 | 404)),
            Outcome::HandshakeRefused { .. } | Outcome::ClosedWithoutAnswer => true,
            Outcome::Open | Outcome::Malformed { .. } | Outcome::Unreachable { .. } | Outcome::TimedOut { .. } => false,
        })
    },
};

/// The deviant request was refused, and the token serves on; the clean one is answered as it should be.
fn refused_and_serving(evidence: &Evidence<'_>, how: &str, refused: impl Fn(&Exchange) -> bool) -> Judgement {
    let Some((trial, exchange)) = deviant(evidence) else {
        return Judgement::unclear("a refusal", "nothing was tried");
    };
    let expected =
        format!("{how}, because {}, and the token serves on; 200 with supportedFeatures without", trial.deviation);
    let Some(clean) = evidence.exchange(trial.before) else {
        return Judgement::unclear(expected, "there is no clean twin");
    };
    if let Some(fault) = misanswered(evidence, clean) {
        return Judgement::missed(expected, fault).at(clean.id);
    }
    if !refused(exchange) {
        return Judgement::missed(expected, lens::ending(exchange)).at(exchange.id);
    }
    let own = invocations(evidence, Party::INVOKER, None);
    let before = own.iter().rfind(|each| each.exchange.id < trial.deviant);
    let after = own.iter().find(|each| each.exchange.id > trial.deviant && each.exchange.id < trial.after);
    match (before.filter(|each| lens::served(each)), after) {
        (Some(_), Some(after)) => {
            let observed = format!("{}, then {}", lens::ending(exchange), lens::ending(after.exchange));
            Judgement::when(lens::served(after), expected, observed).at(exchange.id)
        }
        (_, _) => Judgement::unclear(expected, "the invoker has to be served before, and to invoke afterwards"),
    }
}

/// What is wrong with the answer to a request that is whole.
fn misanswered(evidence: &Evidence<'_>, told: &Exchange) -> Option<String> {
    if lens::status(told) != Some(200) {
        return Some(lens::ending(told));
    }
    let body = told.response.as_ref().map(|response| response.body.clone()).unwrap_or_default();
    lens::violation(data_type!("RevokeAuthorizationRsp"), evidence.release, &body)
}

/// The first request about the invoker.
fn first<'a>(evidence: &'a Evidence<'_>) -> Option<&'a Exchange> {
    revoked::told_about(evidence, Party::EXPOSING_FUNCTION, Party::INVOKER).first().copied()
}
