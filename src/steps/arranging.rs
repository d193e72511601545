//! Who is there before the procedure begins.

use cucumber::given;

use super::parameter::{Apis, Party, Words};
use super::{Step, World};
use crate::spec;

/// Registers a provider domain with one exposing function.
#[given(expr = "a provider with an exposing function")]
async fn provider(w: &mut World) -> Step {
    w.lab()?.register_provider(&[spec::Party::EXPOSING_FUNCTION]).await
}

/// Registers a provider domain with two exposing functions.
#[given(expr = "a provider with two exposing functions")]
async fn provider_of_two(w: &mut World) -> Step {
    w.lab()?.register_provider(&[spec::Party::EXPOSING_FUNCTION, spec::Party::SECOND_EXPOSING_FUNCTION]).await
}

/// Registers a provider domain of its own with one more exposing function.
#[given(expr = "another provider with {party}")]
async fn another_provider(w: &mut World, aef: Party) -> Step {
    w.lab()?.register_provider(&[aef.0]).await
}

/// Lets an exposing function serve what it offers: invocations reach it, and the service logic behind shows which it
/// let through.
#[given(expr = "{party} serves")]
async fn serves(w: &mut World, aef: Party) -> Step {
    w.lab()?.let_serve(aef.0, None).await
}

/// Publishes service APIs at an exposing function, each with these security methods.
#[given(expr = "{party} offers {apis} with {words}")]
async fn offers(w: &mut World, aef: Party, apis: Apis, methods: Words) -> Step {
    for label in &apis.0 {
        w.lab()?.publish(label, &[aef.0], &methods.0, false).await?;
    }
    Ok(())
}

/// Onboards an invoker that asks for service APIs; what it is granted counts as arranged.
#[given(expr = "{party} is onboarded for {apis}")]
async fn onboarded(w: &mut World, invoker: Party, apis: Apis) -> Step {
    w.lab()?.onboard(invoker.0, &apis.0).await
}

/// Has a security context created with one method for everything an exposing function offers.
#[given(expr = "{party} has negotiated {words} with {party}")]
async fn has_negotiated(w: &mut World, invoker: Party, methods: Words, aef: Party) -> Step {
    let wanted = [w.lab()?.wanted(aef.0, &methods.0)?];
    w.lab()?.have_negotiated(invoker.0, &wanted).await
}

/// Has a security context created that speaks of two exposing functions.
#[given(expr = "{party} has negotiated {words} with both exposing functions")]
async fn has_negotiated_with_both(w: &mut World, invoker: Party, methods: Words) -> Step {
    let lab = w.lab()?;
    let wanted = [
        lab.wanted(spec::Party::EXPOSING_FUNCTION, &methods.0)?,
        lab.wanted(spec::Party::SECOND_EXPOSING_FUNCTION, &methods.0)?,
    ];
    lab.have_negotiated(invoker.0, &wanted).await
}

/// Has a security context created with an entry for the interface of each of some service APIs.
#[given(expr = "{party} has negotiated {words} for the interfaces of {apis}")]
async fn has_negotiated_interfaces(w: &mut World, invoker: Party, methods: Words, apis: Apis) -> Step {
    let lab = w.lab()?;
    let wanted: Result<Vec<_>, _> = apis.0.iter().map(|label| lab.wanted_interface(label, &methods.0)).collect();
    lab.have_negotiated(invoker.0, &wanted?).await
}

/// Offboards an invoker.
#[given(expr = "{party} is offboarded")]
async fn offboarded(w: &mut World, invoker: Party) -> Step {
    w.lab()?.offboard(invoker.0).await
}
