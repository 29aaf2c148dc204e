//! What an operator may say: a TOML file, the environment and flags, read into plain data.
//!
//! The file is the one that `--config` names, else `$DRF_AUTH_CONFIG`, else `./drf-auth.toml` where
//! there is one. Flags win over the environment, that over the file, that over the defaults. Every
//! key is also a variable: `listen` is `DRF_AUTH_LISTEN`, `version` of `[django]` is
//! `DRF_AUTH_DJANGO__VERSION`; lists are comma-separated there, routes are `/path/=view` pairs.
//! `DATABASE_URL` stands for `database_url` where `DRF_AUTH_DATABASE_URL` and its `_FILE` twin are
//! not set; being environment, it wins over the file. Paths that are not absolute count from the
//! working directory.
//!
//! A key that is not known is a mistake, and all mistakes are reported at once.

mod condition;
mod cors;
mod database;
mod database_url;
mod decisions;
mod django;
mod environment;
mod error;
mod file;
mod hashers;
mod identifier;
mod listen;
mod log;
mod lookup;
mod password_validators;
mod passwords;
mod reader;
mod requirement;
mod rest_framework;
mod routes;
mod second_door;
mod suggest;
mod token_model;
mod user_model;
mod value;
mod verify;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::{
    condition::{Condition, Literal, Test, UsernameMatch},
    cors::Cors,
    database::Database,
    database_url::{DatabaseUrl, has_password},
    decisions::{Decisions, is_decision},
    django::{Django, PythonVersion},
    error::{ConfigError, ConfigErrors, Misconfigured, Origin, Problem},
    hashers::{HashLimits, HasherParameters},
    listen::{AdminListen, Listen},
    log::{Log, LogFormat},
    lookup::{Environment, Lookup},
    passwords::Passwords,
    requirement::Requirement,
    rest_framework::RestFramework,
    routes::{Route, Routes, View},
    second_door::{GUARDS, Guard, SecondDoor},
    token_model::TokenModel,
    user_model::UserModel,
    verify::Verify,
};

use self::reader::Reader;
use crate::django::Release;

/// What the command line says. Flags win over everything else.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config`: the file to read.
    pub config: Option<PathBuf>,
    /// `--listen`, as it was written.
    pub listen: Option<String>,
    /// `--database-url`, as it was written. The command line refuses one with a password first.
    pub database_url: Option<String>,
    /// `--demo`: what describes a project keeps its default, and no database is asked for.
    pub demo: bool,
    /// The command works without a database: none is asked for.
    pub no_database: bool,
}

impl Overrides {
    /// Flag, key and text of every key that a flag sets.
    fn keys(&self) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        [
            ("--listen", "listen", &self.listen),
            ("--database-url", "database_url", &self.database_url),
        ]
        .into_iter()
        .filter_map(|(flag, key, text)| Some((flag, key, text.as_deref()?)))
    }
}

/// Everything that can be configured. Plain data, in which `Debug` shows no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The database. `None` for the demonstration, which makes one, and for commands without.
    pub database_url: Option<DatabaseUrl>,
    /// Where the service takes connections.
    pub listen: Listen,
    /// Where the operator is told how it is.
    pub admin_listen: AdminListen,
    /// How long connections are still taken after the signal to end, for whoever sends them here
    /// because `/readyz` said so.
    ///
    /// Unit: a duration up to 5m. Default: 0s. In settings.py: nothing.
    pub drain_delay: Duration,
    /// `[database]`.
    pub database: Database,
    /// `[django]`.
    pub django: Django,
    /// What a login here does not ask, of `[django]`.
    pub second_door: SecondDoor,
    /// `[rest_framework]`.
    pub rest_framework: RestFramework,
    /// `[user_model]`.
    pub user_model: UserModel,
    /// `[token_model]`.
    pub token_model: TokenModel,
    /// `[passwords]`.
    pub passwords: Passwords,
    /// `[log]`.
    pub log: Log,
    /// `[verify]`.
    pub verify: Verify,
    /// `[cors]`; `None` where the project has no django-cors-headers.
    pub cors: Option<Cors>,
    /// `[routes]`.
    pub routes: Routes,
    /// `[decisions]`.
    pub decisions: Decisions,
}

