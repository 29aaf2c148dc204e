//! Many look-ups in flight, one query.
//!
//! As long as few look-ups are in flight each has its own query, at once. Beyond that, one that comes
//! while others run waits for the next query, and is asked for together with all that wait. So every
//! answer comes from a query that began after its look-up arrived, and there is nothing to keep and
//! nothing to expire. Nobody waits for company: only for a query that runs, and for that no longer
//! than [`Limits`] says.
//!
//! A shared query that the database could not answer is everybody's answer: to ask once more for each
//! alone would be a storm on a database that is just away. What the query itself could not say of some
//! of its keys is asked for alone, a few at a time.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
    time::{Instant, timeout_at},
};

use super::pool::Start;
#[cfg(feature = "server")]
use crate::metrics::Registry;
use crate::metrics::{Counter, Histogram};

/// What can be looked up one by one or together.
#[async_trait]
pub(super) trait LookUp: Send + Sync + 'static {
    /// What is looked for.
    type Key: Clone + Send + Sync;
    /// What is found.
    type Answer: Send;
    /// Why nothing is known.
    type Error: Send;

    /// Looks for one key by a query of its own.
    async fn one(&self, key: &Self::Key, start: &Start) -> Result<Self::Answer, Self::Error>;

    /// Looks for several by one query, and answers them in their order.
    async fn many(&self, keys: &[Self::Key], start: &Start) -> Vec<Reply<Self>>;

    /// The error of a look-up whose query could not begin in time.
    fn late(&self) -> Self::Error;
}

/// `None`: it is to be asked for alone, because that would say something else, or others disturb it.
pub(super) type Reply<L> = Option<Result<<L as LookUp>::Answer, <L as LookUp>::Error>>;

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
    /// So many are asked for alone at a time, of those about whom a shared query could not say.
    pub(super) alone: usize,
    /// A look-up whose query has not begun after this fails.
    pub(super) late: Duration,
}

/// What look-ups of one kind have shared.
#[derive(Clone, Debug)]
pub(super) struct SharedQueries {
    /// The look-ups of each query.
    batches: Histogram,
    late: Counter,
}

impl Default for SharedQueries {
    fn default() -> Self {
        Self { batches: Histogram::new(BATCHES), late: Counter::default() }
    }
}

impl SharedQueries {
    /// Adds them to a registry, `what` being looked up.
    #[cfg(feature = "server")]
    pub(super) fn register(&self, registry: &mut Registry, name: &str, what: &str) {
        let help = format!("Look-ups of {what} that shared a query, by query");
        registry.register(format!("{name}_lookups_per_query"), help, self.batches.clone());
        let help = format!("Look-ups of {what} whose query did not begin in time");
        registry.register(format!("{name}_lookups_late"), help, self.late.clone());
    }
}

/// Look-ups on their way to shared queries.
pub(super) struct Coalescer<L: LookUp> {
    look_up: L,
    limits: Limits,
    shared: SharedQueries,
    alone: Semaphore,
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
    /// The shared queries that run, by the numbers of those that wait for them.
    asked: Vec<(RangeInclusive<u64>, Arc<Start>)>,
}

struct Waiting<L: LookUp> {
    key: L::Key,
    arrived: Instant,
    reply: oneshot::Sender<Reply<L>>,
}

impl<L: LookUp> Coalescer<L> {
    pub(super) fn new(look_up: L, limits: Limits, shared: SharedQueries) -> Arc<Self> {
        let state = State {
            running: 0,
            in_flight: 0,
            began: Instant::now(),
            waiting: BTreeMap::new(),
            arrived: 0,
            asked: Vec::new(),
        };
        let alone = Semaphore::new(limits.alone);
        Arc::new(Self { look_up, limits, shared, alone, state: Mutex::new(state) })
    }

    /// Looks for a key, alone or together with others.
    pub(super) async fn find(self: &Arc<Self>, key: &L::Key) -> Result<L::Answer, L::Error> {
        match self.share(key).await? {
            Some(answer) => Ok(answer),
            None => self.alone(key).await,
        }
    }

    /// The same; `None` where the shared query could not say.
    pub(super) async fn share(
        self: &Arc<Self>,
        key: &L::Key,
    ) -> Result<Option<L::Answer>, L::Error> {
        let reply = match self.arrive(key) {
            Arrival::Turn(_turn) => Some(self.look_up.one(key, &self.start()).await),
            Arrival::Place(place) => place.reply().await?,
        };
        reply.transpose()
    }

    async fn alone(&self, key: &L::Key) -> Result<L::Answer, L::Error> {
        let start = self.start();
        let Ok(permit) = timeout_at(start.latest(), self.alone.acquire()).await else {
            return Err(self.late());
        };
        let found = self.look_up.one(key, &start).await;
        drop(permit);
        found
    }

    fn start(&self) -> Start {
        Start::by(Instant::now() + self.limits.late)
    }

