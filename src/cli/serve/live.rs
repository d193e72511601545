//! Exchanges as they happen, a line each on standard output. Whoever is served never waits for whoever looks on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::cli::show;
use crate::lab::Serving;
use crate::run::Watch;

/// Lines that may wait to be shown; more are counted only.
const WAITING: usize = 1_000;
/// How long the last lines may take, where nobody reads any more.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines. Ended, the last ones are shown.
pub(super) struct Live {
    lines: SyncSender<Option<String>>,
    done: Receiver<()>,
}

impl Live {
    /// Shows what the served peers take part in from now on.
    pub(super) fn of(serving: &Serving) -> Self {
        let (lines, waiting) = sync_channel::<Option<String>>(WAITING);
        let (tell, done) = sync_channel(1);
        let missed = Arc::new(AtomicU64::new(0));
        let left_out = Arc::clone(&missed);
        thread::spawn(move || {
            while let Ok(Some(line)) = waiting.recv() {
                let missed = left_out.swap(0, Ordering::SeqCst);
                let gap = if missed > 0 { format!("({missed} exchanges are not shown)\n") } else { String::new() };
                show::print(&format!("{gap}{line}\n"));
            }
            // Whoever waited for it has gone on.
            let _gone = tell.send(());
        });
        let watch = Watch::new(&serving.secrets());
        let told = lines.clone();
        serving.timeline.tell(move |exchange| {
            if told.try_send(Some(watch.line(&exchange))).is_err() {
                missed.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { lines, done }
    }

    /// Shows what is left, as far as somebody reads it.
    pub(super) fn end(self) {
        if self.lines.try_send(None).is_ok() {
            let _nobody_reads = self.done.recv_timeout(PATIENCE);
        }
    }
}
