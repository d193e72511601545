//! What counts of what was judged: misses that a waiver excuses, and requirements that a target is not held to.
//!
//! The journal has every verdict as it was judged. A waiver is judged over a whole run: it is used when something that
//! it matches missed, and stale when nothing did. So it is applied here, where the whole run is known; a sharded run
//! leaves to the merged report what one share cannot know.

use std::collections::BTreeSet;

use crate::event::{RunStarted, ScenarioEnded, WaivedKind, WaiverRef};
use crate::spec::{self, RequirementId};
use crate::verdict::{Finding, Verdict};

use super::fold::ScenarioReport;
use super::words;

/// What became of a waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverReport {
    /// The waiver.
    pub waiver: WaiverRef,
    /// How it stands after the run.
    pub state: WaiverState,
    /// Where it excused a miss; or where what it matches passed, when nothing missed. Positions in the report.
    pub scenarios: Vec<usize>,
}

/// How a waiver stands after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverState {
    /// It excused at least one miss.
    Used,
    /// Nothing that it matches missed, and something passed: it is stale.
    UnexpectedPass,
    /// Its last day is over: it excuses nothing.
    Expired,
    /// No selected scenario has what it is about.
    Unmatched,
    /// What it matches was not applicable: there was nothing to excuse.
    Idle,
    /// What it matches was not judged to the end, or in part of the scenarios only.
    Undecided,
}

impl WaiverState {
    /// The word used in every output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Expired => "expired",
            Self::Unmatched => "matches-nothing",
            Self::Idle => "not-applicable",
            Self::Undecided => "undecided",
        }
    }

    /// How bad it is, in the words for verdicts.
    pub(super) fn badness(self) -> Verdict {
        match self {
            Self::Expired | Self::Unmatched => Verdict::Fail,
            Self::UnexpectedPass => Verdict::UnexpectedPass,
            Self::Undecided => Verdict::Inconclusive,
            Self::Used => Verdict::Waived,
            Self::Idle => Verdict::NotApplicable,
        }
    }

    /// Whether it fails a run by itself. An unexpected pass does so by the verdicts that it gives.
    #[must_use]
    pub fn fails(self) -> bool {
        match self {
            Self::Expired | Self::Unmatched => true,
            Self::Used | Self::UnexpectedPass | Self::Idle | Self::Undecided => false,
        }
    }
}

impl WaiverReport {
    /// What it is about, such as `requirement 33122-C.1-02`.
    #[must_use]
    pub fn subject(&self) -> String {
        subject(&self.waiver)
    }

    /// What it means for the run, and what to do.
    #[must_use]
    pub fn says(&self) -> String {
        let scenarios = words::counted(self.scenarios.len(), "scenario");
        match self.state {
            WaiverState::Used => format!("it excuses a miss in {scenarios}"),
            WaiverState::UnexpectedPass => {
                format!("nothing that it matches misses any more, and {scenarios} passed: remove it from the target file")
            }
            WaiverState::Expired => format!(
                "its last day was {}: it excuses nothing and fails the run; mend the product, or agree on another day with {}",
                self.waiver.expires, self.waiver.owner
            ),
            WaiverState::Unmatched => "no selected scenario has it, which fails the run: remove it from the target file, \
                                       or select the scenarios that it is about"
                .to_owned(),
            WaiverState::Idle => "what it matches was not applicable: there was nothing to excuse".to_owned(),
            WaiverState::Undecided => {
                "nothing that it matches missed, but not all of it was judged to the end here: this run cannot tell whether \
                 it is stale"
                    .to_owned()
            }
        }
    }
}

/// How one finding was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The verdict before any waiver, where a waiver changed it.
    pub judged: Option<Verdict>,
    /// The waivers that changed it, as positions in the report.
    pub waivers: Vec<usize>,
    /// Whether none of its requirements is in the set that the target is held to.
    pub unscored: bool,
}

