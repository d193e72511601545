//! The authorization by the owner of resources, through the resource owner function: TS 23.222 clause 8.31.

use cucumber::{given, then, when};

use super::parameter::{Apis, Deviation, Owner, Party, Words};
use super::{Step, World};
use crate::checks::owner_authorization::{answering, by_invoker, enforcing, granting};
use crate::control::Decision;

/// The core function reaches the resource owner function from now on.
#[given(expr = "the resource owner function is there")]
async fn owner_function(w: &mut World) -> Step {
    w.lab()?.have_owner_function().await
}

/// An owner agrees to whatever the resource owner function asks.
#[given(expr = "the owner {owner} grants what is asked")]
#[when(expr = "the owner {owner} grants what is asked from now on")]
async fn grants(w: &mut World, owner: Owner) -> Step {
    w.lab()?.owner_says(&owner.0, Some(Decision::Granted), None).await
}

/// An owner agrees to nothing that the resource owner function asks.
#[given(expr = "the owner {owner} refuses what is asked")]
#[when(expr = "the owner {owner} refuses what is asked from now on")]
async fn refuses(w: &mut World, owner: Owner) -> Step {
    w.lab()?.owner_says(&owner.0, Some(Decision::Refused), None).await
}

/// An owner is known to the resource owner function, and says nothing.
#[given(expr = "the owner {owner} does not react")]
async fn silent(w: &mut World, owner: Owner) -> Step {
    w.lab()?.owner_says(&owner.0, None, None).await
}

/// An owner of whom the resource owner function was never told.
#[given(expr = "the owner {owner} is unknown to the resource owner function")]
#[expect(clippy::needless_pass_by_value, reason = "cucumber hands arguments over")]
fn unknown(w: &mut World, owner: Owner) -> Step {
    w.lab()?.know_owner(&owner.0);
    Ok(())
}

/// An owner agrees to the use of service APIs by one invoker.
#[given(expr = "the owner {owner} grants {party} {apis}")]
async fn grants_party(w: &mut World, owner: Owner, invoker: Party, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.owner_says(&owner.0, Some(Decision::Granted), Some((invoker.0, label))).await?;
    }
    Ok(())
}

/// An owner does not agree to the use of service APIs by one invoker.
#[given(expr = "the owner {owner} refuses {party} {apis}")]
async fn refuses_party(w: &mut World, owner: Owner, invoker: Party, apis: Apis) -> Step {
    for label in &apis.0 {
        w.lab()?.owner_says(&owner.0, Some(Decision::Refused), Some((invoker.0, label))).await?;
    }
    Ok(())
}

/// The exposing function under test publishes service APIs besides, for which the owner of the resource has to agree.
#[given(expr = "the exposing function under test has published {apis}, needing the owner to agree, with {words}")]
async fn published_for_owner(w: &mut World, apis: Apis, methods: Words) -> Step {
    w.lab()?.have_published_too(&apis.0, &methods.0, true).await
}

/// Publishes service APIs for which the owner of the resource has to agree.
#[given(expr = "{party} offers {apis}, for which the owner has to agree, with {words}")]
async fn offers_for_owner(w: &mut World, aef: Party, apis: Apis, methods: Words) -> Step {
    for label in &apis.0 {
        w.lab()?.publish(label, &[aef.0], &methods.0, true).await?;
    }
    Ok(())
}

/// The invoker under test is told to invoke service APIs for the resource of an owner.
#[when(expr = "the invoker under test is told to invoke {apis} of the owner {owner}")]
async fn told_to_invoke(w: &mut World, apis: Apis, owner: Owner) -> Step {
    for label in &apis.0 {
        w.lab()?.tell_to_invoke_of(label, &owner.0).await?;
    }
    Ok(())
}

/// An invoker asks for a token that carries the authorization of an owner.
#[when(expr = "{party} requests a token for {apis} authorized by the owner {owner}")]
async fn requests(w: &mut World, invoker: Party, apis: Apis, owner: Owner) -> Step {
    w.lab()?.obtain_owner_token(invoker.0, &apis.0, &owner.0).await
}

