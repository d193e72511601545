//! Obtain_Security_Method: TS 29.222 clause 5.6.2.2.

use cucumber::{then, when};

use super::super::parameter::{Apis, Deviation, Party, Words};
use super::super::{Step, World};
use crate::checks::security::{context, revocation};
use crate::spec;

/// An invoker asks for a security context for everything an exposing function offers.
#[when(expr = "{party} negotiates {words} with {party}")]
async fn negotiates(w: &mut World, invoker: Party, methods: Words, aef: Party) -> Step {
    let wanted = [w.lab()?.wanted(aef.0, &methods.0)?];
    w.lab()?.negotiate(invoker.0, &wanted).await.map(|_| ())
}

/// An invoker asks for a security context that speaks of two exposing functions.
#[when(expr = "{party} negotiates {words} with both exposing functions")]
async fn negotiates_with_both(w: &mut World, invoker: Party, methods: Words) -> Step {
    let lab = w.lab()?;
    let wanted = [
        lab.wanted(spec::Party::EXPOSING_FUNCTION, &methods.0)?,
        lab.wanted(spec::Party::SECOND_EXPOSING_FUNCTION, &methods.0)?,
    ];
    lab.negotiate(invoker.0, &wanted).await.map(|_| ())
}

/// The same for one, with one deviation, between two clean twins.
#[when(expr = "the invoker negotiates {words} with {party}, but {deviation}")]
async fn negotiates_deviating(w: &mut World, methods: Words, aef: Party, deviation: Deviation) -> Step {
    let wanted = [w.lab()?.wanted(aef.0, &methods.0)?];
    w.lab()?.attempt_negotiation(&wanted, &deviation.0).await
}

/// An invoker asks for a security context for the interfaces of service APIs, with one deviation between two clean twins.
#[when(expr = "the invoker negotiates {words} for the interfaces of {apis}, but {deviation}")]
async fn negotiates_interfaces_deviating(w: &mut World, methods: Words, apis: Apis, deviation: Deviation) -> Step {
    let lab = w.lab()?;
    let wanted: Result<Vec<_>, _> = apis.0.iter().map(|label| lab.wanted_interface(label, &methods.0)).collect();
    lab.attempt_negotiation(&wanted?, &deviation.0).await
}

/// An invoker updates its security context.
#[when(expr = "{party} renegotiates {words} with {party}")]
async fn renegotiates(w: &mut World, invoker: Party, methods: Words, aef: Party) -> Step {
    let wanted = [w.lab()?.wanted(aef.0, &methods.0)?];
    w.lab()?.renegotiate(invoker.0, &wanted).await
}

/// An update of the security context with one deviation, between two clean twins.
#[when(expr = "the invoker renegotiates {words} with {party}, but {deviation}")]
async fn renegotiates_deviating(w: &mut World, methods: Words, aef: Party, deviation: Deviation) -> Step {
    let wanted = [w.lab()?.wanted(aef.0, &methods.0)?];
    w.lab()?.attempt_renegotiation(&wanted, &deviation.0).await
}

/// The context was not there before, is located by the answer, and is there afterwards.
#[then(expr = "the security context exists since the invoker asked, at the location it was given")]
fn context_stored(w: &mut World) -> Step {
    w.judge(&context::CONTEXT_STORED_ON_REQUEST)
}

/// 201 with a Location and a method for every entry.
#[then(expr = "the core function answers with the methods and the location of the context")]
fn creation_returns_methods(w: &mut World) -> Step {
    w.judge(&context::CREATION_RETURNS_METHODS)
}

/// The method selected is in both lists; none is where they share none.
#[then(expr = "the core function selects a method that both sides list, or none")]
fn method_in_both_lists(w: &mut World) -> Step {
    w.judge(&context::METHOD_IN_BOTH_LISTS)
}

/// Notified at the destination of the security context and nowhere else.
#[then(expr = "the invoker is notified where its security context says, and nowhere else")]
fn notified_where_asked(w: &mut World) -> Step {
    w.judge(&revocation::NOTIFIED_WHERE_ASKED)
}

/// An update before there is a security context, between the clean updates of a sibling and of the invoker itself.
#[when(expr = "the invoker renegotiates {words} with {party} before it has negotiated")]
async fn renegotiates_too_early(w: &mut World, methods: Words, aef: Party) -> Step {
    let wanted = [w.lab()?.wanted(aef.0, &methods.0)?];
    w.lab()?.attempt_renegotiation_without_context(&wanted).await
}

/// 200 with the method of every entry.
#[then(expr = "the core function answers the update with the methods")]
fn update_returns_methods(w: &mut World) -> Step {
    w.judge(&context::UPDATE_RETURNS_METHODS)
}

/// An invoker asks for a security context for the interfaces of service APIs.
#[when(expr = "{party} negotiates {words} for the interfaces of {apis}")]
async fn negotiates_interfaces(w: &mut World, invoker: Party, methods: Words, apis: Apis) -> Step {
    let lab = w.lab()?;
    let wanted: Result<Vec<_>, _> = apis.0.iter().map(|label| lab.wanted_interface(label, &methods.0)).collect();
    lab.negotiate(invoker.0, &wanted?).await.map(|_| ())
}

/// What the exposing function is told after an update is what the update answered.
#[then(expr = "the exposing function is told what was updated")]
fn update_stored(w: &mut World) -> Step {
    w.judge(&context::UPDATE_STORED)
}

/// The notification is a POST of a SecurityNotification, to the invoker alone.
#[then(expr = "the notification is one of clause 8.5.3.2")]
fn notification_form(w: &mut World) -> Step {
    w.judge(&revocation::NOTIFICATION_FORM)
}
