//! One scenario on the page: what was judged, what was done, what was seen on the wire.

use minijinja::value::Value;
use serde::Serialize;

use crate::event::{ExchangeEvent, MessageEvent, ScenarioRef, StepEnded, StepOutcome};
use crate::verdict::{Finding, Verdict};

use super::super::fold::{Report, ScenarioReport};
use super::super::problems::TO_LOOK_AT;
use super::super::words;
use super::body::indented;
use super::diagram::{class, diagram, glyph};
use super::view::{RequirementLink, word};
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

/// A diagram and the exchanges in it.
#[derive(Serialize)]
struct Part<'a> {
    diagram: Value,
    exchanges: Vec<ExchangeView<'a>>,
}

#[derive(Serialize)]
struct FindingView<'a> {
    anchor: String,
    finding: &'a Finding,
    word: &'static str,
    requirements: Vec<RequirementLink<'a>>,
    exchange: Option<String>,
}

#[derive(Serialize)]
struct StepView<'a> {
    step: &'a StepEnded,
    outcome: &'static str,
    glyph: &'static str,
    duration: String,
}

#[derive(Serialize)]
struct ExchangeView<'a> {
    anchor: String,
    exchange: &'a ExchangeEvent,
    class: &'static str,
    asked: &'a str,
    answered: &'a str,
    started: String,
    took: Option<String>,
    messages: Vec<MessageView<'a>>,
    findings: Vec<FindingLink<'a>>,
}

#[derive(Serialize)]
struct MessageView<'a> {
    title: &'static str,
    from: &'a str,
    message: &'a MessageEvent,
    body: String,
    indented: bool,
    tokens: Vec<TokenView<'a>>,
}

#[derive(Serialize)]
struct TokenView<'a> {
    fingerprint: &'a str,
    place: &'a str,
    header: String,
    claims: String,
}

#[derive(Serialize)]
struct FindingLink<'a> {
    anchor: String,
    check: &'a str,
    word: &'static str,
    glyph: &'static str,
}

/// Every scenario that was judged, as markup, failures first.
pub(super) fn scenarios(templates: &Templates, report: &Report) -> Result<Vec<Value>, minijinja::Error> {
    let mut order: Vec<_> = report.scenarios.iter().enumerate().collect();
    order.sort_by_key(|(_, told)| rank(told.verdict));
    let mut open = OPEN;
    let mut views = Vec::with_capacity(order.len());
    for (index, told) in order.into_iter().filter(|(_, told)| told.started || told.verdict.is_some()) {
        let mut view = ScenarioView::of(templates, report, index, told)?;
        let wanted = told.verdict.is_some_and(|verdict| TO_LOOK_AT.contains(&verdict));
        view.open = wanted && open > 0;
        open = open.saturating_sub(usize::from(wanted));
        views.push(markup(&templates.render("scenario.html", view)?));
    }
    Ok(views)
}

/// Failures first; what was never judged last.
fn rank(verdict: Option<Verdict>) -> usize {
    let order = TO_LOOK_AT.into_iter().chain([Verdict::Waived, Verdict::Pass, Verdict::NotApplicable]);
    verdict.and_then(|verdict| order.clone().position(|other| other == verdict)).unwrap_or(usize::MAX)
}

impl<'a> ScenarioView<'a> {
    fn of(
        templates: &Templates,
        report: &Report,
        index: usize,
        told: &'a ScenarioReport,
    ) -> Result<Self, minijinja::Error> {
        let (setup, procedure) = told.exchanges.iter().partition::<Vec<_>, _>(|exchange| class(exchange) == "setup");
        Ok(Self {
            anchor: format!("s{index}"),
            open: false,
            scenario: &told.scenario,
            word: word(told.verdict),
            reason: told.reason.as_deref(),
            duration: words::duration(told.duration_us),
            ended: told.ended,
            requirements: told.scenario.requirements.iter().map(|id| RequirementLink::of(report, id)).collect(),
            findings: findings(report, index, told),
            steps: told.steps.iter().map(StepView::of).collect(),
            setup: Part::of(templates, index, told, &setup)?,
            procedure: Part::of(templates, index, told, &procedure)?,
        })
    }
}

impl<'a> Part<'a> {
    fn of(
        templates: &Templates,
        index: usize,
        told: &'a ScenarioReport,
        exchanges: &[&'a ExchangeEvent],
    ) -> Result<Option<Self>, minijinja::Error> {
        let Some(diagram) = diagram(index, told, exchanges) else {
            return Ok(None);
        };
        Ok(Some(Self {
            diagram: markup(&templates.render("diagram.html", diagram)?),
            exchanges: exchanges.iter().map(|exchange| ExchangeView::of(index, told, exchange)).collect(),
        }))
    }
}

fn findings<'a>(report: &Report, index: usize, told: &'a ScenarioReport) -> Vec<FindingView<'a>> {
    let mut findings: Vec<_> = told.findings.iter().enumerate().collect();
    findings.sort_by_key(|(_, finding)| rank(Some(finding.verdict)));
    let seen = |number: &u64| told.exchanges.iter().any(|exchange| exchange.number == *number);
    findings
        .into_iter()
        .map(|(position, finding)| FindingView {
            anchor: format!("s{index}-f{position}"),
            finding,
            word: finding.verdict.word(),
            requirements: finding.requirements.iter().map(|id| RequirementLink::of(report, id)).collect(),
            exchange: finding.exchange.filter(seen).map(|number| format!("s{index}-e{number}")),
        })
        .collect()
}

impl<'a> StepView<'a> {
    fn of(step: &'a StepEnded) -> Self {
        let (outcome, glyph) = match step.outcome {
            StepOutcome::Passed => ("passed", "✓"),
            StepOutcome::Stopped => ("stopped", "■"),
            StepOutcome::NotReached => ("not-reached", "·"),
        };
        Self { step, outcome, glyph, duration: words::duration(step.duration_us) }
    }
}

impl<'a> ExchangeView<'a> {
    fn of(index: usize, told: &'a ScenarioReport, exchange: &'a ExchangeEvent) -> Self {
        let request = exchange.request.as_ref().map(|message| MessageView::of("Request", &exchange.client, message));
        let response = exchange.response.as_ref().map(|message| MessageView::of("Answer", &exchange.server, message));
        let made = told.findings.iter().enumerate().filter(|(_, finding)| finding.exchange == Some(exchange.number));
        Self {
            anchor: format!("s{index}-e{}", exchange.number),
            exchange,
            class: class(exchange),
            asked: words::asked(exchange),
            answered: words::answered(exchange),
            started: words::duration(exchange.started_us),
            took: exchange.ended_us.map(|ended| words::duration(ended.saturating_sub(exchange.started_us))),
            messages: request.into_iter().chain(response).collect(),
            findings: made
                .map(|(position, finding)| FindingLink {
                    anchor: format!("s{index}-f{position}"),
                    check: &finding.check,
                    word: finding.verdict.word(),
                    glyph: glyph(finding.verdict),
                })
                .collect(),
        }
    }
}

impl<'a> MessageView<'a> {
    fn of(title: &'static str, from: &'a str, message: &'a MessageEvent) -> Self {
        let lines = indented(&message.body);
        let tokens = message.tokens.iter().map(|token| TokenView {
            fingerprint: &token.fingerprint,
            place: &token.place,
            header: token.header.clone(),
            claims: indented(&token.claims).unwrap_or_else(|| token.claims.clone()),
        });
        Self {
            title,
            from,
            message,
            indented: lines.is_some(),
            tokens: tokens.collect(),
            body: lines.unwrap_or_else(|| message.body.clone()),
        }
    }
}
