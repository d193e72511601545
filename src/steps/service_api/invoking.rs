//! An invoker that the harness plays invokes service APIs.

use cucumber::{given, when};

use super::super::parameter::{Apis, Deviation, Party, Words};
use super::super::{Step, World};
use crate::control::Policy;
use crate::lab::Invoked;

/// Has a token for service APIs granted, which the invoker uses from then on.
#[given(expr = "{party} has a token for {apis}")]
#[when(expr = "{party} gets a token for {apis}")]
async fn has_token(w: &mut World, invoker: Party, apis: Apis) -> Step {
    w.lab()?.have_token(invoker.0, &apis.0).await
}

/// An invoker reads from a service API, with the token that it has; one invocation for each that is named.
#[when(expr = "{party} invokes {apis}")]
async fn invokes(w: &mut World, invoker: Party, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.invoke(invoker.0, &Invoked::reading(label)).await?;
    }
    Ok(())
}

/// The same at one of several exposing functions.
#[when(expr = "{party} invokes {apis} at {party}")]
async fn invokes_at(w: &mut World, invoker: Party, apis: Apis, aef: Party) -> Step {
    for label in &apis.0 {
        w.lab()?.invoke(invoker.0, &Invoked::reading(label).at(aef.0)).await?;
    }
    Ok(())
}

/// An invoker invokes a service API four times at once, the second and the fourth time with a token that has run out. Our
/// service logic answers once it was called for both of the others.
#[when(expr = "{party} invokes {apis} four times at once, every second time with a token that has run out")]
async fn invokes_mixed(w: &mut World, invoker: Party, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.invoke_at_once(invoker.0, &Invoked::reading(label), 4).await?;
    }
    Ok(())
}

/// An invocation with one deviation, between two clean ones.
#[when(expr = "{party} invokes {apis}, but {deviation}")]
async fn invokes_but(w: &mut World, invoker: Party, apis: Apis, deviation: Deviation) -> Step {
    for label in &apis.0 {
        w.lab()?.attempt_invocation(invoker.0, &Invoked::reading(label), &deviation.0).await?;
    }
    Ok(())
}

/// An invocation of a service API, between two of another one that are served.
#[when(expr = "{party} invokes {apis} between two invocations of {apis}")]
async fn invokes_other(w: &mut World, invoker: Party, other: Apis, clean: Apis) -> Step {
    for (clean, other) in clean.0.iter().zip(&other.0) {
        w.lab()?.attempt_other_api(invoker.0, &Invoked::reading(clean), &Invoked::reading(other)).await?;
    }
    Ok(())
}

/// An invocation with a token that served before and has run out since; a new token serves after it.
#[when(expr = "{party} invokes {apis} before and after its token runs out")]
async fn invokes_past_the_end(w: &mut World, invoker: Party, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.attempt_run_out(invoker.0, &Invoked::reading(label)).await?;
    }
    Ok(())
}

/// An invocation while the core function answers 404 about the invoker; one of a sibling before it, its own after it.
#[when(expr = "{party} invokes {apis} while the core function knows nothing of it")]
async fn invokes_unknown(w: &mut World, invoker: Party, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.attempt_unknown(invoker.0, &Invoked::reading(label), &["PKI".to_owned()]).await?;
    }
    Ok(())
}

/// An invocation while the core function tells of an authorization at another exposing function; those of a sibling, of
/// whom it tells the right one, before and after it.
#[when(expr = "{party} invokes {apis} while the core function authorizes it at {party} only")]
async fn invokes_authorized_elsewhere(w: &mut World, invoker: Party, apis: Apis, elsewhere: Party) -> Step {
    for label in &apis.0 {
        let invoked = Invoked::reading(label);
        w.lab()?.attempt_authorized_elsewhere(invoker.0, &invoked, elsewhere.0, &["PKI".to_owned()]).await?;
    }
    Ok(())
}

/// An invoker invokes a service API by GET, POST or DELETE.
#[when(expr = "{party} invokes {apis} by {words}")]
async fn invokes_by(w: &mut World, invoker: Party, apis: Apis, methods: Words) -> Step {
    for (label, method) in apis.0.iter().zip(&methods.0) {
        w.lab()?.invoke(invoker.0, &Invoked::by(method, label)?).await?;
    }
    Ok(())
}

/// An invocation by GET, POST or DELETE with one deviation, between two clean ones.
#[when(expr = "{party} invokes {apis} by {words}, but {deviation}")]
async fn invokes_by_but(w: &mut World, invoker: Party, apis: Apis, methods: Words, deviation: Deviation) -> Step {
    for (label, method) in apis.0.iter().zip(&methods.0) {
        w.lab()?.attempt_invocation(invoker.0, &Invoked::by(method, label)?, &deviation.0).await?;
    }
    Ok(())
}

/// In method 3 invokers show no certificate from now on: the core function returns no root for them.
#[given(expr = "the core function indicates the certificate of the exposing function alone")]
async fn server_certificate_alone(w: &mut World) -> Step {
    w.lab()?.set_policy(&Policy { mutual_certificates: Some(false), ..Policy::default() }).await
}

/// An invoker invokes a service API without showing its certificate.
#[when(expr = "{party} invokes {apis} without its certificate")]
async fn invokes_without_certificate(w: &mut World, invoker: Party, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.invoke(invoker.0, &Invoked::reading(label).bare()).await?;
    }
    Ok(())
}
