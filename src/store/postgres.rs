//! PostgreSQL, directly or behind PgBouncer.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Encode, Row as _, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{
        PgArgumentBuffer, PgConnectOptions, PgConnection, PgRow, PgSslMode, PgTypeInfo, Postgres,
        types::Oid,
    },
};

use super::{
    ConnectError, DatabaseUrl, LONGEST_STATEMENT,
    driver::{Driver, Failure, Reply, Value, classify_transport},
    statements::{Dialect, Statement},
};

/// No wait for a lock that a migration holds is longer than this.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// The types' identifiers never change: `pg_type.dat`.
const UNKNOWN: Oid = Oid(0);
const UUID: Oid = Oid(2950);

/// What to do about a pooler.
const POOLED: &str = "a session of its own is needed, with its own settings: behind PgBouncer, whatever \
                      its pool_mode, write prepared_statements = false under [database]";

/// Connects to PostgreSQL and speaks its protocol.
pub(super) struct PostgresDriver {
    options: PgConnectOptions,
    prepared_statements: bool,
    /// Asks whether the session's settings arrived.
    arrived: String,
    /// Begins a transaction with the settings made for it alone.
    begin: String,
}

impl PostgresDriver {
    pub(super) fn new(
        url: &DatabaseUrl,
        statement_timeout: Duration,
        prepared_statements: bool,
        read_only: bool,
    ) -> Result<Self, ConnectError> {
        let statement_timeout = statement_timeout.min(LONGEST_STATEMENT);
        let mut settings = vec![
            ("statement_timeout".to_owned(), milliseconds(statement_timeout)),
            ("lock_timeout".to_owned(), milliseconds(LOCK_TIMEOUT.min(statement_timeout))),
        ];
        let options = connect_options(url, &mut settings)?;
        let mut begin = String::from(if read_only { "BEGIN READ ONLY" } else { "BEGIN" });
        begin.push_str("; SELECT ");
        for (number, (name, value)) in settings.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            let (name, value) = (literal(name), literal(value));
            let _ = write!(begin, "{comma}set_config({name}, {value}, true)");
        }
        if read_only {
            settings.push(("default_transaction_read_only".to_owned(), "on".to_owned()));
        }
        let arrived = format!(
            "SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'statement_timeout' AND setting = {}",
            literal(&milliseconds(statement_timeout))
        );
        // A session's settings travel with the start-up, never as statements: a pooler in
        // transaction mode would keep them on a server that others use next. PgBouncer refuses such
        // a start-up, or does not pass it on, which tells that there is one. In which mode it pools
        // cannot be seen: two statements may well be sent to one server by chance.
        let options = if prepared_statements { options.options(settings) } else { options };
        Ok(Self { options, prepared_statements, arrived, begin })
    }

    /// What begins a transaction under this driver's settings.
    #[cfg(feature = "server")]
    pub(super) fn begin(&self) -> &str {
        &self.begin
    }

    /// Runs statements on connections that someone else opened.
    pub(super) fn pooled() -> Self {
        // Without a look at the environment: they open nothing.
        let options = PgConnectOptions::new_without_pgpass();
        let (arrived, begin) = (String::new(), String::new());
        Self { options, prepared_statements: true, arrived, begin }
    }

    async fn run_unprepared(
        &self,
        connection: &mut PgConnection,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error> {
        let answer = self.run_in_transaction(connection, statement, values).await;
        match answer {
            // To look up a type that it does not know (citext), sqlx made a statement without a name
            // in the place of ours. It knows the type from now on.
            Err(error) if has_code(&error, "26000") => {
                self.run_in_transaction(connection, statement, values).await
            }
            answer => answer,
        }
    }

    /// sqlx parses a statement and executes it in two exchanges. A pooler in transaction mode may hand
    /// them to two servers, and the second knows nothing of the first's statement; only a transaction
    /// ties them together. It spans this one statement. Settings are made in it too: those of a session
    /// would stay on a server that others use next.
    async fn run_in_transaction(
        &self,
        connection: &mut PgConnection,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error> {
        execute(connection, self.begin.clone()).await?;
        let answer = fetch(connection, statement, values, false).await;
        let end = if answer.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = sqlx::raw_sql(end).execute(&mut *connection).await;
        let reply = answer?;
        // A deferred foreign key speaks up here.
        ended?;
        Ok(reply)
    }
}

#[async_trait]
impl Driver for PostgresDriver {
    type Connection = PgConnection;
    const DIALECT: Dialect = Dialect::Postgres;

    async fn open(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        if self.prepared_statements {
            let arrived = sqlx::raw_sql(AssertSqlSafe(self.arrived.clone()));
            if arrived.fetch_optional(&mut connection).await?.is_none() {
                return Err(sqlx::Error::Configuration(POOLED.into()));
            }
        }
        Ok(connection)
    }

    async fn run(
        &self,
        connection: &mut PgConnection,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, sqlx::Error> {
        if self.prepared_statements {
            return fetch(connection, statement, values, true).await;
        }
        self.run_unprepared(connection, statement, values).await
    }

    async fn ping(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        connection.ping().await
    }

    async fn close(connection: PgConnection) -> Result<(), sqlx::Error> {
        connection.close().await
    }

    async fn settle(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.prepared_statements {
            return connection.ping().await;
        }
        // Outside a transaction this is a warning and nothing else.
        sqlx::raw_sql("ROLLBACK").execute(connection).await.map(|_| ())
    }

    fn classify(&self, error: &sqlx::Error) -> Failure {
        let sqlx::Error::Database(error) = error else { return classify_transport(error) };
        match error.code().as_deref().unwrap_or_default() {
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Failure::Lost,
            "25006" => Failure::ReadOnly,
            "40001" | "40P01" => Failure::Conflict,
            // "cached plan must not change result type"
            "0A000" => Failure::Stale,
            "26000" | "42P05" => Failure::Pooled,
            // To one that knows no session, PgBouncer says so that its own server has gone.
            "08P01" if self.prepared_statements => Failure::Pooled,
            code if code.starts_with("08") => Failure::Lost,
            "23505" => Failure::Unique,
            "23503" => Failure::ForeignKey,
            // Too long, and what a trigger raises.
            "22001" | "P0001" => Failure::Constraint,
            code if code.starts_with("23") => Failure::Constraint,
            "22021" | "22P05" => Failure::Unencodable,
            "42501" => Failure::Denied,
            "3F000" | "42P01" | "42703" | "42883" | "42804" | "22P02" | "22P03" | "42846" => {
                Failure::Schema
            }
            _ => Failure::Unavailable,
        }
    }

    fn hint(&self, error: &sqlx::Error) -> Option<&'static str> {
        let mends = self.prepared_statements && self.classify(error) == Failure::Pooled;
        mends.then_some(POOLED)
    }

    fn may_pass(&self, error: &sqlx::Error) -> bool {
        // Too many connections: one will end.
        let full =
            |error: &dyn sqlx::error::DatabaseError| error.code().as_deref() == Some("53300");
        matches!(error, sqlx::Error::Database(error) if full(error.as_ref()))
            || self.classify(error) == Failure::Lost
    }
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(code))
}

