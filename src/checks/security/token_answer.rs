//! The answer that an access token comes in: TS 29.222 clause 5.6.2.3.2, TS 33.122 clauses 6.5.2.3 step 4, C.3 and C.4.

use serde_json::{Map, Value};

use super::super::evidence::Evidence;
use super::super::lens::{self, DecodedToken};
use super::super::{Check, Judgement};
use super::token_parameters::shows_its_own;
use crate::spec::Role;
use crate::wire::Exchange;
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &TOKEN_ENDPOINT_OFFERED,
    &NO_AUTHORIZATION_ENDPOINT_NEEDED,
    &ONE_EXCHANGE_SUFFICES,
    &SECRET_OPTIONAL,
    &BASIC_SECRET_VALIDATED,
    &TOKEN_ANSWER_COMPLETE,
    &TOKEN_EXPIRES_IN_THE_FUTURE,
    &TOKEN_IS_BEARER,
    &NOT_CACHEABLE,
    &NO_REFRESH_TOKEN,
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

/// A secret that is shown by HTTP Basic is looked at. No target says whether it takes HTTP Basic: one that grants
/// whatever is shown there may leave the header unread, so that this is told and is no miss.
pub const BASIC_SECRET_VALIDATED: Check = Check {
    slug: "basic-secret-validated",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-30")],
    judge: |evidence| {
        let expected = "by HTTP Basic a token with the right secret and none with a wrong one";
        let shows =
            |ask: &&Exchange| ask.request.as_ref().and_then(|request| request.header("authorization")).is_some();
        let (shown, plain): (Vec<&Exchange>, Vec<&Exchange>) =
            evidence.of(operation!("GetOAuthIndAPIInv")).partition(shows);
        let (right, wrong): (Vec<&Exchange>, Vec<&Exchange>) =
            shown.into_iter().partition(|ask| shows_its_own(evidence, ask));
        let (Some(right), Some(wrong)) = (right.first(), wrong.first()) else {
            return Judgement::unclear(expected, "both the right secret and a wrong one have to be shown");
        };
        if !plain.iter().any(|ask| lens::access_token(ask).is_some()) {
            return Judgement::unclear(expected, "no token was granted without the header");
        }
        let refused = |ask: &Exchange| {
            lens::access_token(ask).is_none()
                && lens::status(ask).is_some_and(|status| matches!(status, 400 | 401 | 403))
        };
        let with_right = format!("with the right one: {}", lens::ending(right));
        if refused(right) {
            return Judgement::not_used(expected, with_right).at(right.id);
        }
        if lens::access_token(right).is_none() {
            return Judgement::unclear(expected, with_right).at(right.id);
        }
        match lens::access_token(wrong) {
            Some(_) => Judgement::doubtful(expected, "a token with either; the secret in the header is not looked at"),
            None if refused(wrong) => Judgement::held(expected, format!("with the wrong one: {}", lens::ending(wrong))),
            None => Judgement::unclear(expected, format!("with the wrong one: {}", lens::ending(wrong))),
        }
        .at(wrong.id)
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

/// Token answers are not to be cached.
pub const NOT_CACHEABLE: Check = Check {
    slug: "token-answer-not-cacheable",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.3.3-03")],
    judge: |evidence| {
        let expected = "Cache-Control: no-store";
        on_granted(evidence, expected, |exchange, _, _| {
            let response = exchange.response.as_ref();
            let held = response.is_some_and(|response| lens::has_directive(response, "cache-control", "no-store"));
            let fields = response.map(|response| response.header_all("cache-control").join(", ")).unwrap_or_default();
            Judgement::when(held, expected, format!("Cache-Control: {fields}"))
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

pub(super) fn on_focus(evidence: &Evidence<'_>, expected: &str, judge: impl Fn(&Exchange) -> Judgement) -> Judgement {
    match evidence.focus() {
        Some(exchange) => judge(exchange).at(exchange.id),
        None => Judgement::unclear(expected, "no token request was made"),
    }
}

/// What is judged of a token that was granted. Where it was refused that is another matter: whoever asked may have had no
/// right to it, and what a token says is not seen.
pub(super) fn on_granted(
    evidence: &Evidence<'_>,
    expected: &str,
    judge: impl Fn(&Exchange, &Map<String, Value>, &DecodedToken) -> Judgement,
) -> Judgement {
    on_focus(evidence, expected, |exchange| {
        let status = lens::status(exchange);
        if status.is_some_and(|status| (400..500).contains(&status)) {
            return Judgement::unclear(expected, format!("no token was granted: {}", lens::ending(exchange)));
        }
        let answer = lens::answer_object(exchange).filter(|_| status == Some(200));
        match (answer, lens::access_token(exchange)) {
            (Some(answer), Some(token)) => judge(exchange, &answer, &lens::decode(&token)),
            _ => Judgement::missed(expected, lens::ending(exchange)),
        }
    })
}

pub(super) fn is_bearer(token_type: &str) -> bool {
    token_type.eq_ignore_ascii_case("Bearer")
}

pub(super) fn show(answer: &Map<String, Value>, name: &str) -> String {
    answer.get(name).map_or("absent".to_owned(), Value::to_string)
}
