//! Decisions about revocations, without I/O: who may, what ends, and who is told what and when. The only place where
//! their faults are read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::model::{Entry, Notification, SecurityContext};
use crate::actors::core_function::state::Access;
use crate::actors::json::Invalid;
use crate::actors::problem::Problem;
use crate::fault::{Fault, FaultSet};
use crate::wire::Reply;

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

/// How a caller stands to what it wants revoked.
pub(super) struct Standing {
    /// The request names no other exposing function.
    pub(super) in_its_name: bool,
    /// The invoker negotiated with it.
    pub(super) negotiated: bool,
    /// What it exposes of the APIs listed.
    pub(super) exposes: Exposes,
}

/// How much of a list an exposing function exposes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exposes {
    /// All of it; all of no list too.
    All,
    /// Some of it.
    Some,
    /// None of it.
    Nothing,
}

/// Whether the request is carried out: for an exposing function that exposes the APIs to this invoker (TS 23.222 8.23.3
/// precondition 3, TS 29.222 5.6.2.5.1). True where it is for one that does not.
pub(super) fn stands(standing: &Standing, lists: bool, faults: &FaultSet) -> Result<bool, Problem> {
    let why = if !standing.in_its_name {
        "an exposing function revokes for itself only"
    } else if !standing.negotiated {
        "the security context has no interface of this exposing function"
    } else if standing.exposes != Exposes::All {
        "the list has an API that this exposing function does not expose"
    } else {
        return Ok(false);
    };
    let everything = !lists && faults.has(Fault::LetForeignExposingFunctionDelete);
    let is_in_the_context = standing.in_its_name && standing.negotiated;
    let beside_its_own = standing.exposes == Exposes::Some && faults.has(Fault::RevokeWhatStandsBesideItsOwn);
    let what_others_expose = is_in_the_context && (beside_its_own || faults.has(Fault::RevokeWhatOthersExpose));
    if everything || what_others_expose || faults.has(Fault::LetForeignExposingFunctionRevoke) {
        Ok(true)
    } else {
        Err(Problem::forbidden(why))
    }
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
    /// Whether other exposing functions are to do the same.
    pub(super) elsewhere: bool,
    /// Whether something was revoked from this invoker before.
    pub(super) again: bool,
}

/// An exposing function that may be told of a revocation.
pub(super) struct Function {
    /// Its aefId.
    pub(super) aef_id: String,
    /// `{apiRoot}` of its APIs.
    pub(super) root: String,
    /// The APIs concerned that it exposes.
    pub(super) api_ids: Vec<String>,
}

/// An exposing function other than the one that asks.
pub(super) struct Bystander {
    /// Which.
    pub(super) function: Function,
    /// Whether it belongs to the provider of the one that asks.
    pub(super) same_provider: bool,
    /// Whether the invoker discovered an API concerned at it.
    pub(super) discovered: bool,
}

impl Bystander {
    /// Whether it is one of those that step 7 of TS 23.222 8.23.3 speaks of: of the same provider, offering the API, and
    /// discovered by the invoker.
    fn is_meant(&self) -> bool {
        self.same_provider && self.discovered && !self.function.api_ids.is_empty()
    }
}

/// What is struck from the authorization of the invoker: what was listed, or everything (TS 29.222 5.6.2.5.2); where
/// other exposing functions do the same, what it may use there as well.
pub(super) fn struck(
    revocation: &Revocation,
    permitted: &BTreeSet<Access>,
    bystanders: &[Bystander],
    faults: &FaultSet,
) -> BTreeSet<Access> {
    if revocation.partial.is_none() {
        let spared = faults.has(Fault::KeepGrantingAfterRevocation);
        let own_only = faults.has(Fault::StrikeOwnApisOnDelete);
        let is_own = |access: &&Access| revocation.aef_id.is_none_or(|aef_id| access.aef_id == aef_id);
        let struck = revocation.concerned.iter().filter(|access| !spared && (!own_only || is_own(access)));
        return struck.cloned().collect();
    }
    if faults.has(Fault::RevokeNothingOnPartialRevocation) {
        return BTreeSet::new();
    }
    if faults.has(Fault::RevokeAllOnPartialRevocation) {
        return permitted.clone();
    }
    let first_only = faults.has(Fault::StrikeFirstApiOnly);
    let kept = if first_only { 1 } else { revocation.concerned.len() };
    let mut struck: BTreeSet<Access> = revocation.concerned.iter().take(kept).cloned().collect();
    let functions = bystanders.iter().filter(|other| revocation.elsewhere && other.is_meant());
    for function in functions.map(|other| &other.function) {
        let accesses = function.api_ids.iter();
        struck.extend(accesses.map(|id| Access { aef_id: function.aef_id.clone(), api_id: id.clone() }));
    }
    struck
}

