//! Clean-up: what a run created at a core function goes again, and what stays is told.

use std::time::Duration;

use capifspec::clock::Clock;
use capifspec::event::{Leftover, RunEvent};
use capifspec::run::{Interrupt, Settings, observe};
use capifspec::verdict::Verdict;
use capifspec::wire::Reply;

use crate::adapters::{against, all_pass, all_stop, changed, exchanges, leftovers, scenarios, some, verdicts};
use crate::cli::serving::Served;
use crate::cli::{Desk, OWN};
use crate::real_targets::front::Front;
use crate::real_targets::habits::Habits;
use crate::stand_in::StandIn;

/// Paths that were created and are still there, by what the front was asked.
fn still_there(log: &[String], created: &[String]) -> Vec<String> {
    let gone = |path: &&String| log.iter().any(|line| line.starts_with(&format!("DELETE {path} -> ")));
    created.iter().filter(|path| !gone(path)).cloned().collect()
}

fn created(events: &[RunEvent]) -> Vec<String> {
    let answers = exchanges(events).filter_map(|exchange| exchange.response.as_ref());
    let created = answers.filter(|answer| answer.start_line.starts_with("HTTP/1.1 201"));
    let locations = created.filter_map(|answer| answer.headers.iter().find(|(name, _)| name == "Location"));
    let paths = locations.map(|(_, url)| url.split_once("://").unwrap().1.split_once('/').unwrap().1);
    paths.map(|path| format!("/{path}")).collect()
}

#[test]
fn what_a_run_created_is_deleted_in_reverse_order() {
    let front = Front::with(Habits::default());
    let scenarios = scenarios(&["C_access_token_profile", "5.6_security_api#", "8.11"]);
    let events = observe(&scenarios, &against(&front));
    all_pass(&events);
    assert_eq!(leftovers(&events), Vec::<&Leftover>::new());
    let (log, created) = (front.log(), created(&events));
    assert!(created.len() > 100, "{} things were created", created.len());
    assert_eq!(still_there(&log, &created), Vec::<String>::new());
    for scenario in &scenarios {
        let own =
            exchanges(&events).filter(|exchange| exchange.scenario == scenario.id && exchange.purpose == "clean-up");
        let kinds: Vec<usize> = own.filter_map(|exchange| rank(&exchange.request.as_ref()?.start_line)).collect();
        assert!(kinds.is_sorted(), "{}: {kinds:?}", scenario.id);
    }
}

/// What is enrolled first goes last.
fn rank(start_line: &str) -> Option<usize> {
    ["/trustedInvokers/", "/onboardedInvokers/", "/service-apis/", "/registrations/"]
        .iter()
        .position(|part| start_line.contains(part))
        // Invokers and providers come and go in the order of the scenario.
        .map(|rank| rank.min(1))
        .filter(|_| start_line.contains("/trustedInvokers/") || start_line.contains("/registrations/"))
}

#[test]
fn what_cannot_be_deleted_is_listed_and_changes_no_verdict() {
    let clean = Front::with(Habits::default());
    let scenarios = some();
    let expected = observe(&scenarios, &against(&clean));
    let front = Front::with(Habits { refuses: Some(("DELETE", "/service-apis/")), ..Habits::default() });
    let events = observe(&scenarios, &against(&front));
    assert_eq!(verdicts(&events), verdicts(&expected));
    let told = leftovers(&events);
    assert!(told.len() >= scenarios.len(), "{} leftovers", told.len());
    assert!(told.iter().all(|left| left.what.contains("/service-apis/") && left.why.contains("403")), "{told:#?}");
}

