//! Whether a token carries the authorization of a resource owner: the owner is asked through the resource owner
//! function, and what the owner granted is granted (TS 23.222 8.31). The only place where the faults of that are read.

use std::collections::BTreeSet;

use super::super::scope::Scope;
use super::{Grant, Parameters, Refusal, refusal};
use crate::actors::core_function::owner::Heard;
use crate::actors::core_function::state::OwnerGrant;
use crate::control::{Decision, OwnerAnswer, OwnerFunction, OwnerQuery, WantedService};
use crate::fault::{Fault, FaultSet};
use crate::spec::Release;

/// What there is to do about a request that is good so far.
pub(in super::super) enum Course {
    /// The token can be issued.
    Issue(Grant),
    /// The owner has to be asked.
    Ask(Errand),
}

/// A question for an owner, and what hangs on it.
#[derive(Debug)]
pub(in super::super::super) struct Errand {
    /// Where to ask.
    pub(in super::super::super) function: OwnerFunction,
    /// What to ask.
    pub(in super::super::super) query: OwnerQuery,
    /// What is granted if the owner agrees.
    pub(in super::super) grant: Grant,
    /// Each access asked about, and the access that it decides.
    pairs: Vec<(Pair, Pair)>,
}

/// Exposing function and API.
type Pair = (String, String);

/// The owner that a request names: a text, or an object with the GPSI (TS 29.222 8.5.4.2.6).
pub(in super::super) fn named(parameters: &Parameters, release: Release) -> Option<String> {
    let given = parameters.get("resOwnerId").filter(|_| release >= Release::Rel18)?;
    let object: Option<serde_json::Value> = serde_json::from_str(given).ok();
    let gpsi = object.and_then(|object| object["gpsi"].as_str().map(str::to_owned));
    Some(gpsi.unwrap_or_else(|| given.to_owned()))
}

/// Without an owner the token is issued; with one it depends on what the owner granted before, or says now.
pub(in super::super) fn course(
    grant: Grant,
    function: Option<&OwnerFunction>,
    grants: &BTreeSet<OwnerGrant>,
    faults: &FaultSet,
) -> Result<Course, Refusal> {
    let Some(owner) = grant.owner.clone() else { return Ok(Course::Issue(grant)) };
    let before = granted_before(&owner, &grant, grants, faults);
    let is_enough = grant.granted.scope.within(&before) == grant.granted.scope;
    if is_enough || faults.has(Fault::GrantWithoutAskingTheOwner) {
        return Ok(Course::Issue(grant));
    }
    let function = function.ok_or_else(|| refusal("unauthorized_client", "no resource owner can be asked here"))?;
    let pairs = pairs(&grant.granted.scope, faults);
    let asked = pairs.iter().map(|(asked, _meant)| asked);
    let foreign = faults.has(Fault::AskAboutAnotherInvoker);
    let api_invoker_id = if foreign { grant.other.clone() } else { grant.client.clone() };
    let query = OwnerQuery { owner, api_invoker_id, services: services(asked) };
    Ok(Course::Ask(Errand { function: function.clone(), query, grant, pairs }))
}

/// What this owner granted this invoker already (TS 23.222 8.31.1).
fn granted_before(owner: &str, wanted: &Grant, grants: &BTreeSet<OwnerGrant>, faults: &FaultSet) -> Scope {
    let any_owner = faults.has(Fault::TakeGrantOfAnotherOwner);
    let any_client = faults.has(Fault::TakeGrantForAnotherInvoker);
    let is_own =
        |grant: &&OwnerGrant| (any_owner || grant.owner == owner) && (any_client || grant.client == wanted.client);
    if faults.has(Fault::TakeGrantForAnotherApi) && grants.iter().any(|grant| is_own(&grant)) {
        return wanted.granted.scope.clone();
    }
    grants.iter().filter(is_own).map(|grant| (grant.aef_id.clone(), grant.api_name.clone())).collect()
}

/// Asked is about what is to be granted.
fn pairs(scope: &Scope, faults: &FaultSet) -> Vec<(Pair, Pair)> {
    let foreign = faults.has(Fault::AskAboutAnotherApi);
    let asked = |(aef_id, api): &Pair| (aef_id.clone(), if foreign { format!("{api}-neighbour") } else { api.clone() });
    scope.pairs().map(|pair| (asked(&pair), pair)).collect()
}

fn services<'a>(pairs: impl Iterator<Item = &'a Pair>) -> Vec<WantedService> {
    let mut services: Vec<WantedService> = Vec::new();
    for (aef_id, api) in pairs {
        match services.iter_mut().find(|service| service.aef_id == *aef_id) {
            Some(service) => service.api_names.push(api.clone()),
            None => services.push(WantedService { aef_id: aef_id.clone(), api_names: vec![api.clone()] }),
        }
    }
    services
}

/// What the owner granted: nothing without an answer, and nothing by an answer about something else.
pub(in super::super) fn heard(errand: &Errand, heard: Heard, faults: &FaultSet) -> Result<Scope, Refusal> {
    let everything = || errand.pairs.iter().map(|(_asked, meant)| meant.clone()).collect();
    match heard {
        Heard::Answer(answer) if !is_about(&answer, &errand.query) => {
            Err(refusal("invalid_grant", "the answer of the resource owner is about something else"))
        }
        Heard::Answer(answer) => match answer.decision {
            Decision::Refused if faults.has(Fault::GrantAgainstTheOwner) => Ok(everything()),
            Decision::Refused => Err(refusal("invalid_grant", "the resource owner refuses")),
            Decision::Granted => Ok(listed(errand, &answer)),
        },
        Heard::Nonsense if faults.has(Fault::GrantOnErrorOfTheOwnerFunction) => Ok(everything()),
        Heard::Nonsense => Err(refusal("invalid_grant", "the resource owner function gives no authorization")),
        Heard::Silence if faults.has(Fault::GrantWhileTheOwnerIsSilent) => Ok(everything()),
        Heard::Silence => Err(refusal("invalid_grant", "the resource owner does not answer")),
        Heard::Unreachable if faults.has(Fault::GrantWhenTheOwnerIsOutOfReach) => Ok(everything()),
        Heard::Unreachable => Err(refusal("invalid_grant", "the resource owner cannot be asked")),
    }
}

fn is_about(answer: &OwnerAnswer, query: &OwnerQuery) -> bool {
    answer.owner == query.owner && answer.api_invoker_id == query.api_invoker_id
}

/// What was asked about and is listed.
fn listed(errand: &Errand, answer: &OwnerAnswer) -> Scope {
    let is_listed = |(aef_id, api): &Pair| {
        answer.services.iter().any(|service| service.aef_id == *aef_id && service.api_names.contains(api))
    };
    errand.pairs.iter().filter(|(asked, _meant)| is_listed(asked)).map(|(_asked, meant)| meant.clone()).collect()
}

/// The grant as it is kept.
pub(in super::super) fn kept(grant: &Grant, scope: &Scope) -> Vec<OwnerGrant> {
    let owner = grant.owner.as_ref();
    let of = |owner: &String| {
        let (owner, client) = (owner.clone(), grant.client.clone());
        scope.pairs().map(move |(aef_id, api_name)| OwnerGrant {
            owner: owner.clone(),
            client: client.clone(),
            aef_id,
            api_name,
        })
    };
    owner.into_iter().flat_map(of).collect()
}

/// The owner granted nothing of what the invoker is permitted.
pub(in super::super) fn nothing_left() -> Refusal {
    refusal("invalid_scope", "the resource owner granted none of these APIs")
}
