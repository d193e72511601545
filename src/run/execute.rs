//! Many scenarios at once: OS threads, each with its own runtime and its own labs, all telling one journal.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cucumber::step::Collection;
use tokio::sync::Notify;

use super::feature::Scenario;
use super::head::started;
use super::panics;
use super::record::{NotStarted, Recorder, scenario_ref};
use super::scenario::{self, Watch};
use super::vigil::Vigils;
use crate::clock::{Clock, Names};
use crate::event::{NotRun, RunEnd, RunEnded, RunEvent, SelectionRef, ShardRef};
use crate::fault::FaultSet;
use crate::lab::{Material, Reviewed};
use crate::report::{JournalWriter, Ruling};
use crate::spec::{Release, Role};
use crate::steps::{self, World};
use crate::target::Target;
use crate::verdict::Verdict;
use crate::wire::Manner;

/// How many events may wait for the journal.
const EVENTS_WAITING: usize = 1024;

/// What a run is done with.
#[derive(Clone)]
pub struct Settings {
    /// The target.
    pub target: Arc<Target>,
    /// Path of its file, for replay commands.
    pub target_path: Option<PathBuf>,
    /// Paths of a tester's own features, for replay commands.
    pub paths: Vec<PathBuf>,
    /// Release judged against.
    pub release: Release,
    /// What was asked for, its paths left out.
    pub selection: SelectionRef,
    /// The share of the selection that runs, where it is shared out.
    pub shard: Option<ShardRef>,
    /// The report whose failures are run again.
    pub failed_from: Option<String>,
    /// Faults of the reference peers.
    pub faults: FaultSet,
    /// A role of ours that answers everything in one manner.
    pub manner: Option<(Role, Manner)>,
    /// Keys and authorities.
    pub material: Material,
    /// Seed of the run.
    pub seed: u64,
    /// How many threads.
    pub jobs: usize,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Claims that were found contradicted.
    pub reviewed: Reviewed,
    /// Set by Ctrl-C.
    pub interrupt: Interrupt,
    /// The command line, for the report.
    pub command: String,
}

/// A flag that ends a run in good order.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    is_set: AtomicBool,
    raised: Notify,
}

impl Interrupt {
    /// Asks the run to end.
    pub fn set(&self) {
        self.0.is_set.store(true, Ordering::SeqCst);
        self.0.raised.notify_waiters();
    }

    /// Whether it was asked to.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.is_set.load(Ordering::SeqCst)
    }

    /// Waits until it was asked to.
    pub(super) async fn asked(&self) {
        let raised = self.0.raised.notified();
        if !self.is_set() {
            raised.await;
        }
    }
}

impl Settings {
    /// The command that runs one scenario again.
    #[must_use]
    pub fn replay(&self, id: &str) -> String {
        let mut words = vec!["capifspec run".to_owned()];
        words.extend(self.paths.iter().map(|path| quoted(&path.display().to_string())));
        words.extend(self.target_path.iter().map(|path| format!("--target {}", quoted(&path.display().to_string()))));
        words.extend(self.target.overrides.iter().map(|assignment| format!("--set {}", quoted(assignment))));
        if self.release != Release::DEFAULT {
            words.push(format!("--release {}", self.release));
        }
        words.push(format!("--seed {}", self.seed));
        words.push(format!("--scenario {}", quoted(id)));
        words.join(" ")
    }
}

/// A word of a command line, quoted where a shell needs it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:".contains(c));
    if plain && !word.is_empty() { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// What a run tells its caller as it goes, for progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Scenarios ended so far.
    pub done: usize,
    /// Scenarios selected.
    pub selected: usize,
    /// Verdict of the last one.
    pub last: Verdict,
}

/// Runs scenarios into a journal.
///
/// # Errors
/// When the journal cannot be written.
pub fn run(
    scenarios: &[Scenario],
    settings: &Settings,
    journal: &Path,
    progress: &mut dyn FnMut(Outcome),
) -> Result<(), NotStarted> {
    let unwritable = |source| NotStarted::Output { path: journal.to_owned(), source };
    let file = File::create(journal).map_err(unwritable)?;
    let mut writer = JournalWriter::new(BufWriter::new(file));
    let clock = Clock::real();
    let mut done = 0;
    let mut tell = |event: RunEvent| {
        if let RunEvent::ScenarioEnded(ended) = &event {
            done += 1;
            progress(Outcome { done, selected: scenarios.len(), last: ended.verdict });
        }
        writer.append(clock.monotonic_us(), event)
    };
    perform(scenarios, settings, &clock, &mut tell).map_err(unwritable)
}

