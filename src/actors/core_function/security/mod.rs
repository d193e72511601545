//! `CAPIF_Security_API` without its token end point (TS 29.222 5.6, 8.5): security contexts and revocation.
//!
//! A revocation strikes access to an API at the exposing function that asked, or with DELETE every access of the
//! invoker. It is for good: no operation of TS 29.222 gives access back, and if a new PUT or update did, an invoker
//! could undo what was decided about it (TS 23.222 8.11.1, 8.23.3). A new PUT after DELETE negotiates methods only.

mod model;
mod revoking;
mod rules;

use serde_json::Value;

pub(super) use model::{Entry, Interface, SecurityContext};
pub(super) use revoking::{Notice, begin, end};

use super::call::{Call, Decision};
use super::office::Office;
use super::state::State;
use super::token;
use crate::actors::problem::Problem;
use crate::spec::Role;
use crate::wire::Reply;
use model::Proposal;
use rules::Asked;

/// Answers under `/capif-security/v1`.
pub(super) fn answer(office: &Office, state: &mut State, call: &Call, path: &[&str]) -> Result<Decision, Problem> {
    let allowed = match path {
        ["trustedInvokers", id] => match call.method.as_str() {
            "PUT" => return create(office, state, call, id),
            "GET" => return read(office, state, call, id),
            "DELETE" => return revoking::all(office, state, call, id),
            _ => "GET, PUT, DELETE",
        },
        ["trustedInvokers", id, operation @ ("update" | "delete")] => match (call.method.as_str(), *operation) {
            ("POST", "update") => return update(office, state, call, id),
            ("POST", _) => return revoking::some(office, state, call, id),
            _ => "POST",
        },
        path => match (token::rules::endpoint(path, &office.faults), call.method.as_str()) {
            (Some(id), "POST") => {
                let answer = token::answer(office, state, call, id);
                state.catch_up();
                return answer;
            }
            (Some(_), _) => "POST",
            (None, _) => return Err(Problem::not_found("there is no such resource")),
        },
    };
    Err(Problem::method_not_allowed(allowed))
}

/// `Obtain_Security_Method`, first time.
fn create(office: &Office, state: &mut State, call: &Call, id: &str) -> Result<Decision, Problem> {
    known(call)?;
    permit(rules::may_create(&call.caller, id, &office.faults))?;
    let (context, features) = negotiate(office, state, call, id)?;
    let others = state.onboarding_order.iter().find(|other| *other != id);
    let created = rules::created(id, others.map(String::as_str), &context.entries, &office.faults);
    let body = context.service_security(&created.entries, features);
    let mut reply = Reply::new(created.status).body("application/json", body.to_string());
    if let Some(named) = created.located_at {
        reply = reply.header("Location", &office.url(&format!("/capif-security/v1/trustedInvokers/{named}")));
    }
    if let Some(invoker) = state.invokers.get_mut(id) {
        invoker.is_client = true;
    }
    if created.kept {
        state.contexts.insert(id.to_owned(), context);
    }
    Ok(reply.into())
}

/// `Obtain_Security_Method`, once more.
fn update(office: &Office, state: &mut State, call: &Call, id: &str) -> Result<Decision, Problem> {
    known(call)?;
    permit(rules::may_update(&call.caller, id, &office.faults))?;
    if !state.contexts.contains_key(id) && rules::needs_context(&office.faults) {
        return Err(rules::no_context(&office.faults));
    }
    let (context, features) = negotiate(office, state, call, id)?;
    let entries = context.entries.into_iter().map(|entry| rules::updated(entry, &office.faults)).collect();
    let context = SecurityContext { entries, updated: true, ..context };
    let body = context.service_security(&context.entries, features);
    let had_one = state.contexts.get(id).is_some_and(|stored| stored.updated);
    if rules::stores_update(had_one, &office.faults) {
        state.contexts.insert(id.to_owned(), context);
    }
    Ok(Reply::new(200).body("application/json", body.to_string()).into())
}

/// Reads a security method request and selects a method for each of its entries.
fn negotiate(
    office: &Office,
    state: &State,
    call: &Call,
    id: &str,
) -> Result<(SecurityContext, Option<String>), Problem> {
    if !state.invokers.contains_key(id) {
        return Err(Problem::not_found("no such invoker is onboarded"));
    }
    let proposal = rules::proposal(Proposal::parse(&call.json()?, office.release), &office.faults)?;
    let entries = proposal.entries.into_iter().map(|entry| {
        let offers = entry.offers(state.apis.values());
        let selected = rules::select(&entry.preferred, &offers, &office.faults);
        Entry { selected, ..entry }
    });
    let context = SecurityContext { entries: entries.collect(), destination: proposal.destination, updated: false };
    Ok((context, proposal.features))
}

/// `Obtain_API_Invoker_Info`.
fn read(office: &Office, state: &State, call: &Call, id: &str) -> Result<Decision, Problem> {
    known(call)?;
    permit(rules::may_read(&call.caller, &office.faults))?;
    let aef_id = call.caller.function(Role::ExposingFunction);
    let asked =
        Asked { authentication: flag(call, "authenticationInfo")?, authorization: flag(call, "authorizationInfo")? };
    let invoker = state.invokers.get(id).ok_or_else(|| rules::no_context(&office.faults))?;
    let stored = state.contexts.get(id);
    let context =
        rules::context(stored, aef_id, invoker, &office.faults).ok_or_else(|| rules::no_context(&office.faults))?;
    let entries = rules::visible(&context.entries, |entry| entry.belongs_to(aef_id, &state.apis), &office.faults);
    if entries.is_empty() {
        return Err(Problem::forbidden("the security context has no interface of this exposing function"));
    }
    let permitted = rules::told_rights(state.permitted(invoker), &invoker.revoked, &office.faults);
    let root_pem = state.policy.mutual_certificates.then_some(office.root_pem.as_str());
    let entries: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let exposing = entry.exposing_function(&state.apis).or(aef_id).unwrap_or_default();
            let authorization = token::scope_at(&permitted, exposing, entry.api_id.as_deref(), &state.apis);
            rules::disclosed(entry, asked, root_pem, authorization, &office.faults)
        })
        .collect();
    let body = context.service_security_of(entries, None);
    Ok(Reply::new(200).body("application/json", body.to_string()).into())
}

fn flag(call: &Call, name: &str) -> Result<bool, Problem> {
    match call.parameter(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::bad_request(&format!("the query parameter {name} is no boolean"))),
    }
}

fn known(call: &Call) -> Result<(), Problem> {
    if call.caller.is_unknown() {
        return Err(Problem::unauthenticated("a certificate of an enrolled party is needed"));
    }
    Ok(())
}

fn permit(may: bool) -> Result<(), Problem> {
    if may { Ok(()) } else { Err(Problem::forbidden("the operation is not for this caller (TS 29.222 5.6.2.1)")) }
}
