//! A target that dies midway, or was never there: named once as the cause, blamed for nothing, waited for by nobody.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::front::Front;
use super::ordeal::Ordeal;
use super::plain_target;
use crate::cli::Desk;
use crate::cli::serving::Served;

/// Eight scenarios of which one, with this seed the fourth, has the core function told to revoke: that kills it.
const MORTAL: &str = r#"@sut:ccf
Feature: Mortal

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" with OAUTH
    And the invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function

  @req:33122-C.1-02
  Scenario Outline: Bearer <row>
    When the invoker requests a token
    Then the token is a bearer token

    Examples:
      | row |
      | a   |
      | b   |
      | c   |
      | d   |
      | e   |
      | f   |
      | g   |

  @req:23222-8.23.4-05
  Scenario: Dies
    Given the second invoker is onboarded for "location"
    When the core function is told to revoke the authorization of the invoker for "location"
    And the invoker requests a token for "location"
    And the second invoker requests a token for "location"
    Then the authorization has ended at the core function once the exposing function agreed
"#;

/// Enough for everything that is not waited for.
const IN_TIME: u64 = 3;

fn endings(ordeal: &Ordeal) -> Vec<(String, String)> {
    let all = ordeal.report["scenarios"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.map(|told| (text(&told["verdict"]), text(&told["reason"]))).collect()
}

#[test]
fn what_follows_a_death_is_inconclusive_and_names_it_once() {
    let desk = Desk::with(&[("mortal.feature", MORTAL)]);
    let served = Arc::new(Mutex::new(Served::with(&desk, "--quiet")));
    let victim = Arc::clone(&served);
    // Whoever asks its control surface to act is the last one to be heard.
    let surface = Front::raw(Arc::new(move |wire| {
        while wire.hear() {
            if wire.target() == "/act" {
                return victim.lock().unwrap().kill();
            }
            wire.say("HTTP/1.1 204 No Content\r\n\r\n");
        }
    }));
    let target = String::from_utf8(desk.read("capif/target.toml")).unwrap();
    let (before, control) = target.split_once("[ccf.control]").unwrap();
    let after = control.split_once("\n\n").map(|(_, after)| after).unwrap_or_default();
    let surface = format!("[ccf.control]\nkind = \"http\"\nurl = \"http://{}\"\n\n", surface.address);
    desk.write("capif/target.toml", &format!("{before}{surface}{after}"));
    let run = "run mortal.feature --target capif/target.toml --jobs 1 --seed 1 --out out";
    let words: Vec<&str> = run.split(' ').collect();
    let ordeal = Ordeal::undergone(&desk, &words, IN_TIME).unwrap();
    assert_eq!(ordeal.code, Some(3), "{}", ordeal.out);
    let endings = endings(&ordeal);
    let alive = endings.iter().filter(|(verdict, _)| verdict == "pass").count();
    assert_eq!(alive, 3, "the death has to come midway\n{endings:?}");
    let dead: Vec<_> = endings.iter().filter(|(verdict, _)| verdict == "inconclusive").collect();
    assert_eq!(alive + dead.len(), 8, "{endings:?}");
    let reasons: BTreeSet<&String> = dead.iter().map(|(_, reason)| reason).collect();
    let named = "stopped answering during the scenario \"";
    assert_eq!(dead.iter().filter(|(_, reason)| reason.contains(named)).count(), 3, "{reasons:?}");
    assert_eq!(ordeal.out.matches(named).count(), 1, "{}", ordeal.out);
}

/// Where nobody listens it is the set-up that is wrong: nothing is judged, and nobody is waited for.
#[test]
fn a_target_that_was_never_there_is_named_once_and_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let target = format!(
        "schema = \"capifspec.target/1\"\nname = \"absent\"\n\n[ccf]\nurl = \"http://{address}\"\n\n\
         [ccf.trust]\ninsecure-plain-http = true\n"
    );
    let desk = Desk::with(&[("target.toml", &target)]);
    let ran = desk.capifspec("run --target target.toml --sut ccf --out out");
    ran.ends_with(2);
    assert_eq!(ran.err.matches(&format!("nobody listens at {address}")).count(), 1, "{}", ran.err);
    assert!(!desk.has("out"), "{}", ran.out);
}

/// It accepts and says nothing: each try costs a deadline, so there are few.
#[test]
fn a_target_that_never_says_anything_is_not_asked_hundreds_of_times() {
    let front = Front::raw(Arc::new(super::front::Wire::hold));
    let desk = Desk::with(&[("target.toml", &plain_target(&front))]);
    let run = ["run", "--target", "target.toml", "--sut", "ccf", "--jobs", "2", "--out", "out"];
    let ordeal = Ordeal::undergone(&desk, &run, 12).unwrap();
    let endings = endings(&ordeal);
    assert!(ordeal.code == Some(3) && endings.len() > 90, "{}", ordeal.out);
    let asked = endings.iter().filter(|(_, reason)| reason.contains("no answer within")).count();
    assert!((2..=14).contains(&asked), "{asked} scenarios asked it");
    assert_eq!(ordeal.out.matches("answered nothing, not even in").count(), 1, "{}", ordeal.out);
}
