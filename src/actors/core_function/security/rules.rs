//! Decisions of `CAPIF_Security_API`, without I/O. The only place where its faults are read.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::model::Proposal;
use super::{Entry, Interface, Notification, SecurityContext};
use crate::actors::core_function::access::Caller;
use crate::actors::core_function::state::{Access, Invoker};
use crate::actors::json::Invalid;
use crate::actors::problem::Problem;
use crate::fault::{Fault, FaultSet};
use crate::spec::Role;
use crate::wire::Reply;

/// Who may create a security context: the invoker itself (TS 29.222 5.6.2.1).
pub(super) fn may_create(caller: &Caller, owner: &str, faults: &FaultSet) -> bool {
    match caller {
        Caller::Invoker { id } => id == owner || faults.has(Fault::LetAnotherInvokerNegotiate),
        Caller::Function { role, .. } => {
            *role == Role::ExposingFunction && faults.has(Fault::LetExposingFunctionNegotiate)
        }
        Caller::Nobody | Caller::Stranger => false,
    }
}

/// What becomes of a security method request: one that breaks the data model is refused (TS 29.222 7.7).
pub(super) fn proposal(read: Result<Proposal, Invalid>, faults: &FaultSet) -> Result<Proposal, Invalid> {
    match read {
        Err(_) if faults.has(Fault::AcceptBrokenSecurityContext) => Ok(Proposal::default()),
        read => read,
    }
}

/// What becomes of a revocation for some APIs: one that breaks the data model is refused (TS 29.222 7.7). None is one
/// that is waved through unread.
pub(super) fn notification(
    read: Result<Notification, Invalid>,
    faults: &FaultSet,
) -> Result<Option<Notification>, Invalid> {
    match read {
        Err(_) if faults.has(Fault::AcceptBrokenRevocation) => Ok(None),
        read => read.map(Some),
    }
}

/// Whether there must be a security context to update (TS 29.222 8.5.2.3.4.2).
pub(super) fn needs_context(faults: &FaultSet) -> bool {
    !faults.has(Fault::CreateOnUpdate)
}

/// What an update answers for an entry.
pub(super) fn updated(entry: Entry, faults: &FaultSet) -> Entry {
    let selected = entry.selected.filter(|_| !faults.has(Fault::AnswerUpdateWithoutMethods));
    Entry { selected, ..entry }
}

/// The answer where nobody has such a security context (TS 29.222 7.7).
pub(super) fn no_context(faults: &FaultSet) -> Problem {
    if faults.has(Fault::AnswerUnknownContextWithServerError) {
        return Problem::internal("there is no security context");
    }
    Problem::not_found("the invoker has no security context")
}

/// Who may update a security context: the invoker itself (TS 29.222 5.6.2.1).
pub(super) fn may_update(caller: &Caller, owner: &str, faults: &FaultSet) -> bool {
    match caller {
        Caller::Invoker { id } => id == owner || faults.has(Fault::LetAnotherInvokerRenegotiate),
        Caller::Function { role, .. } => {
            *role == Role::PublishingFunction && faults.has(Fault::LetPublishingFunctionRenegotiate)
        }
        Caller::Nobody | Caller::Stranger => false,
    }
}

/// Who may read security contexts: exposing functions (TS 29.222 5.6.2.1).
pub(super) fn may_read(caller: &Caller, faults: &FaultSet) -> bool {
    match role(caller) {
        Some(Role::ExposingFunction) => true,
        Some(Role::Invoker) => faults.has(Fault::LetInvokerReadSecurityContext),
        Some(Role::PublishingFunction) => faults.has(Fault::LetPublishingFunctionReadSecurityContext),
        Some(Role::ManagementFunction) => faults.has(Fault::LetManagementFunctionReadSecurityContext),
        Some(Role::CoreFunction | Role::ResourceOwnerFunction | Role::PeerCoreFunction) | None => false,
    }
}

/// Who may revoke authorizations: exposing functions (TS 29.222 5.6.2.1).
pub(super) fn may_revoke(caller: &Caller, faults: &FaultSet) -> bool {
    match role(caller) {
        Some(Role::ExposingFunction) => true,
        Some(Role::Invoker) => faults.has(Fault::LetInvokerRevoke),
        Some(Role::PublishingFunction) => faults.has(Fault::LetPublishingFunctionRevoke),
        Some(Role::ManagementFunction) => faults.has(Fault::LetManagementFunctionRevoke),
        Some(Role::CoreFunction | Role::ResourceOwnerFunction | Role::PeerCoreFunction) | None => false,
    }
}

