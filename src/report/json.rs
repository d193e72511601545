//! `report.json` (`capifspec.report/1`): what other programs read. Fields are only ever added.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::event::{RunEnd, Tool};
use crate::spec::{Role, Strength};
use crate::verdict::{Finding, Verdict};

use super::fold::{Completeness, Report, RequirementReport, ScenarioReport};
use super::words;

/// The schema name in the report.
pub const REPORT_SCHEMA: &str = "capifspec.report/1";

/// The report as JSON text.
///
/// # Errors
/// None that a report can cause; those of the serialiser are passed on.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Document::of(report)).map(|text| text + "\n")
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
    verdict: Verdict,
    exit_code: u8,
    complete: bool,
    incomplete_because: Option<String>,
    selected: usize,
    counts: Map<String, Value>,
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
    findings: &'a [Finding],
    exchanges: usize,
    replay: &'a str,
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
            verdict: report.verdict(),
            exit_code: report.exit_code(),
            complete: report.is_complete(),
            incomplete_because: incomplete_because(report),
            selected: report.run.selected,
            counts: counts(report),
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
            findings: &told.findings,
            exchanges: told.exchanges.len(),
            replay: &scenario.replay,
        })
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
