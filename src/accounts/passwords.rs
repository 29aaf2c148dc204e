//! Bounded password hashing off the async threads.

mod batch;
mod memory;
mod metrics;
mod queue;
mod workers;

use std::{
    fmt, io,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

use self::workers::Workers;
pub use self::{batch::in_order, memory::available as available_memory};
use super::{EncodedPassword, Password};
#[cfg(feature = "server")]
use crate::metrics::Registry;
use crate::{
    django::hashers::{Hashers, MalformedPassword, NoMemory, Steps, StoredPassword},
    lanes::Engine,
};

/// Checks passwords on threads of its own: no more at once than those can hold, no more waiting than
/// there are places.
///
/// A thread holds as many PBKDF2-HMAC-SHA256 derivations as pay on this processor (see
/// [`lanes`](crate::lanes)), or one check of another kind. The threads end with the last clone.
#[derive(Clone)]
pub struct PasswordWorker {
    shared: Arc<Shared>,
}

struct Shared {
    hashers: RwLock<Arc<Hashers>>,
    workers: Workers,
    limits: Limits,
    times: metrics::Times,
}

/// How many checks may run, how many may wait, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Threads; at least one.
    pub workers: usize,
    /// Checks that may wait beside those that the threads hold.
    pub queue: usize,
    /// How long a check may wait before a thread begins with it.
    pub queue_wait: Duration,
    /// Bytes that checks may fill at the same time (Argon2, scrypt). One alone may fill more.
    pub memory: u64,
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
    /// It is longer than the row's hasher takes, which was not run.
    TooLong,
    /// The stored password is of a hasher that is not at hand.
    UnknownHasher,
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
    /// Every place in the queue is taken, or the wait would be too long.
    #[error("the queue of password checks is full")]
    QueueFull,
    /// No thread became free in time.
    #[error("no password worker became free in time")]
    QueueWait,
    /// The memory that the hasher takes is not there.
    #[error("there is not enough memory for a password check")]
    NoMemory,
    /// The operating system has no thread to give.
    #[error("there are no threads for password checks")]
    NoThread,
    /// The check itself broke off.
    #[error("a password check broke off")]
    Broken,
}

impl From<NoMemory> for CheckError {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

/// How long threads worked for one check.
#[derive(Debug, Default)]
struct Meter {
    nanoseconds: AtomicU64,
    /// How long they ran of that; other programs may have had the processor meanwhile.
    run_nanoseconds: AtomicU64,
    /// Whether some of that time was for others, too.
    is_shared: AtomicBool,
}

impl Meter {
    fn add(&self, took: Duration, ran: Duration, is_shared: bool) {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds(took), Ordering::Relaxed);
        self.run_nanoseconds.fetch_add(nanoseconds(ran), Ordering::Relaxed);
        self.is_shared.fetch_or(is_shared, Ordering::Relaxed);
    }

    fn took(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }

    /// The times, where all of them were for this check alone.
    fn alone(&self) -> Option<Took> {
        let ran = Duration::from_nanos(self.run_nanoseconds.load(Ordering::Relaxed));
        let is_alone = !self.is_shared.load(Ordering::Relaxed);
        is_alone.then(|| Took { time: self.took(), ran })
    }
}

impl PasswordWorker {
    /// Starts the threads, over these hashers.
    ///
    /// # Errors
    /// When the operating system has no thread to give.
    pub fn start(hashers: Arc<Hashers>, engine: Engine, limits: Limits) -> io::Result<Self> {
        let Limits { workers, queue, queue_wait, memory } = limits;
        let workers = Workers::start(workers, queue, queue_wait, memory, engine)?;
        let hashers = RwLock::new(hashers);
        let times = metrics::Times::default();
        Ok(Self { shared: Arc::new(Shared { hashers, workers, limits, times }) })
    }

    /// Adds what the threads do to a registry, which keeps them alive.
    #[cfg(feature = "server")]
    pub fn register_metrics(&self, registry: &mut Registry) {
        metrics::register(&self.shared, registry);
    }

    /// Replaces the hashers for the checks to come.
    pub fn set_hashers(&self, hashers: Arc<Hashers>) {
        *self.shared.hashers.write().unwrap_or_else(PoisonError::into_inner) = hashers;
    }

