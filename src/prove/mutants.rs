//! The kill matrix: each fault of the reference peers, and the requirements whose verdict it worsens.
//!
//! A check that no mutant can turn red proves nothing. A fault is killed when the verdict on a requirement that it
//! breaks is worse than on the healthy peer: pass to fail, or to warn where a miss only warns. That a scenario became
//! inconclusive or an error kills nothing: it shows that something is odd, not what.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ByScenario, verdicts};
use crate::fault::{Fault, FaultSet};
use crate::run::feature::Scenario;
use crate::run::{Settings, observe};
use crate::verdict::Verdict;

/// The schema of the kill matrix.
pub const SCHEMA: &str = "capifspec.mutants/1";

/// Which scenarios a mutant meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them: the whole matrix, with everything that a fault breaks besides.
    Everything,
    /// Those that judge a requirement which the fault breaks.
    ItsOwn,
}

/// The whole matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// [`SCHEMA`].
    pub schema: String,
    /// Sums.
    pub totals: Totals,
    /// Verdict of the peers without any fault.
    pub healthy: Verdict,
    /// One row a fault.
    pub mutants: Vec<Mutant>,
}

/// Sums of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Faults tried.
    pub faults: usize,
    /// Of these, killed.
    pub killed: usize,
    /// Of these, not.
    pub survived: usize,
}

/// One fault and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutant {
    /// Its name.
    pub fault: String,
    /// The role that commits it.
    pub role: String,
    /// The requirements that it breaks.
    pub breaks: Vec<String>,
    /// Whether a verdict on one of these got worse.
    pub killed: bool,
    /// Those whose verdict got worse.
    pub worsened: Vec<String>,
    /// Scenarios in which that happened.
    pub killed_by: Vec<String>,
    /// The verdict that got worse is on a requirement that the fault breaks.
    pub by_requirement: bool,
    /// Other requirements whose verdict got worse.
    pub collateral: Vec<String>,
}

/// Tries faults against scenarios.
#[must_use]
pub fn matrix(
    scenarios: &[Scenario],
    faults: &[Fault],
    settings: &Settings,
    scope: Scope,
    tell: &mut dyn FnMut(&Mutant),
) -> Matrix {
    let events = observe(scenarios, settings);
    let healthy = verdicts(&events);
    let mut mutants = Vec::new();
    for fault in faults {
        let met: Vec<Scenario> = scenarios.iter().filter(|scenario| meets(scenario, *fault, scope)).cloned().collect();
        let mutated = Settings { faults: FaultSet::from_iter([*fault]), ..settings.clone() };
        let mutant = compared(*fault, &healthy, &verdicts(&observe(&met, &mutated)));
        tell(&mutant);
        mutants.push(mutant);
    }
    let killed = mutants.iter().filter(|mutant| mutant.killed).count();
    Matrix {
        schema: SCHEMA.to_owned(),
        totals: Totals { faults: mutants.len(), killed, survived: mutants.len() - killed },
        healthy: healthy.values().flat_map(BTreeMap::values).copied().max().unwrap_or(Verdict::NotApplicable),
        mutants,
    }
}

fn meets(scenario: &Scenario, fault: Fault, scope: Scope) -> bool {
    match scope {
        Scope::Everything => true,
        Scope::ItsOwn => scenario.requirements.iter().any(|id| fault.breaks().contains(id)),
    }
}

fn compared(fault: Fault, healthy: &ByScenario, mutated: &ByScenario) -> Mutant {
    let breaks: Vec<String> = fault.breaks().iter().map(ToString::to_string).collect();
    let (mut worsened, mut killed_by, mut collateral) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    for (scenario, requirements) in mutated {
        let before = healthy.get(scenario);
        let mut kills = false;
        for (id, verdict) in requirements {
            let healthy = before.and_then(|before| before.get(id)).copied().unwrap_or(Verdict::NotApplicable);
            if *verdict <= healthy {
                continue;
            }
            if breaks.contains(id) {
                if matches!(verdict, Verdict::Fail | Verdict::Warn) {
                    kills = true;
                    worsened.insert(id.clone());
                }
            } else {
                collateral.insert(id.clone());
            }
        }
        if kills {
            killed_by.push(scenario.clone());
        }
    }
    Mutant {
        fault: fault.name().to_owned(),
        role: fault.role().code().to_owned(),
        killed: !worsened.is_empty(),
        by_requirement: !worsened.is_empty(),
        worsened: worsened.into_iter().collect(),
        killed_by,
        collateral: collateral.into_iter().collect(),
        breaks,
    }
}
