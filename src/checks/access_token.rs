//! The access token and the answer it comes in: TS 29.222 clause 5.6.2.3.2, TS 33.122 annex C and clause 6.5.2.3 step 4.

use serde_json::{Map, Value};

use super::evidence::Evidence;
use super::lens::{self, DecodedToken};
use super::{Check, Judgement};
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{data_type, operation, reading, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &TOKEN_ENDPOINT_OFFERED,
    &SECRET_OPTIONAL,
    &TOKEN_ANSWER_COMPLETE,
    &TOKEN_EXPIRES_IN_THE_FUTURE,
    &TOKEN_IS_BEARER,
    &TOKEN_IS_JWT,
    &TOKEN_IS_SIGNED,
    &TOKEN_FOLLOWS_PROFILE,
    &EXPIRY_CLAIMED,
    &INVOKER_CLAIMED,
    &SCOPE_CLAIMED,
    &SCOPE_FORM,
    &SCOPE_WITHIN_PERMISSION,
    &VALIDITY_TOLD_TWICE,
    &NOT_CACHEABLE,
    &NO_REFRESH_TOKEN,
    &GRANTED_SCOPE_TOLD,
    &TOKEN_OF_ITS_OWN,
    &SCOPE_FOLLOWS_CLIENT,
    &ARRANGED_BEFOREHAND,
    &ONE_EXCHANGE_SUFFICES,
    &NO_AUTHORIZATION_ENDPOINT_NEEDED,
];

/// The token end point is there and gives a token.
pub const TOKEN_ENDPOINT_OFFERED: Check = Check {
    slug: "token-endpoint-offered",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-02")],
    judge: |evidence| {
        let expected = "POST securities/{securityId}/token is answered 200 with an access token";
        on_focus(evidence, expected, |exchange| {
            let granted = lens::status(exchange) == Some(200) && lens::access_token(exchange).is_some();
            Judgement::when(granted, expected, lens::ending(exchange))
        })
    },
};

/// The onboarding secret is optional: an invoker that TLS authenticated gets its token with and without it.
pub const SECRET_OPTIONAL: Check = Check {
    slug: "secret-optional",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-30")],
    judge: |evidence| {
        let expected = "a token without client_secret and a token with the right one";
        let asked: Vec<&Exchange> = evidence.of(operation!("GetOAuthIndAPIInv")).collect();
        let (with, without): (Vec<&&Exchange>, Vec<&&Exchange>) =
            asked.iter().partition(|exchange| !lens::values(&lens::request_form(exchange), "client_secret").is_empty());
        let (Some(with), Some(without)) = (with.first(), without.first()) else {
            return Judgement::unclear(expected, "tokens have to be asked for with and without the secret");
        };
        let held = lens::access_token(with).is_some() && lens::access_token(without).is_some();
        let observed = format!("with: {}; without: {}", lens::ending(with), lens::ending(without));
        Judgement::when(held, expected, observed).at(without.id)
    },
};

/// The answer holds what AccessTokenRsp asks for.
pub const TOKEN_ANSWER_COMPLETE: Check = Check {
    slug: "token-answer-complete",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.3.2-05")],
    judge: |evidence| {
        let expected =
            "200 with application/json and a valid AccessTokenRsp: access_token, token_type Bearer, expires_in";
        on_focus(evidence, expected, |exchange| {
            let Some(response) = exchange.response.as_ref() else {
                return Judgement::missed(expected, lens::ending(exchange));
            };
            let json = lens::media_type(response).as_deref() == Some("application/json");
            if lens::status(exchange) != Some(200) || !json {
                return Judgement::missed(expected, lens::ending(exchange));
            }
            let answer = lens::violation(data_type!("AccessTokenRsp"), evidence.release, &response.body);
            match answer {
                Some(violation) => Judgement::missed(expected, violation),
                None => Judgement::held(expected, "200 with a valid AccessTokenRsp"),
            }
        })
    },
};

/// `expires_in` leaves time to use the token.
pub const TOKEN_EXPIRES_IN_THE_FUTURE: Check = Check {
    slug: "token-not-run-out-on-arrival",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.3.3-02")],
    judge: |evidence| {
        let expected = "access_token, token_type Bearer and expires_in, a whole number above 0";
        on_granted(evidence, expected, |_, answer, _| {
            let complete = answer.get("access_token").is_some_and(Value::is_string)
                && answer.get("token_type").and_then(Value::as_str).is_some_and(is_bearer);
            let lifetime = answer.get("expires_in").and_then(Value::as_i64);
            let observed =
                format!("token_type {}, expires_in {}", show(answer, "token_type"), show(answer, "expires_in"));
            Judgement::when(complete && lifetime.is_some_and(|seconds| seconds > 0), expected, observed)
        })
    },
};

