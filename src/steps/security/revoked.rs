//! What has come of a revocation: TS 23.222 clauses 8.23.3 and 8.23.4, one phrase for each step.

use cucumber::then;

use super::super::parameter::Apis;
use super::super::{Step, World};
use crate::checks::aef_security::{ended, own, told};
use crate::checks::security::{by_invoker, revoked_at_core, revoked_by_core, revoked_elsewhere};

/// No token for the API named; one for the others, and for other invokers.
#[then(expr = "the authorization has ended at the core function for the service API named and for nothing else")]
fn authorization_invalidated(w: &mut World) -> Step {
    w.judge(&revoked_at_core::AUTHORIZATION_INVALIDATED)
}

/// 204, and no token to a request right after it.
#[then(expr = "the revocation is answered when the authorization has ended")]
fn revoked_when_answered(w: &mut World) -> Step {
    w.judge(&revoked_at_core::REVOKED_WHEN_ANSWERED)
}

/// 400, and nothing is revoked.
#[then(expr = "it is answered with 400, because the revocation breaks the data model, and nothing is revoked")]
fn broken_changes_nothing(w: &mut World) -> Step {
    w.judge_refusal(&revoked_at_core::BROKEN_REVOCATION_CHANGES_NOTHING, Vec::new())
}

/// Told within the deadline of exactly what was revoked; no other invoker is.
#[then(expr = "the invoker whose authorization was revoked is notified, and no other")]
fn invoker_notified(w: &mut World) -> Step {
    w.judge(&revoked_at_core::REVOKED_INVOKER_NOTIFIED)
}

/// Refused, and neither authorization nor invoker is touched.
#[then(expr = "it is refused, because revocation is for exposing functions that the core function authorized")]
fn known_function_only(w: &mut World) -> Step {
    w.judge_refusal(&revoked_at_core::REVOKED_FOR_KNOWN_FUNCTION_ONLY, Vec::new())
}

/// authorizationInfo names the API before the revocation, and only the others after it.
#[then(expr = "the exposing function is not told of the authorization that has ended")]
fn ended_not_told(w: &mut World) -> Step {
    w.judge(&revoked_at_core::ENDED_AUTHORIZATION_NOT_TOLD)
}

/// Each of several revocations is told within the deadline.
#[then(expr = "the invoker is notified of each revocation")]
fn each_notified(w: &mut World) -> Step {
    w.judge(&revoked_at_core::EACH_REVOCATION_NOTIFIED)
}

/// Its own API is revoked, and what others expose is not, whatever it is answered.
#[then(expr = "what others expose is not revoked for an exposing function that asks for it")]
fn others_left(w: &mut World) -> Step {
    w.judge(&revoked_at_core::WHAT_OTHERS_EXPOSE_IS_LEFT)
}

/// Whether other exposing functions of the provider are told is recorded.
#[then(expr = "the other exposing functions may be told to invalidate the authorization")]
fn others_may_be_told(w: &mut World) -> Step {
    w.judge(&revoked_elsewhere::OTHER_FUNCTIONS_MAY_BE_TOLD)
}

/// Exposing functions of other providers are told nothing.
#[then(expr = "no exposing function of another provider is told")]
fn own_provider_only(w: &mut World) -> Step {
    w.judge(&revoked_elsewhere::OWN_PROVIDER_ONLY)
}

/// Who does not offer the API, or was not discovered, is told nothing.
#[then(expr = "no exposing function is told that does not offer the service API or was not discovered by the invoker")]
fn concerned_only(w: &mut World) -> Step {
    w.judge(&revoked_elsewhere::CONCERNED_FUNCTIONS_ONLY)
}

/// Without the indication the others are told nothing.
#[then(expr = "the other exposing functions are left out, because step 2 did not indicate them")]
fn others_left_out(w: &mut World) -> Step {
    w.judge(&revoked_elsewhere::OTHERS_LEFT_OUT)
}

/// The trigger leads to a request to the exposing function.
#[then(expr = "the core function begins the revocation")]
fn triggered(w: &mut World) -> Step {
    w.judge(&revoked_by_core::REVOCATION_TRIGGERED)
}

/// A complete request for each of these APIs, the last being the fence, and about nobody else.
#[then(expr = "the exposing function is asked to revoke exactly {apis}, one after the other")]
fn requested(w: &mut World, apis: Apis) -> Step {
    w.judge_naming(&revoked_by_core::REVOCATION_REQUESTED, apis.0)
}

/// A request at each exposing function that offers these APIs.
#[then(expr = "every exposing function that offers {apis} is asked to revoke")]
fn requested_everywhere(w: &mut World, apis: Apis) -> Step {
    w.judge_naming(&revoked_by_core::EVERY_FUNCTION_ASKED, apis.0)
}

