//! Obtaining authorization to access a service API: TS 23.222 clause 8.11, TR 23.722 AR-6.3.2.

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Held, Judgement};
use super::refusal::deviant;
use super::token_refused::{BELOW_OAUTH, no_token};
use super::token_rights::{granted, of_two_invokers, permitted_to};
use crate::spec::{Party, Role};
use crate::wire::{Exchange, Outcome, RawMessage};
use crate::{operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &PERMISSION_GIVEN_AGAIN,
    &INVOKER_AUTHENTICATED,
    &SUBSCRIPTION_CHECKED,
    &TOKEN_FOLLOWS_SUBSCRIPTION,
    &KNOWN_IDENTITIES_ONLY,
    &ACCESS_AUTHORIZED,
    &MUTUALLY_AUTHENTICATED,
    &CONFIDENTIAL,
    &INTEGRITY_PROTECTED,
    &UNPROTECTED_REFUSED,
];

/// An invoker that asks again gets permission again, good at that moment.
pub const PERMISSION_GIVEN_AGAIN: Check = Check {
    slug: "permission-given-again",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.11.1-03")],
    judge: |evidence| {
        let expected = "each of two requests or more is answered with a token that the exposing function then accepts";
        let asked: Vec<&Exchange> = asked_by(evidence, Party::INVOKER).collect();
        if asked.len() < 2 {
            return Judgement::unclear(expected, format!("{} token requests", asked.len()));
        }
        for (turn, exchange) in asked.iter().enumerate() {
            let Some(token) = lens::access_token(exchange) else {
                return Judgement::missed(expected, lens::ending(exchange)).at(exchange.id);
            };
            let next = asked.get(turn + 1).map(|next| next.id);
            match invoked_with(evidence, &token, exchange, next) {
                None => return Judgement::unclear(expected, "a token was not used").at(exchange.id),
                Some(invocation) if !lens::served(&invocation) => {
                    let observed = format!("request {}: {}", turn + 1, lens::ending(invocation.exchange));
                    return Judgement::missed(expected, observed).at(invocation.exchange.id);
                }
                Some(_served) => {}
            }
        }
        Judgement::held(expected, format!("{} tokens, each accepted", asked.len()))
    },
};

/// The invoker is authenticated before anything is granted.
pub const INVOKER_AUTHENTICATED: Check = Check {
    slug: "invoker-authenticated-for-authorization",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.11.3-03")],
    judge: |evidence| no_token(evidence, &[400, 401, 403, 404]),
};

/// What the invoker is not subscribed to is not granted.
pub const SUBSCRIPTION_CHECKED: Check = Check {
    slug: "subscription-checked",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.11.3-03")],
    judge: |evidence| {
        let expected = "for an API outside the subscription: refused (400, 401, 403), or a token that leaves it out; for one inside: granted";
        let asked: Vec<&Exchange> = asked_by(evidence, Party::INVOKER).collect();
        let [outside, inside] = asked.as_slice() else {
            return Judgement::unclear(expected, "one request outside and one inside the subscription are needed");
        };
        if !grants_only_permitted(evidence, inside) {
            return Judgement::unclear(expected, format!("inside: {}", lens::ending(inside))).at(inside.id);
        }
        let refused = lens::status(outside).is_some_and(|status| matches!(status, 400 | 401 | 403));
        let observed = format!("outside: {}", lens::ending(outside));
        let held = match lens::access_token(outside) {
            Some(_token) => grants_only_permitted(evidence, outside),
            None => refused,
        };
        Judgement::when(held, expected, observed).at(outside.id)
    },
};

/// The token follows from the subscription of whoever asks, and the exposing function takes it.
pub const TOKEN_FOLLOWS_SUBSCRIPTION: Check = Check {
    slug: "token-follows-subscription",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.11.3-05")],
    judge: |evidence| {
        let expected = "alike requests of two invokers: each token names APIs of its own subscription only, and is accepted for one of them";
        let judgement = of_two_invokers(evidence, expected, |(first, _), (second, _)| {
            let held = grants_only_permitted(evidence, first) && grants_only_permitted(evidence, second);
            Judgement::when(held, expected, if held { "each its own" } else { "more than its own" })
        });
        match (judgement.held, lens::invocations(evidence).iter().find(|invocation| !lens::served(invocation))) {
            (Held::Yes, Some(refused)) => {
                Judgement::missed(expected, lens::ending(refused.exchange)).at(refused.exchange.id)
            }
            (Held::Yes, None) if lens::invocations(evidence).is_empty() => {
                Judgement::unclear(expected, "nothing was invoked")
            }
            (Held::Yes | Held::No | Held::NotUsed | Held::Doubtful | Held::Unclear, _) => judgement,
        }
    },
};

/// Authorization is for identities that were assigned and are known.
pub const KNOWN_IDENTITIES_ONLY: Check = Check {
    slug: "known-identities-only",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.11.3-06")],
    judge: |evidence| no_token(evidence, &[400, 401, 403, 404]),
};

