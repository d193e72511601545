//! An invoker or an exposing function under test is told to act; what it sends is judged.

use cucumber::{given, then, when};

use super::parameter::{Apis, Party, Words};
use super::{Step, World};
use crate::checks::security::{by_exposing_function as aef, by_invoker as invoker, token_parameters, token_request};
use crate::control::{Act, SecretUse};

/// The invoker under test onboards for service APIs and discovers them.
#[given(expr = "the invoker under test has onboarded for {apis}")]
async fn has_onboarded(w: &mut World, apis: Apis) -> Step {
    w.lab()?.have_onboarded(&apis.0).await
}

/// The invoker under test is told to negotiate its security context.
#[given(expr = "the invoker under test has been told to negotiate {words} with {party}")]
#[when(expr = "the invoker under test is told to negotiate {words} with {party}")]
async fn told_to_negotiate(w: &mut World, methods: Words, aef: Party) -> Step {
    w.lab()?.tell_to_negotiate(Act::NegotiateSecurity, aef.0, &methods.0).await
}

/// The invoker under test is told to update its security context.
#[when(expr = "the invoker under test is told to renegotiate {words} with {party}")]
async fn told_to_renegotiate(w: &mut World, methods: Words, aef: Party) -> Step {
    w.lab()?.tell_to_negotiate(Act::RenegotiateSecurity, aef.0, &methods.0).await
}

/// The invoker under test is told to obtain a token, without naming service APIs.
#[when(expr = "the invoker under test is told to obtain a token")]
async fn told_to_obtain_token(w: &mut World) -> Step {
    w.lab()?.tell_to_obtain_token(&[], SecretUse::None).await
}

/// The invoker under test is told to obtain a token for service APIs.
#[when(expr = "the invoker under test is told to obtain a token for {apis}")]
async fn told_to_obtain_token_for(w: &mut World, apis: Apis) -> Step {
    w.lab()?.tell_to_obtain_token(&apis.0, SecretUse::None).await
}

/// The invoker under test is told to obtain a token and to show its onboarding secret.
#[when(expr = "the invoker under test is told to obtain a token with its onboarding secret")]
async fn told_to_obtain_token_with_secret(w: &mut World) -> Step {
    w.lab()?.tell_to_obtain_token(&[], SecretUse::Body).await
}

/// The exposing function under test registers its domain and publishes service APIs with these security methods.
#[given(expr = "the exposing function under test has published {apis} with {words}")]
async fn has_published(w: &mut World, apis: Apis, methods: Words) -> Step {
    w.lab()?.have_published(&apis.0, &methods.0).await
}

/// The exposing function under test is told to ask for the authentication information of an invoker.
#[when(expr = "the exposing function under test is told to ask for {party} with authenticationInfo")]
async fn told_to_ask_authentication(w: &mut World, invoker: Party) -> Step {
    w.lab()?.tell_to_ask(invoker.0, (true, false)).await
}

/// The exposing function under test is told to ask for the authorization information of an invoker.
#[when(expr = "the exposing function under test is told to ask for {party} with authorizationInfo")]
async fn told_to_ask_authorization(w: &mut World, invoker: Party) -> Step {
    w.lab()?.tell_to_ask(invoker.0, (false, true)).await
}

/// The exposing function under test is told to ask for both kinds of information.
#[when(expr = "the exposing function under test is told to ask for {party} with both flags")]
async fn told_to_ask_both(w: &mut World, invoker: Party) -> Step {
    w.lab()?.tell_to_ask(invoker.0, (true, true)).await
}

/// The exposing function under test is told to revoke the authorization of an invoker for all APIs.
#[when(expr = "the exposing function under test is told to revoke all authorization of {party}")]
async fn told_to_revoke_all(w: &mut World, invoker: Party) -> Step {
    w.lab()?.tell_to_revoke(invoker.0, &[]).await
}

/// The exposing function under test is told to revoke the authorization of an invoker for some APIs.
#[when(expr = "the exposing function under test is told to revoke the authorization of {party} for {apis}")]
async fn told_to_revoke_some(w: &mut World, invoker: Party, apis: Apis) -> Step {
    w.lab()?.tell_to_revoke(invoker.0, &apis.0).await
}

/// An invoker initiates authentication at the exposing function under test.
#[when(expr = "{party} initiates authentication at the exposing function under test")]
async fn initiates_authentication(w: &mut World, invoker: Party) -> Step {
    w.lab()?.initiate_authentication(Some(invoker.0)).await
}

/// Authentication is initiated for an identifier that nobody was given.
#[when(expr = "an invoker that nobody knows initiates authentication at the exposing function under test")]
async fn stranger_initiates_authentication(w: &mut World) -> Step {
    w.lab()?.initiate_authentication(None).await
}

/// What the invoker initiates is its own, for itself, over its own certificate.
#[then(expr = "the invoker initiates only what is its own")]
fn invoker_initiates_own(w: &mut World) -> Step {
    w.judge(&invoker::INVOKER_INITIATES_ITS_OWN)
}

/// The PUT of the security context is complete.
#[then(expr = "the invoker asks for a security method completely")]
fn method_request_complete(w: &mut World) -> Step {
    w.judge(&invoker::METHOD_REQUEST_COMPLETE)
}

