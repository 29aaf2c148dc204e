//! No refusal sooner than a common floor, so that its time does not tell which hasher a row has.
//!
//! Every refusal does the preferred hasher's work. A row of another hasher, or of a higher cost, does
//! that row's work besides, and no work can be taken back: so all others wait until it would be done,
//! in a pause that holds neither a thread nor a place in the queue.
//!
//! What it hides: in a pause's length, which of the kinds of rows in use an account has, or whether it
//! exists. What it does not: that an account with a kind of row never seen before was tried (its first
//! refusals are late), and what a busy machine adds here and there; of that an attacker needs very
//! many requests to make anything, which is what `limit_req` is for.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Measurements of a kind that are remembered.
const SAMPLES: usize = 15;

/// Kinds that are remembered, those seen last; a table of users has a handful.
pub(super) const KINDS: usize = 64;

/// A measurement is remembered for so long: what kinds of rows there are changes, and how busy the
/// machine was at its start is soon of no interest.
const MEMORY: Duration = Duration::from_hours(24);

/// No refusal pauses for longer than this, whatever a row says that it costs.
const LIMIT: Duration = Duration::from_secs(5);

/// The floor: given, or following what refusals are seen to cost.
#[derive(Debug)]
pub struct RefusalFloor {
    given: Option<Duration>,
    seen: Mutex<Seen>,
}

/// What refusals cost: a row that costs no more than the preferred hasher is of the kind `None`.
type Seen = BTreeMap<Option<String>, VecDeque<Sample>>;

/// When a refusal was done, and how long its work took.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    took: Duration,
}

impl RefusalFloor {
    /// A floor of this height.
    pub fn fixed(floor: Duration) -> Self {
        Self { given: Some(floor), seen: Mutex::default() }
    }

    /// A floor that follows the slowest kind of refusal that [`RefusalFloor::observe`] was told of.
    /// Where there is but one kind there is none.
    pub fn auto() -> Self {
        Self { given: None, seen: Mutex::default() }
    }

    /// Notes how long the work of a refusal took, undisturbed.
    pub fn observe(&self, kind: Option<&str>, took: Duration) {
        tracing::debug!(kind, ?took, "a refusal");
        let at = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for samples in seen.values_mut() {
            samples.retain(|sample| at.duration_since(sample.at) < MEMORY);
        }
        seen.retain(|_, samples| !samples.is_empty());
        let kind = kind.map(str::to_owned);
        if seen.len() >= KINDS && !seen.contains_key(&kind) {
            let last = |samples: &VecDeque<Sample>| samples.back().map(|sample| sample.at);
            let oldest = seen.iter().min_by_key(|(_, samples)| last(samples));
            if let Some(oldest) = oldest.map(|(kind, _)| kind.clone()) {
                seen.remove(&oldest);
            }
        }
        let samples = seen.entry(kind).or_default();
        if samples.len() >= SAMPLES {
            samples.pop_front();
        }
        samples.push_back(Sample { at, took });
    }

    /// Notes that there still are rows of a kind, although none could be measured undisturbed: what was
    /// last known of it is not forgotten.
    pub fn keep(&self, kind: Option<&str>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let samples = seen.get_mut(&kind.map(str::to_owned));
        if let Some(last) = samples.and_then(VecDeque::back_mut) {
            last.at = Instant::now();
        }
    }

    /// When a refusal may leave that began and was done then.
    ///
    /// It waits for the floor, and where the machine is busy at least for what its own kind falls
    /// short of the slowest.
    pub(crate) fn leave_at(&self, kind: Option<&str>, began: Instant, done: Instant) -> Instant {
        let leave = match self.given {
            Some(floor) => began + floor,
            None => self.follow(kind, began, done),
        };
        leave.clamp(done, done + LIMIT)
    }

    fn follow(&self, kind: Option<&str>, began: Instant, done: Instant) -> Instant {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < 2 {
            return done;
        }
        let slowest = seen.values().map(median).max().unwrap_or_default().min(LIMIT);
        let own = seen.get(&kind.map(str::to_owned)).map_or(slowest, median);
        // A quarter more, so that what a little noise delays is in time, too.
        (began + slowest + slowest / 4).max(done + slowest.saturating_sub(own))
    }
}

fn median(samples: &VecDeque<Sample>) -> Duration {
    let mut samples: Vec<Duration> = samples.iter().map(|sample| sample.took).collect();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn one_kind_needs_no_floor() {
        let (floor, now) = (RefusalFloor::auto(), Instant::now());
        floor.observe(None, 100 * MS);
        assert_eq!(floor.leave_at(None, now, now + 100 * MS), now + 100 * MS);
    }

    #[test]
    fn all_kinds_leave_together() {
        let (floor, now) = (RefusalFloor::auto(), Instant::now());
        for noise in [0, 3, 90] {
            floor.observe(None, (100 + noise) * MS);
            floor.observe(Some("argon2"), (160 + noise) * MS);
            floor.observe(Some("md5"), (101 + noise) * MS);
        }
        let floor_at = now + 163 * MS * 5 / 4;
        for (kind, took) in [(None, 100), (Some("argon2"), 160), (Some("md5"), 101)] {
            assert_eq!(floor.leave_at(kind, now, now + took * MS), floor_at, "{kind:?}");
        }
        // Behind a queue, by what each falls short.
        let done = now + 900 * MS;
        assert_eq!(floor.leave_at(Some("argon2"), now, done), done);
        assert_eq!(floor.leave_at(None, now, done), done + 60 * MS);
        // One never seen is nobody's business yet.
        assert_eq!(floor.leave_at(Some("scrypt"), now, done), done);
    }

    #[test]
    fn a_hostile_row_holds_nobody_up_for_long() {
        let (floor, now) = (RefusalFloor::auto(), Instant::now());
        floor.observe(None, MS);
        floor.observe(Some("pbkdf2_sha256$9999999"), Duration::from_hours(1));
        assert_eq!(floor.leave_at(None, now, now + MS), now + MS + LIMIT);
        for kind in 0..1000 {
            floor.observe(Some(&kind.to_string()), MS);
        }
        assert_eq!(floor.seen.lock().unwrap().len(), KINDS);
    }

    #[tokio::test(start_paused = true)]
    async fn a_kind_that_is_there_no_more_is_forgotten_and_only_that() {
        let floor = RefusalFloor::auto();
        for kind in [None, Some("argon2"), Some("md5")] {
            floor.observe(kind, 100 * MS);
        }
        tokio::time::advance(MEMORY / 2).await;
        floor.keep(Some("argon2"));
        floor.keep(Some("scrypt"));
        tokio::time::advance(MEMORY / 2).await;
        floor.observe(None, 50 * MS);
        let seen = floor.seen.lock().unwrap();
        assert_eq!(seen.keys().flatten().collect::<Vec<_>>(), ["argon2"]);
    }

    #[test]
    fn a_given_floor_is_kept_and_work_is_never_cut() {
        let (floor, now) = (RefusalFloor::fixed(300 * MS), Instant::now());
        assert_eq!(floor.leave_at(None, now, now + 100 * MS), now + 300 * MS);
        assert_eq!(floor.leave_at(None, now, now + 400 * MS), now + 400 * MS);
    }
}
