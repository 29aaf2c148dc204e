//! A fresh database a test, made of Django's own tables, and dropped when the test ends.
//!
//! PostgreSQL and MariaDB (or MySQL) are found by `DRF_AUTH_TEST_POSTGRES_URL` and
//! `DRF_AUTH_TEST_MYSQL_URL`: a server's URL without a database, with a user who may create databases
//! (`compat/databases.sh start` prints them). Where one is not set, the test says that it is skipped and
//! passes; with `DRF_AUTH_TEST_REQUIRE=postgres,mysql` it fails. SQLite is always there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says when it is skipped"
)]

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _,
    mysql::{MySqlConnectOptions, MySqlConnection},
    postgres::{PgConnectOptions, PgConnection},
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

/// The three engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Postgres,
    MySql,
    Sqlite,
}

impl Backend {
    /// Its name in `DRF_AUTH_TEST_REQUIRE` and in `fixtures/ddl/`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "DRF_AUTH_TEST_POSTGRES_URL",
            Self::MySql => "DRF_AUTH_TEST_MYSQL_URL",
            Self::Sqlite => "",
        }
    }

    /// The Django versions whose tables are in `fixtures/`.
    pub(crate) fn django_versions(self) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(root.join("fixtures/ddl").join(self.name())).unwrap();
        let version = |name: String| {
            let version = name.strip_prefix("django-")?.strip_suffix(".sql")?.to_owned();
            Some(version)
        };
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter_map(version).collect()
    }

    /// Django's tables, as `manage.py migrate` made them.
    pub(crate) fn ddl(self, django: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join(format!("fixtures/ddl/{}/django-{django}.sql", self.name()));
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }
}

/// A database of one test.
pub(crate) struct TestDatabase {
    pub(crate) backend: Backend,
    server: String,
    name: String,
}

/// An account of a server that may do nothing yet.
pub(crate) struct Account {
    /// Its name as grants have it.
    pub(crate) grantee: String,
    /// The test's database, as this account.
    pub(crate) url: String,
    remove: String,
    lock: [String; 2],
}

impl Account {
    /// Keeps it from connecting, as a server that is away does; or lets it.
    pub(crate) async fn lock(&self, database: &TestDatabase, is_locked: bool) {
        database.execute(&self.lock[usize::from(is_locked)]).await;
    }

    pub(crate) async fn remove(self, database: &TestDatabase) {
        database.execute(&self.remove).await;
    }
}

/// An open connection, and what it holds until it is dropped.
pub(crate) enum Held {
    Postgres(PgConnection),
    MySql(MySqlConnection),
    Sqlite(SqliteConnection),
}

impl Held {
    /// Runs another statement on the connection, and lets go.
    pub(crate) async fn finish(self, sql: &'static str) {
        match self {
            Self::Postgres(mut held) => sqlx::raw_sql(sql).execute(&mut held).await.map(|_| ()),
            Self::MySql(mut held) => sqlx::raw_sql(sql).execute(&mut held).await.map(|_| ()),
            Self::Sqlite(mut held) => sqlx::raw_sql(sql).execute(&mut held).await.map(|_| ()),
        }
        .unwrap();
    }
}

/// A user to insert; the rest of the row is as `createsuperuser` leaves it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) username: &'a str,
    pub(crate) password: &'a str,
    pub(crate) email: &'a str,
    pub(crate) is_active: bool,
    pub(crate) is_staff: bool,
    pub(crate) is_superuser: bool,
}

impl<'a> NewUser<'a> {
    /// An active user.
    pub(crate) fn new(username: &'a str, password: &'a str) -> Self {
        Self {
            username,
            password,
            email: "",
            is_active: true,
            is_staff: false,
            is_superuser: false,
        }
    }
}

/// A fresh database with Django 5.2's tables; `None` where the backend is not there.
pub(crate) async fn database(backend: Backend) -> Option<TestDatabase> {
    let database = empty_database(backend).await?;
    database.execute(&backend.ddl("5.2")).await;
    Some(database)
}

/// A fresh database without any table; `None` where the backend is not there.
pub(crate) async fn empty_database(backend: Backend) -> Option<TestDatabase> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("drf_test_{}_{number}", process::id());
    let server = match backend {
        Backend::Sqlite => {
            let folder = env::temp_dir().join(&name);
            fs::create_dir_all(&folder).unwrap();
            folder.to_str().unwrap().to_owned()
        }
        Backend::Postgres | Backend::MySql => server_url(backend)?,
    };
    let database = TestDatabase { backend, server, name };
    match backend {
        Backend::Sqlite => fs::write(database.file(), "").unwrap(),
        Backend::Postgres | Backend::MySql => {
            database.on_server(&format!("DROP DATABASE IF EXISTS {}", database.name)).await;
            database.on_server(&format!("CREATE DATABASE {}", database.name)).await;
        }
    }
    Some(database)
}

