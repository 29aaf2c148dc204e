//! The threads that hash: one a core, each a slice of a few milliseconds at a time.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    Meter,
    queue::{Load, Queue, Room, Slice, Task, Work},
};
use crate::{
    django::hashers::Steps,
    lanes::{Engine, Lane},
};

/// How far the threads stand back behind those that answer requests, as `nice` counts.
const NICE: i32 = 10;

/// The threads, for as long as somebody holds this.
pub(super) struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    state: Mutex<State>,
    more: Condvar,
    /// What the queue said when it last changed. Whoever is refused in a storm asks this and not the
    /// queue: a hashing thread that was interrupted while it holds the lock would hold up the threads
    /// that answer requests, and those go before it.
    is_full: AtomicBool,
}

struct State {
    queue: Queue,
    closed: bool,
}

impl Workers {
    /// Starts the threads. Each holds as many lanes as the engine is wide.
    pub(super) fn start(
        workers: usize,
        places: usize,
        patience: Duration,
        memory: u64,
        engine: Engine,
    ) -> io::Result<Self> {
        let (workers, lanes) = (workers.max(1), engine.capacity().max(1));
        let queue = Queue::new(Room { workers, lanes, places, patience, memory });
        let state = Mutex::new(State { queue, closed: false });
        let is_full = AtomicBool::new(false);
        let shared = Arc::new(Shared { engine, state, more: Condvar::new(), is_full });
        let this = Self { shared };
        for number in 0..workers {
            let shared = Arc::clone(&this.shared);
            thread::Builder::new().name(format!("passwords-{number}")).spawn(move || {
                stand_back();
                work(&shared);
            })?;
        }
        Ok(this)
    }

    /// Admits a check and returns its number; `None` where there is no place for it.
    pub(super) fn admit(&self, steps: Steps<()>, meter: Arc<Meter>) -> Option<u64> {
        let id = self.shared.change(|queue| queue.admit(steps, meter))?;
        self.shared.more.notify_one();
        Some(id)
    }

    /// Whether no check would be admitted now.
    pub(super) fn is_full(&self) -> bool {
        self.shared.is_full.load(Ordering::Relaxed)
    }

    /// What there is to do.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "nobody asks"))]
    pub(super) fn load(&self) -> Load {
        self.shared.lock().queue.load()
    }

    /// Takes back a check that nobody has worked on yet; `false` where somebody has.
    pub(super) fn withdraw(&self, id: u64) -> bool {
        let (withdrawn, is_ready) =
            self.shared.change(|queue| (queue.withdraw(id, Instant::now()), queue.is_ready()));
        // What it held up may go.
        if withdrawn && is_ready {
            self.shared.more.notify_one();
        }
        withdrawn
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.more.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut state = self.lock();
        let changed = change(&mut state.queue);
        self.is_full.store(state.queue.is_full(), Ordering::Relaxed);
        changed
    }

    /// The next slice, as soon as there is one; `None` when it is over.
    fn next(&self) -> Option<Slice> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(slice) = state.queue.take(&self.engine) {
                if state.queue.is_ready() {
                    self.more.notify_one();
                }
                return Some(slice);
            }
            state = self.more.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Lets the threads that answer requests go first: a token check takes microseconds, a password a
/// hundred milliseconds.
fn stand_back() {
    #[cfg(target_os = "linux")]
    {
        use rustix::{process::setpriority_process, thread::gettid};
        // On Linux this is the thread's own. Where it is not allowed, nothing is lost.
        let _ = setpriority_process(Some(gettid()), NICE);
    }
}

fn work(shared: &Shared) {
    while let Some(mut slice) = shared.next() {
        let tasks = std::mem::take(&mut slice.tasks);
        // Whoever waits for a check that broke off sees its channel closed.
        let left = catch_unwind(AssertUnwindSafe(|| advance(tasks, &shared.engine)));
        slice.tasks = left.unwrap_or_default();
        shared.change(|queue| queue.give_back(slice, Instant::now()));
    }
}

/// Works on tasks for one slice, and returns those that are not done.
fn advance(tasks: Vec<Task>, engine: &Engine) -> Vec<Task> {
    let (begun, ran_before) = (Instant::now(), processor_time());
    let is_shared = tasks.len() > 1;
    let mut tasks: Vec<Task> = tasks.into_iter().map(begin).collect();
    let mut lanes: Vec<&mut Lane> = tasks.iter_mut().filter_map(lane).collect();
    let width = lanes.len();
    if width > 0 {
        engine.advance(&mut lanes, engine.slice(width));
    }
    let took = begun.elapsed();
    let ran = match (ran_before, processor_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => took,
    };
    let mut left = Vec::with_capacity(tasks.len());
    for task in tasks {
        task.meter.add(took, ran, is_shared);
        left.extend(go_on(task));
    }
    left
}

/// How long this thread has had the processor, where the operating system says so.
fn processor_time() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Makes a derivation a lane, and does a step that cannot be cut.
fn begin(mut task: Task) -> Task {
    task.work = match task.work {
        Work::Next(Steps::Derive(derivation, then)) => {
            let lane =
                Lane::new(derivation.password.hmac_key(), &derivation.salt, derivation.iterations);
            Work::Lane(Box::new(lane), then)
        }
        Work::Next(Steps::Run { work, .. }) => Work::Next(work()),
        work => work,
    };
    task
}

fn lane(task: &mut Task) -> Option<&mut Lane> {
    match &mut task.work {
        Work::Lane(lane, _) => Some(lane),
        Work::Next(_) => None,
    }
}

/// What is left of a task: its next step, if it has one.
fn go_on(mut task: Task) -> Option<Task> {
    task.work = match task.work {
        Work::Lane(lane, then) => match lane.output() {
            Some(hash) => Work::Next(then(hash)),
            None => Work::Lane(lane, then),
        },
        work @ Work::Next(_) => work,
    };
    let is_done = matches!(task.work, Work::Next(Steps::Done(())));
    (!is_done).then_some(task)
}