/// The same, where the scenario needs the token; the invoker uses it from then on.
#[given(expr = "{party} has a token for {apis} authorized by the owner {owner}")]
#[when(expr = "{party} gets a token for {apis} authorized by the owner {owner}")]
async fn has_token(w: &mut World, invoker: Party, apis: Apis, owner: Owner) -> Step {
    w.lab()?.have_owner_token(invoker.0, &apis.0, &owner.0).await
}

/// A token request with an owner who refuses, between two with an owner who grants.
#[when(expr = "{party} requests a token for {apis} authorized by {owner}, who refuses, and not by {owner}")]
async fn requests_refused(w: &mut World, invoker: Party, apis: Apis, owner: Owner, other: Owner) -> Step {
    let (deviant, clean) = ((invoker.0, owner.0.as_str()), (invoker.0, other.0.as_str()));
    w.lab()?.attempt_owner_token(deviant, clean, &apis.0, "the owner refuses").await
}

/// A token request with an owner who says nothing, between two with an owner who grants.
#[when(expr = "{party} requests a token for {apis} authorized by {owner}, who does not react, and not by {owner}")]
async fn requests_silent(w: &mut World, invoker: Party, apis: Apis, owner: Owner, other: Owner) -> Step {
    let (deviant, clean) = ((invoker.0, owner.0.as_str()), (invoker.0, other.0.as_str()));
    w.lab()?.attempt_owner_token(deviant, clean, &apis.0, "the owner does not react").await
}

/// A token request of an invoker whom the owner refuses, between two of one whom the same owner grants it.
#[when(expr = "{party}, and not {party}, requests a token for {apis} authorized by the owner {owner}, who refuses")]
async fn other_requests(w: &mut World, invoker: Party, clean: Party, apis: Apis, owner: Owner) -> Step {
    let (deviant, clean) = ((invoker.0, owner.0.as_str()), (clean.0, owner.0.as_str()));
    w.lab()?.attempt_owner_token(deviant, clean, &apis.0, "the owner refuses this invoker").await
}

/// A token request while nobody answers where the resource owner function should be, between two with another owner
/// while it is there.
#[when(expr = "{party} requests a token for {apis} authorized by {owner}, out of reach, and not by {owner}")]
async fn requests_out_of_reach(w: &mut World, invoker: Party, apis: Apis, owner: Owner, other: Owner) -> Step {
    w.lab()?.attempt_owner_token_out_of_reach(invoker.0, &apis.0, &owner.0, &other.0).await
}

/// Two token requests at once with one owner, who is asked about both, refuses the second and then grants the first.
#[when(expr = "{party} for {apis} and {party} for {apis} ask {owner}, who refuses the second and grants the first")]
async fn at_once(w: &mut World, first: Party, one: Apis, second: Party, other: Apis, owner: Owner) -> Step {
    for (label, other) in one.0.iter().zip(&other.0) {
        w.lab()?.obtain_owner_tokens_at_once((first.0, label), (second.0, other), &owner.0).await?;
    }
    Ok(())
}

/// An invoker reads a resource of an owner, with the token that it has.
#[when(expr = "{party} invokes {apis} of the owner {owner}")]
async fn invokes(w: &mut World, invoker: Party, apis: Apis, owner: Owner) -> Step {
    for label in &apis.0 {
        let invoked = w.lab()?.owned(label, &owner.0)?;
        w.lab()?.invoke(invoker.0, &invoked).await?;
    }
    Ok(())
}

/// The same with one deviation, between two clean ones.
#[when(expr = "{party} invokes {apis} of the owner {owner}, but {deviation}")]
async fn invokes_but(w: &mut World, invoker: Party, apis: Apis, owner: Owner, deviation: Deviation) -> Step {
    for label in &apis.0 {
        let invoked = w.lab()?.owned(label, &owner.0)?;
        w.lab()?.attempt_invocation(invoker.0, &invoked, &deviation.0).await?;
    }
    Ok(())
}

/// A resource of one owner is invoked with the token that another one authorized, between two invocations with its own.
#[when(expr = "{party} invokes {apis} of the owner {owner} with its token of the owner {owner}")]
async fn invokes_by_other(w: &mut World, invoker: Party, apis: Apis, owner: Owner, other: Owner) -> Step {
    for label in &apis.0 {
        w.lab()?.attempt_invocation_by_other_owner(invoker.0, label, &owner.0, &other.0).await?;
    }
    Ok(())
}

