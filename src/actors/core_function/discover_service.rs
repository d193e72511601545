//! `CAPIF_Discover_Service_API` (TS 29.222 5.2, 8.1): an invoker looks for service APIs.
//!
//! There is no discovery policy: every onboarded invoker may find every published API. What it may use is settled at
//! onboarding.

use serde_json::{Map, Value};

use super::call::{Call, Decision};
use super::service_api::{AefProfile, ServiceApi};
use super::state::{Access, State};
use crate::actors::problem::Problem;
use crate::wire::Reply;

/// Answers under `/service-apis/v1`.
pub(super) fn answer(state: &mut State, call: &Call, path: &[&str]) -> Result<Decision, Problem> {
    match path {
        ["allServiceAPIs"] if call.method == "GET" => discover(state, call),
        ["allServiceAPIs"] => Err(Problem::method_not_allowed("GET")),
        _ => Err(Problem::not_found("there is no such resource")),
    }
}

fn discover(state: &mut State, call: &Call) -> Result<Decision, Problem> {
    if call.caller.is_unknown() {
        return Err(Problem::unauthenticated("a certificate of an invoker is needed"));
    }
    let asking = call.parameter("api-invoker-id");
    let asking = asking.ok_or_else(|| Problem::bad_request("the query parameter api-invoker-id is missing"))?;
    if call.caller.invoker() != Some(asking) {
        return Err(Problem::forbidden("api-invoker-id is not that of the caller"));
    }
    let shown = state.apis.values().flat_map(|api| {
        let profiles = matching_profiles(api, call);
        profiles.into_iter().map(|profile| Access { aef_id: profile.aef_id.clone(), api_id: api.id.clone() })
    });
    let shown: Vec<Access> = shown.collect();
    let found: Vec<Value> = state.apis.values().filter_map(|api| matching(api, call)).collect();
    state.discovered.entry(asking.to_owned()).or_default().extend(shown);
    let mut body = Map::new();
    // An empty array is not allowed (TS 29.222 8.1.4.2.2): nothing found, nothing there.
    if !found.is_empty() {
        body.insert("serviceAPIDescriptions".to_owned(), found.into());
    }
    Ok(Reply::new(200).body("application/json", Value::Object(body).to_string()).into())
}

/// The description of an API with the profiles that match; none when nothing does.
fn matching(api: &ServiceApi, call: &Call) -> Option<Value> {
    let profiles = matching_profiles(api, call);
    if profiles.is_empty() {
        return None;
    }
    let profiles: Vec<Value> = profiles.into_iter().map(|profile| profile.document.clone()).collect();
    let mut document = api.document.clone();
    document.insert("aefProfiles".to_owned(), profiles.into());
    // TS 29.222 5.2.2.2.2: never told to invokers.
    document.shift_remove("shareableInfo");
    Some(Value::Object(document))
}

/// The profiles that match, of an API that does.
fn matching_profiles<'a>(api: &'a ServiceApi, call: &Call) -> Vec<&'a AefProfile> {
    let wanted = |parameter: &str, name: &str| {
        let given = api.document.get(name).and_then(Value::as_str);
        call.parameter(parameter).is_none_or(|wanted| given == Some(wanted))
    };
    if !wanted("api-name", "apiName") || !wanted("api-cat", "serviceAPICategory") {
        return Vec::new();
    }
    api.profiles.iter().filter(|profile| profile_matches(profile, call)).collect()
}

fn profile_matches(profile: &AefProfile, call: &Call) -> bool {
    let is = |parameter: &str, pointers: &[&str]| {
        call.parameter(parameter)
            .is_none_or(|wanted| pointers.iter().any(|name| holds(&profile.document, name, wanted)))
    };
    is("aef-id", &["aefId"])
        && is("protocol", &["protocol"])
        && is("data-format", &["dataFormat"])
        && is("api-version", &["versions.apiVersion"])
        && is("comm-type", &["versions.resources.commType", "versions.custOperations.commType"])
}

/// Whether a member has this value; arrays on the way are looked through.
fn holds(value: &Value, path: &str, wanted: &str) -> bool {
    if let Value::Array(elements) = value {
        return elements.iter().any(|element| holds(element, path, wanted));
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    value.get(name).is_some_and(|member| match (rest, member) {
        ("", member) => member.as_str() == Some(wanted),
        (rest, member) => holds(member, rest, wanted),
    })
}
