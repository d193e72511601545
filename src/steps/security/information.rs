//! Obtain_API_Invoker_Info: TS 29.222 clause 5.6.2.4.

use cucumber::{then, when};

use super::super::parameter::{Deviation, Party};
use super::super::{Step, World};
use crate::checks::security::information;
use crate::drive::security::Flags;

/// An exposing function asks for an invoker without any flag.
#[when(expr = "{party} asks for {party} without flags")]
async fn asks_without(w: &mut World, aef: Party, invoker: Party) -> Step {
    w.lab()?.ask(aef.0, invoker.0, Flags::None).await
}

/// An exposing function asks with both flags set to false.
#[when(expr = "{party} asks for {party} with both flags false")]
async fn asks_both_false(w: &mut World, aef: Party, invoker: Party) -> Step {
    w.lab()?.ask(aef.0, invoker.0, Flags::BothFalse).await
}

/// An exposing function asks for the authentication information of an invoker.
#[when(expr = "{party} asks for {party} with authenticationInfo")]
async fn asks_authentication(w: &mut World, aef: Party, invoker: Party) -> Step {
    w.lab()?.ask(aef.0, invoker.0, Flags::Authentication).await
}

/// An exposing function asks for the authorization information of an invoker.
#[when(expr = "{party} asks for {party} with authorizationInfo")]
async fn asks_authorization(w: &mut World, aef: Party, invoker: Party) -> Step {
    w.lab()?.ask(aef.0, invoker.0, Flags::Authorization).await
}

/// An exposing function asks for both kinds of information.
#[when(expr = "{party} asks for {party} with both flags")]
async fn asks_both(w: &mut World, aef: Party, invoker: Party) -> Step {
    w.lab()?.ask(aef.0, invoker.0, Flags::Both).await
}

/// The exposing function's request with one deviation, between two clean twins.
#[when(expr = "the exposing function asks for the invoker, but {deviation}")]
async fn asks_deviating(w: &mut World, deviation: Deviation) -> Step {
    w.lab()?.attempt_asking(&deviation.0).await
}

/// Authentication and authorization information come when asked for, and only then.
#[then(expr = "the core function tells what was asked for and no more")]
fn information_as_asked(w: &mut World) -> Step {
    w.judge(&information::INFORMATION_AS_ASKED)
}

/// Without a flag, neither kind of information.
#[then(expr = "the core function takes absent flags for false")]
fn flags_default_to_false(w: &mut World) -> Step {
    w.judge(&information::FLAGS_DEFAULT_TO_FALSE)
}

/// Each exposing function learns of its own interfaces only.
#[then(expr = "each exposing function is told of its own interfaces only")]
fn own_interfaces_only(w: &mut World) -> Step {
    w.judge(&information::ONLY_OWN_INTERFACES_TOLD)
}

/// OAUTH for the invoker that negotiated it, nothing for one that did not negotiate.
#[then(expr = "the exposing function learns that the method is TLS with OAuth token")]
fn chosen_method_told(w: &mut World) -> Step {
    w.judge(&information::CHOSEN_METHOD_TOLD)
}

/// Whether the root certificate is handed over is recorded.
#[then(expr = "the root certificate of the invoker may be told")]
fn root_certificate_told(w: &mut World) -> Step {
    w.judge(&information::ROOT_CERTIFICATE_TOLD)
}
