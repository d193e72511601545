//! An invoker under test is told to invoke service APIs; how it comes by its token, and what it sends, is judged.

use cucumber::{given, then, when};

use super::super::parameter::{Apis, Party};
use super::super::{Step, World};
use crate::checks::service_api::{by_invoker as invocation, by_invoker_session as session, by_invoker_token as token};
use crate::control::Policy;
use crate::lab::Flaw;

/// The invoker under test is told to onboard and refused, and told to obtain a token all the same.
#[given(expr = "the onboarding of the invoker under test for {apis} has been refused")]
async fn onboarding_refused(w: &mut World, apis: Apis) -> Step {
    w.lab()?.tell_to_onboard_in_vain(&apis.0).await
}

/// The invoker under test is told to negotiate its security context for everything that it discovered.
#[given(expr = "the invoker under test has been told to negotiate with every exposing function")]
async fn negotiated_with_all(w: &mut World) -> Step {
    w.lab()?.tell_to_negotiate_with_all().await
}

/// Lets an exposing function serve with a certificate of an authority that nobody trusts.
#[given(expr = "{party} serves with a certificate of a foreign authority")]
async fn serves_foreign(w: &mut World, aef: Party) -> Step {
    w.lab()?.let_serve(aef.0, Some(Flaw::ForeignAuthority)).await
}

/// Lets an exposing function serve with a certificate that names another host.
#[given(expr = "{party} serves with a certificate for another name")]
async fn serves_misnamed(w: &mut World, aef: Party) -> Step {
    w.lab()?.let_serve(aef.0, Some(Flaw::WrongName)).await
}

/// Lets an exposing function serve with a certificate whose validity is over.
#[given(expr = "{party} serves with a certificate that has expired")]
async fn serves_expired(w: &mut World, aef: Party) -> Step {
    w.lab()?.let_serve(aef.0, Some(Flaw::Expired)).await
}

/// From now on tokens are good for so many seconds, and the answer says so.
#[given(expr = "the core function grants tokens for {int} seconds")]
async fn short_tokens(w: &mut World, seconds: i64) -> Step {
    w.lab()?.set_policy(&Policy { token_lifetime: Some(seconds), ..Policy::default() }).await
}

/// The same, where the core function can be told and forgets it after the scenario; else tokens are as good as ever.
#[given(expr = "the core function grants tokens for {int} seconds, where it can be told so")]
async fn short_tokens_perhaps(w: &mut World, seconds: i64) -> Step {
    w.lab()?.prefer_policy(&Policy { token_lifetime: Some(seconds), ..Policy::default() }).await
}

/// From now on the answer says that a token is good for so many seconds, while its exp lies where it did.
#[given(expr = "the core function says of its tokens that they are good for {int} seconds")]
async fn told_short(w: &mut World, seconds: i64) -> Step {
    w.lab()?.set_policy(&Policy { told_lifetime: Some(seconds), ..Policy::default() }).await
}

/// From now on tokens are texts in which nobody but the core function can read.
#[given(expr = "the core function grants tokens that no invoker can read")]
async fn opaque_tokens(w: &mut World) -> Step {
    w.lab()?.set_policy(&Policy { opaque_tokens: Some(true), ..Policy::default() }).await
}

/// The invoker under test is told to invoke service APIs, one after the other.
#[given(expr = "the invoker under test has been told to invoke {apis}")]
#[when(expr = "the invoker under test is told to invoke {apis}")]
async fn told_to_invoke(w: &mut World, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.tell_to_invoke(label, 1).await?;
    }
    Ok(())
}

/// The same, where it may well be that the invoker says that it could not.
#[when(expr = "the invoker under test is told to try to invoke {apis}")]
async fn told_to_try(w: &mut World, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.tell_to_try_to_invoke(label).await?;
    }
    Ok(())
}

/// The invoker under test is told to invoke, and the answer to its initiation of authentication is held back a while.
#[when(expr = "the invoker under test is told to invoke {apis}, and the answer to its initiation is held back")]
async fn told_to_invoke_held(w: &mut World, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.tell_to_invoke_while_initiation_waits(label).await?;
    }
    Ok(())
}