/// Where the backend's server is, or the news that the test is skipped.
fn server_url(backend: Backend) -> Option<String> {
    let variable = backend.variable();
    if let Ok(url) = env::var(variable)
        && !url.is_empty()
    {
        return Some(url);
    }
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let required = env::var("DRF_AUTH_TEST_REQUIRE").unwrap_or_default();
    let is_required = required.split(',').any(|name| name.trim() == backend.name());
    assert!(!is_required, "{test} needs {variable}, and DRF_AUTH_TEST_REQUIRE={required}");
    println!("skipped: {test} needs {variable}");
    None
}

impl TestDatabase {
    /// A database that is there already, on the same server; it is dropped all the same.
    pub(crate) fn named(backend: Backend, server: &str, name: &str) -> Self {
        Self { backend, server: server.to_owned(), name: name.to_owned() }
    }

    /// The database's URL, as `database_url` takes it.
    pub(crate) fn url(&self) -> String {
        match self.backend {
            Backend::Sqlite => format!("sqlite:///{}", self.file().display()),
            Backend::Postgres | Backend::MySql => {
                format!("{}/{}", self.server.trim_end_matches('/'), self.name)
            }
        }
    }

    /// The server's URL, without a database.
    pub(crate) fn server_url(&self) -> &str {
        &self.server
    }

    /// The database's name on its server.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// SQLite's file.
    pub(crate) fn file(&self) -> PathBuf {
        Path::new(&self.server).join("db.sqlite3")
    }