async fn execute(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(|_| ())
}

async fn fetch(
    connection: &mut PgConnection,
    statement: &Statement,
    values: &[Value<'_>],
    persistent: bool,
) -> Result<Reply, sqlx::Error> {
    let query = sqlx::query(AssertSqlSafe(Arc::clone(&statement.sql))).persistent(persistent);
    let query = values.iter().fold(query, |query, value| query.bind(Parameter(*value)));
    if !statement.reads {
        let affected = query.execute(connection).await?.rows_affected();
        return Ok(Reply { rows: Vec::new(), affected });
    }
    let rows = query.fetch_all(connection).await?;
    let rows = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Reply { rows, affected: 0 })
}

fn read(row: &PgRow) -> Result<Vec<Option<String>>, sqlx::Error> {
    (0..row.len()).map(|column| row.try_get(column)).collect()
}

/// A value with the type that the server is told.
struct Parameter<'a>(Value<'a>);

impl Type<Postgres> for Parameter<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UNKNOWN)
    }
}

impl Encode<'_, Postgres> for Parameter<'_> {
    fn produces(&self) -> Option<PgTypeInfo> {
        match self.0 {
            // Left open as Django's adapter leaves it, so that the column's type decides: a citext
            // column's comparison knows no case. What is sent is text either way; that the column
            // holds text was checked against the live schema.
            Value::Text(_) => None,
            Value::Exact(_) => Some(<str as Type<Postgres>>::type_info()),
            Value::Int(_) => Some(<i64 as Type<Postgres>>::type_info()),
            Value::Uuid(_) => Some(PgTypeInfo::with_oid(UUID)),
        }
    }

    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.0 {
            Value::Text(text) | Value::Exact(text) => {
                <&str as Encode<'_, Postgres>>::encode_by_ref(text, buffer)
            }
            Value::Int(number) => <i64 as Encode<'_, Postgres>>::encode_by_ref(number, buffer),
            Value::Uuid(bytes) => {
                buffer.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
        }
    }
}

