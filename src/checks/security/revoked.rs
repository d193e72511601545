//! What the checks of revocation have in common: who revoked, who was told, who still gets tokens.

use serde_json::Value;

use super::super::Judgement;
use super::super::evidence::Evidence;
use super::super::lens;
use super::{refusal, revocation};
use crate::operation;
use crate::spec::Party;
use crate::wire::{Exchange, ExchangeId};

/// The requests of step 2 of TS 23.222 8.23.3 by one exposing function, about one invoker.
pub(in super::super) fn requests<'a>(evidence: &'a Evidence<'_>, by: Party, about: Party) -> Vec<&'a Exchange> {
    let operations = [operation!("DeleteAuthIndAPIInvForAPIs"), operation!("DeleteSecIndTrustedAPIInv")];
    let sent = evidence.exchanges.iter().map(AsRef::as_ref).filter(|exchange| {
        exchange.client.name() == by.name()
            && lens::operation(exchange).is_some_and(|found| operations.iter().any(|each| std::ptr::eq(*each, found)))
    });
    sent.filter(|exchange| refusal::subject_of(evidence, exchange) == Some(about)).collect()
}

/// The revocation of everything from an invoker: DELETE of its resource.
pub(super) fn deletion<'a>(evidence: &'a Evidence<'_>, whose: Party) -> Option<&'a Exchange> {
    let mut sent = evidence.of(operation!("DeleteSecIndTrustedAPIInv"));
    sent.rfind(|sent| refusal::subject_of(evidence, sent) == Some(whose))
}

/// What exposing functions asked for the security context of an invoker, oldest first.
pub(super) fn reads<'a>(evidence: &'a Evidence<'_>, whose: Party) -> Vec<&'a Exchange> {
    let sent = evidence.of(operation!("GetSecIndTrustedAPIInv"));
    sent.filter(|read| refusal::subject_of(evidence, read) == Some(whose)).collect()
}

/// A reading that shows the context of the second invoker gone after that of the invoker was deleted, and before its own
/// is.
pub(super) fn collateral<'a>(evidence: &'a Evidence<'_>, deleted: &Exchange) -> Option<&'a Exchange> {
    let until = deletion(evidence, Party::SECOND_INVOKER);
    let meanwhile = |read: &&Exchange| read.id > deleted.id && until.is_none_or(|until| read.id < until.id);
    let reads = reads(evidence, Party::SECOND_INVOKER).into_iter();
    reads.filter(meanwhile).find(|read| lens::status(read) != Some(200))
}

/// What the invoker was told once everything was revoked from the second invoker as well: by then it is late.
pub(super) fn told_late<'a>(evidence: &'a Evidence<'_>) -> Option<&'a Exchange> {
    let fence = deletion(evidence, Party::SECOND_INVOKER)?;
    let mut told = lens::notifications(evidence, Party::INVOKER).into_iter().map(|(told, _)| told);
    told.find(|told| told.id > fence.id)
}

/// The revocations that exposing functions were told, at one of them or at all.
pub(in super::super) fn told<'a>(evidence: &'a Evidence<'_>, at: Option<Party>) -> Vec<&'a Exchange> {
    let of_operation = evidence.of(operation!("RevokeAuthServAPIs"));
    of_operation.filter(|exchange| at.is_none_or(|aef| exchange.server.name() == aef.name())).collect()
}

/// Those about one invoker, at one exposing function.
pub(in super::super) fn told_about<'a>(evidence: &'a Evidence<'_>, at: Party, whose: Party) -> Vec<&'a Exchange> {
    told(evidence, Some(at)).into_iter().filter(|exchange| names(evidence, exchange, whose)).collect()
}

/// Whether a revocation that an exposing function was told is about this invoker.
pub(in super::super) fn names(evidence: &Evidence<'_>, told: &Exchange, whose: Party) -> bool {
    let named = information(told).and_then(|info| info.get("apiInvokerId")?.as_str().map(str::to_owned));
    named.is_some() && named.as_deref() == evidence.roster.id(whose)
}

/// revokeInfo of a revocation that an exposing function was told.
pub(in super::super) fn information(told: &Exchange) -> Option<serde_json::Map<String, Value>> {
    lens::request_object(told)?.get("revokeInfo")?.as_object().cloned()
}

/// The APIs that a revocation names, sorted: those of step 2, or those that an exposing function was told.
pub(in super::super) fn named_apis(exchange: &Exchange) -> Vec<String> {
    let mut ids = lens::request_texts(exchange, "apiIds");
    let told = information(exchange).unwrap_or_default();
    let listed = told.get("apiIds").and_then(Value::as_array).cloned().unwrap_or_default();
    ids.extend(listed.iter().filter_map(Value::as_str).map(str::to_owned));
    ids.sort();
    ids
}

