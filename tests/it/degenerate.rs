//! Peers that understand nothing pass nothing: who says yes to all, no to all, or nothing at all is not conformant,
//! and that is the target's fault or nobody's, never the harness's.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use capifspec::clock::Deadlines;
use capifspec::run::Settings;
use capifspec::run::feature::Scenario;
use capifspec::spec::{Role, Strength};
use capifspec::verdict::Verdict;
use capifspec::wire::{Incoming, Reply};
use serde_json::{Value, json};

use crate::built_in::{settings, verdicts_on};
use crate::stand_in::StandIn;

const JSON: &str = "application/json";
/// A target that says too little for a scenario: it is not judged by it.
const SAYS_TOO_LITTLE: &str = "the target does not say";

/// Scenarios that judge the core function, and the verdict on each when this stands in its place.
fn verdicts(stand_in: &StandIn, deadlines: Deadlines) -> Vec<(&'static Scenario, Verdict, String)> {
    let settings = Settings { target: Arc::new(stand_in.target(deadlines)), ..settings(1, 8) };
    let found = verdicts_on(|scenario| scenario.sut == Role::CoreFunction, &settings);
    assert!(found.len() > 90, "only {} scenarios ran", found.len());
    found
}

/// Waits that fail are short: nothing that is waited for here is coming.
fn impatient() -> Deadlines {
    let mut deadlines = Deadlines::default();
    deadlines.answer.after = Duration::from_millis(100);
    deadlines.notification.after = Duration::from_millis(20);
    deadlines
}

/// Answers are waited for, notifications are not coming.
fn patient() -> Deadlines {
    Deadlines { answer: Deadlines::default().answer, ..impatient() }
}

/// Nothing here is good enough to be a pass, and nothing is our mistake.
#[track_caller]
fn none_passes(found: &[(&Scenario, Verdict, String)]) {
    let wrong = found.iter().filter(|(scenario, verdict, reason)| match verdict {
        Verdict::Inconclusive => false,
        // What may be done and is not done is nobody's fault.
        // Nor is a scenario for which the target says too little.
        Verdict::NotApplicable => {
            !reason.contains(SAYS_TOO_LITTLE)
                && scenario.requirements.iter().any(|id| id.requirement().strength != Strength::May)
        }
        Verdict::Pass | Verdict::Waived | Verdict::Warn | Verdict::UnexpectedPass | Verdict::Fail | Verdict::Error => {
            !is_miss(scenario, *verdict)
        }
    });
    complain(wrong);
}

/// A miss fails, or warns where the requirement is provisional.
fn is_miss(scenario: &Scenario, verdict: Verdict) -> bool {
    let worst = scenario.requirements.iter().map(|id| Verdict::of_miss(id.requirement())).max();
    worst == Some(verdict)
}

#[track_caller]
fn every_negative_is_missed(found: &[(&Scenario, Verdict, String)]) {
    let missed = |(scenario, verdict, _): &&(&Scenario, Verdict, String)| is_miss(scenario, *verdict);
    let says_enough = |(_, _, reason): &&(&Scenario, Verdict, String)| !reason.contains(SAYS_TOO_LITTLE);
    let negatives = found.iter().filter(|(scenario, ..)| scenario.negative && !is_about_the_path(scenario));
    complain(negatives.filter(says_enough).filter(|told| !missed(told)));
}

/// What protects a request on its path is TLS, and that is real under these stand-ins.
fn is_about_the_path(scenario: &Scenario) -> bool {
    scenario.requirements.iter().any(|id| id.as_str() == "23722-AR-6.3.2-g")
}

#[track_caller]
fn every_negative_is_inconclusive(found: &[(&Scenario, Verdict, String)]) {
    complain(found.iter().filter(|(scenario, verdict, reason)| {
        scenario.negative && *verdict != Verdict::Inconclusive && !reason.contains(SAYS_TOO_LITTLE)
    }));
}

#[track_caller]
fn complain<'a>(wrong: impl Iterator<Item = &'a (&'a Scenario, Verdict, String)>) {
    let told: Vec<String> =
        wrong.map(|(scenario, verdict, reason)| format!("{verdict} {}: {reason}", scenario.id)).collect();
    assert!(told.is_empty(), "\n  {}\n", told.join("\n  "));
}

fn refused_at_the_door(manner: impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static, deadlines: Deadlines) {
    let found = verdicts(&StandIn::answering(manner), deadlines);
    complain(found.iter().filter(|(_, verdict, _)| *verdict != Verdict::Inconclusive));
}

#[test]
fn ok_to_everything_passes_nothing() {
    refused_at_the_door(|_| Some(Reply::new(200).body(JSON, "{}")), patient());
}

#[test]
fn unauthorized_to_everything_passes_nothing() {
    refused_at_the_door(|_| Some(Reply::new(401)), patient());
}

#[test]
fn not_found_to_everything_passes_nothing() {
    refused_at_the_door(|_| Some(Reply::new(404)), patient());
}

