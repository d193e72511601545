//! Who is at the other end, where only one end is ours. In a scenario one role at most is a product: what is none of
//! ours is its.

use crate::spec::{Operation, Party, Role};
use crate::target::is_of_domain;
use crate::wire::{self, RawMessage, Strangers};

/// Strangers in a scenario that judges this role, where that is a product.
pub(super) fn of(judged: Role) -> Strangers {
    let named = |party: Party| wire::Party::new(&party.name());
    Strangers::named(move |request| named(caller(judged, request)), named(Party::first(judged)))
}

/// The functions of a provider domain come from one product: who of them speaks is told by what is asked for.
fn caller(judged: Role, request: Option<&RawMessage>) -> Party {
    let first = Party::first(judged);
    if !is_of_domain(judged) {
        return first;
    }
    let line = request.and_then(|request| Some((request.method()?, request.target()?)));
    let operation = line.and_then(|(method, target)| Operation::matching(&method, &target));
    let initiator = operation.and_then(|(operation, _)| operation.initiators.first());
    match initiator {
        Some(role @ (Role::ManagementFunction | Role::PublishingFunction)) => Party::first(*role),
        Some(_) | None => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_of_a_domain_are_told_apart_by_what_they_ask_for() {
        let asked = |judged, line: &str| {
            let head = format!("{line} HTTP/1.1\r\n\r\n").into_bytes();
            caller(judged, Some(&RawMessage { head, ..RawMessage::default() })).name()
        };
        let aef = Role::ExposingFunction;
        assert_eq!(asked(aef, "POST /api-provider-management/v1/registrations"), "amf");
        assert_eq!(asked(aef, "POST /x/published-apis/v1/apf-1/service-apis"), "apf");
        assert_eq!(asked(aef, "GET /capif-security/v1/trustedInvokers/i-1"), "aef");
        assert_eq!(asked(aef, "GET /"), "aef");
        assert_eq!(asked(Role::Invoker, "POST /api-provider-management/v1/registrations"), "invoker");
        assert_eq!(caller(aef, None).name(), "aef");
    }
}
