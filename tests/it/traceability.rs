//! From clause to verdict and back: requirements, scenarios, checks and faults hold together.

use std::collections::{BTreeMap, BTreeSet};

use capifspec::checks::{self, Check};
use capifspec::event::RunEvent;
use capifspec::fault::Fault;
use capifspec::prove::coverage::{Coverage, Row, is_observable};
use capifspec::spec::{RequirementId, Strength};
use capifspec::verdict::{Finding, Verdict};

use crate::built_in::{every_scenario, full_run};

/// The clauses of the procedures that are judged.
const CLAUSES: [&str; 8] = [
    "23222-8.11.",
    "23222-8.16.",
    "23222-8.23.",
    "23222-8.31.",
    "23722-AR-6.3.2-",
    "29222-5.6.2.",
    "33122-6.5.2.3-",
    "33122-C.",
];

/// What the next procedures show: each goes from here as soon as it is judged.
const NEXT: &[(&str, &[&str])] = &[("topology hiding", &["23722-AR-6.3.2-a"])];

fn none_of(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}

fn findings() -> impl Iterator<Item = &'static Finding> {
    full_run()
        .iter()
        .filter_map(|event| if let RunEvent::Judged(judged) = event { Some(&judged.finding) } else { None })
}

/// The rows of the clauses that this crate has taken on, by id.
fn taken_on() -> BTreeMap<RequirementId, Row> {
    let coverage = Coverage::of_run(every_scenario(), full_run());
    let rows = coverage.requirements.into_iter().filter(|row| CLAUSES.iter().any(|clause| row.id.starts_with(clause)));
    rows.map(|row| (row.id.parse().unwrap(), row)).collect()
}

fn next() -> BTreeSet<&'static str> {
    NEXT.iter().flat_map(|(_, ids)| ids.iter().copied()).collect()
}

#[test]
fn a_check_carries_one_to_three_requirements_of_its_own_role() {
    let wrong = |check: &&&Check| {
        let foreign = check.requirements.iter().any(|id| id.requirement().role != check.role);
        foreign || !(1..=3).contains(&check.requirements.len())
    };
    let all = checks::all();
    let complaints = all.iter().filter(wrong).map(|check| {
        format!(
            "check {} judges {} and carries {:?}; whoever a requirement binds is judged under it",
            check.slug, check.role, check.requirements
        )
    });
    none_of(complaints);
}

#[test]
fn slugs_are_kebab_case_and_each_is_one_check() {
    let mut seen = BTreeSet::new();
    for check in checks::all() {
        let plain = check
            .slug
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        assert!(plain, "slug `{}` is not kebab-case", check.slug);
        assert!(seen.insert(check.slug), "two checks are called `{}`", check.slug);
    }
}

#[test]
fn every_check_is_asked_by_a_scenario() {
    let asked: BTreeSet<&str> = findings().map(|finding| finding.check.as_str()).collect();
    let idle = checks::all().into_iter().filter(|check| !asked.contains(check.slug));
    none_of(idle.map(|check| {
        format!("check {} is asked by no scenario; write one with a step that asks it, or drop it", check.slug)
    }));
}

#[test]
fn every_check_is_listed() {
    let listed: BTreeSet<&str> = checks::all().into_iter().map(|check| check.slug).collect();
    let stray: BTreeSet<&str> =
        findings().map(|finding| finding.check.as_str()).filter(|slug| !listed.contains(slug)).collect();
    assert!(stray.is_empty(), "{stray:?} judge, but are not in the ALL of their file");
}

/// A check that never holds of the healthy peers asks nothing, unless it asks for what they only may do.
#[test]
fn every_check_finds_what_it_asks_for_at_the_healthy_peers() {
    let held: BTreeSet<&str> =
        findings().filter(|finding| finding.verdict == Verdict::Pass).map(|finding| finding.check.as_str()).collect();
    let optional = |check: &&Check| check.requirements.iter().all(|id| id.requirement().strength == Strength::May);
    let hollow = checks::all().into_iter().filter(|check| !held.contains(check.slug) && !optional(check));
    none_of(hollow.map(|check| {
        format!("check {} never holds in a run against the built-in peers; show it a case where it does", check.slug)
    }));
}

