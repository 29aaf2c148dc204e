//! Django's tables on PostgreSQL, MySQL and SQLite.
//!
//! [`connect`] picks the engine by the URL's scheme. `statements` holds all SQL, `schema` the names it is
//! composed of, `sql` what the store does with it, and one file an engine how to connect, how to bind a
//! value and what its errors mean.

#![allow(clippy::disallowed_types, reason = "the one room that composes SQL")]
#![cfg_attr(
    not(all(feature = "server", feature = "postgres", feature = "mysql", feature = "sqlite")),
    allow(
        dead_code,
        reason = "what the engines that are left out need, and whoever asks for metrics"
    )
)]

mod coalesce;
mod condition;
mod created;
#[cfg(feature = "sqlite")]
pub mod demo;
mod driver;
mod grants;
mod metrics;
#[cfg(feature = "server")]
pub mod migrations;
#[cfg(feature = "mysql")]
mod mysql;
mod pool;
#[cfg(feature = "_database")]
mod pooled;
#[cfg(feature = "postgres")]
mod postgres;
mod schema;
#[cfg(feature = "server")]
mod script;
mod shared;
mod split;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod url;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use crate::accounts::store::AccountStore;
#[cfg(feature = "server")]
use crate::accounts::{admin::AccountAdmin, inspection::Inspect};
use created::CreatedFormat;
use driver::Driver;
use pool::{Pool, PoolLimits};
#[cfg(feature = "_database")]
use pooled::Pooled;
use schema::Schema;
use split::SplitStore;
#[cfg(all(feature = "server", feature = "_database"))]
use sql::SqlAdmin;
use sql::SqlStore;

pub use condition::{Condition, Literal, Test, UsernameMatch};
#[cfg(feature = "_database")]
pub use pooled::SqlxPool;
pub use schema::{TokenModel, UserModel};
pub use url::{DatabaseUrl, Engine};

/// How long a statement's answer is waited for, unless told otherwise.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// No statement runs for longer. The servers' own settings end at different lengths, all beyond it.
const LONGEST_STATEMENT: Duration = Duration::from_hours(24);

/// How much longer than the server's own limit an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a statement waits for another's lock on SQLite: Python's own default.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The most connections that logins hold, beside those of the token checks.
const LOGIN_CONNECTIONS: u32 = 4;

/// What [`connect`] needs to know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreOptions {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// At most so many connections for token checks; logins have up to four of their own.
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub acquire_timeout: Duration,
    /// How long to wait for a statement's answer; a day at most.
    pub statement_timeout: Duration,
    /// False behind PgBouncer.
    pub prepared_statements: bool,
    /// The user table.
    pub user_model: UserModel,
    /// The token table.
    pub token_model: TokenModel,
    /// How Django writes times.
    pub clock: Clock,
    /// False where only tokens are checked: nothing of the user table is needed then that names and
    /// passwords alone are asked for.
    pub logs_in: bool,
}

impl StoreOptions {
    /// The defaults for a default Django project's database.
    pub fn new(url: DatabaseUrl) -> Self {
        Self {
            url,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: STATEMENT_TIMEOUT,
            prepared_statements: true,
            user_model: UserModel::default(),
            token_model: TokenModel::default(),
            clock: Clock::default(),
            logs_in: true,
        }
    }

    /// The most connections of the store that [`connect`] makes.
    pub fn connections(&self) -> u32 {
        self.max_connections.saturating_add(self.max_connections.min(LOGIN_CONNECTIONS))
    }
}

/// What is known of a Django project's tables, where a pool says the rest.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tables {
    /// The user table.
    pub user_model: UserModel,
    /// The token table.
    pub token_model: TokenModel,
    /// How Django writes times.
    pub clock: Clock,
}

/// The settings that decide how Django writes times.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Clock {
    /// `USE_TZ`.
    pub use_tz: bool,
    /// `TIME_ZONE`.
    pub time_zone: String,
    /// `DATABASES[…]["TIME_ZONE"]`; empty where it is not set.
    pub database_time_zone: String,
}

impl Default for Clock {
    fn default() -> Self {
        Self { use_tz: true, time_zone: "UTC".to_owned(), database_time_zone: String::new() }
    }
}

