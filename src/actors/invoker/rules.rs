//! What the invoker says on CAPIF-1e, without I/O. The only place, with the rules below, where its faults are read.

pub(super) mod invocation;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::actors::form;
use crate::control::{ObtainToken, SecretUse, WantedAccess, WantedInterface};
use crate::fault::{Fault, FaultSet};
use crate::spec::Release;
use crate::wire::{Reply, Request};

/// Who asks.
pub(super) struct Applicant<'a> {
    /// apiInvokerId.
    pub(super) id: &'a str,
    /// onboardingSecret.
    pub(super) secret: Option<&'a str>,
    /// Where it listens for notifications.
    pub(super) destination: &'a str,
    /// The release that it speaks.
    pub(super) release: Release,
}

/// Something to say.
#[derive(Debug)]
pub(super) struct Message {
    /// The request.
    pub(super) request: Request,
    /// Whether its target is a path below `{apiRoot}`, and not a URI that the core function gave.
    pub(super) below_api_root: bool,
    /// Whether it goes out under the certificate of the invoker.
    pub(super) shows_certificate: bool,
}

impl Message {
    fn new(request: Request) -> Self {
        Self { request, below_api_root: true, shows_certificate: true }
    }
}

/// The security method request (TS 29.222 5.6.2.2.2).
pub(super) fn security_method_request(
    applicant: &Applicant,
    interfaces: &[WantedInterface],
    faults: &FaultSet,
) -> Message {
    let foreign = faults.has(Fault::NegotiateForAnotherInvoker);
    let id = if foreign { format!("{}-neighbour", applicant.id) } else { applicant.id.to_owned() };
    let mut body = service_security(applicant, interfaces);
    if faults.has(Fault::OmitNotificationDestination) {
        body.shift_remove("notificationDestination");
    }
    if faults.has(Fault::EmptySecurityInfo) {
        body.insert("securityInfo".to_owned(), json!([]));
    }
    if let Some(first) = body.get_mut("securityInfo").and_then(|entries| entries.get_mut(0)) {
        if faults.has(Fault::BothAefIdAndInterface) {
            first["interfaceDetails"] = json!({"ipv4Addr": "127.0.0.1"});
        }
        if faults.has(Fault::EmptyPreference) {
            first["prefSecurityMethods"] = json!([]);
        }
    }
    let target = format!("/capif-security/v1/trustedInvokers/{}", form::escape(&id));
    Message::new(Request::new("PUT", &target).body("application/json", Value::Object(body).to_string()))
}

/// The same once more, at the URI that the core function gave (TS 29.222 8.5.2.3.4.2).
pub(super) fn update_request(applicant: &Applicant, context: &str, interfaces: &[WantedInterface]) -> Message {
    let body = Value::Object(service_security(applicant, interfaces));
    let request = Request::new("POST", &format!("{context}/update"));
    Message { below_api_root: false, ..Message::new(request.body("application/json", body.to_string())) }
}

/// How a notification of revocation is acknowledged (TS 23.222 8.23.2.4, TS 29.222 8.5.3.2).
pub(super) fn acknowledged(faults: &FaultSet) -> Reply {
    Reply::new(if faults.has(Fault::NotAcknowledge) { 500 } else { 204 })
}

/// What follows a negotiation: nothing, since reading is for exposing functions (TS 29.222 5.6.2.1).
pub(super) fn after_negotiation(applicant: &Applicant, faults: &FaultSet) -> Vec<Message> {
    let target = format!("/capif-security/v1/trustedInvokers/{}", form::escape(applicant.id));
    let reads = faults.has(Fault::ReadOwnSecurityContext);
    reads.then(|| Message::new(Request::new("GET", &target))).into_iter().collect()
}

fn service_security(applicant: &Applicant, interfaces: &[WantedInterface]) -> Map<String, Value> {
    // SecurityInfoPerAPI is of Release 17; before that an apiId would be an attribute that nobody knows.
    let per_api = applicant.release >= Release::Rel17 && interfaces.iter().any(|wanted| wanted.api_id.is_some());
    let entries = interfaces.iter().map(|wanted| {
        let mut entry = json!({"aefId": wanted.aef_id, "prefSecurityMethods": wanted.methods});
        if let Some(api_id) = wanted.api_id.as_ref().filter(|_| per_api) {
            entry["apiId"] = api_id.as_str().into();
        }
        entry
    });
    let mut body = Map::new();
    body.insert("securityInfo".to_owned(), entries.collect());
    body.insert("notificationDestination".to_owned(), format!("{}/revoked", applicant.destination).into());
    body.insert("supportedFeatures".to_owned(), if per_api { "4" } else { "0" }.into());
    body
}

/// The token request (TS 29.222 5.6.2.3.2, TS 33.122 C.3.2): a form in the body, client credentials, the own id.
pub(super) fn token_request(applicant: &Applicant, with: &ObtainToken, faults: &FaultSet) -> Option<Message> {
    if faults.has(Fault::SkipTokenRequest) {
        return None;
    }
    let collection = if faults.has(Fault::AskTokenAtTrustedInvokers) { "trustedInvokers" } else { "securities" };
    let another = faults.has(Fault::AskTokenUnderAnotherId);
    let id = if another { format!("{}-neighbour", applicant.id) } else { applicant.id.to_owned() };
    let target = format!("/capif-security/v1/{collection}/{}/token", form::escape(&id));
    let parameters = token_parameters(applicant, with, faults);
    let mut request = if faults.has(Fault::SendTokenRequestAsJson) {
        let members: Map<String, Value> = parameters.into_iter().map(|(name, value)| (name, value.into())).collect();
        Request::new("POST", &target).body("application/json", Value::Object(members).to_string())
    } else if faults.has(Fault::TokenParametersInUrl) {
        let target = format!("{target}?{}", form::encode(&parameters));
        Request::new("POST", &target).body("application/x-www-form-urlencoded", "")
    } else {
        let body = form::encode(&parameters);
        Request::new("POST", &target).body("application/x-www-form-urlencoded", body)
    };
    if let (SecretUse::Basic, Some(secret)) = (with.secret, applicant.secret) {
        let credential = STANDARD.encode(format!("{}:{secret}", applicant.id));
        request = request.header("Authorization", &format!("Basic {credential}"));
    }
    Some(Message { shows_certificate: !faults.has(Fault::RequestTokenWithoutCertificate), ..Message::new(request) })
}

