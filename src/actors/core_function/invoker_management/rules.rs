//! What offboarding ends (TS 29.222 5.5.2.3).

use crate::actors::core_function::state::State;
use crate::fault::{Fault, FaultSet};
use crate::wire::Reply;

/// Ends an enrolment, and with it everything that rests on it.
pub(super) fn offboard(state: &mut State, id: &str, faults: &FaultSet) -> Reply {
    if !faults.has(Fault::GrantAfterOffboarding) {
        state.invokers.remove(id);
        state.onboarding_order.retain(|known| known != id);
        state.contexts.remove(id);
    }
    Reply::new(204)
}
