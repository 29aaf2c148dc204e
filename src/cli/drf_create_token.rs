//! `drf-auth drf_create_token`, as REST framework's command is.

use std::process::ExitCode;

use clap::Args;

use super::{CommandError, config_file::ConfigFile, database};
use crate::app::operator::Operator;

/// The flags of `drf_create_token`.
#[derive(Debug, Args)]
pub(super) struct DrfCreateToken {
    /// Whose token
    username: String,
    /// Make a new token in place of the one there is
    #[arg(short, long)]
    reset: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl DrfCreateToken {
    /// Prints the user's token, which is why it was asked for.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { username, reset, config } = self;
        let operator = Operator::connect(&config.load_with_database()?)?;
        let key = database::wait(token(&operator, &username, reset))?;
        super::print(&format!("Generated token {key} for user {username}"))?;
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
