//! The verdicts on a product are those on the built-in peer, scenario by scenario.

use std::collections::BTreeMap;

use super::ports::enough_for;
use super::{Product, judged, scenarios};
use crate::built_in::{endings, every_scenario, full_run};
use crate::cli::Desk;

/// Runs against products of these roles, with as few ports as may be, and compares with the built-in run. What differs has to say a reason that one of
/// these words is in: time that a product takes and a virtual clock does not, keys that a product keeps to itself.
#[track_caller]
fn same_as_built_in(roles: &[&str], words: &str, excused: &[&str]) {
    let desk = Desk::new();
    let _product = Product::served(&desk, roles, &[]);
    let report = judged(&desk, &format!("{words} {}", enough_for(roles)));
    let external = scenarios(&report);
    let built_in = endings(full_run());
    let suts: BTreeMap<&str, &str> =
        every_scenario().iter().map(|scenario| (scenario.id.as_str(), scenario.sut.code())).collect();
    let expected = suts.values().filter(|sut| judged_with(roles, sut)).count();
    assert!(external.len() > 3, "{external:?}");
    if words.is_empty() {
        assert_eq!(external.len(), expected, "scenarios of {roles:?}");
    }
    let differs = |(id, verdict, reason): &&(String, String, String)| {
        let same = built_in.get(id.as_str()).is_some_and(|ended| ended.verdict.word() == verdict);
        let is_excused = verdict == "not-applicable" && excused.iter().any(|words| reason.contains(words));
        !same && !is_excused
    };
    let told: Vec<String> =
        external.iter().filter(differs).map(|(id, verdict, reason)| format!("{verdict} {id}: {reason}")).collect();
    assert!(told.is_empty(), "{roles:?}:\n  {}", told.join("\n  "));
    let excuses = external.iter().filter(|(_, _, reason)| excused.iter().any(|words| reason.contains(words))).count();
    assert!(excuses <= 2, "{excuses} of {} scenarios are excused", external.len());
}

/// The provider functions of a domain are served with their exposing function.
fn judged_with(roles: &[&str], sut: &str) -> bool {
    roles.contains(&sut) || (matches!(sut, "amf" | "apf") && roles.contains(&"aef"))
}

/// A real clock lets a token run out in minutes.
const TIME: &str = "longer than a step may take";

#[test]
fn a_core_function() {
    same_as_built_in(&["ccf"], "", &[TIME]);
}

#[test]
fn an_exposing_function_with_its_domain() {
    same_as_built_in(&["aef"], "", &[TIME]);
}

#[test]
fn an_invoker() {
    same_as_built_in(&["invoker"], "", &[TIME]);
}

#[test]
fn a_resource_owner_function() {
    same_as_built_in(&["rof"], "", &[TIME]);
}

/// Each of them is judged by what it does with peers of ours, so that nobody answers for another one.
#[test]
fn all_of_them_in_one_target() {
    same_as_built_in(&["ccf", "aef", "invoker", "rof"], "--requirement 8.31 --requirement 5.6.2.5", &[TIME]);
}