fn role(caller: &Caller) -> Option<Role> {
    match caller {
        Caller::Nobody | Caller::Stranger => None,
        Caller::Invoker { .. } => Some(Role::Invoker),
        Caller::Function { role, .. } => Some(*role),
    }
}

/// The method for an entry: the first preference that every interface concerned offers, else the first that one of
/// them offers; none when there is nothing in common (TS 33.122 6.3.1, TS 29.222 8.5.4.2.3).
pub(super) fn select(preferred: &[String], offers: &[&[String]], faults: &FaultSet) -> Option<String> {
    let offered = |method: &&String| offers.iter().any(|offer| offer.contains(method));
    if faults.has(Fault::SelectMethodOutsideThePreference) {
        let other = offers.iter().copied().flatten().find(|method| !preferred.contains(method));
        if other.is_some() {
            return other.cloned();
        }
    }
    if faults.has(Fault::SelectMethodTheAefDoesNotOffer) {
        let other = preferred.iter().find(|method| !offered(method));
        if other.is_some() {
            return other.cloned();
        }
    }
    let common: Vec<&String> = preferred.iter().filter(offered).collect();
    let everywhere = common.iter().find(|method| offers.iter().all(|offer| offer.contains(method)));
    everywhere.or(common.first()).map(|method| (*method).clone())
}

/// The answer to a creation.
pub(super) struct Created {
    /// Its status.
    pub(super) status: u16,
    /// The invoker whose resource the Location names.
    pub(super) located_at: Option<String>,
    /// The entries told.
    pub(super) entries: Vec<Entry>,
    /// Whether the context is stored.
    pub(super) kept: bool,
}

/// How a creation is answered: 201, the URI, one entry per entry of the request (TS 29.222 5.6.2.2.2).
pub(super) fn created(id: &str, other: Option<&str>, entries: &[Entry], faults: &FaultSet) -> Created {
    let named = if faults.has(Fault::LocationNamesAnotherInvoker) { other.unwrap_or("another") } else { id };
    let mut entries = entries.to_vec();
    if faults.has(Fault::AnswerPutWithoutMethods) {
        for entry in &mut entries {
            entry.selected = None;
        }
    }
    if faults.has(Fault::DropSecurityEntry) && entries.len() > 1 {
        entries.pop();
    }
    Created {
        status: if faults.has(Fault::AnswerCreatedWithOk) { 200 } else { 201 },
        located_at: (!faults.has(Fault::OmitLocationOnCreated)).then(|| named.to_owned()),
        entries,
        kept: !faults.has(Fault::ForgetSecurityContext),
    }
}

/// The security context that is read: the stored one, or there is none.
pub(super) fn context<'a>(
    stored: Option<&'a SecurityContext>,
    aef_id: Option<&str>,
    invoker: &Invoker,
    faults: &FaultSet,
) -> Option<Cow<'a, SecurityContext>> {
    if stored.is_none() && !invoker.is_client && faults.has(Fault::ServeContextBeforeNegotiation) {
        let entry = Entry {
            interface: Interface::OfAef(aef_id.unwrap_or_default().to_owned()),
            api_id: None,
            preferred: vec!["OAUTH".to_owned()],
            selected: Some("OAUTH".to_owned()),
        };
        return Some(Cow::Owned(SecurityContext { entries: vec![entry], destination: invoker.destination.clone() }));
    }
    stored.map(Cow::Borrowed)
}

/// The entries that an exposing function is shown: all of its own and nobody else's (TS 29.222 5.6.2.4.2).
pub(super) fn visible<'a>(entries: &'a [Entry], is_own: impl Fn(&Entry) -> bool, faults: &FaultSet) -> Vec<&'a Entry> {
    let all = faults.has(Fault::ServeOtherAefsEntries);
    let mut shown: Vec<&Entry> = entries.iter().filter(|entry| all || is_own(entry)).collect();
    if faults.has(Fault::ServeFirstInterfaceOnly) {
        shown.truncate(1);
    }
    shown
}

/// Which information an exposing function asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) authentication: bool,
    pub(super) authorization: bool,
}

/// An entry with the information that was asked for, and no other (TS 29.222 5.6.2.4.2).
pub(super) fn disclosed(
    entry: &Entry,
    asked: Asked,
    root_pem: Option<&str>,
    authorization: Option<String>,
    faults: &FaultSet,
) -> Value {
    let mut body = entry.security_information();
    if faults.has(Fault::HideSelectedMethod) {
        body.shift_remove("selSecurityMethod");
    }
    let authentication = asked.authentication || faults.has(Fault::SendAuthenticationInfoUnasked);
    // The root of the invoker's certificate serves method 2, and method 3 where certificates are mutual (TS 33.122
    // 6.5.2.3); a pre-shared key is no certificate.
    if let Some(root_pem) = root_pem.filter(|_| authentication && entry.selected.as_deref() != Some("PSK")) {
        body.insert("authenticationInfo".to_owned(), root_pem.into());
    }
    let tell_authorization = asked.authorization || faults.has(Fault::SendAuthorizationInfoUnasked);
    if let Some(authorization) = authorization.filter(|_| tell_authorization) {
        body.insert("authorizationInfo".to_owned(), authorization.into());
    }
    Value::Object(body)
}

