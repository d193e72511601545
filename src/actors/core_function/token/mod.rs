//! The token end point of `CAPIF_Security_API` (TS 29.222 5.6.2.3, TS 33.122 6.5.2.3 and annex C): client credentials,
//! and no other grant.

mod claims;
pub(super) mod rules;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::call::{Call, Decision};
use super::office::Office;
use super::owner::Heard;
use super::service_api::ServiceApi;
use super::state::{Access, State};
use crate::actors::problem::Problem;
use crate::wire::Reply;
pub(super) use claims::TokenKeys;
use rules::owner::Course;
pub(super) use rules::owner::Errand;
use rules::{Ask, Grant, Granted, Parameters, Refusal};
use scope::Scope;

/// Answers a request at the token end point of the invoker with this id.
pub(super) fn answer(office: &Office, state: &mut State, call: &Call, id: &str) -> Result<Decision, Problem> {
    let course = decide(office, state, call, id).and_then(|grant| {
        let function = state.owner_function.as_ref();
        rules::owner::course(grant, function, &state.owner_grants, &office.faults)
    });
    match course {
        Ok(Course::Issue(grant)) => issue(office, state, &grant).map(Decision::from),
        Ok(Course::Ask(errand)) => Ok(errand.into()),
        Err(refusal) => told(refusal, office).map(Decision::from),
    }
}

/// Goes on where the owner of the resources was asked (TS 23.222 8.31.3). What the invoker is permitted may have changed
/// meanwhile.
pub(super) fn finish(office: &Office, state: &mut State, errand: Errand, heard: Heard) -> Result<Reply, Problem> {
    let scope = match rules::owner::heard(&errand, heard, &office.faults) {
        Ok(scope) => scope,
        Err(refusal) => return told(refusal, office),
    };
    let grant = errand.grant;
    let scope = scope.within(&grant.granted.scope);
    state.owner_grants.extend(rules::owner::kept(&grant, &scope));
    let scope = scope.within(&named(&state.permitted_to(&grant.client), &state.apis));
    if scope.is_empty() {
        return told(rules::owner::nothing_left(), office);
    }
    issue(office, state, &Grant { granted: Granted { scope, told: true }, ..grant })
}

fn told(refusal: Refusal, office: &Office) -> Result<Reply, Problem> {
    match refusal {
        Refusal::Problem(problem) => Err(problem),
        Refusal::Token(error) => Ok(rules::refused(&error, &office.faults)),
    }
}

fn decide(office: &Office, state: &State, call: &Call, id: &str) -> Result<Grant, Refusal> {
    let ask = Ask {
        caller: &call.caller,
        secure: call.secure,
        security_id: id,
        basic: call.basic(),
        tries_basic: call.tries_basic(),
        parameters: Parameters::read(&call.media_type(), call.text(), &office.faults)?,
    };
    let client = rules::client(&ask, |name| state.invokers.contains_key(name), &office.faults)?;
    let invoker = state.invokers.get(&client);
    let invoker = invoker.ok_or_else(|| rules::invalid_client("no such invoker is onboarded", false))?;
    rules::authenticate(&ask, &client, &invoker.secret, &office.faults)?;
    rules::grant_type(&ask, invoker.is_client, &office.faults)?;
    rules::again(state.first_token.as_ref().is_some_and(|(had, _token)| *had == client), &office.faults)?;
    let first = state.onboarding_order.first();
    let rights = rules::Rights {
        own: named(&state.permitted(invoker), &state.apis),
        revoked: named(&invoker.revoked, &state.apis),
        published: named(&state.published().difference(&invoker.revoked).cloned().collect(), &state.apis),
        first: named(&first.map(|first| state.permitted_to(first)).unwrap_or_default(), &state.apis),
    };
    let granted = rules::granted(ask.parameters.get("scope"), &rights, &office.faults)?;
    let other = state.onboarding_order.iter().find(|other| **other != client);
    let owner = rules::owner::named(&ask.parameters, office.release);
    Ok(Grant { client, owner, other: other.cloned().unwrap_or_else(|| "another".to_owned()), granted })
}

fn issue(office: &Office, state: &mut State, grant: &Grant) -> Result<Reply, Problem> {
    let policy = state.policy;
    let claims = claims::claims(grant, office.now(), policy.token_lifetime, office.release, &office.faults);
    let sealed = claims::seal(&claims.to_string(), grant.owner.is_some(), &office.token_keys, &office.faults);
    let token = sealed.map_err(|_error| Problem::internal("the token could not be signed"))?;
    // A text for which its reader has to come back (RFC 7662): nobody but us can tell what it says.
    let token = if policy.opaque_tokens { office.fresh("opaque") } else { token };
    let first = state.first_token.get_or_insert_with(|| (grant.client.clone(), token.clone()));
    let token = claims::handed_out(token, &grant.client, first, &office.faults);
    let told = policy.told_lifetime.unwrap_or(policy.token_lifetime);
    Ok(claims::granted(&token, grant, told, &office.faults))
}

/// What the scope says of one exposing function, for its GET; none when it says nothing.
pub(super) fn scope_at(
    permitted: &BTreeSet<Access>,
    aef_id: &str,
    api_id: Option<&str>,
    apis: &BTreeMap<String, ServiceApi>,
) -> Option<String> {
    let here = permitted.iter().filter(|access| access.aef_id == aef_id);
    let here = here.filter(|access| api_id.is_none_or(|api_id| access.api_id == api_id));
    let scope = named(&here.cloned().collect(), apis);
    (!scope.is_empty()).then(|| scope.to_string())
}

/// The same rights, with the APIs by name, as scopes tell them.
fn named(accesses: &BTreeSet<Access>, apis: &BTreeMap<String, ServiceApi>) -> Scope {
    let named = accesses.iter().filter_map(|access| Some((access, apis.get(&access.api_id)?)));
    named.map(|(access, api)| (access.aef_id.clone(), api.name.clone())).collect()
}

/// An `AccessTokenErr` (TS 29.222 8.5.4.2.9, RFC 6749 clause 5.2).
fn access_token_err(status: u16, word: &str, description: &str) -> Reply {
    let body = json!({"error": word, "error_description": description});
    Reply::new(status)
        .body("application/json", body.to_string())
        .header("Cache-Control", "no-store")
        .header("Pragma", "no-cache")
}
