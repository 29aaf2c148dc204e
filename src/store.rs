//! Django's tables on PostgreSQL, MySQL and SQLite.
//!
//! [`connect`] picks the engine by the URL's scheme. `statements` holds all SQL, `schema` the names it is
//! composed of, `sql` what the store does with it, and one file an engine how to connect, how to bind a
//! value and what its errors mean.

#![allow(clippy::disallowed_types, reason = "the one room that composes SQL")]

mod coalesce;
mod created;
pub mod demo;
mod driver;
mod metrics;
mod mysql;
mod pool;
mod postgres;
mod schema;
mod split;
mod sql;
mod sqlite;
mod statements;
mod url;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use crate::accounts::store::AccountStore;
use coalesce::Limits;
use created::CreatedFormat;
use driver::Driver;
use pool::{Pool, PoolLimits};
use schema::Schema;
use split::SplitStore;
use sql::SqlStore;

pub use schema::{TokenModel, UserModel};
pub use url::{DatabaseUrl, Engine};

/// How much longer than the server's own limit an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most connections that logins hold, beside those of the token checks.
const LOGIN_CONNECTIONS: u32 = 4;

/// How many token checks are in flight before they share queries. For so few, sharing would take more
/// time than it saves: nobody is busy while all wait for one.
const OWN_CHECKS: usize = 8;

/// How many queries of token checks run where there are more: while one is on its way to the server
/// and back, the other keeps it busy.
const FEW_CHECKS: usize = 2;

/// What a server nearby needs for a query under load. Beyond it a connection more serves better than
/// waiting.
const SLOW_CHECK: Duration = Duration::from_millis(1);

/// What [`connect`] needs to know.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// At most so many connections for token checks; logins have up to four of their own.
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub acquire_timeout: Duration,
    /// How long to wait for a statement's answer.
    pub statement_timeout: Duration,
    /// False behind PgBouncer in transaction mode.
    pub prepared_statements: bool,
    /// The user table.
    pub user_model: UserModel,
    /// The token table.
    pub token_model: TokenModel,
    /// How Django writes times.
    pub clock: Clock,
}

impl StoreOptions {
    /// The defaults for a default Django project's database.
    pub fn new(url: DatabaseUrl) -> Self {
        Self {
            url,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            prepared_statements: true,
            user_model: UserModel::default(),
            token_model: TokenModel::default(),
            clock: Clock::default(),
        }
    }
}

/// The settings that decide how Django writes times.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    match url.engine() {
        Engine::Postgres => {
            assemble(|| postgres::PostgresDriver::new(url, timeout, prepared), options)
        }
        Engine::MySql => assemble(|| mysql::MySqlDriver::new(url, timeout, prepared), options),
        Engine::Sqlite => assemble(|| sqlite::SqliteDriver::new(url), options),
    }
}

fn assemble<D: Driver>(
    driver: impl Fn() -> Result<D, ConnectError>,
    options: &StoreOptions,
) -> Result<Arc<dyn AccountStore>, ConnectError> {
    let few = options.max_connections.min(LOGIN_CONNECTIONS);
    let most = options.max_connections.max(1) as usize;
    let limits = Limits {
        own: OWN_CHECKS,
        few: FEW_CHECKS.min(most),
        most,
        slow: SLOW_CHECK,
        batch: sql::most_keys(),
        late: options.acquire_timeout,
    };
    Ok(Arc::new(SplitStore::new(
        sql_store(driver()?, options, options.max_connections)?,
        sql_store(driver()?, options, few)?,
        limits,
    )))
}

fn sql_store<D: Driver>(
    driver: D,
    options: &StoreOptions,
    max_connections: u32,
) -> Result<SqlStore<D>, ConnectError> {
    let schema = Schema::new(D::DIALECT, options.user_model.clone(), options.token_model.clone())?;
    let created = CreatedFormat::new(options.url.engine(), &options.clock)?;
    let limits = PoolLimits {
        max_connections: usize::try_from(max_connections).unwrap_or(usize::MAX),
        acquire_timeout: options.acquire_timeout,
    };
    // SQLite waits by itself, and has no other limit.
    let server_limit = match options.url.engine() {
        Engine::Sqlite => options.statement_timeout.max(sqlite::BUSY_TIMEOUT),
        Engine::Postgres | Engine::MySql => options.statement_timeout,
    };
    Ok(SqlStore::new(Pool::new(driver, limits), schema, created, server_limit + PATIENCE))
}
