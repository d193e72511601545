//! Target files of the command line: which one, what goes before it, and `capifspec target explain`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{DoctorArguments, Format};
use super::{Failure, show};
use crate::prove::explain::{self, Explained, OfRole};
use crate::report;
use crate::run::{self, select::Selection};
use crate::spec::Release;
use crate::target::{self, JSON_SCHEMA, Overlay, Setting, Survey, Target};

/// The variable that names the target file where the command line does not.
const VARIABLE: &str = "CAPIFSPEC_TARGET";
/// Where `init` writes one.
const USUAL: &str = "target.toml";

/// The target file that is meant.
pub(super) fn named(asked: Option<PathBuf>) -> Option<PathBuf> {
    asked.or_else(|| std::env::var_os(VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from))
}

/// The same where there has to be one.
pub(super) fn wanted(asked: &DoctorArguments) -> Result<(PathBuf, Overlay), Failure> {
    let path = named(asked.target.clone()).unwrap_or_else(|| PathBuf::from(USUAL));
    if path == Path::new(USUAL) && !path.exists() {
        return Err(Failure::Usage(format!(
            "no target file is named, and there is no {USUAL}; name one with --target, or write one with `capifspec init`"
        )));
    }
    Ok((path, overlay(&asked.set)?))
}

/// The target of a run.
pub(super) fn read(path: Option<&Path>, set: &[String]) -> Result<Target, Failure> {
    let overlay = overlay(set)?;
    let Some(path) = path else {
        if let Some(assignment) = set.first() {
            return Err(Failure::Usage(format!(
                "--set {assignment} goes before a target file; name one with --target or {VARIABLE}"
            )));
        }
        for name in overlay.variables() {
            show::remark(&format!("{name} has no effect: it goes before a target file, and none is named"));
        }
        return Ok(Target::built_in());
    };
    Ok(target::read_with(path, &overlay)?)
}

pub(super) fn overlay(set: &[String]) -> Result<Overlay, Failure> {
    Ok(Overlay::of(std::env::vars_os(), set)?)
}

pub(super) fn schema() -> u8 {
    show::print(JSON_SCHEMA);
    0
}

pub(super) fn explain(asked: &DoctorArguments) -> Result<u8, Failure> {
    let (path, overlay) = wanted(asked)?;
    let survey = target::survey(&path, &overlay, false)?;
    let release = survey.target.release.unwrap_or(Release::DEFAULT);
    let scenarios = run::scenarios(&[], &Selection::default(), release)?;
    let explained = explain::explain(&survey.target, &scenarios);
    match asked.format {
        Format::Text => show::print(&text(&survey, &explained)),
        Format::Json => show::print_json(&json(&survey, &explained)),
    }
    Ok(0)
}

fn text(survey: &Survey, explained: &Explained) -> String {
    let mut out = format!("{}\n\nValues\n", report::one_line(&survey.target.name));
    let width = survey.settings.iter().map(|setting| setting.key.len()).max().unwrap_or(0);
    for setting in &survey.settings {
        let value = valued(setting);
        let value = report::one_line(&value);
        out.push_str(&format!("  {:width$}  {value}  ({})\n", setting.key, setting.origin));
    }
    let readings = survey.target.readings.iter().filter(|(id, _)| survey.target.readings.is_default(*id)).count();
    out.push_str(&format!("  {readings} places where texts disagree are read by default\n"));
    for role in &explained.roles {
        out.push_str(&of_role(role));
    }
    let built_in: Vec<&str> = explained.built_in.iter().map(|role| role.code()).collect();
    out.push_str(&format!("\nBuilt in, and not judged: {}\n", built_in.join(", ")));
    out
}

fn of_role(told: &OfRole) -> String {
    let mut out = format!("\n{} is yours: {} scenarios judge it\n", told.role.code(), told.scenarios);
    let mut line = |label: &str, text: &str| out.push_str(&format!("  {label:16} {text}\n"));
    line("we play", told.plays);
    for text in &told.listens {
        line("we listen", text);
    }
    for text in &told.certificates {
        line("certificates", text);
    }
    line("control", &told.surface);
    let acts: Vec<&str> = told.acts.iter().map(|act| act.word()).collect();
    line("acts needed", &acts.join(", "));
    line("without control", &format!("{} of {} scenarios are not applicable", told.need_control, told.scenarios));
    if let Some(besides) = &told.besides {
        line("configured", besides);
    }
    line("claims", &told.claims);
    for (capability, count) in &told.deselected {
        line("not claimed", &format!("{capability}: {count} scenarios are not applicable"));
    }
    out
}

/// A value; of a secret that comes from the environment, and of a file, whether it is there.
fn valued(setting: &Setting) -> String {
    match &setting.secret {
        None if setting.not_there => format!("{} (not there yet)", setting.value),
        None => setting.value.clone(),
        Some(state) => format!("{} {state}", setting.value),
    }
}

fn json(survey: &Survey, explained: &Explained) -> serde_json::Value {
    let settings: Vec<_> = survey
        .settings
        .iter()
        .map(|setting| {
            json!({
                "key": setting.key, "value": setting.value, "origin": setting.origin.to_string(), "secret": setting.secret,
                "not_there": setting.not_there,
            })
        })
        .collect();
    let readings: serde_json::Map<String, serde_json::Value> =
        survey.target.readings.iter().map(|(id, option)| (id.to_string(), option.into())).collect();
    let roles: Vec<_> = explained
        .roles
        .iter()
        .map(|told| {
            let deselected: Vec<_> =
                told.deselected.iter().map(|(cap, count)| json!({ "capability": cap, "scenarios": count })).collect();
            json!({
                "role": told.role, "scenarios": told.scenarios, "plays": told.plays, "listens": told.listens,
                "certificates": told.certificates, "control": told.surface,
                "acts": told.acts.iter().map(|act| act.word()).collect::<Vec<_>>(),
                "not_applicable_without_control": told.need_control, "configured": told.besides, "claims": told.claims, "not_claimed": deselected,
            })
        })
        .collect();
    json!({
        "schema": "capifspec.explain/1", "name": survey.target.name, "values": settings, "readings": readings,
        "roles": roles, "built_in": explained.built_in,
    })
}
