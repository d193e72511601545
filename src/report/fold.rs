//! What happened, folded from a journal: the one thing that every report is made from.
//!
//! A fold knows nothing but the journal and the catalogue: the same journal gives the same report, in whatever order
//! its scenarios ran.

use std::collections::BTreeMap;

use crate::event::{ExchangeEvent, Leftover, RunEnd, RunEvent, RunStarted, ScenarioEnded, ScenarioRef, StepEnded};
use crate::spec::{Requirement, RequirementId};
use crate::verdict::{Finding, Verdict};

use super::journal::Journal;
use super::ruling::{Counted, Ruling, WaiverReport};

/// A run, as every format tells it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was run, against what.
    pub run: RunStarted,
    /// Whether all of it is here.
    pub completeness: Completeness,
    /// How long it took, or until when the journal tells.
    pub duration_us: u64,
    /// Every scenario that the journal names, by id.
    pub scenarios: Vec<ScenarioReport>,
    /// Selected scenarios that the journal does not name: the run ended before it came to them.
    pub unnamed: usize,
    /// Every requirement that a scenario is about or a finding is charged to, in catalogue order.
    pub requirements: Vec<RequirementReport>,
    /// What became of each waiver of the target file, in its order.
    pub waivers: Vec<WaiverReport>,
}

/// Whether a journal tells of the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Every selected scenario ran.
    Complete,
    /// The run was ended early, in order.
    Stopped(RunEnd),
    /// The journal breaks off after this line: the run was killed.
    Incomplete {
        /// The last whole line.
        after_line: usize,
    },
}

/// One scenario: all that was done, seen and judged in it.
#[derive(Clone, Debug)]
pub struct ScenarioReport {
    /// Which.
    pub scenario: ScenarioRef,
    /// Its verdict; none if it did not run, or not to its end (then it has one only if it had failed by then).
    pub verdict: Option<Verdict>,
    /// Why it ended like this, where the findings do not say it.
    pub reason: Option<String>,
    /// Whether it began.
    pub started: bool,
    /// Whether it ran to its end.
    pub ended: bool,
    /// How long it took.
    pub duration_us: u64,
    /// Its steps, as far as they are told.
    pub steps: Vec<StepEnded>,
    /// What each of its steps brought about.
    pub brought: Vec<Brought>,
    /// Its exchanges by number.
    pub exchanges: Vec<ExchangeEvent>,
    /// Its findings, in the order of judgement, each with the verdict that counts.
    pub findings: Vec<Finding>,
    /// How each of them was counted.
    pub counted: Vec<Counted>,
    /// What its verdict is at least, whatever is excused; none in journals that do not say.
    pub floor: Option<Verdict>,
    /// The verdict that does not count, because nothing that it judges is in the set that the target is held to.
    pub unscored: Option<Verdict>,
    /// What it says about each requirement.
    pub requirements: Vec<(String, Verdict)>,
    /// What it created at the target and could not delete.
    pub leftovers: Vec<Leftover>,
}

/// What a step brought about.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    /// Numbers of the exchanges that were complete by its end.
    pub exchanges: Vec<u64>,
    /// Positions of its findings.
    pub findings: std::ops::Range<usize>,
}

/// One requirement, over all scenarios.
#[derive(Clone, Debug)]
pub struct RequirementReport {
    /// Its id.
    pub id: String,
    /// Its row in the catalogue; none when a journal of another version names an id that this one does not have.
    pub listed: Option<&'static Requirement>,
    /// The worst that any scenario says about it; none if no scenario got so far.
    pub verdict: Option<Verdict>,
    /// Whether it is in the set that the target is held to: otherwise it is told, and counts for nothing.
    pub scored: bool,
    /// The scenarios that are about it, as positions in [`Report::scenarios`], with what each says.
    pub scenarios: Vec<(usize, Option<Verdict>)>,
}

impl Report {
    /// Folds a journal.
    #[must_use]
    pub fn from_journal(journal: &Journal) -> Self {
        let mut scenarios = scenarios(journal);
        let run = journal.started().clone();
        let unnamed = run.selected.saturating_sub(scenarios.len());
        let ruling = Ruling::of(&run);
        let waivers = ruling.clone().apply(&mut scenarios, unnamed == 0);
        let requirements = requirements(&ruling, &scenarios);
        let last = journal.entries().last();
        let (end, duration_us) = match last.map(|entry| (&entry.event, entry.at_us)) {
            Some((RunEvent::RunEnded(end), _)) => (Some(end.how), end.duration_us),
            Some((_, at_us)) => (None, at_us),
            None => (None, 0),
        };
        let completeness = match end {
            Some(RunEnd::Completed) => Completeness::Complete,
            Some(how @ (RunEnd::FailFast | RunEnd::Interrupted)) => Completeness::Stopped(how),
            None => Completeness::Incomplete { after_line: journal.entries().len() },
        };
        Self { run, completeness, duration_us, scenarios, unnamed, requirements, waivers }
    }

