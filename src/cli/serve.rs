//! `drf-auth serve`: runs the service.

use anyhow::Context as _;
use clap::Args;

use super::config_file::ConfigFile;
use crate::{
    app,
    config::{Log, LogFormat, Overrides},
    telemetry::{self, Format, LogGuard},
};

/// The flags of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigFile,
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
        let Self { config, listen, database_url, demo } = self;
        let overrides = Overrides { listen, database_url, demo, ..Overrides::default() };
        let config = config.load(overrides)?;
        let _log = start_log(&config.log)?;
        let runtime = tokio::runtime::Runtime::new().context("the runtime cannot start")?;
        let served = runtime.block_on(async {
            if demo { app::serve_demo(config).await } else { app::serve(config).await }
        });
        // What still hashes after the deadline of the shutdown keeps nobody waiting.
        runtime.shutdown_background();
        served
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
