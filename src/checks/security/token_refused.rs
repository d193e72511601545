//! Refusals of the token end point: TS 33.122 clause 6.5.2.3 steps 1 to 3 and annex C.3, TS 29.222 clause 5.6.2.3.2.

use serde_json::Value;

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Judgement};
use super::refusal::{deviant, refusal};
use crate::spec::Role;
use crate::wire::Exchange;
use crate::{reading, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &OTHER_GRANTS_REFUSED,
    &TOKEN_REQUEST_VERIFIED,
    &TOKEN_ERROR_DESCRIBED,
    &OAUTH_ERROR_NAMED,
    &CLIENT_IDENTIFIER_COMPARED,
    &SECRET_VALIDATED,
    &CONFIDENTIAL_CLIENT_ONLY,
    &SECURE_SESSION_FIRST,
    &TOKEN_OVER_TLS_ONLY,
    &ONBOARDED_CLIENTS_ONLY,
    &REFRESH_GRANT_REFUSED,
    &MALFORMED_SCOPE_NOT_GRANTED_SILENTLY,
];

/// No other grant than client credentials.
pub const OTHER_GRANTS_REFUSED: Check = Check {
    slug: "other-grants-refused",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-01")],
    judge: |evidence| oauth_refusal(evidence, &[400]),
};

/// The request is verified per OAuth 2.0.
pub const TOKEN_REQUEST_VERIFIED: Check = Check {
    slug: "token-request-verified",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-12")],
    judge: |evidence| no_token(evidence, &[400, 401, 403, 404, 415]),
};

/// A failing request is answered with a JSON object that describes the error.
pub const TOKEN_ERROR_DESCRIBED: Check = Check {
    slug: "token-error-described",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.3.2-07")],
    judge: |evidence| {
        let statuses: &[u16] = match evidence.readings.option(reading!("token-error-status")) {
            "400-only" => &[400],
            _ => &[400, 401],
        };
        oauth_refusal(evidence, statuses)
    },
};

/// The error is one that OAuth 2.0 has for it.
pub const OAUTH_ERROR_NAMED: Check = Check {
    slug: "oauth-error-named",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.3.3-01")],
    judge: |evidence| oauth_refusal(evidence, &[400, 401]),
};

/// client_id is compared with the identifier assigned.
pub const CLIENT_IDENTIFIER_COMPARED: Check = Check {
    slug: "client-identifier-compared",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.3.2-04")],
    judge: |evidence| no_token(evidence, &[400, 401, 403]),
};

/// A secret that is given is validated.
pub const SECRET_VALIDATED: Check = Check {
    slug: "secret-validated",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-30")],
    judge: |evidence| oauth_refusal(evidence, &[400, 401]),
};

/// An unauthenticated client gets no token.
pub const CONFIDENTIAL_CLIENT_ONLY: Check = Check {
    slug: "confidential-client-only",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-06")],
    judge: |evidence| no_token(evidence, &BELOW_OAUTH),
};

/// CAPIF-1e authentication comes before the token.
pub const SECURE_SESSION_FIRST: Check = Check {
    slug: "secure-session-first",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-10")],
    judge: |evidence| no_token(evidence, &BELOW_OAUTH),
};

/// No token in clear.
pub const TOKEN_OVER_TLS_ONLY: Check = Check {
    slug: "token-over-tls-only",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.1-01")],
    judge: |evidence| no_token(evidence, &BELOW_OAUTH),
};

/// Tokens are for onboarded invokers.
pub const ONBOARDED_CLIENTS_ONLY: Check = Check {
    slug: "onboarded-clients-only",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.3.1-01")],
    judge: |evidence| no_token(evidence, &[400, 401, 403, 404]),
};

/// There is no refreshing in method 3.
pub const REFRESH_GRANT_REFUSED: Check = Check {
    slug: "refresh-grant-refused",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.4-01")],
    judge: |evidence| no_token(evidence, &[400, 401, 403]),
};

/// A scope that is none is refused, or ignored with the granted scope told (RFC 6749 3.3).
pub const MALFORMED_SCOPE_NOT_GRANTED_SILENTLY: Check = Check {
    slug: "malformed-scope-not-granted-silently",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-12")],
    judge: |evidence| {
        let granted =
            deviant(evidence).map(|(_, exchange)| exchange).filter(|exchange| lens::access_token(exchange).is_some());
        let Some(exchange) = granted else {
            return oauth_refusal(evidence, &[400, 401]);
        };
        let told = lens::answer_object(exchange).and_then(|answer| answer.get("scope").cloned());
        let told = told.as_ref().and_then(Value::as_str).map(str::to_owned);
        let observed = told
            .as_ref()
            .map_or("a token, and no scope told".to_owned(), |scope| format!("a token for scope \"{scope}\""));
        Judgement::when(told.is_some(), "invalid_scope, or a token with the granted scope told", observed)
            .at(exchange.id)
    },
};

pub(super) fn no_token(evidence: &Evidence<'_>, statuses: &[u16]) -> Judgement {
    refusal(evidence, statuses, |_| None)
}

fn oauth_refusal(evidence: &Evidence<'_>, statuses: &[u16]) -> Judgement {
    let named = evidence.named.to_vec();
    refusal(evidence, statuses, |exchange| described(exchange, &named))
}

/// What is wrong with the description of an OAuth error.
fn described(exchange: &Exchange, named: &[String]) -> Option<String> {
    let response = exchange.response.as_ref()?;
    if lens::media_type(response).as_deref() != Some("application/json") {
        return Some(format!("{}, not application/json", lens::ending(exchange)));
    }
    let answer = lens::answer_object(exchange);
    let error = answer.as_ref().and_then(|answer| answer.get("error")).and_then(Value::as_str);
    match error {
        Some(error) if !ERRORS.contains(&error) => Some(format!("error {error}, which RFC 6749 does not have here")),
        Some(error) if !named.is_empty() && !named.iter().any(|name| name == error) => Some(format!("error {error}")),
        Some(_) => None,
        None => Some("a body without error".to_owned()),
    }
}

/// Where there is no authenticated session, HTTP has several words for no: a redirect to TLS, an upgrade, hiding.
pub(super) const BELOW_OAUTH: [u16; 12] = [300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 426];

/// Errors of RFC 6749 clause 5.2, as TS 29.222 table 8.5.4.2.9-1 lists them.
const ERRORS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];
