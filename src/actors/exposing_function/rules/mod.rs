//! What the exposing function says on CAPIF-3 and how it answers initiations, without I/O. The only place where its
//! faults are read.

pub(super) mod token;

use serde_json::{Map, Value, json};

use super::office::{Exposed, Knowledge};
use crate::actors::form;
use crate::actors::json::{Invalid, Object};
use crate::actors::problem::Problem;
use crate::control::{ObtainInvokerInfo, Revoke};
use crate::fault::{Fault, FaultSet};
use crate::wire::{Incoming, Reply, Request};
use token::{Claims, Refusal, grants};

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
/// Where other exposing functions are to do the same, it says so as the reading has it; none where nothing is sent.
pub(super) fn revocation(
    with: &Revoke,
    aef_id: &str,
    exposed: &[String],
    indication: &str,
    faults: &FaultSet,
) -> Option<Request> {
    if faults.has(Fault::OmitRevocationRequest) {
        return None;
    }
    let resource = resource(&with.api_invoker_id);
    if with.api_ids.is_empty() || faults.has(Fault::RevokeAllWhereSomeWereMeant) {
        let delete = Request::new("DELETE", &resource);
        if faults.has(Fault::DeleteWithBody) {
            let body = notification(with, aef_id, exposed, indication, faults);
            return Some(delete.body("application/json", body.to_string()));
        }
        return Some(delete);
    }
    let listed = if faults.has(Fault::ListEveryApiInRevocation) { exposed } else { &with.api_ids };
    let body = notification(with, aef_id, listed, indication, faults);
    Some(Request::new("POST", &format!("{resource}/delete")).body("application/json", body.to_string()))
}

/// The `SecurityNotification` of a revocation (TS 29.222 8.5.4.2.5, TS 23.222 8.23.2).
fn notification(with: &Revoke, aef_id: &str, listed: &[String], indication: &str, faults: &FaultSet) -> Value {
    let mut body = Map::new();
    let neighbour = format!("{}-neighbour", with.api_invoker_id);
    let foreign = faults.has(Fault::RevocationNamesAnotherInvoker);
    let invoker = if foreign { &neighbour } else { &with.api_invoker_id };
    body.insert("apiInvokerId".to_owned(), invoker.as_str().into());
    if !(with.elsewhere && indication == "aef-id-absent") {
        body.insert("aefId".to_owned(), aef_id.into());
    }
    body.insert("apiIds".to_owned(), listed.into());
    let cause = if with.elsewhere && indication == "cause-unexpected" { "UNEXPECTED_REASON" } else { &with.cause };
    if !faults.has(Fault::RevocationWithoutCause) {
        body.insert("cause".to_owned(), cause.into());
    }
    Value::Object(body)
}

/// Whether the authorization ends here before it has ended at the core function: it does not (TS 23.222 8.23.3 step 5).
pub(super) fn invalidates_first(faults: &FaultSet) -> bool {
    faults.has(Fault::InvalidateBeforeTheAnswer)
}

/// Whether the authorization ends here: where the core function agreed (TS 23.222 8.23.3 step 5).
pub(super) fn invalidates(agreed: bool, faults: &FaultSet) -> bool {
    agreed && !faults.has(Fault::KeepServingAfterOwnRevocation)
}

/// The APIs for which it ends: those revoked.
pub(super) fn invalidated(concerned: &[String], exposed: &[String], faults: &FaultSet) -> Vec<String> {
    if concerned.len() == exposed.len() && faults.has(Fault::KeepServingAfterRevokingAll) {
        return Vec::new();
    }
    if faults.has(Fault::InvalidateEveryApi) { exposed.to_vec() } else { concerned.to_vec() }
}

/// For whom it ends: for the invoker revoked.
pub(super) fn invalidated_for(invoker_id: &str, known: Vec<String>, faults: &FaultSet) -> Vec<String> {
    let mut whose = if faults.has(Fault::InvalidateEveryInvoker) { known } else { Vec::new() };
    whose.push(invoker_id.to_owned());
    whose
}

