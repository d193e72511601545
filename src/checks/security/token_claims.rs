//! What an access token of the core function says: TS 33.122 annex C.1, C.2 and C.6, TS 29.222 clause 5.6.2.3.2.

use serde_json::{Map, Value};

use super::super::evidence::Evidence;
use super::super::lens::{self, DecodedToken, Signature};
use super::super::{Check, Judgement};
use super::token_answer::{is_bearer, on_granted, show};
use super::token_rights::{asked, granted, pairs_of};
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{reading, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &TOKEN_IS_JWT,
    &TOKEN_IS_SIGNED,
    &TOKEN_FOLLOWS_PROFILE,
    &EXPIRY_CLAIMED,
    &INVOKER_CLAIMED,
    &SCOPE_CLAIMED,
    &SCOPE_FORM,
    &VALIDITY_TOLD_TWICE,
];

/// The token is a JWT.
pub const TOKEN_IS_JWT: Check = Check {
    slug: "token-is-jwt",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.1-03")],
    judge: |evidence| {
        let expected =
            "three base64url parts without padding; header and claims are JSON objects without duplicate members";
        on_granted(evidence, expected, |_, _, token| match jwt_fault(token, evidence.now_unix) {
            Some(fault) => Judgement::missed(expected, fault),
            None => Judgement::held(expected, "header and claims decode"),
        })
    },
};

/// The token is protected by a signature that verifies, and no longer does when a claim is changed.
pub const TOKEN_IS_SIGNED: Check = Check {
    slug: "token-is-signed",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.3.2-06"), req!("33122-C.1-04")],
    judge: |evidence| {
        let expected = "a JWS in compact serialization whose signature verifies with the core function's key";
        on_granted(evidence, expected, |_, _, token| match lens::signature(&token.parts.join("."), evidence.keys) {
            Signature::Verifies => {
                Judgement::held(expected, "the signature verifies, and not with one bit of the claims changed")
            }
            Signature::Faulty(fault) => Judgement::missed(expected, fault),
            Signature::Unknowable(why) => Judgement::unclear(expected, why),
        })
    },
};

/// The token follows the profile as a whole.
pub const TOKEN_FOLLOWS_PROFILE: Check = Check {
    slug: "token-follows-profile",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-08"), req!("33122-C.2.1-01")],
    judge: |evidence| {
        let expected = "the token of annex C: a signed JWT with exp, scope and the claim that names the invoker";
        on_granted(evidence, expected, |_, answer, token| {
            let invoker = named_invoker(evidence, &token.claims.clone().unwrap_or_default());
            let faults: Vec<&str> = [
                (jwt_fault(token, evidence.now_unix).is_some(), "it is no JWT"),
                (!answer.get("token_type").and_then(Value::as_str).is_some_and(is_bearer), "it is no bearer token"),
                (claim(token, "exp").and_then(seconds).is_none(), "claim exp is missing"),
                (claim(token, "scope").and_then(Value::as_str).is_none(), "claim scope is missing"),
                (invoker.is_none(), "no claim names the invoker"),
            ]
            .into_iter()
            .filter_map(|(wrong, what)| wrong.then_some(what))
            .collect();
            Judgement::when(faults.is_empty(), expected, listed_or(&faults, "all of it"))
        })
    },
};

/// Claim exp is there and lies ahead.
pub const EXPIRY_CLAIMED: Check = Check {
    slug: "expiry-claimed",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.2.2-01")],
    judge: |evidence| {
        let expected = "claim exp, a number, later than now";
        on_granted(evidence, expected, |_, _, token| {
            let exp = claim(token, "exp").and_then(seconds).map(|exp| instant(evidence, exp));
            let ahead = exp.is_some_and(|exp| exp > evidence.now_unix && exp - evidence.now_unix < A_LIFETIME);
            Judgement::when(ahead, expected, format!("exp {} at {}", show_claim(token, "exp"), evidence.now_unix))
        })
    },
};