/// The waivers and the set of requirements of one run, ready to be applied.
#[derive(Clone, Debug)]
pub struct Ruling<'a> {
    run: &'a RunStarted,
    /// Which waivers have not expired.
    in_force: Vec<bool>,
    /// Which of them nothing is left to excuse for.
    stale: Vec<bool>,
}

impl<'a> Ruling<'a> {
    /// The ruling of a run on each scenario by itself: no waiver is taken for stale yet.
    #[must_use]
    pub fn of(run: &'a RunStarted) -> Self {
        let today = words::day(run.started_unix);
        let in_force: Vec<bool> = run.waivers.iter().map(|waiver| waiver.expires >= today).collect();
        Self { run, stale: vec![false; in_force.len()], in_force }
    }

    /// The verdict of a scenario that has just ended.
    #[must_use]
    pub fn verdict(&self, ended: &ScenarioEnded, findings: &[Finding]) -> Verdict {
        let raw = Raw {
            id: &ended.scenario,
            ended: true,
            verdict: Some(ended.verdict),
            floor: ended.floor,
            findings,
            requirements: &ended.requirements,
        };
        self.ruled(&raw).verdict.unwrap_or(ended.verdict)
    }

    /// Rules on every scenario of a run, and on its waivers. `whole`: every selected scenario is among them.
    pub(super) fn apply(mut self, scenarios: &mut [ScenarioReport], whole: bool) -> Vec<WaiverReport> {
        let states: Vec<_> = (0..self.run.waivers.len()).map(|at| self.state(at, scenarios, whole)).collect();
        self.stale = states.iter().map(|(state, _)| *state == WaiverState::UnexpectedPass).collect();
        for told in scenarios {
            let ruled = self.ruled(&Raw::of(told));
            ruled.write_into(told, self.run);
        }
        let told = self.run.waivers.iter().zip(states);
        told.map(|(waiver, (state, scenarios))| WaiverReport { waiver: waiver.clone(), state, scenarios }).collect()
    }

    /// Whether a requirement is in the set that the target is held to. One that this catalogue lacks counts.
    pub(super) fn scores(&self, id: &str) -> bool {
        let added = id.parse::<RequirementId>().ok().map(|id| id.requirement().added);
        self.run.requirement_set.as_deref().zip(added).is_none_or(|(set, added)| spec::holds(set, added))
    }

    fn state(&self, at: usize, scenarios: &[ScenarioReport], whole: bool) -> (WaiverState, Vec<usize>) {
        let Some(waiver) = self.run.waivers.get(at).filter(|_| self.in_force.get(at) == Some(&true)) else {
            return (WaiverState::Expired, Vec::new());
        };
        let charged = charged_by(waiver, scenarios);
        let standings: Vec<_> = scenarios.iter().map(|told| self.standing(waiver, &charged, told)).collect();
        let those = |wanted: Standing| -> Vec<usize> {
            let all = standings.iter().enumerate();
            all.filter(|(_, standing)| **standing == Some(wanted)).map(|(index, _)| index).collect()
        };
        let (missed, passed) = (those(Standing::Missed), those(Standing::Passed));
        let open = !whole || !those(Standing::Open).is_empty();
        let anywhere = standings.iter().any(Option::is_some);
        // A check comes into being where it judges: what stopped before may have had it.
        let perhaps = waiver.subject == WaivedKind::Check && scenarios.iter().any(is_open);
        let part = self.run.shard.is_some() || self.run.failed_from.is_some();
        let state = if !missed.is_empty() {
            return (WaiverState::Used, missed);
        } else if part || open || !anywhere && perhaps {
            WaiverState::Undecided
        } else if !anywhere {
            WaiverState::Unmatched
        } else if passed.is_empty() {
            WaiverState::Idle
        } else {
            WaiverState::UnexpectedPass
        };
        (state, passed)
    }

