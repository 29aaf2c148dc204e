//! What the store has asked the database, and how its connections stand.

use std::time::Duration;
#[cfg(feature = "server")]
use std::{fmt, sync::Arc};

use super::driver::Failure;
#[cfg(feature = "server")]
use super::{
    driver::Driver,
    pool::{Pool, Standing},
};
#[cfg(feature = "server")]
use crate::metrics::{Collector, DescriptorEncoder, Registry, gauges};
use crate::metrics::{Counter, Family, Histogram, Labels, seconds};

/// Which of the store's connections it is about: those of token checks, or those of logins.
pub(super) const CHECKS: &str = "checks";
/// See [`CHECKS`].
pub(super) const LOGINS: &str = "logins";

/// Statements and their failures, by pool.
#[derive(Clone, Debug)]
pub(super) struct StatementMetrics {
    seconds: Family<Labels<1>, Histogram, fn() -> Histogram>,
    failures: Family<Labels<2>, Counter>,
}

impl Default for StatementMetrics {
    fn default() -> Self {
        Self { seconds: Family::new_with_constructor(seconds), failures: Family::default() }
    }
}

impl StatementMetrics {
    #[cfg(feature = "server")]
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "database_statement_seconds",
            "Time from a statement to its whole answer, without the wait for a connection",
            self.seconds.clone(),
        );
        let help = "Statements that gave no answer; some were tried again";
        registry.register("database_failures", help, self.failures.clone());
    }

    /// The statements of one pool.
    pub(super) fn of(&self, pool: &'static str) -> Statements {
        let seconds = self.seconds.get_or_create_owned(&[("pool", pool)]);
        // From the beginning, for whoever adds them up.
        for name in FAILURES.into_iter().filter_map(name) {
            let _: Counter =
                self.failures.get_or_create_owned(&[("pool", pool), ("failure", name)]);
        }
        Statements { pool, seconds, failures: self.failures.clone() }
    }
}

/// The statements of one pool.
#[derive(Clone, Debug)]
pub(super) struct Statements {
    pool: &'static str,
    seconds: Histogram,
    failures: Family<Labels<2>, Counter>,
}

impl Statements {
    /// A statement was answered, or was not.
    pub(super) fn took(&self, time: Duration) {
        self.seconds.observe(time.as_secs_f64());
    }

    pub(super) fn failed(&self, failure: Failure) {
        let Some(name) = name(failure) else { return };
        self.failures.get_or_create(&[("pool", self.pool), ("failure", name)]).inc();
    }
}

/// Those that are no answer.
const FAILURES: [Failure; 10] = [
    Failure::Lost,
    Failure::Stale,
    Failure::Pooled,
    Failure::ReadOnly,
    Failure::Conflict,
    Failure::Schema,
    Failure::Denied,
    Failure::Row,
    Failure::Constraint,
    Failure::Unavailable,
];

/// `None` for what is an answer like any other.
const fn name(failure: Failure) -> Option<&'static str> {
    Some(match failure {
        Failure::Lost => "lost",
        Failure::Stale => "stale",
        Failure::Pooled => "pooled",
        Failure::ReadOnly => "read_only",
        Failure::Conflict => "conflict",
        Failure::Schema => "schema",
        Failure::Denied => "denied",
        Failure::Row => "row",
        Failure::Constraint => "constraint",
        Failure::Unavailable => "unavailable",
        Failure::Unique | Failure::ForeignKey | Failure::Unencodable => return None,
    })
}

#[cfg(feature = "server")]
/// The pools as they stand whenever it is asked for.
pub(super) struct Pools<D: Driver> {
    pub(super) checks: Arc<Pool<D>>,
    pub(super) logins: Arc<Pool<D>>,
}

#[cfg(feature = "server")]
impl<D: Driver> fmt::Debug for Pools<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries([&self.checks, &self.logins]).finish()
    }
}

#[cfg(feature = "server")]
impl<D: Driver> Collector for Pools<D> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let both = [(CHECKS, self.checks.standing()), (LOGINS, self.logins.standing())];
        let states = both.iter().flat_map(|&(pool, Standing { busy, idle, .. })| {
            let of = move |state, count| ([("pool", pool), ("state", state)], count);
            [of("busy", busy), of("idle", idle)]
        });
        let help = "Connections to the database; those being opened are busy.";
        gauges(encoder, "database_connections", help, states)?;
        let of = |what: fn(&Standing) -> usize| {
            both.iter().map(move |(pool, standing)| ([("pool", *pool)], what(standing)))
        };
        let help = "As many connections may be open.";
        gauges(encoder, "database_connections_limit", help, of(|standing| standing.most))?;
        let help = "Statements that wait for a connection.";
        gauges(encoder, "database_statements_waiting", help, of(|standing| standing.waiting))
    }
}
