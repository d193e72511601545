//! `CAPIF_API_Provider_Management_API` (TS 29.222 5.11, 8.9): a management function registers the functions of its
//! domain, and each gets an identity and a certificate for the role it was registered with.

use serde_json::{Map, Value, json};

use super::call::{Call, Decision, merge};
use super::features::Feature;
use super::office::Office;
use super::state::{Domain, Function, State};
use crate::actors::json::{Invalid, Object};
use crate::actors::problem::Problem;
use crate::pki::PkiError;
use crate::spec::{Release, Role};
use crate::wire::Reply;

/// Answers under `/api-provider-management/v1`.
pub(super) fn answer(office: &Office, state: &mut State, call: &Call, path: &[&str]) -> Result<Decision, Problem> {
    match path {
        ["registrations"] if call.method == "POST" => register(office, state, call),
        ["registrations"] => Err(Problem::method_not_allowed("POST")),
        ["registrations", id] => {
            known_manager(state, call, id)?;
            match call.method.as_str() {
                "PUT" => update(office, state, id, &call.json()?),
                "PATCH" if office.release >= Release::Rel17 => {
                    let mut whole = profile(state, id);
                    merge(&mut whole, &call.merge_patch()?);
                    update(office, state, id, &whole)
                }
                "DELETE" => Ok(deregister(state, id).into()),
                _ => Err(Problem::method_not_allowed("PUT, PATCH, DELETE")),
            }
        }
        _ => Err(Problem::not_found("there is no such resource")),
    }
}

/// A registration is touched by the management function of its own domain only.
fn known_manager(state: &State, call: &Call, id: &str) -> Result<(), Problem> {
    if call.caller.is_unknown() {
        return Err(Problem::unauthenticated("a certificate of a management function is needed"));
    }
    let Some(manager) = call.caller.function(Role::ManagementFunction) else {
        return Err(Problem::forbidden("only a management function may do this"));
    };
    if !state.domains.contains_key(id) {
        return Err(Problem::not_found("no such registration"));
    }
    match state.functions.get(manager) {
        Some(function) if function.domain == id => Ok(()),
        Some(_) | None => Err(Problem::forbidden("the registration is that of another domain")),
    }
}

/// One element of apiProvFuncs.
struct Wanted {
    id: Option<String>,
    role: Role,
    public_key: String,
    details: Map<String, Value>,
}

fn register(office: &Office, state: &mut State, call: &Call) -> Result<Decision, Problem> {
    let body = call.json()?;
    let root = Object::new(&body, "")?;
    // The security information comes before everything else (TS 29.222 5.11.2.2.2).
    if root.required_text("regSec")? != office.registration_secret {
        return Err(Problem::forbidden("regSec is not a registration secret of ours"));
    }
    let wanted = functions(&root)?;
    let id = office.fresh("domain");
    let document = described(office, &id, &root)?;
    let failed = enrol(office, state, &id, document, wanted);
    if failed > 0 && state.domains.get(&id).is_none_or(|domain| domain.functions.is_empty()) {
        state.domains.remove(&id);
        return Err(Problem::bad_request("no function could be registered: no public key could be read"));
    }
    let reply = answered(state, &id, 201, failed);
    let location = office.url(&format!("/api-provider-management/v1/registrations/{id}"));
    Ok(reply.header("Location", &location).into())
}

/// PUT replaces what was said, PATCH has been applied before: the id of the domain is not for the caller to change,
/// known functions keep their identity and new ones get one (TS 29.222 5.11.2.3.2).
fn update(office: &Office, state: &mut State, id: &str, body: &Value) -> Result<Decision, Problem> {
    let root = Object::new(body, "")?;
    if root.required_text("apiProvDomId")? != id {
        return Err(root.invalid("apiProvDomId", "is not that of the registration").into());
    }
    if root.required_text("regSec")? != office.registration_secret {
        return Err(Problem::forbidden("regSec is not a registration secret of ours"));
    }
    let wanted = functions(&root)?;
    for function in wanted.iter().filter_map(|function| function.id.as_ref()) {
        if state.functions.get(function).is_none_or(|known| known.domain != id) {
            return Err(root.invalid("apiProvFuncs", "has an apiProvFuncId that is not of this domain").into());
        }
    }
    let document = described(office, id, &root)?;
    state.functions.retain(|function, known| {
        known.domain != id || wanted.iter().any(|wanted| wanted.id.as_deref() == Some(function))
    });
    let failed = enrol(office, state, id, document, wanted);
    Ok(answered(state, id, 200, failed).into())
}

