//! `CAPIF_Publish_Service_API` (TS 29.222 5.3, 8.2): a publishing function keeps its own service APIs here.

use serde_json::Value;

use super::access::Caller;
use super::call::{Call, Decision, merge};
use super::features::Feature;
use super::office::Office;
use super::service_api::ServiceApi;
use super::state::State;
use crate::actors::json::Object;
use crate::actors::problem::Problem;
use crate::spec::{Release, Role};
use crate::wire::Reply;

/// Answers under `/published-apis/v1`.
pub(super) fn answer(office: &Office, state: &mut State, call: &Call, path: &[&str]) -> Result<Decision, Problem> {
    match path {
        [apf_id, "service-apis"] => {
            publisher(&call.caller, apf_id)?;
            match call.method.as_str() {
                "POST" => publish(office, state, call, apf_id),
                "GET" => Ok(list(state, apf_id).into()),
                _ => Err(Problem::method_not_allowed("GET, POST")),
            }
        }
        [apf_id, "service-apis", service_id] => {
            publisher(&call.caller, apf_id)?;
            one(office, state, call, apf_id, service_id)
        }
        _ => Err(Problem::not_found("there is no such resource")),
    }
}

/// Only the publishing function of the path may touch its APIs (TS 29.222 5.3.2.2.2).
fn publisher(caller: &Caller, apf_id: &str) -> Result<(), Problem> {
    if caller.is_unknown() {
        return Err(Problem::unauthenticated("a certificate of a publishing function is needed"));
    }
    if caller.function(Role::PublishingFunction) != Some(apf_id) {
        return Err(Problem::forbidden("only the publishing function itself may do this"));
    }
    Ok(())
}

fn publish(office: &Office, state: &mut State, call: &Call, apf_id: &str) -> Result<Decision, Problem> {
    let body = call.json()?;
    let api = read(office, &body, &office.fresh("api"), apf_id)?;
    let location = office.url(&format!("/published-apis/v1/{apf_id}/service-apis/{}", api.id));
    let reply = described(201, &api).header("Location", &location);
    state.apis.insert(api.id.clone(), api);
    Ok(reply.into())
}

fn list(state: &State, apf_id: &str) -> Reply {
    let own = state.apis.values().filter(|api| api.apf_id == apf_id);
    let own = own.map(|api| Value::Object(api.document.clone())).collect::<Value>();
    Reply::new(200).body("application/json", own.to_string())
}

fn one(office: &Office, state: &mut State, call: &Call, apf_id: &str, service_id: &str) -> Result<Decision, Problem> {
    let known = state.apis.get(service_id).filter(|api| api.apf_id == apf_id);
    let known = known.ok_or_else(|| Problem::not_found("no such service API is published here"))?;
    let changed = match call.method.as_str() {
        "GET" => return Ok(described(200, known).into()),
        "DELETE" => {
            state.apis.remove(service_id);
            return Ok(Reply::new(204).into());
        }
        "PUT" => call.json()?,
        "PATCH" if office.release >= Release::Rel17 => patched(known, &call.merge_patch()?),
        _ => return Err(Problem::method_not_allowed("GET, PUT, PATCH, DELETE")),
    };
    let api = read(office, &changed, service_id, apf_id)?;
    let reply = described(200, &api);
    state.apis.insert(service_id.to_owned(), api);
    Ok(reply.into())
}

fn patched(api: &ServiceApi, patch: &Value) -> Value {
    let mut document = Value::Object(api.document.clone());
    merge(&mut document, patch);
    document
}

/// Reads a description and settles its features.
fn read(office: &Office, body: &Value, id: &str, apf_id: &str) -> Result<ServiceApi, Problem> {
    let mut api = ServiceApi::parse(body, id, apf_id, office.release)?;
    let root = Object::new(body, "")?;
    if let Some(common) = Feature::PublishPatchUpdate.negotiate(office.release, &root, "supportedFeatures")? {
        api.document.insert("supportedFeatures".to_owned(), common.into());
    }
    Ok(api)
}

fn described(status: u16, api: &ServiceApi) -> Reply {
    Reply::new(status).body("application/json", Value::Object(api.document.clone()).to_string())
}
