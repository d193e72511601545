//! `capifspec coverage`, `capifspec mutants` and `capifspec diff`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::args::{CoverageArguments, DiffArguments, Format, MutantsArguments};
use super::{Failure, show};
use crate::clock::Clock;
use crate::event::SelectionRef;
use crate::fault::{Fault, FaultSet};
use crate::lab::{Material, Reviewed};
use crate::prove::coverage::{Coverage, Row};
use crate::prove::diff::{Change, Diff, Lost, Side};
use crate::prove::mutants::{self, Matrix, Mutant, Scope};
use crate::report;
use crate::run::select::Selection;
use crate::run::{self, Interrupt, NotStarted, Settings};
use crate::spec::{Release, RequirementId};
use crate::target::{Harness, Target};
use crate::verdict::Verdict;

/// Requirements that a comparison names for one reason; all of them are in its JSON.
const LOST: usize = 12;
/// Reasons that it gives for one requirement.
const REASONS: usize = 3;

pub(super) fn coverage(asked: &CoverageArguments) -> Result<u8, Failure> {
    let scenarios = run::scenarios(&[], &Selection::default(), Release::DEFAULT)?;
    let jobs = thread::available_parallelism().map_or(1, Into::into);
    let mut coverage = Coverage::of_run(&scenarios, &run::observe(&scenarios, &settings(1, jobs)?));
    let wanted = |row: &Row| {
        let id = row.id.parse::<RequirementId>();
        let selected = asked.requirement.is_empty()
            || id.is_ok_and(|id| asked.requirement.iter().any(|selector| selector.matches(id)));
        selected && (!asked.missing || (row.scenarios.is_empty() && row.untested.is_none()))
    };
    coverage.requirements.retain(wanted);
    match asked.format {
        Format::Json => show::print_json(&serde_json::json!(coverage)),
        Format::Text => show::print(&coverage_text(&coverage)),
    }
    Ok(0)
}

fn coverage_text(coverage: &Coverage) -> String {
    let mut out = String::new();
    for row in &coverage.requirements {
        let state = match (&row.untested, row.scenarios.len()) {
            (Some(reason), _) => format!("untested: {reason}"),
            (None, 0) => "not yet judged".to_owned(),
            (None, n) => format!(
                "{n} scenario{}; {}; {}",
                if n == 1 { "" } else { "s" },
                row.checks.join(", "),
                if row.killed_by.is_empty() {
                    "no fault".to_owned()
                } else {
                    format!("killed by {}", row.killed_by.join(", "))
                },
            ),
        };
        let _ = writeln!(out, "{:24} {:7} {:6} {state}", row.id, row.role, row.strength);
    }
    let totals = &coverage.totals;
    let _ = writeln!(
        out,
        "{} requirements: {} judged, {} untested with a reason; of {} observable shalls {} judged, {} with a fault that worsens them",
        totals.requirements,
        totals.judged,
        totals.untested,
        totals.shall_observable,
        totals.shall_judged,
        totals.shall_killed
    );
    out
}

pub(super) fn mutants(asked: &MutantsArguments) -> Result<u8, Failure> {
    let scenarios = run::scenarios(&[], &Selection::default(), Release::DEFAULT)?;
    let faults = faults(asked)?;
    let scope = if asked.quick { Scope::ItsOwn } else { Scope::Everything };
    let settings = settings(asked.seed, asked.jobs.into())?;
    let live = asked.format == Format::Text;
    let matrix = mutants::matrix(&scenarios, &faults, &settings, scope, &mut |mutant| {
        if live {
            show::print(&mutant_text(mutant));
        }
    });
    match asked.format {
        Format::Json => show::print_json(&serde_json::json!(matrix)),
        Format::Text => show::print(&totals_text(&matrix)),
    }
    Ok(u8::from(matrix.totals.survived > 0 || matrix.healthy > Verdict::Warn))
}

/// The faults that are meant.
fn faults(asked: &MutantsArguments) -> Result<Vec<Fault>, Failure> {
    let mut faults = if asked.fault.is_empty() { Fault::ALL.to_vec() } else { asked.fault.clone() };
    faults.retain(|fault| asked.sut.is_empty() || asked.sut.contains(&fault.role()));
    if faults.is_empty() {
        let roles: Vec<&str> = asked.sut.iter().map(|role| role.code()).collect();
        return Err(Failure::NothingLeft(format!("none of these faults is one of {}", roles.join(", "))));
    }
    Ok(faults)
}

fn mutant_text(mutant: &Mutant) -> String {
    let collateral =
        if mutant.collateral.is_empty() { String::new() } else { format!("; also {}", mutant.collateral.join(" ")) };
    if mutant.killed {
        format!("killed    {:40} {}{collateral}\n", mutant.fault, mutant.worsened.join(" "))
    } else {
        format!("SURVIVED  {:40} breaks {}{collateral}\n", mutant.fault, mutant.breaks.join(" "))
    }
}

