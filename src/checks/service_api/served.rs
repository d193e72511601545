//! Invocations that are served: TS 23.222 clauses 8.11.1 and 8.16.3, TS 33.122 6.5.2.3 steps 5 to 8.

use super::super::evidence::Evidence;
use super::super::lens::{self, Invocation};
use super::super::{Check, Judgement};
use crate::operation;
use crate::req;
use crate::spec::Role;
use crate::wire::RawMessage;

/// Why nothing is said of executions.
const UNSEEN: &str = "the service logic is the product's own: how often it ran is not seen";

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &SERVICE_LOGIC_EXECUTED,
    &RESULT_RETURNED,
    &INVOKED_AFTER_VERIFICATION,
    &PERMISSION_SERVES_SEVERAL,
    &PARALLEL_INVOCATIONS_ANSWERED,
    &CERTIFICATE_NOT_NEEDED,
    &AUTHORIZATION_INFORMATION_FETCHED,
    &AUTHENTICATED_WITH_INVOCATION,
    &DECIDED_WITHOUT_ASKING,
    &LEEWAY_MAY_BE_GRANTED,
];

/// The service logic runs once for each invocation that is accepted, and not for one that is refused.
pub const SERVICE_LOGIC_EXECUTED: Check = Check {
    slug: "service-logic-executed-once",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.16.3-05")],
    judge: |evidence| {
        let expected = "one execution of the operation invoked for each accepted invocation, none for a refused one";
        let invocations = lens::invocations(evidence);
        let accepted = invocations.iter().filter(|invocation| lens::accepted(invocation.exchange)).count();
        if accepted == 0 || accepted == invocations.len() {
            return Judgement::unclear(expected, "an accepted and a refused invocation are needed");
        }
        if invocations.iter().any(is_unseen) {
            return Judgement::unclear(expected, UNSEEN);
        }
        match invocations.iter().find_map(|invocation| Some((invocation, wrongly_executed(evidence, invocation)?))) {
            Some((invocation, fault)) => Judgement::missed(expected, fault).at(invocation.exchange.id),
            None => Judgement::held(expected, format!("{accepted} of {} executed", invocations.len())),
        }
    },
};

/// The answer is the result of this execution.
pub const RESULT_RETURNED: Check = Check {
    slug: "result-returned",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.16.3-06")],
    judge: |evidence| {
        let expected = "2xx on the exchange of each invocation, with the nonce that went in";
        let invocations = lens::invocations(evidence);
        let Some(last) = invocations.last() else {
            return Judgement::unclear(expected, "nothing was invoked");
        };
        match invocations.iter().find(|invocation| !lens::served(invocation)) {
            Some(other) => Judgement::missed(expected, without_result(other)).at(other.exchange.id),
            None => Judgement::held(expected, lens::ending(last.exchange)).at(last.exchange.id),
        }
    },
};

/// After the verification the API is invoked, once, and a suitable response returned; a request refused shows none.
pub const INVOKED_AFTER_VERIFICATION: Check = Check {
    slug: "invoked-after-verification",
    role: Role::ExposingFunction,
    requirements: &[req!("33122-6.5.2.3-26")],
    judge: |evidence| {
        let expected = "the verified request is executed once and answered 2xx, the refused one is not executed";
        let invocations = lens::invocations(evidence);
        let (good, bad): (Vec<_>, Vec<_>) =
            invocations.into_iter().partition(|invocation| lens::accepted(invocation.exchange));
        if good.is_empty() || bad.is_empty() {
            return Judgement::unclear(expected, "a verified and a refused request are needed");
        }
        if good.iter().any(is_unseen) {
            return Judgement::unclear(expected, UNSEEN);
        }
        let wrong = good.iter().chain(&bad).find_map(|each| Some((each, wrongly_executed(evidence, each)?)));
        match wrong {
            Some((invocation, fault)) => Judgement::missed(expected, fault).at(invocation.exchange.id),
            None => Judgement::held(expected, format!("{} executed, {} refused", good.len(), bad.len())),
        }
    },
};

