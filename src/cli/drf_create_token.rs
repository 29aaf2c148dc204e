//! `drf-auth drf_create_token`, as REST framework's command is.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;

use super::{CommandError, database};
use crate::app::operator::Operator;

/// The flags of `drf_create_token`.
#[derive(Debug, Args)]
pub(super) struct DrfCreateToken {
    /// Whose token
    username: String,
    /// Make a new token in place of the one there is
    #[arg(short, long)]
    reset: bool,
    /// The configuration file [default: `$DRF_AUTH_CONFIG`, else ./drf-auth.toml where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl DrfCreateToken {
    /// Prints the user's token, which is why it was asked for.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { username, reset, config } = self;
        let operator = Operator::connect(&database::config(config)?)?;
        let key = database::wait(token(&operator, &username, reset))?;
        writeln!(io::stdout(), "Generated token {key} for user {username}")
            .context("standard output cannot be written")?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn token(operator: &Operator, username: &str, reset: bool) -> anyhow::Result<String> {
    let nobody =
        || CommandError(format!("Cannot create the Token: user {username} does not exist"));
    let account = operator.find(username).await?.ok_or_else(nobody)?;
    if reset {
        operator.delete_token(&account.id).await?;
    }
    Ok(operator.token(&account.id).await?.ok_or_else(nobody)?)
}