/// Whether somebody with this name in its certificate revokes here: whoever shows what the core function shows.
pub(super) fn may_revoke(caller: Option<&str>, core_function: Option<&str>, faults: &FaultSet) -> bool {
    let is_core_function = caller.is_some() && (core_function.is_none() || caller == core_function);
    is_core_function || faults.has(Fault::TakeRevocationFromAnybody)
}

/// A revocation that the core function told (TS 29.222 9.1.2A.3).
pub(super) struct Told {
    invoker_id: String,
    api_ids: Vec<String>,
}

/// Reads it; one that breaks the data model changes nothing.
pub(super) fn told(body: &Value, faults: &FaultSet) -> Result<Told, Invalid> {
    let root = Object::new(body, "")?;
    let info = root.required_object("revokeInfo")?;
    let api_ids = info.texts("apiIds")?.ok_or_else(|| info.invalid("apiIds", "is missing"))?;
    let told = Told { invoker_id: info.required_text("apiInvokerId")?, api_ids };
    let complete = info.required_text("cause").and_then(|_cause| root.required_text("supportedFeatures"));
    match complete {
        Err(_incomplete) if faults.has(Fault::ActOnBrokenRevocation) => Ok(told),
        complete => complete.map(|_features| told),
    }
}

/// What is invalid from then on, as pairs of invoker and API: what was named (TS 23.222 8.23.4 step 3).
pub(super) fn struck_by(told: &Told, exposed: &[String], known: &[String], faults: &FaultSet) -> Vec<(String, String)> {
    if faults.has(Fault::KeepServingAfterTold) {
        return Vec::new();
    }
    let api_ids = if faults.has(Fault::RevokeEveryApiWhenTold) { exposed } else { &told.api_ids };
    let struck = if faults.has(Fault::EndFirstApiOnly) { 1 } else { api_ids.len() };
    let mut invokers = vec![told.invoker_id.clone()];
    if faults.has(Fault::RevokeEveryInvokerWhenTold) {
        invokers.extend_from_slice(known);
    }
    let pairs = |invoker: &String| {
        let invoker = invoker.clone();
        api_ids.iter().take(struck).map(move |api_id| (invoker.clone(), api_id.clone()))
    };
    invokers.iter().flat_map(pairs).collect()
}

/// The answer to a revocation that the core function told (TS 23.222 8.23.4 step 4).
pub(super) fn revocation_answer(right: Reply, faults: &FaultSet) -> Reply {
    if faults.has(Fault::AnswerToldRevocationWithNothing) {
        return Reply::new(200).body("application/json", "{}");
    }
    right
}

/// Whether the core function is asked about an invoker that initiates authentication (TS 33.122 6.5.2.3 step 5).
pub(super) fn fetches(faults: &FaultSet) -> bool {
    !faults.has(Fault::SkipSecurityInformationFetch)
}

/// Whether an initiation succeeds: for an invoker with a security context for this exposing function.
pub(super) fn admits(is_known: bool, faults: &FaultSet) -> bool {
    is_known || faults.has(Fault::AcceptInvokerUnknownToTheCore)
}

/// Whether the service logic runs before the caller is checked: it does not (TS 23.222 8.16.3 steps 2 and 3).
pub(super) fn executes_first(faults: &FaultSet) -> bool {
    faults.has(Fault::ExecuteBeforeChecking)
}

/// Whether an answer is given without the service logic: it is not (TS 23.222 8.16.3 step 3).
pub(super) fn answers_without_executing(faults: &FaultSet) -> bool {
    faults.has(Fault::AnswerWithoutExecuting)
}

/// Whether the service logic runs once more: it does not (TS 23.222 8.16.3 step 3).
pub(super) fn executes_again(faults: &FaultSet) -> bool {
    faults.has(Fault::ExecuteTwice)
}

/// The method by which the service logic is called: that of the invocation (TS 23.222 8.16.3 step 3).
pub(super) fn executed_by<'a>(method: &'a str, faults: &FaultSet) -> &'a str {
    if faults.has(Fault::ExecuteEverythingAsReading) { "GET" } else { method }
}

