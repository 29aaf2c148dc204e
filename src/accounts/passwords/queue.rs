//! Which checks run, which wait, and in what order: oldest first.
//!
//! A check is a row of steps. Those that derive share a worker, as many lanes as pay; all others take
//! a worker for themselves, and the memory that they fill out of a common bound. Between two slices a
//! check lies here, so that any worker may go on with it.
//!
//! Every check takes one place, and begins when its turn comes, whatever its steps are: else how long
//! it waits, or whether it is refused, would tell what kind of row an account has. A derivation could
//! share a worker with older ones while a bcrypt before it waits for a worker; it does not.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use super::Meter;
use crate::{
    django::hashers::Steps,
    lanes::{Engine, Lane},
};

/// What follows a derivation.
type Then = Box<dyn FnOnce([u8; 32]) -> Steps<()> + Send>;

/// The rest of a check.
pub(super) enum Work {
    /// A step that was not begun yet.
    Next(Steps<()>),
    /// A derivation under way.
    Lane(Box<Lane>, Then),
}

/// A check that was admitted.
pub(super) struct Task {
    id: u64,
    /// Whether a worker has worked on it.
    begun: bool,
    pub(super) work: Work,
    pub(super) meter: Arc<Meter>,
}

impl Task {
    /// Whether it can share a worker with others.
    fn is_lane(&self) -> bool {
        matches!(self.work, Work::Lane(..) | Work::Next(Steps::Derive(..)))
    }

    /// Bytes that its next slice fills.
    fn memory(&self) -> u64 {
        match self.work {
            Work::Next(Steps::Run { memory, .. }) => memory,
            _ => 0,
        }
    }
}

/// In what order tasks go, which are looked at by age: none begins before an older one has begun, and of
/// those that need memory none overtakes another. Whoever has begun goes on beside those that wait.
#[derive(Default)]
struct Order {
    /// One that has not begun stays behind.
    one_waits: bool,
    /// One that needs memory stays behind.
    one_needs_memory: bool,
}

impl Order {
    /// Whether this one may go, the memory that it needs being there or not. One that may not is passed.
    fn lets(&mut self, task: &Task, has_memory: bool) -> bool {
        let is_free = task.memory() == 0 || (has_memory && !self.one_needs_memory);
        let lets = is_free && (task.begun || !self.one_waits);
        if !lets {
            self.passes(task);
        }
        lets
    }

    /// This one stays behind.
    fn passes(&mut self, task: &Task) {
        self.one_waits |= !task.begun;
        self.one_needs_memory |= task.memory() > 0;
    }
}

/// What one worker takes for one slice.
pub(super) struct Slice {
    pub(super) tasks: Vec<Task>,
    /// How many it took: fewer may come back.
    taken: usize,
    /// Bytes that it fills.
    memory: u64,
}

/// How many checks there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "nobody asks"))]
pub(super) struct Load {
    /// Those that hold a part of the capacity.
    pub(super) running: usize,
    /// Those that wait for one.
    pub(super) waiting: usize,
}

/// How many checks are admitted.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) workers: usize,
    /// Lanes that one worker holds at most.
    pub(super) lanes: usize,
    /// Checks that may wait.
    pub(super) places: usize,
    /// How long they may wait: no check is admitted that would wait longer as things go.
    pub(super) patience: Duration,
    /// Bytes that checks may fill at the same time. One alone may fill more: it is within the limits
    /// of its hasher.
    pub(super) memory: u64,
}

/// How long it takes until the next of those that wait gets its turn.
#[derive(Default)]
struct Pace {
    /// Since when there were always some that waited, and how many of them got their turn.
    since: Option<Instant>,
    turns: u32,
    /// Zero where nothing is known.
    average: Duration,
}

impl Pace {
    /// Turns that make an average: lanes that began together end together.
    const TURNS: u32 = 32;

    /// One has got its turn.
    fn turn(&mut self, now: Instant, others_wait: bool) {
        self.turns += 1;
        if let Some(since) = self.since
            && self.turns >= Self::TURNS
        {
            self.average = now.saturating_duration_since(since) / self.turns;
            self.since = None;
        }
        if !others_wait {
            *self = Self::default();
        } else if self.since.is_none() {
            (self.since, self.turns) = (Some(now), 0);
        }
    }
}