/// The invoker is named by a claim.
pub const INVOKER_CLAIMED: Check = Check {
    slug: "invoker-claimed",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.2.2-03")],
    judge: |evidence| {
        let expected = "claim client_id (or iss, by the reading token-iss) is the identifier assigned at onboarding";
        on_granted(evidence, expected, |exchange, _, token| {
            let named = named_invoker(evidence, &token.claims.clone().unwrap_or_default());
            let asked = asking_invoker(evidence, exchange);
            Judgement::when(
                named.is_some() && named == asked,
                expected,
                format!("client_id {}, iss {}", show_claim(token, "client_id"), show_claim(token, "iss")),
            )
        })
    },
};

/// Claim scope lists services per exposing function, all of them published.
pub const SCOPE_CLAIMED: Check = Check {
    slug: "scope-claimed",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.2.2-04")],
    judge: |evidence| {
        let expected = "claim scope: services per exposing function, all of them published, and among those asked for";
        on_granted(evidence, expected, |exchange, _, token| {
            let Some(granted) = granted(evidence, token) else {
                return Judgement::missed(expected, format!("scope {}", show_claim(token, "scope")));
            };
            let published = pairs_of(evidence, |_| true);
            let asked = asked(exchange).unwrap_or_else(|| published.clone());
            let stray: Vec<&String> =
                granted.iter().filter(|pair| !published.contains(pair) || !asked.contains(pair)).collect();
            Judgement::when(stray.is_empty(), expected, format!("scope {}", show_claim(token, "scope")))
        })
    },
};

/// The scope has the form of stage 3, and the claims are those of stage 3.
pub const SCOPE_FORM: Check = Check {
    slug: "scope-form",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.2.2-09")],
    judge: |evidence| {
        let expected = "claims iss, scope and exp; scope of the form 3gpp#aefId:api,api;aefId:api";
        on_granted(evidence, expected, |exchange, _, token| {
            let prefix_needed = evidence.readings.option(reading!("scope-prefix")) == "stage-3";
            let text = claim(token, "scope").and_then(Value::as_str).unwrap_or_default();
            let mut missing: Vec<&str> =
                ["scope", "exp"].into_iter().filter(|name| claim(token, name).is_none()).collect();
            if invoker_claim_fault(evidence, exchange, token) {
                missing.push("the right iss");
            }
            let well_formed = lens::scope(text, prefix_needed).is_some() && claim(token, "resOwnerId").is_none();
            let lacking = if missing.is_empty() { String::new() } else { format!(", without {}", missing.join(", ")) };
            Judgement::when(missing.is_empty() && well_formed, expected, format!("scope \"{text}\"{lacking}"))
        })
    },
};

/// exp and expires_in are both there and finite.
pub const VALIDITY_TOLD_TWICE: Check = Check {
    slug: "validity-told-by-exp-and-expires-in",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.6-01")],
    judge: |evidence| {
        let expected = "exp in the token and expires_in in the answer, both present and finite";
        on_granted(evidence, expected, |_, answer, token| {
            let exp = claim(token, "exp").and_then(seconds);
            let lifetime = answer.get("expires_in").and_then(Value::as_i64);
            let observed = format!("exp {}, expires_in {}", show_claim(token, "exp"), show(answer, "expires_in"));
            let (Some(exp), Some(lifetime)) = (exp, lifetime) else {
                return Judgement::missed(expected, observed);
            };
            // The twin of the requirement: both tell the same moment, or it is worth a word.
            let apart = (instant(evidence, exp) - evidence.now_unix).saturating_sub(lifetime).saturating_abs();
            if apart > CLOCKS_APART {
                Judgement::doubtful(expected, observed)
            } else {
                Judgement::held(expected, observed)
            }
        })
    },
};

