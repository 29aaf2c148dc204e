//! The tables of contenttypes, auth and authtoken, as Django's own migrations leave them.
//!
//! Django takes eighteen steps to these tables; here they are made at once, and the eighteen are
//! written to `django_migrations`, so that `manage.py migrate` finds nothing left to do. An app is made
//! whole or not at all: PostgreSQL and SQLite undo what fails, and on MySQL, which cannot, an unfinished
//! table says so in its comment, and is made anew the next time.

#![cfg_attr(
    not(feature = "_database"),
    allow(unused_imports, clippy::unused_async, reason = "what the engines need, without any")
)]

mod apps;
mod plan;

use std::{fmt::Write as _, io};

use jiff::Timestamp;

use self::{
    apps::App,
    plan::{Plan, Table},
};
pub use self::{apps::Release, plan::Refusal};
use super::{
    ConnectError, Engine, StoreOptions,
    created::CreatedFormat,
    script::Script,
    sql::told,
    statements::{Dialect, read},
};
use crate::accounts::store::StoreError;

#[cfg(feature = "mysql")]
use super::mysql;
#[cfg(feature = "postgres")]
use super::postgres;
#[cfg(feature = "sqlite")]
use super::sqlite;

/// What an unfinished table of MySQL says. Whoever reads it can tell whose it is.
const UNFINISHED: &str = "drf-auth migrate has not finished";

/// A lock of this program and this database: the server knows only locks of its own, with short names.
const LOCK: &str = "CONCAT('drf-auth migrate ', MD5(DATABASE()))";

