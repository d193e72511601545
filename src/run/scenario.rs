//! One scenario from its first step to its verdict.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use cucumber::step::Collection;
use futures::FutureExt as _;
use gherkin::{Step, StepType};

use super::INTERRUPTED;
use super::execute::Settings;
use super::feature::Scenario;
use super::lint::against_the_twin_rule;
use super::panics::{self, InsideStep};
use super::record::Recorder;
use super::vigil::Vigil;
use crate::clock::{Clock, within};
use crate::event::{RunEvent, ScenarioEnded, StepEnded, StepOutcome};
use crate::lab::{self, Plan, Stop};
use crate::steps::{World, unnumbered};
use crate::verdict::{Finding, Verdict};

/// What watches a scenario.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    /// How long things take.
    pub(super) stopwatch: &'a Clock,
    /// Whether the target is still there.
    pub(super) vigil: &'a Vigil,
}

/// Runs a scenario and says how it went, and what was found.
pub(super) async fn run(
    scenario: &Scenario,
    settings: &Settings,
    steps: &Collection<World>,
    recorder: &mut Recorder<'_>,
    watch: Watch<'_>,
) -> (ScenarioEnded, Vec<Finding>) {
    let stopwatch = watch.stopwatch;
    let began = stopwatch.monotonic_us();
    recorder.begin(scenario);
    let mut findings = Vec::new();
    let begun = match unclaimed(scenario, settings) {
        Some(why) => Err(Stop::NotApplicable(why)),
        None => World::with_lab(plan(scenario, settings)).await,
    };
    let stop = match begun {
        Ok(mut world) => {
            let stop = carry_out(scenario, settings, steps, &mut world, recorder, &mut findings, watch).await;
            let stop = stop.or_else(|| twin_rule(scenario, &world));
            recorder.exchanges(scenario, &world);
            if let Some(lab) = world.running() {
                let reviewed = lab.review(&settings.reviewed);
                findings.extend(reviewed.into_iter().map(|finding| recorder.finding(scenario, finding)));
                watch.vigil.ended(&scenario.name, &lab.exchanges()).await;
            }
            clean_up(scenario, &mut world, recorder).await;
            stop
        }
        Err(stop) => Some(stop),
    };
    let ended = ended(scenario, &findings, stop, stopwatch.monotonic_us() - began);
    // Reasons quote peers, who may reflect what they were sent.
    let ended = ScenarioEnded { reason: ended.reason.map(|reason| recorder.redacted(&reason)), ..ended };
    recorder.say(RunEvent::ScenarioEnded(ended.clone()));
    (ended, findings)
}

/// What the scenario created at a product goes again. All is judged by then: it is told, and changes nothing.
async fn clean_up(scenario: &Scenario, world: &mut World, recorder: &mut Recorder<'_>) {
    let Ok(lab) = world.lab() else { return };
    let left = lab.clean_up().await;
    recorder.exchanges(scenario, world);
    recorder.left_behind(scenario, left);
}

/// Ends a scenario that there is no use in trying.
pub(super) fn passed_over(
    scenario: &Scenario,
    reason: String,
    recorder: &mut Recorder<'_>,
) -> (ScenarioEnded, Vec<Finding>) {
    recorder.begin(scenario);
    let ended = ended(scenario, &[], Some(Stop::Inconclusive(reason)), 0);
    recorder.say(RunEvent::ScenarioEnded(ended.clone()));
    (ended, Vec::new())
}

/// What a scenario needs and the target does not claim.
fn unclaimed(scenario: &Scenario, settings: &Settings) -> Option<String> {
    let claims = settings.target.claims(scenario.sut)?;
    let mut of_role = scenario.capabilities.iter().filter(|capability| capability.role == scenario.sut);
    of_role.find(|capability| !claims.has(&capability.what)).map(lab::unclaimed)
}

fn plan(scenario: &Scenario, settings: &Settings) -> Plan {
    Plan {
        target: settings.target.clone(),
        release: settings.release,
        faults: settings.faults.clone(),
        manner: settings.manner.clone(),
        material: settings.material.clone(),
        sut: scenario.sut,
        seed: settings.seed,
        scenario: scenario.id.clone(),
    }
}

