use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::FutureExt as _;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet, yield_now},
    time::sleep,
};

use super::*;

const LIMITS: Limits = Limits {
    own: 1,
    few: 1,
    most: 2,
    slow: Duration::from_millis(5),
    batch: 4,
    alone: 1,
    late: Duration::from_secs(2),
};

/// What a query is to do when the test lets it go.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Found,
    Failed,
    /// Without what it could not say of a key `poison`.
    Part,
    Apart,
    Panics,
}

/// A query that has begun, in the hands of the test.
struct Query {
    keys: Vec<String>,
    end: oneshot::Sender<Outcome>,
}

impl Query {
    fn end(self, outcome: Outcome) -> Vec<String> {
        self.end.send(outcome).unwrap();
        self.keys
    }
}

/// A database whose queries begin and end one by one. An answer is its key, and the state of the
/// world when its query began.
struct Fake {
    begun: mpsc::UnboundedSender<Query>,
    world: watch::Receiver<u32>,
    /// There is no connection for a query.
    away: Arc<AtomicBool>,
}

impl Fake {
    async fn query(&self, keys: &[String], start: &Start) -> (Outcome, u32) {
        if !self.away.load(Ordering::Relaxed) {
            start.begin();
        }
        let world = *self.world.borrow();
        let (end, ended) = oneshot::channel();
        let _ = self.begun.send(Query { keys: keys.to_vec(), end });
        (ended.await.unwrap_or(Outcome::Failed), world)
    }
}

#[async_trait]
impl LookUp for Fake {
    type Key = String;
    type Answer = (String, u32);
    type Error = &'static str;

    async fn one(&self, key: &String, start: &Start) -> Result<Self::Answer, Self::Error> {
        match self.query(std::slice::from_ref(key), start).await {
            (Outcome::Found, world) => Ok((key.clone(), world)),
            _ => Err("one failed"),
        }
    }

    async fn many(&self, keys: &[String], start: &Start) -> Vec<Reply<Self>> {
        let (outcome, world) = self.query(keys, start).await;
        let answer = |key: &String| match outcome {
            Outcome::Found => Some(Ok((key.clone(), world))),
            Outcome::Part => (key != "poison").then(|| Ok((key.clone(), world))),
            _ => Some(Err("many failed")),
        };
        match outcome {
            Outcome::Apart => Vec::new(),
            Outcome::Panics => panic!("a driver's fault"),
            _ => keys.iter().map(answer).collect(),
        }
    }

    fn late(&self) -> Self::Error {
        "late"
    }
}

type Found = Result<(String, u32), &'static str>;

struct Bench {
    coalescer: Arc<Coalescer<Fake>>,
    begun: mpsc::UnboundedReceiver<Query>,
    world: watch::Sender<u32>,
    away: Arc<AtomicBool>,
}

impl Bench {
    fn new(limits: Limits) -> Self {
        let (sender, begun) = mpsc::unbounded_channel();
        let (world, receiver) = watch::channel(0);
        let away = Arc::new(AtomicBool::new(false));
        let fake = Fake { begun: sender, world: receiver, away: Arc::clone(&away) };
        let coalescer = Coalescer::new(fake, limits, SharedQueries::default());
        Self { coalescer, begun, world, away }
    }

    /// Looks for each key in a task of its own; all have arrived when this returns.
    async fn arrive<const N: usize>(&self, keys: [&str; N]) -> [JoinHandle<Found>; N] {
        let tasks = keys.map(|key| {
            let (coalescer, key) = (Arc::clone(&self.coalescer), key.to_owned());
            tokio::spawn(async move { coalescer.find(&key).await })
        });
        settle().await;
        tasks
    }

    /// The query that has begun last, if none was asked for since.
    async fn query(&mut self) -> Option<Query> {
        settle().await;
        self.begun.recv().now_or_never().flatten()
    }

    async fn expect(&mut self, keys: &[&str]) -> Query {
        let query = self.query().await.expect("a query has begun");
        assert_eq!(query.keys, keys);
        query
    }

