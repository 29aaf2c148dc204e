//! Which path moves how many lanes on: whatever this processor was measured to do soonest.

use std::{
    iter,
    num::NonZeroU32,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use super::{
    lane::Lane,
    path::{Available, Path, available},
};

/// A slice of work is about this long: short beside a derivation, long beside a change of lanes.
const SLICE: Duration = Duration::from_millis(4);

/// A sample of the measurement is about this long, and so many are taken.
const SAMPLE: Duration = Duration::from_micros(80);
const SAMPLES: usize = 7;

/// What this processor offers, and what it costs. A clone shares it.
#[derive(Clone, Debug)]
pub struct Engine {
    /// For 1, 2, 3… lanes: the path for the first of them, and the time until all have moved on.
    plan: Arc<[Step]>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    path: Available,
    /// How many lanes the path takes.
    width: usize,
    /// Picoseconds for an iteration of all these lanes.
    cost: u64,
}

impl Engine {
    /// The engine of this processor. The first call measures, for a few milliseconds.
    pub fn detect() -> &'static Self {
        static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
            Engine::over(&available().iter().copied().map(Step::measured).collect::<Vec<_>>())
        });
        &ENGINE
    }

    /// An engine that uses this path alone; `None` where it is not available.
    pub fn only(path: Path) -> Option<Self> {
        path.available().map(|path| Self::over(&[Step::measured(path)]))
    }

    /// The plan over these paths, each with the cost of an iteration of its whole width.
    fn over(paths: &[Step]) -> Self {
        let widest = paths.iter().map(|step| step.width).max().unwrap_or(1);
        let mut plan: Vec<Step> = Vec::with_capacity(widest);
        for lanes in 1..=widest {
            let steps = paths.iter().map(|step| {
                let rest = step_for(&plan, lanes.saturating_sub(step.width));
                let cost = step.cost.saturating_add(rest.map_or(0, |rest| rest.cost));
                Step { cost, ..*step }
            });
            plan.extend(steps.min_by_key(|step| step.cost));
        }
        // What is wider than any path in use can be put together from the parts.
        let used = plan.iter().map(|step| step.width).max().unwrap_or(1);
        plan.truncate(used);
        Self { plan: plan.into() }
    }

    /// The most lanes that it moves on together.
    pub fn capacity(&self) -> usize {
        self.plan.len()
    }

    /// How many of the lanes that wait to move on together, so that all are done soonest; the fewer
    /// where that is the same, for the first are then done sooner.
    pub fn width(&self, waiting: usize) -> usize {
        let widths = 1..=waiting.clamp(1, self.capacity());
        let total = |width: &usize| {
            let rounds = (waiting / width) as u64;
            rounds.saturating_mul(self.cost(*width)).saturating_add(self.cost(waiting % width))
        };
        let least = widths.clone().map(|width| total(&width)).min().unwrap_or_default();
        // A difference that the measurement cannot tell is none.
        let enough = least.saturating_add(least / 32);
        widths.into_iter().find(|width| total(width) <= enough).unwrap_or(1)
    }

    /// The iterations of this many lanes that take a few milliseconds.
    pub fn slice(&self, width: usize) -> u32 {
        let budget = u64::try_from(SLICE.as_nanos()).unwrap_or(u64::MAX).saturating_mul(1000);
        let iterations = budget / self.cost(width).max(1);
        u32::try_from(iterations.clamp(100, 1_000_000)).unwrap_or(u32::MAX)
    }

    /// Picoseconds for an iteration of this many lanes.
    fn cost(&self, lanes: usize) -> u64 {
        let of = |lanes| step_for(&self.plan, lanes).map_or(0, |step| step.cost);
        let (full, rest) = (lanes / self.capacity(), lanes % self.capacity());
        (full as u64).saturating_mul(of(self.capacity())).saturating_add(of(rest))
    }

    /// Moves every lane on by this many iterations, or by those that it has left.
    pub fn advance(&self, lanes: &mut [&mut Lane], iterations: u32) {
        for group in lanes.chunks_mut(self.capacity()) {
            let mut group: Vec<&mut Lane> = group.iter_mut().map(|lane| &mut **lane).collect();
            let mut todo = iterations;
            loop {
                group.retain(|lane| lane.left > 0);
                let step = group.iter().map(|lane| lane.left).min().unwrap_or_default().min(todo);
                if step == 0 {
                    break;
                }
                self.advance_evenly(&mut group, step);
                todo -= step;
            }
        }
    }

    /// Moves lanes on that all have so many iterations left.
    fn advance_evenly(&self, mut lanes: &mut [&mut Lane], iterations: u32) {
        while let Some(step) = step_for(&self.plan, lanes.len()) {
            let (now, later) = lanes.split_at_mut(step.width.min(lanes.len()));
            step.path.advance(now, iterations);
            lanes = later;
        }
    }
}

