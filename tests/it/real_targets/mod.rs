//! Real targets do this, and the harness copes: what is conformant passes, what is not is judged where a requirement
//! says so, and nothing of it stops other scenarios.

mod content;
pub(crate) mod front;
pub(crate) mod habits;
mod mapping;
mod papers;
pub(crate) mod register;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use capifspec::event::RunEvent;
use capifspec::run::feature::Scenario;
use capifspec::run::{Settings, observe};
use capifspec::spec::Role;
use capifspec::target::{KeyForm, Target};
use capifspec::verdict::Verdict;

use crate::built_in::{endings, every_scenario, settings};
use front::Front;
use habits::{Chain, Habits, Location, Notifying};
use mapping::Kind;

/// Verdict and reason, by scenario.
type Verdicts = BTreeMap<String, (Verdict, String)>;

/// Every scenario in which a core function is judged that cannot be told to act.
fn every() -> Vec<Scenario> {
    let judged = every_scenario().iter().filter(|scenario| scenario.sut == Role::CoreFunction);
    judged.filter(|scenario| !scenario.id.contains("8.31")).cloned().collect()
}

/// Those in which it does what it is asked for with every resource that it has: for habits that have nothing to do with
/// refusals, nor with what tokens say.
fn positive() -> Vec<Scenario> {
    let resources = |scenario: &Scenario| scenario.id.contains("5.6_security_api#") || scenario.id.contains("8.23.3");
    every().into_iter().filter(|scenario| !scenario.negative && resources(scenario)).collect()
}

/// A run against a front.
fn run(front: &Front, scenarios: &[Scenario]) -> Vec<RunEvent> {
    let _busy = crate::machine::busy();
    let deadlines = front::patient();
    let target = Target { core_function: Some(front.endpoint.clone()), deadlines, ..Target::built_in() };
    observe(scenarios, &Settings { target: Arc::new(target), ..settings(1, 6) })
}

fn verdicts(events: &[RunEvent]) -> Verdicts {
    let told = endings(events).into_iter();
    told.map(|(id, ended)| (id.to_owned(), (ended.verdict, ended.reason.clone().unwrap_or_default()))).collect()
}

/// What the front without habits of its own is judged.
fn plain() -> &'static Verdicts {
    static PLAIN: OnceLock<Verdicts> = OnceLock::new();
    PLAIN.get_or_init(|| verdicts(&run(&Front::with(Habits::default()), &every())))
}

/// Scenarios whose verdict differs from that on the plain front.
fn differences(habits: Habits, scenarios: &[Scenario]) -> Vec<String> {
    let front = Front::with(habits);
    let found = verdicts(&run(&front, scenarios));
    assert_eq!(found.len(), scenarios.len());
    let differs = found.iter().filter(|(id, (verdict, _))| plain()[*id].0 != *verdict);
    differs.map(|(id, (verdict, reason))| format!("{verdict} instead of {}: {id}: {reason}", plain()[id].0)).collect()
}

#[track_caller]
fn nothing_differs(habits: Habits) {
    // A habit shows everywhere alike: every fourth scenario is as good as all of them, and takes a fourth of the time.
    let some: Vec<Scenario> = positive().into_iter().step_by(4).collect();
    let told = differences(habits, &some);
    assert!(told.is_empty(), "\n  {}\n", told.join("\n  "));
}

