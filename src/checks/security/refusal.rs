//! Refusals of the core function: a negative is judged only between two accepted clean twins.
//!
//! The runner has made sure of the twins before any of these is asked; what is judged here is the deviant
//! exchange alone, and that the subject reads as before.

use serde_json::Value;

use super::super::evidence::{Evidence, Trial};
use super::super::lens;
use super::super::{Check, Held, Judgement};
use crate::spec::{Party, Role};
use crate::wire::{Exchange, Outcome};
use crate::{operation, reading, req};

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
    &UNKNOWN_SUBJECT_NOT_FOUND,
    &CUSTOM_OPERATIONS_NEED_CONTEXT,
    &DATA_MODEL_KEPT,
    &ONLY_THE_INVOKER_INITIATES,
    &ONLY_AN_EXPOSING_FUNCTION_INITIATES,
];

/// Errors of RFC 6749 clause 5.2, as TS 29.222 table 8.5.4.2.9-1 lists them.
const ERRORS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
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
    judge: |evidence| no_token(evidence, &[400, 401, 403]),
};

/// CAPIF-1e authentication comes before the token.
pub const SECURE_SESSION_FIRST: Check = Check {
    slug: "secure-session-first",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-10")],
    judge: |evidence| no_token(evidence, &[400, 401, 403]),
};