/// A token request of an invoker for service APIs.
pub(super) struct Ask<'a> {
    pub(super) exchange: &'a Exchange,
    /// Ids of the APIs that its scope names.
    wanted: Vec<String>,
    /// Pairs of exposing function and name of API that the token is good for.
    granted: Vec<(String, String)>,
}

impl Ask<'_> {
    /// Whether it names one of these APIs.
    pub(super) fn wants(&self, ids: &[String]) -> bool {
        self.wanted.iter().any(|id| ids.contains(id))
    }

    /// Whether its token is good for one of these APIs at this exposing function.
    pub(super) fn grants(&self, evidence: &Evidence<'_>, aef: Party, ids: &[String]) -> bool {
        let apis = evidence.roster.apis.iter().filter(|api| ids.contains(&api.id));
        let exposures = apis.filter_map(|api| Some((api.at(aef)?.aef_id.clone(), api.name.clone())));
        exposures.into_iter().any(|pair| self.granted.contains(&pair))
    }

    /// Whether it names something, and its token is good for all of it, wherever that is.
    pub(super) fn grants_all(&self, evidence: &Evidence<'_>) -> bool {
        let apis = evidence.roster.apis.iter().filter(|api| self.wanted.contains(&api.id));
        !self.wanted.is_empty()
            && apis
                .into_iter()
                .all(|api| self.granted.iter().any(|(aef_id, name)| *name == api.name && api.is_at(aef_id)))
    }
}

/// The token requests of one invoker, oldest first.
pub(super) fn asks<'a>(evidence: &'a Evidence<'_>, by: Party) -> Vec<Ask<'a>> {
    let own = evidence.of(operation!("GetOAuthIndAPIInv")).filter(|exchange| exchange.client.name() == by.name());
    own.map(|exchange| {
        let scope = lens::values(&lens::request_form(exchange), "scope").concat();
        let wanted = pairs(&scope);
        let apis = evidence.roster.apis.iter();
        let wanted = apis.filter(|api| wanted.iter().any(|(aef_id, name)| *name == api.name && api.is_at(aef_id)));
        Ask { exchange, wanted: wanted.map(|api| api.id.clone()).collect(), granted: granted(exchange, &scope) }
    })
    .collect()
}

/// What a token is good for: as it says itself, else as the answer says, else as asked (RFC 6749 5.1).
fn granted(exchange: &Exchange, asked: &str) -> Vec<(String, String)> {
    let Some(token) = lens::access_token(exchange) else { return Vec::new() };
    let text = |members: &serde_json::Map<String, Value>| members.get("scope")?.as_str().map(str::to_owned);
    let claimed = lens::decode(&token).claims.as_ref().and_then(text);
    let told = lens::answer_object(exchange).as_ref().and_then(text);
    pairs(&claimed.or(told).unwrap_or_else(|| asked.to_owned()))
}

fn pairs(scope: &str) -> Vec<(String, String)> {
    let entries = lens::scope(scope, false).unwrap_or_default();
    let flat = entries.into_iter().flat_map(|entry| {
        let aef_id = entry.aef_id;
        entry.apis.into_iter().map(move |api| (aef_id.clone(), api))
    });
    flat.collect()
}

/// Whether tokens show that the authorization of the invoker has ended for these APIs at this exposing function and for
/// nothing and nobody else: clean twins before, the invoker for an API named and for another, and the second invoker.
pub(super) fn ended(
    evidence: &Evidence<'_>,
    expected: &str,
    (at, named): (Party, &[String]),
    since: ExchangeId,
) -> Judgement {
    let (own, others) = (asks(evidence, Party::INVOKER), asks(evidence, Party::SECOND_INVOKER));
    let after = |ask: &&Ask<'_>| ask.exchange.id > since;
    let good = |ask: &Ask<'_>| ask.wants(named) && ask.grants(evidence, at, named);
    if ![&own, &others].iter().all(|asks| asks.iter().any(|ask| ask.exchange.id < since && good(ask))) {
        return Judgement::unclear(expected, "both invokers have to be granted the service API before");
    }
    let gone: Vec<&Ask<'_>> = own.iter().filter(after).filter(|ask| ask.wants(named)).collect();
    let kept = kept(evidence, &own, named, since);
    let of_others: Vec<&Ask<'_>> = others.iter().filter(after).filter(|ask| ask.wants(named)).collect();
    if gone.is_empty() || kept.is_empty() || of_others.is_empty() {
        return Judgement::unclear(
            expected,
            "tokens have to be asked for afterwards: for the API, another, by another",
        );
    }
    let not_ended = gone.iter().find(|ask| good(ask)).map(|ask| (ask, "for the service API that was revoked"));
    let other_api = || kept.iter().find(|ask| !ask.grants_all(evidence)).map(|ask| (ask, "for another API"));
    let other_invoker = || of_others.iter().find(|ask| !good(ask)).map(|ask| (ask, "for another invoker"));
    match not_ended.or_else(other_api).or_else(other_invoker) {
        Some((ask, what)) => misgranted(ask, what, expected),
        None => Judgement::held(expected, "refused for what was named, granted for the rest"),
    }
}

