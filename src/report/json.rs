//! `report.json` (`capifspec.report/1`): what other programs read. Fields are only ever added.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::event::{RunEnd, SelectionRef, ShardRef, Tool, WaiverRef};
use crate::spec::{Role, Strength};
use crate::verdict::{Finding, Verdict};

use super::escape::json_pretty;
use super::fold::{Completeness, Report, RequirementReport, ScenarioReport};
use super::ruling::{Counted, WaiverReport};
use super::score::Score;
use super::words;

/// The schema name in the report.
pub const REPORT_SCHEMA: &str = "capifspec.report/1";

/// The report as JSON text.
///
/// # Errors
/// None that a report can cause; those of the serialiser are passed on.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    json_pretty(&Document::of(report)).map(|text| text + "\n")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: &'a Tool,
    seed: u64,
    release: &'a str,
    target: &'a crate::event::TargetRef,
    started: String,
    duration_us: u64,
    command: &'a str,
    readings: Map<String, Value>,
    requirement_set: Option<&'a str>,
    shard: Option<&'a ShardRef>,
    failed_from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selection: Option<&'a SelectionRef>,
    verdict: Verdict,
    exit_code: u8,
    complete: bool,
    incomplete_because: Option<String>,
    selected: usize,
    counts: Map<String, Value>,
    score: ScoreTold,
    waivers: Vec<Waiver<'a>>,
    scenarios: Vec<Scenario<'a>>,
    not_run: Vec<NotRun<'a>>,
    not_named: usize,
    requirements: Vec<Requirement<'a>>,
    requirements_not_judged: Vec<&'a str>,
    /// What is left at the target; absent where nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    leftovers: Vec<Leftover<'a>>,
}

#[derive(Serialize)]
struct Leftover<'a> {
    scenario: &'a str,
    what: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct Scenario<'a> {
    id: &'a str,
    feature: &'a str,
    name: &'a str,
    line: usize,
    tags: &'a [String],
    sut: &'a str,
    verdict: Verdict,
    reason: Option<&'a str>,
    complete: bool,
    duration_us: u64,
    requirements: &'a [String],
    findings: Vec<FindingTold<'a>>,
    exchanges: usize,
    replay: &'a str,
    scored: bool,
    /// The verdict that does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    judged: Option<Verdict>,
}

/// A finding with the verdict that counts.
#[derive(Serialize)]
struct FindingTold<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    /// The verdict before a waiver turned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    judged: Option<Verdict>,
    /// The waivers that did, as positions in `waivers`.
    #[serde(skip_serializing_if = "<[usize]>::is_empty")]
    waivers: &'a [usize],
    scored: bool,
}

#[derive(Serialize)]
struct ScoreTold {
    shall: usize,
    pass: usize,
    others: Map<String, Value>,
    not_scored: usize,
}

#[derive(Serialize)]
struct Waiver<'a> {
    #[serde(flatten)]
    told: &'a WaiverRef,
    state: &'static str,
    fails: bool,
    says: String,
    scenarios: Vec<&'a str>,
}

#[derive(Serialize)]
struct NotRun<'a> {
    id: &'a str,
    feature: &'a str,
    name: &'a str,
    line: usize,
    tags: &'a [String],
    sut: &'a str,
    requirements: &'a [String],
    reason: &'a str,
    started: bool,
    replay: &'a str,
}

#[derive(Serialize)]
struct Requirement<'a> {
    id: &'a str,
    document: &'a str,
    clause: &'a str,
    role: Option<Role>,
    strength: Option<Strength>,
    provisional: Option<bool>,
    verdict: Verdict,
    scored: bool,
    scenarios: Vec<&'a str>,
}

impl<'a> Document<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            schema: REPORT_SCHEMA,
            tool: &report.run.tool,
            seed: report.run.seed,
            release: &report.run.release,
            target: &report.run.target,
            started: words::instant(report.run.started_unix),
            duration_us: report.duration_us,
            command: &report.run.command,
            readings: report.run.readings.iter().map(|(id, option)| (id.clone(), option.as_str().into())).collect(),
            requirement_set: report.run.requirement_set.as_deref(),
            shard: report.run.shard.as_ref(),
            failed_from: report.run.failed_from.as_deref(),
            selection: report.run.selection.as_ref(),
            verdict: report.verdict(),
            exit_code: report.exit_code(),
            complete: report.is_complete(),
            incomplete_because: incomplete_because(report),
            selected: report.run.selected,
            counts: counts(report),
            score: ScoreTold::of(&Score::of(report)),
            waivers: report.waivers.iter().map(|told| Waiver::of(report, told)).collect(),
            scenarios: report.scenarios.iter().filter_map(Scenario::of).collect(),
            not_run: report.scenarios.iter().filter_map(NotRun::of).collect(),
            not_named: report.unnamed,
            requirements: report.requirements.iter().filter_map(|told| Requirement::of(report, told)).collect(),
            requirements_not_judged: report
                .requirements
                .iter()
                .filter(|requirement| requirement.verdict.is_none())
                .map(|requirement| requirement.id.as_str())
                .collect(),
            leftovers: report
                .leftovers()
                .map(|(told, left)| Leftover { scenario: &told.scenario.id, what: &left.what, why: &left.why })
                .collect(),
        }
    }
}