    async fn at_rest(&mut self) {
        assert!(self.query().await.is_none(), "a query that nobody asked for");
        let state = self.coalescer.lock();
        assert_eq!((state.running, state.waiting.len(), state.asked.len()), (0, 0, 0));
    }
}

/// Lets every other task run as far as it can.
async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

fn at_first(key: &str) -> (String, u32) {
    (key.to_owned(), 0)
}

#[tokio::test]
async fn few_look_ups_have_a_query_each() {
    let mut bench = Bench::new(Limits { own: 3, most: 9, slow: Duration::from_mins(1), ..LIMITS });
    let tasks = bench.arrive(["a", "b", "c", "d", "e", "f"]).await;
    let [a, b, c] =
        [bench.expect(&["a"]).await, bench.expect(&["b"]).await, bench.expect(&["c"]).await];
    assert!(bench.query().await.is_none(), "more share");
    a.end(Outcome::Found);
    let rest = bench.expect(&["d", "e", "f"]).await;
    b.end(Outcome::Found);
    // Five are in flight still, or four: whoever comes now waits.
    let [late] = bench.arrive(["g"]).await;
    assert!(bench.query().await.is_none());
    c.end(Outcome::Found);
    rest.end(Outcome::Found);
    bench.expect(&["g"]).await.end(Outcome::Found);
    for task in tasks.into_iter().chain([late]) {
        assert!(task.await.unwrap().is_ok());
    }
    bench.at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn a_look_up_alone_begins_at_once() {
    let mut bench = Bench::new(LIMITS);
    for key in ["a", "b"] {
        let [task] = bench.arrive([key]).await;
        bench.expect(&[key]).await.end(Outcome::Found);
        assert_eq!(task.await.unwrap(), Ok(at_first(key)));
    }
    bench.at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn those_that_come_while_a_query_runs_share_the_next() {
    let mut bench = Bench::new(LIMITS);
    let [first] = bench.arrive(["a"]).await;
    let query = bench.expect(&["a"]).await;
    let later = bench.arrive(["b", "c", "b"]).await;
    assert!(bench.query().await.is_none());
    query.end(Outcome::Found);
    let shared = bench.expect(&["b", "c", "b"]).await;
    assert_eq!(first.await.unwrap(), Ok(at_first("a")), "nobody waits for the others' query");
    shared.end(Outcome::Found);
    for (task, key) in later.into_iter().zip(["b", "c", "b"]) {
        assert_eq!(task.await.unwrap(), Ok(at_first(key)));
    }
    bench.at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_older_than_its_look_up() {
    let mut bench = Bench::new(LIMITS);
    let [early] = bench.arrive(["a"]).await;
    let query = bench.expect(&["a"]).await;
    bench.world.send_replace(1);
    let [late] = bench.arrive(["a"]).await;
    query.end(Outcome::Found);
    bench.expect(&["a"]).await.end(Outcome::Found);
    assert_eq!(early.await.unwrap(), Ok(("a".to_owned(), 0)));
    assert_eq!(late.await.unwrap(), Ok(("a".to_owned(), 1)));
}

/// The same for many look-ups at odd times, against queries of all lengths and outcomes.
#[tokio::test(start_paused = true)]
async fn no_answer_is_ever_older_than_its_look_up() {
    static SEED: AtomicU64 = AtomicU64::new(1);
    fn random(below: u64) -> u64 {
        let seed = SEED.load(Ordering::Relaxed).wrapping_mul(6_364_136_223_846_793_005);
        SEED.store(seed.wrapping_add(1_442_695_040_888_963_407), Ordering::Relaxed);
        (seed >> 33) % below
    }

    let Bench { coalescer, mut begun, world, .. } = Bench::new(LIMITS);
    let world = Arc::new(world);
    let queries = tokio::spawn(async move {
        let mut sizes = Vec::new();
        while let Some(query) = begun.recv().await {
            sizes.push(query.keys.len());
            tokio::spawn(async move {
                sleep(Duration::from_millis(random(12))).await;
                let outcome = if random(9) == 0 { Outcome::Apart } else { Outcome::Found };
                // Who asked may have gone away.
                let _ = query.end.send(outcome);
            });
        }
        sizes
    });
    let mut clients = JoinSet::new();
    for client in 0..40_u64 {
        let (coalescer, world) = (Arc::clone(&coalescer), Arc::clone(&world));
        clients.spawn(async move {
            for _ in 0..40 {
                sleep(Duration::from_millis(random(30))).await;
                world.send_modify(|world| *world += 1);
                let (key, arrived) = ((client % 7).to_string(), *world.borrow());
                let look_up = coalescer.find(&key);
                let patience = Duration::from_millis(if random(10) == 0 { 3 } else { 500 });
                match tokio::time::timeout(patience, look_up).await {
                    Ok(Ok((found, seen))) => {
                        assert_eq!(found, key);
                        assert!(seen >= arrived, "{seen} was seen, {arrived} was there");
                    }
                    // A single query that was told to fall apart.
                    Ok(Err(error)) => assert_eq!(error, "one failed"),
                    Err(_gone_away) => {}
                }
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    let state = coalescer.lock().waiting.len();
    drop(coalescer);
    assert_eq!(state, 0);
    let sizes = queries.await.unwrap();
    assert!(sizes.len() < 1000 && sizes.iter().all(|size| *size <= LIMITS.batch), "{sizes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_an_end() {
    let mut bench = Bench::new(LIMITS);
    let tasks = bench.arrive(["a", "b", "c", "d", "e", "f", "g"]).await;
    for keys in [&["a"][..], &["b", "c", "d", "e"], &["f", "g"]] {
        bench.expect(keys).await.end(Outcome::Found);
    }
    for task in tasks {
        assert!(task.await.unwrap().is_ok());
    }
    bench.at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_falls_apart_is_asked_for_one_by_one() {
    for outcome in [Outcome::Apart, Outcome::Panics] {
        let mut bench = Bench::new(LIMITS);
        let [_first] = bench.arrive(["a"]).await;
        let query = bench.expect(&["a"]).await;
        let [poison, neighbour] = bench.arrive(["poison", "b"]).await;
        query.end(Outcome::Found);
        bench.expect(&["poison", "b"]).await.end(outcome);
        // One at a time, so that they leave others connections.
        let one = bench.expect(&["poison"]).await;
        assert!(bench.query().await.is_none());
        one.end(Outcome::Failed);
        bench.expect(&["b"]).await.end(Outcome::Found);
        assert_eq!(poison.await.unwrap(), Err("one failed"), "{outcome:?}");
        assert_eq!(neighbour.await.unwrap(), Ok(at_first("b")), "{outcome:?}");
        bench.at_rest().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_query_could_not_say_of_one_is_asked_for_alone() {
    let mut bench = Bench::new(LIMITS);
    let [_first] = bench.arrive(["a"]).await;
    let query = bench.expect(&["a"]).await;
    let [poison, neighbour] = bench.arrive(["poison", "b"]).await;
    query.end(Outcome::Found);
    bench.expect(&["poison", "b"]).await.end(Outcome::Part);
    assert_eq!(neighbour.await.unwrap(), Ok(at_first("b")));
    bench.expect(&["poison"]).await.end(Outcome::Found);
    assert_eq!(poison.await.unwrap(), Ok(at_first("poison")));
    bench.at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_to_all_at_once() {
    let mut bench = Bench::new(LIMITS);
    let [first] = bench.arrive(["a"]).await;
    let query = bench.expect(&["a"]).await;
    let later = bench.arrive(["b", "c"]).await;
    query.end(Outcome::Failed);
    bench.expect(&["b", "c"]).await.end(Outcome::Failed);
    assert_eq!(first.await.unwrap(), Err("one failed"));
    for task in later {
        assert_eq!(task.await.unwrap(), Err("many failed"));
    }
    bench.at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_away_disturbs_nobody() {
    let mut bench = Bench::new(LIMITS);
    let [runs] = bench.arrive(["a"]).await;
    let abandoned = bench.expect(&["a"]).await;
    let [waits, stays, other] = bench.arrive(["b", "c", "d"]).await;
    // One that waits: its key is not asked for.
    waits.abort();
    settle().await;
    assert!(bench.query().await.is_none());
    // One whose query runs: those that wait for it are next.
    runs.abort();
    let shared = bench.expect(&["c", "d"]).await;
    drop(abandoned);
    // One of a batch that runs.
    other.abort();
    settle().await;
    shared.end(Outcome::Found);
    assert_eq!(stays.await.unwrap(), Ok(at_first("c")));
    bench.at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_query_is_not_waited_for() {
    let mut bench = Bench::new(LIMITS);
    let [_stuck] = bench.arrive(["a"]).await;
    let _first = bench.expect(&["a"]).await;
    let waiting = bench.arrive(["b", "c"]).await;
    sleep(LIMITS.slow).await;
    let second = bench.expect(&["b", "c"]).await;
    // There are no more than these two.
    let [third] = bench.arrive(["d"]).await;
    sleep(LIMITS.slow * 10).await;
    assert!(bench.query().await.is_none());
    second.end(Outcome::Found);
    bench.expect(&["d"]).await.end(Outcome::Found);
    for task in waiting.into_iter().chain([third]) {
        assert!(task.await.unwrap().is_ok());
    }
    // Whoever finds that the last one is slow does not wait at all.
    sleep(LIMITS.slow).await;
    let [prompt] = bench.arrive(["e"]).await;
    bench.expect(&["e"]).await.end(Outcome::Found);
    assert_eq!(prompt.await.unwrap(), Ok(at_first("e")));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let mut bench = Bench::new(LIMITS);
    let [_one] = bench.arrive(["a"]).await;
    let first = bench.expect(&["a"]).await;
    sleep(LIMITS.slow).await;
    let [two] = bench.arrive(["b"]).await;
    let second = bench.expect(&["b"]).await;
    let arrived = Instant::now();
    let [waits] = bench.arrive(["c"]).await;
    assert_eq!(waits.await.unwrap(), Err("late"));
    assert_eq!(arrived.elapsed(), LIMITS.late);
    // A query that has begun has limits of its own.
    assert!(!two.is_finished());
    first.end(Outcome::Found);
    second.end(Outcome::Found);
    assert_eq!(two.await.unwrap(), Ok(at_first("b")));
    bench.at_rest().await;
}

/// Whoever has waited for others' queries does not wait as long again for a connection.
#[tokio::test(start_paused = true)]
async fn each_waits_by_its_own_clock_for_a_query_to_begin() {
    let mut bench = Bench::new(Limits { most: 1, ..LIMITS });
    let [_one] = bench.arrive(["a"]).await;
    let first = bench.expect(&["a"]).await;
    let arrived = Instant::now();
    let [old] = bench.arrive(["b"]).await;
    sleep(LIMITS.late / 2).await;
    let [young] = bench.arrive(["c"]).await;
    bench.away.store(true, Ordering::Relaxed);
    first.end(Outcome::Found);
    let second = bench.expect(&["b", "c"]).await;
    assert_eq!(old.await.unwrap(), Err("late"));
    assert_eq!(arrived.elapsed(), LIMITS.late);
    assert!(!young.is_finished());
    second.end(Outcome::Found);
    assert_eq!(young.await.unwrap(), Ok(at_first("c")));
    bench.at_rest().await;
}

/// A far database answers several clients as soon as if each had its own connection.
#[tokio::test(start_paused = true)]
async fn the_way_to_a_far_database_is_not_waited_for_twice() {
    const WAY: Duration = Duration::from_millis(100);
    let Bench { coalescer, mut begun, world: _world, .. } =
        Bench::new(Limits { most: 10, ..LIMITS });
    tokio::spawn(async move {
        while let Some(query) = begun.recv().await {
            tokio::spawn(async move {
                sleep(WAY).await;
                query.end(Outcome::Found);
            });
        }
    });
    let mut clients = JoinSet::new();
    for _ in 0..20 {
        let coalescer = Arc::clone(&coalescer);
        clients.spawn(async move {
            let began = Instant::now();
            for _ in 0..10 {
                coalescer.find(&"a".to_owned()).await.unwrap();
            }
            began.elapsed()
        });
    }
    for took in clients.join_all().await {
        assert!(took < WAY * 12, "{took:?}");
    }
}