/// The checks that were admitted.
pub(super) struct Queue {
    room: Room,
    /// Of the checks that the workers hold, those that none is at just now, by age.
    ready: VecDeque<Task>,
    /// Those that wait until they are held, by age.
    waiting: VecDeque<Task>,
    pace: Pace,
    /// How many the workers are at.
    out: usize,
    /// Bytes that the workers fill just now.
    filled: u64,
    next_id: u64,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new(room: Room) -> Self {
        let (ready, waiting) = (VecDeque::new(), VecDeque::new());
        let pace = Pace::default();
        Self { room, ready, waiting, pace, out: 0, filled: 0, next_id: 0 }
    }

    /// Admits a check and returns its number; `None` where every place is taken, or it would wait for
    /// too long.
    pub(super) fn admit(&mut self, steps: Steps<()>, meter: Arc<Meter>) -> Option<u64> {
        let id = self.next_id;
        let task = Task { id, begun: false, work: Work::Next(steps), meter };
        if self.waiting.is_empty() && self.has_place() {
            self.ready.push_back(task);
        } else if self.may_wait() {
            self.waiting.push_back(task);
        } else {
            return None;
        }
        self.next_id += 1;
        Some(id)
    }

    /// Takes back a check that nobody has worked on yet; `false` where somebody has.
    pub(super) fn withdraw(&mut self, id: u64, now: Instant) -> bool {
        if let Ok(at) = self.waiting.binary_search_by_key(&id, |task| task.id) {
            self.waiting.remove(at);
            if self.waiting.is_empty() {
                // The time until somebody waits again is nobody's wait.
                self.pace = Pace::default();
            }
            return true;
        }
        let Ok(at) = self.ready.binary_search_by_key(&id, |task| task.id) else { return false };
        if self.ready.get(at).is_none_or(|task| task.begun) {
            return false;
        }
        self.ready.remove(at);
        self.let_in(now);
        true
    }

    /// The work of one slice: the oldest check that may go, and those that share a worker with it.
    pub(super) fn take(&mut self, engine: &Engine) -> Option<Slice> {
        let mut order = Order::default();
        let first =
            self.ready.iter().position(|task| order.lets(task, self.has_memory(task.memory())))?;
        let oldest = self.ready.get(first)?;
        let (is_lane, memory) = (oldest.is_lane(), oldest.memory());
        let width = if is_lane {
            let lanes = self.ready.iter().filter(|task| task.is_lane()).count();
            // Those of the other workers count: they come back, and every worker takes its share.
            let share = (lanes + self.out).div_ceil(self.room.workers);
            engine.width(share).min(self.room.lanes)
        } else {
            1
        };
        let (mut order, mut tasks) = (Order::default(), Vec::with_capacity(width));
        let mut rest = VecDeque::with_capacity(self.ready.len());
        for (at, mut task) in std::mem::take(&mut self.ready).into_iter().enumerate() {
            let joins = at == first || (is_lane && at > first && task.is_lane());
            if joins && tasks.len() < width && order.lets(&task, true) {
                task.begun = true;
                tasks.push(task);
            } else {
                order.passes(&task);
                rest.push_back(task);
            }
        }
        self.ready = rest;
        self.out += tasks.len();
        self.filled += memory;
        Some(Slice { taken: tasks.len(), memory, tasks })
    }

    /// Takes back what a worker has not finished, and lets others in for what it has.
    pub(super) fn give_back(&mut self, slice: Slice, now: Instant) {
        let Slice { tasks, taken, memory } = slice;
        self.out -= taken;
        self.filled -= memory;
        for task in tasks {
            let at = self.ready.partition_point(|other| other.id < task.id);
            self.ready.insert(at, task);
        }
        self.let_in(now);
    }

    /// Whether there is work for another worker.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// How many checks there are.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "nobody asks"))]
    pub(super) fn load(&self) -> Load {
        Load { running: self.ready.len() + self.out, waiting: self.waiting.len() }
    }

