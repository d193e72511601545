//! `CAPIF_Security_API` without its token end point (TS 29.222 5.6, 8.5): security contexts and revocation.
//!
//! A revocation strikes access to an API at the exposing function that asked, or with DELETE every access of the
//! invoker. It is for good: no operation of TS 29.222 gives access back, and if a new PUT or update did, an invoker
//! could undo what was decided about it (TS 23.222 8.11.1, 8.23.3). A new PUT after DELETE negotiates methods only.

mod model;
mod rules;

use std::collections::BTreeSet;

use serde_json::Value;

pub(super) use model::{Entry, Interface, Notification, SecurityContext};
pub(super) use rules::Notice;

use super::call::{Call, Decision};
use super::office::Office;
use super::state::State;
use super::token;
use crate::actors::problem::Problem;
use crate::spec::Role;
use crate::wire::Reply;
use model::Proposal;
use rules::{Asked, Revocation};

/// Answers under `/capif-security/v1`.
pub(super) fn answer(office: &Office, state: &mut State, call: &Call, path: &[&str]) -> Result<Decision, Problem> {
    let allowed = match path {
        ["trustedInvokers", id] => match call.method.as_str() {
            "PUT" => return create(office, state, call, id),
            "GET" => return read(office, state, call, id),
            "DELETE" => return revoke(office, state, call, id, None),
            _ => "GET, PUT, DELETE",
        },
        ["trustedInvokers", id, operation @ ("update" | "delete")] => match (call.method.as_str(), *operation) {
            ("POST", "update") => return update(office, state, call, id),
            ("POST", _) => return revoke_some(office, state, call, id),
            _ => "POST",
        },
        path => match (token::rules::endpoint(path, &office.faults), call.method.as_str()) {
            (Some(id), "POST") => return token::answer(office, state, call, id),
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
    let context = SecurityContext { entries, ..context };
    let body = context.service_security(&context.entries, features);
    state.contexts.insert(id.to_owned(), context);
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
    let context = SecurityContext { entries: entries.collect(), destination: proposal.destination };
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
    let permitted = state.permitted(invoker);
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

/// `Revoke_Authorization` for some APIs.
fn revoke_some(office: &Office, state: &mut State, call: &Call, id: &str) -> Result<Decision, Problem> {
    known(call)?;
    permit(rules::may_revoke(&call.caller, &office.faults))?;
    let Some(notification) = rules::notification(Notification::parse(&call.json()?), &office.faults)? else {
        return Ok(Reply::new(204).into());
    };
    if notification.api_invoker_id != id {
        return Err(Problem::bad_request("apiInvokerId is not that of the resource"));
    }
    let caller = call.caller.function(Role::ExposingFunction);
    if notification.aef_id.as_deref().is_some_and(|aef_id| caller.is_some_and(|caller| caller != aef_id)) {
        return Err(Problem::forbidden("an exposing function revokes for itself only"));
    }
    revoke(office, state, call, id, Some(&notification))
}

/// `Revoke_Authorization`: for the APIs listed, or for all.
fn revoke(
    office: &Office,
    state: &mut State,
    call: &Call,
    id: &str,
    some: Option<&Notification>,
) -> Result<Decision, Problem> {
    known(call)?;
    permit(rules::may_revoke(&call.caller, &office.faults))?;
    let Some(context) = state.contexts.get(id).cloned() else {
        return rules::unknown_invoker(&office.faults)
            .map(Decision::from)
            .ok_or_else(|| rules::no_context(&office.faults));
    };
    let aef_id = call.caller.function(Role::ExposingFunction);
    // An exposing function that the invoker has nothing to do with has no authorization to revoke (TS 23.222 8.23.3).
    if !context.entries.iter().any(|entry| entry.belongs_to(aef_id, &state.apis)) {
        return Err(Problem::forbidden("the security context has no interface of this exposing function"));
    }
    let concerned = match some {
        Some(notification) => {
            let exposed = state.published().into_iter().filter(|access| aef_id.is_none_or(|id| access.aef_id == id));
            let exposed: BTreeSet<_> = exposed.filter(|access| notification.api_ids.contains(&access.api_id)).collect();
            if notification.api_ids.iter().any(|api_id| !exposed.iter().any(|access| access.api_id == *api_id)) {
                return Err(Problem::forbidden("the list has an API that this exposing function does not expose"));
            }
            exposed
        }
        None => state.permitted_to(id),
    };
    let revocation = Revocation {
        invoker_id: id,
        aef_id,
        partial: some.map(|notification| notification.api_ids.as_slice()),
        cause: some.map_or("UNEXPECTED_REASON", |notification| notification.cause.as_str()),
        concerned,
        all_apis: authorized_apis(state, &context, id),
    };
    Ok(carry_out(office, state, &context, &revocation))
}

fn carry_out(office: &Office, state: &mut State, context: &SecurityContext, revocation: &Revocation) -> Decision {
    let id = revocation.invoker_id;
    let permitted = state.permitted_to(id);
    if let Some(invoker) = state.invokers.get_mut(id) {
        invoker.revoked.extend(rules::struck(revocation, &permitted, &office.faults));
    }
    if revocation.partial.is_none() && rules::forgets_context(&office.faults) {
        state.contexts.remove(id);
    }
    let others = state.contexts.iter().filter(|(other, _)| *other != id);
    let others: Vec<(&str, &str)> = others.map(|(id, context)| (id.as_str(), context.destination.as_str())).collect();
    let destinations = rules::Destinations {
        negotiated: &context.destination,
        enrolled: state.invokers.get(id).map_or(&context.destination, |invoker| &invoker.destination),
        others: &others,
    };
    let notices = rules::notices(revocation, &destinations, &office.faults);
    Decision {
        reply: rules::acknowledged(&office.faults),
        notices: rules::due(notices, &mut state.held, &office.faults),
        errand: None,
    }
}

/// Every API that the invoker is authorized for; where nothing is left, the APIs of the exposing functions that it
/// negotiated with, since a notification has to name some (TS 29.222 8.5.4.2.5).
fn authorized_apis(state: &State, context: &SecurityContext, id: &str) -> Vec<String> {
    let permitted: BTreeSet<String> = state.permitted_to(id).into_iter().map(|access| access.api_id).collect();
    if !permitted.is_empty() {
        return permitted.into_iter().collect();
    }
    let negotiated = |aef_id: &str| context.entries.iter().any(|entry| entry.belongs_to(Some(aef_id), &state.apis));
    let exposed = state.published().into_iter().filter(|access| negotiated(&access.aef_id));
    exposed.map(|access| access.api_id).collect::<BTreeSet<_>>().into_iter().collect()
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
