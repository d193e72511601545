//! What an access token grants, to whom: TS 33.122 clauses 6.5.2.3 and C.2.2.

use serde_json::Value;

use super::super::evidence::{Evidence, ServiceApi};
use super::super::lens::{self, DecodedToken};
use super::super::{Check, Judgement};
use super::token_answer::{on_focus, on_granted};
use super::token_claims::{asking_invoker, claim, named_invoker, show_claim};
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{operation, reading, req};

/// Every check of this file.
pub const ALL: &[&Check] =
    &[&SCOPE_WITHIN_PERMISSION, &GRANTED_SCOPE_TOLD, &TOKEN_OF_ITS_OWN, &SCOPE_FOLLOWS_CLIENT, &ARRANGED_BEFOREHAND];

/// Nothing is granted that was not arranged.
pub const SCOPE_WITHIN_PERMISSION: Check = Check {
    slug: "scope-within-permission",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.2.2-07")],
    judge: |evidence| {
        let expected = "the granted services are all or some of those the invoker may reach at each exposing function";
        on_granted(evidence, expected, |exchange, _, token| {
            let permitted = permitted_to(evidence, exchange);
            match granted(evidence, token) {
                Some(granted) => {
                    let held = granted.iter().all(|pair| permitted.contains(pair));
                    Judgement::when(
                        held,
                        expected,
                        format!("granted {}; permitted {}", granted.join(", "), permitted.join(", ")),
                    )
                }
                None => Judgement::missed(expected, format!("scope {}", show_claim(token, "scope"))),
            }
        })
    },
};

/// A scope that was cut is told.
pub const GRANTED_SCOPE_TOLD: Check = Check {
    slug: "granted-scope-told",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.3.3-04")],
    judge: |evidence| {
        let expected = "invalid_scope, or the answer's scope lists what was granted, as the claim does";
        on_focus(evidence, expected, |exchange| {
            let Some(token) = lens::access_token(exchange).map(|token| lens::decode(&token)) else {
                let error = lens::answer_object(exchange).and_then(|answer| answer.get("error").cloned());
                let refused = error.as_ref().and_then(Value::as_str) == Some("invalid_scope");
                return Judgement::when(refused, expected, lens::ending(exchange));
            };
            if granted(evidence, &token) == asked(exchange) {
                return Judgement::not_used(expected, "everything asked for was granted: nothing was cut");
            }
            let told = lens::answer_object(exchange).and_then(|answer| answer.get("scope").cloned());
            let told = told
                .as_ref()
                .and_then(Value::as_str)
                .and_then(|text| lens::scope(text, false))
                .map(|e| lens::scope_pairs(&e));
            let observed = format!("scope told {}; granted {}", listed(told.as_deref()), show_claim(&token, "scope"));
            Judgement::when(told.is_some() && told == granted(evidence, &token), expected, observed)
        })
    },
};

/// Two invokers get two tokens, each naming its own.
pub const TOKEN_OF_ITS_OWN: Check = Check {
    slug: "token-of-its-own",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-13")],
    judge: |evidence| {
        let expected = "each invoker gets a token of its own, which names it";
        of_two_invokers(evidence, expected, |(first, mine), (second, yours)| {
            let names = |exchange: &Exchange, token: &str| {
                let claims = lens::decode(token).claims.unwrap_or_default();
                let named = named_invoker(evidence, &claims);
                named.is_some() && named == asking_invoker(evidence, exchange)
            };
            let held = mine != yours && names(first, mine) && names(second, yours);
            let naming = |exchange, token| if names(exchange, token) { "its own" } else { "another invoker" };
            let observed = if mine == yours {
                "one token for both".to_owned()
            } else {
                format!("two tokens, the first naming {}, the second {}", naming(first, mine), naming(second, yours))
            };
            Judgement::when(held, expected, observed)
        })
    },
};