/// A request to revoke that is in order.
pub(super) struct Revocation<'a> {
    /// Whose authorization.
    pub(super) invoker_id: &'a str,
    /// The exposing function that asks.
    pub(super) aef_id: Option<&'a str>,
    /// The APIs listed; none for all APIs.
    pub(super) partial: Option<&'a [String]>,
    /// Why.
    pub(super) cause: &'a str,
    /// What is to be struck.
    pub(super) concerned: BTreeSet<Access>,
    /// Every API that the invoker was authorized for.
    pub(super) all_apis: Vec<String>,
}

/// What is struck from the authorization of the invoker: what was listed, or everything (TS 29.222 5.6.2.5.2).
pub(super) fn struck(revocation: &Revocation, permitted: &BTreeSet<Access>, faults: &FaultSet) -> BTreeSet<Access> {
    if revocation.partial.is_none() {
        let spared = faults.has(Fault::KeepGrantingAfterRevocation);
        return if spared { BTreeSet::new() } else { revocation.concerned.clone() };
    }
    if faults.has(Fault::RevokeNothingOnPartialRevocation) {
        return BTreeSet::new();
    }
    if faults.has(Fault::RevokeAllOnPartialRevocation) {
        return permitted.clone();
    }
    revocation.concerned.clone()
}

/// Whether DELETE deletes the resource (TS 29.222 5.6.2.5.2).
pub(super) fn forgets_context(faults: &FaultSet) -> bool {
    !faults.has(Fault::KeepContextAfterDelete)
}

/// Where the parties want to be told.
pub(super) struct Destinations<'a> {
    /// Destination of the security context.
    pub(super) negotiated: &'a str,
    /// Destination of the enrolment.
    pub(super) enrolled: &'a str,
    /// Other invokers and the destinations of their security contexts.
    pub(super) others: &'a [(&'a str, &'a str)],
}

/// A notification to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Notice {
    /// Where to.
    pub(in super::super) destination: String,
    /// What it says.
    pub(in super::super) notification: Notification,
}

/// Who is told what: the invoker, once, at the destination of its security context, and exactly what was revoked
/// (TS 29.222 5.6.2.5.2, 8.5.3.2).
pub(super) fn notices(revocation: &Revocation, destinations: &Destinations, faults: &FaultSet) -> Vec<Notice> {
    let skips_partial = revocation.partial.is_some() && faults.has(Fault::SkipPartialRevocationNotification);
    if skips_partial || faults.has(Fault::SkipRevocationNotification) {
        return Vec::new();
    }
    let api_ids = told_apis(revocation, faults);
    let other = destinations.others.first().map_or("another", |(id, _destination)| id);
    let named = if faults.has(Fault::NotificationNamesAnotherInvoker) { other } else { revocation.invoker_id };
    let destination =
        if faults.has(Fault::ForgetNotificationDestination) { destinations.enrolled } else { destinations.negotiated };
    let notice = Notice {
        destination: destination.to_owned(),
        notification: Notification {
            api_invoker_id: named.to_owned(),
            aef_id: revocation.aef_id.map(str::to_owned),
            api_ids,
            cause: revocation.cause.to_owned(),
        },
    };
    let mut notices = vec![notice.clone()];
    if faults.has(Fault::NotifyTwice) {
        notices.push(notice.clone());
    }
    if faults.has(Fault::NotifyEveryInvoker) {
        let others = destinations.others.iter().map(|(_id, destination)| (*destination).to_owned());
        notices.extend(others.map(|destination| Notice { destination, ..notice.clone() }));
    }
    notices
}

fn told_apis(revocation: &Revocation, faults: &FaultSet) -> Vec<String> {
    match revocation.partial {
        Some(_) if faults.has(Fault::NotifyAllApisOnPartialRevocation) => revocation.all_apis.clone(),
        Some(listed) => listed.to_vec(),
        None if faults.has(Fault::NotifyWithoutApis) => Vec::new(),
        None => revocation.all_apis.clone(),
    }
}