    /// The worst verdict; never better than inconclusive when something selected was not run, and never better than
    /// fail when a waiver has expired or matches nothing.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let worst = self.scenarios.iter().filter_map(|scenario| scenario.verdict).max();
        let floor = if self.waivers_fail() {
            Verdict::Fail
        } else if self.is_complete() {
            Verdict::NotApplicable
        } else {
            Verdict::Inconclusive
        };
        worst.unwrap_or(floor).max(floor)
    }

    /// The ids of scenarios by their positions.
    pub(super) fn ids(&self, scenarios: &[usize]) -> Vec<&str> {
        scenarios.iter().filter_map(|at| self.scenarios.get(*at)).map(|told| told.scenario.id.as_str()).collect()
    }

    /// Whether a waiver fails the run by itself.
    #[must_use]
    pub fn waivers_fail(&self) -> bool {
        self.waivers.iter().any(|told| told.state.fails())
    }

    /// Whether everything that was selected ran to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.completeness == Completeness::Complete && self.not_run() == 0
    }

    /// How many scenarios ended with this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.scenarios.iter().filter(|scenario| scenario.verdict == Some(verdict)).count()
    }

    /// How many selected scenarios have no verdict.
    #[must_use]
    pub fn not_run(&self) -> usize {
        self.unnamed + self.scenarios.iter().filter(|scenario| scenario.verdict.is_none()).count()
    }

    /// How many requirements that are scored ended with this verdict; none: no scenario got so far as to judge them.
    #[must_use]
    pub fn count_requirements(&self, verdict: Option<Verdict>) -> usize {
        self.requirements.iter().filter(|told| told.scored && told.verdict == verdict).count()
    }

    /// What is left at the target, with the scenario that left it.
    pub fn leftovers(&self) -> impl Iterator<Item = (&ScenarioReport, &Leftover)> {
        self.scenarios.iter().flat_map(|told| told.leftovers.iter().map(move |left| (told, left)))
    }

    /// The exit code of a run that ends in this report.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let any = |verdicts: &[Verdict]| verdicts.iter().any(|verdict| self.count(*verdict) > 0);
        if any(&[Verdict::Fail, Verdict::UnexpectedPass]) || self.waivers_fail() {
            1
        } else if any(&[Verdict::Error, Verdict::Inconclusive]) || !self.is_complete() {
            3
        } else if any(&[Verdict::Warn, Verdict::Waived, Verdict::Pass]) {
            0
        } else {
            4
        }
    }
}

impl RequirementReport {
    /// The document that the id names, such as `29222`.
    #[must_use]
    pub fn document(&self) -> &str {
        self.id.split_once('-').map_or("", |(document, _)| document)
    }

    /// The clause that the id names.
    #[must_use]
    pub fn clause(&self) -> &str {
        self.id.split_once('-').map_or("", |(_, rest)| rest.rsplit_once('-').map_or(rest, |(clause, _)| clause))
    }
}

fn scenarios(journal: &Journal) -> Vec<ScenarioReport> {
    let mut scenarios = BTreeMap::new();
    for entry in journal.entries() {
        take(&mut scenarios, &entry.event);
    }
    scenarios.into_values().map(settled).collect()
}

/// One event into the scenario that it belongs to.
fn take(scenarios: &mut BTreeMap<String, ScenarioReport>, event: &RunEvent) {
    match event {
        RunEvent::RunStarted(_) | RunEvent::RunEnded(_) => {}
        RunEvent::ScenarioStarted(scenario) => entered(scenarios, scenario).started = true,
        RunEvent::NotRun(not_run) => {
            entered(scenarios, &not_run.scenario).reason = Some(not_run.reason.clone());
        }
        RunEvent::StepEnded(step) => with(scenarios, &step.scenario, |told| {
            told.steps.push(step.clone());
            told.brought_about();
        }),
        RunEvent::Exchanged(exchange) => {
            with(scenarios, &exchange.scenario, |told| {
                told.exchanges.push(exchange.clone());
            });
        }
        RunEvent::Judged(judged) => {
            with(scenarios, &judged.scenario, |told| {
                told.findings.push(judged.finding.clone());
            });
        }
        RunEvent::LeftBehind(left) => {
            with(scenarios, &left.scenario, |told| told.leftovers.extend(left.leftovers.iter().cloned()));
        }
        RunEvent::ScenarioEnded(end) => with(scenarios, &end.scenario, |told| told.end(end)),
    }
}

