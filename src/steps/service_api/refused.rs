//! Why an invocation is refused: one phrase for each thing that the specification rules out. The service logic is not
//! reached in any of them.

use cucumber::then;

use super::super::{Step, World};
use crate::checks::service_api::refused;

/// Without a token nothing is served.
#[then(expr = "the invocation is refused, because without a token nothing is served")]
fn token_needed(w: &mut World) -> Step {
    w.judge_refusal(&refused::TOKEN_NEEDED, Vec::new())
}

/// A token that is none, or none any more, is refused.
#[then(expr = "the invocation is refused, because the token is validated")]
fn token_validated(w: &mut World) -> Step {
    w.judge_refusal(&refused::TOKEN_VALIDATED, Vec::new())
}

/// A token that the core function did not sign as it stands is refused.
#[then(expr = "the invocation is refused, because the signature of the core function is verified")]
fn signature(w: &mut World) -> Step {
    w.judge_refusal(&refused::SIGNATURE_VERIFIED, Vec::new())
}

/// A token for another service API is refused.
#[then(expr = "the invocation is refused, because the request is compared with the claims of the token")]
fn scope(w: &mut World) -> Step {
    w.judge_refusal(&refused::SCOPE_COMPARED, Vec::new())
}

/// The token of another invoker is refused where certificates say who calls.
#[then(expr = "the invocation is refused, because the token has to be the caller's own")]
fn own_token(w: &mut World) -> Step {
    w.judge_refusal(&refused::TOKEN_BELONGS_TO_CALLER, Vec::new())
}

/// Where certificates are mutual, a caller without a good one is refused.
#[then(expr = "the invocation is refused, because certificates are needed as the core function indicated")]
fn certificates(w: &mut World) -> Step {
    w.judge_refusal(&refused::CERTIFICATES_AS_INDICATED, Vec::new())
}

/// A token that breaks RFC 7515 or RFC 7519 is refused.
#[then(expr = "the invocation is refused, because the token is validated by RFC 7515 and RFC 7519")]
fn token_form(w: &mut World) -> Step {
    w.judge_refusal(&refused::TOKEN_FORM_VALIDATED, Vec::new())
}

/// A token over plain HTTP is refused.
#[then(expr = "the invocation is refused, because tokens are taken over TLS only")]
fn over_tls(w: &mut World) -> Step {
    w.judge_refusal(&refused::TOKENS_OVER_TLS_ONLY, Vec::new())
}

/// A token for another exposing function is refused.
#[then(expr = "the invocation is refused, because only the own part of the scope counts")]
fn own_part(w: &mut World) -> Step {
    w.judge_refusal(&refused::OWN_PART_OF_SCOPE, Vec::new())
}

/// A token without a mandatory claim is refused.
#[then(expr = "the invocation is refused, because a mandatory claim has to be there")]
fn mandatory_claims(w: &mut World) -> Step {
    w.judge_refusal(&refused::MANDATORY_CLAIMS_NEEDED, Vec::new())
}

/// A token that ran out longer ago than the leeway is refused.
#[then(expr = "the invocation is refused, because the leeway is at most 30 seconds")]
fn leeway(w: &mut World) -> Step {
    w.judge_refusal(&refused::LEEWAY_CAPPED, Vec::new())
}

/// A token outside the Authorization header is refused.
#[then(expr = "the invocation is refused, because the token is taken from the Authorization header only")]
fn header_only(w: &mut World) -> Step {
    w.judge_refusal(&refused::TOKEN_IN_HEADER_ONLY, Vec::new())
}

/// The refusal of a token that is not good any more tells so.
#[then(expr = "the invocation is refused, because the refusal tells of the token")]
fn tells_why(w: &mut World) -> Step {
    w.judge_refusal(&refused::REFUSAL_TELLS_WHY, Vec::new())
}

/// A token past its exp is refused.
#[then(expr = "the invocation is refused, because exp tells that the token has run out")]
fn exp_used(w: &mut World) -> Step {
    w.judge_refusal(&refused::EXP_USED, Vec::new())
}

/// Whatever is asked for with a token that has run out is refused.
#[then(expr = "the invocation is refused, because a token that has run out is rejected")]
fn expired(w: &mut World) -> Step {
    w.judge_refusal(&refused::EXPIRED_TOKEN_REJECTED, Vec::new())
}

/// Who is not authorized for the service API is refused.
#[then(expr = "the invocation is refused, because the authorization of the invoker is checked")]
fn authorization(w: &mut World) -> Step {
    w.judge_refusal(&refused::AUTHORIZATION_CHECKED, Vec::new())
}

/// Who was authenticated neither before nor with the invocation is refused.
#[then(expr = "the invocation is refused, because nobody is served who was not authenticated")]
fn unauthenticated(w: &mut World) -> Step {
    w.judge_refusal(&refused::UNAUTHENTICATED_NOT_SERVED, Vec::new())
}

/// Who is no authenticated application is refused.
#[then(expr = "the invocation is refused, because applications are authenticated to access service APIs")]
fn applications(w: &mut World) -> Step {
    w.judge_refusal(&refused::APPLICATIONS_AUTHENTICATED, Vec::new())
}

/// The core function does not authorize the invoker for the service API, or does not know it.
#[then(expr = "the invocation is refused, because the core function does not authorize it")]
fn not_authorized_by_core(w: &mut World) -> Step {
    w.judge_refusal(&refused::CORE_FUNCTION_AUTHORIZES, Vec::new())
}

/// The permission has run out, or is for something else.
#[then(expr = "the invocation is refused, because the permission does not reach so far")]
fn permission_limited(w: &mut World) -> Step {
    w.judge_refusal(&refused::PERMISSION_LIMITED, Vec::new())
}
