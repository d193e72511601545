//! What an invoker does when it asks for a token: TS 29.222 clause 5.6.2.3.2, TS 33.122 clause 6.5.2.3.

use serde_json::Value;

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Held, Judgement};
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &TOKEN_REQUEST_AFTER_HANDSHAKE,
    &TOKEN_ASKED_AT_ITS_END_POINT,
    &CLIENT_CREDENTIALS_ASKED,
    &ONE_GRANT_ASKED,
    &OAUTH_CLIENT_FUNCTION,
    &CLIENT_PART_ONLY,
    &TOKEN_AFTER_ONBOARDING,
];

/// The request comes after the handshake, form encoded and complete.
pub const TOKEN_REQUEST_AFTER_HANDSHAKE: Check = Check {
    slug: "token-request-after-handshake",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-11")],
    judge: |evidence| {
        let expected =
            "after the TLS handshake: POST, application/x-www-form-urlencoded, grant_type and client_id in the body";
        sent(evidence, expected, |exchange| {
            let form = lens::request_form(exchange);
            let complete =
                !lens::values(&form, "grant_type").is_empty() && !lens::values(&form, "client_id").is_empty();
            Judgement::when(is_form(exchange) && complete && exchange.tls.is_some(), expected, described(exchange))
        })
    },
};

/// The request goes to the token end point of this invoker.
pub const TOKEN_ASKED_AT_ITS_END_POINT: Check = Check {
    slug: "token-asked-at-its-end-point",
    role: Role::Invoker,
    requirements: &[req!("29222-5.6.2.3.2-01")],
    judge: |evidence| {
        let expected = "POST {apiRoot}/capif-security/v1/securities/{own apiInvokerId}/token";
        sent(evidence, expected, |exchange| {
            let target = exchange.request.as_ref().and_then(lens::path).unwrap_or_default();
            let own = evidence.roster.id(Party::INVOKER).unwrap_or_default();
            let due = format!("{}/capif-security/v1/securities/{own}/token", evidence.api_root);
            let held =
                lens::segments(&target) == lens::segments(&due) && !target.ends_with('/') && !target.contains("//");
            Judgement::when(held, expected, target)
        })
    },
};

/// The grant is client credentials.
pub const CLIENT_CREDENTIALS_ASKED: Check = Check {
    slug: "client-credentials-asked",
    role: Role::Invoker,
    requirements: &[req!("29222-5.6.2.3.2-02")],
    judge: |evidence| {
        let expected = "grant_type client_credentials for a service API without owner authorization";
        sent(evidence, expected, |exchange| {
            let form = lens::request_form(exchange);
            let grants = lens::values(&form, "grant_type");
            Judgement::when(
                grants.first() == Some(&"client_credentials"),
                expected,
                format!("grant_type {}", grants.join(", ")),
            )
        })
    },
};

/// Exactly one grant, and it is client credentials, in every token request of method 3.
pub const ONE_GRANT_ASKED: Check = Check {
    slug: "one-grant-asked",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-28")],
    judge: |evidence| {
        let expected = "after negotiating OAUTH every token request has exactly one grant_type, client_credentials";
        let requests: Vec<&Exchange> = token_requests(evidence).collect();
        let wrong = requests.iter().find(|exchange| {
            let form = lens::request_form(exchange);
            lens::values(&form, "grant_type") != ["client_credentials"]
        });
        match (wrong, requests.is_empty()) {
            (_, true) => Judgement::missed(expected, "no token request"),
            (Some(exchange), _) => Judgement::missed(expected, described(exchange)).at(exchange.id),
            (None, _) => Judgement::held(expected, format!("{} token requests", requests.len())),
        }
    },
};