/// One token is good for several invocations.
pub const PERMISSION_SERVES_SEVERAL: Check = Check {
    slug: "permission-serves-several-invocations",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.11.1-04")],
    judge: |evidence| {
        let expected = "three invocations with one token are all served";
        let invocations = lens::invocations(evidence);
        if invocations.len() < 3 {
            return Judgement::unclear(expected, format!("{} invocations", invocations.len()));
        }
        all_served(&invocations, expected)
    },
};

/// Invocations under way at once are each checked and answered on their own.
pub const PARALLEL_INVOCATIONS_ANSWERED: Check = Check {
    slug: "parallel-invocations-answered",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.16.3-08")],
    judge: |evidence| {
        let expected = "of invocations under way at the same time those with a good token are served, each with its own nonce, and no other";
        let invocations = lens::invocations(evidence);
        let overlap = |one: &Invocation<'_>| {
            invocations.iter().any(|other| {
                other.mark != one.mark
                    && other.exchange.started_us < one.exchange.ended_us.unwrap_or(0)
                    && one.exchange.started_us < other.exchange.ended_us.unwrap_or(0)
            })
        };
        if !invocations.iter().any(overlap) {
            return Judgement::unclear(expected, "no two invocations were under way at once");
        }
        let bad = |invocation: &&Invocation<'_>| lens::served(invocation) != evidence.named.contains(&invocation.mark);
        match invocations.iter().filter(|invocation| overlap(invocation)).find(bad) {
            Some(wrong) if lens::served(wrong) => {
                let observed = format!("{}: a token that has run out was served", lens::ending(wrong.exchange));
                Judgement::missed(expected, observed).at(wrong.exchange.id)
            }
            Some(wrong) => Judgement::missed(expected, without_result(wrong)).at(wrong.exchange.id),
            None => Judgement::held(expected, format!("{} invocations", invocations.len())),
        }
    },
};

/// Where the core function indicates the certificate of the exposing function alone, the token decides.
pub const CERTIFICATE_NOT_NEEDED: Check = Check {
    slug: "certificate-not-needed",
    role: Role::ExposingFunction,
    requirements: &[req!("33122-6.5.2.3-31")],
    judge: |evidence| {
        let expected = "an invocation with a good token and without a client certificate is served";
        let invocations = lens::invocations(evidence);
        let bare = invocations
            .iter()
            .find(|invocation| invocation.exchange.tls.as_ref().is_some_and(|session| session.client_chain.is_empty()));
        match bare {
            Some(bare) => {
                Judgement::when(lens::served(bare), expected, lens::ending(bare.exchange)).at(bare.exchange.id)
            }
            None => match evidence.focus() {
                Some(exchange) => Judgement::missed(expected, lens::ending(exchange)).at(exchange.id),
                None => Judgement::unclear(expected, "nothing was invoked"),
            },
        }
    },
};

/// Information that is needed and missing is fetched before the decision.
pub const AUTHORIZATION_INFORMATION_FETCHED: Check = Check {
    slug: "authorization-information-fetched",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.16.3-04")],
    judge: |evidence| {
        let expected = "between the first invocation and its answer GET trustedInvokers/{apiInvokerId}?authorizationInfo=true, then it is served";
        let invocations = lens::invocations(evidence);
        let Some(first) = invocations.first() else {
            return Judgement::unclear(expected, "nothing was invoked");
        };
        let fetched = evidence.of(operation!("GetSecIndTrustedAPIInv")).find(|get| {
            let query = get.request.as_ref().map(lens::query).unwrap_or_default();
            let answered = first.exchange.ended_us.unwrap_or(u64::MAX);
            lens::values(&query, "authorizationInfo") == ["true"]
                && (first.exchange.started_us..=answered).contains(&get.started_us)
        });
        match fetched {
            Some(get) => Judgement::when(lens::served(first), expected, lens::ending(first.exchange)).at(get.id),
            None => Judgement::missed(expected, format!("no such GET; {}", lens::ending(first.exchange)))
                .at(first.exchange.id),
        }
    },
};

