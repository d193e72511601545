//! Runs against the built-in peers, as several tests watch them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use capifspec::clock::Clock;
use capifspec::event::{RunEvent, ScenarioEnded, SelectionRef};
use capifspec::fault::FaultSet;
use capifspec::lab::{Material, Reviewed};
use capifspec::run::feature::Scenario;
use capifspec::run::select::Selection;
use capifspec::run::{Interrupt, Settings, observe, scenarios};
use capifspec::spec::Release;
use capifspec::target::{Harness, Target};
use capifspec::verdict::Verdict;

/// Every embedded scenario.
pub(crate) fn every_scenario() -> &'static [Scenario] {
    static SCENARIOS: OnceLock<Vec<Scenario>> = OnceLock::new();
    SCENARIOS.get_or_init(|| scenarios(&[], &Selection::default(), Release::DEFAULT).unwrap())
}

/// What one run of every scenario tells.
pub(crate) fn full_run() -> &'static [RunEvent] {
    static EVENTS: OnceLock<Vec<RunEvent>> = OnceLock::new();
    EVENTS.get_or_init(|| observe(every_scenario(), &settings(1, 8)))
}

/// Settings of a run against the built-in peers.
pub(crate) fn settings(seed: u64, jobs: usize) -> Settings {
    Settings {
        target: Arc::new(Target::built_in()),
        target_path: None,
        paths: Vec::new(),
        release: Release::DEFAULT,
        faults: FaultSet::default(),
        manner: None,
        material: material().clone(),
        seed,
        jobs,
        fail_fast: false,
        selection: SelectionRef::default(),
        shard: None,
        failed_from: None,
        reviewed: Reviewed::default(),
        interrupt: Interrupt::default(),
        command: "a test".to_owned(),
    }
}

/// Keys are the same in all runs: no verdict depends on them.
fn material() -> &'static Material {
    static MATERIAL: OnceLock<Material> = OnceLock::new();
    MATERIAL.get_or_init(|| Material::make(&Clock::virtual_from_now(), &Harness::default()).unwrap())
}

/// Scenarios of a kind, with the verdict on each and its reason, in a run with these settings.
pub(crate) fn verdicts_on(
    judging: impl Fn(&Scenario) -> bool,
    settings: &Settings,
) -> Vec<(&'static Scenario, Verdict, String)> {
    let judging: Vec<Scenario> = every_scenario().iter().filter(|scenario| judging(scenario)).cloned().collect();
    let events = observe(&judging, settings);
    let endings = endings(&events);
    let about = |scenario: &'static Scenario| {
        let ended = endings.get(scenario.id.as_str())?;
        Some((scenario, ended.verdict, ended.reason.clone().unwrap_or_default()))
    };
    every_scenario().iter().filter_map(about).collect()
}

/// How each scenario ended, by its id.
pub(crate) fn endings(events: &[RunEvent]) -> BTreeMap<&str, &ScenarioEnded> {
    events
        .iter()
        .filter_map(|event| if let RunEvent::ScenarioEnded(ended) = event { Some(ended) } else { None })
        .map(|ended| (ended.scenario.as_str(), ended))
        .collect()
}
