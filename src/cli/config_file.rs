//! `--config`, as every command has it.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::PasswordOnCommandLine;
use crate::config::{Config, Environment, Overrides, has_password};

/// The flag.
#[derive(Debug, Args)]
pub(super) struct ConfigFile {
    /// The configuration file [default: `$DRF_AUTH_CONFIG`, else ./drf-auth.toml where there is one]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl ConfigFile {
    /// The configuration, with what other flags say in `overrides`.
    pub(super) fn load(self, overrides: Overrides) -> anyhow::Result<Config> {
        if overrides.database_url.as_deref().is_some_and(has_password) {
            return Err(PasswordOnCommandLine.into());
        }
        let cwd =
            Environment::working_directory().context("the working directory cannot be told")?;
        let overrides = Overrides { config: self.config, ..overrides };
        Ok(Config::load(&overrides, &Environment, &cwd)?)
    }

    /// The configuration, which must name a database.
    pub(super) fn load_with_database(self) -> anyhow::Result<Config> {
        self.load(Overrides::default())
    }

    /// The configuration of a command that asks no database.
    pub(super) fn load_without_database(self) -> anyhow::Result<Config> {
        self.load(Overrides { no_database: true, ..Overrides::default() })
    }
}
