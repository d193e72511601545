//! `junit.xml`: what continuous integration reads. One suite per feature.
//!
//! fail, unexpected-pass → failure; error, inconclusive → error; not-applicable, waived, not-run → skipped; warn →
//! passed, with the text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use crate::verdict::{Finding, Verdict};

use super::escape::{one_line, visible};
use super::fold::{Report, ScenarioReport};
use super::json::incomplete_because;
use super::ruling::cite;

/// The report as the XML that `JUnit` made common.
///
/// # Errors
/// None that a report can cause; those of the serialiser are passed on.
pub fn junit(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for told in &report.scenarios {
        let feature = told.scenario.feature.as_str();
        let suite = suites.entry(feature).or_insert_with(|| suite(report, feature));
        suite.add_test_case(case(told));
    }
    let mut xml = quick_junit::Report::new("capifspec");
    xml.set_time(Duration::from_micros(report.duration_us));
    xml.add_test_suites(suites.into_values());
    if let Some(why) = incomplete_because(report) {
        xml.add_test_suite(incomplete(report, &why));
    }
    if report.waivers_fail() {
        xml.add_test_suite(waivers(report));
    }
    xml.to_string()
}

fn suite(report: &Report, feature: &str) -> TestSuite {
    let mut suite = TestSuite::new(one_line(feature));
    let us = report.scenarios.iter().filter(|told| told.scenario.feature == feature).map(|told| told.duration_us).sum();
    suite.set_time(Duration::from_micros(us));
    suite.add_property(Property::new("target", one_line(&report.run.target.name)));
    suite.add_property(Property::new("release", one_line(&report.run.release)));
    if let Some(set) = &report.run.requirement_set {
        suite.add_property(Property::new("requirement-set", one_line(set)));
    }
    suite.add_property(Property::new("seed", report.run.seed.to_string()));
    suite
}

/// A pipeline that reads only this file must not take half a run for a whole one.
fn incomplete(report: &Report, why: &str) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("incomplete").set_message(why);
    status.set_description(format!(
        "{} of {} selected scenarios have no verdict",
        report.not_run(),
        report.run.selected
    ));
    let mut case = TestCase::new("the run is complete", status);
    case.set_classname("capifspec");
    let mut suite = TestSuite::new("capifspec");
    suite.add_test_case(case);
    suite
}

/// Waivers that fail the run by themselves: a pipeline that reads only this file must see them.
fn waivers(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("capifspec waivers");
    for told in report.waivers.iter().filter(|told| told.state.fails()) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(told.state.word()).set_message(one_line(&told.says()));
        status.set_description(visible(&format!("waiver: {}", cite(&told.waiver))));
        let mut case = TestCase::new(one_line(&told.subject()), status);
        case.set_classname("capifspec");
        suite.add_test_case(case);
    }
    suite
}

fn case(told: &ScenarioReport) -> TestCase {
    let status = match told.verdict {
        Some(Verdict::Pass | Verdict::Warn) => TestCaseStatus::success(),
        Some(verdict @ (Verdict::Fail | Verdict::UnexpectedPass)) => bad(told, verdict, NonSuccessKind::Failure),
        Some(verdict @ (Verdict::Error | Verdict::Inconclusive)) => bad(told, verdict, NonSuccessKind::Error),
        Some(verdict @ (Verdict::NotApplicable | Verdict::Waived)) => skipped(told, verdict.word()),
        None => skipped(told, "not-run"),
    };
    let mut case = TestCase::new(one_line(&told.scenario.name), status);
    let class = told.scenario.id.split('#').next().unwrap_or_default();
    case.set_classname(one_line(class));
    case.set_time(Duration::from_micros(told.duration_us));
    let warnings = texts(told, Verdict::Warn);
    if !warnings.is_empty() {
        case.set_system_out(warnings);
    }
    case
}

fn bad(told: &ScenarioReport, verdict: Verdict, kind: NonSuccessKind) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    // That it passed is in the finding; that it should not have, in the reason.
    let first = told.findings.iter().find(|finding| finding.verdict == verdict);
    let message = match first.filter(|_| verdict != Verdict::UnexpectedPass) {
        Some(finding) => format!("{}: expected {}; observed {}", finding.check, finding.expected, finding.observed),
        None => told.reason.clone().unwrap_or_default(),
    };
    status.set_type(verdict.word()).set_message(one_line(&message)).set_description(description(told, verdict));
    status
}

fn skipped(told: &ScenarioReport, word: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    let waived = told.findings.iter().find(|finding| finding.verdict == Verdict::Waived);
    let why = told.reason.as_deref().or(waived.map(|finding| finding.observed.as_str())).unwrap_or_default();
    status.set_type(word).set_message(one_line(&format!("{word}: {why}")));
    status
}

fn description(told: &ScenarioReport, verdict: Verdict) -> String {
    let mut text = texts(told, verdict);
    if let Some(reason) = &told.reason {
        _ = writeln!(text, "reason: {}", visible(reason));
    }
    if let Some(step) = told.stopped_at() {
        _ = writeln!(text, "stopped at: {} {}", step.keyword.trim(), visible(&step.text));
        _ = writeln!(text, "because: {}", visible(step.message.as_deref().unwrap_or_default()));
    }
    _ = writeln!(text, "again: {}", visible(&told.scenario.replay));
    text
}

fn texts(told: &ScenarioReport, verdict: Verdict) -> String {
    told.findings.iter().filter(|finding| finding.verdict == verdict).map(finding_text).collect()
}

fn finding_text(finding: &Finding) -> String {
    let exchange = finding.exchange.map(|number| format!("exchange: {number}\n")).unwrap_or_default();
    format!(
        "{} {} ({})\nexpected: {}\nobserved: {}\nrequirements: {}\n{exchange}\n",
        finding.verdict,
        one_line(&finding.check),
        finding.role,
        visible(&finding.expected),
        visible(&finding.observed),
        one_line(&finding.requirements.join(", ")),
    )
}