#[test]
fn every_tag_has_a_check_that_can_judge_it() {
    let carried: BTreeSet<RequirementId> = checks::all().iter().flat_map(|check| check.requirements).copied().collect();
    let mut complaints = Vec::new();
    for scenario in every_scenario() {
        for id in &scenario.requirements {
            if !carried.contains(id) {
                complaints
                    .push(format!("features/{}:{} @req:{id} is carried by no check", scenario.path, scenario.line));
            }
            if id.requirement().role != scenario.sut {
                let role = id.requirement().role;
                complaints.push(format!(
                    "features/{}:{} @req:{id} binds {role}, the scenario judges {}",
                    scenario.path, scenario.line, scenario.sut
                ));
            }
        }
    }
    none_of(complaints);
}

#[test]
fn what_a_fault_breaks_has_a_check() {
    let carried: BTreeSet<RequirementId> = checks::all().iter().flat_map(|check| check.requirements).copied().collect();
    let mut complaints = Vec::new();
    for fault in Fault::ALL {
        if !fault.breaks().iter().any(|id| carried.contains(id)) {
            complaints
                .push(format!("{fault} breaks {:?}, which no check carries; it cannot be killed", fault.breaks()));
        }
    }
    none_of(complaints);
}

#[test]
fn every_requirement_taken_on_is_judged() {
    let next = next();
    let complaints = taken_on().into_iter().filter(|(id, row)| owed(*id) && !next.contains(row.id.as_str()));
    none_of(complaints.filter_map(|(id, row)| missing(id, &row)));
}

/// Whether a requirement has to be judged: it is a shall or a should that can be seen.
fn owed(id: RequirementId) -> bool {
    id.requirement().strength != Strength::May && is_observable(id)
}

fn missing(id: RequirementId, row: &Row) -> Option<String> {
    let about = format!("{id} ({} {}, clause {})", row.role, row.strength, row.clause);
    if row.checks.is_empty() {
        Some(format!("{about} has no check; write one, or say in the catalogue why nothing can show it"))
    } else if row.scenarios.is_empty() {
        Some(format!("{about} is judged in no scenario; write one with @req:{id}"))
    } else if id.requirement().strength == Strength::Shall && row.faults.is_empty() {
        Some(format!("{about} has no fault that breaks it; tell a reference peer to lie about it"))
    } else if id.requirement().strength == Strength::Shall && row.killed_by.is_empty() {
        Some(format!("{about}: none of {} worsens its verdict in fixtures/kill_matrix.json", row.faults.join(", ")))
    } else {
        None
    }
}

#[test]
fn what_is_next_is_not_judged_yet() {
    let rows = taken_on();
    let mut complaints = Vec::new();
    for id in next() {
        match id.parse::<RequirementId>().ok().and_then(|id| rows.get(&id)) {
            None => complaints.push(format!("{id} is no requirement of {}", CLAUSES.join(", "))),
            Some(row) if !row.scenarios.is_empty() => {
                complaints.push(format!("{id} is judged by {}: take it out of NEXT", row.checks.join(", ")));
            }
            Some(row) if row.untested.is_some() => {
                complaints.push(format!("{id} has a reason in the catalogue: take it out of NEXT"));
            }
            Some(_) => {}
        }
    }
    none_of(complaints);
}

/// Two requirements that the same checks judge and the same faults break are one requirement, or one of them is judged
/// by what was written for the other.
#[test]
fn no_two_requirements_are_proven_by_the_same_things() {
    let coverage = Coverage::of_run(every_scenario(), full_run());
    let mut proven: BTreeMap<(Vec<String>, Vec<String>), Vec<RequirementId>> = BTreeMap::new();
    for row in coverage.requirements {
        let id: RequirementId = row.id.parse().unwrap();
        if id.requirement().strength == Strength::Shall && !row.checks.is_empty() && !row.faults.is_empty() {
            proven.entry((row.checks, row.faults)).or_default().push(id);
        }
    }
    let mut complaints = Vec::new();
    for ((checks, faults), ids) in proven {
        for (at, id) in ids.iter().enumerate() {
            let unlinked = ids.iter().skip(at + 1).filter(|other| !id.requirement().same_as.contains(other));
            complaints.extend(unlinked.map(|other| {
                format!("{id} and {other} share their checks ({}) and their faults ({}); tell them apart, or link them by same_as", checks.join(", "), faults.join(", "))
            }));
        }
    }
    none_of(complaints);
}
