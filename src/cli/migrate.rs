//! `drf-auth migrate`: Django's tables in an empty database.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;

use super::{config_file::ConfigFile, database};
use crate::app;

/// The flags of `migrate`.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// End with 1 where there are migrations to apply, and apply none
    #[arg(long)]
    check: bool,
    /// As manage.py takes it: nothing is ever asked here
    #[arg(long, visible_alias = "no-input")]
    noinput: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Migrate {
    /// Says what Django says.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { check, noinput: _, config } = self;
        let config = config.load_with_database()?;
        if check {
            let pending = database::wait(app::pending_migrations(&config))?;
            return Ok(ExitCode::from(u8::from(!pending.is_empty())));
        }
        let applied = database::wait(app::migrate(&config))?;
        let mut said = String::from(
            "Operations to perform:\n  Apply all migrations: auth, authtoken, contenttypes\n\
             Running migrations:\n",
        );
        if applied.is_empty() {
            said += "  No migrations to apply.\n";
        }
        for name in applied {
            // Writing to a String cannot fail.
            let _ = writeln!(said, "  Applying {name}... OK");
        }
        io::stdout().write_all(said.as_bytes()).context("standard output cannot be written")?;
        Ok(ExitCode::SUCCESS)
    }
}
