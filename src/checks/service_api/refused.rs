//! Invocations that are refused, and the service logic not reached: TS 23.222 clause 8.16.3, TS 33.122 6.5.2.3 step 7, C.1,
//! C.2.2, C.5 and C.6.

use super::super::evidence::{Evidence, Trial};
use super::super::lens;
use super::super::security::refusal::deviant;
use super::super::{Check, Judgement};
use crate::req;
use crate::spec::Role;
use crate::wire::{Exchange, Outcome, RawMessage};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &TOKEN_NEEDED,
    &TOKEN_VALIDATED,
    &SIGNATURE_VERIFIED,
    &SCOPE_COMPARED,
    &TOKEN_BELONGS_TO_CALLER,
    &CERTIFICATES_AS_INDICATED,
    &TOKEN_FORM_VALIDATED,
    &TOKENS_OVER_TLS_ONLY,
    &OWN_PART_OF_SCOPE,
    &MANDATORY_CLAIMS_NEEDED,
    &LEEWAY_CAPPED,
    &TOKEN_IN_HEADER_ONLY,
    &REFUSAL_TELLS_WHY,
    &EXP_USED,
    &EXPIRED_TOKEN_REJECTED,
    &AUTHORIZATION_CHECKED,
    &PERMISSION_LIMITED,
    &UNAUTHENTICATED_NOT_SERVED,
    &CORE_FUNCTION_AUTHORIZES,
    &APPLICATIONS_AUTHENTICATED,
];

