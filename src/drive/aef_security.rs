//! Stimuli of AEF_Security_API, TS 29.222 clause 9.1.

use serde_json::json;

use super::stimulus::{Body, Stimulus};
use crate::operation;
use crate::spec::Party;

/// POST check-authentication: the Authentication Initiation Request of TS 33.122 clause 6.5.2.3 step 5.
#[must_use]
pub fn initiate_authentication(by: Party, invoker_id: &str) -> Stimulus {
    let body = json!({ "apiInvokerId": invoker_id, "supportedFeatures": "0" });
    let target = "/aef-security/v1/check-authentication".to_owned();
    let mut stimulus = Stimulus::new(operation!("CheckAuthReq"), by, target, Body::Json(body));
    // The exposing function authenticates nobody before it has been told about them.
    stimulus.presents = super::stimulus::Presents::Nothing;
    stimulus
}