/// Runs scenarios and keeps the events, for programs that compare runs.
#[must_use]
pub fn observe(scenarios: &[Scenario], settings: &Settings) -> Vec<RunEvent> {
    let mut events = Vec::new();
    let kept = perform(scenarios, settings, &Clock::real(), &mut |event| {
        events.push(event);
        Ok(())
    });
    debug_assert!(kept.is_ok(), "keeping an event cannot fail");
    events
}

fn perform(
    scenarios: &[Scenario],
    settings: &Settings,
    clock: &Clock,
    tell: &mut dyn FnMut(RunEvent) -> io::Result<()>,
) -> io::Result<()> {
    panics::install();
    let started = started(scenarios, settings, clock);
    tell(RunEvent::RunStarted(started.clone()))?;
    let ruling = Ruling::of(&started);
    let queue = Queue::shuffled(scenarios, settings.seed);
    let steps = steps::collection();
    let vigils = Vigils::over(&settings.target);
    let (sender, receiver) = sync_channel(EVENTS_WAITING);
    thread::scope(|scope| {
        let (queue, steps, ruling, vigils) = (&queue, &steps, &ruling, &vigils);
        for _ in 0..settings.jobs.min(scenarios.len()).max(1) {
            let sender = sender.clone();
            scope.spawn(move || worker(queue, settings, steps, (ruling, vigils), &sender));
        }
        drop(sender);
        receiver.into_iter().try_for_each(&mut *tell)
    })?;
    for scenario in queue.rest() {
        let reason = queue.reason(settings).to_owned();
        tell(RunEvent::NotRun(NotRun { scenario: scenario_ref(scenario, settings), reason }))?;
    }
    tell(RunEvent::RunEnded(RunEnded { how: queue.end(settings), duration_us: clock.monotonic_us() }))
}

/// The scenarios in the order of the seed, handed out one by one.
struct Queue<'a> {
    order: Vec<&'a Scenario>,
    next: AtomicUsize,
    taken: Mutex<Vec<&'a str>>,
    failed_fast: AtomicBool,
}

impl<'a> Queue<'a> {
    fn shuffled(scenarios: &'a [Scenario], seed: u64) -> Self {
        let mut order: Vec<&Scenario> = scenarios.iter().collect();
        Names::new(seed, "order of scenarios").shuffle(&mut order);
        Self { order, next: AtomicUsize::new(0), taken: Mutex::default(), failed_fast: AtomicBool::new(false) }
    }

    fn take(&self, interrupt: &Interrupt) -> Option<&'a Scenario> {
        if interrupt.is_set() || self.failed_fast.load(Ordering::SeqCst) {
            return None;
        }
        let scenario = self.order.get(self.next.fetch_add(1, Ordering::SeqCst)).copied()?;
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(&scenario.id);
        Some(scenario)
    }

    fn rest(&self) -> Vec<&'a Scenario> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        self.order.iter().copied().filter(|scenario| !taken.contains(&scenario.id.as_str())).collect()
    }

    fn end(&self, settings: &Settings) -> RunEnd {
        if settings.interrupt.is_set() {
            RunEnd::Interrupted
        } else if self.failed_fast.load(Ordering::SeqCst) {
            RunEnd::FailFast
        } else {
            RunEnd::Completed
        }
    }

    fn reason(&self, settings: &Settings) -> &'static str {
        match self.end(settings) {
            RunEnd::Interrupted => "the run was interrupted before it",
            RunEnd::FailFast => "--fail-fast ended the run before it",
            RunEnd::Completed => "a worker ended before it",
        }
    }
}

fn worker(
    queue: &Queue<'_>,
    settings: &Settings,
    steps: &Collection<World>,
    (ruling, vigils): (&Ruling<'_>, &Vigils),
    events: &SyncSender<RunEvent>,
) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    let stopwatch = Clock::real();
    while let Some(next) = queue.take(&settings.interrupt) {
        let mut recorder = Recorder::new(events, settings);
        let vigil = vigils.of(next.sut);
        let watch = Watch { stopwatch: &stopwatch, vigil };
        let (ended, findings) = runtime.block_on(async {
            if let Some(reason) = vigil.reason_to_pass_over().await {
                scenario::passed_over(next, reason, &mut recorder)
            } else {
                Box::pin(scenario::run(next, settings, steps, &mut recorder, watch)).await
            }
        });
        // A miss that is excused stops nothing.
        let verdict = ruling.verdict(&ended, &findings);
        let failed = matches!(verdict, Verdict::Fail | Verdict::UnexpectedPass | Verdict::Error);
        if settings.fail_fast && failed {
            queue.failed_fast.store(true, Ordering::SeqCst);
        }
    }
}
