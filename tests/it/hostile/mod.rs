//! Targets that are hostile or broken: whatever one does, the run ends with a verdict in time and in bounds, blames
//! nobody without evidence, and goes on with the other scenarios.
//!
//! A [`Case`] is one behaviour. [`endured`] runs the program against each of a table and complains of all that went
//! wrong.

mod answers;
mod dying;
mod enrolled;

mod frameworks;
mod framing;
mod front;
mod ordeal;
mod tls;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use front::{Front, Script, Wire};
use ordeal::{Ordeal, TIMING};

use crate::cli::Desk;
use crate::degenerate::YesMan;
use crate::stand_in::StandIn;

/// Runs at a time: the machine is shared with the other tests.
const AT_ONCE: usize = 3;

/// One scenario that meets the hostile behaviour, and one that does not.
const TWO: &str = r#"@sut:ccf
Feature: Two

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" with PKI and OAUTH
    And the invoker is onboarded for "location"

  @req:29222-5.6.2.2.2-04 @req:29222-8.5.2.3.3.3-01
  Scenario: Goes on
    When the invoker negotiates OAUTH with the exposing function
    Then the core function answers with the methods and the location of the context

  @req:33122-C.1-02
  Scenario: Meets it
    Given the invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token
    Then the token is a bearer token
"#;

/// One hostile behaviour, and what has to come of it.
struct Case {
    name: &'static str,
    /// The verdict on the scenario that meets it.
    verdict: &'static str,
    /// Words of the reason that the report gives.
    says: &'static str,
    script: Script,
}

/// A behaviour that leaves nothing to judge, and the words that say so.
fn case(name: &'static str, says: &'static str, script: impl Fn(&mut Wire) + Send + Sync + 'static) -> Case {
    Case { name, verdict: "inconclusive", says, script: Arc::new(script) }
}

/// A behaviour that breaks what is judged.
fn miss(name: &'static str, says: &'static str, script: impl Fn(&mut Wire) + Send + Sync + 'static) -> Case {
    Case { verdict: "fail", ..case(name, says, script) }
}

/// Every case is tried; what went wrong is told of all of them.
#[track_caller]
fn endured(cases: &[Case], endure: impl Fn(&Case) -> Result<(), String> + Sync) {
    let (next, complaints) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(complaint) = endure(case) {
                        complaints.lock().unwrap().push(format!("{}: {complaint}", case.name));
                    }
                }
            });
        }
    });
    let complaints = complaints.into_inner().unwrap();
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), cases.len(), complaints.join("\n"));
}

/// The behaviour at the token end point of an otherwise agreeable core function, over plain HTTP: one scenario meets
/// it, the other goes on and passes.
fn at_the_token_end_point(case: &Case) -> Result<(), String> {
    let yes = YesMan::default();
    let honest = StandIn::enrolling(move |incoming| Some(yes.answer(incoming)));
    let front = Front::at_path("/securities/", honest.plain_address(), Arc::clone(&case.script));
    let desk = Desk::with(&[("two.feature", TWO), ("target.toml", &plain_target(&front))]);
    let run = ["run", "two.feature", "--target", "target.toml", "--jobs", "1", "--out", "out"];
    let ordeal = Ordeal::undergone(&desk, &run, 2)?;
    let (other, why) = ordeal.scenario("Goes on");
    if other != "pass" {
        return Err(format!("the other scenario is {other}: {why}"));
    }
    as_expected(case, &ordeal)
}

fn as_expected(case: &Case, ordeal: &Ordeal) -> Result<(), String> {
    let (verdict, why) = ordeal.scenario("Meets it");
    let code = if case.verdict == "fail" { 1 } else { 3 };
    if verdict == case.verdict && why.contains(case.says) && ordeal.code == Some(code) {
        Ok(())
    } else {
        Err(format!("{verdict} ({:?}), because {why}; expected {}: {}", ordeal.code, case.verdict, case.says))
    }
}

/// A target file that reaches a front over plain HTTP.
fn plain_target(front: &Front) -> String {
    format!(
        "schema = \"capifspec.target/1\"\nname = \"hostile\"\n\n[ccf]\nurl = \"http://{}\"\n\n[ccf.trust]\n\
         insecure-plain-http = true\n{TIMING}",
        front.address
    )
}
