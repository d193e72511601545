//! `CAPIF_API_Invoker_Management_API` (TS 29.222 5.5, 8.4): onboarding, and what an invoker may use from then on.
//!
//! The arrangement of TS 33.122 6.5.2.3 is the apiList: an invoker is authorized for the published APIs that it asked
//! for at onboarding or in an update, and for nothing else.

mod rules;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::call::{Call, Decision, merge};
use super::features::Feature;
use super::office::Office;
use super::state::{Invoker, State};
use crate::actors::json::{Invalid, Object};
use crate::actors::problem::Problem;
use crate::actors::uri::Uri;
use crate::spec::Release;
use crate::wire::Reply;

/// Answers under `/api-invoker-management/v1`.
pub(super) fn answer(office: &Office, state: &mut State, call: &Call, path: &[&str]) -> Result<Decision, Problem> {
    match path {
        ["onboardedInvokers"] if call.method == "POST" => onboard(office, state, call),
        ["onboardedInvokers"] => Err(Problem::method_not_allowed("POST")),
        ["onboardedInvokers", id] => {
            itself(state, call, id)?;
            match call.method.as_str() {
                "PUT" if office.release >= Release::Rel16 => update(office, state, id, &call.json()?),
                "PATCH" if office.release >= Release::Rel17 => {
                    let mut whole = profile(state, id);
                    merge(&mut whole, &call.merge_patch()?);
                    update(office, state, id, &whole)
                }
                "DELETE" => Ok(rules::offboard(state, id, &office.faults).into()),
                _ => Err(Problem::method_not_allowed("PUT, PATCH, DELETE")),
            }
        }
        _ => Err(Problem::not_found("there is no such resource")),
    }
}

/// An enrolment is touched by its own invoker only.
fn itself(state: &State, call: &Call, id: &str) -> Result<(), Problem> {
    if call.caller.is_unknown() {
        return Err(Problem::unauthenticated("the certificate of the invoker is needed"));
    }
    if call.caller.invoker() == Some(id) {
        return Ok(());
    }
    if state.invokers.contains_key(id) {
        return Err(Problem::forbidden("only the invoker itself may do this"));
    }
    Err(Problem::not_found("no such invoker is onboarded"))
}

/// What an `APIInvokerEnrolmentDetails` asks for.
struct Wanted {
    public_key: String,
    destination: String,
    apis: Option<BTreeSet<String>>,
    document: Map<String, Value>,
}

fn onboard(office: &Office, state: &mut State, call: &Call) -> Result<Decision, Problem> {
    let token = call.bearer().ok_or_else(|| Problem::wants_bearer("an onboarding credential is needed"))?;
    if !office.accepts_onboarding_token(token) {
        return Err(Problem::wants_bearer("the onboarding credential is not one of ours"));
    }
    let body = call.json()?;
    let root = Object::new(&body, "")?;
    let wanted = read(office, state, &root)?;
    let id = office.fresh("invoker");
    let unusable = || Invalid::new("onboardingInformation.apiInvokerPublicKey", "cannot be read");
    let certificate = office.certify(&wanted.public_key, &id).map_err(|_unusable| unusable())?;
    let secret = office.fresh("secret");
    let mut document = wanted.document;
    document.insert("apiInvokerId".to_owned(), id.as_str().into());
    let information = json!({
        "apiInvokerPublicKey": wanted.public_key,
        "apiInvokerCertificate": certificate,
        "onboardingSecret": secret,
    });
    document.insert("onboardingInformation".to_owned(), information);
    let invoker = Invoker {
        document,
        destination: wanted.destination,
        public_key: wanted.public_key,
        secret,
        arranged: wanted.apis.unwrap_or_default(),
        revoked: BTreeSet::new(),
        is_client: false,
    };
    state.invokers.insert(id.clone(), invoker);
    state.onboarding_order.push(id.clone());
    let location = office.url(&format!("/api-invoker-management/v1/onboardedInvokers/{id}"));
    let reply = Reply::new(201).body("application/json", profile(state, &id).to_string());
    Ok(reply.header("Location", &location).into())
}

