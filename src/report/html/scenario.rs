//! One scenario on the page: what was judged, what was done, what was seen on the wire.

use std::collections::HashMap;

use minijinja::value::Value;
use serde::Serialize;

use crate::event::{ExchangeEvent, ScenarioRef, StepEnded, StepOutcome};
use crate::verdict::{Finding, Verdict};

use super::super::fold::{Report, ScenarioReport};
use super::super::problems::{TO_LOOK_AT, is_setup};
use super::super::ruling::{Counted, cite};
use super::super::words;
use super::certificates::Certificates;
use super::diagram::diagram;
use super::exchange::{ExchangeView, Telling};
use super::requirement::{RequirementLink, RequirementTold};
use super::view::word;
use super::{Templates, markup};

/// As many of the scenarios that need attention are open when the page is opened.
const OPEN: usize = 3;

#[derive(Serialize)]
struct ScenarioView<'a> {
    anchor: String,
    open: bool,
    scenario: &'a ScenarioRef,
    word: &'static str,
    reason: Option<&'a str>,
    duration: String,
    ended: bool,
    requirements: Vec<RequirementLink<'a>>,
    findings: Vec<FindingView<'a>>,
    steps: Vec<StepView<'a>>,
    setup: Option<Part<'a>>,
    procedure: Option<Part<'a>>,
}

/// Exchanges, and a diagram of them.
#[derive(Serialize)]
struct Part<'a> {
    diagram: Option<Value>,
    exchanges: Vec<ExchangeView<'a>>,
}

#[derive(Serialize)]
struct FindingView<'a> {
    anchor: String,
    finding: &'a Finding,
    word: &'static str,
    waivers: Vec<String>,
    unscored: bool,
    requirements: Vec<RequirementTold<'a>>,
    exchange: Option<String>,
}

#[derive(Serialize)]
struct StepView<'a> {
    keyword: &'a str,
    text: &'a str,
    line: usize,
    message: Option<&'a str>,
    outcome: &'static str,
    duration: String,
}

/// Every scenario that was judged, as markup, failures first.
pub(super) fn scenarios<'a>(
    templates: &Templates,
    report: &'a Report,
    certificates: &mut Certificates<'a>,
) -> Result<Vec<Value>, minijinja::Error> {
    let mut order: Vec<_> = report.scenarios.iter().enumerate().collect();
    order.sort_by_key(|(_, told)| rank(told.verdict));
    let mut open = OPEN;
    let mut views = Vec::with_capacity(order.len());
    for (index, told) in order.into_iter().filter(|(_, told)| told.started || told.verdict.is_some()) {
        let telling = Telling { index, told, brief: is_brief(told), certificates, tokens: HashMap::new() };
        let mut view = ScenarioView::of(templates, report, telling)?;
        let wanted = told.verdict.is_some_and(|verdict| TO_LOOK_AT.contains(&verdict));
        view.open = wanted && open > 0;
        open = open.saturating_sub(usize::from(wanted));
        views.push(markup(&templates.render("scenario.html", view)?));
    }
    Ok(views)
}

/// Nobody looks for a cause in it.
fn is_brief(told: &ScenarioReport) -> bool {
    matches!(told.verdict, Some(Verdict::Pass | Verdict::NotApplicable))
}

/// Failures first; what was never judged last.
fn rank(verdict: Option<Verdict>) -> usize {
    let order = TO_LOOK_AT.into_iter().chain([Verdict::Waived, Verdict::Pass, Verdict::NotApplicable]);
    verdict.and_then(|verdict| order.clone().position(|other| other == verdict)).unwrap_or(usize::MAX)
}

impl<'a> ScenarioView<'a> {
    fn of(templates: &Templates, report: &'a Report, mut telling: Telling<'_, 'a>) -> Result<Self, minijinja::Error> {
        let Telling { index, told, brief, .. } = telling;
        let (setup, procedure) = told.exchanges.iter().partition::<Vec<_>, _>(|exchange| is_setup(exchange));
        Ok(Self {
            anchor: format!("s{index}"),
            open: false,
            scenario: &told.scenario,
            word: word(told.verdict),
            reason: told.reason.as_deref(),
            duration: words::duration(told.duration_us),
            ended: told.ended,
            requirements: told.scenario.requirements.iter().map(|id| RequirementLink::of(report, id)).collect(),
            findings: findings(report, index, told, brief),
            steps: told.steps.iter().map(StepView::of).collect(),
            setup: Part::of(templates, &mut telling, &setup, !brief)?,
            procedure: Part::of(templates, &mut telling, &procedure, true)?,
        })
    }
}

impl<'a> Part<'a> {
    fn of(
        templates: &Templates,
        telling: &mut Telling<'_, 'a>,
        exchanges: &[&'a ExchangeEvent],
        drawn: bool,
    ) -> Result<Option<Self>, minijinja::Error> {
        let Some(diagram) = diagram(telling.index, telling.told, exchanges) else {
            return Ok(None);
        };
        Ok(Some(Self {
            diagram: if drawn { Some(markup(&templates.render("diagram.html", diagram)?)) } else { None },
            exchanges: exchanges.iter().map(|exchange| telling.exchange(exchange)).collect(),
        }))
    }
}

fn findings<'a>(report: &'a Report, index: usize, told: &'a ScenarioReport, brief: bool) -> Vec<FindingView<'a>> {
    let mut findings: Vec<_> = told.findings.iter().enumerate().collect();
    findings.sort_by_key(|(_, finding)| rank(Some(finding.verdict)));
    let seen = |number: &u64| told.exchanges.iter().any(|exchange| exchange.number == *number);
    findings
        .into_iter()
        .map(|(position, finding)| FindingView {
            anchor: format!("s{index}-f{position}"),
            finding,
            word: finding.verdict.word(),
            waivers: waived(report, told.counted.get(position)),
            unscored: told.counted.get(position).is_some_and(|counted| counted.unscored),
            requirements: finding.requirements.iter().map(|id| RequirementTold::of(report, id, !brief)).collect(),
            exchange: finding.exchange.filter(seen).map(|number| format!("s{index}-e{number}")),
        })
        .collect()
}

/// The waivers that turned a finding.
fn waived(report: &Report, counted: Option<&Counted>) -> Vec<String> {
    let waivers = counted.map(|counted| counted.waivers.as_slice()).unwrap_or_default();
    let waivers = waivers.iter().filter_map(|at| report.waivers.get(*at));
    waivers.map(|told| format!("{}, for {}", told.subject(), cite(&told.waiver))).collect()
}

impl<'a> StepView<'a> {
    fn of(step: &'a StepEnded) -> Self {
        Self {
            keyword: step.keyword.trim(),
            text: &step.text,
            line: step.line,
            message: step.message.as_deref(),
            outcome: match step.outcome {
                StepOutcome::Passed => "passed",
                StepOutcome::Stopped => "stopped",
                StepOutcome::NotReached => "not-reached",
            },
            duration: words::duration(step.duration_us),
        }
    }
}
