//! What an invoker does that has to have the authorization of the owner: TS 23.222 clause 8.31.3.

use super::super::evidence::{Evidence, ServiceApi, Told};
use super::super::lens::{self, Grant};
use super::super::{Check, Judgement};
use super::query::owner_asked;
use crate::req;
use crate::spec::{Party, Role};
use crate::wire::Exchange;

/// Every check of this file.
pub const ALL: &[&Check] = &[&OWNER_AUTHORIZATION_ASKED, &INVOKED_WITH_THE_OWNERS_TOKEN, &NOT_AUTHORIZED_AFTER_DENIAL];

/// The authorization of the owner is asked for before an invocation is served.
pub const OWNER_AUTHORIZATION_ASKED: Check = Check {
    slug: "owner-authorization-asked",
    role: Role::Invoker,
    requirements: &[req!("23222-8.31.3-02")],
    judge: |evidence| {
        let expected =
            "a token request that names the owner, this invoker and the service API, before an invocation is served";
        let all = told(evidence);
        if all.is_empty() {
            return Judgement::unclear(expected, "nothing was told about an owner");
        }
        for (told, owner) in &all {
            let asked = lens::token_requests(evidence).find(|request| asks_for(evidence, request, told, owner));
            let invoked = invocations(evidence, told);
            let served = invoked.iter().find(|exchange| lens::accepted(exchange));
            match (asked, served, invoked.first()) {
                (Some(asked), Some(served), _) if served.id < asked.id => {
                    return Judgement::missed(expected, "served before it was asked for").at(served.id);
                }
                (None, _, Some(first)) => {
                    let observed = format!("invoked ({}), and never asked for", lens::ending(first));
                    return Judgement::missed(expected, observed).at(first.id);
                }
                (None, _, None) => return nothing_asked(evidence, told, expected),
                (Some(_), _, None) => return Judgement::unclear(expected, "asked, but not invoked"),
                (Some(_), _, Some(_)) => {}
            }
        }
        Judgement::held(expected, format!("asked for {} times", all.len()))
    },
};

/// The invocation has the token that step 1 gave for this owner.
pub const INVOKED_WITH_THE_OWNERS_TOKEN: Check = Check {
    slug: "invoked-with-the-owners-token",
    role: Role::Invoker,
    requirements: &[req!("23222-8.31.3-05")],
    judge: |evidence| {
        let expected = "Authorization: Bearer with exactly the token that was given for the owner of the resource";
        let grants = lens::grants(evidence);
        let mut right = 0_usize;
        for (told, owner) in told(evidence) {
            let own: Vec<&Grant<'_>> =
                grants.iter().filter(|grant| owner_asked(grant.exchange).as_deref() == Some(owner)).collect();
            for exchange in invocations(evidence, told) {
                let sent = lens::bearers(exchange);
                let is_own = own.iter().any(|grant| grant.exchange.id < exchange.id && sent == [grant.token.clone()]);
                // A refusal of the exposing function may set off the request (V20.1.0 NOTE 3).
                let sets_off = !lens::accepted(exchange) && own.iter().any(|grant| grant.exchange.id > exchange.id);
                match (is_own, sets_off) {
                    (true, _) => right += 1,
                    (false, true) => {}
                    (false, false) => {
                        return Judgement::missed(expected, whose(&grants, &sent)).at(exchange.id);
                    }
                }
            }
        }
        if right == 0 {
            return Judgement::unclear(expected, "nothing was invoked");
        }
        Judgement::held(expected, format!("{right} invocations"))
    },
};

/// Where the owner refused, no invocation has the authorization of any owner.
pub const NOT_AUTHORIZED_AFTER_DENIAL: Check = Check {
    slug: "not-authorized-after-denial",
    role: Role::Invoker,
    requirements: &[req!("23222-8.31.3-05")],
    judge: |evidence| {
        let expected = "after the refusal no invocation of the resource has a token that another owner authorized, while with the grant it has the right one";
        let grants = lens::grants(evidence);
        let of_owner = |exchange: &Exchange| {
            let sent = lens::bearers(exchange);
            grants.iter().find(|grant| sent.contains(&grant.token) && owner_asked(grant.exchange).is_some())
        };
        let all = told(evidence);
        let mut refused = all.iter().filter(|(told, owner)| {
            lens::token_requests(evidence)
                .any(|request| asks_for(evidence, request, told, owner) && !lens::accepted(request))
        });
        let Some((denied, _)) = refused.next_back() else {
            return Judgement::unclear(expected, "no owner refused");
        };
        if let Some(exchange) = invocations(evidence, denied).into_iter().find(|exchange| of_owner(exchange).is_some())
        {
            let observed = whose(&grants, &lens::bearers(exchange));
            return Judgement::missed(expected, observed).at(exchange.id);
        }
        let before = all.iter().flat_map(|(told, _)| invocations(evidence, told)).any(|each| of_owner(each).is_some());
        if before {
            return Judgement::held(expected, "no such invocation");
        }
        Judgement::unclear(expected, "nothing was invoked with the authorization of an owner either")
    },
};

/// Neither asked for nor invoked: wrong where another owner was asked for in the place of this one.
fn nothing_asked(evidence: &Evidence<'_>, told: &Told, expected: &str) -> Judgement {
    let since = |request: &&Exchange| request.id > told.after && request.id <= told.until;
    let mut requests = lens::token_requests(evidence).filter(since);
    match requests.find_map(|request| Some((request, owner_asked(request)?))) {
        Some((request, owner)) => Judgement::missed(expected, format!("asked for owner {owner}")).at(request.id),
        None => Judgement::unclear(expected, "neither asked nor invoked"),
    }
}

/// What was told about a resource of an owner.
fn told<'a>(evidence: &'a Evidence<'_>) -> Vec<(&'a Told, &'a str)> {
    evidence.told.iter().filter_map(|told| Some((told, told.owner.as_deref()?))).collect()
}

/// The invocations that came of it, with or without success.
fn invocations<'a>(evidence: &'a Evidence<'_>, told: &Told) -> Vec<&'a Exchange> {
    told.nonces.iter().filter_map(|nonce| lens::came(evidence, told, nonce)).collect()
}

/// Whether a token request is for the owner, by this invoker, and for the service API that was told.
fn asks_for(evidence: &Evidence<'_>, request: &Exchange, told: &Told, owner: &str) -> bool {
    let form = lens::request_form(request);
    let own = lens::values(&form, "client_id").first().copied() == evidence.roster.id(Party::INVOKER);
    let scope = lens::values(&form, "scope").first().and_then(|text| lens::scope(text, false));
    let named = evidence.roster.api(&told.label).map(ServiceApi::scope_pairs).unwrap_or_default();
    let for_api = scope.is_none_or(|scope| lens::scope_pairs(&scope).iter().any(|pair| named.contains(pair)));
    // By the code flow the owner was asked before, at the authorization end point.
    let by_code = lens::values(&form, "grant_type").contains(&"authorization_code");
    own && for_api && (by_code || owner_asked(request).as_deref() == Some(owner))
}

fn whose(grants: &[Grant<'_>], sent: &[String]) -> String {
    match grants.iter().find(|grant| sent.contains(&grant.token)) {
        Some(grant) => match owner_asked(grant.exchange) {
            Some(owner) => format!("the token that was given for owner {owner}"),
            None => "a token that was given without an owner".to_owned(),
        },
        None => format!("{} bearer tokens, none of them given", sent.len()),
    }
}