/// No token for the API named; one for the others, and for other invokers.
#[then(expr = "the authorization has ended at the core function once the exposing function agreed")]
fn trigger_invalidates(w: &mut World) -> Step {
    w.judge(&revoked_by_core::TRIGGER_INVALIDATES)
}

/// Told within the deadline of exactly what was revoked; no other invoker is.
#[then(expr = "the invoker is notified of what the core function revoked, and no other")]
fn trigger_notifies(w: &mut World) -> Step {
    w.judge(&revoked_by_core::TRIGGER_NOTIFIES_INVOKER)
}

/// Every invocation before the revocation is served.
#[then(expr = "the invoker is served until the revocation")]
fn served_until_revoked(w: &mut World) -> Step {
    w.judge(&own::SERVED_UNTIL_REVOKED)
}

/// A request about this invoker reaches the core function.
#[then(expr = "the exposing function begins the revocation")]
fn begun(w: &mut World) -> Step {
    w.judge(&own::REVOCATION_BEGUN)
}

/// One request, of this invoker and exactly these APIs.
#[then(expr = "the exposing function sends the details of the invoker and of exactly {apis}")]
fn detailed(w: &mut World, apis: Apis) -> Step {
    w.judge_naming(&own::REVOCATION_DETAILED, apis.0)
}

/// Invoker, APIs and cause.
#[then(expr = "the revocation names the invoker, the service APIs and a cause")]
fn complete(w: &mut World) -> Step {
    w.judge(&own::REVOCATION_COMPLETE)
}

/// Whether other exposing functions are indicated is recorded.
#[then(expr = "the revocation may indicate other exposing functions")]
fn may_indicate(w: &mut World) -> Step {
    w.judge(&own::ELSEWHERE_MAY_BE_INDICATED)
}

/// Refused after the 204; other APIs and other invokers are served.
#[then(expr = "the exposing function has ended the authorization that it revoked and no other")]
fn own_ended(w: &mut World) -> Step {
    w.judge(&ended::OWN_REVOCATION_ENDS_ACCESS)
}

/// Served before the answer, refused after it.
#[then(expr = "the authorization ends at the exposing function after the answer of the core function, not before")]
fn after_the_answer(w: &mut World) -> Step {
    w.judge(&ended::ENDED_AFTER_THE_ANSWER)
}

/// The unexpired token is refused for what was revoked, and serves for the rest.
#[then(expr = "a token that was revoked before it ran out is not accepted any more")]
fn revoked_token(w: &mut World) -> Step {
    w.judge(&ended::REVOKED_TOKEN_REFUSED)
}

/// The invocation after the withdrawal is refused although those before it were served.
#[then(expr = "access is controlled at every invocation")]
fn every_invocation(w: &mut World) -> Step {
    w.judge(&ended::CHECKED_AT_EVERY_INVOCATION)
}

/// Refused for what was named; other APIs and other invokers are served.
#[then(expr = "the exposing function has ended the authorization that was named and no other")]
fn told_ended(w: &mut World) -> Step {
    w.judge(&told::TOLD_REVOCATION_ENDS_ACCESS)
}

/// 200 with supportedFeatures, and the next invocation is refused.
#[then(expr = "the exposing function answers when the authorization has ended")]
fn told_answered(w: &mut World) -> Step {
    w.judge(&told::TOLD_REVOCATION_ANSWERED)
}

/// 200; refused for the APIs named and served for the others.
#[then(expr = "exactly the service APIs named are revoked at the exposing function")]
fn told_apis(w: &mut World) -> Step {
    w.judge(&told::TOLD_APIS_REVOKED)
}

/// 400, and the token serves on; the clean twin has 200 with supportedFeatures.
#[then(expr = "it is refused, because revokeInfo and supportedFeatures are mandatory, and the token serves on")]
fn told_broken(w: &mut World) -> Step {
    w.judge_refusal(&told::BROKEN_TOLD_REVOCATION_REFUSED, Vec::new())
}

/// Somebody else than the core function revokes: refused, and the authorization goes on.
#[then(expr = "it is refused, because only the core function revokes there, and the token serves on")]
fn told_by_others(w: &mut World) -> Step {
    w.judge_refusal(&told::TOLD_BY_CORE_FUNCTION_ONLY, Vec::new())
}

/// 204 without content.
#[then(expr = "the invoker acknowledges the notification")]
fn acknowledged(w: &mut World) -> Step {
    w.judge(&by_invoker::NOTIFICATION_ACKNOWLEDGED)
}