/// PUT replaces the profile. Identity, key, certificate and secret stay (TS 29.222 5.5.2.5.2, TS 33.122 6.1); a list of
/// APIs that is sent is allowed anew.
fn update(office: &Office, state: &mut State, id: &str, body: &Value) -> Result<Decision, Problem> {
    let root = Object::new(body, "")?;
    if root.required_text("apiInvokerId")? != id {
        return Err(root.invalid("apiInvokerId", "is not that of the enrolment").into());
    }
    let wanted = read(office, state, &root)?;
    let Some(invoker) = state.invokers.get_mut(id) else {
        return Err(Problem::not_found("no such invoker is onboarded"));
    };
    if wanted.public_key != invoker.public_key {
        return Err(Invalid::new("onboardingInformation.apiInvokerPublicKey", "cannot be changed").into());
    }
    let mut document = wanted.document;
    for kept in ["apiInvokerId", "onboardingInformation"] {
        if let Some(value) = invoker.document.get(kept) {
            document.insert(kept.to_owned(), value.clone());
        }
    }
    invoker.document = document;
    invoker.destination = wanted.destination;
    if let Some(apis) = wanted.apis {
        invoker.arranged = apis;
    }
    Ok(Reply::new(200).body("application/json", profile(state, id).to_string()).into())
}

fn read(office: &Office, state: &State, root: &Object) -> Result<Wanted, Invalid> {
    let public_key = root.required_object("onboardingInformation")?.required_text("apiInvokerPublicKey")?;
    let destination = root.required_text("notificationDestination")?;
    if Uri::parse(&destination).is_none() {
        return Err(root.invalid("notificationDestination", "is no http or https URI"));
    }
    let mut document = Map::new();
    document.insert("notificationDestination".to_owned(), destination.as_str().into());
    if let Some(text) = root.text("apiInvokerInformation")? {
        document.insert("apiInvokerInformation".to_owned(), text.into());
    }
    if let Some(common) = Feature::InvokerPatchUpdate.negotiate(office.release, root, "supportedFeatures")? {
        document.insert("supportedFeatures".to_owned(), common.into());
    }
    Ok(Wanted {
        public_key,
        destination,
        apis: root.object("apiList")?.map(|list| allowed(state, &list)).transpose()?,
        document,
    })
}

/// The published APIs among those wished for: by apiId, or by apiName where no id is given.
fn allowed(state: &State, list: &Object) -> Result<BTreeSet<String>, Invalid> {
    let mut ids = BTreeSet::new();
    for wish in list.objects("serviceAPIDescriptions")?.unwrap_or_default() {
        let (name, id) = (wish.required_text("apiName")?, wish.text("apiId")?);
        let fits = state.apis.values().filter(|api| api.name == name && id.as_ref().is_none_or(|id| *id == api.id));
        ids.extend(fits.map(|api| api.id.clone()));
    }
    Ok(ids)
}

/// The `APIInvokerEnrolmentDetails` of an invoker, with the APIs that it is allowed to invoke now.
fn profile(state: &State, id: &str) -> Value {
    let Some(invoker) = state.invokers.get(id) else {
        return Value::Null;
    };
    let mut document = invoker.document.clone();
    let apis: BTreeSet<String> = state.permitted(invoker).into_iter().map(|access| access.api_id).collect();
    let apis = apis.iter().filter_map(|id| state.apis.get(id));
    let mut apis: Vec<Value> = apis.map(|api| Value::Object(api.document.clone())).collect();
    for api in apis.iter_mut().filter_map(Value::as_object_mut) {
        api.shift_remove("shareableInfo");
    }
    if !apis.is_empty() {
        document.insert("apiList".to_owned(), json!({"serviceAPIDescriptions": apis}));
    }
    Value::Object(document)
}
