//! Stimuli of the enrolment that comes before everything else: provider registration, publication, onboarding.
//! TS 29.222 clauses 8.4, 8.9 and 8.2.

use serde_json::{Value, json};

use super::stimulus::{Body, Presents, Stimulus, path_segment};
use crate::operation;
use crate::spec::{Party, Role};

/// A provider function to be registered.
#[derive(Clone, Debug)]
pub struct Function {
    /// Which one.
    pub party: Party,
    /// Its public key or a signing request for it, PEM.
    pub public_key: String,
}

/// What a party enrols with, and where.
#[derive(Clone, Debug)]
pub struct Enrolling<'a> {
    /// Path that the request goes to.
    pub target: String,
    /// What it shows as a bearer token.
    pub token: Option<&'a str>,
    /// The certificate that it shows: one that was provisioned, or none.
    pub presents: Presents,
}

/// Where a provider domain registers.
#[must_use]
pub fn registrations(prefix: &str) -> String {
    format!("{prefix}/api-provider-management/v1/registrations")
}

/// Where an invoker onboards.
#[must_use]
pub fn onboarded_invokers(prefix: &str) -> String {
    format!("{prefix}/api-invoker-management/v1/onboardedInvokers")
}

/// Registration of a provider domain with its functions.
#[must_use]
pub fn register(
    by: Party,
    enrolling: &Enrolling<'_>,
    functions: &[Function],
    secret: Option<&str>,
    domain: &str,
) -> Stimulus {
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
    let target = enrolling.target.clone();
    enrolled(Stimulus::new(operation!("CreateApiProvRegist"), by, target, Body::Json(body)), enrolling)
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
    let target = format!("{prefix}/published-apis/v1/{}/service-apis", path_segment(apf_id));
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
    enrolling: &Enrolling<'_>,
    public_key: &str,
    destination: &str,
    wanted: &[(String, String)],
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
    let target = enrolling.target.clone();
    enrolled(Stimulus::new(operation!("CreateOnboardedAPIInvoker"), by, target, Body::Json(body)), enrolling)
}

/// Offboarding of an invoker.
#[must_use]
pub fn offboard(by: Party, enrolment: &str) -> Stimulus {
    Stimulus::new(operation!("DeleteIndOnboardedAPIInvoker"), by, enrolment.to_owned(), Body::Empty)
}

fn enrolled(stimulus: Stimulus, enrolling: &Enrolling<'_>) -> Stimulus {
    let stimulus = Stimulus { presents: enrolling.presents.clone(), ..stimulus };
    match enrolling.token {
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
