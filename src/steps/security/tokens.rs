//! Obtain_Authorization: TS 29.222 clause 5.6.2.3, TS 33.122 clause 6.5.2.3 and annex C.

use cucumber::{given, then, when};

use super::super::parameter::{Apis, Deviation, Party};
use super::super::{Step, World};
use crate::checks::security::{token_answer as answer, token_claims as claims, token_rights as rights};
use crate::lab::Asked;

/// An invoker asks for a token without naming service APIs.
#[when(expr = "{party} requests a token")]
async fn requests_token(w: &mut World, invoker: Party) -> Step {
    w.lab()?.obtain_token(invoker.0, &Asked::Default, false).await
}

/// An invoker asks for a token for service APIs.
#[given(expr = "{party} has requested a token for {apis}")]
#[when(expr = "{party} requests a token for {apis}")]
async fn requests_token_for(w: &mut World, invoker: Party, apis: Apis) -> Step {
    w.lab()?.obtain_token(invoker.0, &Asked::Apis(apis.0), false).await
}

/// An invoker asks for a token with the secret it was given when onboarded.
#[when(expr = "{party} requests a token with its onboarding secret")]
async fn requests_token_with_secret(w: &mut World, invoker: Party) -> Step {
    w.lab()?.obtain_token(invoker.0, &Asked::Default, true).await
}

/// An invoker asks for a token and shows the secret that it was given when onboarded by HTTP Basic.
#[when(expr = "{party} requests a token with its onboarding secret by HTTP Basic")]
async fn requests_token_by_basic(w: &mut World, invoker: Party) -> Step {
    w.lab()?.obtain_token_by_basic(invoker.0, true).await
}

/// An invoker asks for a token and shows a secret by HTTP Basic that it was not given.
#[when(expr = "{party} requests a token with a wrong secret by HTTP Basic")]
async fn requests_token_by_wrong_basic(w: &mut World, invoker: Party) -> Step {
    w.lab()?.obtain_token_by_basic(invoker.0, false).await
}

/// A token request with one deviation, between two clean twins.
#[when(expr = "{party} requests a token, but {deviation}")]
async fn requests_token_deviating(w: &mut World, invoker: Party, deviation: Deviation) -> Step {
    w.lab()?.attempt_token(invoker.0, &Asked::Default, false, &deviation.0).await
}

/// A token request for service APIs with one deviation, between two clean twins.
#[when(expr = "{party} requests a token for {apis}, but {deviation}")]
async fn requests_token_for_deviating(w: &mut World, invoker: Party, apis: Apis, deviation: Deviation) -> Step {
    w.lab()?.attempt_token(invoker.0, &Asked::Apis(apis.0), false, &deviation.0).await
}

/// An invoker is offboarded and asks again; its own token before and another invoker's after are the clean twins.
#[when(expr = "{party} is offboarded and requests a token")]
async fn offboarded_requests_token(w: &mut World, invoker: Party) -> Step {
    w.lab()?.attempt_token_of_offboarded(invoker.0).await
}

/// A token request with the secret and one deviation, between two clean twins.
#[when(expr = "{party} requests a token with its onboarding secret, but {deviation}")]
async fn requests_with_secret_deviating(w: &mut World, invoker: Party, deviation: Deviation) -> Step {
    w.lab()?.attempt_token(invoker.0, &Asked::Default, true, &deviation.0).await
}

/// The token end point gives a token.
#[then(expr = "the token end point grants a token")]
fn end_point(w: &mut World) -> Step {
    w.judge(&answer::TOKEN_ENDPOINT_OFFERED)
}

/// Granted with the onboarding secret and without it.
#[then(expr = "the token is granted with and without the secret")]
fn secret_optional(w: &mut World) -> Step {
    w.judge(&answer::SECRET_OPTIONAL)
}

/// The right secret does, the wrong one does not, where HTTP Basic is looked at.
#[then(expr = "a secret by HTTP Basic is looked at")]
fn basic_validated(w: &mut World) -> Step {
    w.judge(&answer::BASIC_SECRET_VALIDATED)
}

/// The answer is a complete AccessTokenRsp.
#[then(expr = "the answer is a complete access token response")]
fn answer_complete(w: &mut World) -> Step {
    w.judge(&answer::TOKEN_ANSWER_COMPLETE)
}

