//! What the store needs of an engine: connections, one statement at a time, and what an error means.

use async_trait::async_trait;

use super::statements::{Dialect, Statement};

/// One engine's way to connect and to run a statement.
#[async_trait]
pub(super) trait Driver: Send + Sync + 'static {
    /// sqlx's connection, or one of a pool of sqlx's.
    type Connection: Send + Sync + 'static;

    /// Whether connections are kept for the next statement; if not, they are given up after each.
    const KEEPS: bool = true;

    /// The engine's SQL.
    const DIALECT: Dialect;

    /// Opens a connection and prepares its session.
    async fn open(&self) -> Result<Self::Connection, sqlx::Error>;

    /// Runs one statement on its own (autocommit), and reads its whole answer.
    async fn run(
        &self,
        connection: &mut Self::Connection,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error>;

    /// Whether a connection still lives.
    async fn ping(&self, connection: &mut Self::Connection) -> Result<(), sqlx::Error>;

    /// Ends a connection as its protocol asks.
    async fn close(connection: Self::Connection) -> Result<(), sqlx::Error>;

    /// Brings a connection whose user went away to rest: no statement running, no transaction open.
    async fn settle(&self, connection: &mut Self::Connection) -> Result<(), sqlx::Error>;

    /// Gives up a connection that is broken or silent, without a word.
    fn discard(connection: Self::Connection) {
        drop(connection);
    }

    /// What an error of the database means.
    fn classify(&self, error: &sqlx::Error) -> Failure;

    /// Whether this process may write at all; servers say so themselves.
    fn may_write(&self) -> bool {
        true
    }

    /// What to do about an error that a setting can mend.
    fn hint(&self, _error: &sqlx::Error) -> Option<&'static str> {
        None
    }

    /// Whether a connection that could not be opened may be opened a moment later.
    fn may_pass(&self, error: &sqlx::Error) -> bool {
        self.classify(error) == Failure::Lost
    }
}

/// A value bound to a placeholder.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// Text that is compared with a column, by that column's own rules.
    Text(&'a str),
    /// Text as it is, to be stored or compared byte by byte.
    Exact(&'a str),
    /// An integer key, or a limit.
    Int(i64),
    /// A key of PostgreSQL's `uuid` type.
    Uuid([u8; 16]),
}

/// A statement's answer. Every column is selected as text, so that one decoder serves three engines.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// The rows, `None` for NULL.
    pub(super) rows: Vec<Vec<Option<String>>>,
    /// How many rows a write matched.
    pub(super) affected: u64,
}

/// What an error of the database means for the statement that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connection is gone or the server is ending or starting; a new connection may do.
    Lost,
    /// The connection's prepared statements are older than the tables; a new connection will do.
    Stale,
    /// The server does not know, or knows too well, a statement prepared on this connection: there is
    /// a pooler in between.
    Pooled,
    /// The server has become read-only (a failover): a new connection may find the new primary.
    ReadOnly,
    /// Another transaction was in the way, and the statement was undone: try again.
    Conflict,
    /// Another row has this key.
    Unique,
    /// The row that a foreign key names is not there.
    ForeignKey,
    /// The text cannot be in this column.
    Unencodable,
    /// The table takes no such row.
    Constraint,
    /// The tables are not what the statement says.
    Schema,
    /// This account may not.
    Denied,
    /// A value in the answer is not what it should be.
    Row,
    /// Anything else: no room, no time, no permission, no server.
    Unavailable,
}

/// What an error that is not the database's own answer means.
pub(super) fn classify_transport(error: &sqlx::Error) -> Failure {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Failure::Lost,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Failure::Row,
        _ => Failure::Unavailable,
    }
}
