//! Stimuli of AEF_Security_API, TS 29.222 clause 9.1.

use serde_json::json;

use super::stimulus::{Body, Stimulus};
use crate::operation;
use crate::spec::Party;

/// POST check-authentication: the Authentication Initiation Request of TS 33.122 clause 6.5.2.3 step 5.
#[must_use]
pub fn initiate_authentication(by: Party, at: Party, invoker_id: &str) -> Stimulus {
    let body = json!({ "apiInvokerId": invoker_id, "supportedFeatures": "0" });
    let target = "/aef-security/v1/check-authentication".to_owned();
    let mut stimulus = Stimulus::new(operation!("CheckAuthReq"), by, target, Body::Json(body)).sent_to(at);
    // The exposing function authenticates nobody before it has been told about them.
    stimulus.presents = super::stimulus::Presents::Nothing;
    stimulus
}

/// POST revoke-authorization: the core function revokes at an exposing function (TS 29.222 6.2.2.3).
#[must_use]
pub fn revoke_authorization(at: Party, invoker_id: &str, api_ids: &[String]) -> Stimulus {
    let body = json!({
        "revokeInfo": { "apiInvokerId": invoker_id, "apiIds": api_ids, "cause": "OVERLIMIT_USAGE" },
        "supportedFeatures": "0",
    });
    let target = "/aef-security/v1/revoke-authorization".to_owned();
    Stimulus::new(operation!("RevokeAuthServAPIs"), Party::CORE_FUNCTION, target, Body::Json(body)).sent_to(at)
}
