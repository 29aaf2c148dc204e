//! Several statements at once on one connection, as an operator's commands need them.

#![cfg_attr(
    not(feature = "_database"),
    allow(unused_imports, clippy::unused_async, reason = "what the engines need, without any")
)]

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::AssertSqlSafe;

use super::driver::Driver;
#[cfg(feature = "mysql")]
use super::mysql::MySqlDriver;
#[cfg(feature = "postgres")]
use super::postgres::PostgresDriver;
#[cfg(feature = "sqlite")]
use super::sqlite::SqliteDriver;

/// An engine that takes several statements at once, without values.
#[async_trait]
pub(super) trait Script: Driver {
    /// Whether a transaction can undo what has made a table.
    const UNDOES_TABLES: bool;

    /// Runs the statements, one after the other, each on its own.
    async fn script(
        &self,
        connection: &mut Self::Connection,
        sql: String,
    ) -> Result<(), sqlx::Error>;

    /// What begins a transaction that writes.
    fn begin_to_write(&self) -> Cow<'_, str>;

    /// Runs the statements in one transaction: all of them, or none.
    ///
    /// One message, so that also a pooler in transaction mode sends it to one server. Where a statement
    /// fails, the connection has a transaction open, and must be dropped.
    async fn together(
        &self,
        connection: &mut Self::Connection,
        sql: &str,
    ) -> Result<(), sqlx::Error> {
        self.script(connection, format!("{};\n{sql}COMMIT", self.begin_to_write())).await
    }
}

#[cfg(feature = "postgres")]
#[async_trait]
impl Script for PostgresDriver {
    const UNDOES_TABLES: bool = true;

    async fn script(
        &self,
        connection: &mut Self::Connection,
        sql: String,
    ) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(|_| ())
    }

    fn begin_to_write(&self) -> Cow<'_, str> {
        self.begin().into()
    }
}

#[cfg(feature = "mysql")]
#[async_trait]
impl Script for MySqlDriver {
    const UNDOES_TABLES: bool = false;

    async fn script(
        &self,
        connection: &mut Self::Connection,
        sql: String,
    ) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(|_| ())
    }

    fn begin_to_write(&self) -> Cow<'_, str> {
        "START TRANSACTION".into()
    }
}

#[cfg(feature = "sqlite")]
#[async_trait]
impl Script for SqliteDriver {
    const UNDOES_TABLES: bool = true;

    async fn script(
        &self,
        connection: &mut Self::Connection,
        sql: String,
    ) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection.connection).await.map(|_| ())
    }

    fn begin_to_write(&self) -> Cow<'_, str> {
        "BEGIN IMMEDIATE".into()
    }
}