/// The requests afterwards for APIs that were not named, as far as they had been granted before.
fn kept<'a, 'b>(evidence: &Evidence<'_>, own: &'b [Ask<'a>], named: &[String], since: ExchangeId) -> Vec<&'b Ask<'a>> {
    let had = |ask: &Ask<'_>| {
        let twins = own.iter().filter(|was| was.exchange.id < since && was.wants(&ask.wanted));
        twins.into_iter().any(|was| was.grants_all(evidence))
    };
    own.iter().filter(|ask| ask.exchange.id > since && !ask.wants(named) && had(ask)).collect()
}

fn misgranted(ask: &Ask<'_>, what: &str, expected: &str) -> Judgement {
    Judgement::missed(expected, format!("{what}: {}", lens::ending(ask.exchange))).at(ask.exchange.id)
}

/// Whether the invoker was told of these APIs, once they were revoked and before it asked for anything more, and another
/// invoker was not: that one is told of its own revocation later, which is the fence.
pub(super) fn notified(evidence: &Evidence<'_>, expected: &str, named: &[String], since: ExchangeId) -> Judgement {
    let asked = asks(evidence, Party::INVOKER).into_iter().find(|ask| ask.exchange.id > since);
    let Some(asked) = asked else {
        return Judgement::unclear(expected, "the invoker asked for nothing afterwards");
    };
    let told: Vec<(&Exchange, &str)> = lens::notifications(evidence, Party::INVOKER);
    let told: Vec<_> = told.into_iter().filter(|(told, _)| told.id < asked.exchange.id).collect();
    let Some((first, _)) = told.first() else {
        return Judgement::missed(expected, "the invoker was not told within the deadline");
    };
    let strays = lens::notifications(evidence, Party::SECOND_INVOKER);
    let (own, begun) = (evidence.roster.id(Party::SECOND_INVOKER), second_begun(evidence));
    let is_its_own = is_its_own(evidence, &strays, asked.exchange.id);
    let stray = strays.iter().find(|(told, _)| {
        let early = begun.is_none_or(|begun| told.id < begun);
        revocation::named_invoker(told).as_deref() != own || (early && !is_its_own)
    });
    if let Some((stray, _)) = stray {
        return Judgement::missed(expected, "another invoker was told as well").at(stray.id);
    }
    let granted = asked.grants(evidence, Party::EXPOSING_FUNCTION, named);
    let fault = mistold(evidence, &told, named);
    match fault.or_else(|| granted.then(|| "told, and a token is granted afterwards".to_owned())) {
        Some(fault) => Judgement::missed(expected, fault).at(first.id),
        None if strays.is_empty() => {
            Judgement::unclear(expected, "the second invoker was not told of its own revocation")
        }
        None => Judgement::held(expected, lens::ending(first)).at(first.id),
    }
}

/// Whether the second invoker was told once, after everything about the first one, where the core function revokes of its
/// own accord: it may tell invoker and exposing function at the same time (TS 29.222 6.2.2.3.2), in whatever order that
/// arrives.
fn is_its_own(evidence: &Evidence<'_>, told: &[(&Exchange, &str)], after: ExchangeId) -> bool {
    let of_own_accord = requests(evidence, Party::EXPOSING_FUNCTION, Party::SECOND_INVOKER).is_empty();
    of_own_accord && matches!(told, [(once, _)] if once.id > after)
}

/// What is wrong with the notifications that an invoker got, with the addresses they came to.
fn mistold(evidence: &Evidence<'_>, told: &[(&Exchange, &str)], named: &[String]) -> Option<String> {
    let mut listed: Vec<String> = told.iter().flat_map(|(told, _)| named_apis(told)).collect();
    listed.sort();
    listed.dedup();
    let place = evidence.roster.member(Party::INVOKER).and_then(|member| member.destinations.last());
    let astray = told.iter().find(|(_, at)| place.is_none_or(|place| place != at));
    let malformed = told.iter().find_map(|(told, _)| revocation::malformed(evidence, told));
    malformed
        .or_else(|| astray.map(|(_, at)| format!("told at {at}")))
        .or_else(|| (listed != named).then(|| format!("told of {}", listed.join(", "))))
}

/// Where the revocation of the second invoker begins: with a request of an exposing function, or to one.
fn second_begun(evidence: &Evidence<'_>) -> Option<ExchangeId> {
    let second = Party::SECOND_INVOKER;
    let asked = requests(evidence, Party::EXPOSING_FUNCTION, second).into_iter();
    let told = told(evidence, None).into_iter().filter(|told| names(evidence, told, second));
    asked.chain(told).map(|exchange| exchange.id).min()
}
