//! How many connections there may be.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most connections, however many file descriptors there are: what memory is reckoned with.
const MOST: u64 = 16 * 1024;

/// File descriptors for everything else but the database: the operator's connections, sockets, the log,
/// files that are open for a moment.
const RESERVE: u64 = 64;

/// The most connections that this process can have beside `to_database`. Its limit of open files is
/// raised as far as it may be: the usual 1024 is kept low for programs that use `select`.
pub(super) fn most_connections(to_database: u32) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // `None` is without limit.
    let files = files.unwrap_or(u64::MAX);
    if files / 2 < reserve(to_database) {
        tracing::warn!(
            files,
            to_database,
            "few files may be open: raise the limit (LimitNOFILE, ulimit -n), or lower \
             database.max_connections"
        );
    }
    connections(files, to_database)
}

fn reserve(to_database: u32) -> u64 {
    RESERVE + u64::from(to_database)
}

fn connections(files: u64, to_database: u32) -> usize {
    let reserve = reserve(to_database);
    // Where there are next to none, half of them are better than none.
    let most = files.saturating_sub(reserve).max(files / 2).min(MOST);
    usize::try_from(most).unwrap_or(usize::MAX).max(1)
}

/// The places for connections.
#[derive(Clone, Debug)]
pub(in crate::app) struct Places {
    most: usize,
    free: Arc<Semaphore>,
    accepted: Arc<AtomicU64>,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self { most, free: Arc::new(Semaphore::new(most)), accepted: Arc::default() }
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many are taken; the one that waits for the next connection is not.
    pub(super) fn taken(&self) -> usize {
        (self.most - self.free.available_permits().min(self.most)).saturating_sub(1)
    }

    /// How many connections there have been.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// A connection has its place.
    pub(super) fn count(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns as soon as no place is taken.
    pub(super) async fn all_free(&self) {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _ = self.free.acquire_many(most).await;
    }

    /// The next place that is free.
    pub(super) async fn take(&self) -> Place {
        let free = Arc::clone(&self.free);
        // The semaphore is never closed.
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        Place { free, few: self.most / 4, _permit: permit }
    }
}

/// One connection's place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    free: Arc<Semaphore>,
    few: usize,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Place {
    /// Whether less than a quarter of the places is free.
    pub(super) fn is_crowded(&self) -> bool {
        self.free.available_permits() < self.few
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn some_file_descriptors_are_left_for_the_rest() {
        for (files, to_database, expected) in [
            (0, 14, 1),
            (1, 14, 1),
            (64, 14, 32),
            (256, 14, 178),
            (1024, 14, 946),
            (4096, 1004, 3028),
            (1024, 1004, 512),
            (u64::MAX, 1004, 16 * 1024),
        ] {
            assert_eq!(connections(files, to_database), expected, "{files} {to_database}");
        }
    }

    #[test]
    fn the_limit_of_open_files_is_raised() {
        most_connections(14);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_its_connection_has_ended() {
        let places = Places::new(4);
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(places.take().await);
        }
        assert!(places.take().now_or_never().is_none());
        assert!(taken[0].is_crowded());
        taken.truncate(2);
        let _place = places.take().now_or_never().unwrap();
        assert!(!taken[0].is_crowded());
    }
}
