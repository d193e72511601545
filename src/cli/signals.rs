//! What ends a program in good order: Ctrl-C, and SIGTERM as a pipeline sends it that is cancelled.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that came since this was made.
pub(super) struct Signals {
    interrupted: Signal,
    terminated: Signal,
}

impl Signals {
    /// Heeds them from now on.
    pub(super) fn heeded() -> io::Result<Self> {
        Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}
