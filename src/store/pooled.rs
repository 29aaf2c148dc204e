//! The user's own sqlx pool in the place of connections of the store's own.

use async_trait::async_trait;
use sqlx::{Database, pool::PoolConnection};

use super::driver::{Driver, Failure, Reply, Value};
use super::statements::{Dialect, Statement};

/// A pool that a backend has already, for the tokens to be asked for on its connections.
///
/// Its settings hold: how many connections, how long one is waited for, what a session is told.
/// It must not lead to PgBouncer in transaction mode; for that hand in a URL.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SqlxPool {
    /// PostgreSQL's.
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
    /// MySQL's and MariaDB's.
    #[cfg(feature = "mysql")]
    MySql(sqlx::MySqlPool),
    /// SQLite's.
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for SqlxPool {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::Postgres(pool)
    }
}

#[cfg(feature = "mysql")]
impl From<sqlx::MySqlPool> for SqlxPool {
    fn from(pool: sqlx::MySqlPool) -> Self {
        Self::MySql(pool)
    }
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for SqlxPool {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::Sqlite(pool)
    }
}

/// An engine's statements on a pool's connections.
pub(super) struct Pooled<DB: Database, D> {
    pub(super) pool: sqlx::Pool<DB>,
    pub(super) driver: D,
}

#[async_trait]
impl<DB, D> Driver for Pooled<DB, D>
where
    DB: Database,
    D: Driver<Connection = DB::Connection>,
    PoolConnection<DB>: Send + Sync,
{
    type Connection = PoolConnection<DB>;
    const DIALECT: Dialect = D::DIALECT;
    const KEEPS: bool = false;

    async fn open(&self) -> Result<PoolConnection<DB>, sqlx::Error> {
        self.pool.acquire().await
    }

    async fn run(
        &self,
        connection: &mut PoolConnection<DB>,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error> {
        self.driver.run(&mut **connection, statement, values).await
    }

    async fn ping(&self, connection: &mut PoolConnection<DB>) -> Result<(), sqlx::Error> {
        self.driver.ping(&mut **connection).await
    }

    async fn close(connection: PoolConnection<DB>) -> Result<(), sqlx::Error> {
        connection.close().await
    }

    async fn settle(&self, connection: &mut PoolConnection<DB>) -> Result<(), sqlx::Error> {
        self.driver.settle(&mut **connection).await
    }

    fn discard(connection: PoolConnection<DB>) {
        // Not back into the pool.
        drop(connection.detach());
    }

    fn classify(&self, error: &sqlx::Error) -> Failure {
        self.driver.classify(error)
    }

    fn hint(&self, error: &sqlx::Error) -> Option<&'static str> {
        self.driver.hint(error)
    }

    fn may_pass(&self, _error: &sqlx::Error) -> bool {
        // The pool has tried for as long as it should.
        false
    }
}
