//! Running scenarios: discovery, lint, selection, sharding over threads, and the events that every report is made of.
//!
//! cucumber-rs gives the step macros, the expressions and the matching ([`cucumber::step::Collection`]); scenarios are
//! carried out here. Its own runner is one task without deadlines, tells hooks before the step that failed, swaps the
//! panic hook and keeps the World of a passed step to itself: all four are needed here the other way round.

mod execute;
pub mod feature;
mod head;
pub mod lint;
mod panics;
mod record;
mod scenario;
pub mod select;
pub mod tag_expression;
mod vigil;
mod watch;

pub use execute::{Interrupt, Outcome, Settings, observe, quoted, run};
pub use record::NotStarted;
pub use watch::Watch;

use std::path::{Path, PathBuf};

use feature::{FeatureError, Scenario, Source};
use lint::Problem;
use select::Selection;

use crate::spec::Release;

/// Why a scenario ends that somebody broke off.
pub const INTERRUPTED: &str = "interrupted";

/// Why there is nothing to run.
#[derive(Debug, thiserror::Error)]
pub enum NothingToRun {
    /// The feature files cannot be had.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// Lint found problems.
    #[error("{}", on_one_screen(.0))]
    Lint(Vec<Problem>),
    /// The selection selects nothing.
    #[error("no scenario of release {0} matches the selection; `capifspec list` shows what there is")]
    Selection(Release),
}

/// Problems that are shown before a run is refused; a screen holds no more.
const PROBLEMS_SHOWN: usize = 2;

fn on_one_screen(problems: &[Problem]) -> String {
    let shown: Vec<String> = problems.iter().take(PROBLEMS_SHOWN).map(ToString::to_string).collect();
    match problems.len().saturating_sub(PROBLEMS_SHOWN) {
        0 => shown.join("\n"),
        more => format!("{}\nand {more} more; `capifspec lint` with the same paths shows them all", shown.join("\n")),
    }
}

/// The feature files that a command speaks of: embedded ones without paths.
///
/// # Errors
/// When a path cannot be read.
pub fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, FeatureError> {
    if paths.is_empty() {
        return Ok(feature::embedded());
    }
    let found: Result<Vec<Vec<Source>>, FeatureError> =
        paths.iter().map(|path: &PathBuf| feature::from_path(Path::new(path))).collect();
    Ok(found?.concat())
}

/// Ids of every scenario that a command could speak of: those of its paths, and the embedded ones.
///
/// # Errors
/// When something is wrong with the files.
pub fn known_ids(paths: &[PathBuf]) -> Result<Vec<String>, NothingToRun> {
    let mut ids = Vec::new();
    let own = (!paths.is_empty()).then_some(paths);
    for paths in own.into_iter().chain([&[][..]]) {
        let found = lint::read(&sources(paths)?, &crate::steps::collection()).map_err(NothingToRun::Lint)?;
        ids.extend(found.into_iter().map(|scenario| scenario.id));
    }
    Ok(ids)
}

/// The scenarios that a command speaks of, linted and selected.
///
/// # Errors
/// When something is wrong with the files, or nothing is left.
pub fn scenarios(paths: &[PathBuf], selection: &Selection, release: Release) -> Result<Vec<Scenario>, NothingToRun> {
    let found = lint::read(&sources(paths)?, &crate::steps::collection()).map_err(NothingToRun::Lint)?;
    let selected: Vec<Scenario> = found.into_iter().filter(|scenario| selection.takes(scenario, release)).collect();
    if selected.is_empty() { Err(NothingToRun::Selection(release)) } else { Ok(selected) }
}
