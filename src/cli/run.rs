//! `capifspec run`.

use std::fs;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::args::{ReportArguments, RunArguments};
use super::{Failure, show};
use crate::clock::Clock;
use crate::fault::FaultSet;
use crate::lab::Material;
use crate::report::{self, Report};
use crate::run::select::Selection;
use crate::run::{self, Interrupt, NotStarted, Settings};
use crate::spec::Release;
use crate::target::Target;

pub(super) fn run(asked: &RunArguments) -> Result<u8, Failure> {
    let target = super::target::read(asked.target.as_deref(), &asked.set)?;
    let release = asked.selecting.release.or(target.release).unwrap_or(Release::DEFAULT);
    let selection = Selection { external: target.external(), ..selection(&asked.selecting) };
    let scenarios = run::scenarios(&asked.selecting.paths, &selection, release)?;
    if asked.dry_run {
        show::listed(&scenarios);
        return Ok(0);
    }
    super::doctor::before_a_run(&target, &scenarios)?;
    let settings = settings(asked, target, release)?;
    fs::create_dir_all(&asked.out).map_err(|source| unwritable(&asked.out, source))?;
    report::remove_stale(&asked.out)?;
    let journal = asked.out.join("journal.ndjson");
    watch_for_interrupt(&settings.interrupt);
    let mut progress = show::Progress::new(std::io::stderr().is_terminal());
    run::run(&scenarios, &settings, &journal, &mut |outcome| progress.tell(outcome))?;
    progress.clear();
    report_on(&journal, &asked.out)
}

/// Makes the reports of a journal again.
pub(super) fn report(asked: &ReportArguments) -> Result<u8, Failure> {
    let beside = asked.from.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    report_on(&asked.from, asked.out.as_deref().unwrap_or(beside))
}

pub(super) fn selection(asked: &super::args::Selecting) -> Selection {
    Selection {
        requirements: asked.requirement.clone(),
        tags: asked.tags.clone(),
        sut: asked.sut,
        names: asked.scenario.clone(),
        external: Vec::new(),
    }
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
        faults: FaultSet::default(),
        manner: None,
        material,
        seed: asked.seed,
        jobs,
        fail_fast: asked.fail_fast,
        interrupt: Interrupt::default(),
        command: show::command_line(),
    })
}

/// Makes every report from the journal and says how the run went.
fn report_on(journal: &Path, out: &Path) -> Result<u8, Failure> {
    let journal = report::read_journal(journal).map_err(|error| Failure::Journal(show::chain(&error)))?;
    let report = Report::from_journal(&journal);
    report::write_all(out, &report)?;
    show::terminal(&report, out);
    Ok(report.exit_code())
}

fn unwritable(path: &Path, source: std::io::Error) -> NotStarted {
    NotStarted::Output { path: path.to_owned(), source }
}

/// The first Ctrl-C ends the run in good order; a second one ends the process as usual.
fn watch_for_interrupt(interrupt: &Interrupt) {
    let interrupt = interrupt.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime
            && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
        {
            interrupt.set();
            if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                show::abandon();
            }
        }
    });
}