/// Why the tables were not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The options cannot be right.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// What is in the database already.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// SQLite's file cannot be made.
    #[error("the database file cannot be made")]
    File(#[from] io::Error),
    /// The database does not answer, or refuses.
    #[error("{0}")]
    Database(#[from] StoreError),
    /// Another process makes the tables at this moment.
    #[error("another drf-auth migrate is at work in this database")]
    Busy,
}

/// Makes the tables of every app that has none, and gives the migrations that were recorded, in
/// their order, as Django names them: `auth.0001_initial`.
///
/// # Errors
/// Where a table is there that this program did not make, or an app's migrations are applied in part;
/// nothing was changed then. Where the database refuses; on MySQL, tables may be there then, which the
/// next run makes anew.
pub async fn migrate(
    options: &StoreOptions,
    release: Release,
) -> Result<Vec<String>, MigrateError> {
    pending_or_applied(options, release, true).await
}

/// What [`migrate`] would record.
///
/// # Errors
/// As [`migrate`].
pub async fn pending(
    options: &StoreOptions,
    release: Release,
) -> Result<Vec<String>, MigrateError> {
    pending_or_applied(options, release, false).await
}

async fn pending_or_applied(
    options: &StoreOptions,
    release: Release,
    apply: bool,
) -> Result<Vec<String>, MigrateError> {
    let StoreOptions { url, statement_timeout, prepared_statements, .. } = options;
    let (timeout, prepared) = (*statement_timeout, *prepared_statements);
    let now = CreatedFormat::new(url.engine(), &options.clock)?.text(Timestamp::now());
    let job = Job { now, release, apply };
    match url.engine() {
        #[cfg(feature = "postgres")]
        Engine::Postgres => {
            job.run(&postgres::PostgresDriver::new(url, timeout, prepared, false)?).await
        }
        #[cfg(feature = "mysql")]
        Engine::MySql => job.run(&mysql::MySqlDriver::new(url, timeout, prepared, false)?).await,
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => {
            // As Django does: whoever names a file that is not there has it made.
            if apply && let Some(path) = url.sqlite_path() {
                std::fs::OpenOptions::new().append(true).create(true).open(path)?;
            }
            job.run(&sqlite::SqliteDriver::new(url, false)?).await
        }
        #[cfg(not(all(feature = "postgres", feature = "mysql", feature = "sqlite")))]
        engine => {
            let _ = (timeout, prepared, job, apply);
            Err(ConnectError::NotBuilt { feature: engine.feature() }.into())
        }
    }
}

struct Job {
    /// When the migrations are applied, as the column takes it.
    now: String,
    release: Release,
    apply: bool,
}

impl Job {
    async fn run<D: Script>(&self, driver: &D) -> Result<Vec<String>, MigrateError> {
        let failed = |error: sqlx::Error| told(driver, &error);
        let mut connection = driver.open().await.map_err(failed)?;
        if !lock(driver, &mut connection).await.map_err(failed)? {
            return Err(MigrateError::Busy);
        }
        let tables = tables(driver, &mut connection).await.map_err(failed)?;
        let recorded = recorded(driver, &mut connection, &tables).await.map_err(failed)?;
        let plan = plan::plan(&tables, &recorded)?;
        if self.apply {
            self.apply(driver, &mut connection, &tables, &plan).await.map_err(failed)?;
        }
        // The server notices a connection that ended without a farewell too.
        let _ = D::close(connection).await;
        Ok(plan.missing.iter().flat_map(|app| app.names()).collect())
    }

    async fn apply<D: Script>(
        &self,
        driver: &D,
        connection: &mut D::Connection,
        tables: &[Table],
        plan: &Plan,
    ) -> Result<(), sqlx::Error> {
        let (ddl, rows) =
            (self.tables(D::DIALECT, tables, &plan.missing), self.rows(&plan.missing));
        if D::UNDOES_TABLES {
            if ddl.is_empty() {
                return Ok(());
            }
            return driver.together(connection, &(ddl + &rows)).await;
        }
        let made = plan.missing.iter().flat_map(|app| app.tables).copied();
        let found = plan.uncommented.iter().map(String::as_str);
        if !ddl.is_empty() {
            driver.script(connection, dropped(&plan.unfinished) + &unfinished(&ddl)).await?;
            driver.together(connection, &rows).await?;
        }
        match finished(made.chain(found)) {
            script if script.is_empty() => Ok(()),
            script => driver.script(connection, script).await,
        }
    }

    /// What makes the tables of the apps, and the migrations' own where it is not there.
    fn tables(&self, dialect: Dialect, tables: &[Table], apps: &[&App]) -> String {
        let mut script = String::new();
        if !apps.is_empty() && !tables.iter().any(|table| table.name == apps::MIGRATIONS_TABLE) {
            script += &apps::migrations_table(dialect, self.release);
        }
        for app in apps {
            script += &app.ddl(dialect, self.release);
        }
        script
    }

    /// What records the migrations of the apps, and makes what `post_migrate` makes.
    fn rows(&self, apps: &[&App]) -> String {
        let mut script = String::new();
        for (app, name) in
            apps.iter().flat_map(|app| app.migrations.iter().map(move |name| (app, name)))
        {
            let (label, now) = (app.label, &self.now);
            // Writing to a String cannot fail.
            let _ = writeln!(
                script,
                "INSERT INTO django_migrations (app, name, applied) \
                 VALUES ('{label}', '{name}', '{now}');"
            );
        }
        // Of every app, as Django does; those that are there already are left alone. Content types of one
        // app, then its permissions; apps in the order of INSTALLED_APPS.
        let mut installed: Vec<&App> = apps::APPS.iter().collect();
        installed.sort_by_key(|app| app.installed);
        for app in installed {
            script += &app.content_types(self.release);
            script += &app.permissions();
        }
        script
    }
}

/// MySQL's way to let one at a time do what no transaction holds together. `false` where another does.
async fn lock<D: Script>(driver: &D, connection: &mut D::Connection) -> Result<bool, sqlx::Error> {
    if D::UNDOES_TABLES {
        return Ok(true);
    }
    let lock = read(format!("SELECT CAST(GET_LOCK({LOCK}, 1) AS char)"));
    let reply = driver.run(connection, &lock, &[]).await?;
    let got = reply.rows.first().and_then(|row| row.first());
    Ok(got.is_some_and(|got| got.as_deref() == Some("1")))
}

/// What is there: tables and whatever else has a table's name.
async fn tables<D: Script>(
    driver: &D,
    connection: &mut D::Connection,
) -> Result<Vec<Table>, sqlx::Error> {
    let sql = match D::DIALECT {
        // Those that a name without a schema finds.
        Dialect::Postgres => {
            "SELECT CAST(relname AS text), '' FROM pg_catalog.pg_class \
             WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_catalog.pg_table_is_visible(oid)"
        }
        Dialect::MySql => {
            "SELECT CAST(table_name AS char), CAST(table_comment AS char) \
             FROM information_schema.tables WHERE table_schema = DATABASE()"
        }
        Dialect::Sqlite => "SELECT name, '' FROM sqlite_master WHERE type IN ('table', 'view')",
    };
    let reply = driver.run(connection, &read(sql.to_owned()), &[]).await?;
    let table = |row: Vec<Option<String>>| {
        let mut row = row.into_iter().map(Option::unwrap_or_default);
        Some(Table { name: row.next()?, is_unfinished: row.next()? == UNFINISHED })
    };
    Ok(reply.rows.into_iter().filter_map(table).collect())
}

/// The rows of `django_migrations`: app, name.
async fn recorded<D: Script>(
    driver: &D,
    connection: &mut D::Connection,
    tables: &[Table],
) -> Result<Vec<(String, String)>, sqlx::Error> {
    if !tables.iter().any(|table| table.name == apps::MIGRATIONS_TABLE) {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT app, name FROM {}", apps::MIGRATIONS_TABLE);
    let reply = driver.run(connection, &read(sql), &[]).await?;
    let migration = |row: Vec<Option<String>>| {
        let mut row = row.into_iter().map(Option::unwrap_or_default);
        Some((row.next()?, row.next()?))
    };
    Ok(reply.rows.into_iter().filter_map(migration).collect())
}

/// The tables without what a run before has left, those that refer to others first.
fn dropped(tables: &[&str]) -> String {
    let drop = |table: &&str| ["DROP TABLE ", table, ";\n"].concat();
    tables.iter().rev().map(drop).collect()
}

/// The same tables, each with the comment that says that they are not finished. `django_migrations`
/// says by its rows what is.
fn unfinished(ddl: &str) -> String {
    let is_marked = |statement: &str| !statement.contains(apps::MIGRATIONS_TABLE);
    let marked = ddl.split_inclusive(";\n").map(|statement| {
        if is_marked(statement) {
            statement.replace("\n);\n", &format!("\n) COMMENT='{UNFINISHED}';\n"))
        } else {
            statement.to_owned()
        }
    });
    marked.collect()
}

fn finished<'a>(tables: impl Iterator<Item = &'a str>) -> String {
    tables.map(|table| ["ALTER TABLE ", table, " COMMENT='';\n"].concat()).collect()
}
