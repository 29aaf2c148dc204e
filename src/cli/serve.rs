//! `drf-auth serve`: runs the service.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::{
    app,
    config::{Config, Environment, Log, LogFormat, Overrides},
    telemetry::{self, Format, LogGuard},
};

/// The flags of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The configuration file [default: `$DRF_AUTH_CONFIG`, else ./drf-auth.toml where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to take connections: an IP address with a port, or `unix:/path`
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The database, in a URL without a password
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Try it out: a new database file with Django's own tables and one user
    #[arg(long, conflicts_with = "database_url")]
    demo: bool,
}

impl Serve {
    /// Reads the configuration, sets up the log and serves until a signal ends it.
    pub(super) fn run(self) -> anyhow::Result<()> {
        let demo = self.demo;
        let cwd =
            Environment::working_directory().context("the working directory cannot be told")?;
        let config = Config::load(&self.overrides(), &Environment, &cwd)?;
        let _log = start_log(&config.log)?;
        let runtime = tokio::runtime::Runtime::new().context("the runtime cannot start")?;
        let served = runtime.block_on(async {
            if demo { app::serve_demo(config).await } else { app::serve(config).await }
        });
        // What still hashes after the deadline of the shutdown keeps nobody waiting.
        runtime.shutdown_background();
        served
    }

    fn overrides(self) -> Overrides {
        let Self { config, listen, database_url, demo } = self;
        Overrides { config, listen, database_url, demo, ..Overrides::default() }
    }
}

fn start_log(log: &Log) -> anyhow::Result<LogGuard> {
    let format = match log.format {
        LogFormat::Auto => Format::auto(),
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    };
    Ok(telemetry::init(&log.level, format)?)
}