/// The invoker under test is told to invoke; from the answer to its initiation on the exposing function shows a certificate
/// of a foreign authority to whoever connects.
#[when(expr = "the invoker under test is told to try to invoke {apis}, and the certificate changes in between")]
async fn told_to_try_while_changing(w: &mut World, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.tell_to_invoke_while_certificate_changes(label).await?;
    }
    Ok(())
}

/// An exposing function shows its own certificate again.
#[when(expr = "{party} shows its own certificate again")]
fn own_certificate(w: &mut World, aef: Party) -> Step {
    w.lab()?.show_own_certificate(aef.0)
}

/// The invoker under test is told to invoke twice, and no answer goes out before the second has come or is overdue.
#[when(expr = "the invoker under test is told to invoke {apis} twice at once, and the answers are held back")]
async fn told_to_invoke_twice(w: &mut World, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.tell_to_invoke_twice_while_held(label).await?;
    }
    Ok(())
}

/// An exposing function answers check-authentication with this status from now on.
#[when(expr = "{party} refuses to initiate authentication with {int}")]
fn refuses_initiation(w: &mut World, aef: Party, status: u16) -> Step {
    w.lab()?.refuse_initiation(aef.0, status)
}

/// An exposing function points whoever invokes to a place without TLS from now on.
#[when(expr = "{party} redirects invocations to plain HTTP")]
async fn redirects(w: &mut World, aef: Party) -> Step {
    w.lab()?.redirect_invocations(aef.0).await
}

/// A party that refused or redirected does so no more.
#[when(expr = "{party} answers as usual again")]
fn as_usual(w: &mut World, party: Party) -> Step {
    w.lab()?.answer_as_usual(party.0)
}

/// Protocol time goes by.
#[when(expr = "{int} seconds go by")]
async fn seconds_go_by(w: &mut World, seconds: u64) -> Step {
    w.lab()?.let_time_pass(seconds).await;
    Ok(())
}

/// The URI names the API and its version, the token whose invocation it is.
#[then(expr = "the invocation identifies the invoker and the service API")]
fn identifies(w: &mut World) -> Step {
    w.judge(&invocation::INVOCATION_IDENTIFIES)
}

/// What was told arrives where it was told, and nothing else.
#[then(expr = "the invoker invokes what it was told and nothing else")]
fn as_told(w: &mut World) -> Step {
    w.judge(&invocation::INVOKED_AS_TOLD)
}

/// Whether two invocations are under way at once is recorded.
#[then(expr = "the invoker may have several invocations under way")]
fn overlap(w: &mut World) -> Step {
    w.judge(&invocation::INVOCATIONS_MAY_OVERLAP)
}

/// One bearer token in the header, none elsewhere.
#[then(expr = "the token is in the Authorization header only")]
fn in_header(w: &mut World) -> Step {
    w.judge(&invocation::TOKEN_IN_AUTHORIZATION_HEADER)
}

/// Exactly a token that the core function gave, after authentication.
#[then(expr = "the invoker sends the token that the core function gave")]
fn issued_token(w: &mut World) -> Step {
    w.judge(&invocation::INVOKED_WITH_ISSUED_TOKEN)
}

/// Neither invocation nor token while the initiation is refused.
#[then(expr = "the invoker sends no invocation after the refusal")]
fn not_after_refusal(w: &mut World) -> Step {
    w.judge(&invocation::NOT_INVOKED_AFTER_REFUSAL)
}

/// The text goes on as it came.
#[then(expr = "the invoker forwards the token unchanged")]
fn forwarded(w: &mut World) -> Step {
    w.judge(&invocation::OPAQUE_TOKEN_FORWARDED)
}

/// check-authentication under the own identifier comes first.
#[then(expr = "the invoker initiates authentication before the TLS session of the invocation")]
fn initiated(w: &mut World) -> Step {
    w.judge(&session::INITIATED_BEFORE_SESSION)
}

