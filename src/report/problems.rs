//! What needs attention, each cause once: a product with one fault may miss it in sixty scenarios.

use std::collections::{BTreeSet, HashMap};

use crate::event::{ExchangeEvent, StepEnded};
use crate::verdict::{Finding, Verdict};

use super::fold::{Report, ScenarioReport};
use super::ruling::WaiverReport;

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

/// What makes two problems the same one, but for the names and instants of one scenario in it.
#[derive(Clone, Copy)]
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
            let scored = scenario.counted.get(position).is_none_or(|counted| !counted.unscored);
            if scored && counts(scenario, finding) {
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

impl<'a> Problem<'a> {
    /// What to try first, where the pattern of a whole run tells more than one scenario does.
    pub(super) fn hint(&self, report: &Report) -> Option<String> {
        if matches!(self.cause, Cause::Finding { .. }) || self.verdict != Verdict::Inconclusive {
            return None;
        }
        let external = report.run.target.external.join(", ");
        let mut exchanges = self.places.iter().flat_map(|place| &place.scenario.exchanges);
        if external.is_empty() {
            None
        } else if !exchanges.clone().any(|exchange| answered(report, exchange)) {
            let tables = report.run.target.external.iter().map(|role| format!("[{role}]")).collect::<Vec<_>>();
            let tables = tables.join(", ");
            Some(format!(
                "{external} answered nothing in {}: is it up, and does the target file say how to reach it (url, \
                 connect-to, trust, credentials of {tables})?",
                if self.places.len() == 1 { "this scenario" } else { "any of these scenarios" }
            ))
        } else if self.places.len() > 1 && exchanges.all(is_setup) {
            Some(format!(
                "all of these stopped before their procedure began: does the target file give what {external} asks \
                 for when it enrols, and claim what {external} offers?"
            ))
        } else {
            None
        }
    }

    /// The step that could not go on, if it is the same wherever this showed.
    pub(super) fn step(&self) -> Option<&'a StepEnded> {
        let steps: BTreeSet<_> = self.places.iter().map(|place| place.step.map(|step| &step.text)).collect();
        self.places.first().filter(|_| steps.len() == 1).and_then(|first| first.step)
    }

    /// The waivers that turned it, where one did.
    pub(super) fn waivers(&self, report: &'a Report) -> Vec<&'a WaiverReport> {
        let first = self.places.first();
        let counted = first.and_then(|place| place.scenario.counted.get(place.finding?));
        let waivers = counted.map(|counted| counted.waivers.as_slice()).unwrap_or_default();
        waivers.iter().filter_map(|at| report.waivers.get(*at)).collect()
    }

    /// The first exchange that it was seen in.
    pub(super) fn exchange(&self) -> Option<(&Place<'a>, &'a ExchangeEvent)> {
        self.places.iter().find_map(|place| place.exchange.map(|exchange| (place, exchange)))
    }
}

/// Whether a product that is judged has answered here, or called.
fn answered(report: &Report, exchange: &ExchangeEvent) -> bool {
    let external = |role: &String| report.run.target.external.contains(role);
    external(&exchange.client_role) || external(&exchange.server_role) && exchange.response.is_some()
}

/// Whether an exchange only set the scene.
pub(super) fn is_setup(exchange: &ExchangeEvent) -> bool {
    exchange.purpose == "setup" || exchange.purpose.starts_with("arranging")
}

impl<'a> Cause<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self::Finding { check: &finding.check, expected: &finding.expected, observed: &finding.observed }
    }

    /// What two scenarios with fresh names for everything share.
    fn shape(&self) -> [String; 3] {
        match self {
            Self::Finding { check, expected, observed } => [(*check).to_owned(), shape(expected), shape(observed)],
            Self::Ending { reason, message } => [String::new(), shape(reason), shape(message)],
        }
    }
}

/// A text without what is fresh in each scenario: identifiers, instants, ports.
fn shape(text: &str) -> String {
    let part_of_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let mut shape = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(part_of_name) {
        let (before, from) = rest.split_at(begin);
        let (name, after) = from.split_at(from.find(|character| !part_of_name(character)).unwrap_or(from.len()));
        shape.push_str(before);
        shape.push_str(if is_fresh(name) { "#" } else { name });
        rest = after;
    }
    shape.push_str(rest);
    shape
}

/// Long and with digits: no status, version or clause, and no word.
fn is_fresh(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    digits == name.len() && digits >= 5 || digits >= 2 && name.len() >= 10
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
    known: HashMap<(Verdict, [String; 3]), usize>,
}

impl<'a> Problems<'a> {
    fn add(&mut self, verdict: Verdict, cause: Cause<'a>, requirements: &'a [String], place: Place<'a>) {
        let at = *self.known.entry((verdict, cause.shape())).or_insert(self.problems.len());
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

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn fresh_names_do_not_part_what_is_one_cause() {
        assert_eq!(shape("exp 1795259354 at 1795259954"), "exp # at #");
        assert_eq!(shape("at http://127.0.0.1:36791/notifications-4c2d5b2d07"), "at http://127.0.0.1:#/#");
        for kept in [
            "200 OK",
            "404, not 401",
            "TLSv1.3",
            "29222-5.6.2.2.2-03",
            "OAuth2 notification-destination 3gpp#",
            "é — ü",
        ] {
            assert_eq!(shape(kept), kept);
        }
    }
}
