//! `drf-auth changepassword`, as `manage.py changepassword` is.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;
use zeroize::Zeroizing;

use super::{CommandError, complain, database, system, terminal::Terminal};
use crate::app::operator::{Account, Operator};

const MAX_TRIES: u32 = 3;

/// The flags of `changepassword`.
#[derive(Debug, Args)]
pub(super) struct ChangePassword {
    /// Whose password [default: that of the user with the system user's name]
    username: Option<String>,
    /// The configuration file [default: `$DRF_AUTH_CONFIG`, else ./drf-auth.toml where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ChangePassword {
    /// Asks for the new password twice, three times at most.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { username, config } = self;
        let operator = Operator::connect(&database::config(config)?)?;
        let username = username.filter(|name| !name.is_empty()).unwrap_or_else(system::username);
        database::wait(change(&operator, &username))?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn change(operator: &Operator, username: &str) -> anyhow::Result<()> {
    let Some(account) = operator.find(username).await? else {
        return Err(CommandError(format!("user '{username}' does not exist")).into());
    };
    let name = &account.username;
    say(&format!("Changing password for user '{name}'"))?;
    let password = ask(operator, &account).await?;
    if !operator.set_password(&account, &password).await? {
        return Err(CommandError(format!(
            "the password of user '{name}' was changed by someone else meanwhile; nothing was done"
        ))
        .into());
    }
    say(&format!("Password changed successfully for user '{name}'"))
}

async fn ask(operator: &Operator, account: &Account) -> anyhow::Result<Zeroizing<String>> {
    let mut terminal = Terminal::open()?;
    for _ in 0..MAX_TRIES {
        let password = ask_one(&mut terminal, "Password: ").await?;
        let again = ask_one(&mut terminal, "Password (again): ").await?;
        if *password != *again {
            say("Passwords do not match. Please try again.")?;
            continue;
        }
        let messages = operator.refuse_password(&password, &account.attributes);
        if messages.is_empty() {
            return Ok(password);
        }
        complain(&messages.join("\n"));
    }
    let name = &account.username;
    Err(CommandError(format!(
        "Aborting password change for user '{name}' after {MAX_TRIES} attempts"
    ))
    .into())
}

async fn ask_one(terminal: &mut Terminal, prompt: &str) -> anyhow::Result<Zeroizing<String>> {
    let password = terminal.ask_hidden(prompt).await?;
    if password.is_empty() { Err(CommandError("aborted".to_owned()).into()) } else { Ok(password) }
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("standard output cannot be written")
}
