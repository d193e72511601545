//! Checks of revocation at an exposing function: TS 23.222 clauses 8.23.3 and 8.23.4, TS 29.222 clauses 6.2.2.3 and 9.1.

pub mod ended;
pub mod own;
pub mod told;

use super::evidence::Evidence;
use super::lens::{self, Invocation};
use super::{Check, Judgement};
use crate::spec::Party;
use crate::wire::ExchangeId;

/// Every check of this matter.
#[must_use]
pub fn all() -> Vec<&'static Check> {
    [own::ALL, ended::ALL, told::ALL].concat()
}

/// The invocations of one invoker at the exposing function: of one of these APIs, or of any other.
fn invocations<'a>(evidence: &'a Evidence<'_>, by: Party, named: Option<&[String]>) -> Vec<Invocation<'a>> {
    let all = lens::invocations(evidence).into_iter();
    let own = all.filter(|each| each.at == Party::EXPOSING_FUNCTION && each.exchange.client.name() == by.name());
    own.filter(|each| named.is_none_or(|named| named.contains(&each.api.id))).collect()
}

/// Whether an invocation was refused: by the client's error, the service logic not reached.
fn refused(evidence: &Evidence<'_>, invocation: &Invocation<'_>) -> bool {
    let status = invocation.exchange.status();
    status.is_some_and(|status| (400..500).contains(&status)) && !lens::reached(evidence, invocation)
}

/// Whether invocations show that the authorization of the invoker has ended for these APIs: served before, refused ever
/// since. What else has to be served is said by `others`.
fn ended(
    evidence: &Evidence<'_>,
    expected: &str,
    (named, since): (&[String], ExchangeId),
    others: Others,
) -> Judgement {
    let own = invocations(evidence, Party::INVOKER, Some(named));
    let (before, after): (Vec<_>, Vec<_>) = own.iter().partition(|each| each.exchange.id < since);
    let shown = |api: &str| {
        let was_served = before.iter().rfind(|each| each.api.id == api).is_some_and(|each| lens::served(each));
        was_served && after.iter().any(|each| each.api.id == api)
    };
    if own.is_empty() || !own.iter().all(|each| shown(&each.api.id)) {
        return Judgement::unclear(expected, "the invoker has to be served before and to invoke afterwards");
    }
    if let Some(wrong) = after.iter().find(|each| !refused(evidence, each)) {
        return Judgement::missed(expected, lens::ending(wrong.exchange)).at(wrong.exchange.id);
    }
    let observed = format!("{} refused", after.len());
    let wrong = kept(evidence, named, others).iter().find_map(|each| unserved(each, expected, since));
    wrong.unwrap_or_else(|| Judgement::held(expected, observed))
}

/// The invocations of what goes on being served.
fn kept<'a>(evidence: &'a Evidence<'_>, named: &[String], others: Others) -> Vec<Vec<Invocation<'a>>> {
    let apis = || {
        let any = invocations(evidence, Party::INVOKER, None).into_iter();
        any.filter(|each| !named.contains(&each.api.id)).collect()
    };
    match others {
        Others::Nothing => Vec::new(),
        Others::Apis => vec![apis()],
        Others::Invokers => vec![invocations(evidence, Party::SECOND_INVOKER, Some(named))],
        Others::ApisAndInvokers => vec![apis(), invocations(evidence, Party::SECOND_INVOKER, Some(named))],
    }
}

/// What is wrong with invocations that were served and have to go on being served.
fn unserved(invocations: &[Invocation<'_>], expected: &str, since: ExchangeId) -> Option<Judgement> {
    let (before, after): (Vec<_>, Vec<_>) = invocations.iter().partition(|each| each.exchange.id < since);
    if !before.last().is_some_and(|each| lens::served(each)) || after.is_empty() {
        let why = "what goes on being served has to be invoked before and afterwards";
        return Some(Judgement::unclear(expected, why));
    }
    let wrong = after.iter().find(|each| !lens::served(each))?;
    let observed = format!("what was not revoked: {}", lens::ending(wrong.exchange));
    Some(Judgement::missed(expected, observed).at(wrong.exchange.id))
}

/// What goes on being served, as far as a check asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    /// It does not ask.
    Nothing,
    /// Other APIs of this invoker.
    Apis,
    /// The API for other invokers; there is no other API.
    Invokers,
    /// Other APIs of this invoker, and the API for other invokers.
    ApisAndInvokers,
}
