//! Coverage: requirement by requirement, which scenarios, checks and faults speak of it, and what none can show.
//!
//! A tag is no judgement: a requirement counts as judged when a finding in a run was charged to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::mutants::Matrix;
use crate::checks;
use crate::event::RunEvent;
use crate::fault::Fault;
use crate::run::feature::Scenario;
use crate::spec::{RequirementId, Strength, Testability};

/// The schema of a coverage report.
pub const SCHEMA: &str = "capifspec.coverage/1";

/// The kill matrix that the mutants test keeps current.
const KILL_MATRIX: &str = include_str!("../../fixtures/kill_matrix.json");

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Sums.
    pub totals: Totals,
    /// One row a requirement.
    pub requirements: Vec<Row>,
}

/// Sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Requirements in the catalogue.
    pub requirements: usize,
    /// Of these, judged.
    pub judged: usize,
    /// Of these, with a reason why nothing can show them.
    pub untested: usize,
    /// Shalls that a black box can show.
    pub shall_observable: usize,
    /// Of these, judged.
    pub shall_judged: usize,
    /// Of these, with a fault that worsens their own verdict.
    pub shall_killed: usize,
}

/// One requirement.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its clause.
    pub clause: String,
    /// shall, should or may.
    pub strength: String,
    /// The role that it binds.
    pub role: String,
    /// First release.
    pub release: String,
    /// Whether a miss only warns.
    pub provisional: bool,
    /// Scenarios in which a finding was charged to it.
    pub scenarios: Vec<String>,
    /// Checks that carry it.
    pub checks: Vec<String>,
    /// Faults that break it.
    pub faults: Vec<String>,
    /// Faults of these that worsened its own verdict in the kill matrix.
    pub killed_by: Vec<String>,
    /// Kind of reason and reason, where nothing can show it.
    pub untested: Option<String>,
}

impl Coverage {
    /// Coverage as a run shows it.
    #[must_use]
    pub fn of_run(scenarios: &[Scenario], events: &[RunEvent]) -> Self {
        let judged = judged(scenarios, events);
        let kills = kills();
        let rows: Vec<(RequirementId, Row)> = RequirementId::all().map(|id| (id, row(id, &judged, &kills))).collect();
        let totals = totals(&rows);
        Self { schema: SCHEMA, totals, requirements: rows.into_iter().map(|(_, row)| row).collect() }
    }
}

/// Whether a black box can show a requirement at all.
#[must_use]
pub fn is_observable(id: RequirementId) -> bool {
    let requirement = id.requirement();
    let shown = match requirement.testability {
        Testability::BlackBox | Testability::Conditional => true,
        Testability::Precondition
        | Testability::ReportOnly
        | Testability::NotObservable
        | Testability::DeploymentInspection
        | Testability::ScopeNote => false,
    };
    shown && requirement.untested.is_none()
}

fn row(id: RequirementId, judged: &BTreeMap<String, BTreeSet<String>>, kills: &BTreeMap<String, Vec<String>>) -> Row {
    let requirement = id.requirement();
    let key = id.to_string();
    let checks = checks::all().into_iter().filter(|check| check.requirements.contains(&id));
    let faults = Fault::ALL.iter().filter(|fault| fault.breaks().contains(&id));
    Row {
        clause: requirement.clause.to_string(),
        strength: requirement.strength.to_string(),
        role: requirement.role.to_string(),
        release: requirement.release.to_string(),
        provisional: requirement.provisional,
        scenarios: judged.get(&key).into_iter().flatten().cloned().collect(),
        checks: checks.map(|check| check.slug.to_owned()).collect(),
        faults: faults.map(|fault| fault.name().to_owned()).collect(),
        killed_by: kills.get(&key).cloned().unwrap_or_default(),
        untested: requirement.untested.as_ref().map(|untested| format!("{}: {}", untested.kind, untested.reason)),
        id: key,
    }
}

fn totals(rows: &[(RequirementId, Row)]) -> Totals {
    let count = |wanted: &dyn Fn(&(RequirementId, Row)) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let shall = |(id, _): &(RequirementId, Row)| id.requirement().strength == Strength::Shall && is_observable(*id);
    Totals {
        requirements: rows.len(),
        judged: count(&|(_, row)| !row.scenarios.is_empty()),
        untested: count(&|(_, row)| row.untested.is_some()),
        shall_observable: count(&shall),
        shall_judged: count(&|row| shall(row) && !row.1.scenarios.is_empty()),
        shall_killed: count(&|row| shall(row) && !row.1.killed_by.is_empty()),
    }
}

/// Scenarios by the requirements that a finding of theirs was charged to.
fn judged(scenarios: &[Scenario], events: &[RunEvent]) -> BTreeMap<String, BTreeSet<String>> {
    let known: BTreeSet<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for event in events {
        if let RunEvent::Judged(judged) = event
            && known.contains(judged.scenario.as_str())
        {
            for id in &judged.finding.requirements {
                found.entry(id.clone()).or_default().insert(judged.scenario.clone());
            }
        }
    }
    found
}

fn kills() -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let matrix: Option<Matrix> = serde_json::from_str(KILL_MATRIX).ok();
    for mutant in matrix.into_iter().flat_map(|matrix| matrix.mutants) {
        for id in mutant.worsened {
            found.entry(id).or_default().push(mutant.fault.clone());
        }
    }
    found
}