impl Config {
    /// Reads every source. Relative paths count from `cwd`.
    ///
    /// # Errors
    /// All mistakes at once. Where the file is no TOML, those of the file alone.
    pub fn load(
        overrides: &Overrides,
        lookup: &dyn Lookup,
        cwd: &Path,
    ) -> Result<Self, ConfigErrors> {
        let entries = match file::read(overrides.config.as_deref(), lookup, cwd) {
            Ok(entries) => entries,
            Err(errors) => {
                ConfigErrors::check(errors)?;
                Vec::new()
            }
        };
        let mut reader = Reader::new(entries, lookup, overrides);
        let config = Self::read(&mut reader, cwd, !overrides.demo && !overrides.no_database);
        reader.finish()?;
        Ok(if overrides.demo { config.for_demo() } else { config })
    }

    /// `Ok` where a person has decided all that a program cannot: the service starts only then.
    ///
    /// # Errors
    /// Everything that is open, with what to write.
    pub fn check_decided(&self) -> Result<(), ConfigErrors> {
        ConfigErrors::check([self.second_door.open(), self.decisions.open()].concat())
    }

    /// What a file with this text says, whatever the environment does. No database is asked for.
    ///
    /// # Errors
    /// All mistakes at once, as [`Config::load`] reports those of `drf-auth.toml`, and what logins would
    /// bypass.
    pub fn check(text: &str) -> Result<Self, ConfigErrors> {
        let entries = match file::parse(file::DEFAULT_NAME, text.as_bytes()) {
            Ok(entries) => entries,
            Err(errors) => {
                ConfigErrors::check(errors)?;
                Vec::new()
            }
        };
        let nothing = BTreeMap::<String, OsString>::new();
        let mut reader = Reader::new(entries, &nothing, &Overrides::default());
        let config = Self::read(&mut reader, Path::new(""), false);
        reader.finish()?;
        ConfigErrors::check(config.second_door.open().to_vec())?;
        Ok(config)
    }

    fn read(reader: &mut Reader, cwd: &Path, database_required: bool) -> Self {
        let mut listen = Listen::default();
        reader.set(&mut listen, "listen", listen::listen);
        let mut admin_listen = AdminListen::default();
        reader.set(&mut admin_listen, "admin_listen", listen::admin_listen);
        let mut drain_delay = Duration::ZERO;
        let up_to = Duration::ZERO..=Duration::from_mins(5);
        reader.set(&mut drain_delay, "drain_delay", |value| value::duration(value, &up_to));
        let user_model = UserModel::read(reader);
        let routes = Routes::read(reader, &user_model);
        Self {
            database_url: database_url::read(reader, cwd, database_required),
            listen,
            admin_listen,
            drain_delay,
            database: Database::read(reader),
            django: Django::read(reader),
            second_door: SecondDoor::read(reader, &routes),
            rest_framework: RestFramework::read(reader),
            user_model,
            token_model: TokenModel::read(reader),
            passwords: Passwords::read(reader),
            log: Log::read(reader),
            verify: Verify::read(reader),
            cors: Cors::read(reader),
            routes,
            decisions: Decisions::read(reader),
        }
    }

    /// The demonstration brings a project of its own: Django 5.2's defaults. How this program runs
    /// (`listen`, `admin_listen`, `drain_delay`, `[database]`, `[passwords]`, `[log]`) stays as it is written.
    fn for_demo(self) -> Self {
        let django = Django { version: Some(Release::V5_2), ..Django::default() };
        Self {
            listen: self.listen,
            admin_listen: self.admin_listen,
            drain_delay: self.drain_delay,
            database: self.database,
            passwords: self.passwords,
            log: self.log,
            django,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;