/// The query with which the service logic is called: that of the invocation, whatever else is under way (TS 23.222 8.16.3
/// step 3 and NOTE 2).
pub(super) fn executed_with<'a>(own: &'a str, under_way: Option<&'a str>, faults: &FaultSet) -> &'a str {
    under_way.filter(|_| faults.has(Fault::AnswerParallelInvocationsAlike)).unwrap_or(own)
}

/// The answer of an invocation: its own result (TS 23.222 8.16.3 step 4).
pub(super) fn result(own: Reply, before: Vec<u8>, faults: &FaultSet) -> Reply {
    if faults.has(Fault::AnswerWithLastResult) && !before.is_empty() {
        let mut stale = own;
        stale.body = before;
        return stale;
    }
    own
}

/// An invocation is served however many others there are or were (TS 23.222 8.11.1, 8.16.3 NOTE 2).
pub(super) fn may_be_served_at_all(under_way: usize, served: usize, faults: &FaultSet) -> Result<(), Problem> {
    if under_way > 1 && faults.has(Fault::RefuseParallelInvocations) {
        return Err(Problem::unavailable("another invocation is under way"));
    }
    if served > 0 && faults.has(Fault::ServeOnlyOnce) {
        return Err(Problem::forbidden("the permission is used up"));
    }
    Ok(())
}

/// Whether a caller is let through because one was before: every invocation is checked (TR 23.722 AR-6.3.2-e).
pub(super) fn authorizes_no_more(was_served: bool, faults: &FaultSet) -> bool {
    was_served && faults.has(Fault::CheckFirstInvocationOnly)
}

/// Tokens are taken over TLS only (TS 33.122 C.1).
pub(super) fn over(secure: bool, faults: &FaultSet) -> Result<(), Problem> {
    if secure || faults.has(Fault::ServeOverPlainHttp) {
        return Ok(());
    }
    Err(Problem::forbidden("service APIs are served over TLS only"))
}

/// The bearer token of an invocation: from the Authorization header and nowhere else (TS 33.122 C.5, RFC 6750 2.1).
pub(super) fn bearer(incoming: &Incoming, parameters: &[(String, String)], faults: &FaultSet) -> Option<String> {
    let header = incoming.header("Authorization").and_then(|value| value.split_once(' '));
    let any_scheme = faults.has(Fault::AcceptTokenUnderAnyScheme);
    let in_header = header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer") || any_scheme);
    if let Some((_scheme, token)) = in_header {
        return Some(token.trim().to_owned());
    }
    let parameter = |name: &str| parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
    let cookie = || incoming.header("Cookie")?.strip_prefix("access_token=").map(str::to_owned);
    let own_header = || incoming.header("X-Auth-Token").map(str::to_owned);
    parameter("query.access_token")
        .filter(|_| faults.has(Fault::AcceptTokenInQuery))
        .or_else(|| parameter("body.access_token").filter(|_| faults.has(Fault::AcceptTokenInForm)))
        .or_else(|| cookie().filter(|_| faults.has(Fault::AcceptTokenInCookie)))
        .or_else(|| own_header().filter(|_| faults.has(Fault::AcceptTokenInOtherHeader)))
}

/// What becomes of somebody who shows neither certificate nor token.
pub(super) fn without_credentials(has_token: bool, faults: &FaultSet) -> Result<(), Problem> {
    // A token that was found good names its invoker, unless a fault let it pass without one.
    if has_token || faults.has(Fault::ServeWithoutCredentials) {
        return Ok(());
    }
    Err(Problem::wants_bearer("an access token is needed"))
}

/// What there is to do before a caller can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// What is known is enough.
    Nothing,
    /// The core function has to be asked.
    Fetch,
    /// The best is presumed of the caller.
    Presume,
}

/// Whether information about an invoker is missing that the decision needs (TS 23.222 8.14 step 2, 8.16.3 step 2a).
pub(super) fn need(known: Option<&Knowledge>, authorization: bool, faults: &FaultSet) -> Need {
    match known {
        Some(known) if !authorization || known.authorization_asked => Need::Nothing,
        Some(_) | None if authorization && faults.has(Fault::DecideWithoutAuthorizationInformation) => Need::Presume,
        Some(_) | None => Need::Fetch,
    }
}

