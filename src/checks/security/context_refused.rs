//! Refusals around security contexts: wrong initiators, unknown subjects and broken data models, TS 29.222 clauses 5.6.2.1
//! and 7.7.

use super::super::evidence::{Evidence, Trial};
use super::super::lens;
use super::super::{Check, Held, Judgement};
use super::refusal::{deviant, refusal};
use crate::spec::Role;
use crate::{operation, reading, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &ONLY_THE_INVOKER_INITIATES,
    &ONLY_AN_EXPOSING_FUNCTION_INITIATES,
    &UNKNOWN_SUBJECT_NOT_FOUND,
    &CUSTOM_OPERATIONS_NEED_CONTEXT,
    &DATA_MODEL_KEPT,
];

/// Obtain_Security_Method and Obtain_Authorization are the invoker's own.
pub const ONLY_THE_INVOKER_INITIATES: Check = Check {
    slug: "only-the-invoker-initiates",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.1-05")],
    judge: wrong_initiator,
};

/// Obtain_API_Invoker_Info and Revoke_Authorization are the exposing function's.
pub const ONLY_AN_EXPOSING_FUNCTION_INITIATES: Check = Check {
    slug: "only-an-exposing-function-initiates",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.1-06")],
    judge: |evidence| {
        let judgement = wrong_initiator(evidence);
        match (judgement.held, evidence.trial.and_then(|trial| told_between(evidence, trial))) {
            (Held::Yes, Some(observed)) => Judgement { held: Held::No, observed, ..judgement },
            (Held::Yes | Held::No | Held::NotUsed | Held::Doubtful | Held::Unclear, _) => judgement,
        }
    },
};

/// A resource that nobody has is not found.
pub const UNKNOWN_SUBJECT_NOT_FOUND: Check = Check {
    slug: "unknown-subject-not-found",
    role: Role::CoreFunction,
    requirements: &[req!("29222-7.7-03")],
    judge: |evidence| refusal(evidence, &[404], |_| None),
};

/// Update and delete act on a context that is there.
pub const CUSTOM_OPERATIONS_NEED_CONTEXT: Check = Check {
    slug: "custom-operations-need-context",
    role: Role::CoreFunction,
    requirements: &[req!("29222-8.5.2.3.4-01")],
    judge: |evidence| refusal(evidence, &[404], |_| None),
};

/// What breaks the data model is refused.
pub const DATA_MODEL_KEPT: Check = Check {
    slug: "data-model-kept",
    role: Role::CoreFunction,
    requirements: &[req!("29222-7.7-04")],
    judge: |evidence| refusal(evidence, &[400], |_| None),
};

fn wrong_initiator(evidence: &Evidence<'_>) -> Judgement {
    let statuses: &[u16] = match evidence.readings.option(reading!("wrong-initiator-status")) {
        "403" => &[403],
        "401-or-403" => &[401, 403],
        _ => &[401, 403, 404],
    };
    // The token end point may say it in the words of OAuth 2.0 as well (RFC 6749 5.2).
    let token_request =
        deviant(evidence).is_some_and(|(_, exchange)| lens::is_of(exchange, operation!("GetOAuthIndAPIInv")));
    let with_oauth = [statuses, &[400]].concat();
    refusal(evidence, if token_request { &with_oauth } else { statuses }, |_| None)
}

/// A notification to any invoker between the deviant request and the clean one after it: a revocation was carried out.
fn told_between(evidence: &Evidence<'_>, trial: &Trial) -> Option<String> {
    let told = evidence.roster.members.iter().find(|member| {
        member.party.role == Role::Invoker
            && lens::notifications(evidence, member.party)
                .iter()
                .any(|(exchange, _)| exchange.id > trial.deviant && exchange.id < trial.after)
    })?;
    Some(format!("refused, but {} was notified of a revocation", told.party))
}
