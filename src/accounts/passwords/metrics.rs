//! What the threads that hash have done, and how many wait for them.

use std::time::Duration;
#[cfg(feature = "server")]
use std::{fmt, sync::Arc};

#[cfg(feature = "server")]
use super::{Shared, queue::Load};
#[cfg(feature = "server")]
use crate::metrics::{Collector, DescriptorEncoder, Registry, gauge};
use crate::metrics::{Histogram, seconds};

/// How long checks took.
#[derive(Clone, Debug)]
pub(super) struct Times {
    hashing: Histogram,
    whole: Histogram,
}

impl Default for Times {
    fn default() -> Self {
        Self { hashing: seconds(), whole: seconds() }
    }
}

impl Times {
    /// A check was made: how long threads were at it, and how long it took with its waiting.
    pub(super) fn observe(&self, hashing: Duration, whole: Duration) {
        self.hashing.observe(hashing.as_secs_f64());
        self.whole.observe(whole.as_secs_f64());
    }
}

/// Adds the times, and the queue as it is whenever it is asked for.
#[cfg(feature = "server")]
pub(super) fn register(shared: &Arc<Shared>, registry: &mut Registry) {
    registry.register(
        "password_hashing_seconds",
        "Time of threads for one password check; what it shared with others is counted whole",
        shared.times.hashing.clone(),
    );
    registry.register(
        "password_check_seconds",
        "Time from a password check's admission to its end, waiting included",
        shared.times.whole.clone(),
    );
    registry.register_collector(Box::new(Queue(Arc::clone(shared))));
}

#[cfg(feature = "server")]
struct Queue(Arc<Shared>);

#[cfg(feature = "server")]
impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Queue").field(&self.0.limits).finish()
    }
}

#[cfg(feature = "server")]
impl Collector for Queue {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let Load { running, waiting } = self.0.workers.load();
        let help = "Password checks that hold a place on a thread.";
        gauge(encoder, "password_checks_running", help, running)?;
        let help = "Password checks that wait for one.";
        gauge(encoder, "password_checks_waiting", help, waiting)?;
        let help = "As many password checks may wait.";
        gauge(encoder, "password_queue_limit", help, self.0.limits.queue)?;
        gauge(encoder, "password_workers", "Threads that hash.", self.0.limits.workers)
    }
}
