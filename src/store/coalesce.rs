//! Many look-ups in flight, one query.
//!
//! As long as few look-ups are in flight each has its own query, at once. Beyond that, one that comes
//! while others run waits for the next query, and is asked for together with all that wait. So every
//! answer comes from a query that began after its look-up arrived, and there is nothing to keep and
//! nothing to expire. Nobody waits for company: only for a query that runs, and for that no longer
//! than [`Limits`] says.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    runtime::Handle,
    sync::oneshot,
    time::{Instant, timeout_at},
};

#[cfg(feature = "server")]
use crate::metrics::Registry;
use crate::metrics::{Counter, Histogram};

/// What can be looked up one by one or together.
#[async_trait]
pub(super) trait LookUp: Send + Sync + 'static {
    /// What is found.
    type Answer: Send;
    /// Why nothing is known.
    type Error: Send;

    /// Looks for one key by a query of its own.
    async fn one(&self, key: &str) -> Result<Self::Answer, Self::Error>;

    /// Looks for several by one query, and answers them in their order. `None`: each is to be asked
    /// for alone, because that would say something else, or one of them disturbs the others.
    async fn many(&self, keys: &[String]) -> Option<Vec<Result<Self::Answer, Self::Error>>>;

    /// The error of a look-up whose query could not begin in time.
    fn late(&self) -> Self::Error;
}

/// How many queries run, and how long one waits for another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// So many look-ups are in flight before one waits to share a query.
    pub(super) own: usize,
    /// So many queries run at a time where there are more.
    pub(super) few: usize,
    /// There are never more queries.
    pub(super) most: usize,
    /// A query is slow from here on: the next waits for it no longer.
    pub(super) slow: Duration,
    /// The most look-ups of one query.
    pub(super) batch: usize,
    /// A look-up whose query has not begun after this fails.
    pub(super) late: Duration,
}

/// Look-ups on their way to shared queries.
pub(super) struct Coalescer<L: LookUp> {
    look_up: Arc<L>,
    limits: Limits,
    /// The look-ups of each query.
    batches: Histogram,
    late: Counter,
    state: Mutex<State<L>>,
}

/// Look-ups of a query, as the histogram tells them apart.
const BATCHES: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 64.0];

struct State<L: LookUp> {
    /// How many queries run,
    running: usize,
    /// and for how many look-ups.
    in_flight: usize,
    /// When the last of them began.
    began: Instant,
    /// In the order of their arrival.
    waiting: BTreeMap<u64, Waiting<L>>,
    arrived: u64,
}

struct Waiting<L: LookUp> {
    key: String,
    reply: oneshot::Sender<Reply<L>>,
}

/// `None`: ask alone.
type Reply<L> = Option<Result<<L as LookUp>::Answer, <L as LookUp>::Error>>;

impl<L: LookUp> Coalescer<L> {
    pub(super) fn new(look_up: Arc<L>, limits: Limits) -> Arc<Self> {
        let state = State {
            running: 0,
            in_flight: 0,
            began: Instant::now(),
            waiting: BTreeMap::new(),
            arrived: 0,
        };
        let (batches, late) = (Histogram::new(BATCHES), Counter::default());
        Arc::new(Self { look_up, limits, batches, late, state: Mutex::new(state) })
    }

    /// Adds what was looked up together to a registry.
    #[cfg(feature = "server")]
    pub(super) fn register_metrics(&self, registry: &mut Registry) {
        let help = "Look-ups of tokens that shared a query, by query";
        registry.register("token_lookups_per_query", help, self.batches.clone());
        let help = "Look-ups of tokens whose query did not begin in time";
        registry.register("token_lookups_late", help, self.late.clone());
    }

    /// Looks for a key, alone or together with others.
    pub(super) async fn find(self: &Arc<Self>, key: &str) -> Result<L::Answer, L::Error> {
        let place = match self.arrive(key) {
            Arrival::Turn(_turn) => return self.look_up.one(key).await,
            Arrival::Place(place) => place,
        };
        match place.reply().await? {
            Some(answer) => answer,
            None => self.look_up.one(key).await,
        }
    }

    fn arrive(self: &Arc<Self>, key: &str) -> Arrival<L> {
        let mut state = self.lock();
        let may_begin = state.may_begin(&self.limits);
        if may_begin && state.waiting.is_empty() {
            return Arrival::Turn(self.begin(&mut state, 1));
        }
        let (reply, receiver) = oneshot::channel();
        let number = state.arrived;
        state.arrived += 1;
        state.waiting.insert(number, Waiting { key: key.to_owned(), reply });
        if may_begin {
            self.run_batch(state);
        }
        Arrival::Place(Place { coalescer: Arc::clone(self), number, receiver })
    }