/// token_type is Bearer.
pub const TOKEN_IS_BEARER: Check = Check {
    slug: "token-is-bearer",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.1-02")],
    judge: |evidence| {
        let expected = "token_type Bearer (in any case)";
        on_granted(evidence, expected, |_, answer, _| {
            let bearer = answer.get("token_type").and_then(Value::as_str).is_some_and(is_bearer);
            Judgement::when(bearer, expected, format!("token_type {}", show(answer, "token_type")))
        })
    },
};

/// The token is a JWT.
pub const TOKEN_IS_JWT: Check = Check {
    slug: "token-is-jwt",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.1-03")],
    judge: |evidence| {
        let expected =
            "three base64url parts without padding; header and claims are JSON objects without duplicate members";
        on_granted(evidence, expected, |_, _, token| match jwt_fault(token) {
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
        on_granted(evidence, expected, |_, _, token| {
            if evidence.keys.is_empty() {
                return Judgement::unclear(expected, "the target file names no key to verify with");
            }
            let text = token.parts.join(".");
            match super::lens::signature_fault(&text, evidence.keys) {
                Some(fault) => Judgement::missed(expected, fault),
                None => Judgement::held(expected, "the signature verifies, and not with one bit of the claims changed"),
            }
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
                (jwt_fault(token).is_some(), "it is no JWT"),
                (!answer.get("token_type").and_then(Value::as_str).is_some_and(is_bearer), "it is no bearer token"),
                (claim(token, "exp").and_then(Value::as_i64).is_none(), "claim exp is missing"),
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
            let exp = claim(token, "exp").and_then(Value::as_i64).map(|exp| instant(evidence, exp));
            let ahead = exp.is_some_and(|exp| exp > evidence.now_unix);
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
            let asked = asked(evidence, exchange).unwrap_or_else(|| published.clone());
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
        on_granted(evidence, expected, |_, _, token| {
            let prefix_needed = evidence.readings.option(reading!("scope-prefix")) == "stage-3";
            let text = claim(token, "scope").and_then(Value::as_str).unwrap_or_default();
            let missing: Vec<&str> =
                ["iss", "scope", "exp"].into_iter().filter(|name| claim(token, name).is_none()).collect();
            let well_formed = lens::scope(text, prefix_needed).is_some() && claim(token, "resOwnerId").is_none();
            let lacking = if missing.is_empty() { String::new() } else { format!(", without {}", missing.join(", ")) };
            Judgement::when(missing.is_empty() && well_formed, expected, format!("scope \"{text}\"{lacking}"))
        })
    },
};

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

/// exp and expires_in are both there and finite.
pub const VALIDITY_TOLD_TWICE: Check = Check {
    slug: "validity-told-by-exp-and-expires-in",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.6-01")],
    judge: |evidence| {
        let expected = "exp in the token and expires_in in the answer, both present and finite";
        on_granted(evidence, expected, |_, answer, token| {
            let exp = claim(token, "exp").and_then(Value::as_i64);
            let lifetime = answer.get("expires_in").and_then(Value::as_i64);
            let observed = format!("exp {}, expires_in {}", show_claim(token, "exp"), show(answer, "expires_in"));
            Judgement::when(exp.is_some() && lifetime.is_some(), expected, observed)
        })
    },
};

/// Token answers are not to be cached.
pub const NOT_CACHEABLE: Check = Check {
    slug: "token-answer-not-cacheable",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.3.3-03")],
    judge: |evidence| {
        let expected = "Cache-Control: no-store";
        on_granted(evidence, expected, |exchange, _, _| {
            let value = exchange.response.as_ref().and_then(|response| response.header("cache-control"));
            let held = value.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("no-store"));
            Judgement::when(
                held,
                expected,
                value.map_or("no Cache-Control".to_owned(), |v| format!("Cache-Control: {v}")),
            )
        })
    },
};

/// Client credentials come without a refresh token.
pub const NO_REFRESH_TOKEN: Check = Check {
    slug: "no-refresh-token",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.4-01")],
    judge: |evidence| {
        let expected = "no refresh_token in the answer";
        on_granted(evidence, expected, |_, answer, _| {
            let there = answer.contains_key("refresh_token");
            Judgement::when(!there, expected, if there { "a refresh_token" } else { "none" })
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
            let observed = if mine == yours {
                "one token for both"
            } else {
                "two tokens; the invoker they name is as expected only if this holds"
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

/// Client authentication is the grant: one request, one answer.
pub const ONE_EXCHANGE_SUFFICES: Check = Check {
    slug: "one-exchange-suffices",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.3.1-03")],
    judge: |evidence| {
        let expected = "one request and one answer at the token end point, and no other request, give the token";
        let asked: Vec<&Exchange> = evidence.of(operation!("GetOAuthIndAPIInv")).collect();
        let granted = asked.iter().filter(|exchange| lens::access_token(exchange).is_some()).count();
        let observed = format!("{} requests, {granted} granted", asked.len());
        Judgement::when(asked.len() == 1 && granted == 1, expected, observed)
    },
};

/// No authorization end point, no redirection end point and no resource owner take part.
pub const NO_AUTHORIZATION_ENDPOINT_NEEDED: Check = Check {
    slug: "no-authorization-endpoint-needed",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-03")],
    judge: |evidence| {
        let expected =
            "a token for grant_type and client_id alone: no redirect_uri, response_type, code or owner is asked for";
        on_focus(evidence, expected, |exchange| {
            let redirected = lens::status(exchange).is_some_and(|status| matches!(status, 302 | 303));
            let granted = lens::access_token(exchange).is_some();
            Judgement::when(granted && !redirected, expected, lens::ending(exchange))
        })
    },
};

fn on_focus(evidence: &Evidence<'_>, expected: &str, judge: impl Fn(&Exchange) -> Judgement) -> Judgement {
    match evidence.focus() {
        Some(exchange) => judge(exchange).at(exchange.id),
        None => Judgement::unclear(expected, "no token request was made"),
    }
}

fn on_granted(
    evidence: &Evidence<'_>,
    expected: &str,
    judge: impl Fn(&Exchange, &Map<String, Value>, &DecodedToken) -> Judgement,
) -> Judgement {
    on_focus(evidence, expected, |exchange| {
        let answer = lens::answer_object(exchange).filter(|_| lens::status(exchange) == Some(200));
        match (answer, lens::access_token(exchange)) {
            (Some(answer), Some(token)) => judge(exchange, &answer, &lens::decode(&token)),
            _ => Judgement::missed(expected, lens::ending(exchange)),
        }
    })
}

fn of_two_invokers(
    evidence: &Evidence<'_>,
    expected: &str,
    judge: impl Fn((&Exchange, &str), (&Exchange, &str)) -> Judgement,
) -> Judgement {
    let by = |party: Party| {
        evidence
            .of(operation!("GetOAuthIndAPIInv"))
            .filter(move |exchange| exchange.client.name() == party.name())
            .next_back()
    };
    let (Some(first), Some(second)) = (by(Party::INVOKER), by(Party::SECOND_INVOKER)) else {
        return Judgement::unclear(expected, "two invokers have to ask for a token");
    };
    match (lens::access_token(first), lens::access_token(second)) {
        (Some(mine), Some(yours)) => judge((first, &mine), (second, &yours)).at(second.id),
        _ => Judgement::missed(expected, format!("{}; {}", lens::ending(first), lens::ending(second))).at(second.id),
    }
}

fn is_bearer(token_type: &str) -> bool {
    token_type.eq_ignore_ascii_case("Bearer")
}

fn jwt_fault(token: &DecodedToken) -> Option<String> {
    if token.parts.len() != 3 {
        return Some(format!("{} parts", token.parts.len()));
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

fn claim<'a>(token: &'a DecodedToken, name: &str) -> Option<&'a Value> {
    token.claims.as_ref()?.get(name)
}

fn show_claim(token: &DecodedToken, name: &str) -> String {
    claim(token, name).map_or("absent".to_owned(), Value::to_string)
}

fn show(answer: &Map<String, Value>, name: &str) -> String {
    answer.get(name).map_or("absent".to_owned(), Value::to_string)
}

fn listed(pairs: Option<&[String]>) -> String {
    pairs.map_or("none".to_owned(), |pairs| pairs.join(", "))
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
fn named_invoker(evidence: &Evidence<'_>, claims: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    match evidence.readings.option(reading!("token-iss")) {
        "issuer" => text("client_id"),
        "invoker-id" => text("iss"),
        _ => text("client_id").or_else(|| text("iss")),
    }
}

fn asking_invoker(evidence: &Evidence<'_>, exchange: &Exchange) -> Option<String> {
    let party = Party::named(exchange.client.name())?;
    evidence.roster.id(party).map(str::to_owned)
}

fn granted(evidence: &Evidence<'_>, token: &DecodedToken) -> Option<Vec<String>> {
    let prefix_needed = evidence.readings.option(reading!("scope-prefix")) == "stage-3";
    let entries = lens::scope(claim(token, "scope")?.as_str()?, prefix_needed)?;
    Some(lens::scope_pairs(&entries))
}

fn asked(evidence: &Evidence<'_>, exchange: &Exchange) -> Option<Vec<String>> {
    let form = lens::request_form(exchange);
    let text = lens::values(&form, "scope").first().copied()?.to_owned();
    let _ = evidence;
    lens::scope(&text, true).map(|entries| lens::scope_pairs(&entries))
}

fn permitted_to(evidence: &Evidence<'_>, exchange: &Exchange) -> Vec<String> {
    let Some(party) = Party::named(exchange.client.name()) else {
        return Vec::new();
    };
    let permitted = evidence.roster.permitted(party);
    pairs_of(evidence, |label| permitted.iter().any(|api| api.label == label))
}

fn pairs_of(evidence: &Evidence<'_>, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut pairs: Vec<String> = evidence
        .roster
        .apis
        .iter()
        .filter(|api| wanted(&api.label))
        .map(|api| format!("{}:{}", api.aef_id, api.name))
        .collect();
    pairs.sort();
    pairs
}
