//! `capifspec doctor`, and its cheap part before a run.

use serde_json::json;

use super::args::{DoctorArguments, Format};
use super::{Failure, USAGE, show};
use crate::lab::{self, Leftover};
use crate::prove::doctor::{self, Line, State};
use crate::report;
use crate::run::NotStarted;
use crate::run::feature::Scenario;
use crate::spec::Role;
use crate::target::{self, Survey, Target};

pub(super) fn doctor(asked: &DoctorArguments) -> Result<u8, Failure> {
    let (path, overlay) = super::target::wanted(asked)?;
    let survey = target::survey(&path, &overlay, true)?;
    let lines = match told(survey.target.clone())? {
        Ok(target) => runtime()?.block_on(doctor::examine(&Survey { target, ..survey.clone() })),
        Err(line) => vec![line],
    };
    let problems = lines.iter().filter(|line| line.state == State::Problem).count();
    match asked.format {
        Format::Text => {
            let shown: String = lines.iter().map(text).collect();
            let sum = match problems {
                0 => "nothing is wrong with the set-up".to_owned(),
                1 => "1 problem".to_owned(),
                many => format!("{many} problems"),
            };
            show::print(&format!("{shown}{sum}\n"));
        }
        Format::Json => show::print_json(&json!({
            "schema": "capifspec.doctor/1", "target": survey.target.name, "problems": problems,
            "lines": lines.iter().map(|line| json!({
                "about": line.about, "what": line.what, "state": line.state.word(), "seen": line.seen, "cure": line.cure,
            })).collect::<Vec<_>>(),
        })),
    }
    Ok(if problems == 0 { 0 } else { USAGE })
}

/// The same target with what its register service tells of it, before a run.
pub(super) fn told_before_a_run(target: Target) -> Result<Target, Failure> {
    told(target)?.map_err(|line| Failure::SetUp(text(&line).trim_end().to_owned()))
}

/// The same target with what its register service tells of it, or what is wrong with that.
fn told(target: Target) -> Result<Result<Target, Line>, Failure> {
    let (target, left) = match runtime()?.block_on(lab::with_told_trust(target)) {
        Ok(told) => told,
        Err(stop) => {
            let what = "root that its register service tells (getauth)";
            let cure = "look at [ccf.onboarding], or name the root of the core function in ccf.trust.roots";
            return Ok(Err(Line::problem(Role::CoreFunction.code(), what, stop.reason(), cure)));
        }
    };
    if let Some(Leftover { what, why }) = left {
        show::remark(&format!("{what} is left: {why}"));
    }
    Ok(Ok(target))
}

/// Stops a run where the set-up is wrong, not the product.
pub(super) fn before_a_run(target: &Target, scenarios: &[Scenario]) -> Result<(), Failure> {
    let lines = runtime()?.block_on(doctor::before_a_run(target, scenarios));
    let (lines, noted): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|line| line.stops_a_run);
    for line in noted {
        show::remark(text(&line).trim_end());
    }
    if lines.is_empty() {
        return Ok(());
    }
    Err(Failure::SetUp(lines.iter().map(text).collect::<String>().trim_end().to_owned()))
}

fn text(line: &Line) -> String {
    let seen = report::one_line(&line.seen);
    let cure =
        line.cure.as_ref().map(|cure| format!("                {}\n", report::one_line(cure))).unwrap_or_default();
    format!("{:14}  {}: {}: {seen}\n{cure}", line.state.word(), line.about, line.what)
}

fn runtime() -> Result<tokio::runtime::Runtime, NotStarted> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(NotStarted::Runtime)
}