fn token_parameters(applicant: &Applicant, with: &ObtainToken, faults: &FaultSet) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut put = |name: &str, value: &str| parameters.push((name.to_owned(), value.to_owned()));
    put("grant_type", if faults.has(Fault::AskPasswordGrant) { "password" } else { "client_credentials" });
    if faults.has(Fault::SendGrantTypeTwice) {
        put("grant_type", "client_credentials");
    }
    if !faults.has(Fault::OmitClientId) {
        let foreign = faults.has(Fault::SendForeignClientId);
        put("client_id", if foreign { "somebody-else" } else { applicant.id });
    }
    if let (SecretUse::Body, Some(secret)) = (with.secret, applicant.secret) {
        put("client_secret", secret);
    }
    if faults.has(Fault::MalformedScope) {
        put("scope", "every api");
    } else if !with.scope.is_empty() {
        put("scope", &scope(&with.scope));
    }
    if let Some(owner) = with.owner.as_deref().filter(|_| !faults.has(Fault::AskWithoutTheOwner)) {
        let foreign = faults.has(Fault::AskForAnotherOwner);
        let owner = if foreign { "msisdn-4915112345678" } else { owner };
        // A text up to Release 18, an object from then on (discrepancy token-request-res-owner-id).
        let as_text = applicant.release <= Release::Rel18;
        put("resOwnerId", &if as_text { owner.to_owned() } else { json!({ "gpsi": owner }).to_string() });
    }
    if faults.has(Fault::SendRedirectUri) {
        put("redirect_uri", applicant.destination);
    }
    if faults.has(Fault::SendOwnerCredentials) {
        put("username", "owner");
        put("password", "guess");
    }
    parameters
}

/// What an invoker that was not onboarded asks for: nothing (TS 23.222 8.11.3).
pub(super) fn request_of_a_stranger(faults: &FaultSet) -> Option<Request> {
    let body = "grant_type=client_credentials&client_id=stranger";
    let request = Request::new("POST", "/capif-security/v1/securities/stranger/token");
    faults.has(Fault::AskTokenWithoutOnboarding).then(|| request.body("application/x-www-form-urlencoded", body))
}

/// The scope grammar of TS 29.222 8.5.4.2.6.
pub(super) fn scope(wanted: &[WantedAccess]) -> String {
    let sections = wanted.iter().map(|access| format!("{}:{}", access.aef_id, access.api_names.join(",")));
    format!("3gpp#{}", sections.collect::<Vec<_>>().join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLICANT: Applicant =
        Applicant { id: "invoker-1", secret: Some("s"), destination: "http://127.0.0.1:1", release: Release::Rel18 };

    fn asked(secret: SecretUse, faults: &[Fault]) -> Request {
        let scope = ["a", "b"]
            .map(|aef| WantedAccess { aef_id: aef.to_owned(), api_names: vec!["x".to_owned(), "y".to_owned()] });
        let with = ObtainToken { scope: scope.to_vec(), secret, owner: None };
        token_request(&APPLICANT, &with, &faults.iter().copied().collect()).unwrap().request
    }

    #[test]
    fn a_token_request_is_a_form_with_client_credentials() {
        let request = asked(SecretUse::None, &[]);
        assert_eq!(request.target, "/capif-security/v1/securities/invoker-1/token");
        let body = form::decode(std::str::from_utf8(&request.body).unwrap()).unwrap();
        let told: Vec<_> = body.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected =
            [("grant_type", "client_credentials"), ("client_id", "invoker-1"), ("scope", "3gpp#a:x,y;b:x,y")];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_secret_goes_out_as_told() {
        let body = |request: &Request| String::from_utf8(request.body.clone()).unwrap();
        assert!(body(&asked(SecretUse::Body, &[])).contains("client_secret=s"));
        let basic = asked(SecretUse::Basic, &[]);
        assert!(!body(&basic).contains("client_secret"));
        assert!(basic.headers.contains(&("Authorization".to_owned(), "Basic aW52b2tlci0xOnM=".to_owned())));
    }

    #[test]
    fn every_fault_of_the_invoker_changes_what_it_says() {
        let interface = WantedInterface { aef_id: "aef-1".to_owned(), api_id: None, methods: vec!["PKI".to_owned()] };
        let said = |faults: &FaultSet| {
            let with = ObtainToken { owner: Some("o".to_owned()), ..ObtainToken::default() };
            let negotiation = security_method_request(&APPLICANT, std::slice::from_ref(&interface), faults);
            let reading = after_negotiation(&APPLICANT, faults);
            let token = token_request(&APPLICANT, &with, faults);
            let strange = request_of_a_stranger(faults);
            let told = acknowledged(faults);
            let invoked = invocation::tests::said(faults);
            format!("{negotiation:?} {reading:?} {token:?} {strange:?} {told:?} {invoked}")
        };
        let right = said(&FaultSet::default());
        let own = Fault::ALL.iter().filter(|fault| fault.role() == crate::spec::Role::Invoker);
        for fault in own {
            assert_ne!(said(&[*fault].into_iter().collect()), right, "{fault}");
        }
    }
}