#[test]
fn an_echo_passes_nothing() {
    refused_at_the_door(|incoming| Some(Reply::new(200).body(JSON, incoming.body.clone())), patient());
}

#[test]
fn created_to_everything_passes_nothing() {
    refused_at_the_door(
        |incoming| Some(Reply::new(201).header("Location", &incoming.target).body(JSON, "{}")),
        patient(),
    );
}

#[test]
fn hanging_up_on_a_request_passes_nothing() {
    refused_at_the_door(|_| Some(Reply::close()), patient());
}

#[test]
fn hanging_up_on_a_connection_passes_nothing() {
    let found = verdicts(&StandIn::closing(), patient());
    complain(found.iter().filter(|(_, verdict, _)| *verdict != Verdict::Inconclusive));
}

#[test]
fn silence_passes_nothing() {
    refused_at_the_door(|_| None, impatient());
}

/// From here on everybody is enrolled as they should be, and the security API is what is degenerate.
#[test]
fn a_security_api_of_empty_objects_passes_nothing() {
    none_passes(&verdicts(&StandIn::enrolling(|_| Some(Reply::new(200).body(JSON, "{}"))), patient()));
}

/// Nobody is passed over here: whoever enrols gets an answer.
#[test]
fn a_silent_security_api_passes_nothing() {
    none_passes(&verdicts(&StandIn::enrolling(|_| None), impatient()));
}

/// A refusal proves nothing where the clean request is refused as well.
#[test]
fn a_security_api_that_forbids_everything_passes_nothing() {
    let found = verdicts(&StandIn::enrolling(|_| Some(Reply::new(403))), patient());
    none_passes(&found);
    every_negative_is_inconclusive(&found);
}

#[test]
fn a_security_api_of_well_formed_errors_passes_nothing() {
    let error = json!({"error": "invalid_request", "title": "Bad Request", "status": 400}).to_string();
    let found = verdicts(&StandIn::enrolling(move |_| Some(Reply::new(400).body(JSON, error.clone()))), patient());
    none_passes(&found);
    every_negative_is_inconclusive(&found);
}

/// One that grants what it is asked, whoever asks for whatever: it misses every negative, and every revocation.
#[test]
fn a_security_api_that_agrees_to_everything_misses_every_negative() {
    let yes = YesMan::default();
    let found = verdicts(&StandIn::enrolling(move |incoming| Some(yes.answer(incoming))), patient());
    every_negative_is_missed(&found);
    none_passes(&revocations(found));
}

#[test]
fn a_security_api_that_repeats_its_last_good_answer_misses_every_negative() {
    let yes = YesMan::default();
    let last = Mutex::new(Vec::from("{}"));
    let found = verdicts(
        &StandIn::enrolling(move |incoming| {
            let good = yes.answer(incoming).body;
            let mut last = last.lock().unwrap();
            if !good.is_empty() {
                *last = good;
            }
            Some(Reply::new(200).header("Location", &incoming.target).body(JSON, last.clone()))
        }),
        patient(),
    );
    every_negative_is_missed(&found);
    none_passes(&revocations(found));
}

fn revocations(found: Vec<(&'static Scenario, Verdict, String)>) -> Vec<(&'static Scenario, Verdict, String)> {
    let about = |scenario: &Scenario| scenario.requirements.iter().any(|id| id.as_str().starts_with("29222-5.6.2.5."));
    let found: Vec<_> = found.into_iter().filter(|(scenario, ..)| about(scenario)).collect();
    assert!(found.len() >= 4, "only {} scenarios are about revocation", found.len());
    found
}

/// Answers in good form and holds to no rule.
#[derive(Default)]
pub(crate) struct YesMan {
    context: Mutex<Value>,
}

impl YesMan {
    pub(crate) fn answer(&self, incoming: &Incoming) -> Reply {
        let path = incoming.target.split('?').next().unwrap_or_default();
        match (incoming.method.as_str(), path.rsplit('/').next().unwrap_or_default()) {
            ("PUT", _) => self.agree(incoming, 201).header("Location", &incoming.target),
            ("POST", "update") => self.agree(incoming, 200),
            ("POST", "token") => Reply::new(200).header("Cache-Control", "no-store").body(JSON, token()),
            ("POST", "delete") | ("DELETE", _) => Reply::new(204),
            _ => Reply::new(200).body(JSON, self.context.lock().unwrap().to_string()),
        }
    }

    fn agree(&self, incoming: &Incoming, status: u16) -> Reply {
        let mut body: Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
        for entry in body["securityInfo"].as_array_mut().into_iter().flatten() {
            entry["selSecurityMethod"] = entry["prefSecurityMethods"][0].clone();
        }
        *self.context.lock().unwrap() = body.clone();
        Reply::new(status).body(JSON, body.to_string())
    }
}

fn token() -> String {
    let claims = "eyJpc3MiOiJhbnlib2R5In0";
    json!({
        "access_token": format!("eyJhbGciOiJFUzI1NiJ9.{claims}.c2lnbmVk"),
        "token_type": "Bearer",
        "expires_in": 600,
    })
    .to_string()
}
