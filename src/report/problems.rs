//! What needs attention, each cause once: a product with one fault may miss it in sixty scenarios.

use std::collections::HashMap;

use crate::event::{ExchangeEvent, StepEnded};
use crate::verdict::{Finding, Verdict};

use super::fold::{Report, ScenarioReport};

/// The verdicts that somebody has to look at, failures first.
pub(super) const TO_LOOK_AT: [Verdict; 5] =
    [Verdict::Fail, Verdict::UnexpectedPass, Verdict::Error, Verdict::Inconclusive, Verdict::Warn];

/// One cause, and everywhere it showed.
pub(super) struct Problem<'a> {
    /// How bad it is.
    pub(super) verdict: Verdict,
    /// What was judged, or why it could not be.
    pub(super) cause: Cause<'a>,
    /// The requirements it is charged to in any of these places.
    pub(super) requirements: Vec<&'a str>,
    /// Where it showed, in the order of scenarios; never empty.
    pub(super) places: Vec<Place<'a>>,
}

/// What makes two problems the same one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cause<'a> {
    /// A check judged so.
    Finding {
        /// Slug of the check.
        check: &'a str,
        /// What was expected.
        expected: &'a str,
        /// What was observed.
        observed: &'a str,
    },
    /// A scenario ended so without a finding that says it.
    Ending {
        /// The reason given.
        reason: &'a str,
        /// What the step that stopped it says.
        message: &'a str,
    },
}

/// One place where a problem showed.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Position of the scenario in the report.
    pub(super) index: usize,
    /// The scenario.
    pub(super) scenario: &'a ScenarioReport,
    /// Position of the finding in the scenario.
    pub(super) finding: Option<usize>,
    /// The exchange it was seen in.
    pub(super) exchange: Option<&'a ExchangeEvent>,
    /// The step that could not go on.
    pub(super) step: Option<&'a StepEnded>,
}

/// Every problem of a run: failures first, and of those the most frequent first.
pub(super) fn problems(report: &Report) -> Vec<Problem<'_>> {
    let mut problems = Problems::default();
    for (index, scenario) in report.scenarios.iter().enumerate() {
        for (position, finding) in scenario.findings.iter().enumerate() {
            if counts(scenario, finding) {
                problems.add(
                    finding.verdict,
                    Cause::of(finding),
                    &finding.requirements,
                    Place::of(index, scenario, position, finding),
                );
            }
        }
        if let Some(verdict) = unexplained(scenario) {
            let step = scenario.stopped_at();
            let reason = scenario.reason.as_deref().unwrap_or_default();
            let message = step.and_then(|step| step.message.as_deref()).unwrap_or_default();
            let place = Place { index, scenario, finding: None, exchange: None, step };
            problems.add(verdict, Cause::Ending { reason, message }, &scenario.scenario.requirements, place);
        }
    }
    problems.sorted()
}

/// The verdict of a scenario that none of its findings carries.
fn unexplained(scenario: &ScenarioReport) -> Option<Verdict> {
    let verdict = scenario.verdict.filter(|verdict| TO_LOOK_AT.contains(verdict))?;
    let said = scenario.findings.iter().any(|finding| finding.verdict == verdict);
    (!said).then_some(verdict)
}

/// A scenario that was cut short tells of failures only.
fn counts(scenario: &ScenarioReport, finding: &Finding) -> bool {
    TO_LOOK_AT.contains(&finding.verdict)
        && (scenario.ended || scenario.verdict.is_some_and(|verdict| verdict >= finding.verdict))
}

impl<'a> Cause<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self::Finding { check: &finding.check, expected: &finding.expected, observed: &finding.observed }
    }
}

impl<'a> Place<'a> {
    fn of(index: usize, scenario: &'a ScenarioReport, position: usize, finding: &Finding) -> Self {
        let exchange =
            finding.exchange.and_then(|number| scenario.exchanges.iter().find(|exchange| exchange.number == number));
        Self { index, scenario, finding: Some(position), exchange, step: None }
    }
}

#[derive(Default)]
struct Problems<'a> {
    problems: Vec<Problem<'a>>,
    known: HashMap<(Verdict, Cause<'a>), usize>,
}

impl<'a> Problems<'a> {
    fn add(&mut self, verdict: Verdict, cause: Cause<'a>, requirements: &'a [String], place: Place<'a>) {
        let at = *self.known.entry((verdict, cause)).or_insert(self.problems.len());
        if at == self.problems.len() {
            self.problems.push(Problem { verdict, cause, requirements: Vec::new(), places: Vec::new() });
        }
        let Some(problem) = self.problems.get_mut(at) else {
            return;
        };
        for id in requirements {
            if !problem.requirements.contains(&id.as_str()) {
                problem.requirements.push(id);
            }
        }
        // Twice in one scenario is one scenario.
        if problem.places.last().is_none_or(|last| last.index != place.index) {
            problem.places.push(place);
        }
    }

    fn sorted(mut self) -> Vec<Problem<'a>> {
        let rank = |verdict| TO_LOOK_AT.iter().position(|other| *other == verdict);
        self.problems.sort_by_key(|problem| (rank(problem.verdict), std::cmp::Reverse(problem.places.len())));
        self.problems
    }
}