    fn begin(self: &Arc<Self>, state: &mut State<L>, look_ups: usize) -> Turn<L> {
        // There are no more than a few dozen.
        self.batches.observe(f64::from(u32::try_from(look_ups).unwrap_or(u32::MAX)));
        state.running += 1;
        state.in_flight += look_ups;
        state.began = Instant::now();
        Turn { coalescer: Arc::clone(self), look_ups }
    }

    /// Asks for those that have waited longest, in a task that nobody's going away cancels.
    fn run_batch(self: &Arc<Self>, mut state: MutexGuard<'_, State<L>>) {
        let mut batch = Vec::new();
        while batch.len() < self.limits.batch
            && let Some((_, waiting)) = state.waiting.pop_first()
        {
            batch.push(waiting);
        }
        if batch.is_empty() {
            return;
        }
        let turn = self.begin(&mut state, batch.len());
        drop(state);
        let run = async move {
            turn.coalescer.answer(batch).await;
            drop(turn);
        };
        // Where the runtime ends, so do they.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(run);
        }
    }

    async fn answer(&self, batch: Vec<Waiting<L>>) {
        let (keys, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.key, waiting.reply)).unzip();
        let answers = match keys.as_slice() {
            [key] => Some(vec![self.look_up.one(key).await]),
            keys => self.look_up.many(keys).await,
        };
        let mut answers = answers.into_iter().flatten();
        for reply in replies {
            // Some have gone away.
            let _ = reply.send(answers.next());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<L>> {
        // Nothing that holds the lock can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: LookUp> State<L> {
    fn may_begin(&self, limits: &Limits) -> bool {
        let few = self.running < limits.few || self.in_flight < limits.own;
        self.running < limits.most && (few || self.began.elapsed() >= limits.slow)
    }
}

enum Arrival<L: LookUp> {
    Turn(Turn<L>),
    Place(Place<L>),
}

/// The right to run a query. However it ends, those that have waited for it are next.
struct Turn<L: LookUp> {
    coalescer: Arc<Coalescer<L>>,
    look_ups: usize,
}

impl<L: LookUp> Drop for Turn<L> {
    fn drop(&mut self) {
        let mut state = self.coalescer.lock();
        state.running -= 1;
        state.in_flight -= self.look_ups;
        if state.may_begin(&self.coalescer.limits) {
            self.coalescer.run_batch(state);
        }
    }
}

/// A place among the waiting. It is given up with the look-up.
struct Place<L: LookUp> {
    coalescer: Arc<Coalescer<L>>,
    number: u64,
    receiver: oneshot::Receiver<Reply<L>>,
}

impl<L: LookUp> Place<L> {
    async fn reply(mut self) -> Result<Reply<L>, L::Error> {
        let Limits { slow, late, .. } = self.coalescer.limits;
        let arrived = Instant::now();
        let mut patience = slow.min(late);
        loop {
            let reply = timeout_at(arrived + patience, &mut self.receiver).await;
            // Without a reply its query broke off.
            if let Ok(reply) = reply {
                return Ok(reply.unwrap_or_default());
            }
            match self.look_round(patience >= late) {
                Outlook::Waits => patience = (patience * 2).min(late),
                // It has limits of its own.
                Outlook::Runs => return Ok((&mut self.receiver).await.unwrap_or_default()),
                Outlook::Late => {
                    self.coalescer.late.inc();
                    return Err(self.coalescer.look_up.late());
                }
            }
        }
    }

    /// What has become of the place; where those that run are slow, its query begins.
    fn look_round(&self, is_late: bool) -> Outlook {
        let mut state = self.coalescer.lock();
        if !state.waiting.contains_key(&self.number) {
            return Outlook::Runs;
        }
        if is_late {
            state.waiting.remove(&self.number);
            return Outlook::Late;
        }
        if state.may_begin(&self.coalescer.limits) {
            self.coalescer.run_batch(state);
        }
        Outlook::Waits
    }
}

enum Outlook {
    Waits,
    Runs,
    Late,
}

impl<L: LookUp> Drop for Place<L> {
    fn drop(&mut self) {
        self.coalescer.lock().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