/// The notifications that go out now: those just made.
pub(super) fn due(made: Vec<Notice>, held: &mut Vec<Notice>, faults: &FaultSet) -> Vec<Notice> {
    if !faults.has(Fault::HoldNotificationBack) {
        return made;
    }
    if held.is_empty() {
        *held = made;
        return Vec::new();
    }
    let mut late = made;
    late.append(held);
    late
}

/// How a revocation is acknowledged: 204 without body (TS 29.222 8.5.2.3.3.2, 8.5.2.3.4.3).
pub(super) fn acknowledged(faults: &FaultSet) -> Reply {
    if faults.has(Fault::AnswerRevocationWithBody) {
        return Reply::new(200).body("application/json", "{}");
    }
    Reply::new(204)
}

/// How a revocation for an unknown invoker is answered; none for the error.
pub(super) fn unknown_invoker(faults: &FaultSet) -> Option<Reply> {
    faults.has(Fault::AcknowledgeUnknownInvoker).then(|| Reply::new(204))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn selected(preferred: &[&str], offers: &[&[&str]], faults: &[Fault]) -> Option<String> {
        let offers: Vec<Vec<String>> = offers.iter().map(|offer| methods(offer)).collect();
        let offers: Vec<&[String]> = offers.iter().map(Vec::as_slice).collect();
        select(&methods(preferred), &offers, &faults.iter().copied().collect())
    }

    #[test]
    fn a_method_is_in_both_lists_or_there_is_none() {
        assert_eq!(selected(&["PSK", "OAUTH", "PKI"], &[&["PKI", "OAUTH"]], &[]).unwrap(), "OAUTH");
        assert_eq!(selected(&["PSK"], &[&["PKI", "OAUTH"]], &[]), None);
        assert_eq!(selected(&["PKI"], &[], &[]), None);
    }

    #[test]
    fn a_method_that_serves_every_interface_comes_first() {
        assert_eq!(selected(&["PKI", "OAUTH"], &[&["PKI", "OAUTH"], &["OAUTH"]], &[]).unwrap(), "OAUTH");
        assert_eq!(selected(&["PKI", "OAUTH"], &[&["PKI"], &["OAUTH"]], &[]).unwrap(), "PKI");
    }

    #[test]
    fn a_lie_about_methods_leaves_one_list_intact() {
        let outside = [Fault::SelectMethodOutsideThePreference];
        assert_eq!(selected(&["PKI"], &[&["PKI", "OAUTH"]], &outside).unwrap(), "OAUTH");
        assert_eq!(selected(&["PKI"], &[&["PKI"]], &outside).unwrap(), "PKI");
        let unoffered = [Fault::SelectMethodTheAefDoesNotOffer];
        assert_eq!(selected(&["PKI", "PSK"], &[&["PKI"]], &unoffered).unwrap(), "PSK");
    }

    fn access(api_id: &str) -> Access {
        Access { aef_id: "aef".to_owned(), api_id: api_id.to_owned() }
    }

    fn revocation(partial: Option<&[String]>) -> Revocation<'_> {
        Revocation {
            invoker_id: "invoker",
            aef_id: Some("aef"),
            partial,
            cause: "OVERLIMIT_USAGE",
            concerned: if partial.is_some() { [access("x")].into() } else { [access("x"), access("y")].into() },
            all_apis: methods(&["x", "y"]),
        }
    }

    #[test]
    fn what_is_struck_is_what_is_told_and_to_whom() {
        let (listed, faults) = (methods(&["x"]), FaultSet::default());
        let permitted = [access("x"), access("y")].into();
        let destinations = Destinations { negotiated: "d", enrolled: "e", others: &[("other", "o")] };
        for (partial, apis) in [(Some(listed.as_slice()), vec!["x"]), (None, vec!["x", "y"])] {
            let revocation = revocation(partial);
            let struck: Vec<String> =
                struck(&revocation, &permitted, &faults).into_iter().map(|access| access.api_id).collect();
            let told = notices(&revocation, &destinations, &faults);
            assert_eq!((struck, told.len()), (methods(&apis), 1));
            assert_eq!((told[0].destination.as_str(), &told[0].notification.api_ids), ("d", &methods(&apis)));
        }
    }

    #[test]
    fn a_late_notification_comes_after_the_next_one() {
        let destinations = Destinations { negotiated: "d", enrolled: "e", others: &[] };
        let faults = [Fault::HoldNotificationBack].into_iter().collect();
        let listed = methods(&["x"]);
        let [first, second] =
            [Some(listed.as_slice()), None].map(|partial| notices(&revocation(partial), &destinations, &faults));
        let mut held = Vec::new();
        assert!(due(first.clone(), &mut held, &faults).is_empty());
        assert_eq!(due(second.clone(), &mut held, &faults), [second, first].concat());
        assert!(held.is_empty());
    }
}