/// Whose authorization ends: that of the invoker named (TS 23.222 8.23.3 step 3).
pub(super) fn whose<'a>(id: &'a str, everybody: impl Iterator<Item = &'a str>, faults: &FaultSet) -> Vec<&'a str> {
    if faults.has(Fault::RevokeForEveryInvoker) { everybody.collect() } else { vec![id] }
}

/// Whether the authorization has ended when the answer goes out (TS 23.222 8.23.3 steps 3 and 4).
pub(super) fn strikes_at_once(faults: &FaultSet) -> bool {
    !faults.has(Fault::AnswerBeforeRevoking)
}

/// What is left of a security context after DELETE: nothing, whoever of its exposing functions sent it (TS 29.222
/// 5.6.2.5.2).
pub(super) fn left(
    context: &SecurityContext,
    is_own: impl Fn(&Entry) -> bool,
    faults: &FaultSet,
) -> Option<SecurityContext> {
    if faults.has(Fault::KeepContextAfterDelete) {
        return Some(context.clone());
    }
    let mut of_others = context.clone();
    of_others.entries.retain(|entry| !is_own(entry));
    (faults.has(Fault::DeleteOwnEntriesOnly) && !of_others.entries.is_empty()).then_some(of_others)
}

/// Where the parties want to be told.
pub(super) struct Destinations<'a> {
    /// Destination of the security context.
    pub(super) negotiated: &'a str,
    /// Destination of the enrolment.
    pub(super) enrolled: &'a str,
    /// Other invokers and the destinations of their security contexts.
    pub(super) others: Vec<(&'a str, &'a str)>,
}

/// Something that somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::actors::core_function) struct Notice {
    /// Where to.
    pub(in crate::actors::core_function) destination: String,
    /// What it says.
    pub(in crate::actors::core_function) body: Value,
    /// What it is for.
    pub(in crate::actors::core_function) purpose: &'static str,
    /// Whether it is held back until something else is to be told.
    late: bool,
}

/// The purpose of the last word to the invoker, in TS 23.222 8.23.3 and 8.23.4 alike.
const NOTIFY: &str = "step 6: revoke API invoker authorization notify";

impl Notice {
    fn to_invoker(destination: &str, told: &Notification) -> Self {
        Self { destination: destination.to_owned(), body: told.body(), purpose: NOTIFY, late: false }
    }

    fn to_function(function: &Function, revocation: &Value, purpose: &'static str) -> Self {
        let destination = format!("{}/aef-security/v1/revoke-authorization", function.root);
        // No feature of AEF_Security_API is supported.
        let body = json!({"revokeInfo": revocation, "supportedFeatures": "0"});
        Self { destination, body, purpose, late: false }
    }

    fn when(self, timing: Timing) -> Option<Self> {
        match timing {
            Timing::Now => Some(self),
            Timing::Late => Some(Self { late: true, ..self }),
            Timing::Never => None,
        }
    }
}

/// When somebody is told who should not be.
#[derive(Clone, Copy)]
enum Timing {
    Now,
    Late,
    Never,
}

/// Told at once, or with the next thing that is told, or rightly never.
fn astray(now: bool, late: bool) -> Timing {
    match (now, late) {
        (true, _) => Timing::Now,
        (false, true) => Timing::Late,
        (false, false) => Timing::Never,
    }
}

/// Who is told what: the invoker, once, at the destination of its security context, and exactly what was revoked
/// (TS 29.222 5.6.2.5.2, 8.5.3.2).
pub(super) fn notices(revocation: &Revocation, destinations: &Destinations, faults: &FaultSet) -> Vec<Notice> {
    let skips_partial = revocation.partial.is_some() && faults.has(Fault::SkipPartialRevocationNotification);
    let skips_this = skips_partial || (revocation.again && faults.has(Fault::NotifyFirstRevocationOnly));
    if skips_this || faults.has(Fault::SkipRevocationNotification) {
        return Vec::new();
    }
    let other = destinations.others.first().map_or("another", |(id, _destination)| id);
    let named = if faults.has(Fault::NotificationNamesAnotherInvoker) { other } else { revocation.invoker_id };
    let destination =
        if faults.has(Fault::ForgetNotificationDestination) { destinations.enrolled } else { destinations.negotiated };
    let told = Notification {
        api_invoker_id: named.to_owned(),
        // What ends at several exposing functions is not told of one of them.
        aef_id: revocation.aef_id.filter(|_| !revocation.elsewhere).map(str::to_owned),
        api_ids: told_apis(revocation, faults),
        cause: revocation.cause.to_owned(),
    };
    let notice = Notice { late: faults.has(Fault::HoldNotificationBack), ..Notice::to_invoker(destination, &told) };
    let mut notices = vec![notice.clone()];
    if faults.has(Fault::NotifyTwice) {
        notices.push(notice.clone());
    }
    if faults.has(Fault::NotifyAgainLater) {
        notices.push(Notice { late: true, ..notice });
    }
    let timing = astray(faults.has(Fault::NotifyEveryInvoker), faults.has(Fault::NotifyEveryInvokerLater));
    notices.extend(to_others(&told, destinations, timing));
    notices
}