/// Authentication may take place with the invocation.
pub const AUTHENTICATED_WITH_INVOCATION: Check = Check {
    slug: "authenticated-with-invocation",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.16.3-02")],
    judge: |evidence| {
        let expected = "an invocation without an initiation of authentication before it may be served";
        let invocations = lens::invocations(evidence);
        let Some(first) = invocations.first() else {
            return Judgement::unclear(expected, "nothing was invoked");
        };
        if evidence.of(operation!("CheckAuthReq")).any(|initiation| initiation.id < first.exchange.id) {
            return Judgement::unclear(expected, "authentication was initiated before");
        }
        if lens::served(first) {
            return Judgement::held(expected, lens::ending(first.exchange)).at(first.exchange.id);
        }
        if first.exchange.status().is_none() {
            return Judgement::unclear(expected, lens::ending(first.exchange)).at(first.exchange.id);
        }
        Judgement::not_used(expected, lens::ending(first.exchange)).at(first.exchange.id)
    },
};

/// An exposing function that holds the information may decide without asking.
pub const DECIDED_WITHOUT_ASKING: Check = Check {
    slug: "decided-without-asking",
    role: Role::ExposingFunction,
    requirements: &[req!("23222-8.16.3-10")],
    judge: |evidence| {
        let expected = "a repeated invocation may be answered without a new GET trustedInvokers";
        let invocations = lens::invocations(evidence);
        let [first, .., last] = invocations.as_slice() else {
            return Judgement::unclear(expected, "two invocations are needed");
        };
        let asked = evidence.of(operation!("GetSecIndTrustedAPIInv")).find(|get| get.id > last.exchange.id);
        match asked {
            Some(get) => Judgement::not_used(expected, start_line(get.request.as_ref())).at(get.id),
            None if lens::served(first) && lens::served(last) => {
                Judgement::held(expected, "none was sent").at(last.exchange.id)
            }
            None => Judgement::unclear(expected, "the invocations were not served"),
        }
    },
};

/// A small leeway on exp may be granted.
pub const LEEWAY_MAY_BE_GRANTED: Check = Check {
    slug: "leeway-may-be-granted",
    role: Role::ExposingFunction,
    requirements: &[req!("33122-C.2.2-02")],
    judge: |evidence| {
        let expected = "a token that ran out a few seconds ago may be served";
        let Some(exchange) = evidence.trial.and_then(|trial| evidence.exchange(trial.deviant)) else {
            return Judgement::unclear(expected, "nothing was tried");
        };
        if lens::invocation(evidence, exchange).is_some_and(|invocation| lens::served(&invocation)) {
            return Judgement::held(expected, lens::ending(exchange)).at(exchange.id);
        }
        if exchange.status().is_none() {
            return Judgement::unclear(expected, lens::ending(exchange)).at(exchange.id);
        }
        Judgement::not_used(expected, lens::ending(exchange)).at(exchange.id)
    },
};

/// Every one of some invocations is served.
pub(super) fn all_served(invocations: &[Invocation<'_>], expected: &str) -> Judgement {
    match invocations.iter().find(|invocation| !lens::served(invocation)) {
        Some(other) => Judgement::missed(expected, without_result(other)).at(other.exchange.id),
        None => Judgement::held(expected, format!("{} served", invocations.len())),
    }
}

/// Whether nobody sees how often the service logic ran.
fn is_unseen(invocation: &Invocation<'_>) -> bool {
    invocation.api.own_logic.is_some()
}

/// How often the service logic ran, where that is wrong.
fn wrongly_executed(evidence: &Evidence<'_>, invocation: &Invocation<'_>) -> Option<String> {
    let executions = lens::executions(evidence, invocation);
    let due = usize::from(lens::accepted(invocation.exchange));
    if executions.len() != due {
        return Some(format!("{} executions; answered {}", executions.len(), lens::ending(invocation.exchange)));
    }
    let method = invocation.exchange.request.as_ref().and_then(RawMessage::method);
    let other = executions.iter().find(|execution| execution.request.as_ref().and_then(RawMessage::method) != method);
    other.map(|execution| format!("executed as {}", start_line(execution.request.as_ref())))
}

fn without_result(invocation: &Invocation<'_>) -> String {
    if lens::accepted(invocation.exchange) {
        let missed = match &invocation.api.own_logic {
            Some(_) => "and it is not what success was said to look like".to_owned(),
            None => format!("without the nonce {}", invocation.mark),
        };
        return format!("{}, {missed}", lens::ending(invocation.exchange));
    }
    lens::ending(invocation.exchange)
}

fn start_line(request: Option<&RawMessage>) -> String {
    request.map(RawMessage::start_line).unwrap_or_default()
}
