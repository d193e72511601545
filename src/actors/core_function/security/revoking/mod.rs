//! The authorization of an invoker is revoked: because an exposing function asks for it (`Revoke_Authorization`,
//! TS 29.222 5.6.2.5, TS 23.222 8.23.3), or of the core function's own accord (TS 23.222 8.23.4, TS 29.222 6.2.2.3).

mod rules;

use std::collections::{BTreeMap, BTreeSet};

pub(in crate::actors::core_function) use rules::Notice;

use super::model::{Entry, Notification, SecurityContext};
use super::{known, permit};
use crate::actors::core_function::call::{Call, Decision};
use crate::actors::core_function::office::Office;
use crate::actors::core_function::state::{Access, State};
use crate::actors::problem::Problem;
use crate::control::Revoke;
use crate::reading;
use crate::spec::Role;
use crate::wire::Reply;
use rules::{Bystander, Exposes, Function, Revocation, Standing};

/// For all APIs.
pub(super) fn all(office: &Office, state: &mut State, call: &Call, id: &str) -> Result<Decision, Problem> {
    revoke(office, state, call, id, None)
}

/// For some APIs.
pub(super) fn some(office: &Office, state: &mut State, call: &Call, id: &str) -> Result<Decision, Problem> {
    known(call)?;
    permit(super::rules::may_revoke(&call.caller, &office.faults))?;
    let Some(notification) = rules::notification(Notification::parse(&call.json()?), &office.faults)? else {
        return Ok(Reply::new(204).into());
    };
    if notification.api_invoker_id != id {
        return Err(Problem::bad_request("apiInvokerId is not that of the resource"));
    }
    revoke(office, state, call, id, Some(&notification))
}

/// For the APIs listed, or for all.
fn revoke(
    office: &Office,
    state: &mut State,
    call: &Call,
    id: &str,
    some: Option<&Notification>,
) -> Result<Decision, Problem> {
    known(call)?;
    permit(super::rules::may_revoke(&call.caller, &office.faults))?;
    let Some(context) = state.contexts.get(id).cloned() else {
        return super::rules::unknown_invoker(&office.faults)
            .map(Decision::from)
            .ok_or_else(|| super::rules::no_context(&office.faults));
    };
    let aef_id = call.caller.function(Role::ExposingFunction);
    let listed = some.map(|notification| notification.api_ids.as_slice());
    let is_exposed = |id: &String| !exposed(state, aef_id, Some(std::slice::from_ref(id))).is_empty();
    let standing = Standing {
        in_its_name: aef_id.is_none()
            || some.and_then(|told| told.aef_id.as_deref()).is_none_or(|id| aef_id == Some(id)),
        negotiated: context.entries.iter().any(|entry| entry.belongs_to(aef_id, &state.apis)),
        exposes: match listed.unwrap_or_default() {
            ids if ids.iter().all(is_exposed) => Exposes::All,
            ids if ids.iter().any(is_exposed) => Exposes::Some,
            _ => Exposes::Nothing,
        },
    };
    let is_foreign = rules::stands(&standing, listed.is_some(), &office.faults)?;
    let revocation = Revocation {
        invoker_id: id,
        aef_id,
        partial: listed,
        cause: some.map_or("UNEXPECTED_REASON", |notification| notification.cause.as_str()),
        concerned: match listed {
            Some(_) => exposed(state, aef_id.filter(|_| !is_foreign), listed),
            None => state.permitted_to(id),
        },
        all_apis: authorized_apis(state, &context, id),
        elsewhere: some.is_some_and(|told| indicated(office, told)),
        again: state.invokers.get(id).is_some_and(|invoker| !invoker.revoked.is_empty()),
    };
    Ok(carry_out(office, state, &context, &revocation))
}

/// Every access to these APIs, or to all, at this exposing function, or at all.
fn exposed(state: &State, aef_id: Option<&str>, api_ids: Option<&[String]>) -> BTreeSet<Access> {
    let here = state.published().into_iter().filter(|access| aef_id.is_none_or(|id| access.aef_id == id));
    here.filter(|access| api_ids.is_none_or(|listed| listed.contains(&access.api_id))).collect()
}

/// Whether other exposing functions are to do the same (TS 23.222 8.23.3 step 7): by the reading that was chosen, since
/// no attribute says so.
fn indicated(office: &Office, told: &Notification) -> bool {
    match office.readings.option(reading!("revocation-indication")) {
        "cause-unexpected" => told.cause == "UNEXPECTED_REASON",
        "aef-id-absent" => told.aef_id.is_none(),
        _ => false,
    }
}

fn carry_out(office: &Office, state: &mut State, context: &SecurityContext, revocation: &Revocation) -> Decision {
    let id = revocation.invoker_id;
    let faults = &office.faults;
    let bystanders = bystanders(state, revocation);
    let elsewhere = rules::elsewhere(revocation, &bystanders, faults);
    let struck = rules::struck(revocation, &state.permitted_to(id), &bystanders, faults);
    let whose = rules::whose(id, state.invokers.keys().map(String::as_str), faults);
    let pairs = whose.iter().flat_map(|id| struck.iter().map(|access| ((*id).to_owned(), access.clone())));
    let pairs: Vec<(String, Access)> = pairs.collect();
    if rules::strikes_at_once(faults) {
        state.strike(pairs);
    } else {
        state.overdue.extend(pairs);
    }
    if revocation.partial.is_none() {
        let is_own = |entry: &Entry| entry.belongs_to(revocation.aef_id, &state.apis);
        match rules::left(context, is_own, faults) {
            Some(left) => state.contexts.insert(id.to_owned(), left),
            None => state.contexts.remove(id),
        };
    }
    let mut notices = rules::notices(revocation, &destinations(state, context, id), faults);
    notices.extend(elsewhere);
    Decision { reply: rules::acknowledged(faults), notices: rules::due(notices, &mut state.held), errand: None }
}