/// Whether iss is not what the reading token-iss allows: by default it may be absent where client_id is there, and may name
/// the issuer, but never is a number or another invoker.
fn invoker_claim_fault(evidence: &Evidence<'_>, exchange: &Exchange, token: &DecodedToken) -> bool {
    let own = asking_invoker(evidence, exchange);
    let iss = claim(token, "iss");
    match (iss, evidence.readings.option(reading!("token-iss"))) {
        (iss, "invoker-id") => iss.and_then(Value::as_str) != own.as_deref(),
        (None, "issuer") => true,
        (None, _) => claim(token, "client_id").is_none(),
        (Some(iss), _) => {
            let others = evidence.roster.members.iter().filter_map(|member| member.id.as_deref());
            let like = |id: &str| iss.as_str().is_some_and(|iss| iss.eq_ignore_ascii_case(id));
            let exact = iss.as_str() == own.as_deref();
            iss.as_str().is_none() || (!exact && others.into_iter().any(like))
        }
    }
}

/// How far exp and expires_in may lie apart: clocks and the way of the answer.
const CLOCKS_APART: i64 = 60;

/// What lies further ahead than this is no expiry but a slip, such as milliseconds for seconds.
const A_LIFETIME: i64 = 100 * 365 * 24 * 3600;

/// Whole seconds of a NumericDate, which may have a fraction (RFC 7519 2).
fn seconds(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction of a second does not matter, and a float saturates"
    )]
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

fn jwt_fault(token: &DecodedToken, now_unix: i64) -> Option<String> {
    if token.parts.len() != 3 {
        return Some(format!("{} parts", token.parts.len()));
    }
    let not_before = claim(token, "nbf").and_then(seconds);
    if not_before.is_some_and(|not_before| not_before > now_unix + CLOCKS_APART) {
        return Some("claim nbf lies ahead: the token cannot be used".to_owned());
    }
    for (name, text, members) in
        [("header", &token.header_text, &token.header), ("claims", &token.claims_text, &token.claims)]
    {
        let (Some(text), Some(_)) = (text, members) else {
            return Some(format!("the {name} is no base64url of a JSON object"));
        };
        if let Some(member) = lens::duplicate_member(text) {
            return Some(format!("member {member} stands twice in the {name}"));
        }
    }
    let mistyped =
        ["exp", "nbf", "iat"].into_iter().find(|name| claim(token, name).is_some_and(|value| !value.is_number()));
    mistyped.map(|name| format!("claim {name} is no number"))
}

pub(super) fn claim<'a>(token: &'a DecodedToken, name: &str) -> Option<&'a Value> {
    token.claims.as_ref()?.get(name)
}

pub(super) fn show_claim(token: &DecodedToken, name: &str) -> String {
    claim(token, name).map_or("absent".to_owned(), Value::to_string)
}

fn listed_or(faults: &[&str], otherwise: &str) -> String {
    if faults.is_empty() { otherwise.to_owned() } else { faults.join("; ") }
}

/// exp as an instant. TS 29.222 up to V19.2 gives a number of seconds, RFC 7519 a NumericDate (discrepancy token-exp).
fn instant(evidence: &Evidence<'_>, exp: i64) -> i64 {
    const LONGEST_DURATION: i64 = 1_000_000_000;
    let duration = match evidence.readings.option(reading!("token-exp")) {
        "numeric-date" => false,
        "duration" => true,
        _ => exp < LONGEST_DURATION,
    };
    if duration { evidence.now_unix + exp } else { exp }
}

/// The invoker that the claims name (discrepancy token-iss).
pub(super) fn named_invoker(evidence: &Evidence<'_>, claims: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    match evidence.readings.option(reading!("token-iss")) {
        "issuer" => text("client_id"),
        "invoker-id" => text("iss"),
        _ => text("client_id").or_else(|| text("iss")),
    }
}

pub(super) fn asking_invoker(evidence: &Evidence<'_>, exchange: &Exchange) -> Option<String> {
    let party = Party::named(exchange.client.name())?;
    evidence.roster.id(party).map(str::to_owned)
}