/// Scope follows from who asks.
pub const SCOPE_FOLLOWS_CLIENT: Check = Check {
    slug: "scope-follows-client",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.2.2-06")],
    judge: |evidence| {
        let expected = "for alike requests each invoker's scope holds only what it may reach itself";
        of_two_invokers(evidence, expected, |(first, mine), (second, yours)| {
            let within = |exchange: &Exchange, token: &str| {
                let permitted = permitted_to(evidence, exchange);
                granted(evidence, &lens::decode(token))
                    .is_some_and(|pairs| pairs.iter().all(|pair| permitted.contains(pair)))
            };
            let show = |token: &str| show_claim(&lens::decode(token), "scope");
            let held = within(first, mine) && within(second, yours);
            Judgement::when(held, expected, format!("{} and {}", show(mine), show(yours)))
        })
    },
};

/// What was not arranged is not granted; what was, is.
pub const ARRANGED_BEFOREHAND: Check = Check {
    slug: "authorization-arranged-beforehand",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-07")],
    judge: |evidence| {
        let expected =
            "the service API is granted to the invoker it was arranged for, and left out or refused to the other";
        let mut asked_for = evidence.of(operation!("GetOAuthIndAPIInv"));
        let (Some(last), Some(first)) = (asked_for.next_back(), asked_for.next()) else {
            return Judgement::unclear(expected, "there are no two token requests to compare");
        };
        let within = |exchange: &Exchange| {
            let permitted = permitted_to(evidence, exchange);
            let pairs = lens::access_token(exchange).and_then(|token| granted(evidence, &lens::decode(&token)));
            pairs.map(|pairs| pairs.iter().all(|pair| permitted.contains(pair)))
        };
        // The last request is the one for what was arranged: it has to be granted, or a refusal proves nothing.
        if within(last).is_none() {
            return Judgement::unclear(expected, format!("the arranged request: {}", lens::ending(last)));
        }
        let refused = lens::status(first).is_some_and(|status| matches!(status, 400 | 401 | 403));
        let held = within(first).unwrap_or(refused) && within(last) == Some(true);
        Judgement::when(
            held,
            expected,
            format!("not arranged: {}; arranged: {}", lens::ending(first), lens::ending(last)),
        )
        .at(first.id)
    },
};

pub(super) fn of_two_invokers(
    evidence: &Evidence<'_>,
    expected: &str,
    judge: impl Fn((&Exchange, &str), (&Exchange, &str)) -> Judgement,
) -> Judgement {
    let by = |party: Party| {
        evidence.of(operation!("GetOAuthIndAPIInv")).rfind(move |exchange| exchange.client.name() == party.name())
    };
    let (Some(first), Some(second)) = (by(Party::INVOKER), by(Party::SECOND_INVOKER)) else {
        return Judgement::unclear(expected, "two invokers have to ask for a token");
    };
    match (lens::access_token(first), lens::access_token(second)) {
        (Some(mine), Some(yours)) => judge((first, &mine), (second, &yours)).at(second.id),
        _ => Judgement::missed(expected, format!("{}; {}", lens::ending(first), lens::ending(second))).at(second.id),
    }
}

fn listed(pairs: Option<&[String]>) -> String {
    pairs.map_or("none".to_owned(), |pairs| pairs.join(", "))
}

pub(super) fn granted(evidence: &Evidence<'_>, token: &DecodedToken) -> Option<Vec<String>> {
    let prefix_needed = evidence.readings.option(reading!("scope-prefix")) == "stage-3";
    let entries = lens::scope(claim(token, "scope")?.as_str()?, prefix_needed)?;
    Some(lens::scope_pairs(&entries))
}

pub(super) fn asked(exchange: &Exchange) -> Option<Vec<String>> {
    let form = lens::request_form(exchange);
    let text = lens::values(&form, "scope").first().copied()?.to_owned();
    lens::scope(&text, true).map(|entries| lens::scope_pairs(&entries))
}

pub(super) fn permitted_to(evidence: &Evidence<'_>, exchange: &Exchange) -> Vec<String> {
    let Some(party) = Party::named(exchange.client.name()) else {
        return Vec::new();
    };
    let permitted = evidence.roster.permitted(party);
    pairs_of(evidence, |label| permitted.iter().any(|api| api.label == label))
}

pub(super) fn pairs_of(evidence: &Evidence<'_>, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut pairs: Vec<String> =
        evidence.roster.apis.iter().filter(|api| wanted(&api.label)).flat_map(ServiceApi::scope_pairs).collect();
    pairs.sort();
    pairs
}