    fn late(&self) -> L::Error {
        self.shared.late.inc();
        self.look_up.late()
    }

    fn arrive(self: &Arc<Self>, key: &L::Key) -> Arrival<L> {
        let mut state = self.lock();
        let may_begin = state.may_begin(&self.limits);
        if may_begin && state.waiting.is_empty() {
            return Arrival::Turn(self.begin(&mut state, 1));
        }
        let (reply, receiver) = oneshot::channel();
        let (number, arrived) = (state.arrived, Instant::now());
        state.arrived += 1;
        state.waiting.insert(number, Waiting { key: key.clone(), arrived, reply });
        if may_begin {
            self.run_batch(state);
        }
        Arrival::Place(Place { coalescer: Arc::clone(self), number, arrived, receiver })
    }

    fn begin(self: &Arc<Self>, state: &mut State<L>, look_ups: usize) -> Turn<L> {
        // There are no more than a few dozen.
        self.shared.batches.observe(f64::from(u32::try_from(look_ups).unwrap_or(u32::MAX)));
        state.running += 1;
        state.in_flight += look_ups;
        state.began = Instant::now();
        Turn { coalescer: Arc::clone(self), look_ups, start: None }
    }

    /// Asks for those that have waited longest, in a task that nobody's going away cancels.
    fn run_batch(self: &Arc<Self>, mut state: MutexGuard<'_, State<L>>) {
        let mut batch = Vec::new();
        let Some((&first, _)) = state.waiting.first_key_value() else { return };
        let (mut last, mut youngest) = (first, Instant::now());
        while batch.len() < self.limits.batch
            && let Some((number, waiting)) = state.waiting.pop_first()
        {
            (last, youngest) = (number, waiting.arrived);
            batch.push(waiting);
        }
        // Whoever has waited for longer gives up sooner.
        let start = Arc::new(Start::by(youngest + self.limits.late));
        let mut turn = self.begin(&mut state, batch.len());
        turn.start = Some(Arc::clone(&start));
        state.asked.push((first..=last, Arc::clone(&start)));
        drop(state);
        let run = async move {
            turn.coalescer.answer(batch, &start).await;
            drop(turn);
        };
        // Where the runtime ends, so do they.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(run);
        }
    }

    async fn answer(&self, batch: Vec<Waiting<L>>, start: &Start) {
        let (keys, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.key, waiting.reply)).unzip();
        let answers = match keys.as_slice() {
            [key] => vec![Some(self.look_up.one(key, start).await)],
            keys => self.look_up.many(keys, start).await,
        };
        let mut answers = answers.into_iter();
        for reply in replies {
            // Some have gone away.
            let _ = reply.send(answers.next().flatten());
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
    /// Of a shared query.
    start: Option<Arc<Start>>,
}

impl<L: LookUp> Drop for Turn<L> {
    fn drop(&mut self) {
        let mut state = self.coalescer.lock();
        state.running -= 1;
        state.in_flight -= self.look_ups;
        if let Some(start) = &self.start {
            state.asked.retain(|(_, other)| !Arc::ptr_eq(start, other));
        }
        if state.may_begin(&self.coalescer.limits) {
            self.coalescer.run_batch(state);
        }
    }
}

/// A place among the waiting. It is given up with the look-up.
struct Place<L: LookUp> {
    coalescer: Arc<Coalescer<L>>,
    number: u64,
    arrived: Instant,
    receiver: oneshot::Receiver<Reply<L>>,
}

impl<L: LookUp> Place<L> {
    async fn reply(mut self) -> Result<Reply<L>, L::Error> {
        let Limits { slow, late, .. } = self.coalescer.limits;
        let mut patience = slow.min(late);
        loop {
            let reply = timeout_at(self.arrived + patience, &mut self.receiver).await;
            // Without a reply its query broke off.
            if let Ok(reply) = reply {
                return Ok(reply.unwrap_or_default());
            }
            match self.look_round() {
                Outlook::Runs => return Ok((&mut self.receiver).await.unwrap_or_default()),
                _ if patience >= late => return Err(self.coalescer.late()),
                Outlook::Waits => patience = (patience * 2).min(late),
            }
        }
    }

    /// What has become of the place; where those that run are slow, its query begins.
    fn look_round(&self) -> Outlook {
        let state = self.coalescer.lock();
        if state.waiting.contains_key(&self.number) {
            if state.may_begin(&self.coalescer.limits) {
                self.coalescer.run_batch(state);
            }
            return Outlook::Waits;
        }
        let own = state.asked.iter().find(|(numbers, _)| numbers.contains(&self.number));
        match own {
            Some((_, start)) if !start.has_begun() => Outlook::Waits,
            _ => Outlook::Runs,
        }
    }
}

enum Outlook {
    /// Its query has no connection yet.
    Waits,
    /// It has, and limits of its own.
    Runs,
}

impl<L: LookUp> Drop for Place<L> {
    fn drop(&mut self) {
        self.coalescer.lock().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