/// The invoker is the OAuth client: it asks for the token itself.
pub const OAUTH_CLIENT_FUNCTION: Check = Check {
    slug: "oauth-client-function",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-04")],
    judge: |evidence| {
        let expected = "a form-encoded token request of the invoker itself, over its own certificate";
        sent(evidence, expected, |exchange| {
            let own = evidence.roster.member(Party::INVOKER).and_then(|member| member.certificate.clone());
            let shown = exchange.tls.as_ref().and_then(|tls| tls.client_chain.first().cloned());
            let held = is_form(exchange) && own.is_some() && own == shown;
            let certificate = if shown.is_none() {
                "no certificate"
            } else if own == shown {
                "its own certificate"
            } else {
                "another certificate"
            };
            Judgement::when(held, expected, format!("{} with {certificate}", described(exchange)))
        })
    },
};

/// The invoker has the client part only.
pub const CLIENT_PART_ONLY: Check = Check {
    slug: "client-part-only",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-29")],
    judge: |evidence| {
        let expected = "no redirect_uri, code, response_type, username or password in the token request";
        sent(evidence, expected, |exchange| {
            let form = lens::request_form(exchange);
            let stray: Vec<&str> = ["redirect_uri", "code", "authCode", "response_type", "username", "password"]
                .into_iter()
                .filter(|name| !lens::values(&form, name).is_empty())
                .collect();
            Judgement::when(
                stray.is_empty(),
                expected,
                if stray.is_empty() { "none".to_owned() } else { stray.join(", ") },
            )
        })
    },
};

/// Tokens may be asked for once onboarded.
pub const TOKEN_AFTER_ONBOARDING: Check = Check {
    slug: "token-after-onboarding",
    role: Role::Invoker,
    requirements: &[req!("33122-C.3.1-02")],
    judge: |evidence| {
        let expected = "the token request comes after onboarding and after the security context";
        let context = evidence.of(operation!("CreateSecIndTrustedAPIInv")).next();
        match (token_requests(evidence).next(), context) {
            (Some(asked), Some(context)) => Judgement::when(asked.id > context.id, expected, "asked").at(asked.id),
            _ => Judgement::not_used(expected, "no token was asked for"),
        }
    },
};

/// Judges every token request of the invoker: the first one that misses counts, for a later one does not undo it.
pub(super) fn sent(evidence: &Evidence<'_>, expected: &str, judge: impl Fn(&Exchange) -> Judgement) -> Judgement {
    let judged: Vec<Judgement> = token_requests(evidence).map(|exchange| judge(exchange).at(exchange.id)).collect();
    let missed = judged.iter().position(|judgement| judgement.held == Held::No);
    let at = missed.or(judged.len().checked_sub(1));
    at.and_then(|at| judged.get(at).cloned()).unwrap_or_else(|| Judgement::missed(expected, "no token request arrived"))
}

/// Token requests of the invoker under test, wherever they went: what carries a grant is one.
fn token_requests<'a>(evidence: &'a Evidence<'_>) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    evidence.exchanges.iter().map(AsRef::as_ref).filter(|exchange| {
        let at_end_point = lens::is_of(exchange, operation!("GetOAuthIndAPIInv"));
        let carries_grant = !lens::values(&lens::request_form(exchange), "grant_type").is_empty();
        exchange.client.name() == Party::INVOKER.name() && (at_end_point || carries_grant)
    })
}

pub(super) fn is_form(exchange: &Exchange) -> bool {
    exchange.request.as_ref().is_some_and(|request| {
        request.method().as_deref() == Some("POST")
            && lens::media_type(request).as_deref() == Some("application/x-www-form-urlencoded")
    })
}

pub(super) fn described(exchange: &Exchange) -> String {
    let Some(request) = &exchange.request else {
        return "no request".to_owned();
    };
    let names: Vec<String> = lens::request_form(exchange).into_iter().map(|(name, _)| name).collect();
    let members = lens::request_object(exchange).map(|members: serde_json::Map<String, Value>| members.len());
    let body = match members {
        Some(count) => format!("a JSON object of {count} members"),
        None if names.is_empty() => "no parameters".to_owned(),
        None => format!("parameters {}", names.join(", ")),
    };
    let media = lens::media_type(request).unwrap_or_else(|| "no media type".to_owned());
    format!("{} with {media}, {body}", request.start_line())
}
