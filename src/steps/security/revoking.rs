//! Revocation with everybody it concerns: TS 23.222 clauses 8.23.3 and 8.23.4.

use cucumber::{given, when};

use super::super::parameter::{Apis, Deviation, Parties, Party, Words};
use super::super::{Step, World};
use crate::spec;

/// Registers a provider domain with several exposing functions.
#[given(expr = "a provider with {parties}")]
#[given(expr = "another provider with {parties}")]
async fn provider(w: &mut World, aefs: Parties) -> Step {
    w.lab()?.register_provider(&aefs.0).await
}

/// Lets several exposing functions serve what they offer.
#[given(expr = "{parties} serve")]
async fn serve(w: &mut World, aefs: Parties) -> Step {
    for aef in aefs.0 {
        w.lab()?.let_serve(aef, None).await?;
    }
    Ok(())
}

/// Publishes service APIs that several exposing functions of one provider offer.
#[given(expr = "{parties} offer {apis} with {words}")]
async fn offer(w: &mut World, aefs: Parties, apis: Apis, methods: Words) -> Step {
    for label in &apis.0 {
        w.lab()?.publish(label, &aefs.0, &methods.0, false).await?;
    }
    Ok(())
}

/// An invoker discovers everything that there is.
#[given(expr = "{party} has discovered the service APIs")]
async fn has_discovered(w: &mut World, invoker: Party) -> Step {
    w.lab()?.have_discovered(invoker.0, &[]).await
}

/// An invoker discovers what some exposing functions offer, and nothing else.
#[given(expr = "{party} has discovered what {parties} offer")]
async fn has_discovered_at(w: &mut World, invoker: Party, aefs: Parties) -> Step {
    w.lab()?.have_discovered(invoker.0, &aefs.0).await
}

/// Has a security context created that speaks of several exposing functions.
#[given(expr = "{party} has negotiated {words} with {parties}")]
async fn has_negotiated(w: &mut World, invoker: Party, methods: Words, aefs: Parties) -> Step {
    let lab = w.lab()?;
    let wanted: Result<Vec<_>, _> = aefs.0.iter().map(|aef| lab.wanted(*aef, &methods.0)).collect();
    lab.have_negotiated(invoker.0, &wanted?).await
}

/// An exposing function revokes, and indicates that other exposing functions are to do the same.
#[when(expr = "{party} revokes the authorization of {party} for {apis}, also at other exposing functions")]
async fn revokes_elsewhere(w: &mut World, aef: Party, invoker: Party, apis: Apis) -> Step {
    w.lab()?.revoke_elsewhere(aef.0, invoker.0, &apis.0).await
}

/// An exposing function that serves is told to revoke, for other exposing functions as well.
#[when(expr = "{party} is told to revoke the authorization of {party} for {apis}, also at other exposing functions")]
async fn told_to_revoke_elsewhere(w: &mut World, aef: Party, invoker: Party, apis: Apis) -> Step {
    w.lab()?.tell_function_to_revoke(aef.0, invoker.0, &apis.0).await
}

/// The exposing function under test is told to revoke, for other exposing functions as well.
#[when(expr = "the exposing function under test is told to revoke {apis} of {party}, also elsewhere")]
async fn under_test_told_to_revoke_elsewhere(w: &mut World, apis: Apis, invoker: Party) -> Step {
    w.lab()?.tell_function_to_revoke(spec::Party::EXPOSING_FUNCTION, invoker.0, &apis.0).await
}

/// The core function is told to revoke the authorization of an invoker for some APIs.
#[when(expr = "the core function is told to revoke the authorization of {party} for {apis}")]
async fn core_told_to_revoke(w: &mut World, invoker: Party, apis: Apis) -> Step {
    w.lab()?.tell_core_to_revoke(invoker.0, &apis.0).await
}

/// The exposing function under test is told to revoke; the invoker invokes while the core function has not answered.
#[when(expr = "{party} invokes {apis} while the exposing function under test revokes its authorization")]
async fn invokes_meanwhile(w: &mut World, invoker: Party, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.tell_to_revoke_and_invoke_meanwhile(invoker.0, label).await?;
    }
    Ok(())
}

/// In the place of the core function the harness revokes with one deviation, between clean revocations of two invokers.
#[when(expr = "the core function revokes {apis} of {party} and {party} at the exposing function, but {deviation}")]
async fn core_revokes_but(w: &mut World, apis: Apis, sibling: Party, invoker: Party, deviation: Deviation) -> Step {
    for label in &apis.0 {
        w.lab()?.attempt_told_revocation(sibling.0, invoker.0, label, &deviation.0).await?;
    }
    Ok(())
}
