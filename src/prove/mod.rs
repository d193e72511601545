//! Proving the judge: what is covered, and whether a lie is caught.

pub mod coverage;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod mutants;

use std::collections::BTreeMap;

use crate::event::RunEvent;
use crate::verdict::Verdict;

/// The name of every check, for those who may not know the checks themselves.
#[must_use]
pub fn check_names() -> Vec<&'static str> {
    crate::checks::all().into_iter().map(|check| check.slug).chain([crate::lab::REVIEW]).collect()
}

/// Verdicts of one run by scenario and requirement.
pub(crate) type ByScenario = BTreeMap<String, BTreeMap<String, Verdict>>;

/// Verdicts on requirements, scenario by scenario.
pub(crate) fn verdicts(events: &[RunEvent]) -> ByScenario {
    events
        .iter()
        .filter_map(|event| match event {
            RunEvent::ScenarioEnded(ended) => {
                Some((ended.scenario.clone(), ended.requirements.iter().cloned().collect()))
            }
            RunEvent::RunStarted(_)
            | RunEvent::ScenarioStarted(_)
            | RunEvent::StepEnded(_)
            | RunEvent::Exchanged(_)
            | RunEvent::Judged(_)
            | RunEvent::LeftBehind(_)
            | RunEvent::NotRun(_)
            | RunEvent::RunEnded(_) => None,
        })
        .collect()
}