    /// What a scenario says about what a waiver is about; none when it has nothing to do with it.
    fn standing(&self, waiver: &WaiverRef, charged: &BTreeSet<&str>, told: &ScenarioReport) -> Option<Standing> {
        let matching = || told.findings.iter().filter(|finding| matches(waiver, &told.scenario.id, finding));
        let about = match waiver.subject {
            WaivedKind::Requirement => told.scenario.requirements.contains(&waiver.name),
            WaivedKind::Check => {
                is_open(told) && told.scenario.requirements.iter().any(|id| charged.contains(id.as_str()))
            }
            WaivedKind::Scenario => told.scenario.id == waiver.name,
        };
        let scored = |finding: &&Finding| match waiver.subject {
            WaivedKind::Requirement => self.scores(&waiver.name),
            WaivedKind::Check | WaivedKind::Scenario => finding.requirements.iter().any(|id| self.scores(id)),
        };
        if matching().any(|finding| is_excusable(finding.verdict)) {
            return Some(Standing::Missed);
        }
        if !about && matching().next().is_none() {
            return None;
        }
        Some(if is_open(told) {
            Standing::Open
        } else if matching().filter(scored).any(|finding| finding.verdict == Verdict::Pass) {
            Standing::Passed
        } else {
            Standing::Idle
        })
    }

    fn ruled(&self, raw: &Raw<'_>) -> Ruled {
        let findings: Vec<_> = raw.findings.iter().map(|finding| self.finding(raw.id, finding)).collect();
        let requirements =
            raw.requirements.iter().map(|(id, verdict)| (id.clone(), raw.ruled_on(id, *verdict, &findings)));
        let ids =
            raw.requirements.iter().map(|(id, _)| id).chain(raw.findings.iter().flat_map(|told| &told.requirements));
        let unscored = ids.clone().next().is_some() && !ids.clone().any(|id| self.scores(id));
        let mut waivers: Vec<usize> = findings.iter().flat_map(|told| told.counted.waivers.iter().copied()).collect();
        let mut verdict = if unscored { None } else { raw.verdict_over(&findings) };
        if verdict == Some(Verdict::Pass) {
            let stale = self.stale_for(raw.id);
            verdict = if stale.is_empty() { verdict } else { Some(Verdict::UnexpectedPass) };
            waivers.extend(stale);
        }
        waivers.sort_unstable();
        waivers.dedup();
        Ruled { verdict, unscored, requirements: requirements.collect(), findings, waivers }
    }

    /// A stale waiver of a whole scenario turns the verdict on it, and on no requirement.
    fn stale_for(&self, scenario: &str) -> Vec<usize> {
        let waivers = self.run.waivers.iter().zip(&self.stale).enumerate();
        let about = |waiver: &WaiverRef| waiver.subject == WaivedKind::Scenario && waiver.name == scenario;
        waivers.filter(|(_, (waiver, stale))| **stale && about(waiver)).map(|(at, _)| at).collect()
    }

    fn finding(&self, scenario: &str, finding: &Finding) -> RuledFinding {
        let mut waivers = Vec::new();
        let mut on = |id: &str| self.on_requirement(scenario, finding, id, &mut waivers);
        let by_id: Vec<(String, Verdict)> = finding.requirements.iter().map(|id| (id.clone(), on(id))).collect();
        let worst = |wanted: &dyn Fn(&str) -> bool| {
            by_id.iter().filter(|(id, _)| wanted(id)).map(|(_, verdict)| *verdict).max()
        };
        let scored = worst(&|id| self.scores(id));
        // What is charged to nothing is still what a check said in a scenario.
        let verdict = scored.or_else(|| worst(&|_| true)).unwrap_or_else(|| on(""));
        let judged = (verdict != finding.verdict).then_some(finding.verdict);
        let unscored = scored.is_none() && !by_id.is_empty();
        waivers.sort_unstable();
        waivers.dedup();
        RuledFinding { verdict, by_id, counted: Counted { judged, waivers, unscored } }
    }