/// With the domain its functions go, and with the publishing functions what they published.
fn deregister(state: &mut State, id: &str) -> Reply {
    state.domains.remove(id);
    state.functions.retain(|_id, function| function.domain != id);
    let functions = &state.functions;
    state.apis.retain(|_id, api| functions.contains_key(&api.apf_id));
    Reply::new(204)
}

fn functions(root: &Object) -> Result<Vec<Wanted>, Problem> {
    let listed = root.objects("apiProvFuncs")?.unwrap_or_default();
    Ok(listed.iter().map(wanted).collect::<Result<_, _>>()?)
}

fn wanted(function: &Object) -> Result<Wanted, Invalid> {
    let role = match function.required_text("apiProvFuncRole")?.as_str() {
        "AEF" => Role::ExposingFunction,
        "APF" => Role::PublishingFunction,
        "AMF" => Role::ManagementFunction,
        // The enumeration is open, but a role we know nothing of is one that we cannot register.
        _ => return Err(function.invalid("apiProvFuncRole", "is no role known here")),
    };
    Ok(Wanted {
        id: function.text("apiProvFuncId")?,
        role,
        public_key: function.required_object("regInfo")?.required_text("apiProvPubKey")?,
        details: function.members().clone(),
    })
}

/// What is said of the domain as a whole.
fn described(office: &Office, id: &str, root: &Object) -> Result<Map<String, Value>, Invalid> {
    let mut said = Map::new();
    said.insert("apiProvDomId".to_owned(), id.into());
    for name in ["regSec", "apiProvDomInfo", "apiProvName"] {
        if let Some(text) = root.text(name)? {
            said.insert(name.to_owned(), text.into());
        }
    }
    if let Some(common) = Feature::ProviderPatchUpdate.negotiate(office.release, root, "suppFeat")? {
        said.insert("suppFeat".to_owned(), common.into());
    }
    Ok(said)
}

/// Gives every function an identity and a certificate; the number of those for which it could not be done.
fn enrol(
    office: &Office,
    state: &mut State,
    domain_id: &str,
    document: Map<String, Value>,
    wanted: Vec<Wanted>,
) -> usize {
    let (asked, mut enrolled) = (wanted.len(), Vec::new());
    for function in wanted {
        let id = function.id.clone().unwrap_or_else(|| office.fresh(function.role.code()));
        if let Ok(certified) = certified(office, state, domain_id, &id, function) {
            state.functions.insert(id.clone(), certified);
            enrolled.push(id);
        }
    }
    let failed = asked - enrolled.len();
    let domain = Domain { document, functions: enrolled };
    state.domains.insert(domain_id.to_owned(), domain);
    failed
}

/// A function with its certificate: the one it has, as long as its key stays the same.
fn certified(office: &Office, state: &State, domain: &str, id: &str, function: Wanted) -> Result<Function, PkiError> {
    let unchanged = state.functions.get(id).filter(|known| known.public_key == function.public_key);
    let certificate = match unchanged.and_then(|known| known.document.pointer("/regInfo/apiProvCert")) {
        Some(certificate) => certificate.clone(),
        None => office.certify(&function.public_key, id)?.into(),
    };
    let mut document = function.details;
    document.insert("apiProvFuncId".to_owned(), id.into());
    let registered = json!({"apiProvPubKey": function.public_key, "apiProvCert": certificate});
    document.insert("regInfo".to_owned(), registered);
    Ok(Function {
        role: function.role,
        domain: domain.to_owned(),
        public_key: function.public_key,
        document: Value::Object(document),
    })
}

/// The `APIProviderEnrolmentDetails` of a domain.
fn profile(state: &State, id: &str) -> Value {
    let domain = state.domains.get(id).cloned().unwrap_or_default();
    let own = domain.functions.iter().filter_map(|function| state.functions.get(function));
    let own: Vec<Value> = own.map(|function| function.document.clone()).collect();
    let mut document = domain.document;
    if !own.is_empty() {
        document.insert("apiProvFuncs".to_owned(), own.into());
    }
    Value::Object(document)
}

fn answered(state: &State, id: &str, status: u16, failed: usize) -> Reply {
    let mut body = profile(state, id);
    if failed > 0
        && let Some(members) = body.as_object_mut()
    {
        let reason = format!("{failed} of the functions: the public key could not be read");
        members.insert("failReason".to_owned(), reason.into());
    }
    Reply::new(status).body("application/json", body.to_string())
}
