//! Step 7 of TS 23.222 clause 8.23.3: other exposing functions are told. An option, in which it matters who is told and
//! who is not; whoever is not is told of something else later, which is the fence.

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Judgement};
use super::revoked;
use super::revoked_at_core::first;
use crate::req;
use crate::spec::{Party, Role};

/// Every check of this file.
pub const ALL: &[&Check] =
    &[&OTHER_FUNCTIONS_MAY_BE_TOLD, &OWN_PROVIDER_ONLY, &CONCERNED_FUNCTIONS_ONLY, &OTHERS_LEFT_OUT];

/// The other exposing function of the same provider.
const OTHER: Party = Party::SECOND_EXPOSING_FUNCTION;
/// One of another provider.
const FOREIGN: Party = Party { role: Role::ExposingFunction, ordinal: 3 };
/// One of the same provider that does not offer the API.
const WITHOUT_THE_API: Party = Party { role: Role::ExposingFunction, ordinal: 4 };
/// One of the same provider that the invoker never discovered.
const UNDISCOVERED: Party = Party { role: Role::ExposingFunction, ordinal: 5 };

/// Other exposing functions may be told, where step 2 indicated it.
pub const OTHER_FUNCTIONS_MAY_BE_TOLD: Check = Check {
    slug: "other-functions-may-be-told",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-07")],
    judge: |evidence| {
        let expected =
            "the other exposing function of the provider may be told to revoke exactly this API for this invoker";
        let named = match first(evidence) {
            Ok((_, named)) => named,
            Err(nothing) => return Judgement::unclear(expected, nothing),
        };
        let told = revoked::told_about(evidence, OTHER, Party::INVOKER);
        let stray = revoked::told(evidence, Some(OTHER)).into_iter().find(|told| {
            ![Party::INVOKER, Party::SECOND_INVOKER].iter().any(|whose| revoked::names(evidence, told, *whose))
        });
        if let Some(stray) = stray {
            return Judgement::doubtful(expected, "it was told of an invoker that was not revoked").at(stray.id);
        }
        let Some(told) = told.first() else {
            return Judgement::not_used(expected, "it was not told");
        };
        if !lens::accepted(told) {
            return Judgement::unclear(expected, format!("it did not agree: {}", lens::ending(told))).at(told.id);
        }
        if revoked::named_apis(told) != named {
            return Judgement::doubtful(expected, "it was told of other APIs").at(told.id);
        }
        Judgement::held(expected, lens::ending(told)).at(told.id)
    },
};

/// Exposing functions of other providers are not told.
pub const OWN_PROVIDER_ONLY: Check = Check {
    slug: "own-provider-only",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-11")],
    judge: |evidence| {
        let expected = "an exposing function of another provider is told nothing of this invoker, and serves it";
        spared(evidence, expected, &[FOREIGN]).unwrap_or_else(|| {
            let later = lens::invocations(evidence)
                .into_iter()
                .rfind(|each| each.at == FOREIGN && each.exchange.client.name() == Party::INVOKER.name());
            match later.filter(lens::served) {
                Some(later) => Judgement::held(expected, "not told, and served").at(later.exchange.id),
                None => Judgement::unclear(expected, "the invoker was not served there at the end"),
            }
        })
    },
};

/// Only those are told that offer the API and that the invoker discovered.
pub const CONCERNED_FUNCTIONS_ONLY: Check = Check {
    slug: "concerned-functions-only",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-12")],
    judge: |evidence| {
        let expected =
            "who does not offer the API, or was not in the discovery answers of the invoker, is told nothing of it";
        let exchanges = evidence.exchanges.iter();
        let own = exchanges.filter(|exchange| exchange.client.name() == Party::INVOKER.name());
        let shown: Vec<(String, String)> = own.flat_map(|exchange| lens::discovered(exchange)).collect();
        let undiscovered = evidence.roster.id(UNDISCOVERED);
        if shown.iter().any(|(aef_id, _)| Some(aef_id.as_str()) == undiscovered) {
            return Judgement::unclear(expected, "the invoker discovered it");
        }
        spared(evidence, expected, &[WITHOUT_THE_API, UNDISCOVERED])
            .unwrap_or_else(|| Judgement::held(expected, "neither was told"))
    },
};

/// Without the indication nobody else is told.
pub const OTHERS_LEFT_OUT: Check = Check {
    slug: "others-left-out-without-indication",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.23.3-13")],
    judge: |evidence| {
        let expected = "without the indication in step 2 the other exposing function is told nothing, and serves";
        if first(evidence).is_err() {
            return Judgement::unclear(expected, "the exposing function asked for no revocation");
        }
        let told = revoked::told_about(evidence, OTHER, Party::INVOKER);
        if let Some(told) = told.first() {
            return Judgement::missed(expected, "it was told").at(told.id);
        }
        if revoked::told_about(evidence, OTHER, Party::SECOND_INVOKER).is_empty() {
            return Judgement::not_used(expected, "it was not told where step 2 indicated it either");
        }
        let later = lens::invocations(evidence).into_iter().rfind(|each| each.at == OTHER);
        match later.filter(lens::served) {
            Some(later) => Judgement::held(expected, "not told, and it serves").at(later.exchange.id),
            None => Judgement::unclear(expected, "the invoker was not served there at the end"),
        }
    },
};

/// What is wrong, or missing, where step 7 is used and these exposing functions are to be told nothing of the invoker;
/// none where all is well.
fn spared(evidence: &Evidence<'_>, expected: &str, functions: &[Party]) -> Option<Judgement> {
    if let Err(nothing) = first(evidence) {
        return Some(Judgement::unclear(expected, nothing));
    }
    if let Some(told) =
        functions.iter().find_map(|aef| revoked::told_about(evidence, *aef, Party::INVOKER).first().copied())
    {
        return Some(Judgement::missed(expected, format!("{} was told", told.server.name())).at(told.id));
    }
    if revoked::told_about(evidence, OTHER, Party::INVOKER).is_empty() {
        return Some(Judgement::not_used(expected, "step 7 was not used"));
    }
    let unfenced = functions.iter().find(|aef| revoked::told_about(evidence, **aef, Party::SECOND_INVOKER).is_empty());
    unfenced.map(|aef| Judgement::unclear(expected, format!("{aef} was not told of the second invoker's revocation")))
}