/// The session of the invocation begins after the 200.
#[then(expr = "the TLS session of the invocation begins after the Authentication Initiation Response")]
fn after_response(w: &mut World) -> Step {
    w.judge(&session::SESSION_AFTER_RESPONSE)
}

/// While the initiation is refused there is no session for an invocation.
#[then(expr = "no TLS session for an invocation begins after the refusal")]
fn no_session(w: &mut World) -> Step {
    w.judge(&session::NO_SESSION_AFTER_REFUSAL)
}

/// The enrolled certificate is shown to the exposing function.
#[then(expr = "the invoker shows its enrolled certificate to the exposing function")]
fn certificate_shown(w: &mut World) -> Step {
    w.judge(&session::CERTIFICATE_SHOWN)
}

/// The certificate of the exposing function is enough for the session.
#[then(expr = "the invoker invokes over TLS with the certificate of the exposing function alone")]
fn server_certificate(w: &mut World) -> Step {
    w.judge(&session::SERVER_CERTIFICATE_ENOUGH)
}

/// Nothing of step 6 for an exposing function whose certificate is not good.
#[then(expr = "the invoker sends nothing to {party}, whose certificate is not good")]
fn authenticated(w: &mut World, aef: Party) -> Step {
    w.judge_naming(&session::EXPOSING_FUNCTION_AUTHENTICATED, vec![aef.0.name()])
}

/// Nothing of step 6 in a session that is begun with another certificate than the initiation, one that is not good.
#[then(expr = "the invoker sends nothing to {party} while its certificate is not good")]
fn authenticated_again(w: &mut World, aef: Party) -> Step {
    w.judge_naming(&session::EXPOSING_FUNCTION_AUTHENTICATED_AGAIN, vec![aef.0.name()])
}

/// Tokens over TLS only.
#[then(expr = "the invoker sends no token in clear")]
fn not_in_clear(w: &mut World) -> Step {
    w.judge(&session::NO_TOKEN_IN_CLEAR)
}

/// A token request before the first invocation, and before the first after expiry.
#[then(expr = "the invoker obtains authorization before it invokes, and again when it has run out")]
fn obtained(w: &mut World) -> Step {
    w.judge(&token::PERMISSION_OBTAINED_AND_REFRESHED)
}

/// Whether authorization is obtained with the onboarding is recorded.
#[then(expr = "the invoker may obtain authorization during onboarding")]
fn during_onboarding(w: &mut World) -> Step {
    w.judge(&token::MAY_OBTAIN_DURING_ONBOARDING)
}

/// The identity assigned, in path, body and TLS.
#[then(expr = "the invoker obtains authorization under the identity that it was given")]
fn own_identity(w: &mut World) -> Step {
    w.judge(&token::OBTAINED_UNDER_OWN_IDENTITY)
}

/// No token request before it is onboarded.
#[then(expr = "the invoker obtains authorization only once it is onboarded")]
fn only_onboarded(w: &mut World) -> Step {
    w.judge(&token::NOTHING_OBTAINED_BEFORE_ONBOARDING)
}

/// Whether a good token is used again is recorded.
#[then(expr = "the invoker may use the token again")]
fn used_again(w: &mut World) -> Step {
    w.judge(&token::TOKEN_MAY_BE_USED_AGAIN)
}

/// No invocation with a token that has run out.
#[then(expr = "the invoker sends no token that has run out")]
fn not_run_out(w: &mut World) -> Step {
    w.judge(&token::RUN_OUT_TOKEN_NOT_SENT)
}

/// What the answer said counts, not what stands in the token.
#[then(expr = "the invoker goes by expires_in")]
fn expires_in(w: &mut World) -> Step {
    w.judge(&token::EXPIRES_IN_DECIDES)
}

/// The whole procedure once more.
#[then(expr = "the invoker obtains a new token with a complete access token request")]
fn new_token(w: &mut World) -> Step {
    w.judge(&token::NEW_TOKEN_BY_NEW_REQUEST)
}
