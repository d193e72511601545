//! The judge is judged: every lie of the reference peers is caught, by a verdict on what it breaks.
//!
//! `fixtures/kill_matrix.json` holds the matrix; `coverage` reads from it which requirement is proven by what.

use std::fs;
use std::path::PathBuf;

use capifspec::fault::Fault;
use capifspec::prove::mutants::{Matrix, Mutant, Scope, matrix};
use capifspec::run::feature::Scenario;
use capifspec::verdict::Verdict;

use crate::built_in::{every_scenario, settings};
use crate::machine;

/// How many scenarios at once: most of their time they wait for what does not come.
const JOBS: usize = 8;

fn kept() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/kill_matrix.json")
}

#[test]
fn no_lie_survives_and_the_matrix_is_the_one_kept() {
    let _alone = machine::quiet();
    let found = matrix(every_scenario(), Fault::ALL, &settings(1, JOBS), Scope::ItsOwn, &mut |_| {});
    if std::env::var_os("CAPIFSPEC_BLESS").is_some() {
        fs::write(kept(), format!("{}\n", serde_json::to_string_pretty(&found).unwrap())).unwrap();
    }
    assert_eq!(found.healthy, Verdict::Pass, "the healthy peers do not pass: mutants say nothing");
    let survivors: Vec<String> = found
        .mutants
        .iter()
        .filter(|mutant| !mutant.killed)
        .map(|mutant| format!("{} breaks {}", mutant.fault, mutant.breaks.join(" ")))
        .collect();
    assert!(
        survivors.is_empty(),
        "{} faults survive; no verdict on what they break gets worse:\n  {}",
        survivors.len(),
        survivors.join("\n  ")
    );
    let kept: Matrix = serde_json::from_str(&fs::read_to_string(kept()).unwrap())
        .unwrap_or_else(|error| panic!("fixtures/kill_matrix.json: {error}; {BLESS}"));
    let differences = differences(&kept, &found);
    assert!(
        differences.is_empty(),
        "fixtures/kill_matrix.json is not what the run shows:\n  {}\n{BLESS}",
        differences.join("\n  ")
    );
}

const BLESS: &str = "If that is meant: CAPIFSPEC_BLESS=1 cargo test --test it mutants, then look at `git diff fixtures/kill_matrix.json`.";

fn differences(kept: &Matrix, found: &Matrix) -> Vec<String> {
    let of = |matrix: &Matrix, fault: &str| matrix.mutants.iter().find(|mutant| mutant.fault == fault).cloned();
    let gone = kept
        .mutants
        .iter()
        .filter(|mutant| of(found, &mutant.fault).is_none())
        .map(|mutant| format!("{} is no fault any more", mutant.fault));
    let changed = found.mutants.iter().filter_map(|now| match of(kept, &now.fault) {
        None => Some(format!("{} is new", now.fault)),
        Some(then) => (then != *now).then(|| format!("{}: {}", now.fault, change(&then, now))),
    });
    gone.chain(changed).collect()
}

fn change(then: &Mutant, now: &Mutant) -> String {
    let parts = [
        ("breaks", &then.breaks, &now.breaks),
        ("worsened", &then.worsened, &now.worsened),
        ("collateral", &then.collateral, &now.collateral),
        ("killed by", &then.killed_by, &now.killed_by),
    ];
    let differing = parts.into_iter().filter(|(_, then, now)| then != now);
    differing
        .map(|(what, then, now)| format!("{what} [{}], was [{}]", now.join(" "), then.join(" ")))
        .collect::<Vec<_>>()
        .join("; ")
}

/// The test above can fail: a fault that shows in none of the scenarios it meets survives.
#[test]
fn a_fault_that_breaks_nothing_seen_survives() {
    let positive = |scenario: &&Scenario| scenario.requirements.iter().any(|id| id.as_str() == "33122-C.1-02");
    let scenarios: Vec<Scenario> = every_scenario().iter().filter(positive).cloned().collect();
    assert!(!scenarios.is_empty());
    let faults = [Fault::LetInvokerRevoke, Fault::TokenTypeMac];
    let found = matrix(&scenarios, &faults, &settings(1, 1), Scope::Everything, &mut |_| {});
    let killed: Vec<bool> = found.mutants.iter().map(|mutant| mutant.killed).collect();
    assert_eq!(killed, [false, true], "{found:?}");
    assert_eq!((found.totals.faults, found.totals.killed, found.totals.survived), (2, 1, 1));
}

/// A scenario that merely stops being judged kills nothing.
#[test]
fn inconclusive_kills_nothing() {
    let told = |scenario: &&Scenario| scenario.requirements.iter().any(|id| id.as_str() == "29222-5.6.2.5.2-03");
    let scenarios: Vec<Scenario> = every_scenario().iter().filter(told).cloned().collect();
    let found = matrix(&scenarios, &[Fault::OmitLocationOnCreated], &settings(1, 1), Scope::Everything, &mut |_| {});
    assert_eq!(found.totals.killed, 0, "{found:?}");
    assert!(!found.mutants[0].collateral.is_empty(), "without a Location nothing can be revoked: {found:?}");
}

#[test]
fn a_changed_row_is_told() {
    let row = |worsened: &[&str]| Mutant {
        fault: "AlgNone".to_owned(),
        role: "ccf".to_owned(),
        breaks: vec!["33122-C.1-04".to_owned()],
        killed: true,
        worsened: worsened.iter().map(|id| (*id).to_owned()).collect(),
        killed_by: Vec::new(),
        by_requirement: true,
        collateral: Vec::new(),
    };
    assert_eq!(change(&row(&["33122-C.1-04"]), &row(&[])), "worsened [], was [33122-C.1-04]");
}