/// sqlx's options for the URL; session settings that the URL asks for are added to `settings`.
fn connect_options(
    url: &DatabaseUrl,
    settings: &mut Vec<(String, String)>,
) -> Result<PgConnectOptions, ConnectError> {
    // What the URL leaves out is libpq's: PGHOST and its kin, the socket's usual folder, ~/.pgpass.
    let mut address = String::from("postgres:///?");
    let port = url.port.map(|port| port.to_string()).unwrap_or_default();
    let host = url.option("host").unwrap_or(&url.host);
    let parts = [
        ("host", host),
        ("port", &port),
        ("user", &url.user),
        ("dbname", &url.name),
        ("password", &url.password),
    ];
    for (key, value) in parts {
        if !value.is_empty() {
            let _ = write!(address, "{key}={}&", escape(value));
        }
    }
    let unusable = |_| ConnectError::Url("the database URL cannot be used".to_owned());
    let mut options: PgConnectOptions = address.parse().map_err(unusable)?;
    // PgBouncer refuses it, and no number is read as text here.
    options = options.extra_float_digits(None).disable_statement_logging();
    options = options.application_name(url.option("application_name").unwrap_or("drf-auth"));
    for (key, value) in &url.options {
        options = match key.as_str() {
            "sslmode" => options.ssl_mode(ssl_mode(value, url.option("sslrootcert").is_some())?),
            "sslrootcert" => options.ssl_root_cert(value),
            "sslcert" => options.ssl_client_cert(value),
            "sslkey" => options.ssl_client_key(value),
            "currentSchema" => {
                settings.push(("search_path".to_owned(), value.clone()));
                options
            }
            "options" => {
                settings.extend(server_options(value)?);
                options
            }
            // The first three are read above; the others tune what this program does its own way.
            "host"
            | "application_name"
            | "connect_timeout"
            | "client_encoding"
            | "keepalives"
            | "keepalives_idle"
            | "keepalives_interval"
            | "keepalives_count"
            | "tcp_user_timeout"
            | "gssencmode" => options,
            _ => {
                return Err(ConnectError::unknown_option(
                    key,
                    "sslmode, sslrootcert, sslcert, sslkey, currentSchema, options, host and \
                 application_name",
                ));
            }
        };
    }
    Ok(options)
}

/// libpq's `sslmode`. A root certificate makes `require` check against it, as libpq does.
fn ssl_mode(value: &str, has_root: bool) -> Result<PgSslMode, ConnectError> {
    match value.parse() {
        Ok(PgSslMode::Require) if has_root => Ok(PgSslMode::VerifyCa),
        Ok(mode) => Ok(mode),
        Err(_) => Err(ConnectError::Url(
            "sslmode in the database URL is disable, allow, prefer, require, verify-ca or \
             verify-full"
                .to_owned(),
        )),
    }
}

/// libpq's `options`, where they are nothing but settings: `-c search_path=tenant`.
fn server_options(text: &str) -> Result<Vec<(String, String)>, ConnectError> {
    let wrong = || {
        ConnectError::Url(
            "options in the database URL are settings and nothing else: -c search_path=tenant"
                .to_owned(),
        )
    };
    let mut words = text.split_ascii_whitespace();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("-c") {
            Some("") => words.next().ok_or_else(wrong)?,
            Some(setting) => setting,
            None => word.strip_prefix("--").ok_or_else(wrong)?,
        };
        let (name, value) = setting.split_once('=').ok_or_else(wrong)?;
        if name.is_empty() || value.contains('\\') {
            return Err(wrong());
        }
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(settings)
}

fn milliseconds(duration: Duration) -> String {
    duration.as_millis().max(1).to_string()
}

/// A literal, whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver(query: &str) -> Result<PostgresDriver, ConnectError> {
        let url = format!("postgres://u:p%40@h:1/d{query}").parse()?;
        PostgresDriver::new(&url, Duration::from_secs(5), true, false)
    }

    #[test]
    fn settings_are_statements_with_quoted_values() {
        let driver = driver("?currentSchema=a%27b%5C&options=-c%20work_mem%3D1MB%20--geqo%3Doff");
        assert_eq!(
            driver.unwrap().begin,
            "BEGIN; SELECT set_config(E'statement_timeout', E'5000', true), \
             set_config(E'lock_timeout', E'2000', true), \
             set_config(E'search_path', E'a\\'b\\\\', true), \
             set_config(E'work_mem', E'1MB', true), set_config(E'geqo', E'off', true)"
        );
    }

    #[test]
    fn options_that_are_no_settings_are_refused() {
        for options in ["-d 5", "search_path=x", "-c", "-c x", "-c =x", "-c a=b\\ c"] {
            let options = escape(options);
            assert!(driver(&format!("?options={options}")).is_err(), "{options}");
        }
    }

    #[test]
    fn the_url_s_parts_reach_sqlx_decoded() {
        let options = driver("?host=%2Frun%2Fpg&application_name=x").unwrap().options;
        assert_eq!(options.get_username(), "u");
        assert_eq!(options.get_database(), Some("d"));
        assert_eq!(options.get_port(), 1);
        assert_eq!(options.get_socket().unwrap().to_str(), Some("/run/pg"));
        assert_eq!(options.get_application_name(), Some("x"));
        assert_eq!(driver("").unwrap().options.get_host(), "h");
    }

    #[test]
    fn a_root_certificate_is_asked_as_libpq_asks_it() {
        let mode = |query: &str| driver(query).unwrap().options.get_ssl_mode();
        assert!(matches!(mode("?sslmode=require"), PgSslMode::Require));
        assert!(matches!(mode("?sslmode=require&sslrootcert=x"), PgSslMode::VerifyCa));
        assert!(matches!(mode("?sslrootcert=x&sslmode=verify-full"), PgSslMode::VerifyFull));
    }
}