    fn has_memory(&self, memory: u64) -> bool {
        self.filled == 0 || self.filled.saturating_add(memory) <= self.room.memory
    }

    fn has_place(&self) -> bool {
        self.ready.len() + self.out < self.room.workers * self.room.lanes
    }

    /// Whether no check would be admitted now.
    pub(super) fn is_full(&self) -> bool {
        (!self.waiting.is_empty() || !self.has_place()) && !self.may_wait()
    }

    fn may_wait(&self) -> bool {
        self.waiting.len() < self.room.places && self.wait() <= self.room.patience
    }

    /// How long one more would wait, as things go.
    fn wait(&self) -> Duration {
        let turns = u32::try_from(self.waiting.len() + 1).unwrap_or(u32::MAX);
        self.pace.average.saturating_mul(turns)
    }

    /// Lets in who waits, as long as there is a place.
    fn let_in(&mut self, now: Instant) {
        while self.has_place() {
            let Some(task) = self.waiting.pop_front() else { break };
            self.ready.push_back(task);
            self.pace.turn(now, !self.waiting.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::{
        django::hashers::{Derivation, Secret},
        lanes::Path,
    };

    /// Two workers of four lanes, and two places to wait.
    fn queue() -> Queue {
        let patience = Duration::from_secs(10);
        Queue::new(Room { workers: 2, lanes: 4, places: 2, patience, memory: 100 })
    }

    fn give_back(queue: &mut Queue, slice: Slice) {
        queue.give_back(slice, Instant::now());
    }

    /// Holds one lane at a time.
    fn engine() -> Engine {
        Engine::only(Path::Portable).unwrap()
    }

    fn lane(queue: &mut Queue) -> Option<u64> {
        let derivation = Derivation {
            password: Secret::default(),
            salt: Box::default(),
            iterations: NonZeroU32::MIN,
        };
        queue.admit(Steps::derive(derivation, |_| ()), Arc::default())
    }

    fn single(queue: &mut Queue) -> Option<u64> {
        filling(queue, 0)
    }

    fn filling(queue: &mut Queue, memory: u64) -> Option<u64> {
        queue.admit(Steps::run(memory, || ()), Arc::default())
    }

    fn ids(tasks: &[Task]) -> Vec<u64> {
        tasks.iter().map(|task| task.id).collect()
    }

    fn take(queue: &mut Queue) -> Slice {
        queue.take(&engine()).unwrap()
    }

    #[test]
    fn lanes_fill_the_workers_before_any_waits() {
        let mut queue = queue();
        let admitted: Vec<_> = (0..11).map(|_| lane(&mut queue)).collect();
        assert_eq!(
            admitted.iter().flatten().copied().collect::<Vec<_>>(),
            (0..10).collect::<Vec<u64>>()
        );
        assert_eq!(admitted.last(), Some(&None), "eight run, two wait, one is too many");
        assert_eq!(queue.load(), Load { running: 8, waiting: 2 });
        let slice = take(&mut queue);
        assert_eq!(queue.load(), Load { running: 8, waiting: 2 }, "whoever is at them");
        give_back(&mut queue, slice);
        assert!(queue.is_full());
        assert!(queue.withdraw(9, Instant::now()) && !queue.is_full());
    }

    #[test]
    fn what_a_check_is_made_of_does_not_tell_whether_it_is_admitted() {
        let admit: [fn(&mut Queue) -> Option<u64>; 2] = [lane, single];
        for others in admit {
            for own in admit {
                let mut queue = queue();
                let held: Vec<_> = (0..7).filter_map(|_| others(&mut queue)).collect();
                assert_eq!((held.len(), own(&mut queue)), (7, Some(7)));
                assert_eq!((queue.ready.len(), queue.waiting.len()), (8, 0));
                assert_eq!([own(&mut queue), others(&mut queue)], [Some(8), Some(9)]);
                assert_eq!([own(&mut queue), others(&mut queue)], [None, None]);
            }
        }
    }

    #[test]
    fn what_cannot_be_cut_has_a_worker_for_itself() {
        let mut queue = queue();
        for _ in 0..2 {
            single(&mut queue);
        }
        lane(&mut queue);
        assert_eq!([take(&mut queue), take(&mut queue)].map(|slice| ids(&slice.tasks)), [[0], [1]]);
    }

    #[test]
    fn those_that_fill_more_than_there_is_wait_for_each_other() {
        let patience = Duration::from_secs(10);
        let mut queue = Queue::new(Room { workers: 9, lanes: 1, places: 0, patience, memory: 100 });
        lane(&mut queue);
        let begun = take(&mut queue);
        for memory in [60, 50, 40] {
            filling(&mut queue, memory);
        }
        lane(&mut queue);
        single(&mut queue);
        let first = take(&mut queue);
        assert_eq!(ids(&first.tasks), [1]);
        assert!(queue.take(&engine()).is_none(), "40 would fit, but 50 was there before");
        give_back(&mut queue, begun);
        let begun = take(&mut queue);
        assert_eq!(ids(&begun.tasks), [0], "who has begun goes on");
        assert!(queue.take(&engine()).is_none() && queue.is_ready());
        give_back(&mut queue, Slice { tasks: Vec::new(), ..first });
        let slices: Vec<Slice> = (0..4).map(|_| take(&mut queue)).collect();
        assert_eq!(
            slices.iter().flat_map(|slice| ids(&slice.tasks)).collect::<Vec<_>>(),
            [2, 3, 4, 5]
        );
        assert_eq!(queue.filled, 90);
        for slice in slices {
            give_back(&mut queue, Slice { tasks: Vec::new(), ..slice });
        }
        // One alone may fill more.
        filling(&mut queue, 101);
        assert_eq!((take(&mut queue).tasks.len(), queue.filled), (1, 101));
    }

    /// Two lanes at once are as soon done as one.
    fn pairs() -> Engine {
        Engine::only(Path::ShaNiX2).or_else(|| Engine::only(Path::Avx2)).unwrap_or_else(engine)
    }

    #[test]
    fn no_derivation_begins_before_what_cannot_be_cut() {
        let mut queue = queue();
        let engine = pairs();
        lane(&mut queue);
        single(&mut queue);
        for _ in 0..3 {
            lane(&mut queue);
        }
        // Those behind the second would have room beside the first; the second has none.
        let first = queue.take(&engine).unwrap();
        assert_eq!(ids(&first.tasks), [0]);
        let second = queue.take(&engine).unwrap();
        assert_eq!(ids(&second.tasks), [1]);
        // What it leaves is begun, and rides with the others.
        let mut second = second;
        second.tasks[0].work = Work::Next(Steps::derive(
            Derivation {
                password: Secret::default(),
                salt: Box::default(),
                iterations: NonZeroU32::MIN,
            },
            |_| (),
        ));
        give_back(&mut queue, second);
        give_back(&mut queue, first);
        let together = queue.take(&engine).unwrap();
        assert!(ids(&together.tasks).starts_with(&[0, 1][..together.tasks.len().min(2)]));
    }

    #[test]
    fn the_oldest_goes_first_and_goes_on() {
        let mut queue = queue();
        for _ in 0..3 {
            lane(&mut queue);
        }
        let first = take(&mut queue);
        let second = take(&mut queue);
        assert_eq!((ids(&first.tasks), ids(&second.tasks)), (vec![0], vec![1]));
        give_back(&mut queue, second);
        give_back(&mut queue, first);
        let mut again = take(&mut queue);
        assert_eq!(ids(&again.tasks), [0]);
        again.tasks.clear();
        give_back(&mut queue, again);
        assert_eq!(ids(&take(&mut queue).tasks), [1]);
        assert_eq!(ids(&take(&mut queue).tasks), [2]);
        assert!(queue.take(&engine()).is_none() && !queue.is_ready());
    }

    #[test]
    fn who_is_done_makes_room() {
        let mut queue = queue();
        for _ in 0..9 {
            single(&mut queue);
        }
        assert_eq!((queue.ready.len(), queue.waiting.len()), (8, 1));
        // What broke off is not there to come back.
        let mut slice = take(&mut queue);
        slice.tasks.clear();
        give_back(&mut queue, slice);
        assert_eq!((queue.ready.len(), queue.waiting.len()), (8, 0));
        assert_eq!(ids(&take(&mut queue).tasks), [1]);
    }

    #[test]
    fn only_what_nobody_has_begun_is_withdrawn() {
        let (mut queue, now) = (queue(), Instant::now());
        let ids: Vec<u64> = (0..10).filter_map(|_| lane(&mut queue)).collect();
        let slice = take(&mut queue);
        assert!(!queue.withdraw(ids[0], now), "a worker is at it");
        give_back(&mut queue, slice);
        assert!(!queue.withdraw(ids[0], now), "a worker was at it");
        assert!(queue.withdraw(ids[9], now) && !queue.withdraw(ids[9], now));
        assert!(queue.withdraw(ids[5], now), "admitted, but not begun");
        assert_eq!((queue.ready.len(), queue.waiting.len()), (8, 0), "the next takes its part");
        assert!(!queue.withdraw(4711, now));
    }

    #[test]
    fn who_would_wait_too_long_is_not_admitted() {
        let patience = Duration::from_secs(10);
        let room = Room { workers: 1, lanes: 1, places: 50, patience, memory: 0 };
        let (mut queue, mut now) = (Queue::new(room), Instant::now());
        let admitted = |queue: &mut Queue| (0..60).filter_map(|_| lane(queue)).count();
        assert_eq!(admitted(&mut queue), 51, "nothing is known yet");
        let mut finish = |queue: &mut Queue, count: u32, each: Duration| {
            for _ in 0..count {
                let mut slice = take(queue);
                slice.tasks.clear();
                now += each;
                queue.give_back(slice, now);
            }
        };
        finish(&mut queue, 33, Duration::from_millis(500));
        assert_eq!((queue.waiting.len(), queue.wait()), (17, Duration::from_secs(9)));
        assert_eq!(admitted(&mut queue), 3);
        assert_eq!(queue.wait(), Duration::from_millis(10_500), "as long as the next would wait");
        // As fast as the work goes now.
        for _ in 0..64 {
            finish(&mut queue, 1, Duration::from_millis(1));
            lane(&mut queue);
        }
        admitted(&mut queue);
        assert_eq!((queue.waiting.len(), queue.wait()), (50, Duration::from_millis(51)));
        // Nobody waits while nobody is there.
        finish(&mut queue, 51, Duration::from_millis(1));
        assert!(queue.pace.since.is_none() && queue.wait().is_zero());
    }

    #[test]
    fn the_time_when_nobody_waits_makes_nobody_wait() {
        let room =
            Room { workers: 1, lanes: 1, places: 50, patience: Duration::from_secs(10), memory: 0 };
        let (mut queue, mut now) = (Queue::new(room), Instant::now());
        let admitted: Vec<u64> = (0..20).filter_map(|_| lane(&mut queue)).collect();
        let mut slice = take(&mut queue);
        slice.tasks.clear();
        queue.give_back(slice, now);
        // All others hang up; an hour later there are many at once.
        assert!(admitted.iter().skip(1).all(|id| queue.withdraw(*id, now)));
        now += Duration::from_hours(1);
        for _ in 0..40 {
            assert!(lane(&mut queue).is_some());
        }
        for _ in 0..35 {
            let mut slice = take(&mut queue);
            slice.tasks.clear();
            now += Duration::from_millis(10);
            queue.give_back(slice, now);
        }
        assert_eq!(queue.wait(), Duration::from_millis(10) * 5);
        // The machine stood still for an hour: once nobody waits any more, that is forgotten.
        now += Duration::from_hours(1);
        for _ in 0..64 {
            let _ = lane(&mut queue);
            let mut slice = take(&mut queue);
            slice.tasks.clear();
            queue.give_back(slice, now);
        }
        while let Some(mut slice) = queue.take(&engine()) {
            slice.tasks.clear();
            queue.give_back(slice, now);
        }
        assert!((0..51).all(|_| lane(&mut queue).is_some()));
    }
}