/// A target that is silent once is not asked again: what is left is listed, and the run goes on.
#[test]
fn a_silent_target_does_not_hold_up_the_clean_up() {
    let front = Front::with(Habits { silent: Some(("DELETE", "/")), ..Habits::default() });
    let impatient = changed(&against(&front), |target| target.deadlines.answer.after = Duration::from_millis(300));
    let scenarios = &some()[..3];
    let stopwatch = Clock::real();
    let events = observe(scenarios, &impatient);
    all_pass(&events);
    assert!(stopwatch.monotonic_us() < 20_000_000);
    for scenario in scenarios {
        let asked = exchanges(&events).filter(|found| found.scenario == scenario.id && found.purpose == "clean-up");
        assert_eq!(asked.count(), 1, "{} asks once", scenario.id);
    }
    let told = leftovers(&events);
    assert_eq!(told.len(), created(&events).len());
    assert!(told.iter().all(|left| left.why.contains("no answer within the answer deadline")), "{told:#?}");
}

#[test]
fn what_was_created_goes_also_after_a_step_ran_out_of_time_and_after_an_interruption() {
    let front = Front::with(Habits { silent: Some(("PUT", "/trustedInvokers/")), ..Habits::default() });
    let impatient = changed(&against(&front), |target| {
        target.deadlines.answer.after = Duration::from_secs(5);
        target.deadlines.step.after = Duration::from_millis(700);
    });
    let scenarios = scenarios(&["C_access_token_profile"]);
    let events = observe(&scenarios[..2], &impatient);
    all_stop(&events, Verdict::Inconclusive, "nothing within the step deadline");
    assert_eq!(still_there(&front.log(), &created(&events)), Vec::<String>::new());
    let asked =
        front.log().iter().filter(|line| line.starts_with("DELETE") && line.contains("/trustedInvokers/")).count();
    assert!(asked >= 2, "what was not answered may have been created");

    let interrupt = Interrupt::default();
    let front =
        Front::with(Habits { interrupts: Some(("PUT", "/trustedInvokers/", interrupt.clone())), ..Habits::default() });
    let events = observe(&scenarios[..1], &Settings { interrupt, ..against(&front) });
    all_stop(&events, Verdict::Inconclusive, "interrupted");
    let created = created(&events);
    assert!(created.iter().any(|path| path.contains("/trustedInvokers/")), "{created:?}");
    assert_eq!(still_there(&front.log(), &created), Vec::<String>::new());
}

/// What is left is in the reports as well.
#[test]
fn leftovers_are_told_at_the_terminal_and_in_the_report() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let stand_in = StandIn::enrolling(|_| Some(Reply::new(403)));
    stand_in.hand_over(desk.path(), 5000);
    let ran = desk.capifspec("run own.feature --target target.toml --out out");
    assert!(ran.out.contains("left behind  /published-apis/v1/"), "{}", ran.out);
    let left = desk.report("out/report.json")["leftovers"].clone();
    let left = left.as_array().unwrap();
    assert_eq!(left.len(), 2, "the service API and the provider: {left:?}");
    assert!(left.iter().all(|left| left["why"].as_str().unwrap().contains("403")), "{left:?}");
    assert!(left[0]["scenario"].as_str().unwrap().contains("own"), "{left:?}");
}

/// A pipeline that is cancelled sends SIGTERM: nobody waits until a step is over, and nothing is left behind.
#[test]
fn a_run_that_is_terminated_within_a_step_cleans_up_and_reports() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet");
    let clock = Clock::real();
    let scenario = "Permission is refreshed after the first one has run out";
    let words = ["run", "--target", "capif/target.toml", "--out", "out", "--scenario", scenario];
    let mut run = desk.command(&words).spawn().unwrap();
    // The step that waits for the token to run out is the one after the first invocation.
    let invoked =
        || desk.has("out/journal.ndjson") && desk.read("out/journal.ndjson").windows(9).any(|it| it == b"/location");
    while !invoked() && run.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let began = clock.monotonic_us();
    let sent = std::process::Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap();
    let ended = run.wait().unwrap();
    let took = (clock.monotonic_us() - began) / 1_000_000;
    assert!(sent.success() && ended.code() == Some(3) && took < 20, "{ended:?} after {took} s");
    let report = desk.report("out/report.json");
    assert_eq!((&report["complete"], &report["scenarios"][0]["reason"]), (&false.into(), &"interrupted".into()));
    assert_eq!(report["leftovers"].as_array().map_or(0, Vec::len), 0, "{}", report["leftovers"]);
}
