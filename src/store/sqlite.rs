//! SQLite: Django's own file, in the journal mode Django left it in.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
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
    path: PathBuf,
}

/// A connection, and which file it has open.
pub(super) struct Opened {
    pub(super) connection: SqliteConnection,
    file: Identity,
}

/// Runs statements on connections that someone else opened, to a file that is not known.
pub(super) struct PooledSqlite;

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
        identity(&path).map_err(|source| ConnectError::NoFile { path: path.clone(), source })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(false)
            .foreign_keys(true)
            .busy_timeout(busy_timeout)
            .disable_statement_logging();
        // A file that is opened for reading only needs its journal's to be there.
        let options = if read_only { options.pragma("query_only", "1") } else { options };
        Ok(Self { options, path })
    }

    /// Fails where the file is gone, or is no more the one that a connection has open.
    fn look(&self, opened: Identity) -> Result<(), sqlx::Error> {
        if identity(&self.path).map_err(sqlx::Error::Io)? == opened {
            return Ok(());
        }
        Err(sqlx::Error::Io(io::Error::other("the database file was replaced by another")))
    }
}

#[async_trait]
impl Driver for SqliteDriver {
    type Connection = Opened;
    const DIALECT: Dialect = Dialect::Sqlite;

    async fn open(&self) -> Result<Opened, sqlx::Error> {
        // Before it is opened: where it is replaced meanwhile, that is seen.
        let file = identity(&self.path).map_err(sqlx::Error::Io)?;
        Ok(Opened { connection: self.options.connect().await?, file })
    }

    async fn run(
        &self,
        opened: &mut Opened,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error> {
        self.look(opened.file)?;
        PooledSqlite.run(&mut opened.connection, statement, values).await
    }

    async fn ping(&self, opened: &mut Opened) -> Result<(), sqlx::Error> {
        opened.connection.ping().await
    }

    async fn close(opened: Opened) -> Result<(), sqlx::Error> {
        opened.connection.close().await
    }

    async fn settle(&self, opened: &mut Opened) -> Result<(), sqlx::Error> {
        opened.connection.ping().await
    }

    fn classify(&self, error: &sqlx::Error) -> Failure {
        PooledSqlite.classify(error)
    }

    fn may_write(&self) -> bool {
        fs::OpenOptions::new().write(true).open(&self.path).is_ok()
    }

    fn may_pass(&self, _error: &sqlx::Error) -> bool {
        false
    }
}

#[async_trait]
impl Driver for PooledSqlite {
    type Connection = SqliteConnection;
    const DIALECT: Dialect = Dialect::Sqlite;

    async fn open(&self) -> Result<SqliteConnection, sqlx::Error> {
        SqliteConnectOptions::new().connect().await
    }

    async fn run(
        &self,
        connection: &mut SqliteConnection,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::statements;

    #[tokio::test]
    async fn every_connection_notices_that_its_file_was_replaced() {
        let file = std::env::temp_dir().join(format!("drf_replaced_{}.db", std::process::id()));
        fs::write(&file, "").unwrap();
        let url = format!("sqlite:///{}", file.display()).parse().unwrap();
        let driver = SqliteDriver::new(&url, false).unwrap();
        let ask = statements::read("SELECT '1'".to_owned());
        let mut old = [driver.open().await.unwrap(), driver.open().await.unwrap()];
        for opened in &mut old {
            driver.run(opened, &ask, &[]).await.unwrap();
        }
        let other = file.with_extension("other");
        fs::write(&other, "").unwrap();
        fs::rename(&other, &file).unwrap();
        let mut new = driver.open().await.unwrap();
        driver.run(&mut new, &ask, &[]).await.unwrap();
        for opened in &mut old {
            let error = driver.run(opened, &ask, &[]).await.unwrap_err();
            assert_eq!(driver.classify(&error), Failure::Stale, "{error}");
        }
        fs::remove_file(&file).unwrap();
        let error = driver.run(&mut new, &ask, &[]).await.unwrap_err();
        assert_eq!(driver.classify(&error), Failure::Unavailable, "{error}");
    }
}