/// Why there is no store: something to be changed in the configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A sentence about the database URL, holding nothing of what may be secret in it.
    #[error("database_url: {0}")]
    Url(String),
    /// A table or column name that is no plain identifier.
    #[error(
        "{key}: {name:?} is no name that can be used: write letters, digits and _, not beginning with a \
         digit (a table's name may have its schema and a dot before it, but on SQLite)"
    )]
    Name {
        /// The configuration key.
        key: &'static str,
        /// What it holds.
        name: String,
    },
    /// A time zone that the time zone database does not have.
    #[error("{key}: there is no time zone {name:?}: write a name such as \"Europe/Berlin\"")]
    TimeZone {
        /// The configuration key.
        key: &'static str,
        /// What it holds.
        name: String,
    },
    /// The engine was left out of the build.
    #[error("database_url: this was built without {feature}: add the Cargo feature {feature:?}")]
    NotBuilt {
        /// Its Cargo feature.
        feature: &'static str,
    },
    /// The SQLite file is not there.
    #[error(
        "database_url: there is no SQLite database {}: {source}; write the path of the file that Django \
         uses (three slashes before a relative path, four before an absolute one)",
        path.display()
    )]
    NoFile {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl ConnectError {
    fn unknown_option(key: &str, known: &str) -> Self {
        Self::Url(format!("the option {key:?} is not known; there are {known}"))
    }
}

/// Makes the store for the database that the URL names.
///
/// No server is asked for anything yet: one that is away is no error here, but an answer of
/// [`StoreErrorKind::Unavailable`](crate::accounts::store::StoreErrorKind::Unavailable) until it is back.
/// Before its first statement the store looks whether the live schema fits.
///
/// # Errors
/// When the options cannot be right: a URL with an unknown scheme or option, a name that is no identifier,
/// an unknown time zone, a SQLite file that is not there.
pub fn connect(options: &StoreOptions) -> Result<Arc<dyn AccountStore>, ConnectError> {
    let StoreOptions { url, statement_timeout, prepared_statements, .. } = options;
    let (timeout, prepared) = (*statement_timeout, *prepared_statements);
    let plan = Plan::new(options);
    match url.engine() {
        #[cfg(feature = "postgres")]
        Engine::Postgres => {
            plan.assemble(|| postgres::PostgresDriver::new(url, timeout, prepared, false))
        }
        #[cfg(feature = "mysql")]
        Engine::MySql => plan.assemble(|| mysql::MySqlDriver::new(url, timeout, prepared, false)),
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => plan.assemble(|| sqlite::SqliteDriver::new(url, false)),
        #[cfg(not(all(feature = "postgres", feature = "mysql", feature = "sqlite")))]
        engine => {
            let _ = (timeout, prepared, plan);
            Err(ConnectError::NotBuilt { feature: engine.feature() })
        }
    }
}

/// What looks at the same database on a connection of its own, and changes nothing.
///
/// # Errors
/// As [`connect`].
#[cfg(feature = "server")]
pub fn inspector(options: &StoreOptions) -> Result<Arc<dyn Inspect>, ConnectError> {
    let StoreOptions { url, statement_timeout, prepared_statements, .. } = options;
    let (timeout, prepared) = (*statement_timeout, *prepared_statements);
    let plan = Plan::new(options);
    match url.engine() {
        #[cfg(feature = "postgres")]
        Engine::Postgres => {
            let driver = postgres::PostgresDriver::new(url, timeout, prepared, true)?;
            Ok(Arc::new(plan.sql_store(driver, 1)?))
        }
        #[cfg(feature = "mysql")]
        Engine::MySql => {
            let driver = mysql::MySqlDriver::new(url, timeout, prepared, true)?;
            Ok(Arc::new(plan.sql_store(driver, 1)?))
        }
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => Ok(Arc::new(plan.sql_store(sqlite::SqliteDriver::new(url, true)?, 1)?)),
        #[cfg(not(all(feature = "postgres", feature = "mysql", feature = "sqlite")))]
        engine => {
            let _ = (timeout, prepared, plan);
            Err(ConnectError::NotBuilt { feature: engine.feature() })
        }
    }
}

/// Makes the store on a pool that is there already.
///
/// No server is asked for anything yet, as with [`connect`].
///
/// # Errors
/// When a name is no identifier, or a time zone unknown.
#[cfg(feature = "_database")]
pub fn connect_pool(
    pool: impl Into<SqlxPool>,
    tables: &Tables,
) -> Result<Arc<dyn AccountStore>, ConnectError> {
    match pool.into() {
        #[cfg(feature = "postgres")]
        SqlxPool::Postgres(pool) => {
            let plan = Plan::of(Engine::Postgres, pool.options(), tables);
            let driver = || postgres::PostgresDriver::pooled();
            plan.assemble(|| Ok(Pooled { pool: pool.clone(), driver: driver() }))
        }
        #[cfg(feature = "mysql")]
        SqlxPool::MySql(pool) => {
            let plan = Plan::of(Engine::MySql, pool.options(), tables);
            let driver = || mysql::MySqlDriver::pooled();
            plan.assemble(|| Ok(Pooled { pool: pool.clone(), driver: driver() }))
        }
        #[cfg(feature = "sqlite")]
        SqlxPool::Sqlite(pool) => {
            let plan = Plan::of(Engine::Sqlite, pool.options(), tables);
            plan.assemble(|| Ok(Pooled { pool: pool.clone(), driver: sqlite::PooledSqlite }))
        }
    }
}

/// Makes the operator's port to the same tables, on one connection.
///
/// # Errors
/// As [`connect`].
#[cfg(feature = "server")]
pub fn connect_admin(options: &StoreOptions) -> Result<Arc<dyn AccountAdmin>, ConnectError> {
    let StoreOptions { url, statement_timeout, prepared_statements, .. } = options;
    let (timeout, prepared) = (*statement_timeout, *prepared_statements);
    let plan = Plan::new(options);
    match url.engine() {
        #[cfg(feature = "postgres")]
        Engine::Postgres => {
            let driver = postgres::PostgresDriver::new(url, timeout, prepared, false)?;
            Ok(Arc::new(SqlAdmin::new(plan.sql_store(driver, 1)?)))
        }
        #[cfg(feature = "mysql")]
        Engine::MySql => {
            let driver = mysql::MySqlDriver::new(url, timeout, prepared, false)?;
            Ok(Arc::new(SqlAdmin::new(plan.sql_store(driver, 1)?)))
        }
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => {
            let driver = sqlite::SqliteDriver::new(url, false)?;
            Ok(Arc::new(SqlAdmin::new(plan.sql_store(driver, 1)?)))
        }
        #[cfg(not(all(feature = "postgres", feature = "mysql", feature = "sqlite")))]
        engine => {
            let _ = (timeout, prepared, plan);
            Err(ConnectError::NotBuilt { feature: engine.feature() })
        }
    }
}

/// What a store is made of, wherever its connections come from.
struct Plan<'a> {
    engine: Engine,
    max_connections: u32,
    acquire_timeout: Duration,
    statement_timeout: Duration,
    user_model: &'a UserModel,
    token_model: &'a TokenModel,
    clock: &'a Clock,
    logs_in: bool,
}

