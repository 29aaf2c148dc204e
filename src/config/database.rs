//! `[database]`: connections and their deadlines.

use std::time::Duration;

use super::{
    reader::Reader,
    value::{boolean, duration, integer},
};

/// `[database]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Database {
    /// The most connections that token checks hold; logins have a small pool of their own.
    ///
    /// Unit: connections, 1 to 1000. Default: 10. In settings.py: `OPTIONS["pool"]`, `max_size`.
    pub max_connections: u32,
    /// How long a request waits for a free connection before it answers 503.
    ///
    /// Unit: a duration, 10 ms to 1 m. Default: 2 s. In settings.py: `OPTIONS["pool"]`, `timeout`.
    pub acquire_timeout: Duration,
    /// How long one statement may take before it is given up.
    ///
    /// Unit: a duration, 10 ms to 10 m. Default: 5 s. In settings.py:
    /// `OPTIONS["options"] = "-c statement_timeout=…"`.
    pub statement_timeout: Duration,
    /// Whether statements are prepared by name; false behind `PgBouncer`.
    ///
    /// Unit: none. Default: true. In settings.py: `OPTIONS["prepare_threshold"]`.
    pub prepared_statements: bool,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            max_connections: 10,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            prepared_statements: true,
        }
    }
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let shortest = Duration::from_millis(10);
        let acquire = shortest..=Duration::from_mins(1);
        let statement = shortest..=Duration::from_mins(10);
        let mut read = Self::default();
        reader.set(&mut read.max_connections, "database.max_connections", |v| {
            integer(v, &(1..=1000))
        });
        reader
            .set(&mut read.acquire_timeout, "database.acquire_timeout", |v| duration(v, &acquire));
        reader.set(&mut read.statement_timeout, "database.statement_timeout", |v| {
            duration(v, &statement)
        });
        reader.set(&mut read.prepared_statements, "database.prepared_statements", boolean);
        read
    }
}