/// Who is authorized is served; who is not gets no token for the API.
pub const ACCESS_AUTHORIZED: Check = Check {
    slug: "access-authorized",
    role: Role::CoreFunction,
    requirements: &[req!("23722-AR-6.3.2-c")],
    judge: |evidence| {
        let expected =
            "the invoker that was arranged for the API is served with its token, the other one gets none for it";
        let by = |party: Party| asked_by(evidence, party).next_back();
        let (Some(arranged), Some(other)) = (by(Party::INVOKER), by(Party::SECOND_INVOKER)) else {
            return Judgement::unclear(expected, "two invokers have to ask");
        };
        let token = lens::access_token(arranged);
        let served = token.and_then(|token| invoked_with(evidence, &token, arranged, None));
        if !served.is_some_and(|invocation| lens::served(&invocation)) {
            return Judgement::unclear(
                expected,
                format!("the arranged one was not served: {}", lens::ending(arranged)),
            );
        }
        let refused = lens::status(other).is_some_and(|status| matches!(status, 400 | 401 | 403));
        let held = match lens::access_token(other) {
            Some(_token) => grants_only_permitted(evidence, other),
            None => refused,
        };
        Judgement::when(held, expected, format!("the other one: {}", lens::ending(other))).at(other.id)
    },
};

/// The core function shows its certificate and asks for that of the invoker.
pub const MUTUALLY_AUTHENTICATED: Check = Check {
    slug: "mutually-authenticated",
    role: Role::CoreFunction,
    requirements: &[req!("23722-AR-6.3.2-d")],
    judge: |evidence| {
        let shown = |exchange: &Exchange| {
            let session = exchange.tls.as_ref();
            session.is_some_and(|tls| !tls.server_chain.is_empty() && !tls.client_chain.is_empty())
        };
        let clean = evidence.trial.and_then(|trial| evidence.exchange(trial.before));
        if !clean.is_some_and(shown) {
            return Judgement::unclear("certificates of both ends", "the clean request was not over mutual TLS");
        }
        no_token(evidence, &BELOW_OAUTH)
    },
};

/// Nothing of CAPIF goes in clear.
pub const CONFIDENTIAL: Check = Check {
    slug: "confidential",
    role: Role::CoreFunction,
    requirements: &[req!("23722-AR-6.3.2-f")],
    judge: |evidence| {
        let judgement = no_token(evidence, &BELOW_OAUTH);
        let told = deviant(evidence).and_then(|(_, exchange)| exchange.response.as_ref());
        match (judgement.held, told.is_some_and(is_capif_content)) {
            (Held::Yes, true) => {
                Judgement { held: Held::No, observed: "CAPIF content in clear".to_owned(), ..judgement }
            }
            (Held::Yes | Held::No | Held::NotUsed | Held::Doubtful | Held::Unclear, _) => judgement,
        }
    },
};

/// A request that was changed on the path is not read.
pub const INTEGRITY_PROTECTED: Check = Check {
    slug: "integrity-protected",
    role: Role::CoreFunction,
    requirements: &[req!("23722-AR-6.3.2-g")],
    judge: |evidence| {
        let expected = "an AEAD or MACed suite, and no answer to the changed request: the connection ends";
        let Some((trial, exchange)) = deviant(evidence) else {
            return Judgement::unclear(expected, "nothing was tried");
        };
        let granting = |id| evidence.exchange(id).filter(|clean| lens::access_token(clean).is_some());
        let (Some(clean), Some(_)) = (granting(trial.before), granting(trial.after)) else {
            return Judgement::unclear(expected, "the unchanged request was not granted").at(exchange.id);
        };
        let suite = clean.tls.as_ref().and_then(|tls| tls.suite.clone()).unwrap_or_default();
        let protects = ["GCM", "CCM", "POLY1305", "_SHA"].iter().any(|mode| suite.contains(mode));
        let observed = format!("{suite}; {}", lens::ending(exchange));
        match &exchange.outcome {
            Outcome::TimedOut { .. } | Outcome::Open | Outcome::Unreachable { .. } => {
                Judgement::unclear(expected, observed).at(exchange.id)
            }
            Outcome::Answered
            | Outcome::HandshakeRefused { .. }
            | Outcome::ClosedWithoutAnswer
            | Outcome::Malformed { .. } => {
                let unread = exchange.response.is_none();
                Judgement::when(protects && unread, expected, observed).at(exchange.id)
            }
        }
    },
};

/// Nothing is carried out that came without protection.
pub const UNPROTECTED_REFUSED: Check = Check {
    slug: "unprotected-refused",
    role: Role::CoreFunction,
    requirements: &[req!("23722-AR-6.3.2-g")],
    judge: |evidence| no_token(evidence, &BELOW_OAUTH),
};

/// A body that only somebody who was told may know, and no description of an error.
fn is_capif_content(response: &RawMessage) -> bool {
    let success = response.status().is_some_and(|status| (200..300).contains(&status));
    success && response.json().is_some()
}

/// Token requests of a party, oldest first.
fn asked_by<'a>(evidence: &'a Evidence<'_>, party: Party) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    evidence.of(operation!("GetOAuthIndAPIInv")).filter(move |exchange| exchange.client.name() == party.name())
}

fn grants_only_permitted(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    let permitted = permitted_to(evidence, exchange);
    let pairs = lens::access_token(exchange).and_then(|token| granted(evidence, &lens::decode(&token)));
    pairs.is_some_and(|pairs| !pairs.is_empty() && pairs.iter().all(|pair| permitted.contains(pair)))
}

/// The first invocation with a token between its answer and the next request for one.
fn invoked_with<'a>(
    evidence: &'a Evidence<'_>,
    token: &str,
    answer: &Exchange,
    next: Option<crate::wire::ExchangeId>,
) -> Option<lens::Invocation<'a>> {
    let carries = |exchange: &Exchange| {
        let header = exchange.request.as_ref().and_then(|request| request.header("authorization"));
        header.is_some_and(|header| header == format!("Bearer {token}"))
    };
    lens::invocations(evidence).into_iter().find(|invocation| {
        let exchange = invocation.exchange;
        exchange.id > answer.id && next.is_none_or(|next| exchange.id < next) && carries(exchange)
    })
}