#[test]
fn a_front_without_habits_passes() {
    let wrong: Vec<_> =
        plain().iter().filter(|(_, (verdict, _))| !matches!(verdict, Verdict::Pass | Verdict::NotApplicable)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let passed = plain().values().filter(|(verdict, _)| *verdict == Verdict::Pass).count();
    assert!(passed > 80, "only {passed} pass");
}

/// TS 29.222 says of identifiers that they are strings. The scope of a token has no room for blanks, colons, semicolons
/// and commas in that of an exposing function (8.5.4.2.6).
fn odd_ids(kind: Kind, id: &str) -> String {
    match kind {
        Kind::Invoker => format!("tenant/7 %41\u{fc}\u{4e2d} '{id}'\"#?&=+;:@example.org"),
        Kind::Function => format!("0b4f0f3e-8a3c-4c52-9d0e-6a1c2b3d4e5f/%2F\u{fc}'{id}@example.org"),
        Kind::Domain => format!("{id}/{}", "d".repeat(300)),
        Kind::Api => format!("urn:api:{id}/ {}", "x".repeat(300)),
    }
}

#[test]
fn ids_of_any_form_are_encoded_in_paths_and_compared_decoded() {
    // HTTP Basic carries no identifier with a colon in it (RFC 7617 clause 2).
    let mut scenarios = every();
    scenarios.retain(|scenario| !scenario.id.ends_with("#A secret that HTTP Basic shows is validated"));
    let told = differences(Habits { ids: odd_ids, ..Habits::default() }, &scenarios);
    assert!(told.is_empty(), "\n  {}\n", told.join("\n  "));
}

#[test]
fn a_location_is_absolute_relative_or_without_a_port() {
    for location in
        [Location::OtherHost, Location::WithoutPort, Location::Path, Location::Relative, Location::NetworkPath]
    {
        nothing_differs(Habits { location, ..Habits::default() });
    }
}

#[test]
fn a_certificate_comes_as_leaf_or_chain() {
    for chain in [Chain::LeafFirst, Chain::RootFirst] {
        nothing_differs(Habits { chain, ..Habits::default() });
    }
}

#[test]
fn a_signing_request_is_sent_where_it_is_wanted() {
    nothing_differs(Habits { key_form: KeyForm::Csr, ..Habits::default() });
}

#[test]
fn features_with_leading_zeros_are_the_same_number() {
    nothing_differs(Habits { feature_zeros: "000", ..Habits::default() });
}

/// A refusal changes nothing: what is read back after it is compared by what it says.
#[test]
fn date_times_and_lists_that_are_written_anew_say_the_same() {
    let read_back = |scenario: &Scenario| scenario.negative && scenario.id.contains("5.6_security_api#");
    let some: Vec<Scenario> = every().into_iter().filter(read_back).step_by(3).collect();
    assert!(some.len() > 10, "{}", some.len());
    let told = differences(Habits { restless: true, feature_zeros: "0", ..Habits::default() }, &some);
    assert!(told.is_empty(), "\n  {}\n", told.join("\n  "));
}

#[test]
fn other_tenants_are_left_alone() {
    nothing_differs(Habits { tenants: true, ..Habits::default() });
}

#[test]
fn notifications_come_late_chunked_and_one_event_each() {
    let notifying = Notifying { chunked: true, after: Duration::from_millis(1200), one_each: true, method: "POST" };
    nothing_differs(Habits { notifying, ..Habits::default() });
}

/// Scenarios whose verdict differs, and that are not about one of these requirements.
fn unexplained(habits: Habits, requirements: &[&str]) -> (usize, Vec<String>) {
    let told = differences(habits, &every());
    let about = |line: &String| {
        let mut scenarios = every_scenario().iter().filter(|scenario| line.contains(&format!(" {}: ", scenario.id)));
        scenarios.any(|scenario| scenario.requirements.iter().any(|id| requirements.contains(&id.as_str())))
    };
    let count = told.len();
    (count, told.into_iter().filter(|line| !about(line)).collect())
}

/// TS 29.222 8.5.3.2 has POST: whoever PUTs is found out there, and nowhere else.
#[test]
fn notifications_by_put_are_judged_by_the_one_requirement_that_says_post() {
    let notifying = Notifying { method: "PUT", ..Habits::default().notifying };
    let (count, unexplained) = unexplained(Habits { notifying, ..Habits::default() }, &["29222-8.5.3.2-01"]);
    assert!(count > 0, "nobody noticed");
    assert!(unexplained.is_empty(), "\n  {}\n", unexplained.join("\n  "));
}

#[test]
fn apis_are_where_the_target_file_says() {
    let front = Front::with(Habits { prefix: "capif/x", security_prefix: Some("sec"), ..Habits::default() });
    let found = verdicts(&run(&front, &positive()));
    let differs: Vec<_> = found.iter().filter(|(id, (verdict, _))| plain()[*id].0 != *verdict).collect();
    assert!(differs.is_empty(), "{differs:#?}");
    let log = front.log();
    let asked = |start: &str| log.iter().filter(|line| line.contains(start)).count();
    assert!(asked(" /sec/capif-security/v1/") > 100 && asked(" /capif/x/published-apis/v1/") > 50);
}

/// Bodies of errors are ProblemDetails or, at the token end point, those of RFC 6749: whoever says something else is found
/// out where a requirement is about that.
#[test]
fn errors_as_html_or_text_are_judged_by_the_requirements_that_are_about_errors() {
    for errors in [("text/html", "<html><body><h1>No</h1></body></html>"), ("text/plain", "no")] {
        let (count, unexplained) = unexplained(Habits { errors: Some(errors), ..Habits::default() }, ABOUT_ERRORS);
        assert!(count > 0, "nobody noticed");
        assert!(unexplained.is_empty(), "\n  {}\n", unexplained.join("\n  "));
    }
}

/// Requirements that say what an error looks like, or that a token request is treated as OAuth 2.0 has it: RFC 6749 5.2
/// says of its errors that they are JSON.
const ABOUT_ERRORS: &[&str] =
    &["29222-5.6.2.3.2-07", "33122-C.3.3-01", "33122-6.5.2.3-01", "33122-6.5.2.3-12", "33122-6.5.2.3-30"];

/// A request that was carried out and not answered: an outcome, judged where the answer is, and no error of ours.
#[test]
fn a_connection_that_is_dropped_is_an_outcome() {
    let dropped = ("GET", "/trustedInvokers/");
    let told = differences(Habits { hangs_up: Some(dropped), ..Habits::default() }, &every());
    let errors: Vec<_> = told.iter().filter(|line| line.starts_with("error")).collect();
    assert!(!told.is_empty() && errors.is_empty(), "{errors:#?}");
    let untouched = plain().len() - told.len();
    assert!(untouched > 60, "{untouched} scenarios go on as before");
}
