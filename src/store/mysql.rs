//! MySQL and MariaDB.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _,
    mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow, MySqlSslMode},
};

use super::{
    ConnectError, DatabaseUrl, LONGEST_STATEMENT,
    driver::{Driver, Failure, Reply, Value, classify_transport},
    statements::{Dialect, Statement},
};

/// No wait for a lock is longer than this; the servers' own limits are 50 s for a row and a day for
/// a table that a migration holds.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// Where distributions put the socket that `localhost` means to MySQL's own clients.
const SOCKETS: [&str; 3] =
    ["/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"];

/// Connects to MySQL and speaks its protocol.
pub(super) struct MySqlDriver {
    options: MySqlConnectOptions,
    prepared_statements: bool,
    read_only: bool,
    session: String,
}

impl MySqlDriver {
    pub(super) fn new(
        url: &DatabaseUrl,
        statement_timeout: Duration,
        prepared_statements: bool,
        read_only: bool,
    ) -> Result<Self, ConnectError> {
        let options = connect_options(url)?;
        let mut session = session(statement_timeout);
        if read_only {
            session.push_str("; SET SESSION TRANSACTION READ ONLY");
        }
        Ok(Self { options, prepared_statements, read_only, session })
    }

    /// Runs statements on connections that someone else opened.
    pub(super) fn pooled() -> Self {
        let options = MySqlConnectOptions::new();
        Self { options, prepared_statements: true, read_only: false, session: String::new() }
    }
}

#[async_trait]
impl Driver for MySqlDriver {
    type Connection = MySqlConnection;
    const DIALECT: Dialect = Dialect::MySql;

    async fn open(&self) -> Result<MySqlConnection, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(self.session.clone())).execute(&mut connection).await?;
        Ok(connection)
    }

    async fn run(
        &self,
        connection: &mut MySqlConnection,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(Arc::clone(&statement.sql)))
            .persistent(self.prepared_statements);
        let query = values.iter().fold(query, |query, value| match *value {
            Value::Text(text) | Value::Exact(text) => query.bind(text.to_owned()),
            Value::Int(number) => query.bind(number),
            Value::Uuid(bytes) => query.bind(bytes.to_vec()),
        });
        if !statement.reads {
            if self.read_only {
                // A read-only transaction does not even explain what would write: of the next alone.
                sqlx::raw_sql("SET TRANSACTION READ WRITE").execute(&mut *connection).await?;
            }
            // sqlx asks for CLIENT_FOUND_ROWS: matched rows, not changed ones.
            let affected = query.execute(connection).await?.rows_affected();
            return Ok(Reply { rows: Vec::new(), affected });
        }
        let rows = query.fetch_all(connection).await?;
        let rows = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Reply { rows, affected: 0 })
    }

    async fn ping(&self, connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        connection.ping().await
    }

    async fn close(connection: MySqlConnection) -> Result<(), sqlx::Error> {
        connection.close().await
    }

    async fn settle(&self, connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        connection.ping().await
    }

    fn classify(&self, error: &sqlx::Error) -> Failure {
        let Some(number) = number(error) else { return classify_transport(error) };
        match number {
            // Server gone, shut down, connection killed, packets out of order.
            1053 | 1077 | 1079 | 1152 | 1153 | 1156..=1161 | 1927 | 2006 | 2013 | 4031 => {
                Failure::Lost
            }
            1290 | 1792 | 1836 => Failure::ReadOnly,
            1213 => Failure::Conflict,
            // An unknown prepared statement, or one that would have to be prepared anew.
            1243 | 1615 => Failure::Stale,
            1062 | 1586 => Failure::Unique,
            1216 | 1452 => Failure::ForeignKey,
            // No value, none and no default, too long, a trigger's own, a check of MySQL and of MariaDB.
            1048 | 1364 | 1406 | 1644 | 3819 | 4025 => Failure::Constraint,
            // Another character set's text; a value its column cannot hold.
            1267 | 1270 | 1271 | 1366 | 3854 | 3988 => Failure::Unencodable,
            1044 | 1045 | 1142 | 1143 | 1227 => Failure::Denied,
            1049 | 1051 | 1054 | 1109 | 1146 | 1356 => Failure::Schema,
            _ => Failure::Unavailable,
        }
    }

    fn hint(&self, error: &sqlx::Error) -> Option<&'static str> {
        // sqlx has no other cause to name RSA, which this program leaves out for its long-known flaw.
        let sqlx::Error::Configuration(cause) = error else { return None };
        cause.to_string().contains("RSA").then_some(
            "the server takes this user's password (caching_sha2_password or sha256_password) over TLS \
             or its socket only: add ?ssl-mode=REQUIRED or ?unix_socket=/run/mysqld/mysqld.sock to \
             database_url",
        )
    }

    fn may_pass(&self, error: &sqlx::Error) -> bool {
        // Too many connections, of all or of this user: one will end.
        matches!(number(error), Some(1040 | 1203 | 1226)) || self.classify(error) == Failure::Lost
    }
}

fn number(error: &sqlx::Error) -> Option<u16> {
    let error = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(error.number())
}