/// A check at the exposing function whose judgement is that the deviant invocation was refused.
macro_rules! refused {
    ($($(#[doc = $doc:literal])+ $name:ident = $slug:literal: $($id:literal)+;)+) => {
        $($(#[doc = $doc])+
        pub const $name: Check = Check {
            slug: $slug,
            role: Role::ExposingFunction,
            requirements: &[$(req!($id)),+],
            judge: not_served,
        };)+
    };
}

refused! {
    /// Without a token nothing is served.
    TOKEN_NEEDED = "token-needed": "33122-6.5.2.3-05";
    /// A token that is none, or none any more, is refused.
    TOKEN_VALIDATED = "token-validated": "33122-6.5.2.3-23";
    /// A token that the core function did not sign as it stands is refused.
    SIGNATURE_VERIFIED = "signature-verified": "33122-6.5.2.3-24";
    /// A token for another service API is refused.
    SCOPE_COMPARED = "scope-compared": "33122-6.5.2.3-25" "33122-C.2.1-02";
    /// The token of another invoker is refused where certificates say who calls.
    TOKEN_BELONGS_TO_CALLER = "token-belongs-to-caller": "33122-6.5.2.3-27";
    /// Where certificates are mutual, a caller without a good one is refused.
    CERTIFICATES_AS_INDICATED = "certificates-as-indicated": "33122-6.5.2.3-31";
    /// A token that breaks RFC 7515 or RFC 7519 is refused.
    TOKEN_FORM_VALIDATED = "token-form-validated": "33122-C.1-05";
    /// A token over plain HTTP is refused.
    TOKENS_OVER_TLS_ONLY = "tokens-over-tls-only": "33122-C.1-07";
    /// A token for another exposing function is refused.
    OWN_PART_OF_SCOPE = "own-part-of-scope": "33122-C.2.2-08";
    /// A token without a mandatory claim is refused.
    MANDATORY_CLAIMS_NEEDED = "mandatory-claims-needed": "33122-C.2.2-10";
    /// A token that ran out longer ago than the leeway is refused.
    LEEWAY_CAPPED = "leeway-capped": "33122-C.2.2-11";
    /// A token outside the Authorization header is refused.
    TOKEN_IN_HEADER_ONLY = "token-in-header-only": "33122-C.5-02";
    /// exp tells that a token has run out.
    EXP_USED = "exp-used": "33122-C.6-02";
    /// Whatever is asked for with a token that has run out is refused.
    EXPIRED_TOKEN_REJECTED = "expired-token-rejected": "33122-C.6-03";
    /// The authorization of the invoker for the service API is checked.
    AUTHORIZATION_CHECKED = "authorization-checked": "23222-8.16.3-03";
    /// A permission is good for what it was given for, and as long as it was given for.
    PERMISSION_LIMITED = "permission-limited": "23222-8.11.1-04";
    /// Who was authenticated neither before nor with the invocation is not served.
    UNAUTHENTICATED_NOT_SERVED = "unauthenticated-not-served": "23222-8.16.3-09";
    /// What the core function does not authorize is refused.
    CORE_FUNCTION_AUTHORIZES = "core-function-authorizes": "23222-8.16.3-04";
    /// Applications are authenticated to access service APIs.
    APPLICATIONS_AUTHENTICATED = "applications-authenticated": "23722-AR-6.3.2-b";
}

/// The refusal of a token that is not good any more tells so.
pub const REFUSAL_TELLS_WHY: Check = Check {
    slug: "refusal-tells-why",
    role: Role::ExposingFunction,
    requirements: &[req!("33122-C.5-05")],
    judge: |evidence| {
        let expected = "an error that tells of the token: 401 with WWW-Authenticate: Bearer error=\"invalid_token\", or a body that names expiry or revocation";
        let Some((trial, exchange)) = deviant(evidence) else {
            return Judgement::unclear(expected, "nothing was tried");
        };
        if let Some(idle) = idle_twin(evidence, trial) {
            return Judgement::unclear(expected, idle).at(exchange.id);
        }
        let Some(response) = exchange.response.as_ref().filter(|_| exchange.status().is_some()) else {
            return Judgement::unclear(expected, lens::ending(exchange)).at(exchange.id);
        };
        Judgement::when(tells_of_token(response), expected, lens::ending(exchange)).at(exchange.id)
    },
};

fn tells_of_token(response: &RawMessage) -> bool {
    let challenge = response.header_all("www-authenticate").join(", ");
    let body = String::from_utf8_lossy(&response.body).to_ascii_lowercase();
    challenge.contains("invalid_token") || ["invalid_token", "expire", "revoke"].iter().any(|word| body.contains(word))
}

/// The deviant invocation was refused, and the service logic was not reached.
pub(in super::super) fn not_served(evidence: &Evidence<'_>) -> Judgement {
    let Some((trial, exchange)) = deviant(evidence) else {
        return Judgement::unclear("a refusal", "nothing was tried");
    };
    let expected = format!("refused, because {}; the service logic is not reached", trial.deviation);
    if let Some(idle) = idle_twin(evidence, trial) {
        return Judgement::unclear(expected, idle).at(exchange.id);
    }
    let observed = lens::ending(exchange);
    let fault = match &exchange.outcome {
        Outcome::Answered => (!is_refusal(exchange)).then(|| observed.clone()),
        Outcome::HandshakeRefused { .. }
        | Outcome::ClosedWithoutAnswer
        | Outcome::Malformed { .. }
        | Outcome::Unreachable { .. } => (!trial.below_http).then(|| observed.clone()),
        Outcome::TimedOut { .. } | Outcome::Open => return Judgement::unclear(expected, observed).at(exchange.id),
    };
    match fault.or_else(|| reached(evidence, exchange)) {
        Some(fault) => Judgement::missed(expected, fault).at(exchange.id),
        None if is_lost(evidence, exchange) => {
            let why = format!("{observed}: nobody was served by that request, which may be none that there is");
            Judgement::unclear(expected, why).at(exchange.id)
        }
        None => Judgement::held(expected, observed).at(exchange.id),
    }
}

/// A clean twin that was answered and not served: who serves nobody refuses nobody.
pub(super) fn idle_twin(evidence: &Evidence<'_>, trial: &Trial) -> Option<String> {
    let twins = [("before", trial.before), ("after", trial.after)];
    twins.into_iter().find_map(|(when, id)| {
        let invocation = evidence.exchange(id).and_then(|exchange| lens::invocation(evidence, exchange))?;
        let executed = invocation.api.own_logic.is_some() || !lens::executions(evidence, &invocation).is_empty();
        let idle = lens::accepted(invocation.exchange) && !(executed && lens::served(&invocation));
        idle.then(|| format!("the clean twin {when} was accepted, but the service logic did not serve it"))
    })
}

/// Whether a refusal says no more than that there is nothing there: where the request is the product's own, and has
/// served nobody, it may be mistaken.
fn is_lost(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    let Some(lost) = lens::invocation(evidence, exchange).filter(|invocation| invocation.api.own_logic.is_some())
    else {
        return false;
    };
    let served = |other: &lens::Invocation<'_>| other.api.id == lost.api.id && lens::served(other);
    matches!(exchange.status(), Some(404 | 405 | 410)) && !lens::invocations(evidence).iter().any(served)
}

/// A refusal is the client's error; over plain HTTP it may also send the caller elsewhere.
fn is_refusal(exchange: &Exchange) -> bool {
    let redirects = exchange.tls.is_none();
    exchange.status().is_some_and(|status| (400..500).contains(&status) || (redirects && (300..400).contains(&status)))
}

/// The service logic was reached although the invocation was refused.
pub(super) fn reached(evidence: &Evidence<'_>, exchange: &Exchange) -> Option<String> {
    let invocation = lens::invocation(evidence, exchange)?;
    lens::reached(evidence, &invocation)
        .then(|| format!("{}, but the service logic was reached", lens::ending(exchange)))
}