/// The token has time left when it arrives.
#[then(expr = "the token has not run out on arrival")]
fn not_run_out(w: &mut World) -> Step {
    w.judge(&answer::TOKEN_EXPIRES_IN_THE_FUTURE)
}

/// token_type is Bearer.
#[then(expr = "the token is a bearer token")]
fn bearer(w: &mut World) -> Step {
    w.judge(&answer::TOKEN_IS_BEARER)
}

/// Three base64url parts, header and claims JSON objects.
#[then(expr = "the token is a JSON Web Token")]
fn jwt(w: &mut World) -> Step {
    w.judge(&claims::TOKEN_IS_JWT)
}

/// The signature verifies, and no longer does with a changed claim.
#[then(expr = "the token is signed by the core function")]
fn signed(w: &mut World) -> Step {
    w.judge(&claims::TOKEN_IS_SIGNED)
}

/// The whole profile of annex C.
#[then(expr = "the token follows the profile of annex C")]
fn profile(w: &mut World) -> Step {
    w.judge(&claims::TOKEN_FOLLOWS_PROFILE)
}

/// Claim exp.
#[then(expr = "the token claims when it expires")]
fn expiry(w: &mut World) -> Step {
    w.judge(&claims::EXPIRY_CLAIMED)
}

/// Claim client_id or iss.
#[then(expr = "the token claims which invoker it is for")]
fn invoker_claimed(w: &mut World) -> Step {
    w.judge(&claims::INVOKER_CLAIMED)
}

/// Claim scope.
#[then(expr = "the token claims the services per exposing function")]
fn scope_claimed(w: &mut World) -> Step {
    w.judge(&claims::SCOPE_CLAIMED)
}

/// The claim set and scope form of stage 3.
#[then(expr = "the claims and the scope have the form of stage 3")]
fn scope_form(w: &mut World) -> Step {
    w.judge(&claims::SCOPE_FORM)
}

/// Nothing beyond what the invoker may reach.
#[then(expr = "the token grants nothing that was not arranged")]
fn within_permission(w: &mut World) -> Step {
    w.judge(&rights::SCOPE_WITHIN_PERMISSION)
}

/// exp and expires_in.
#[then(expr = "exp and expires_in both limit the validity")]
fn validity(w: &mut World) -> Step {
    w.judge(&claims::VALIDITY_TOLD_TWICE)
}

/// Cache-Control: no-store.
#[then(expr = "the answer is not to be cached")]
fn not_cacheable(w: &mut World) -> Step {
    w.judge(&answer::NOT_CACHEABLE)
}

/// No refresh token.
#[then(expr = "there is no refresh token")]
fn no_refresh_token(w: &mut World) -> Step {
    w.judge(&answer::NO_REFRESH_TOKEN)
}

/// A scope that was cut is told.
#[then(expr = "a scope that was cut is told")]
fn granted_scope_told(w: &mut World) -> Step {
    w.judge(&rights::GRANTED_SCOPE_TOLD)
}

/// Each invoker gets its own token.
#[then(expr = "each invoker gets a token of its own")]
fn token_of_its_own(w: &mut World) -> Step {
    w.judge(&rights::TOKEN_OF_ITS_OWN)
}

/// Scope follows from the client.
#[then(expr = "the scope of each token follows from its invoker")]
fn scope_follows_client(w: &mut World) -> Step {
    w.judge(&rights::SCOPE_FOLLOWS_CLIENT)
}

/// Granted where arranged, and only there.
#[then(expr = "the service API is granted only to the invoker it was arranged for")]
fn arranged(w: &mut World) -> Step {
    w.judge(&rights::ARRANGED_BEFOREHAND)
}

/// One request and one answer.
#[then(expr = "one request and one answer sufficed")]
fn one_exchange(w: &mut World) -> Step {
    w.judge(&answer::ONE_EXCHANGE_SUFFICES)
}

/// No authorization end point, redirection end point or owner.
#[then(expr = "no authorization end point and no redirection was needed")]
fn no_authorization_endpoint(w: &mut World) -> Step {
    w.judge(&answer::NO_AUTHORIZATION_ENDPOINT_NEEDED)
}