/// The bytes, whatever the column's collation is called: they are of the connection's character set.
fn read(row: &MySqlRow) -> Result<Vec<Option<String>>, sqlx::Error> {
    let text = |column| {
        let bytes: Option<Vec<u8>> = row.try_get_unchecked(column)?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|error| sqlx::Error::Decode(Box::new(error.utf8_error())))
    };
    (0..row.len()).map(text).collect()
}

/// The session as Django makes it where it matters here, with limits of its own.
fn session(statement_timeout: Duration) -> String {
    let statement_timeout = statement_timeout.min(LONGEST_STATEMENT);
    let limit = statement_timeout.as_millis().max(1);
    let seconds = statement_timeout.as_secs_f64().max(0.001);
    let lock = LOCK_TIMEOUT.min(statement_timeout).as_secs().max(1);
    // The comments are read by MariaDB, and by MySQL from 5.7.8 on, each alone.
    format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SET SESSION autocommit = 1, sql_auto_is_null = 0, \
         sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', \
         innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock}\
         /*M!100101 , max_statement_time = {seconds} */\
         /*!50708 , max_execution_time = {limit} */"
    )
}

fn connect_options(url: &DatabaseUrl) -> Result<MySqlConnectOptions, ConnectError> {
    if url.user.is_empty() {
        return Err(ConnectError::Url("the database URL names no user".to_owned()));
    }
    // What sqlx would set in the session, `session` sets.
    let mut options = MySqlConnectOptions::new()
        .username(&url.user)
        .database(&url.name)
        .charset("utf8mb4")
        .timezone(None)
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .disable_statement_logging();
    if !url.password.is_empty() {
        options = options.password(&url.password);
    }
    options = address(options, url);
    for (key, value) in &url.options {
        options = match key.as_str() {
            "ssl-mode" | "ssl_mode" => options.ssl_mode(ssl_mode(value)?),
            "ssl-ca" | "ssl_ca" => options.ssl_ca(value),
            "ssl-cert" | "ssl_cert" => options.ssl_client_cert(value),
            "ssl-key" | "ssl_key" => options.ssl_client_key(value),
            // Every text of the three goes through utf8mb4 unharmed.
            "charset" if matches!(value.as_str(), "utf8mb4" | "utf8mb3" | "utf8") => options,
            "charset" => {
                return Err(ConnectError::Url(
                    "charset in the database URL is utf8mb4; what the tables use does not matter"
                        .to_owned(),
                ));
            }
            // Read above, or done another way.
            "unix_socket" | "connect_timeout" => options,
            _ => {
                return Err(ConnectError::unknown_option(
                    key,
                    "unix_socket, ssl-mode, ssl-ca, ssl-cert, ssl-key and charset",
                ));
            }
        };
    }
    // A certificate authority that is named is there to be asked, as Django's `ssl` option.
    let has_authority = url.option("ssl-ca").or(url.option("ssl_ca")).is_some();
    let says_mode = url.option("ssl-mode").or(url.option("ssl_mode")).is_some();
    if has_authority && !says_mode {
        options = options.ssl_mode(MySqlSslMode::VerifyCa);
    }
    Ok(options)
}

fn address(options: MySqlConnectOptions, url: &DatabaseUrl) -> MySqlConnectOptions {
    let named = url.option("unix_socket").or(Some(url.host.as_str()));
    if let Some(socket) = named.filter(|name| name.starts_with('/')) {
        return options.socket(socket);
    }
    // To MySQL's own library, which Django uses, no host and `localhost` mean the socket.
    let local = url.host.is_empty() || url.host == "localhost";
    let socket = SOCKETS.iter().find(|path| Path::new(path).exists());
    if let (true, None, Some(socket)) = (local, url.port, socket) {
        return options.socket(socket);
    }
    let host = if url.host.is_empty() { "localhost" } else { &url.host };
    options.host(host).port(url.port.unwrap_or(3306))
}

fn ssl_mode(value: &str) -> Result<MySqlSslMode, ConnectError> {
    value.parse().map_err(|_| {
        ConnectError::Url(
            "ssl-mode in the database URL is DISABLED, PREFERRED, REQUIRED, VERIFY_CA or \
             VERIFY_IDENTITY"
                .to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver() -> MySqlDriver {
        let url = "mysql://u@h/d".parse().unwrap();
        MySqlDriver::new(&url, Duration::from_secs(5), true, false).unwrap()
    }

    /// sqlx's own text; a server that asks for RSA cannot be had in a test.
    #[test]
    fn a_password_that_needs_tls_is_told() {
        let text = "RSA auth backend disabled; enable feature `mysql-rsa`";
        let error = sqlx::Error::Configuration(text.into());
        assert!(driver().hint(&error).unwrap().contains("?ssl-mode=REQUIRED"));
        assert_eq!(driver().hint(&sqlx::Error::Configuration("x".into())), None);
    }

    #[test]
    fn the_session_is_strict_and_bounded() {
        assert_eq!(
            session(Duration::from_millis(1500)),
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION autocommit = 1, \
             sql_auto_is_null = 0, sql_mode = \
             'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', \
             innodb_lock_wait_timeout = 1, lock_wait_timeout = 1\
             /*M!100101 , max_statement_time = 1.5 */\
             /*!50708 , max_execution_time = 1500 */"
        );
    }
}
