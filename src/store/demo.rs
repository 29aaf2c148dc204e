//! A new SQLite file with Django's own tables and one user, for `serve --demo`.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::Path};

use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use crate::accounts::EncodedPassword;

/// The tables as `manage.py migrate` of Django 5.2 makes them (`compat/fixtures.sh`).
const DDL: &str = include_str!("../../fixtures/ddl/sqlite/django-5.2.sql");

/// Where [`create`] failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The file is there already, or cannot be made.
    #[error("the file cannot be made")]
    File(#[from] std::io::Error),
    /// The tables or the user cannot be made.
    #[error("the tables cannot be made")]
    Database(#[from] sqlx::Error),
}

/// Makes the file, readable by its owner alone, and in it the tables and an active user.
///
/// # Errors
/// Where the file exists already, or cannot be written.
pub async fn create(
    file: &Path,
    username: &str,
    email: &str,
    encoded: &EncodedPassword,
) -> Result<(), DemoError> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    let options = SqliteConnectOptions::new().filename(file).disable_statement_logging();
    let mut connection = options.connect().await?;
    sqlx::raw_sql(DDL).execute(&mut connection).await?;
    sqlx::query(
        "INSERT INTO auth_user (username, email, password, first_name, last_name, is_active, \
         is_staff, is_superuser, date_joined) \
         VALUES (?, ?, ?, '', '', 1, 0, 0, strftime('%Y-%m-%d %H:%M:%f', 'now'))",
    )
    .bind(username)
    .bind(email)
    .bind(encoded.expose())
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    Ok(())
}