/// No token in clear.
pub const TOKEN_OVER_TLS_ONLY: Check = Check {
    slug: "token-over-tls-only",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.1-01")],
    judge: |evidence| no_token(evidence, &[300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 426]),
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

/// A resource that nobody has is not found.
pub const UNKNOWN_SUBJECT_NOT_FOUND: Check = Check {
    slug: "unknown-subject-not-found",
    role: Role::CoreFunction,
    requirements: &[req!("29222-7.7-03")],
    judge: |evidence| refusal(evidence, &[404], |_| None),
};

/// Update and delete act on a context that is there.
pub const CUSTOM_OPERATIONS_NEED_CONTEXT: Check = Check {
    slug: "custom-operations-need-context",
    role: Role::CoreFunction,
    requirements: &[req!("29222-8.5.2.3.4-01")],
    judge: |evidence| refusal(evidence, &[404], |_| None),
};

/// What breaks the data model is refused.
pub const DATA_MODEL_KEPT: Check = Check {
    slug: "data-model-kept",
    role: Role::CoreFunction,
    requirements: &[req!("29222-7.7-04")],
    judge: |evidence| refusal(evidence, &[400], |_| None),
};

/// Obtain_Security_Method and Obtain_Authorization are the invoker's own.
pub const ONLY_THE_INVOKER_INITIATES: Check = Check {
    slug: "only-the-invoker-initiates",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.1-05")],
    judge: wrong_initiator,
};

/// Obtain_API_Invoker_Info and Revoke_Authorization are the exposing function's.
pub const ONLY_AN_EXPOSING_FUNCTION_INITIATES: Check = Check {
    slug: "only-an-exposing-function-initiates",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.1-06")],
    judge: |evidence| {
        let judgement = wrong_initiator(evidence);
        match (judgement.held, evidence.trial.and_then(|trial| told_between(evidence, trial))) {
            (Held::Yes, Some(observed)) => Judgement { held: Held::No, observed, ..judgement },
            (Held::Yes | Held::No | Held::NotUsed | Held::Unclear, _) => judgement,
        }
    },
};

fn wrong_initiator(evidence: &Evidence<'_>) -> Judgement {
    let statuses: &[u16] = match evidence.readings.option(reading!("wrong-initiator-status")) {
        "403" => &[403],
        "401-or-403" => &[401, 403],
        _ => &[401, 403, 404],
    };
    // The token end point may say it in the words of OAuth 2.0 as well (RFC 6749 5.2).
    let token_request = deviant(evidence).is_some_and(|(_, exchange)| {
        lens::operation(exchange).is_some_and(|operation| std::ptr::eq(operation, operation!("GetOAuthIndAPIInv")))
    });
    let with_oauth = [statuses, &[400]].concat();
    refusal(evidence, if token_request { &with_oauth } else { statuses }, |_| None)
}

/// A notification to any invoker between the deviant request and the clean one after it: a revocation was carried out.
fn told_between(evidence: &Evidence<'_>, trial: &Trial) -> Option<String> {
    let told = evidence.roster.members.iter().find(|member| {
        member.party.role == Role::Invoker
            && lens::notifications(evidence, member.party)
                .iter()
                .any(|(exchange, _)| exchange.id > trial.deviant && exchange.id < trial.after)
    })?;
    Some(format!("refused, but {} was notified of a revocation", told.party))
}

fn no_token(evidence: &Evidence<'_>, statuses: &[u16]) -> Judgement {
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

fn deviant<'a>(evidence: &'a Evidence<'_>) -> Option<(&'a Trial, &'a Exchange)> {
    let trial = evidence.trial?;
    Some((trial, evidence.exchange(trial.deviant)?))
}

fn refusal(
    evidence: &Evidence<'_>,
    statuses: &[u16],
    description_fault: impl Fn(&Exchange) -> Option<String>,
) -> Judgement {
    let named =
        if evidence.named.is_empty() { String::new() } else { format!(" with error {}", evidence.named.join(" or ")) };
    let Some((trial, exchange)) = deviant(evidence) else {
        return Judgement::unclear("a refusal", "nothing was tried");
    };
    let codes: Vec<String> = statuses.iter().map(u16::to_string).collect();
    let expected = format!("refused ({}){named}, because {}; nothing changed", codes.join(", "), trial.deviation);
    let observed = lens::ending(exchange);
    let fault = match &exchange.outcome {
        Outcome::Answered => answer_fault(exchange, statuses, &description_fault),
        Outcome::HandshakeRefused { .. }
        | Outcome::ClosedWithoutAnswer
        | Outcome::Malformed { .. }
        | Outcome::Unreachable { .. } => (!trial.below_http).then(|| observed.clone()),
        Outcome::TimedOut { .. } | Outcome::Open => return Judgement::unclear(expected, observed).at(exchange.id),
    };
    match fault.or_else(|| changed(evidence, trial)) {
        Some(fault) => Judgement::missed(expected, fault).at(exchange.id),
        None => Judgement::held(expected, observed).at(exchange.id),
    }
}

fn answer_fault(
    exchange: &Exchange,
    statuses: &[u16],
    description_fault: &impl Fn(&Exchange) -> Option<String>,
) -> Option<String> {
    if lens::access_token(exchange).is_some() {
        return Some(format!("{} and an access token", lens::ending(exchange)));
    }
    let status = lens::status(exchange)?;
    if !statuses.contains(&status) {
        return Some(lens::ending(exchange));
    }
    description_fault(exchange)
}

/// The subject read back after the deviant request differs from before.
fn changed(evidence: &Evidence<'_>, trial: &Trial) -> Option<String> {
    let (before, after) = trial.read_back?;
    let (before, after) = (evidence.exchange(before)?, evidence.exchange(after)?);
    let same_status = lens::status(before) == lens::status(after);
    let same_body = !lens::accepted(before) || lens::answer_object(before) == lens::answer_object(after);
    (!same_status || !same_body).then(|| {
        format!("refused, but the subject changed: {} before, {} after", lens::ending(before), lens::ending(after))
    })
}

/// Whether a party of the scenario is the one whose resource was addressed; for findings that name it.
#[must_use]
pub fn subject_of(evidence: &Evidence<'_>, exchange: &Exchange) -> Option<Party> {
    let request = exchange.request.as_ref()?;
    let path = lens::path(request)?;
    let addressed = lens::segments(&path);
    evidence
        .roster
        .members
        .iter()
        .find(|member| member.id.as_deref().is_some_and(|id| addressed.contains(&id)))
        .map(|member| member.party)
}
