//! The house judges itself: all pass, every time, in any order, and the journal tells it the same way twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use capifspec::event::RunEvent;
use capifspec::report::{Report, read_journal, write_all};
use capifspec::run::feature::Scenario;
use capifspec::run::{observe, run};
use capifspec::spec::Strength;
use capifspec::verdict::Verdict;

use crate::built_in::{endings, every_scenario, full_run, settings};

/// Verdict of every scenario and of every requirement in it.
type Verdicts = BTreeMap<String, (Verdict, Vec<(String, Verdict)>)>;

fn verdicts(events: &[RunEvent]) -> Verdicts {
    let ended = endings(events).into_iter();
    ended.map(|(id, ended)| (id.to_owned(), (ended.verdict, ended.requirements.clone()))).collect()
}

#[test]
fn the_built_in_peers_pass() {
    let endings = endings(full_run());
    assert_eq!(endings.len(), every_scenario().len(), "not every scenario ended");
    let wrong: Vec<String> = endings
        .values()
        .filter(|ended| !matches!(ended.verdict, Verdict::Pass | Verdict::NotApplicable))
        .map(|ended| {
            format!("{} {}: {}", ended.verdict, ended.scenario, ended.reason.as_deref().unwrap_or("see its findings"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}

/// The reference peers offer everything that any role owes: what is not applicable is what one only may do.
#[test]
fn the_built_in_peers_claim_everything() {
    let endings = endings(full_run());
    let owed = |scenario: &Scenario| scenario.requirements.iter().any(|id| id.requirement().strength != Strength::May);
    let spared = |scenario: &&Scenario| endings[scenario.id.as_str()].verdict == Verdict::NotApplicable;
    let wrong: Vec<&str> =
        every_scenario().iter().filter(spared).filter(|s| owed(s)).map(|scenario| scenario.id.as_str()).collect();
    assert!(wrong.is_empty(), "the reference peers do not offer what these need: {wrong:?}");
}

/// Seeds that drive names, order and choices.
const SEEDS: u64 = 20;

#[test]
fn every_seed_tells_the_same_one_by_one() {
    same_verdicts(1);
}

#[test]
fn every_seed_tells_the_same_eight_at_once() {
    same_verdicts(8);
}

fn same_verdicts(jobs: usize) {
    let _alone = crate::machine::quiet();
    let expected = verdicts(full_run());
    let mut orders = BTreeSet::new();
    for seed in 1..=SEEDS {
        let events = observe(every_scenario(), &settings(seed, jobs));
        let found = verdicts(&events);
        let other: Vec<&String> = expected.keys().filter(|id| expected.get(*id) != found.get(*id)).collect();
        assert!(other.is_empty(), "seed {seed} with {jobs} jobs tells another verdict on {other:?}");
        assert_eq!(found.len(), expected.len());
        orders.insert(first_started(&events));
    }
    assert!(orders.len() > 1, "the seed does not drive the order");
}

fn first_started(events: &[RunEvent]) -> String {
    let started = |event: &RunEvent| {
        if let RunEvent::ScenarioStarted(scenario) = event { Some(scenario.id.clone()) } else { None }
    };
    events.iter().find_map(started).unwrap()
}

#[test]
fn reports_are_made_again_byte_for_byte() {
    let directory = tempfile::tempdir().unwrap();
    let journal = directory.path().join("journal.ndjson");
    run(&every_scenario()[..20], &settings(3, 8), &journal, &mut |_| {}).unwrap();
    let first = reports(&journal, &directory.path().join("first"));
    let second = reports(&journal, &directory.path().join("second"));
    assert_eq!(first.len(), 3);
    for (name, text) in &first {
        assert!(text.len() > 500, "{name} is empty");
        assert!(second.get(name) == Some(text), "{name} differs the second time");
    }
}

fn reports(journal: &Path, out: &Path) -> BTreeMap<String, Vec<u8>> {
    write_all(out, &Report::from_journal(&read_journal(journal).unwrap())).unwrap();
    let entries = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

/// A killed run leaves a journal that ends anywhere, in the middle of a line too.
#[test]
fn a_journal_cut_at_its_end_is_incomplete() {
    let directory = tempfile::tempdir().unwrap();
    let journal = directory.path().join("journal.ndjson");
    run(&every_scenario()[..6], &settings(1, 2), &journal, &mut |_| {}).unwrap();
    let whole = fs::read(&journal).unwrap();
    assert_eq!(Report::from_journal(&read_journal(&journal).unwrap()).exit_code(), 0);
    let header = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in [header, header + (whole.len() - header) / 3, whole.len() * 9 / 10, whole.len() - 3] {
        fs::write(&journal, &whole[..cut]).unwrap();
        let report = Report::from_journal(&read_journal(&journal).unwrap());
        assert!(!report.is_complete(), "cut at {cut} of {}", whole.len());
        assert_eq!(report.exit_code(), 3, "cut at {cut} of {}", whole.len());
    }
}