/// Where the parties want to be told.
fn destinations<'a>(state: &'a State, context: &'a SecurityContext, id: &str) -> rules::Destinations<'a> {
    let others = state.contexts.iter().filter(|(other, _)| *other != id);
    rules::Destinations {
        negotiated: &context.destination,
        enrolled: state.invokers.get(id).map_or(&context.destination, |invoker| &invoker.destination),
        others: others.map(|(id, context)| (id.as_str(), context.destination.as_str())).collect(),
    }
}

/// Every other exposing function, as it stands to a revocation that one of them asked for.
fn bystanders(state: &State, revocation: &Revocation) -> Vec<Bystander> {
    let Some(asking) = revocation.aef_id else { return Vec::new() };
    let domain = |aef_id: &str| state.functions.get(aef_id).map(|function| function.domain.as_str());
    let discovered = state.discovered.get(revocation.invoker_id);
    let listed = revocation.partial.unwrap_or_default();
    let mut others: BTreeMap<&str, Bystander> = BTreeMap::new();
    for (api, profile) in state.apis.values().flat_map(|api| api.profiles.iter().map(move |profile| (api, profile))) {
        let (aef_id, Some(root)) = (profile.aef_id.as_str(), profile.root()) else { continue };
        if aef_id == asking {
            continue;
        }
        let other = others.entry(aef_id).or_insert_with(|| Bystander {
            function: Function { aef_id: aef_id.to_owned(), root, api_ids: Vec::new() },
            same_provider: domain(aef_id).is_some() && domain(aef_id) == domain(asking),
            discovered: false,
        });
        let access = Access { aef_id: aef_id.to_owned(), api_id: api.id.clone() };
        if listed.contains(&api.id) {
            other.discovered |= discovered.is_some_and(|shown| shown.contains(&access));
            other.function.api_ids.push(access.api_id);
        }
    }
    others.into_values().collect()
}

/// A revocation of the core function's own accord, between its requests to exposing functions and its end.
pub(in crate::actors::core_function) struct Begun {
    /// What exposing functions are told, before anything else.
    pub(in crate::actors::core_function) requests: Vec<Notice>,
    invoker_id: String,
    listed: Vec<String>,
    cause: String,
    concerned: BTreeSet<Access>,
}

/// Steps 1 and 2 of TS 23.222 8.23.4: whoever exposes the APIs concerned to this invoker is told. None where the
/// invoker has no security context.
pub(in crate::actors::core_function) fn begin(office: &Office, state: &mut State, told: &Revoke) -> Option<Begun> {
    let context = state.contexts.get(&told.api_invoker_id)?;
    let permitted = state.permitted_to(&told.api_invoker_id);
    let listed = if told.api_ids.is_empty() {
        authorized_apis(state, context, &told.api_invoker_id)
    } else {
        told.api_ids.clone()
    };
    let concerned: BTreeSet<Access> =
        permitted.iter().filter(|access| listed.contains(&access.api_id)).cloned().collect();
    let at = |accesses: &BTreeSet<Access>, aef_id: &str| -> Vec<String> {
        let here = accesses.iter().filter(|access| access.aef_id == aef_id);
        here.map(|access| access.api_id.clone()).collect()
    };
    let aef_ids: BTreeSet<&str> = concerned.iter().map(|access| access.aef_id.as_str()).collect();
    let functions = aef_ids.into_iter().filter_map(|aef_id| {
        let function =
            Function { aef_id: aef_id.to_owned(), root: root_of(state, aef_id)?, api_ids: at(&concerned, aef_id) };
        Some((function, at(&permitted, aef_id)))
    });
    let functions: Vec<(Function, Vec<String>)> = functions.collect();
    let others: Vec<&str> =
        state.invokers.keys().map(String::as_str).filter(|other| *other != told.api_invoker_id).collect();
    let requests = rules::requests(&told.api_invoker_id, &told.cause, &functions, &others, &office.faults);
    Some(Begun {
        requests: rules::due(requests, &mut state.held),
        invoker_id: told.api_invoker_id.clone(),
        listed,
        cause: told.cause.clone(),
        concerned,
    })
}

/// Steps 5 and 6: the authorization ends here, and what the invoker is told.
pub(in crate::actors::core_function) fn end(office: &Office, state: &mut State, begun: &Begun) -> Vec<Notice> {
    let id = begun.invoker_id.as_str();
    let struck = rules::struck_by_trigger(&begun.concerned, &state.permitted_to(id), &office.faults);
    state.strike(struck.into_iter().map(|access| (id.to_owned(), access)));
    let Some(context) = state.contexts.get(id) else { return Vec::new() };
    let told = Notification {
        api_invoker_id: id.to_owned(),
        aef_id: None,
        api_ids: begun.listed.clone(),
        cause: begun.cause.clone(),
    };
    let notices = rules::notices_of_trigger(&told, &destinations(state, context, id), &office.faults);
    rules::due(notices, &mut state.held)
}

fn root_of(state: &State, aef_id: &str) -> Option<String> {
    let mut profiles = state.apis.values().flat_map(|api| &api.profiles);
    profiles.find(|profile| profile.aef_id == aef_id)?.root()
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
