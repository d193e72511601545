//! The parameters of an invoker's token request: TS 33.122 clause C.3.2, TS 29.222 clause 8.5.4.2.6.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Judgement};
use super::token_request::{described, is_form, sent};
use crate::req;
use crate::spec::{Party, Role};
use crate::wire::{Exchange, RawMessage};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &FORM_IN_BODY,
    &GRANT_TYPE_SENT,
    &CLIENT_ID_SENT,
    &SECRET_MAY_BE_SENT,
    &SCOPE_MAY_BE_SENT,
    &SCOPE_NAMES_DISCOVERED,
    &SCOPE_GRAMMAR,
];

/// Form encoded, in the body, and not in the URL.
pub const FORM_IN_BODY: Check = Check {
    slug: "form-in-body",
    role: Role::Invoker,
    requirements: &[req!("33122-C.3.2-01")],
    judge: |evidence| {
        let expected = "application/x-www-form-urlencoded in the body, no parameter in the URL";
        sent(evidence, expected, |exchange| {
            let in_url = exchange.request.as_ref().is_some_and(|request| !lens::query(request).is_empty());
            let encoded = exchange.request.as_ref().is_some_and(|request| is_percent_encoded(&request.body));
            let utf8 = exchange.request.as_ref().is_some_and(is_utf8);
            let observed = if in_url { "parameters in the URL".to_owned() } else { described(exchange) };
            Judgement::when(is_form(exchange) && !in_url && encoded && utf8, expected, observed)
        })
    },
};

/// grant_type is there once, with its value.
pub const GRANT_TYPE_SENT: Check = Check {
    slug: "grant-type-sent",
    role: Role::Invoker,
    requirements: &[req!("33122-C.3.2-02")],
    judge: |evidence| {
        let expected = "exactly one grant_type, client_credentials";
        sent(evidence, expected, |exchange| {
            let form = lens::request_form(exchange);
            let grants = lens::values(&form, "grant_type");
            Judgement::when(
                grants == ["client_credentials"],
                expected,
                format!("{} of them: {}", grants.len(), grants.join(", ")),
            )
        })
    },
};

/// client_id is there once and is the identifier assigned.
pub const CLIENT_ID_SENT: Check = Check {
    slug: "client-id-sent",
    role: Role::Invoker,
    requirements: &[req!("33122-C.3.2-03")],
    judge: |evidence| {
        let expected = "exactly one client_id, the identifier of the onboarding answer";
        sent(evidence, expected, |exchange| {
            let form = lens::request_form(exchange);
            let ids = lens::values(&form, "client_id");
            let held = ids.len() == 1 && ids.first().copied() == evidence.roster.id(Party::INVOKER);
            Judgement::when(held, expected, format!("{} of them: {}", ids.len(), ids.join(", ")))
        })
    },
};

/// The secret may be sent; when it is, it is the right one and in one place only.
pub const SECRET_MAY_BE_SENT: Check = Check {
    slug: "secret-may-be-sent",
    role: Role::Invoker,
    requirements: &[req!("29222-5.6.2.3.2-04"), req!("33122-6.5.2.3-15"), req!("33122-C.3.2-05")],
    judge: |evidence| {
        let expected = "client_secret in the body or HTTP Basic, when used with the secret of the onboarding answer";
        sent(evidence, expected, |exchange| {
            let form = lens::request_form(exchange);
            let in_body = lens::values(&form, "client_secret");
            let basic = exchange.request.as_ref().and_then(|request| request.header("authorization")).is_some();
            match (in_body.first(), basic) {
                (None, false) => Judgement::not_used(expected, "no secret"),
                (Some(secret), false) => {
                    let issued = evidence.roster.member(Party::INVOKER).and_then(|member| member.secret.as_deref());
                    let held = issued == Some(*secret);
                    Judgement::when(
                        held,
                        expected,
                        if held { "the secret issued, in the body" } else { "a secret that was not issued" },
                    )
                }
                (None, true) => {
                    let held = shows_its_own(evidence, exchange);
                    Judgement::when(held, expected, if held { "HTTP Basic" } else { "HTTP Basic with something else" })
                }
                (Some(_), true) => Judgement::missed(expected, "both forms at once"),
            }
        })
    },
};

/// scope may be sent.
pub const SCOPE_MAY_BE_SENT: Check = Check {
    slug: "scope-may-be-sent",
    role: Role::Invoker,
    requirements: &[req!("33122-C.3.2-06")],
    judge: |evidence| {
        let expected = "scope, when present, is the list of services per exposing function";
        sent(evidence, expected, |exchange| match scope_sent(exchange) {
            None => Judgement::not_used(expected, "no scope"),
            Some(text) => Judgement::when(lens::scope(&text, false).is_some(), expected, format!("scope \"{text}\"")),
        })
    },
};

/// scope, when there, names exposing functions and service APIs that are known.
pub const SCOPE_NAMES_DISCOVERED: Check = Check {
    slug: "scope-names-discovered",
    role: Role::Invoker,
    requirements: &[req!("29222-5.6.2.3.2-03")],
    judge: |evidence| {
        let expected =
            "scope, when present, parses by its grammar and names published service APIs of their exposing functions";
        sent(evidence, expected, |exchange| match scope_sent(exchange) {
            None => Judgement::not_used(expected, "no scope"),
            Some(text) => {
                let pairs = lens::scope(&text, true).map(|entries| lens::scope_pairs(&entries));
                let held = pairs.is_some_and(|pairs| pairs.iter().all(|pair| published(evidence, pair)));
                Judgement::when(held, expected, format!("scope \"{text}\""))
            }
        })
    },
};

/// scope, when there, has the form of stage 3.
pub const SCOPE_GRAMMAR: Check = Check {
    slug: "scope-grammar",
    role: Role::Invoker,
    requirements: &[req!("29222-8.5.4.2.6-02")],
    judge: |evidence| {
        let expected =
            "scope, when present, of the form 3gpp#aefId:api,api;aefId:api, other scopes beside it being allowed";
        sent(evidence, expected, |exchange| match scope_sent(exchange) {
            None => Judgement::not_used(expected, "no scope"),
            Some(text) => Judgement::when(lens::scope(&text, true).is_some(), expected, format!("scope \"{text}\"")),
        })
    },
};

fn scope_sent(exchange: &Exchange) -> Option<String> {
    let form = lens::request_form(exchange);
    lens::values(&form, "scope").first().map(|text| (*text).to_owned())
}

fn published(evidence: &Evidence<'_>, pair: &str) -> bool {
    evidence.roster.apis.iter().any(|api| api.scope_pairs().iter().any(|published| published == pair))
}

/// Nothing but unreserved characters, escapes, and what holds a form together.
fn is_percent_encoded(body: &[u8]) -> bool {
    body.iter().all(|byte| byte.is_ascii_alphanumeric() || b"*-._~%+=&".contains(byte))
}

/// No other charset than UTF-8 is named.
fn is_utf8(request: &RawMessage) -> bool {
    let value = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
    value.split_once("charset=").is_none_or(|(_, charset)| charset.trim_matches('"').starts_with("utf-8"))
}

/// HTTP Basic with the identifier and the secret of the onboarding answer (RFC 7617).
pub(super) fn shows_its_own(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    let value = exchange.request.as_ref().and_then(|request| request.header("authorization")).unwrap_or_default();
    let decoded = value.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text.trim()).ok());
    let own = evidence.roster.member(Party::INVOKER);
    let due = own.and_then(|member| Some(format!("{}:{}", member.id.as_deref()?, member.secret.as_deref()?)));
    due.is_some() && decoded == due.map(String::into_bytes)
}
