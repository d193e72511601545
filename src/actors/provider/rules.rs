//! What a provider domain says when it registers and publishes. No I/O here.

use serde_json::{Value, json};

use crate::fault::{Fault, FaultSet};
use crate::pki::KeyPair;

/// The registration of a domain (TS 29.222 8.9.4.2): its functions by the words for their roles, with their keys.
pub(super) fn registration(secret: &str, functions: &[(&str, &KeyPair)], faults: &FaultSet) -> Value {
    let left_out = |word: &str| word == "AEF" && faults.has(Fault::RegisterWithoutTheExposingFunction);
    let listed = functions.iter().filter(|(word, _)| !left_out(word));
    let mut functions: Vec<Value> = listed
        .map(|(word, key)| json!({"apiProvFuncRole": word, "regInfo": {"apiProvPubKey": key.public_pem()}}))
        .collect();
    if faults.has(Fault::AssignIdentitiesWhenRegistering) {
        for function in &mut functions {
            function["apiProvFuncId"] = "of-my-own".into();
        }
    }
    if faults.has(Fault::RegisterWithoutPublicKeys) {
        for function in &mut functions {
            function["regInfo"] = json!({});
        }
    }
    let secret = if faults.has(Fault::RegisterWithEmptySecret) { "" } else { secret };
    json!({"regSec": secret, "apiProvFuncs": functions, "suppFeat": "0"})
}

/// Where a service API is published: under the publishing function itself (TS 29.222 5.3.2.2.2).
pub(super) fn publication_target(publishing: &str, exposing: &str, faults: &FaultSet) -> String {
    let under = if faults.has(Fault::PublishUnderAnotherFunction) { exposing } else { publishing };
    format!("/published-apis/v1/{under}/service-apis")
}

/// The media type of a publication.
pub(super) fn publication_media(faults: &FaultSet) -> &'static str {
    if faults.has(Fault::PublishAsText) { "text/plain" } else { "application/json" }
}

/// The description of a service API (TS 29.222 8.2.4.2.2).
pub(super) fn publication(name: &str, aef_id: &str, methods: &[String], host: &Value, faults: &FaultSet) -> Value {
    let mut profile = json!({
        "aefId": aef_id,
        "versions": [{"apiVersion": "v1"}],
        "protocol": "HTTP_1_1",
        "dataFormat": "JSON",
        "securityMethods": methods,
        "interfaceDescriptions": [host],
    });
    if faults.has(Fault::PublishTwoAddresses) {
        profile["interfaceDescriptions"][0]["ipv6Addr"] = "2001:db8::1".into();
    }
    if faults.has(Fault::PublishWithoutVersions) {
        profile["versions"] = json!([]);
    }
    if faults.has(Fault::PublishDomainNameAndInterfaces) {
        profile["domainName"] = "aef.example".into();
    }
    let mut described = json!({"apiName": name, "supportedFeatures": "0", "aefProfiles": [profile]});
    if faults.has(Fault::PublishWithoutProfiles) {
        described["aefProfiles"] = json!([]);
    }
    if faults.has(Fault::PublishWithApiId) {
        described["apiId"] = "of-my-own".into();
    }
    if faults.has(Fault::PublishUnknownSecurityMethod) {
        described["aefProfiles"][0]["securityMethods"] = json!({"methods": methods});
    }
    described
}