/// Who calls, and what is known of it.
pub(super) struct Credentials<'a> {
    pub(super) invoker: &'a str,
    /// The common name of the certificate shown.
    pub(super) certificate: Option<&'a str>,
    /// What a good token says.
    pub(super) claims: Option<&'a Claims>,
    pub(super) known: Option<&'a Knowledge>,
    /// Whether the authorization for this API was revoked.
    pub(super) revoked: bool,
}

/// Whether a revocation ends what a token was good for: of every token, used before or not (TS 33.122 C.6).
pub(super) fn is_ended(revoked: bool, seen: bool, faults: &FaultSet) -> bool {
    revoked && (seen || !faults.has(Fault::RevokeTokensSeenOnly))
}

/// Whether a revocation stands once somebody was let through, who may be another one: it does (TS 33.122 C.6).
pub(super) fn stays_revoked(same_invoker: bool, faults: &FaultSet) -> bool {
    same_invoker || !faults.has(Fault::ForgetRevocationOnceOthersAreServed)
}

/// Whether a caller with good credentials may use this API: by token in method 3, by what the core function told in
/// method 2 (TS 23.222 8.16.3 step 2, TS 33.122 6.5.2.2 and 6.5.2.3).
pub(super) fn authorized(
    credentials: &Credentials<'_>,
    aef_id: &str,
    api: &Exposed,
    owner: Option<&str>,
    faults: &FaultSet,
) -> Result<(), Problem> {
    match credentials.claims {
        Some(claims) => {
            by_certificates(credentials, faults)?;
            by_owner(claims, api, owner, faults)?;
        }
        None => by_information(credentials, aef_id, &api.name, faults)?,
    }
    if credentials.revoked {
        return Err(refused(Refusal::Invalid("the authorization has been revoked"), faults));
    }
    Ok(())
}

/// The certificates of CAPIF-2e are as the core function indicated, and the token is the caller's own (TS 33.122
/// 6.5.2.3 step 5).
fn by_certificates(credentials: &Credentials<'_>, faults: &FaultSet) -> Result<(), Problem> {
    let mutual = credentials.known.is_some_and(|known| known.mutual);
    match credentials.certificate {
        None if mutual && !faults.has(Fault::ServeWithoutClientCertificate) => {
            Err(Problem::unauthenticated("a certificate is needed, as the core function indicated"))
        }
        None if !mutual && faults.has(Fault::NeedCertificateAlways) => {
            Err(Problem::unauthenticated("a certificate is needed"))
        }
        Some(shown) if mutual && shown != credentials.invoker && !faults.has(Fault::AcceptTokenOfAnotherInvoker) => {
            Err(refused(Refusal::Invalid("the token is that of another invoker"), faults))
        }
        None | Some(_) => Ok(()),
    }
}

/// The owner of the resource agreed (TS 23.222 8.31.3).
fn by_owner(claims: &Claims, api: &Exposed, owner: Option<&str>, faults: &FaultSet) -> Result<(), Problem> {
    if !api.needs_owner {
        return Ok(());
    }
    match claims.owner.as_deref() {
        None if faults.has(Fault::ServeWithoutOwnerAuthorization) => Ok(()),
        None => Err(Problem::forbidden("the authorization of the resource owner is needed")),
        Some(named) if owner == Some(named) || faults.has(Fault::IgnoreWhoseResource) => Ok(()),
        Some(named) if begin_alike(named, owner) && faults.has(Fault::CompareBeginningsOfOwners) => Ok(()),
        Some(_) => Err(Problem::forbidden("the resource is that of another owner")),
    }
}

fn begin_alike(named: &str, owner: Option<&str>) -> bool {
    owner.is_some_and(|owner| owner.starts_with(named) || named.starts_with(owner))
}

