//! What a management function sends to register its domain: TS 23.222 clause 8.28, TS 29.222 clause 5.11.2.2.

use serde_json::{Map, Value};

use super::evidence::Evidence;
use super::{Check, Judgement, lens};
use crate::spec::{Operation, Party, Role};
use crate::wire::Exchange;
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] =
    &[&REGISTRATION_SENT, &REGISTRATION_COMPLETE, &FUNCTIONS_DESCRIBED, &REGISTRATION_WELL_FORMED, &SECRET_SHOWN];

/// The functions of the domain are registered by their management function.
pub const REGISTRATION_SENT: Check = Check {
    slug: "domain-registered-with-its-functions",
    role: Role::ManagementFunction,
    requirements: &[req!("23222-8.28.3-01")],
    judge: |evidence| {
        on_registrations(evidence, "POST registrations with the functions that publish and expose", |_, body| {
            let roles: Vec<String> = functions(body).iter().map(|function| text(function, "apiProvFuncRole")).collect();
            let missing = ["APF", "AEF"].into_iter().find(|role| !roles.iter().any(|listed| listed == role));
            missing.map(|role| format!("no {role} among {}", roles.join(", ")))
        })
    },
};

/// The secret, and the functions with what has to be known of them, none with an identity.
pub const REGISTRATION_COMPLETE: Check = Check {
    slug: "registration-complete",
    role: Role::ManagementFunction,
    requirements: &[req!("29222-5.11.2.2.2-01")],
    judge: |evidence| {
        let expected = "regSec, and for each function apiProvFuncRole and regInfo.apiProvPubKey and no identity";
        on_registrations(evidence, expected, |_, body| {
            let identified = functions(body).iter().any(|function| function.get("apiProvFuncId").is_some());
            let identity = identified.then(|| "a function with apiProvFuncId".to_owned());
            let domain = body.get("apiProvDomId").map(|_| "apiProvDomId".to_owned());
            let secret = body.get("regSec").is_none().then(|| "no regSec".to_owned());
            undescribed(body).or(identity).or(domain).or(secret)
        })
    },
};

/// Each function is described by its role and its key.
pub const FUNCTIONS_DESCRIBED: Check = Check {
    slug: "registered-functions-described",
    role: Role::ManagementFunction,
    requirements: &[req!("23222-8.28.2-01")],
    judge: |evidence| {
        let expected = "apiProvFuncs, each with apiProvFuncRole and regInfo.apiProvPubKey";
        on_registrations(evidence, expected, |_, body| undescribed(body))
    },
};

/// The body is what the data type asks for in a creation.
pub const REGISTRATION_WELL_FORMED: Check = Check {
    slug: "registration-well-formed",
    role: Role::ManagementFunction,
    requirements: &[req!("29222-8.9.4.2-01")],
    judge: |evidence| {
        let expected = "an APIProviderEnrolmentDetails without apiProvDomId and apiProvFuncId";
        on_registrations(evidence, expected, |exchange, body| {
            let bytes = exchange.request.as_ref().map(|request| request.body.as_slice()).unwrap_or_default();
            let violation = lens::violation(data_type!("APIProviderEnrolmentDetails"), evidence.release, bytes);
            let identified = functions(body).iter().any(|function| function.get("apiProvFuncId").is_some());
            let identity = identified || body.contains_key("apiProvDomId");
            violation.or_else(|| identity.then(|| "an identity that only the core function assigns".to_owned()))
        })
    },
};

/// The core function has something to validate.
pub const SECRET_SHOWN: Check = Check {
    slug: "registration-shows-security-information",
    role: Role::ManagementFunction,
    requirements: &[req!("33122-unassigned-03")],
    judge: |evidence| {
        on_registrations(evidence, "a regSec that is not empty", |_, body| {
            let secret = body.get("regSec").and_then(Value::as_str).unwrap_or_default();
            secret.is_empty().then(|| "none".to_owned())
        })
    },
};

/// Looks at every registration for the first thing that is wrong with one.
fn on_registrations(
    evidence: &Evidence<'_>,
    expected: &str,
    wrong: impl Fn(&Exchange, &Map<String, Value>) -> Option<String>,
) -> Judgement {
    on_every_body(evidence, (Party::MANAGEMENT_FUNCTION, operation!("CreateApiProvRegist")), expected, wrong)
}

/// Looks at the body of every request of an operation by a party for the first thing that is wrong with one. Where none
/// came, what was told was not done.
pub(super) fn on_every_body(
    evidence: &Evidence<'_>,
    (by, operation): (Party, &'static Operation),
    expected: &str,
    wrong: impl Fn(&Exchange, &Map<String, Value>) -> Option<String>,
) -> Judgement {
    let operations = [operation];
    let sent: Vec<&Exchange> = lens::sent_by(evidence, by, &operations).collect();
    for exchange in &sent {
        let Some(body) = lens::request_object(exchange) else {
            return Judgement::missed(expected, "a body that is no JSON object").at(exchange.id);
        };
        if let Some(why) = wrong(exchange, &body) {
            return Judgement::missed(expected, why).at(exchange.id);
        }
    }
    match sent.first() {
        Some(exchange) => Judgement::held(expected, format!("{} of them", sent.len())).at(exchange.id),
        None => Judgement::missed(expected, format!("no {} arrived", operation.service_operation)),
    }
}

fn functions(body: &Map<String, Value>) -> Vec<Value> {
    body.get("apiProvFuncs").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// What is not said of a function, or of all of them.
fn undescribed(body: &Map<String, Value>) -> Option<String> {
    let listed = functions(body);
    if listed.is_empty() {
        return Some("no function".to_owned());
    }
    let without = listed.iter().find_map(|function| {
        let key = function.get("regInfo").map(|information| text(information, "apiProvPubKey")).unwrap_or_default();
        let role = text(function, "apiProvFuncRole");
        (role.is_empty() || key.is_empty()).then_some(role)
    });
    without.map(|role| format!("a function {role} without its role or its key"))
}

fn text(object: &Value, member: &str) -> String {
    object.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}
