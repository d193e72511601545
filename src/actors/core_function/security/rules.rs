//! Decisions of `CAPIF_Security_API`, without I/O. The only place where its faults are read.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::model::Proposal;
use super::{Entry, Interface, SecurityContext};
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
        let destination = invoker.destination.clone();
        return Some(Cow::Owned(SecurityContext { entries: vec![entry], destination, updated: false }));
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

/// The authorization that an exposing function is told of: what is left (TS 23.222 8.23.3 step 3).
pub(super) fn told_rights(
    permitted: BTreeSet<Access>,
    revoked: &BTreeSet<Access>,
    faults: &FaultSet,
) -> BTreeSet<Access> {
    if faults.has(Fault::TellEndedAuthorization) { &permitted | revoked } else { permitted }
}

/// Whether an update is stored: each one is (TS 29.222 8.5.2.3.4.2).
pub(super) fn stores_update(had_one: bool, faults: &FaultSet) -> bool {
    !(had_one && faults.has(Fault::IgnoreSecondUpdate))
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
}
