//! Signals: the first ends the accepting, the second ends the waiting.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long running requests may take after the first signal.
pub(super) const DRAIN: Duration = Duration::from_secs(30);

/// How long connections that are idle may stay after it, for requests that are on their way.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// SIGTERM and SIGINT.
#[derive(Debug)]
pub(super) struct Shutdown {
    terminate: Signal,
    interrupt: Signal,
    /// Listened for so that it ends nothing: a terminal that goes away is no reason to stop.
    _hangup: Signal,
}

impl Shutdown {
    /// Begins to listen for the signals.
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal.
    pub(super) async fn requested(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
