//! SQLite: Django's own file, in the journal mode Django left it in.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow},
};

use super::{
    ConnectError, DatabaseUrl, SQLITE_BUSY_TIMEOUT,
    driver::{Driver, Failure, Reply, Value, classify_transport},
    statements::{Dialect, Statement},
};

/// Opens the file and runs statements on it.
pub(super) struct SqliteDriver {
    options: SqliteConnectOptions,
    /// The file that the connections have open; of a pool of someone else's it is not known.
    file: Option<(PathBuf, Mutex<Identity>)>,
}

/// What tells a file from another of the same name.
type Identity = (u64, u64);

impl SqliteDriver {
    pub(super) fn new(url: &DatabaseUrl, read_only: bool) -> Result<Self, ConnectError> {
        let path = PathBuf::from(&url.name);
        let mut busy_timeout = SQLITE_BUSY_TIMEOUT;
        for (key, value) in &url.options {
            match (key.as_str(), value.parse::<u16>()) {
                ("timeout", Ok(seconds)) => busy_timeout = Duration::from_secs(seconds.into()),
                ("timeout", Err(_)) => {
                    return Err(ConnectError::Url(
                        "timeout in the database URL is a number of seconds".to_owned(),
                    ));
                }
                // How Django begins its transactions is not how this program does: it has none.
                ("transaction_mode", _) => {}
                _ => return Err(ConnectError::unknown_option(key, "timeout")),
            }
        }
        let file = identity(&path)
            .map_err(|source| ConnectError::NoFile { path: path.clone(), source })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(false)
            .foreign_keys(true)
            .busy_timeout(busy_timeout)
            .disable_statement_logging();
        // A file that is opened for reading only needs its journal's to be there.
        let options = if read_only { options.pragma("query_only", "1") } else { options };
        Ok(Self { options, file: Some((path, Mutex::new(file))) })
    }

    /// Runs statements on connections that someone else opened.
    pub(super) fn pooled() -> Self {
        Self { options: SqliteConnectOptions::new(), file: None }
    }

    /// Fails where the file is gone; forgets connections to a file that was replaced.
    fn look(&self) -> Result<(), sqlx::Error> {
        let Some((path, file)) = &self.file else { return Ok(()) };
        let now = identity(path).map_err(sqlx::Error::Io)?;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *file, now) == now {
            return Ok(());
        }
        Err(sqlx::Error::Io(io::Error::other("the database file was replaced by another")))
    }
}

#[async_trait]
impl Driver for SqliteDriver {
    type Connection = SqliteConnection;
    const DIALECT: Dialect = Dialect::Sqlite;

    async fn open(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.options.connect().await
    }

    async fn run(
        &self,
        connection: &mut SqliteConnection,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error> {
        self.look()?;
        let query = sqlx::query(AssertSqlSafe(Arc::clone(&statement.sql)));
        let query = values.iter().fold(query, |query, value| match *value {
            Value::Text(text) | Value::Exact(text) => query.bind(text.to_owned()),
            Value::Int(number) => query.bind(number),
            Value::Uuid(bytes) => query.bind(bytes.to_vec()),
        });
        // A statement outside a transaction that will write asks for the write lock at once, so it
        // never finds itself with a snapshot that is too old to write to.
        if !statement.reads {
            let affected = query.execute(connection).await?.rows_affected();
            return Ok(Reply { rows: Vec::new(), affected });
        }
        let rows = query.fetch_all(connection).await?;
        let rows = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Reply { rows, affected: 0 })
    }

    async fn ping(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        connection.ping().await
    }

    async fn close(connection: SqliteConnection) -> Result<(), sqlx::Error> {
        connection.close().await
    }

    async fn settle(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        connection.ping().await
    }

    fn classify(&self, error: &sqlx::Error) -> Failure {
        let database = match error {
            sqlx::Error::Database(database) => database,
            sqlx::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                return Failure::Unavailable;
            }
            // The file was replaced.
            sqlx::Error::Io(_) => return Failure::Stale,
            _ => return classify_transport(error),
        };
        let code = database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default();
        match code {
            // A row's or a table's own constraint tells more than the primary code.
            1555 | 2067 => Failure::Unique,
            787 => Failure::ForeignKey,
            // SQLITE_CONSTRAINT_CHECK, _NOTNULL, _TRIGGER, _DATATYPE.
            275 | 1299 | 1811 | 3091 => Failure::Constraint,
            // SQLITE_BUSY_SNAPSHOT, _RECOVERY: over as soon as it is tried again.
            517 | 261 => Failure::Conflict,
            // SQLITE_SCHEMA, _READONLY_DBMOVED, _NOTADB and _CORRUPT of a file that changed under us.
            17 | 1032 => Failure::Stale,
            23 => Failure::Denied,
            1 => Failure::Schema,
            _ => Failure::Unavailable,
        }
    }

    fn may_write(&self) -> bool {
        let Some((path, _)) = &self.file else { return true };
        fs::OpenOptions::new().write(true).open(path).is_ok()
    }

    fn may_pass(&self, _error: &sqlx::Error) -> bool {
        false
    }
}

/// SQLite holds any bytes in any column. What is no text must look like a wrong value, of which a
/// login says no more than of a wrong password, not like a database that cannot answer.
fn read(row: &SqliteRow) -> Result<Vec<Option<String>>, sqlx::Error> {
    let text = |column| {
        let bytes: Option<Vec<u8>> = row.try_get_unchecked(column)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    (0..row.len()).map(text).collect()
}

fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(path)?;
    if metadata.is_file() {
        return Ok((metadata.dev(), metadata.ino()));
    }
    Err(io::Error::other("not a file"))
}