fn totals_text(matrix: &Matrix) -> String {
    let totals = matrix.totals;
    format!(
        "{} faults: {} killed, {} survived; healthy peers: {}\n",
        totals.faults, totals.killed, totals.survived, matrix.healthy
    )
}

/// Settings of a run against the built-in peers that is watched, not reported.
fn settings(seed: u64, jobs: usize) -> Result<Settings, Failure> {
    Ok(Settings {
        target: Arc::new(Target::built_in()),
        target_path: None,
        paths: Vec::new(),
        release: Release::DEFAULT,
        selection: SelectionRef::default(),
        shard: None,
        failed_from: None,
        faults: FaultSet::default(),
        manner: None,
        material: Material::make(&Clock::virtual_from_now(), &Harness::default()).map_err(NotStarted::from)?,
        seed,
        jobs,
        fail_fast: false,
        reviewed: Reviewed::default(),
        interrupt: Interrupt::default(),
        command: show::command_line(),
    })
}

/// Compares two runs.
pub(super) fn diff(asked: &DiffArguments) -> Result<u8, Failure> {
    let diff = Diff::between(&side(&asked.old)?, &side(&asked.new)?);
    match asked.format {
        Format::Json => show::print_json(&serde_json::json!(diff)),
        Format::Text => show::print(&diff_text(&diff)),
    }
    Ok(diff.exit_code())
}

pub(super) fn side(path: &Path) -> Result<Side, Failure> {
    let told = |why: &dyn std::fmt::Display| Failure::Usage(format!("{}: {why}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| told(&error))?;
    Side::read(&text).map_err(|unreadable| told(&unreadable))
}

fn diff_text(diff: &Diff) -> String {
    let mut out = String::new();
    for note in &diff.notes {
        let _ = writeln!(out, "note: {note}");
    }
    let groups = [
        ("new failures", &diff.new_failures),
        ("fixed", &diff.fixed),
        ("changed", &diff.changed),
        ("appeared", &diff.appeared),
        ("vanished", &diff.vanished),
    ];
    for (title, changes) in groups {
        if !changes.is_empty() {
            let _ = writeln!(out, "{title}");
        }
        for change in changes {
            let _ = writeln!(out, "  {:32} {}", change_text(change), change.scenario);
            if let Some(reason) = &change.reason {
                let _ = writeln!(out, "  {:32} {}", "", report::one_line(reason));
            }
        }
    }
    out.push_str(&lost_text("no longer judged", &diff.no_longer_judged));
    out.push_str(&lost_text("not asked for this time", &diff.not_asked_for));
    if !diff.waivers.is_empty() {
        let _ = writeln!(out, "waivers that fail the run");
    }
    for waiver in &diff.waivers {
        let _ = writeln!(out, "  {waiver}");
    }
    let mut counts = groups.map(|(title, changes)| format!("{} {title}", changes.len())).to_vec();
    counts.push(format!("{} no longer judged", diff.no_longer_judged.len()));
    let ending = if diff.is_regression() {
        "worse than before"
    } else if !diff.complete {
        "no worse as far as it went, but the new run is incomplete"
    } else if diff.is_whole() {
        "no worse than before"
    } else {
        "no worse as far as it was asked, but it was asked for less; compare it with a run that was asked for the same"
    };
    let _ = writeln!(out, "{}: {ending}", counts.join(" · "));
    // Ids and reasons quote feature files, target files and products.
    report::visible(&out).into_owned()
}

/// Requirements that nothing judges now, with one reason together.
fn lost_text(title: &str, lost: &[Lost]) -> String {
    let mut by_reason: BTreeMap<&[String], Vec<&Lost>> = BTreeMap::new();
    for one in lost {
        by_reason.entry(&one.because).or_default().push(one);
    }
    let mut out = if lost.is_empty() { String::new() } else { format!("{title}\n") };
    for (because, lost) in by_reason {
        for one in lost.iter().take(LOST) {
            let change = format!("{} → not judged", one.before);
            let _ = writeln!(out, "  {change:32} {}", one.requirement);
        }
        if lost.len() > LOST {
            let _ = writeln!(out, "  {:32} … and {} more", "", lost.len() - LOST);
        }
        for reason in because.iter().take(REASONS) {
            let _ = writeln!(out, "  {:32} {}", "", report::one_line(reason));
        }
        if because.len() > REASONS {
            let _ = writeln!(out, "  {:32} … and {} more reasons", "", because.len() - REASONS);
        }
    }
    out
}

fn change_text(change: &Change) -> String {
    let word = |verdict: Option<Verdict>| verdict.map_or("not there", Verdict::word);
    format!("{} → {}", word(change.before), word(change.after))
}
