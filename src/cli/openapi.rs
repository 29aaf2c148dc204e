//! `drf-auth openapi`: prints the OpenAPI document of the configured routes.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::Args;

use crate::{
    app,
    config::{Config, Environment, Overrides},
};

/// The flags of `openapi`.
#[derive(Debug, Args)]
pub(super) struct OpenApi {
    /// The configuration file [default: `$DRF_AUTH_CONFIG`, else ./drf-auth.toml where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl OpenApi {
    /// Reads the configuration and prints. No database is needed.
    pub(super) fn run(self) -> anyhow::Result<()> {
        let cwd =
            Environment::working_directory().context("the working directory cannot be told")?;
        let overrides =
            Overrides { config: self.config, no_database: true, ..Overrides::default() };
        let config = Config::load(&overrides, &Environment, &cwd)?;
        let document = format!("{:#}\n", app::openapi(&config)?);
        io::stdout().lock().write_all(document.as_bytes()).context("the document cannot be written")
    }
}
