//! The engine beside the `pbkdf2` crate: `cargo bench --bench lanes`.
//!
//! First divan's table: a second's derivations of every path that this processor has, one by one, on one core. Then,
//! without arguments, what the figures are made of: the engine as the service uses it and the crate in turns, on all
//! cores at once (two threads of a core share its units, so one thread alone would promise too much).

#![allow(clippy::print_stdout, reason = "what a bench is for")]
#![allow(missing_docs, reason = "divan makes functions of its own")]

use std::{
    hint::black_box,
    num::NonZeroU32,
    thread,
    time::{Duration, Instant},
};

use divan::{Bencher, counter::ItemsCount};
use drf_auth::lanes::{Engine, Lane, Path};
use pbkdf2::pbkdf2_hmac_array;
use sha2::Sha256;

/// Django 5.2's.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();
/// Of divan's samples: enough to make the start of a derivation nothing.
const SHORT: NonZeroU32 = NonZeroU32::new(20_000).unwrap();

const PASSWORD: &[u8] = b"correct horse battery staple";
const SALT: &[u8] = b"0123456789abcdefABCDEF";

fn main() {
    divan::main();
    // Options and filters are about divan's table.
    if std::env::args().skip(1).all(|argument| argument == "--bench") {
        figures();
    }
}

#[divan::bench(min_time = 0.5)]
fn pbkdf2_crate(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1_usize)).bench(|| derive_by_crate(SHORT));
}

#[divan::bench(args = Path::ALL.into_iter().filter(|path| Engine::only(*path).is_some()), min_time = 0.5)]
fn path(bencher: Bencher<'_, '_>, path: Path) {
    let Some(engine) = Engine::only(path) else { return };
    // As many lanes as it takes at once.
    let lanes = engine.capacity();
    bencher.counter(ItemsCount::new(lanes)).bench(|| derive_by_engine(&engine, lanes, SHORT));
}

#[divan::bench(args = [1, 2, 3, 4, 8, 16], min_time = 0.5)]
fn engine(bencher: Bencher<'_, '_>, waiting: usize) {
    let engine = Engine::detect();
    bencher.counter(ItemsCount::new(waiting)).bench(|| derive_by_engine(engine, waiting, SHORT));
}

fn derive_by_crate(iterations: NonZeroU32) {
    black_box(pbkdf2_hmac_array::<Sha256, 32>(black_box(PASSWORD), SALT, iterations.get()));
}

/// So many that wait, in groups of the width that the engine advises, as the worker takes them.
fn derive_by_engine(engine: &Engine, mut waiting: usize, iterations: NonZeroU32) {
    while waiting > 0 {
        let width = engine.width(waiting);
        let new = || Lane::new(black_box(PASSWORD), SALT, iterations);
        let mut lanes: Vec<Lane> = std::iter::repeat_with(new).take(width).collect();
        let mut lanes: Vec<&mut Lane> = lanes.iter_mut().collect();
        while lanes.iter().any(|lane| lane.left() > 0) {
            engine.advance(&mut lanes, engine.slice(width));
        }
        black_box(lanes.iter().map(|lane| lane.output()).collect::<Vec<_>>());
        waiting -= width;
    }
}

/// What one of the contenders does on one core, and how many derivations that is.
type Work<'a> = (&'a (dyn Fn() + Sync), u32);

/// The engine and the crate by turns: the medians of the rounds, and their ratios.
fn figures() {
    const ROUNDS: usize = 5;
    let engine = Engine::detect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("\n{cores} cores at once, {ITERATIONS} iterations, medians of {ROUNDS} rounds");
    let crate_one = || derive_by_crate(ITERATIONS);
    let one = || derive_by_engine(engine, 1, ITERATIONS);
    let sixteen = || derive_by_engine(engine, 16, ITERATIONS);
    let contenders: [Work<'_>; 3] = [(&crate_one, 1), (&one, 1), (&sixteen, 16)];
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (rates, work) in rates.iter_mut().zip(&contenders) {
            rates.push(a_second_a_core(*work, cores));
        }
    }
    let [by_crate, one, sixteen] = rates.map(median);
    println!("{:<28}{:>14}{:>10}", "", "a second a core", "ratio");
    let row = |name: &str, rate: f64| println!("{name:<28}{rate:>14.2}{:>10.2}", rate / by_crate);
    row("pbkdf2 crate", by_crate);
    row("engine, 1 waiting", one);
    row("engine, 16 waiting", sixteen);
    println!("derivations a second a core: {:.2}", sixteen.max(one));
}

/// Runs the work on every core for about a second; the mean of the cores' rates.
fn a_second_a_core((work, derivations): Work<'_>, cores: usize) -> f64 {
    // A rate for each: the threads do not end at the same moment.
    let on_a_core = || {
        let begun = Instant::now();
        let mut done = 0_u32;
        while begun.elapsed() < Duration::from_secs(1) {
            work();
            done += derivations;
        }
        f64::from(done) / begun.elapsed().as_secs_f64()
    };
    let rates: Vec<f64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(on_a_core)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    rates.iter().sum::<f64>() / u32::try_from(rates.len()).map_or(1.0, f64::from)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
