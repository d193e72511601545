//! An authorization that was revoked ends at the exposing function: TS 23.222 clause 8.23.3 step 5, TS 33.122 C.6,
//! TR 23.722 AR-6.3.2.

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::security::revoked;
use super::super::{Check, Judgement};
use super::own::own_requests;
use super::{Others, ended, invocations, refused};
use crate::req;
use crate::spec::{Party, Role};
use crate::wire::Exchange;

/// Every check of this file.
pub const ALL: &[&Check] =
    &[&OWN_REVOCATION_ENDS_ACCESS, &ENDED_AFTER_THE_ANSWER, &REVOKED_TOKEN_REFUSED, &CHECKED_AT_EVERY_INVOCATION];

/// Step 5: the authorization ends once the core function agreed.
pub const OWN_REVOCATION_ENDS_ACCESS: Check = Check {
    slug: "own-revocation-ends-access",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.3-05")],
    judge: |evidence| {
        let expected = "after the 204 the unexpired token is refused for the API revoked; other APIs, and other invokers, are served";
        match own_requests(evidence).first() {
            None => Judgement::unclear(expected, "the exposing function asked for no revocation"),
            Some(request) if lens::status(request) != Some(204) => {
                Judgement::unclear(expected, format!("the core function did not agree: {}", lens::ending(request)))
                    .at(request.id)
            }
            Some(request) => {
                let named = concerned(evidence, request);
                let all = evidence.roster.apis.iter().all(|api| named.contains(&api.id));
                let others = if all { Others::Invokers } else { Others::ApisAndInvokers };
                ended(evidence, expected, (&named, request.id), others)
            }
        }
    },
};

/// Steps 4 and 5: not before the answer.
pub const ENDED_AFTER_THE_ANSWER: Check = Check {
    slug: "ended-after-the-answer",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.23.3-10")],
    judge: |evidence| {
        let expected = "served while the core function has not answered step 2, refused once it has";
        let Some(request) = own_requests(evidence).first().copied() else {
            return Judgement::unclear(expected, "the exposing function asked for no revocation");
        };
        let Some(answered) = request.ended_us.filter(|_| lens::status(request) == Some(204)) else {
            return Judgement::unclear(expected, lens::ending(request)).at(request.id);
        };
        let invoked = invocations(evidence, Party::INVOKER, Some(&concerned(evidence, request)));
        let meanwhile: Vec<_> = invoked
            .iter()
            .filter(|each| each.exchange.id > request.id && each.exchange.ended_us.is_some_and(|end| end < answered))
            .collect();
        let after: Vec<_> = invoked.iter().filter(|each| each.exchange.started_us > answered).collect();
        if meanwhile.is_empty() || after.is_empty() {
            return Judgement::unclear(expected, "the invoker has to invoke before the answer and after it");
        }
        let early = meanwhile.iter().find(|each| !lens::served(each));
        match early.or_else(|| after.iter().find(|each| !refused(evidence, each))) {
            Some(wrong) => Judgement::missed(expected, lens::ending(wrong.exchange)).at(wrong.exchange.id),
            None => Judgement::held(expected, "served before the answer, refused after it").at(request.id),
        }
    },
};

/// A token that was revoked before its exp is refused, at who revoked and at who was told.
pub const REVOKED_TOKEN_REFUSED: Check = Check {
    slug: "revoked-token-refused",
    role: Role::ExposingFunction,
    requirements: &[req!("33122-C.6-07")],
    judge: |evidence| {
        let expected = "the unexpired token is refused for the APIs revoked, and serves for the others";
        match agreed(evidence) {
            Some(revocation) => {
                let named = concerned(evidence, revocation);
                ended(evidence, expected, (&named, revocation.id), Others::Apis)
            }
            None => Judgement::unclear(expected, "no revocation was agreed on"),
        }
    },
};

/// Every invocation is checked: one that follows on served ones is refused when the authorization has ended.
pub const CHECKED_AT_EVERY_INVOCATION: Check = Check {
    slug: "checked-at-every-invocation",
    role: Role::ExposingFunction,
    requirements: &[req!("23722-AR-6.3.2-e")],
    judge: |evidence| {
        let expected = "two invocations served, and the next one refused because the authorization has been withdrawn";
        let Some(revocation) = agreed(evidence) else {
            return Judgement::unclear(expected, "the authorization was not withdrawn");
        };
        let invoked = invocations(evidence, Party::INVOKER, Some(&concerned(evidence, revocation)));
        let served = invoked.iter().filter(|each| each.exchange.id < revocation.id && lens::served(each)).count();
        if served < 2 {
            return Judgement::unclear(expected, format!("{served} served before"));
        }
        ended(evidence, expected, (&concerned(evidence, revocation), revocation.id), Others::Nothing)
    },
};

/// The first revocation that both sides know of: a request of its own that the core function agreed to, or one that it was
/// told and agreed to.
fn agreed<'a>(evidence: &'a Evidence<'_>) -> Option<&'a Exchange> {
    let told = revoked::told_about(evidence, Party::EXPOSING_FUNCTION, Party::INVOKER);
    let all = own_requests(evidence).into_iter().chain(told);
    all.filter(|exchange| lens::accepted(exchange)).min_by_key(|exchange| exchange.id)
}

/// The APIs that a revocation is for: those it lists, or every one.
pub(super) fn concerned(evidence: &Evidence<'_>, revocation: &Exchange) -> Vec<String> {
    let named = revoked::named_apis(revocation);
    if named.is_empty() { evidence.roster.apis.iter().map(|api| api.id.clone()).collect() } else { named }
}
