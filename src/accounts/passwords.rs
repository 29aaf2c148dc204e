//! Bounded password hashing off the async threads.

mod batch;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{sync::Semaphore, time::timeout};

pub use self::batch::in_order;
use super::{EncodedPassword, Password};
use crate::django::hashers::{Hashers, MalformedPassword};

/// Checks passwords, no more at once than there are workers, no more waiting than there are places.
#[derive(Clone, Debug)]
pub struct PasswordWorker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    hashers: RwLock<Arc<Hashers>>,
    /// One permit a check that runs.
    running: Arc<Semaphore>,
    /// One permit a check that runs or waits.
    admitted: Arc<Semaphore>,
    queue_wait: Duration,
}

/// How many checks may run, how many may wait, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Checks that run at once; at least one.
    pub workers: usize,
    /// Checks that may wait beside them.
    pub queue: usize,
    /// How long a check may wait.
    pub queue_wait: Duration,
}

/// What a check is about.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Encode an outdated password anew where it matches.
    pub upgrade: bool,
    /// The login will be refused even if the password matches: it must cost what refusals cost.
    pub refuse: bool,
    /// A match does not count where the stored password is outdated.
    pub only_current: bool,
}

/// What came of a check.
#[derive(Debug)]
#[must_use]
pub enum Check {
    /// The password does not match, or there is nothing it could match.
    Wrong,
    /// The stored password cannot be checked.
    Malformed(MalformedPassword),
    /// It matches.
    Correct {
        /// The password encoded anew, where Django would do so and it lowers no cost.
        upgrade: Option<EncodedPassword>,
    },
}

/// A check could not be made in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// Every place in the queue is taken.
    #[error("the queue of password checks is full")]
    QueueFull,
    /// No worker became free in time.
    #[error("no password worker became free in time")]
    QueueWait,
    /// The memory that the hasher takes is not there.
    #[error("there is not enough memory for a password check")]
    NoMemory,
    /// The check itself broke off.
    #[error("a password check broke off")]
    Broken,
}

impl PasswordWorker {
    /// A worker over these hashers.
    pub fn new(hashers: Arc<Hashers>, limits: Limits) -> Self {
        let workers = limits.workers.clamp(1, Semaphore::MAX_PERMITS / 2);
        let admitted = workers.saturating_add(limits.queue).min(Semaphore::MAX_PERMITS);
        Self {
            shared: Arc::new(Shared {
                hashers: RwLock::new(hashers),
                running: Arc::new(Semaphore::new(workers)),
                admitted: Arc::new(Semaphore::new(admitted)),
                queue_wait: limits.queue_wait,
            }),
        }
    }

    /// Replaces the hashers for the checks to come.
    pub fn set_hashers(&self, hashers: Arc<Hashers>) {
        *self.shared.hashers.write().unwrap_or_else(PoisonError::into_inner) = hashers;
    }

    fn hashers(&self) -> Arc<Hashers> {
        Arc::clone(&self.shared.hashers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Checks a password against a stored one; `None` is a user who does not exist, and costs the
    /// same.
    ///
    /// The permit moves into the work, so a client that hangs up frees no worker that is still busy.
    ///
    /// # Errors
    /// When it could not be made in time: no hashing was done.
    pub async fn check(
        &self,
        password: Password,
        encoded: Option<EncodedPassword>,
        policy: Policy,
    ) -> Result<Check, CheckError> {
        let admitted = Arc::clone(&self.shared.admitted);
        let place = admitted.try_acquire_owned().map_err(|_| CheckError::QueueFull)?;
        let running = Arc::clone(&self.shared.running).acquire_owned();
        let Ok(Ok(permit)) = timeout(self.shared.queue_wait, running).await else {
            return Err(CheckError::QueueWait);
        };
        let hashers = self.hashers();
        let span = tracing::Span::current();
        #[expect(clippy::disallowed_methods, reason = "the one place: bounded by the permit")]
        let work = tokio::task::spawn_blocking(move || {
            let _held = (place, permit);
            span.in_scope(|| check_blocking(&hashers, &password, encoded.as_ref(), policy))
        });
        work.await.map_err(|_| CheckError::Broken)?
    }
}

fn check_blocking(
    hashers: &Hashers,
    password: &Password,
    encoded: Option<&EncodedPassword>,
    policy: Policy,
) -> Result<Check, CheckError> {
    let Some(encoded) = encoded.map(EncodedPassword::expose) else {
        hashers.run_once(password.expose().as_bytes());
        return Ok(Check::Wrong);
    };
    let verdict = match hashers.verify_password(password.expose(), encoded) {
        Ok(verdict) => verdict,
        // That says nothing of the row.
        Err(MalformedPassword::NoMemory) => return Err(CheckError::NoMemory),
        Err(reason) => return Ok(Check::Malformed(reason)),
    };
    if !verdict.is_correct {
        return Ok(Check::Wrong);
    }
    if verdict.must_update && policy.only_current {
        hashers.harden_runtime(password.expose(), encoded);
        return Ok(Check::Wrong);
    }
    let outdated = verdict.must_update && !hashers.would_lower_cost(encoded);
    if outdated && policy.upgrade {
        // Without randomness for a salt the old one stays.
        let upgrade = hashers.make_password(password.expose()).ok().map(EncodedPassword::new);
        return Ok(Check::Correct { upgrade });
    }
    if policy.refuse {
        hashers.harden_runtime(password.expose(), encoded);
    }
    Ok(Check::Correct { upgrade: None })
}