async fn carry_out(
    scenario: &Scenario,
    settings: &Settings,
    steps: &Collection<World>,
    world: &mut World,
    recorder: &mut Recorder<'_>,
    findings: &mut Vec<Finding>,
    watch: Watch<'_>,
) -> Option<Stop> {
    let stopwatch = watch.stopwatch;
    let mut stop: Option<Stop> = None;
    for step in &scenario.steps {
        let began = stopwatch.monotonic_us();
        let outcome = match &stop {
            Some(_) => StepOutcome::NotReached,
            None if settings.interrupt.is_set() => {
                stop = Some(Stop::Inconclusive(INTERRUPTED.to_owned()));
                StepOutcome::NotReached
            }
            None => {
                stop = one_step(step, settings, steps, world).await.err();
                if step.ty == StepType::Given
                    && let Ok(lab) = world.lab()
                {
                    lab.look_away();
                }
                if stop.is_some() { StepOutcome::Stopped } else { StepOutcome::Passed }
            }
        };
        recorder.exchanges(scenario, world);
        for finding in world.take_findings() {
            let finding = watch.vigil.fair(finding).await;
            findings.push(recorder.finding(scenario, finding));
        }
        let stopped_here = stop.as_ref().filter(|_| outcome == StepOutcome::Stopped);
        let message = stopped_here.map(|stop| recorder.redacted(stop.reason()));
        recorder.say(RunEvent::StepEnded(StepEnded {
            scenario: scenario.id.clone(),
            keyword: step.keyword.trim().to_owned(),
            text: step.value.clone(),
            line: step.position.line,
            outcome,
            message,
            duration_us: stopwatch.monotonic_us() - began,
        }));
    }
    stop
}

async fn one_step(step: &Step, settings: &Settings, steps: &Collection<World>, world: &mut World) -> Result<(), Stop> {
    let plain = unnumbered(step);
    let found = steps.find(&plain).map_err(|error| Stop::Harness(error.to_string()))?;
    let (body, _, _, context) = found.ok_or_else(|| Stop::Harness(format!("no step reads `{}`", step.value)))?;
    let guarded = AssertUnwindSafe(async {
        let _inside = InsideStep::enter();
        body(world, context).await;
    });
    let carried_out = within(settings.target.deadlines.step, guarded.catch_unwind());
    let ended = tokio::select! {
        ended = carried_out => ended,
        () = broken_off(settings) => return Err(Stop::Inconclusive(INTERRUPTED.to_owned())),
    };
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(payload)) => {
            let (text, place) = panics::text(payload.as_ref());
            Err(text.parse().unwrap_or_else(|text| {
                Stop::Harness(format!(
                    "a step panicked at {}: {text}",
                    place.unwrap_or_else(|| "an unknown place".to_owned())
                ))
            }))
        }
        Err(overdue) => Err(Stop::Inconclusive(overdue.to_string())),
    }
}

/// Somebody does not want to wait for a step. What was asked for is still answered: what it creates is to be deleted.
async fn broken_off(settings: &Settings) {
    settings.interrupt.asked().await;
    // Nothing comes of nothing, in that time.
    let _over = within(settings.target.deadlines.answer, std::future::pending::<()>()).await.is_err();
}

/// Rule 2, from the runner's side. Lint has read what the steps are going to try; this is what they did try.
fn twin_rule(scenario: &Scenario, world: &World) -> Option<Stop> {
    let tried = world.running().is_some_and(crate::lab::Lab::has_tried);
    against_the_twin_rule(scenario.negative, tried).map(|why| Stop::Harness(why.to_owned()))
}

/// What was not used, where nothing else was found.
fn not_used(findings: &[Finding]) -> Option<String> {
    let all = findings.iter().all(|finding| finding.verdict == Verdict::NotApplicable);
    let seen = findings.iter().map(|finding| finding.observed.as_str()).next();
    seen.filter(|_| all).map(|observed| format!("an optional behaviour was not used: {observed}"))
}

fn ended(scenario: &Scenario, findings: &[Finding], stop: Option<Stop>, duration_us: u64) -> ScenarioEnded {
    let mut requirements: BTreeMap<String, Verdict> = BTreeMap::new();
    for finding in findings {
        for id in &finding.requirements {
            let entry = requirements.entry(id.clone()).or_insert(finding.verdict);
            *entry = (*entry).max(finding.verdict);
        }
    }
    let unjudged: Vec<String> =
        scenario.requirements.iter().map(ToString::to_string).filter(|id| !requirements.contains_key(id)).collect();
    let misjudged = findings.iter().find(|finding| finding.role != scenario.sut);
    let (floor, reason) = match (stop, misjudged) {
        (Some(Stop::Harness(reason)), _) => (Verdict::Error, Some(reason)),
        (Some(Stop::Inconclusive(reason)), _) => (Verdict::Inconclusive, Some(reason)),
        (Some(Stop::NotApplicable(reason)), _) => (Verdict::NotApplicable, Some(reason)),
        (None, Some(finding)) => {
            let reason =
                format!("check {} judges {}, but the scenario is about {}", finding.check, finding.role, scenario.sut);
            (Verdict::Error, Some(reason))
        }
        (None, None) if !unjudged.is_empty() => {
            (Verdict::Error, Some(format!("nothing judged {}: a tag is no judgement", unjudged.join(", "))))
        }
        (None, None) => (Verdict::NotApplicable, not_used(findings)),
    };
    for id in unjudged {
        requirements.insert(id, floor);
    }
    let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(floor);
    ScenarioEnded {
        scenario: scenario.id.clone(),
        verdict: worst.max(floor),
        reason,
        requirements: requirements.into_iter().collect(),
        floor: (floor > Verdict::NotApplicable).then_some(floor),
        duration_us,
    }
}