    fn hashers(&self) -> Arc<Hashers> {
        Arc::clone(&self.shared.hashers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a check would be refused now, so that nobody need ask the database for one.
    ///
    /// # Errors
    /// [`CheckError::QueueFull`].
    pub fn has_room(&self) -> Result<(), CheckError> {
        if self.shared.workers.is_full() { Err(CheckError::QueueFull) } else { Ok(()) }
    }

    /// What a refusal of this stored password costs on top of what all refusals cost, as a name.
    pub fn extra_cost(&self, encoded: &EncodedPassword) -> Option<String> {
        self.hashers().extra_cost(encoded.expose())
    }

    /// The hasher of a stored password that one may match, and its parameters: nothing that is secret.
    pub fn kind(&self, encoded: &EncodedPassword) -> Option<String> {
        match self.hashers().look_at(encoded.expose()) {
            StoredPassword::Sound { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// Checks a password against a stored one; `None` is a user who does not exist, and costs the
    /// same. What came of it goes through `conclude` first, on the thread that did the work.
    ///
    /// Dropped before a thread began, it leaves its place at once; afterwards only when the work is
    /// done, so that a client that hangs up frees no thread that is still busy, and `conclude` is
    /// called although nobody waits.
    ///
    /// # Errors
    /// When it could not be made in time: no hashing was done.
    pub async fn check<T: Send + 'static>(
        &self,
        password: &Password,
        encoded: Option<&EncodedPassword>,
        policy: Policy,
        conclude: impl FnOnce(Check) -> T + Send + 'static,
    ) -> Result<Checked<T>, CheckError> {
        let began = Instant::now();
        let (sender, mut receiver) = oneshot::channel();
        let steps = check_steps(self.hashers(), password, encoded, policy);
        // Nobody waits where the client went away.
        let steps = steps.map(|check| drop(sender.send(check.map(conclude))));
        let meter = Arc::new(Meter::default());
        let workers = &self.shared.workers;
        let id = workers.admit(steps, Arc::clone(&meter)).ok_or(CheckError::QueueFull)?;
        let place = Place { workers, id };
        let conclusion = match timeout(self.shared.limits.queue_wait, &mut receiver).await {
            Ok(conclusion) => conclusion,
            Err(_) if place.withdraw() => return Err(CheckError::QueueWait),
            Err(_) => receiver.await,
        };
        let conclusion = conclusion.map_err(|_| CheckError::Broken)??;
        self.shared.times.observe(meter.took(), began.elapsed());
        Ok(Checked { conclusion, took: meter.alone() })
    }
}

impl fmt::Debug for PasswordWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordWorker")
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}

/// A check that was made.
#[derive(Debug)]
pub struct Checked<T> {
    /// What was concluded from it.
    pub conclusion: T,
    /// How long a thread worked for it, where none of that time was for others, too.
    pub took: Option<Took>,
}

/// How long a thread worked.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// From beginning to end.
    pub time: Duration,
    /// How long it had the processor, which other programs do not lengthen.
    pub ran: Duration,
}

/// A check's place among the others.
struct Place<'a> {
    workers: &'a Workers,
    id: u64,
}

impl Place<'_> {
    /// Whether no thread had begun.
    fn withdraw(&self) -> bool {
        self.workers.withdraw(self.id)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

fn check_steps(
    hashers: Arc<Hashers>,
    password: &Password,
    encoded: Option<&EncodedPassword>,
    policy: Policy,
) -> Steps<Result<Check, CheckError>> {
    let password = password.expose().clone();
    let Some(encoded) = encoded else {
        return hashers.run_once_steps(&password).map(|ran| Ok(ran.map(|()| Check::Wrong)?));
    };
    let encoded = encoded.expose().to_owned();
    let refused = |check| move |ran: Result<(), NoMemory>| Ok(ran.map(|()| check)?);
    hashers.verify_password_steps(&password, &encoded).and_then(move |verdict| {
        let verdict = match verdict {
            Ok(verdict) => verdict,
            // That says nothing of the row.
            Err(MalformedPassword::NoMemory) => return Steps::Done(Err(NoMemory.into())),
            // Nor does that: the row is sound, and whoever asks can make every password too long.
            Err(MalformedPassword::PasswordTooLong) => return Steps::Done(Ok(Check::TooLong)),
            Err(reason) => return Steps::Done(Ok(Check::Malformed(reason))),
        };
        if !verdict.is_correct {
            let is_unknown = hashers.is_of_another_hasher(&encoded);
            return Steps::Done(Ok(if is_unknown { Check::UnknownHasher } else { Check::Wrong }));
        }
        let harden_runtime = || hashers.harden_runtime_steps(&password, &encoded);
        if verdict.must_update && policy.only_current {
            return harden_runtime().map(refused(Check::Wrong));
        }
        let outdated = verdict.must_update && !hashers.would_lower_cost(&encoded);
        if outdated && policy.upgrade {
            return hashers.make_password_steps(&password, None, None).map(|made| {
                // Without randomness for a salt the old one stays.
                Ok(Check::Correct { upgrade: made.ok().map(EncodedPassword::new) })
            });
        }
        if policy.refuse {
            return harden_runtime().map(refused(Check::Correct { upgrade: None }));
        }
        Steps::Done(Ok(Check::Correct { upgrade: None }))
    })
}
