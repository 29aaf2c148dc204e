//! Django's tables in an empty database, for the configured release of Django.

use anyhow::{Context as _, anyhow};

use super::{operator, start};
use crate::{
    config::{Config, Misconfigured, TokenModel, UserModel},
    django,
    store::{
        StoreOptions,
        migrations::{self, MigrateError, Release},
    },
};

/// Makes the tables of contenttypes, auth and authtoken where they are not there, and gives the
/// migrations that it recorded, as Django names them.
///
/// # Errors
/// Where the configuration names other tables, what is in the database is in the way, or the database
/// refuses.
pub async fn migrate(config: &Config) -> anyhow::Result<Vec<String>> {
    let (options, release) = prepare(config)?;
    may_create(migrations::migrate(&options, release).await)
}

/// The migrations that [`migrate`] would record.
///
/// # Errors
/// As [`migrate`].
pub async fn pending_migrations(config: &Config) -> anyhow::Result<Vec<String>> {
    let (options, release) = prepare(config)?;
    may_create(migrations::pending(&options, release).await)
}

fn may_create<T>(done: Result<T, MigrateError>) -> anyhow::Result<T> {
    let needs = || "an account that may make tables, as manage.py migrate does".to_owned();
    operator::allowed(done, needs)
}

fn prepare(config: &Config) -> anyhow::Result<(StoreOptions, Release)> {
    only_default_models(&config.user_model, &config.token_model)?;
    let version = config.django.version();
    let release = Release {
        identity_columns: version >= django::Release::V4_1,
        sorted_content_types: version >= django::Release::V6_1,
    };
    Ok((start::store_options(config)?, release))
}

/// Tables that only the project knows are made by its own migrations.
fn only_default_models(user: &UserModel, token: &TokenModel) -> anyhow::Result<()> {
    let default = UserModel::default();
    let keys = [
        ("user_model.table", &user.table, &default.table),
        ("user_model.id_column", &user.id_column, &default.id_column),
        ("user_model.username_field", &user.username_field, &default.username_field),
        ("user_model.password_column", &user.password_column, &default.password_column),
        ("token_model.table", &token.table, &TokenModel::default().table),
    ];
    match keys.into_iter().find(|(_, written, default)| written != default) {
        None => Ok(()),
        Some((key, written, default)) => Err(anyhow!(
            "{key} is {written:?}: this command makes Django's own tables ({default:?}); those of a \
             project's own models are made by its manage.py migrate"
        ))
        .context(Misconfigured),
    }
}