/// Whether update is used is recorded.
#[then(expr = "the invoker may renegotiate by update")]
fn may_renegotiate(w: &mut World) -> Step {
    w.judge(&invoker::MAY_RENEGOTIATE)
}

/// Whether the exposing function is asked ahead of the invocation is recorded.
#[then(expr = "the invoker may ask the exposing function ahead")]
fn may_ask_ahead(w: &mut World) -> Step {
    w.judge(&invoker::MAY_ASK_AHEAD)
}

/// The request goes to the token end point of this invoker.
#[then(expr = "the invoker asks at its own token end point")]
fn own_end_point(w: &mut World) -> Step {
    w.judge(&token_request::TOKEN_ASKED_AT_ITS_END_POINT)
}

/// The grant is client credentials.
#[then(expr = "the invoker asks for client credentials")]
fn client_credentials(w: &mut World) -> Step {
    w.judge(&token_request::CLIENT_CREDENTIALS_ASKED)
}

/// Every token request has one grant, client credentials.
#[then(expr = "the invoker uses no other grant")]
fn one_grant(w: &mut World) -> Step {
    w.judge(&token_request::ONE_GRANT_ASKED)
}

/// The scope names what is published.
#[then(expr = "the scope names exposing functions and their service APIs")]
fn scope_names(w: &mut World) -> Step {
    w.judge(&token_parameters::SCOPE_NAMES_DISCOVERED)
}

/// A token request over the invoker's own certificate.
#[then(expr = "the invoker performs the OAuth client function")]
fn client_function(w: &mut World) -> Step {
    w.judge(&token_request::OAUTH_CLIENT_FUNCTION)
}

/// The request comes after the handshake, form encoded and complete.
#[then(expr = "the invoker sends an access token request after the handshake")]
fn request_after_handshake(w: &mut World) -> Step {
    w.judge(&token_request::TOKEN_REQUEST_AFTER_HANDSHAKE)
}

/// No parameter of another endpoint or of an owner.
#[then(expr = "the invoker has the client part only")]
fn client_part_only(w: &mut World) -> Step {
    w.judge(&token_request::CLIENT_PART_ONLY)
}

/// The scope has the form of stage 3.
#[then(expr = "the scope has the form of stage 3")]
fn scope_grammar(w: &mut World) -> Step {
    w.judge(&token_parameters::SCOPE_GRAMMAR)
}

/// Form encoded in the body.
#[then(expr = "the parameters are form encoded in the body")]
fn form_in_body(w: &mut World) -> Step {
    w.judge(&token_parameters::FORM_IN_BODY)
}

/// grant_type once.
#[then(expr = "grant_type is there once")]
fn grant_type(w: &mut World) -> Step {
    w.judge(&token_parameters::GRANT_TYPE_SENT)
}

/// client_id once, as assigned.
#[then(expr = "client_id is the identifier assigned at onboarding")]
fn client_id(w: &mut World) -> Step {
    w.judge(&token_parameters::CLIENT_ID_SENT)
}

/// The secret, when it is used.
#[then(expr = "the onboarding secret may be used")]
fn secret(w: &mut World) -> Step {
    w.judge(&token_parameters::SECRET_MAY_BE_SENT)
}

/// The scope, when it is used.
#[then(expr = "the scope may be used")]
fn scope(w: &mut World) -> Step {
    w.judge(&token_parameters::SCOPE_MAY_BE_SENT)
}

/// Tokens are asked for once onboarded.
#[then(expr = "the token is asked for after onboarding")]
fn after_onboarding(w: &mut World) -> Step {
    w.judge(&token_request::TOKEN_AFTER_ONBOARDING)
}

/// What the exposing function initiates is its own.
#[then(expr = "the exposing function initiates only what is its own")]
fn aef_initiates_own(w: &mut World) -> Step {
    w.judge(&aef::EXPOSING_FUNCTION_INITIATES_ITS_OWN)
}

/// The flags that are wanted are true, and no other.
#[then(expr = "the exposing function asks for {words} and nothing else")]
fn asked_with_flags(w: &mut World, flags: Words) -> Step {
    w.judge_naming(&aef::INFORMATION_ASKED_WITH_FLAGS, flags.0)
}

/// All APIs are revoked with DELETE.
#[then(expr = "the exposing function revokes all service APIs")]
fn all_revoked(w: &mut World) -> Step {
    w.judge(&aef::ALL_REVOKED_WITH_DELETE)
}

/// Some APIs are revoked with exactly their list.
#[then(expr = "the exposing function revokes exactly {apis}")]
fn some_revoked(w: &mut World, apis: Apis) -> Step {
    w.judge_naming(&aef::SOME_REVOKED_BY_LIST, apis.0)
}

/// The core function is asked before the initiation is answered.
#[then(expr = "the exposing function fetches the security information before it answers")]
fn fetched(w: &mut World) -> Step {
    w.judge(&aef::SECURITY_INFORMATION_FETCHED)
}

/// 200 for an invoker that the core function knows, and only then.
#[then(expr = "authentication is started only with what the core function told")]
fn started_when_told(w: &mut World) -> Step {
    w.judge(&aef::STARTED_ONLY_WHEN_TOLD)
}
