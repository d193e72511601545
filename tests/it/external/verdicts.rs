//! The verdicts on a product are those on the built-in peer, scenario by scenario.

use std::collections::BTreeMap;

use super::ports::enough_for;
use super::{Product, judged, scenarios};
use crate::built_in::{endings, every_scenario, full_run};
use crate::cli::Desk;

/// Runs against products of these roles, with as few ports as may be, and compares with the built-in run.
#[track_caller]
fn same_as_built_in(roles: &[&str], words: &str) {
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
    let differs = |(id, verdict, _): &&(String, String, String)| {
        built_in.get(id.as_str()).is_none_or(|ended| ended.verdict.word() != verdict)
    };
    let told: Vec<String> =
        external.iter().filter(differs).map(|(id, verdict, reason)| format!("{verdict} {id}: {reason}")).collect();
    assert!(told.is_empty(), "{roles:?}:\n  {}", told.join("\n  "));
}

/// The provider functions of a domain are served with their exposing function.
fn judged_with(roles: &[&str], sut: &str) -> bool {
    roles.contains(&sut) || (matches!(sut, "amf" | "apf") && roles.contains(&"aef"))
}

#[test]
fn a_core_function() {
    same_as_built_in(&["ccf"], "");
}

#[test]
fn an_exposing_function_with_its_domain() {
    same_as_built_in(&["aef"], "");
}

#[test]
fn an_invoker() {
    same_as_built_in(&["invoker"], "");
}

#[test]
fn a_resource_owner_function() {
    same_as_built_in(&["rof"], "");
}

/// Each of them is judged by what it does with peers of ours, so that nobody answers for another one.
#[test]
fn all_of_them_in_one_target() {
    same_as_built_in(&["ccf", "aef", "invoker", "rof"], "--requirement 8.31 --requirement 5.6.2.5");
}
