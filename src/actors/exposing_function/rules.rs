//! What the exposing function says on CAPIF-3 and how it answers initiations, without I/O. The only place where its
//! faults are read.

use serde_json::json;

use crate::actors::form;
use crate::control::{ObtainInvokerInfo, Revoke};
use crate::fault::{Fault, FaultSet};
use crate::wire::Request;

fn resource(invoker_id: &str) -> String {
    format!("/capif-security/v1/trustedInvokers/{}", form::escape(invoker_id))
}

/// The request for information about an invoker: a flag for what is wanted, none for what is not (TS 29.222
/// 5.6.2.4.2).
pub(super) fn info_request(wanted: &ObtainInvokerInfo, faults: &FaultSet) -> Request {
    let all = faults.has(Fault::AskForBothAlways);
    let none = faults.has(Fault::AskForNoInformation);
    let flags = [("authenticationInfo", wanted.authentication), ("authorizationInfo", wanted.authorization)];
    let asked = flags.into_iter().filter(|(_name, wanted)| (*wanted || all) && !none);
    let query: Vec<(String, String)> = asked.map(|(name, _wanted)| (name.to_owned(), "true".to_owned())).collect();
    let separator = if query.is_empty() { "" } else { "?" };
    let target = format!("{}{separator}{}", resource(&wanted.api_invoker_id), form::encode(&query));
    Request::new("GET", &target)
}

/// What it does in the place of the invoker: nothing (TS 29.222 5.6.2.1).
pub(super) fn intrusions(invoker_id: &str, aef_id: &str, faults: &FaultSet) -> Vec<Request> {
    let mut requests = Vec::new();
    if faults.has(Fault::NegotiateForTheInvoker) {
        let body = json!({
            "securityInfo": [{"aefId": aef_id, "prefSecurityMethods": ["OAUTH"]}],
            "notificationDestination": "http://127.0.0.1:9/revoked",
        });
        requests.push(Request::new("PUT", &resource(invoker_id)).body("application/json", body.to_string()));
    }
    if faults.has(Fault::RequestTokenForTheInvoker) {
        let pairs = [("grant_type", "client_credentials"), ("client_id", invoker_id)];
        let body = form::encode(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let target = format!("/capif-security/v1/securities/{}/token", form::escape(invoker_id));
        requests.push(Request::new("POST", &target).body("application/x-www-form-urlencoded", body));
    }
    requests
}

/// The revocation: DELETE for all APIs, the custom operation with exactly those listed for some (TS 29.222 5.6.2.5.2).
pub(super) fn revocation(with: &Revoke, aef_id: &str, exposed: &[String], faults: &FaultSet) -> Request {
    let resource = resource(&with.api_invoker_id);
    let notification = |api_ids: &[String]| {
        json!({
            "apiInvokerId": with.api_invoker_id,
            "aefId": aef_id,
            "apiIds": api_ids,
            "cause": with.cause,
        })
        .to_string()
    };
    if with.api_ids.is_empty() || faults.has(Fault::RevokeAllWhereSomeWereMeant) {
        let delete = Request::new("DELETE", &resource);
        if faults.has(Fault::DeleteWithBody) {
            return delete.body("application/json", notification(exposed));
        }
        return delete;
    }
    let listed = if faults.has(Fault::ListEveryApiInRevocation) { exposed } else { &with.api_ids };
    Request::new("POST", &format!("{resource}/delete")).body("application/json", notification(listed))
}

/// Whether the core function is asked about an invoker that initiates authentication (TS 33.122 6.5.2.3 step 5).
pub(super) fn fetches(faults: &FaultSet) -> bool {
    !faults.has(Fault::SkipSecurityInformationFetch)
}

/// Whether an initiation succeeds: for an invoker with a security context for this exposing function.
pub(super) fn admits(is_known: bool, faults: &FaultSet) -> bool {
    is_known || faults.has(Fault::AcceptInvokerUnknownToTheCore)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revoke(api_ids: &[&str]) -> Revoke {
        Revoke {
            api_invoker_id: "i".to_owned(),
            api_ids: api_ids.iter().map(|id| (*id).to_owned()).collect(),
            cause: "OVERLIMIT_USAGE".to_owned(),
        }
    }

    fn wanted(authentication: bool, authorization: bool) -> ObtainInvokerInfo {
        ObtainInvokerInfo { api_invoker_id: "i".to_owned(), authentication, authorization }
    }

    #[test]
    fn flags_say_what_is_wanted() {
        let target = |authentication, authorization| {
            info_request(&wanted(authentication, authorization), &FaultSet::default()).target
        };
        assert_eq!(target(false, false), "/capif-security/v1/trustedInvokers/i");
        assert_eq!(target(true, false), "/capif-security/v1/trustedInvokers/i?authenticationInfo=true");
        assert!(target(true, true).ends_with("?authenticationInfo=true&authorizationInfo=true"));
    }

    #[test]
    fn all_is_a_delete_and_some_a_list() {
        let exposed = ["x".to_owned(), "y".to_owned()];
        let all = revocation(&revoke(&[]), "aef", &exposed, &FaultSet::default());
        assert_eq!((all.method.as_str(), all.body.len()), ("DELETE", 0));
        let some = revocation(&revoke(&["x"]), "aef", &exposed, &FaultSet::default());
        let body: serde_json::Value = serde_json::from_slice(&some.body).unwrap();
        assert_eq!((some.method.as_str(), &body["apiIds"]), ("POST", &json!(["x"])));
    }

    #[test]
    fn every_fault_of_the_exposing_function_changes_what_it_does() {
        let exposed = ["x".to_owned(), "y".to_owned()];
        let done = |faults: &FaultSet| {
            let asked = [wanted(true, false), wanted(false, true)].map(|wanted| info_request(&wanted, faults));
            let revoked = [revoke(&["x"]), revoke(&[])].map(|with| revocation(&with, "aef", &exposed, faults));
            let initiation = (fetches(faults), admits(false, faults));
            format!("{asked:?} {revoked:?} {:?} {initiation:?}", intrusions("i", "aef", faults))
        };
        let right = done(&FaultSet::default());
        let own = Fault::ALL.iter().filter(|fault| fault.role() == crate::spec::Role::ExposingFunction);
        for fault in own {
            assert_ne!(done(&[*fault].into_iter().collect()), right, "{fault}");
        }
    }
}