impl<'a> Scenario<'a> {
    fn of(told: &'a ScenarioReport) -> Option<Self> {
        let scenario = &told.scenario;
        Some(Self {
            id: &scenario.id,
            feature: &scenario.feature,
            name: &scenario.name,
            line: scenario.line,
            tags: &scenario.tags,
            sut: &scenario.sut,
            verdict: told.verdict?,
            reason: told.reason.as_deref(),
            complete: told.ended,
            duration_us: told.duration_us,
            requirements: &scenario.requirements,
            findings: told.findings.iter().zip(&told.counted).map(FindingTold::of).collect(),
            exchanges: told.exchanges.len(),
            replay: &scenario.replay,
            scored: told.unscored.is_none(),
            judged: told.unscored,
        })
    }
}

impl<'a> FindingTold<'a> {
    fn of((finding, counted): (&'a Finding, &'a Counted)) -> Self {
        Self { finding, judged: counted.judged, waivers: &counted.waivers, scored: !counted.unscored }
    }
}

impl ScoreTold {
    fn of(score: &Score) -> Self {
        let word = |verdict: Option<Verdict>| verdict.map_or("not-judged", Verdict::word).to_owned();
        Self {
            shall: score.shall,
            pass: score.pass,
            others: score.others.iter().map(|(verdict, count)| (word(*verdict), (*count).into())).collect(),
            not_scored: score.unscored,
        }
    }
}

impl<'a> Waiver<'a> {
    fn of(report: &'a Report, told: &'a WaiverReport) -> Self {
        Self {
            told: &told.waiver,
            state: told.state.word(),
            fails: told.state.fails(),
            says: told.says(),
            scenarios: report.ids(&told.scenarios),
        }
    }
}

impl<'a> NotRun<'a> {
    fn of(told: &'a ScenarioReport) -> Option<Self> {
        if told.verdict.is_some() {
            return None;
        }
        let scenario = &told.scenario;
        Some(Self {
            id: &scenario.id,
            feature: &scenario.feature,
            name: &scenario.name,
            line: scenario.line,
            tags: &scenario.tags,
            sut: &scenario.sut,
            requirements: &scenario.requirements,
            reason: told.reason.as_deref().unwrap_or_default(),
            started: told.started,
            replay: &scenario.replay,
        })
    }
}

impl<'a> Requirement<'a> {
    fn of(report: &'a Report, told: &'a RequirementReport) -> Option<Self> {
        let judged_in = told.scenarios.iter().filter(|(_, verdict)| verdict.is_some());
        Some(Self {
            id: &told.id,
            document: told.document(),
            clause: told.clause(),
            role: told.listed.map(|listed| listed.role),
            strength: told.listed.map(|listed| listed.strength),
            provisional: told.listed.map(|listed| listed.provisional),
            verdict: told.verdict?,
            scored: told.scored,
            scenarios: judged_in
                .filter_map(|(index, _)| report.scenarios.get(*index))
                .map(|scenario| scenario.scenario.id.as_str())
                .collect(),
        })
    }
}

fn counts(report: &Report) -> Map<String, Value> {
    Verdict::WORST_FIRST
        .into_iter()
        .rev()
        .map(|verdict| (verdict.word().to_owned(), report.count(verdict).into()))
        .chain(std::iter::once(("not-run".to_owned(), report.not_run().into())))
        .collect()
}

/// Why a run is incomplete, in words that every format uses.
pub(super) fn incomplete_because(report: &Report) -> Option<String> {
    match report.completeness {
        Completeness::Complete if report.not_run() == 0 => None,
        Completeness::Complete => Some("some selected scenarios were not run".to_owned()),
        Completeness::Stopped(RunEnd::FailFast) => Some("--fail-fast stopped it at the first failure".to_owned()),
        Completeness::Stopped(RunEnd::Interrupted | RunEnd::Completed) => Some("it was interrupted".to_owned()),
        Completeness::Incomplete { after_line } => {
            Some(format!("the journal breaks off after line {after_line}: the run was killed"))
        }
    }
}
