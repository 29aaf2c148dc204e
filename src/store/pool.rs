//! A small pool of one engine's connections.
//!
//! sqlx's own pool asks the server whether a connection still lives each time one comes back, without
//! a time limit: a second round trip for every statement, and a slot lost for as long as a silent
//! network lasts. This one gives a connection back only after a whole answer, checks one only where
//! it was idle or its user went away, and never waits without a limit.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{self, sleep, timeout, timeout_at},
};

use super::driver::Driver;

/// An idle connection is asked whether it still lives before it is used again.
const CHECK_AFTER_IDLE: Duration = Duration::from_secs(5);
/// An idle connection is closed: Django needs the server's slots too.
const CLOSE_AFTER_IDLE: Duration = Duration::from_mins(10);
/// A connection is closed at this age, so that changes of name resolution and settings arrive.
const CLOSE_AFTER: Duration = Duration::from_mins(30);
/// How long a connection may take to show that it is still usable.
const CHECK_LIMIT: Duration = Duration::from_secs(2);
/// A server that was there, and has been away for no longer than this (or than a connection is waited
/// for, where that is longer), is being restarted: worth waiting for.
const RESTART: Duration = Duration::from_secs(10);
/// The pause between two attempts to reach a server that is being restarted.
const RESTART_PAUSE: Duration = Duration::from_millis(50);

/// Longer than anybody waits, and near enough for a clock.
const A_YEAR: Duration = Duration::from_hours(365 * 24);

/// How many connections, and how long to wait for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolLimits {
    pub(super) max_connections: usize,
    pub(super) acquire_timeout: Duration,
}

/// Until when a statement's connection is waited for, and whether it has one.
#[derive(Debug)]
pub(super) struct Start {
    by: time::Instant,
    begun: AtomicBool,
}

impl Start {
    pub(super) fn by(by: time::Instant) -> Self {
        Self { by, begun: AtomicBool::new(false) }
    }

    pub(super) fn latest(&self) -> time::Instant {
        self.by
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// The connection is there; the statement has limits of its own.
    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum AcquireError {
    #[error("no connection became free within {0:?}")]
    Busy(Duration),
    #[error("no connection could be opened within {0:?}")]
    Slow(Duration),
    #[error("the store is closed")]
    Closed,
    #[error(transparent)]
    Connect(#[from] sqlx::Error),
}

/// A pool of one driver's connections.
pub(super) struct Pool<D: Driver> {
    driver: D,
    limits: PoolLimits,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    state: Mutex<State<D::Connection>>,
}

/// How the connections of a pool stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// Lent, or being opened.
    pub(super) busy: usize,
    pub(super) idle: usize,
    pub(super) most: usize,
    /// How many wait for one.
    pub(super) waiting: usize,
}

/// One that waits, until it is dropped.
struct Wait<'a>(&'a AtomicUsize);

impl<'a> Wait<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct State<C> {
    /// The connection used last is at the back, and used next.
    idle: VecDeque<Idle<C>>,
    /// Connections opened before this are not used again.
    fresh_since: Option<Instant>,
    /// Whether the server has ever answered,
    has_answered: bool,
    /// and when it was first found not to, since it last did.
    away_since: Option<Instant>,
}

struct Idle<C> {
    connection: C,
    opened: Instant,
    since: Instant,
}