    /// What a finding says about one of its requirements, and which waivers turned it. An error and what is inconclusive
    /// are no misses: nothing excuses them.
    fn on_requirement(&self, scenario: &str, finding: &Finding, id: &str, turned: &mut Vec<usize>) -> Verdict {
        let excusable = is_excusable(finding.verdict);
        let waivers = self.run.waivers.iter().enumerate().filter(|(at, waiver)| {
            let of_this = waiver.subject != WaivedKind::Requirement || waiver.name == id;
            let stale = self.stale.get(*at) == Some(&true) && waiver.subject != WaivedKind::Scenario;
            let holds = self.in_force.get(*at) == Some(&true);
            holds && of_this && matches(waiver, scenario, finding) && (excusable || stale)
        });
        let waivers: Vec<usize> = waivers.map(|(at, _)| at).collect();
        let verdict = if waivers.is_empty() {
            finding.verdict
        } else if excusable {
            Verdict::Waived
        } else if finding.verdict == Verdict::Pass {
            Verdict::UnexpectedPass
        } else {
            return finding.verdict;
        };
        turned.extend(waivers);
        verdict
    }
}

/// What a scenario says about the subject of a waiver.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Missed,
    Passed,
    Open,
    Idle,
}

/// A scenario as it was judged.
struct Raw<'a> {
    id: &'a str,
    ended: bool,
    verdict: Option<Verdict>,
    floor: Option<Verdict>,
    findings: &'a [Finding],
    requirements: &'a [(String, Verdict)],
}

/// A scenario as it counts.
struct Ruled {
    verdict: Option<Verdict>,
    unscored: bool,
    requirements: Vec<(String, Verdict)>,
    findings: Vec<RuledFinding>,
    waivers: Vec<usize>,
}

struct RuledFinding {
    verdict: Verdict,
    by_id: Vec<(String, Verdict)>,
    counted: Counted,
}

impl<'a> Raw<'a> {
    fn of(told: &'a ScenarioReport) -> Self {
        Self {
            id: &told.scenario.id,
            ended: told.ended,
            verdict: told.verdict,
            floor: told.floor,
            findings: &told.findings,
            requirements: &told.requirements,
        }
    }

    /// The verdict on one requirement, where it is one that findings gave.
    fn ruled_on(&self, id: &str, verdict: Verdict, ruled: &[RuledFinding]) -> Verdict {
        let charged = self.findings.iter().filter(|finding| finding.requirements.iter().any(|charged| charged == id));
        let judged = charged.map(|finding| finding.verdict).max();
        let of_id = ruled.iter().flat_map(|told| &told.by_id).filter(|(charged, _)| charged == id);
        match of_id.map(|(_, verdict)| *verdict).max() {
            Some(counted) if judged == Some(verdict) => counted,
            Some(_) | None => verdict,
        }
    }

    /// The verdict of the scenario over what its findings count for.
    fn verdict_over(&self, ruled: &[RuledFinding]) -> Option<Verdict> {
        if ruled.iter().all(|told| told.counted == Counted::default()) {
            return self.verdict;
        }
        let counted = ruled.iter().filter(|told| !told.counted.unscored).map(|told| told.verdict).max();
        if !self.ended {
            return counted.filter(|verdict| *verdict >= Verdict::UnexpectedPass);
        }
        let worst = self.findings.iter().map(|finding| finding.verdict).max();
        // A journal that names no floor still shows one that is worse than every finding.
        let floor = self.floor.or(self.verdict.filter(|verdict| Some(*verdict) > worst));
        Some(counted.max(floor).unwrap_or(Verdict::NotApplicable))
    }
}

