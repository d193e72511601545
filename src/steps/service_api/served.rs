//! What an exposing function does when it serves.

use cucumber::then;

use super::super::{Step, World};
use crate::checks::service_api::served;

/// One execution for each invocation that is accepted, none for one that is refused.
#[then(expr = "the service logic was executed once for each accepted invocation")]
fn executed_once(w: &mut World) -> Step {
    w.lab()?.sees_service_logic()?;
    w.judge(&served::SERVICE_LOGIC_EXECUTED)
}

/// The answer is the result of this execution.
#[then(expr = "each invocation is answered with its own result")]
fn own_result(w: &mut World) -> Step {
    w.judge(&served::RESULT_RETURNED)
}

/// Verified first, then executed, then answered.
#[then(expr = "the service API is invoked after the verification of the token")]
fn after_verification(w: &mut World) -> Step {
    w.lab()?.sees_service_logic()?;
    w.judge(&served::INVOKED_AFTER_VERIFICATION)
}

/// One token for several invocations.
#[then(expr = "one permission serves all of these invocations")]
fn several(w: &mut World) -> Step {
    w.judge(&served::PERMISSION_SERVES_SEVERAL)
}

/// Those with a good token are served, each with its own result, and no other.
#[then(expr = "the invocations with a good token are served and no other")]
fn parallel(w: &mut World) -> Step {
    let good = w.lab()?.good_marks();
    w.judge_naming(&served::PARALLEL_INVOCATIONS_ANSWERED, good)
}

/// Without a client certificate the token decides.
#[then(expr = "the invocation is served without a client certificate")]
fn without_certificate(w: &mut World) -> Step {
    w.judge(&served::CERTIFICATE_NOT_NEEDED)
}

/// Whether authentication takes place with the invocation is recorded.
#[then(expr = "the invoker may be authenticated with the invocation")]
fn with_invocation(w: &mut World) -> Step {
    w.judge(&served::AUTHENTICATED_WITH_INVOCATION)
}

/// GET trustedInvokers with authorizationInfo=true between the invocation and its answer.
#[then(expr = "the authorization information is fetched before the invocation is decided")]
fn fetched_before(w: &mut World) -> Step {
    w.judge(&served::AUTHORIZATION_INFORMATION_FETCHED)
}

/// Whether the core function is asked again is recorded.
#[then(expr = "the exposing function may decide without asking again")]
fn without_asking(w: &mut World) -> Step {
    w.judge(&served::DECIDED_WITHOUT_ASKING)
}

/// Whether a leeway is granted is recorded.
#[then(expr = "a leeway of some seconds may be granted")]
fn leeway(w: &mut World) -> Step {
    w.judge(&served::LEEWAY_MAY_BE_GRANTED)
}