impl<D: Driver> Pool<D> {
    /// An empty pool; nothing is opened before it is needed.
    pub(super) fn new(driver: D, mut limits: PoolLimits) -> Self {
        limits.acquire_timeout = limits.acquire_timeout.min(A_YEAR);
        let slots =
            Arc::new(Semaphore::new(limits.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
        let state = State {
            idle: VecDeque::new(),
            fresh_since: None,
            has_answered: false,
            away_since: None,
        };
        Self { driver, limits, slots, waiting: AtomicUsize::new(0), state: Mutex::new(state) }
    }

    /// How the connections stand now.
    pub(super) fn standing(&self) -> Standing {
        let most = self.limits.max_connections;
        let busy = most.saturating_sub(self.slots.available_permits());
        let waiting = self.waiting.load(Ordering::Relaxed);
        Standing { busy, idle: self.lock().idle.len(), most, waiting }
    }

    /// The driver whose connections these are.
    pub(super) fn driver(&self) -> &D {
        &self.driver
    }

    /// How many connections there may be, and how long one is waited for.
    pub(super) fn limits(&self) -> PoolLimits {
        self.limits
    }

    /// What begins now may wait for so long.
    pub(super) fn start(&self) -> Start {
        Start::by(time::Instant::now() + self.limits.acquire_timeout)
    }

    /// A connection, idle or new.
    pub(super) async fn acquire(self: &Arc<Self>, start: &Start) -> Result<Lease<D>, AcquireError> {
        let lease = self.acquire_by(start.by).await?;
        start.begin();
        Ok(lease)
    }

    async fn acquire_by(self: &Arc<Self>, by: time::Instant) -> Result<Lease<D>, AcquireError> {
        let limit = self.limits.acquire_timeout;
        let wait = Wait::begin(&self.waiting);
        let slot = timeout_at(by, Arc::clone(&self.slots).acquire_owned())
            .await
            .map_err(|_| AcquireError::Busy(limit))?
            .map_err(|_| AcquireError::Closed)?;
        drop(wait);
        while let Some(mut idle) = self.take_idle() {
            if idle.since.elapsed() < CHECK_AFTER_IDLE
                || self.is_alive(&mut idle.connection, by).await
            {
                return Ok(self.lease(idle.connection, idle.opened, slot));
            }
            // The others will have fared alike; on a silent network each would be waited for.
            self.renew(idle.since);
        }
        let opened = Instant::now();
        let connection =
            timeout_at(by, self.open(by)).await.map_err(|_| AcquireError::Slow(limit))??;
        Ok(self.lease(connection, opened, slot))
    }

    /// Makes every connection that was opened before `instant` the last of its kind: the server was
    /// restarted, failed over, or changed its tables, and what these connections know is old.
    pub(super) fn renew(&self, instant: Instant) {
        let mut state = self.lock();
        state.fresh_since = state.fresh_since.max(Some(instant));
    }

    /// Closes the idle connections, and every other when it comes back.
    pub(super) async fn close(&self) {
        self.slots.close();
        let idle = std::mem::take(&mut self.lock().idle);
        for idle in idle {
            // The server notices a connection that ended without a farewell too.
            let _ = timeout(CHECK_LIMIT, D::close(idle.connection)).await;
        }
    }

    /// Opens a connection; again and again while a server that was just there is away.
    async fn open(&self, by: time::Instant) -> Result<D::Connection, sqlx::Error> {
        loop {
            let error = match self.driver.open().await {
                Ok(connection) => {
                    self.lock().away_since = None;
                    return Ok(connection);
                }
                Err(error) => error,
            };
            let limit = self.limits.acquire_timeout;
            let restarting = self.driver.may_pass(&error) && self.lock().may_be_restarting(limit);
            let in_time = time::Instant::now() + RESTART_PAUSE < by;
            if !(restarting && in_time) {
                return Err(error);
            }
            sleep(RESTART_PAUSE).await;
        }
    }

    async fn is_alive(&self, connection: &mut D::Connection, by: time::Instant) -> bool {
        let by = by.min(time::Instant::now() + CHECK_LIMIT);
        matches!(timeout_at(by, self.driver.ping(connection)).await, Ok(Ok(())))
    }

    fn take_idle(&self) -> Option<Idle<D::Connection>> {
        let mut state = self.lock();
        while let Some(idle) = state.idle.pop_back() {
            if state.usable(idle.opened) {
                return Some(idle);
            }
            farewell::<D>(idle.connection);
        }
        None
    }

    fn lease(
        self: &Arc<Self>,
        connection: D::Connection,
        opened: Instant,
        slot: OwnedSemaphorePermit,
    ) -> Lease<D> {
        Lease { connection: Some(connection), opened, slot: Some(slot), pool: Arc::clone(self) }
    }

    fn give_back(&self, connection: D::Connection, opened: Instant) {
        if !D::KEEPS {
            return;
        }
        let now = Instant::now();
        let mut state = self.lock();
        state.has_answered = true;
        // One at a time is enough: each connection that comes back looks after one other.
        let is_stale = |idle: &Idle<_>| idle.since.elapsed() > CLOSE_AFTER_IDLE;
        if state.idle.front().is_some_and(is_stale)
            && let Some(idle) = state.idle.pop_front()
        {
            farewell::<D>(idle.connection);
        }
        if state.usable(opened) && !self.slots.is_closed() {
            state.idle.push_back(Idle { connection, opened, since: now });
        } else {
            farewell::<D>(connection);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<D::Connection>> {
        // Nothing that holds the lock can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> State<C> {
    /// Asked when the server could not be reached. How long ago it answered does not count: nobody
    /// may have asked it anything.
    fn may_be_restarting(&mut self, acquire_timeout: Duration) -> bool {
        let away_since = *self.away_since.get_or_insert_with(Instant::now);
        self.has_answered && away_since.elapsed() < RESTART.max(acquire_timeout)
    }

    fn usable(&self, opened: Instant) -> bool {
        opened.elapsed() < CLOSE_AFTER && self.fresh_since.is_none_or(|since| opened > since)
    }
}

impl<D: Driver> fmt::Debug for Pool<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Closes a connection as its protocol asks, in the background: MySQL writes an aborted one to its log.
fn farewell<D: Driver>(connection: D::Connection) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(timeout(CHECK_LIMIT, D::close(connection)));
    }
}

/// A connection on loan. Dropped without [`Lease::give_back`], its user went away in the middle of a
/// statement: it is then brought to rest in the background, or closed.
pub(super) struct Lease<D: Driver> {
    connection: Option<D::Connection>,
    opened: Instant,
    slot: Option<OwnedSemaphorePermit>,
    pool: Arc<Pool<D>>,
}

impl<D: Driver> Lease<D> {
    /// The connection, until it is given back or discarded.
    pub(super) fn connection(&mut self) -> Option<&mut D::Connection> {
        self.connection.as_mut()
    }

    /// Returns a connection whose last answer was read to its end.
    pub(super) fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.give_back(connection, self.opened);
        }
    }

    /// Closes a connection that is of no more use.
    pub(super) fn retire(mut self) {
        if let Some(connection) = self.connection.take() {
            farewell::<D>(connection);
        }
    }

    /// Drops a connection that is broken or silent, without a word.
    pub(super) fn discard(mut self) {
        if let Some(connection) = self.connection.take() {
            D::discard(connection);
        }
    }
}

impl<D: Driver> Drop for Lease<D> {
    fn drop(&mut self) {
        let (Some(mut connection), Some(slot)) = (self.connection.take(), self.slot.take()) else {
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (pool, opened) = (Arc::clone(&self.pool), self.opened);
        runtime.spawn(async move {
            if matches!(timeout(CHECK_LIMIT, pool.driver.settle(&mut connection)).await, Ok(Ok(())))
            {
                pool.give_back(connection, opened);
            }
            drop(slot);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_waited_for_as_long_as_was_said() {
        let away = |seconds, has_answered| {
            let away_since = Instant::now().checked_sub(Duration::from_secs(seconds));
            State::<()> { idle: VecDeque::new(), fresh_since: None, has_answered, away_since }
        };
        for (seconds, acquire_timeout, expected) in
            [(9, 2, true), (11, 2, false), (11, 20, true), (19, 20, true), (21, 20, false)]
        {
            let limit = Duration::from_secs(acquire_timeout);
            assert_eq!(away(seconds, true).may_be_restarting(limit), expected, "{seconds}");
            assert!(!away(seconds, false).may_be_restarting(limit));
        }
    }
}