fn to_others(told: &Notification, destinations: &Destinations, timing: Timing) -> Vec<Notice> {
    let others = destinations.others.iter();
    others.filter_map(|(_id, destination)| Notice::to_invoker(destination, told).when(timing)).collect()
}

fn told_apis(revocation: &Revocation, faults: &FaultSet) -> Vec<String> {
    match revocation.partial {
        Some(_) if faults.has(Fault::NotifyAllApisOnPartialRevocation) => revocation.all_apis.clone(),
        Some([first, ..]) if faults.has(Fault::NotifyFirstApiOnly) => vec![first.clone()],
        Some(listed) => listed.to_vec(),
        None if faults.has(Fault::NotifyWithoutApis) => Vec::new(),
        None => revocation.all_apis.clone(),
    }
}

/// What other exposing functions are told: where that was indicated, those of the same provider that offer the API and
/// that the invoker discovered (TS 23.222 8.23.3 step 7 and NOTE).
pub(super) fn elsewhere(revocation: &Revocation, bystanders: &[Bystander], faults: &FaultSet) -> Vec<Notice> {
    let told = json!({
        "apiInvokerId": revocation.invoker_id,
        "apiIds": revocation.partial.unwrap_or_default(),
        "cause": revocation.cause,
    });
    let told_to = |other: &Bystander| {
        let offers = !other.function.api_ids.is_empty();
        let timing = match (revocation.elsewhere, other.same_provider, offers) {
            (true, ..) if other.is_meant() => Timing::Now,
            (false, ..) if other.is_meant() => {
                astray(faults.has(Fault::TellOthersUnasked), faults.has(Fault::TellOthersUnaskedLater))
            }
            (true, false, _) => {
                astray(faults.has(Fault::TellOtherProviders), faults.has(Fault::TellOtherProvidersLater))
            }
            (true, true, false) => astray(faults.has(Fault::TellFunctionsWithoutTheApi), false),
            (true, true, true) => {
                astray(faults.has(Fault::TellUndiscoveredFunctions), faults.has(Fault::TellUndiscoveredFunctionsLater))
            }
            (false, ..) => Timing::Never,
        };
        Notice::to_function(&other.function, &told, "step 7: notify other AEFs to invalidate the authorization")
            .when(timing)
    };
    bystanders.iter().filter_map(told_to).collect()
}

/// What goes out now: what was held back before, and what was just made and is not held back.
pub(super) fn due(made: Vec<Notice>, held: &mut Vec<Notice>) -> Vec<Notice> {
    if made.is_empty() {
        return made;
    }
    let (late, now): (Vec<Notice>, Vec<Notice>) = made.into_iter().partition(|notice| notice.late);
    let mut out = std::mem::replace(held, late);
    out.extend(now);
    out
}

/// How a revocation is acknowledged: 204 without body (TS 29.222 8.5.2.3.3.2, 8.5.2.3.4.3).
pub(super) fn acknowledged(faults: &FaultSet) -> Reply {
    if faults.has(Fault::AnswerRevocationWithBody) {
        return Reply::new(200).body("application/json", "{}");
    }
    Reply::new(204)
}

/// The requests of a revocation of the core function's own accord: to each exposing function concerned, about exactly
/// the APIs concerned, with a cause (TS 23.222 8.23.4 step 2, TS 29.222 9.1.2A.3). With each function comes everything
/// that the invoker may use there.
pub(super) fn requests(
    invoker_id: &str,
    cause: &str,
    functions: &[(Function, Vec<String>)],
    others: &[&str],
    faults: &FaultSet,
) -> Vec<Notice> {
    if faults.has(Fault::IgnoreRevocationTrigger) {
        return Vec::new();
    }
    let purpose = "step 2: revoke API invoker authorization request → step 4: response";
    let about = |whose: &str, api_ids: &[String]| json!({"apiInvokerId": whose, "apiIds": api_ids, "cause": cause});
    let everything = faults.has(Fault::RequestRevocationOfEveryApi);
    let causeless = faults.has(Fault::RequestRevocationWithoutCause);
    let timing = astray(
        faults.has(Fault::RequestRevocationOfOtherInvokers),
        faults.has(Fault::RequestRevocationOfOtherInvokersLater),
    );
    let mut requests = Vec::new();
    let told = if faults.has(Fault::TellFirstFunctionOnly) { 1 } else { functions.len() };
    for (function, permitted) in functions.iter().take(told) {
        let mut told = about(invoker_id, if everything { permitted } else { &function.api_ids });
        if let Some(members) = told.as_object_mut().filter(|_| causeless) {
            members.shift_remove("cause");
        }
        requests.push(Notice::to_function(function, &told, purpose));
        let strays = others.iter().map(|other| about(other, &function.api_ids));
        requests.extend(strays.filter_map(|told| Notice::to_function(function, &told, purpose).when(timing)));
    }
    requests
}

