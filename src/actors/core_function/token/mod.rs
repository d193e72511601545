//! The token end point of `CAPIF_Security_API` (TS 29.222 5.6.2.3, TS 33.122 6.5.2.3 and annex C): client credentials,
//! and no other grant.

mod claims;
pub(super) mod rules;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::call::Call;
use super::office::Office;
use super::service_api::ServiceApi;
use super::state::{Access, State};
use crate::actors::problem::Problem;
use crate::wire::Reply;
pub(super) use claims::TokenKeys;
use rules::{Ask, Grant, Parameters, Refusal};
use scope::Scope;

/// Answers a request at the token end point of the invoker with this id.
pub(super) fn answer(office: &Office, state: &mut State, call: &Call, id: &str) -> Result<Reply, Problem> {
    match decide(office, state, call, id) {
        Ok(grant) => issue(office, state, &grant),
        Err(Refusal::Problem(problem)) => Err(problem),
        Err(Refusal::Token(error)) => Ok(rules::refused(&error, &office.faults)),
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
        published: named(&state.published().difference(&invoker.revoked).cloned().collect(), &state.apis),
        first: named(&first.map(|first| state.permitted_to(first)).unwrap_or_default(), &state.apis),
    };
    let granted = rules::granted(ask.parameters.get("scope"), &rights, &office.faults)?;
    let other = state.onboarding_order.iter().find(|other| **other != client);
    Ok(Grant { client, other: other.cloned().unwrap_or_else(|| "another".to_owned()), granted })
}

fn issue(office: &Office, state: &mut State, grant: &Grant) -> Result<Reply, Problem> {
    let policy = state.policy;
    let claims = claims::claims(grant, office.now(), policy.token_lifetime, &office.faults);
    let sealed = claims::seal(&claims.to_string(), &office.token_keys, &office.faults);
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