/// Whether what the core function tells is about this exposing function: an entry, or what a scope in it names. An entry
/// that names no function is by address.
pub(super) fn is_about(named: Option<&str>, aef_id: &str, faults: &FaultSet) -> bool {
    named.is_none_or(|named| named == aef_id) || faults.has(Fault::TakeInformationForAnotherFunction)
}

/// Method 2: the certificate says who calls, the core function what it may.
fn by_information(
    credentials: &Credentials<'_>,
    aef_id: &str,
    api_name: &str,
    faults: &FaultSet,
) -> Result<(), Problem> {
    let known = credentials.known;
    let method = known.and_then(|known| known.method.as_deref());
    if method != Some("PKI") {
        if method == Some("OAUTH") && faults.has(Fault::ServeWithoutToken) {
            return Ok(());
        }
        return Err(match method {
            None => Problem::forbidden("the core function knows no such invoker here"),
            Some(_) => Problem::wants_bearer("an access token is needed"),
        });
    }
    let told = known.and_then(|known| known.authorization.as_deref()).unwrap_or_default();
    let granted =
        grants(told).into_iter().any(|(named, name)| name == api_name && is_about(Some(named), aef_id, faults));
    if granted || faults.has(Fault::IgnoreAuthorizationInformation) {
        return Ok(());
    }
    Err(Problem::forbidden("the core function does not authorize the invoker for this service API"))
}

/// How the refusal of a token is told (RFC 6750 clause 3, TS 33.122 C.5).
pub(super) fn refused(refusal: Refusal, faults: &FaultSet) -> Problem {
    match refusal {
        Refusal::Invalid(_) if faults.has(Fault::RefuseTokenWithoutReason) => {
            Problem::unauthenticated("an access token is needed")
        }
        Refusal::Invalid(why) => Problem::invalid_token(why),
        Refusal::Scope(why) => Problem::insufficient_scope(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revoke(api_ids: &[&str]) -> Revoke {
        Revoke {
            api_invoker_id: "i".to_owned(),
            api_ids: api_ids.iter().map(|id| (*id).to_owned()).collect(),
            cause: "OVERLIMIT_USAGE".to_owned(),
            elsewhere: false,
        }
    }

    fn wanted(authentication: bool, authorization: bool) -> ObtainInvokerInfo {
        ObtainInvokerInfo { api_invoker_id: "i".to_owned(), authentication, authorization }
    }

    fn revoked(with: &Revoke, indication: &str) -> Request {
        let exposed = ["x".to_owned(), "y".to_owned()];
        revocation(with, "aef", &exposed, indication, &FaultSet::default()).unwrap()
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
        let all = revoked(&revoke(&[]), "none");
        assert_eq!((all.method.as_str(), all.body.len()), ("DELETE", 0));
        let some = revoked(&revoke(&["x"]), "none");
        let body: Value = serde_json::from_slice(&some.body).unwrap();
        assert_eq!((some.method.as_str(), &body["apiIds"], &body["aefId"]), ("POST", &json!(["x"]), &json!("aef")));
    }

    #[test]
    fn the_reading_says_how_other_functions_are_meant() {
        let body = |indication| -> Value {
            let with = Revoke { elsewhere: true, ..revoke(&["x"]) };
            serde_json::from_slice(&revoked(&with, indication).body).unwrap()
        };
        assert_eq!(body("none")["aefId"], "aef");
        assert_eq!(body("aef-id-absent")["aefId"], Value::Null);
        assert_eq!(body("cause-unexpected")["cause"], "UNEXPECTED_REASON");
    }

    #[test]
    fn a_told_revocation_is_complete_or_changes_nothing() {
        let info = json!({"apiInvokerId": "i", "apiIds": ["x"], "cause": "OVERLIMIT_USAGE"});
        let whole = json!({"revokeInfo": info, "supportedFeatures": "0"});
        assert!(told(&whole, &FaultSet::default()).is_ok());
        for missing in ["revokeInfo", "supportedFeatures"] {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().shift_remove(missing);
            assert!(told(&body, &FaultSet::default()).is_err(), "{missing}");
        }
    }
}