/// What ends at the core function itself (TS 23.222 8.23.4 step 5).
pub(super) fn struck_by_trigger(
    concerned: &BTreeSet<Access>,
    permitted: &BTreeSet<Access>,
    faults: &FaultSet,
) -> BTreeSet<Access> {
    if faults.has(Fault::KeepGrantingAfterTrigger) {
        return BTreeSet::new();
    }
    if faults.has(Fault::RevokeEveryApiOnTrigger) { permitted.clone() } else { concerned.clone() }
}

/// Who is told that it did: the invoker (TS 23.222 8.23.4 step 6).
pub(super) fn notices_of_trigger(told: &Notification, destinations: &Destinations, faults: &FaultSet) -> Vec<Notice> {
    let silent = faults.has(Fault::SkipNotificationOfTrigger);
    let own = (!silent).then(|| Notice::to_invoker(destinations.negotiated, told));
    let timing =
        astray(faults.has(Fault::NotifyEveryInvokerOfTrigger), faults.has(Fault::NotifyEveryInvokerOfTriggerLater));
    own.into_iter().chain(to_others(told, destinations, timing)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn access(aef_id: &str, api_id: &str) -> Access {
        Access { aef_id: aef_id.to_owned(), api_id: api_id.to_owned() }
    }

    fn revocation(partial: Option<&[String]>) -> Revocation<'_> {
        let (x, y) = (access("aef", "x"), access("aef", "y"));
        Revocation {
            invoker_id: "invoker",
            aef_id: Some("aef"),
            partial,
            cause: "OVERLIMIT_USAGE",
            concerned: if partial.is_some() { [x].into() } else { [x, y].into() },
            all_apis: texts(&["x", "y"]),
            elsewhere: false,
            again: false,
        }
    }

    fn bystander(aef_id: &str, same_provider: bool, discovered: bool, api_ids: &[&str]) -> Bystander {
        let root = format!("https://{aef_id}");
        Bystander {
            function: Function { aef_id: aef_id.to_owned(), root, api_ids: texts(api_ids) },
            same_provider,
            discovered,
        }
    }

    fn destinations() -> Destinations<'static> {
        Destinations { negotiated: "d", enrolled: "e", others: vec![("other", "o")] }
    }

    #[test]
    fn what_is_struck_is_what_is_told_and_to_whom() {
        let (listed, faults) = (texts(&["x"]), FaultSet::default());
        let permitted = [access("aef", "x"), access("aef", "y")].into();
        for (partial, apis) in [(Some(listed.as_slice()), vec!["x"]), (None, vec!["x", "y"])] {
            let revocation = revocation(partial);
            let struck = struck(&revocation, &permitted, &[], &faults);
            let struck: Vec<String> = struck.into_iter().map(|access| access.api_id).collect();
            let told = notices(&revocation, &destinations(), &faults);
            assert_eq!((struck, told.len()), (texts(&apis), 1));
            assert_eq!((told[0].destination.as_str(), &told[0].body["apiIds"]), ("d", &json!(apis)));
        }
    }

    #[test]
    fn of_the_others_those_are_told_that_are_meant_and_only_where_it_was_indicated() {
        let listed = texts(&["x"]);
        let others = [
            bystander("meant", true, true, &["x"]),
            bystander("other-provider", false, true, &["x"]),
            bystander("other-api", true, false, &[]),
            bystander("undiscovered", true, false, &["x"]),
        ];
        let told = |elsewhere| {
            let revocation = Revocation { elsewhere, ..revocation(Some(&listed)) };
            let told = super::elsewhere(&revocation, &others, &FaultSet::default());
            let struck = struck(&revocation, &BTreeSet::new(), &others, &FaultSet::default());
            (told.into_iter().map(|notice| notice.destination).collect::<Vec<_>>(), struck.len())
        };
        assert_eq!(told(true), (texts(&["https://meant/aef-security/v1/revoke-authorization"]), 2));
        assert_eq!(told(false), (Vec::new(), 1));
    }

    #[test]
    fn what_is_held_back_goes_out_with_the_next_thing_told() {
        let faults = [Fault::HoldNotificationBack].into_iter().collect();
        let listed = texts(&["x"]);
        let made = |faults| notices(&revocation(Some(&listed)), &destinations(), faults);
        let mut held = Vec::new();
        assert!(due(made(&faults), &mut held).is_empty());
        assert_eq!(due(made(&FaultSet::default()), &mut held).len(), 2);
        assert!(held.is_empty());
    }
}