impl Ruled {
    fn write_into(self, told: &mut ScenarioReport, run: &RunStarted) {
        told.counted = self.findings.iter().map(|ruled| ruled.counted.clone()).collect();
        for (finding, ruled) in told.findings.iter_mut().zip(&self.findings) {
            finding.verdict = ruled.verdict;
        }
        told.requirements = self.requirements;
        if self.unscored && told.verdict.is_some() {
            told.unscored = told.verdict;
            told.verdict = Some(Verdict::NotApplicable);
            let set = run.requirement_set.as_deref().unwrap_or_default();
            told.reason = Some(format!("not scored: what it judges was added after the set {set}"));
            return;
        }
        told.verdict = self.verdict;
        let cited = |at: &usize| run.waivers.get(*at);
        let why = match self.verdict {
            Some(Verdict::Waived) => self.waivers.iter().filter_map(cited).map(excuse).collect::<Vec<_>>().join("; "),
            Some(Verdict::UnexpectedPass) => {
                let stale = self.waivers.iter().filter_map(cited).map(|waiver| {
                    format!("{} is waived and passed: remove the waiver, {}", subject(waiver), cite(waiver))
                });
                stale.collect::<Vec<_>>().join("; ")
            }
            Some(
                Verdict::Error
                | Verdict::Fail
                | Verdict::Inconclusive
                | Verdict::Warn
                | Verdict::Pass
                | Verdict::NotApplicable,
            )
            | None => String::new(),
        };
        if told.reason.is_none() && !why.is_empty() {
            told.reason = Some(why);
        }
    }
}

/// A waiver in a few words, for where there is a line for it.
pub(super) fn cite(waiver: &WaiverRef) -> String {
    format!("{} ({}, until {})", waiver.reason, waiver.owner, waiver.expires)
}

/// Why a scenario is waived; that the waiver is about this very scenario goes without saying.
fn excuse(waiver: &WaiverRef) -> String {
    match waiver.subject {
        WaivedKind::Requirement | WaivedKind::Check => format!("{}: {}", subject(waiver), cite(waiver)),
        WaivedKind::Scenario => cite(waiver),
    }
}

/// What a waiver is about.
fn subject(waiver: &WaiverRef) -> String {
    format!("{} {}", kind(waiver.subject), waiver.name)
}

/// The word for what a waiver is about.
pub(super) fn kind(kind: WaivedKind) -> &'static str {
    match kind {
        WaivedKind::Requirement => "requirement",
        WaivedKind::Check => "check",
        WaivedKind::Scenario => "scenario",
    }
}

fn matches(waiver: &WaiverRef, scenario: &str, finding: &Finding) -> bool {
    match waiver.subject {
        WaivedKind::Requirement => finding.requirements.contains(&waiver.name),
        WaivedKind::Check => finding.check == waiver.name,
        WaivedKind::Scenario => scenario == waiver.name,
    }
}

/// Requirements that the check of a waiver was seen to be charged to.
fn charged_by<'a>(waiver: &WaiverRef, scenarios: &'a [ScenarioReport]) -> BTreeSet<&'a str> {
    let findings = scenarios.iter().flat_map(|told| &told.findings);
    let of_check = findings.filter(|finding| waiver.subject == WaivedKind::Check && finding.check == waiver.name);
    of_check.flat_map(|finding| &finding.requirements).map(String::as_str).collect()
}

/// Whether a scenario was not judged to its end.
fn is_open(told: &ScenarioReport) -> bool {
    let unfinished = |verdict: Option<Verdict>| match verdict {
        None | Some(Verdict::Inconclusive | Verdict::Error) => true,
        Some(
            Verdict::Fail
            | Verdict::UnexpectedPass
            | Verdict::Warn
            | Verdict::Waived
            | Verdict::Pass
            | Verdict::NotApplicable,
        ) => false,
    };
    !told.ended || unfinished(told.verdict) || told.floor.is_some_and(|floor| unfinished(Some(floor)))
}

/// A miss: what a waiver can excuse.
fn is_excusable(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Fail | Verdict::Warn => true,
        Verdict::Error
        | Verdict::UnexpectedPass
        | Verdict::Inconclusive
        | Verdict::Waived
        | Verdict::Pass
        | Verdict::NotApplicable => false,
    }
}