/// Asked and granted first, then issued.
#[then(expr = "the token is issued after the owner granted it through the resource owner function")]
fn owner_involved(w: &mut World) -> Step {
    w.judge(&granting::OWNER_INVOLVED)
}

/// The word of the owner is no: no token.
#[then(expr = "no token is issued, because the owner refuses")]
fn denial(w: &mut World) -> Step {
    w.judge_refusal(&granting::OWNER_DENIAL_RESPECTED, Vec::new())
}

/// No word of the owner: no token.
#[then(expr = "no token is issued, because the owner has not agreed")]
fn no_token(w: &mut World) -> Step {
    w.judge_refusal(&granting::NO_TOKEN_WITHOUT_THE_OWNER, Vec::new())
}

/// Claim resOwnerId, there and only there.
#[then(expr = "the token that the owner authorized claims the owner and the plain token claims none")]
fn claimed(w: &mut World) -> Step {
    w.judge(&granting::OWNER_CLAIMED)
}

/// Bearer token, JWT, signed.
#[then(expr = "the token that the owner authorized is a signed JSON Web Token and a bearer token")]
fn is_a_token(w: &mut World) -> Step {
    w.judge(&granting::OWNER_TOKEN_IS_A_TOKEN)
}

/// Whether the grant is the basis, and whether it was stored, is recorded.
#[then(expr = "the invoker may be authorized by what the owner granted before")]
fn basis(w: &mut World) -> Step {
    w.judge(&granting::GRANT_IS_THE_BASIS)
}

/// Queries are answered at all.
#[then(expr = "the resource owner function answers what it is asked")]
fn answered(w: &mut World) -> Step {
    w.judge(&answering::QUERY_ANSWERED)
}

/// The answer is the decision of the owner.
#[then(expr = "the resource owner function answers with the decision of the owner")]
fn decision(w: &mut World) -> Step {
    w.judge(&answering::DECISION_TOLD)
}

/// The answer is about the invoker and the service APIs of its query.
#[then(expr = "each query gets the answer that is about its invoker and its service API")]
fn own_answer(w: &mut World) -> Step {
    w.judge(&answering::ANSWER_ABOUT_THE_QUERY)
}

/// No decision, no grant.
#[then(expr = "the resource owner function grants nothing without a decision of the owner")]
fn no_decision(w: &mut World) -> Step {
    w.judge(&answering::NOTHING_WITHOUT_A_DECISION)
}

/// The decision is that of the owner asked for.
#[then(expr = "the resource owner function answers for the owner asked for and for no other")]
fn own_owner(w: &mut World) -> Step {
    w.judge(&answering::DECISION_OF_THE_OWNER_ASKED_FOR)
}

/// Asked first, served then.
#[then(expr = "the invoker asks for the authorization of the owner before an invocation is served")]
fn asked_first(w: &mut World) -> Step {
    w.judge(&by_invoker::OWNER_AUTHORIZATION_ASKED)
}

/// The token of the invocation is the one that this owner authorized.
#[then(expr = "each invocation has the token that the owner of its resource authorized")]
fn own_token(w: &mut World) -> Step {
    w.judge(&by_invoker::INVOKED_WITH_THE_OWNERS_TOKEN)
}

/// After a refusal no token of another owner is used.
#[then(expr = "no invocation has the authorization of an owner after the owner refused")]
fn none_after_denial(w: &mut World) -> Step {
    w.judge(&by_invoker::NOT_AUTHORIZED_AFTER_DENIAL)
}

/// The authorization of the owner is checked before anything is served.
#[then(expr = "the invocation is refused, because the authorization of the owner is checked")]
fn checked(w: &mut World) -> Step {
    w.judge_refusal(&enforcing::OWNER_AUTHORIZATION_CHECKED, Vec::new())
}

/// The authorization of the owner is needed where the service API needs it, and only there.
#[then(expr = "the invocation is refused, because the service API needs the authorization of the owner")]
fn needed(w: &mut World) -> Step {
    w.judge_refusal(&enforcing::OWNER_AUTHORIZATION_NEEDED, Vec::new())
}
