//! An exposing function that understands nothing passes nothing: whatever it says to everybody, no scenario in which
//! somebody comes to it holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use capifspec::event::RunEvent;
use capifspec::run::feature::Scenario;
use capifspec::run::{Settings, observe};
use capifspec::spec::{Role, Strength};
use capifspec::target::Target;
use capifspec::verdict::Verdict;
use capifspec::wire::{Manner, Reply};

use crate::built_in::{endings, every_scenario, full_run, settings};

const JSON: &str = "application/json";

/// The scenarios that judge the exposing function by what it does when somebody comes to it.
fn visited() -> Vec<Scenario> {
    let served: BTreeSet<&str> = full_run()
        .iter()
        .filter_map(|event| if let RunEvent::Exchanged(exchange) = event { Some(exchange) } else { None })
        .filter(|exchange| exchange.server == "aef" && exchange.client_role == "invoker")
        .map(|exchange| exchange.scenario.as_str())
        .collect();
    let judging = |scenario: &&Scenario| {
        scenario.sut == Role::ExposingFunction && served.contains(scenario.id.as_str()) && !judges_requests(scenario)
    };
    every_scenario().iter().filter(judging).cloned().collect()
}

/// Whether it judges what the exposing function sends, which it may do right whatever it answers.
fn judges_requests(scenario: &Scenario) -> bool {
    scenario.requirements.iter().any(|id| id.as_str() == "23222-8.23.3-02")
}

#[track_caller]
fn nothing_passes(manner: Manner) {
    let scenarios = visited();
    assert!(scenarios.len() > 50, "only {} scenarios", scenarios.len());
    let mut target = Target::built_in();
    target.deadlines.answer.after = std::time::Duration::from_millis(100);
    target.deadlines.notification.after = std::time::Duration::from_millis(50);
    let settings =
        Settings { manner: Some((Role::ExposingFunction, manner)), target: Arc::new(target), ..settings(1, 8) };
    let events = observe(&scenarios, &settings);
    let ended = endings(&events);
    let told: Vec<String> = scenarios
        .iter()
        .filter_map(|scenario| {
            let ended = ended.get(scenario.id.as_str())?;
            let fine = match ended.verdict {
                Verdict::Inconclusive | Verdict::Fail | Verdict::Warn => true,
                Verdict::NotApplicable => {
                    scenario.requirements.iter().all(|id| id.requirement().strength == Strength::May)
                }
                Verdict::Pass | Verdict::Waived | Verdict::UnexpectedPass | Verdict::Error => false,
            };
            let reason = ended.reason.clone().unwrap_or_default();
            (!fine).then(|| format!("{} {}: {reason}", ended.verdict, scenario.id))
        })
        .collect();
    assert!(told.is_empty(), "\n  {}\n", told.join("\n  "));
}

#[test]
fn ok_to_everything_passes_nothing() {
    nothing_passes(Manner::Says(Reply::new(200).body(JSON, "{}")));
}

#[test]
fn unauthorized_to_everything_passes_nothing() {
    nothing_passes(Manner::Says(Reply::new(401)));
}

#[test]
fn not_found_to_everything_passes_nothing() {
    nothing_passes(Manner::Says(Reply::new(404)));
}

#[test]
fn a_well_formed_yes_to_everything_passes_nothing() {
    nothing_passes(Manner::Says(Reply::new(200).body(JSON, r#"{"supportedFeatures": "0"}"#)));
}

#[test]
fn an_echo_passes_nothing() {
    nothing_passes(Manner::Echoes);
}

#[test]
fn hanging_up_passes_nothing() {
    nothing_passes(Manner::HangsUp);
}

#[test]
fn silence_passes_nothing() {
    nothing_passes(Manner::IsSilent);
}
