//! `capifspec run`.

use std::fs::{self, File};
use std::io::{BufWriter, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::args::{ReportArguments, RunArguments};
use super::signals::Signals;
use super::{Failure, show};
use crate::clock::Clock;
use crate::event::SelectionRef;
use crate::fault::FaultSet;
use crate::lab::{Material, Reviewed};
use crate::prove;
use crate::report::{self, Journal, JournalWriter, Report};
use crate::run::select::{Again, Selection};
use crate::run::{self, Interrupt, NotStarted, Settings};
use crate::spec::Release;
use crate::target::{self, Target};

/// The journal in a directory of reports.
const JOURNAL: &str = "journal.ndjson";

pub(super) fn run(asked: &RunArguments) -> Result<u8, Failure> {
    let target = super::target::read(asked.target.as_deref(), &asked.set)?;
    let release = asked.selecting.release.or(target.release).unwrap_or(Release::DEFAULT);
    check_waivers(asked, &target)?;
    let again = asked.failed_from.as_deref().map(again).transpose()?;
    let selection = Selection { external: target.external(), again, ..selection(&asked.selecting) };
    let scenarios = run::scenarios(&asked.selecting.paths, &selection, release)?;
    if let Some(again) = &selection.again {
        show::left_out(again, &scenarios);
    }
    let (scenarios, shard) = match asked.shard {
        Some(shard) => {
            let (own, named) = shard.of(scenarios);
            (own, Some(named))
        }
        None => (scenarios, None),
    };
    if asked.dry_run {
        show::listed(&scenarios);
        return Ok(0);
    }
    let target = super::doctor::told_before_a_run(target)?;
    super::doctor::before_a_run(&target, &scenarios)?;
    let settings = Settings { shard, selection: selection.told(), ..settings(asked, target, release)? };
    fs::create_dir_all(&asked.out).map_err(|source| unwritable(&asked.out, source))?;
    report::remove_stale(&asked.out)?;
    let journal = asked.out.join(JOURNAL);
    watch_for_interrupt(&settings.interrupt);
    let mut progress = show::Progress::new(std::io::stderr().is_terminal());
    run::run(&scenarios, &settings, &journal, &mut |outcome| progress.tell(outcome))?;
    progress.clear();
    report_on(&journal, &asked.out)
}

/// Makes the reports of a journal again.
pub(super) fn report(asked: &ReportArguments) -> Result<u8, Failure> {
    let Some(from) = &asked.from else {
        return merged(&asked.merge, asked.out.as_deref().unwrap_or(Path::new(".")));
    };
    let beside = from.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    report_on(from, asked.out.as_deref().unwrap_or(beside))
}

/// One journal, and the reports of it, out of those of all shares.
fn merged(shares: &[PathBuf], out: &Path) -> Result<u8, Failure> {
    let target = out.join(JOURNAL);
    let mut journals = Vec::new();
    for path in shares {
        let journal = if path.is_dir() { path.join(JOURNAL) } else { path.clone() };
        let same = |one: &Path| one.canonicalize().ok();
        if same(&journal).is_some() && same(&journal) == same(&target) {
            let why = format!("--out {} is a share itself; choose another place", out.display());
            return Err(Failure::Usage(why));
        }
        journals.push((journal.display().to_string(), read(&journal)?));
    }
    let merged = report::merge(&journals).map_err(|error| Failure::Journal(error.to_string()))?;
    fs::create_dir_all(out).map_err(|source| unwritable(out, source))?;
    report::remove_stale(out)?;
    write(&merged, &target).map_err(|source| unwritable(&target, source))?;
    report_on(&target, out)
}

fn write(journal: &Journal, path: &Path) -> std::io::Result<()> {
    let mut writer = JournalWriter::new(BufWriter::new(File::create(path)?));
    journal.entries().iter().try_for_each(|entry| writer.append(entry.at_us, entry.event.clone()))
}

pub(super) fn selection(asked: &super::args::Selecting) -> Selection {
    Selection {
        requirements: asked.requirement.clone(),
        tags: asked.tags.clone(),
        sut: asked.sut.clone(),
        names: asked.scenario.clone(),
        external: Vec::new(),
        again: None,
    }
}

/// That the checks and scenarios exist that the target file waives.
fn check_waivers(asked: &RunArguments, target: &Target) -> Result<(), Failure> {
    let Some(path) = asked.target.as_deref().filter(|_| !target.waivers.is_empty()) else {
        return Ok(());
    };
    let scenarios = run::known_ids(&asked.selecting.paths)?;
    let scenarios: Vec<&str> = scenarios.iter().map(String::as_str).collect();
    Ok(target::known_subjects(&target.waivers, path, &prove::check_names(), &scenarios)?)
}

/// What a report leaves to be run again.
fn again(path: &Path) -> Result<Again, Failure> {
    let again = super::prove::side(path)?.to_repeat();
    if again.wanted.is_empty() && !again.unnamed_too {
        return Err(Failure::NothingLeft(format!(
            "{}: nothing failed, was inconclusive or was left out in it; there is nothing to run again",
            path.display()
        )));
    }
    Ok(again)
}

fn settings(asked: &RunArguments, target: Target, release: Release) -> Result<Settings, Failure> {
    let material = Material::make(&Clock::virtual_from_now(), &target.harness).map_err(NotStarted::from)?;
    let jobs = asked.jobs.map_or_else(|| thread::available_parallelism().map_or(1, Into::into), Into::into);
    let jobs = if target.is_serial() { 1 } else { jobs };
    Ok(Settings {
        target: Arc::new(target),
        target_path: asked.target.clone(),
        paths: asked.selecting.paths.clone(),
        release,
        selection: SelectionRef::default(),
        shard: None,
        failed_from: asked.failed_from.as_ref().map(|path| path.display().to_string()),
        faults: FaultSet::default(),
        manner: None,
        material,
        seed: asked.seed,
        jobs,
        fail_fast: asked.fail_fast,
        reviewed: Reviewed::default(),
        interrupt: Interrupt::default(),
        command: show::command_line(),
    })
}

/// Makes every report from the journal and says how the run went.
fn report_on(journal: &Path, out: &Path) -> Result<u8, Failure> {
    let journal = read(journal)?;
    let report = Report::from_journal(&journal);
    report::write_all(out, &report)?;
    show::terminal(&report, out);
    Ok(report.exit_code())
}

fn read(journal: &Path) -> Result<Journal, Failure> {
    report::read_journal(journal).map_err(|error| Failure::Journal(show::chain(&error)))
}

fn unwritable(path: &Path, source: std::io::Error) -> NotStarted {
    NotStarted::Output { path: path.to_owned(), source }
}

/// The first Ctrl-C ends the run in good order; a second one ends the process as usual.
fn watch_for_interrupt(interrupt: &Interrupt) {
    let interrupt = interrupt.clone();
    thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(mut signals) = Signals::heeded() else { return };
            signals.next().await;
            interrupt.set();
            show::remark(
                "interrupted: what was created is deleted again, and the reports are written; once more ends at once",
            );
            signals.next().await;
            show::abandon();
        });
    });
}