impl<'a> Plan<'a> {
    fn new(options: &'a StoreOptions) -> Self {
        Self {
            engine: options.url.engine(),
            max_connections: options.max_connections,
            acquire_timeout: options.acquire_timeout,
            statement_timeout: options.statement_timeout,
            user_model: &options.user_model,
            token_model: &options.token_model,
            clock: &options.clock,
            logs_in: options.logs_in,
        }
    }

    #[cfg(feature = "_database")]
    fn of<DB: sqlx::Database>(
        engine: Engine,
        pool: &sqlx::pool::PoolOptions<DB>,
        tables: &'a Tables,
    ) -> Self {
        Self {
            engine,
            max_connections: pool.get_max_connections(),
            acquire_timeout: pool.get_acquire_timeout(),
            statement_timeout: STATEMENT_TIMEOUT,
            user_model: &tables.user_model,
            token_model: &tables.token_model,
            clock: &tables.clock,
            logs_in: true,
        }
    }

    fn assemble<D: Driver>(
        &self,
        driver: impl Fn() -> Result<D, ConnectError>,
    ) -> Result<Arc<dyn AccountStore>, ConnectError> {
        let few = self.max_connections.min(LOGIN_CONNECTIONS);
        Ok(Arc::new(SplitStore::new(
            self.sql_store(driver()?, self.max_connections)?,
            self.sql_store(driver()?, few)?,
        )))
    }

    fn sql_store<D: Driver>(
        &self,
        driver: D,
        max_connections: u32,
    ) -> Result<SqlStore<D>, ConnectError> {
        let (user, token) = (self.user_model.clone(), self.token_model.clone());
        let schema = Schema { logs_in: self.logs_in, ..Schema::new(D::DIALECT, user, token)? };
        let created = CreatedFormat::new(self.engine, self.clock)?;
        let limits = PoolLimits {
            max_connections: usize::try_from(max_connections).unwrap_or(usize::MAX),
            acquire_timeout: self.acquire_timeout,
        };
        // SQLite waits by itself, and has no other limit.
        let server_limit = match self.engine {
            Engine::Sqlite => self.statement_timeout.max(SQLITE_BUSY_TIMEOUT),
            Engine::Postgres | Engine::MySql => self.statement_timeout,
        };
        let server_limit = server_limit.min(LONGEST_STATEMENT);
        Ok(SqlStore::new(Pool::new(driver, limits), schema, created, server_limit + PATIENCE))
    }
}