fn entered<'a>(scenarios: &'a mut BTreeMap<String, ScenarioReport>, scenario: &ScenarioRef) -> &'a mut ScenarioReport {
    scenarios.entry(scenario.id.clone()).or_insert_with(|| ScenarioReport {
        scenario: scenario.clone(),
        verdict: None,
        reason: None,
        started: false,
        ended: false,
        duration_us: 0,
        steps: Vec::new(),
        brought: Vec::new(),
        exchanges: Vec::new(),
        findings: Vec::new(),
        counted: Vec::new(),
        floor: None,
        unscored: None,
        requirements: Vec::new(),
        leftovers: Vec::new(),
    })
}

fn with(scenarios: &mut BTreeMap<String, ScenarioReport>, id: &str, tell: impl FnOnce(&mut ScenarioReport)) {
    // A journal is only ever made of scenarios that began.
    if let Some(told) = scenarios.get_mut(id) {
        tell(told);
    }
}

impl ScenarioReport {
    /// What was told since the step before is that of the step that ends now.
    fn brought_about(&mut self) {
        let exchanges: usize = self.brought.iter().map(|brought| brought.exchanges.len()).sum();
        let findings = self.brought.last().map_or(0, |brought| brought.findings.end);
        let told = self.exchanges.get(exchanges..).unwrap_or_default();
        let exchanges = told.iter().map(|exchange| exchange.number).collect();
        self.brought.push(Brought { exchanges, findings: findings..self.findings.len() });
    }

    fn end(&mut self, end: &ScenarioEnded) {
        self.ended = true;
        self.verdict = Some(end.verdict);
        self.floor = end.floor;
        self.reason.clone_from(&end.reason);
        self.duration_us = end.duration_us;
        self.requirements.clone_from(&end.requirements);
    }

    /// The first step that could not be carried out.
    #[must_use]
    pub fn stopped_at(&self) -> Option<&StepEnded> {
        self.steps.iter().find(|step| step.outcome == crate::event::StepOutcome::Stopped)
    }
}

/// A scenario once all its events are in: its exchanges in order, its findings counted, and never a pass that was cut
/// short. A failure that was seen before the end stays seen.
fn settled(mut told: ScenarioReport) -> ScenarioReport {
    told.exchanges.sort_by_key(|exchange| exchange.number);
    if !told.ended {
        told.findings_seen();
    }
    let by_tags: Vec<_> = told.requirements.iter().map(|(id, _)| id.clone()).collect();
    for finding in &told.findings {
        // The runner has settled its tags; other ids have the findings alone.
        for id in finding.requirements.iter().filter(|id| !by_tags.contains(id)) {
            if told.ended || is_miss(finding.verdict) {
                told.requirements.push((id.clone(), finding.verdict));
            }
        }
    }
    told
}

impl ScenarioReport {
    fn findings_seen(&mut self) {
        self.verdict = self.findings.iter().map(|finding| finding.verdict).filter(|verdict| is_miss(*verdict)).max();
        self.duration_us = self.exchanges.iter().filter_map(|exchange| exchange.ended_us).max().unwrap_or_default();
        let reason = self.reason.get_or_insert_with(|| "the run ended before this scenario did".to_owned());
        if self.verdict.is_some() && !self.steps.is_empty() {
            reason.push_str("; what it had judged by then counts");
        }
    }
}

fn is_miss(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Error | Verdict::Fail | Verdict::UnexpectedPass => true,
        Verdict::Inconclusive | Verdict::Warn | Verdict::Waived | Verdict::Pass | Verdict::NotApplicable => false,
    }
}

fn requirements(ruling: &Ruling<'_>, scenarios: &[ScenarioReport]) -> Vec<RequirementReport> {
    let mut told: BTreeMap<&str, BTreeMap<usize, Option<Verdict>>> = BTreeMap::new();
    for (index, scenario) in scenarios.iter().enumerate() {
        for id in &scenario.scenario.requirements {
            told.entry(id).or_default().entry(index).or_default();
        }
        for (id, verdict) in &scenario.requirements {
            let worst = told.entry(id).or_default().entry(index).or_default();
            *worst = (*worst).max(Some(*verdict));
        }
    }
    let mut requirements: Vec<_> = told.into_iter().map(|(id, said)| requirement(ruling, id, said)).collect();
    // Ids that this catalogue does not know stand last, in the order of their spelling.
    requirements.sort_by_key(|requirement| match requirement.listed {
        Some(listed) => (false, Some(listed.id)),
        None => (true, None),
    });
    requirements
}

fn requirement(ruling: &Ruling<'_>, id: &str, said: BTreeMap<usize, Option<Verdict>>) -> RequirementReport {
    RequirementReport {
        id: id.to_owned(),
        listed: id.parse::<RequirementId>().ok().map(RequirementId::requirement),
        verdict: said.values().copied().flatten().max(),
        scored: ruling.scores(id),
        scenarios: said.into_iter().collect(),
    }
}
