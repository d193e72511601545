//! Stimuli of the enrolment that comes before everything else: provider registration, publication, onboarding.
//! TS 29.222 clauses 8.4, 8.9 and 8.2.

use serde_json::{Value, json};

use super::stimulus::{Body, Stimulus};
use crate::operation;
use crate::spec::{Party, Role};

/// A provider function to be registered.
#[derive(Clone, Debug)]
pub struct Function {
    /// Which one.
    pub party: Party,
    /// Its public key, PEM.
    pub public_key: String,
}

/// Registration of a provider domain with its functions.
#[must_use]
pub fn register(by: Party, prefix: &str, functions: &[Function], secret: Option<&str>, domain: &str) -> Stimulus {
    let listed: Vec<Value> = functions
        .iter()
        .map(|function| {
            json!({
                "regInfo": { "apiProvPubKey": function.public_key },
                "apiProvFuncRole": function_role(function.party.role),
                "apiProvFuncInfo": function.party.name(),
            })
        })
        .collect();
    let body = json!({
        "regSec": secret.unwrap_or_default(),
        "apiProvFuncs": listed,
        "apiProvDomInfo": domain,
        "suppFeat": "0",
    });
    let target = format!("{prefix}/api-provider-management/v1/registrations");
    authorized(Stimulus::new(operation!("CreateApiProvRegist"), by, target, Body::Json(body)), secret)
}

/// A service API to be published.
#[derive(Clone, Debug)]
pub struct Publication<'a> {
    /// Name of the service API.
    pub name: &'a str,
    /// Security methods it offers.
    pub methods: &'a [String],
    /// Who offers it.
    pub profiles: Vec<Profile<'a>>,
}

/// An exposing function that offers a service API.
#[derive(Clone, Debug)]
pub struct Profile<'a> {
    /// Its identifier.
    pub aef_id: &'a str,
    /// Address and port of its interface.
    pub interface: (&'a str, u16),
}

/// Publication of a service API.
#[must_use]
pub fn publish(by: Party, prefix: &str, apf_id: &str, publication: &Publication<'_>) -> Stimulus {
    let profiles: Vec<Value> =
        publication.profiles.iter().map(|profile| aef_profile(profile, publication.methods)).collect();
    let body = json!({
        "apiName": publication.name,
        "aefProfiles": profiles,
        "description": "Service API of a capifspec scenario",
        "supportedFeatures": "0",
    });
    let target = format!("{prefix}/published-apis/v1/{apf_id}/service-apis");
    Stimulus::new(operation!("CreateAPFPubAPIs"), by, target, Body::Json(body))
}

fn aef_profile(profile: &Profile<'_>, methods: &[String]) -> Value {
    let (address, port) = profile.interface;
    json!({
        "aefId": profile.aef_id,
        "versions": [{
            "apiVersion": "v1",
            "resources": [{
                "resourceName": "state",
                "commType": "REQUEST_RESPONSE",
                "uri": "/state",
                "operations": ["GET", "POST", "DELETE"],
            }],
        }],
        "protocol": "HTTP_1_1",
        "dataFormat": "JSON",
        "securityMethods": methods,
        "interfaceDescriptions": [{ "ipv4Addr": address, "port": port, "securityMethods": methods }],
    })
}

/// Onboarding of an invoker that wants these service APIs.
#[must_use]
pub fn onboard(
    by: Party,
    prefix: &str,
    public_key: &str,
    destination: &str,
    wanted: &[(String, String)],
    token: Option<&str>,
) -> Stimulus {
    let mut body = json!({
        "onboardingInformation": { "apiInvokerPublicKey": public_key },
        "notificationDestination": destination,
        "apiInvokerInformation": by.name(),
        "supportedFeatures": "0",
    });
    let listed: Vec<Value> = wanted.iter().map(|(name, id)| json!({ "apiName": name, "apiId": id })).collect();
    if let (false, Some(members)) = (listed.is_empty(), body.as_object_mut()) {
        members.insert("apiList".to_owned(), json!({ "serviceAPIDescriptions": listed }));
    }
    let target = format!("{prefix}/api-invoker-management/v1/onboardedInvokers");
    let mut stimulus = Stimulus::new(operation!("CreateOnboardedAPIInvoker"), by, target, Body::Json(body));
    stimulus.presents = super::stimulus::Presents::Nothing;
    authorized(stimulus, token)
}

/// Offboarding of an invoker.
#[must_use]
pub fn offboard(by: Party, enrolment: &str) -> Stimulus {
    Stimulus::new(operation!("DeleteIndOnboardedAPIInvoker"), by, enrolment.to_owned(), Body::Empty)
}

fn authorized(stimulus: Stimulus, token: Option<&str>) -> Stimulus {
    match token {
        Some(token) => stimulus.with_header("Authorization", &format!("Bearer {token}")),
        None => stimulus,
    }
}

fn function_role(role: Role) -> &'static str {
    match role {
        Role::PublishingFunction => "APF",
        Role::ManagementFunction => "AMF",
        Role::ExposingFunction
        | Role::CoreFunction
        | Role::Invoker
        | Role::ResourceOwnerFunction
        | Role::PeerCoreFunction => "AEF",
    }
}