    /// Runs statements, separated by semicolons. Panics where one fails.
    pub(crate) async fn execute(&self, sql: &str) {
        self.try_execute(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    /// Runs statements, separated by semicolons.
    pub(crate) async fn try_execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self.backend {
            Backend::Postgres => sql.execute(&mut self.postgres().await).await.map(|_| ()),
            Backend::MySql => sql.execute(&mut self.mysql().await).await.map(|_| ()),
            Backend::Sqlite => sql.execute(&mut self.sqlite().await).await.map(|_| ()),
        }
    }

    /// The rows of a query whose columns are all text; NULL is `"NULL"`.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        macro_rules! rows {
            ($connection:expr) => {{
                let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
                let rows = query.fetch_all(&mut $connection).await;
                let rows = rows.unwrap_or_else(|error| panic!("{error}\n{sql}"));
                let text = |row: &_, at| text(sqlx::Row::try_get_unchecked(row, at).unwrap());
                rows.iter().map(|row| (0..row.len()).map(|at| text(row, at)).collect()).collect()
            }};
        }
        fn text(value: Option<String>) -> String {
            value.unwrap_or_else(|| "NULL".to_owned())
        }
        match self.backend {
            Backend::Postgres => rows!(self.postgres().await),
            Backend::MySql => rows!(self.mysql().await),
            Backend::Sqlite => rows!(self.sqlite().await),
        }
    }

    /// The only value of a query for one text.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        assert_eq!((rows.len(), rows.first().map(Vec::len)), (1, Some(1)), "{sql}");
        rows[0][0].clone()
    }

    /// Makes an account without rights; `None` on SQLite, which knows none.
    pub(crate) async fn account(&self) -> Option<Account> {
        let name = format!("r_{}", self.name);
        let (grantee, create, remove, lock) = match self.backend {
            Backend::Postgres => (
                format!("\"{name}\""),
                format!("CREATE ROLE {name} LOGIN PASSWORD 'secret'"),
                format!("DROP OWNED BY {name}; DROP ROLE {name}"),
                ["LOGIN", "NOLOGIN"].map(|lock| format!("ALTER ROLE {name} {lock}")),
            ),
            Backend::MySql => (
                format!("'{name}'@'%'"),
                format!("CREATE USER '{name}'@'%' IDENTIFIED BY 'secret'"),
                format!("DROP USER '{name}'@'%'"),
                ["UNLOCK", "LOCK"].map(|lock| format!("ALTER USER '{name}'@'%' ACCOUNT {lock}")),
            ),
            Backend::Sqlite => return None,
        };
        self.execute(&create).await;
        let url = self.url();
        let (scheme, rest) = url.split_once("://").unwrap();
        let (_, address) = rest.rsplit_once('@').unwrap();
        let url = format!("{scheme}://{name}:secret@{address}");
        Some(Account { grantee, url, remove, lock })
    }

    /// The same, with every right on this database's tables.
    pub(crate) async fn owner(&self) -> Option<Account> {
        let account = self.account().await?;
        let tables = match self.backend {
            Backend::MySql => format!("{}.*", self.name),
            _ => "ALL TABLES IN SCHEMA public".to_owned(),
        };
        self.execute(&format!("GRANT ALL ON {tables} TO {}", account.grantee)).await;
        Some(account)
    }

    /// Inserts a row into `auth_user` and gives its primary key.
    pub(crate) async fn insert_user(&self, user: NewUser<'_>) -> i64 {
        let mut values = String::new();
        for text in [user.username, user.password, user.email] {
            let _ = write!(values, "{}, ", self.literal(text));
        }
        for flag in [user.is_active, user.is_staff, user.is_superuser] {
            let _ = write!(values, "{flag}, ");
        }
        self.execute(&format!(
            "INSERT INTO auth_user (username, password, email, is_active, is_staff, is_superuser, \
             first_name, last_name, date_joined) VALUES ({values}'', '', '2024-01-02 03:04:05')"
        ))
        .await;
        let id = "SELECT CAST(MAX(id) AS char(20)) FROM auth_user";
        self.text(id).await.trim().parse().unwrap()
    }

    /// Inserts a row into `authtoken_token`.
    pub(crate) async fn insert_token(&self, key: &str, user: i64) {
        let key = self.literal(key);
        let column = if self.backend == Backend::MySql { "`key`" } else { "\"key\"" };
        self.execute(&format!(
            "INSERT INTO authtoken_token ({column}, created, user_id) \
             VALUES ({key}, '2024-01-02 03:04:05', {user})"
        ))
        .await;
    }

    /// Every token: key, user.
    pub(crate) async fn tokens(&self) -> Vec<(String, i64)> {
        let column = if self.backend == Backend::MySql { "`key`" } else { "\"key\"" };
        let rows = self
            .rows(&format!(
                "SELECT {column}, CAST(user_id AS char(20)) FROM authtoken_token ORDER BY user_id"
            ))
            .await;
        rows.into_iter().map(|row| (row[0].clone(), row[1].trim().parse().unwrap())).collect()
    }

    /// Runs a statement on a connection that stays open until what is returned is dropped: a lock.
    pub(crate) async fn hold(&self, sql: &str) -> Held {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self.backend {
            Backend::Postgres => {
                let mut connection = self.postgres().await;
                sql.execute(&mut connection).await.unwrap();
                Held::Postgres(connection)
            }
            Backend::MySql => {
                let mut connection = self.mysql().await;
                sql.execute(&mut connection).await.unwrap();
                Held::MySql(connection)
            }
            Backend::Sqlite => {
                let mut connection = self.sqlite().await;
                sql.execute(&mut connection).await.unwrap();
                Held::Sqlite(connection)
            }
        }
    }

    /// A string literal.
    pub(crate) fn literal(&self, text: &str) -> String {
        let text = text.replace('\'', "''");
        match self.backend {
            Backend::MySql => format!("'{}'", text.replace('\\', "\\\\")),
            Backend::Postgres | Backend::Sqlite => format!("'{text}'"),
        }
    }

    async fn postgres(&self) -> PgConnection {
        self.url().parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
    }

    async fn mysql(&self) -> MySqlConnection {
        self.url().parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap()
    }

    async fn sqlite(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.file());
        options.connect().await.unwrap()
    }

    pub(crate) async fn on_server(&self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self.backend {
            Backend::Postgres => {
                let options: PgConnectOptions = self.server.parse().unwrap();
                let mut connection = options.database("postgres").connect().await.unwrap();
                sql.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Backend::MySql => {
                let options: MySqlConnectOptions = self.server.parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                sql.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Backend::Sqlite => unreachable!("SQLite has no server"),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.backend == Backend::Sqlite {
            let _ = fs::remove_dir_all(&self.server);
            return;
        }
        // The test's own runtime may be ending: a thread with another one drops the database.
        let force = if self.backend == Backend::Postgres { " WITH (FORCE)" } else { "" };
        let sql = format!("DROP DATABASE IF EXISTS {}{force}", self.name);
        thread::scope(|scope| {
            let drop = || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(self.on_server(&sql));
            };
            // A server that the test has stopped took its databases with it.
            let _ = scope.spawn(drop).join();
        });
    }
}
