//! Why a request is refused: one phrase for each thing that the specification rules out.

use cucumber::then;

use super::super::parameter::Words;
use super::super::{Step, World};
use crate::checks::security::{context_refused, token_refused};

/// Any grant but client credentials; the errors allowed are named.
#[then(expr = "no token is granted, because the grant is not client credentials: {words}")]
fn other_grants(w: &mut World, errors: Words) -> Step {
    w.judge_refusal(&token_refused::OTHER_GRANTS_REFUSED, errors.0)
}

/// The request is not one of OAuth 2.0.
#[then(expr = "no token is granted, because the request breaks OAuth 2.0")]
fn request_verified(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::TOKEN_REQUEST_VERIFIED, Vec::new())
}

/// The failing request is answered with a JSON object that describes the error.
#[then(expr = "no token is granted, and the error is described: {words}")]
fn error_described(w: &mut World, errors: Words) -> Step {
    w.judge_refusal(&token_refused::TOKEN_ERROR_DESCRIBED, errors.0)
}

/// The error is one that OAuth 2.0 has.
#[then(expr = "no token is granted, and the error is one of OAuth 2.0")]
fn error_of_oauth(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::OAUTH_ERROR_NAMED, Vec::new())
}

/// client_id is not the identifier assigned.
#[then(expr = "no token is granted, because the client identifier is not the one assigned")]
fn client_identifier(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::CLIENT_IDENTIFIER_COMPARED, Vec::new())
}

/// The secret is wrong.
#[then(expr = "no token is granted, because the secret is wrong: {words}")]
fn secret(w: &mut World, errors: Words) -> Step {
    w.judge_refusal(&token_refused::SECRET_VALIDATED, errors.0)
}

/// Nobody has authenticated.
#[then(expr = "no token is granted, because the client is not authenticated")]
fn unauthenticated(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::CONFIDENTIAL_CLIENT_ONLY, Vec::new())
}

/// There is no secure session of CAPIF-1e.
#[then(expr = "no token is granted, because there is no secure session")]
fn no_session(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::SECURE_SESSION_FIRST, Vec::new())
}

/// The connection is not TLS.
#[then(expr = "no token is granted in clear")]
fn in_clear(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::TOKEN_OVER_TLS_ONLY, Vec::new())
}

/// The client was never onboarded, or no longer is.
#[then(expr = "no token is granted, because the client is not onboarded")]
fn not_onboarded(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::ONBOARDED_CLIENTS_ONLY, Vec::new())
}

/// There is nothing to refresh.
#[then(expr = "no token is granted, because there is no refreshing")]
fn no_refreshing(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::REFRESH_GRANT_REFUSED, Vec::new())
}

/// Refused, or granted with the scope told.
#[then(expr = "the malformed scope is refused, or ignored with the granted scope told")]
fn malformed_scope(w: &mut World) -> Step {
    w.judge_refusal(&token_refused::MALFORMED_SCOPE_NOT_GRANTED_SILENTLY, vec!["invalid_scope".to_owned()])
}

/// The operation is the invoker's own.
#[then(expr = "it is refused, because only that invoker may initiate it")]
fn only_the_invoker(w: &mut World) -> Step {
    w.judge_refusal(&context_refused::ONLY_THE_INVOKER_INITIATES, Vec::new())
}

/// The operation is an exposing function's.
#[then(expr = "it is refused, because only an exposing function may initiate it")]
fn only_an_exposing_function(w: &mut World) -> Step {
    w.judge_refusal(&context_refused::ONLY_AN_EXPOSING_FUNCTION_INITIATES, Vec::new())
}

/// Nobody has the resource.
#[then(expr = "it is not found, because nobody has it")]
fn not_found(w: &mut World) -> Step {
    w.judge_refusal(&context_refused::UNKNOWN_SUBJECT_NOT_FOUND, Vec::new())
}

/// The custom operation has no security context to act on.
#[then(expr = "it is not found, because there is no security context to act on")]
fn no_context(w: &mut World) -> Step {
    w.judge_refusal(&context_refused::CUSTOM_OPERATIONS_NEED_CONTEXT, Vec::new())
}

/// The request breaks the data model of its operation.
#[then(expr = "it is refused, because it breaks the data model")]
fn data_model(w: &mut World) -> Step {
    w.judge_refusal(&context_refused::DATA_MODEL_KEPT, Vec::new())
}