impl Step {
    fn measured(path: Available) -> Self {
        Self { path, width: path.path().width(), cost: measure(path) }
    }
}

/// The plan's step for this many lanes; `None` for none.
fn step_for(plan: &[Step], lanes: usize) -> Option<&Step> {
    plan.get(lanes.checked_sub(1)?)
}

/// Picoseconds for an iteration of the path's whole width, in the best of a few samples.
fn measure(path: Available) -> u64 {
    let lane = || Lane::new(b"password", b"salt", NonZeroU32::MAX);
    let mut lanes: Vec<Lane> = iter::repeat_with(lane).take(path.path().width()).collect();
    let mut lanes: Vec<&mut Lane> = lanes.iter_mut().collect();
    let mut sample = |iterations: u32| {
        let start = Instant::now();
        path.advance(&mut lanes, iterations);
        let picoseconds = start.elapsed().as_nanos().saturating_mul(1000) / u128::from(iterations);
        u64::try_from(picoseconds).unwrap_or(u64::MAX).max(1)
    };
    // The first wakes the units up and tells how many fill a sample.
    let first = sample(32);
    let fitting = u64::try_from(SAMPLE.as_nanos()).unwrap_or(u64::MAX).saturating_mul(1000) / first;
    let fitting = u32::try_from(fitting.clamp(16, 4096)).unwrap_or(16);
    iter::repeat_with(|| sample(fitting)).take(SAMPLES).min().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine over paths of these widths and costs.
    fn engine(paths: &[(usize, u64)]) -> Engine {
        let path = Path::Portable.available().unwrap();
        let steps = paths.iter().map(|(width, cost)| Step { path, width: *width, cost: *cost });
        Engine::over(&steps.collect::<Vec<_>>())
    }

    fn widths(engine: &Engine) -> Vec<usize> {
        (1..=20).map(|waiting| engine.width(waiting)).collect()
    }

    #[test]
    fn one_lane_alone_where_nothing_is_gained() {
        let engine = engine(&[(1, 100)]);
        assert_eq!(engine.capacity(), 1);
        assert_eq!(widths(&engine), [1; 20]);
        assert_eq!(engine.cost(7), 700);
    }

    #[test]
    fn pairs_where_two_gain_and_a_slow_vector_is_left_out() {
        // Zen 3: one by SHA-NI, two, and eight by AVX2.
        let engine = engine(&[(1, 82_000), (2, 90_000), (8, 560_000)]);
        assert_eq!(engine.capacity(), 2);
        assert_eq!(widths(&engine)[..5], [1, 2, 2, 2, 2]);
        assert_eq!(engine.cost(5), 2 * 90_000 + 82_000);
    }

    #[test]
    fn a_vector_from_the_number_where_it_is_sooner_done() {
        // Ice Lake: one by SHA-NI, sixteen by AVX-512.
        let engine = engine(&[(1, 90_000), (16, 492_000)]);
        assert_eq!(engine.capacity(), 16);
        assert_eq!(widths(&engine)[..8], [1, 1, 1, 1, 1, 6, 7, 8]);
        assert_eq!(engine.width(16), 16);
        assert_eq!(engine.cost(5), 450_000);
        assert_eq!(engine.cost(6), 492_000);
        // Sixteen, and the rest one by one.
        assert_eq!(engine.cost(18), 492_000 + 180_000);
        assert_eq!(engine.width(18), 16);
    }

    #[test]
    fn differences_that_cannot_be_measured_are_none() {
        assert_eq!(engine(&[(1, 100), (2, 198)]).width(2), 1);
        assert_eq!(engine(&[(1, 100), (2, 180)]).width(2), 2);
    }

    #[test]
    fn a_slice_is_a_few_milliseconds() {
        let engine = engine(&[(1, 100_000), (8, 400_000)]);
        assert_eq!([engine.slice(1), engine.slice(8), engine.slice(16)], [40_000, 10_000, 5_000]);
        assert_eq!(engine.slice(0), 1_000_000);
    }

    #[test]
    fn a_measurement_is_within_reason() {
        let costs = available().iter().map(|path| measure(*path)).collect::<Vec<_>>();
        // Between a nanosecond and a millisecond for an iteration.
        assert!(costs.iter().all(|cost| (1000..1_000_000_000).contains(cost)), "{costs:?}");
        let whole = Engine::detect();
        let width = whole.capacity();
        assert!(whole.width(width) <= width && whole.slice(width) <= whole.slice(1));
    }
}
