//! How the exposing function holds to the authorization of the owner: TS 23.222 clause 8.31.3.

use super::super::security::refusal::deviant;
use super::super::service_api::refused::not_served;
use super::super::{Check, Judgement, lens};
use crate::req;
use crate::spec::Role;
use crate::wire::{Exchange, RawMessage};

/// Every check of this file.
pub const ALL: &[&Check] = &[&OWNER_AUTHORIZATION_CHECKED, &OWNER_AUTHORIZATION_NEEDED];

/// The result is given once the authorization of the owner was checked.
pub const OWNER_AUTHORIZATION_CHECKED: Check = Check {
    slug: "owner-authorization-checked",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.31.3-06")],
    judge: not_served,
};

/// A token that is good but for the owner is not enough where the owner has to agree, and enough elsewhere.
pub const OWNER_AUTHORIZATION_NEEDED: Check = Check {
    slug: "owner-authorization-needed",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.31.3-07")],
    judge: |evidence| {
        let expected =
            "refused without the authorization of the owner, where a service API that does not need it is served";
        let Some((_, refused)) = deviant(evidence) else {
            return Judgement::unclear(expected, "nothing was tried");
        };
        let other = lens::invocation(evidence, refused).map(|invocation| invocation.api.name.clone());
        let is_plain = |invocation: &&lens::Invocation<'_>| {
            Some(&invocation.api.name) != other.as_ref() && names_no_owner(invocation.exchange)
        };
        let invocations = lens::invocations(evidence);
        let Some(plain) = invocations.iter().find(is_plain) else {
            return Judgement::unclear(expected, "no service API was invoked that does not need the owner");
        };
        if !lens::served(plain) {
            let observed = format!("without an owner nothing is served: {}", lens::ending(plain.exchange));
            return Judgement::unclear(expected, observed).at(plain.exchange.id);
        }
        not_served(evidence)
    },
};

/// Whether the token of an invocation is good and names no owner, as far as it can be read.
fn names_no_owner(exchange: &Exchange) -> bool {
    let header = exchange.request.as_ref().and_then(|request: &RawMessage| request.header("authorization"));
    let token = header.and_then(|value| value.split_once(' ').map(|(_, token)| token.to_owned()));
    let claims = token.and_then(|token| lens::decode(&token).claims);
    claims.is_some_and(|claims| !claims.contains_key("resOwnerId"))
}
