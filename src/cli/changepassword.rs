//! `drf-auth changepassword`, as `manage.py changepassword` is.

use std::process::ExitCode;

use clap::Args;
use zeroize::Zeroizing;

use super::{
    CommandError, complain, config_file::ConfigFile, database, print, system, terminal::Terminal,
};
use crate::app::operator::{Account, Operator};

const MAX_TRIES: u32 = 3;

/// The flags of `changepassword`.
#[derive(Debug, Args)]
pub(super) struct ChangePassword {
    /// Whose password [default: that of the user with the system user's name]
    username: Option<String>,
    #[command(flatten)]
    config: ConfigFile,
}

impl ChangePassword {
    /// Asks for the new password twice, three times at most.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { username, config } = self;
        let operator = Operator::connect(&config.load_with_database()?)?;
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
    print(&format!("Changing password for user '{name}'"))?;
    let password = ask(operator, &account).await?;
    if !operator.set_password(&account, &password).await? {
        return Err(CommandError(format!(
            "the password of user '{name}' was changed by someone else meanwhile; nothing was done"
        ))
        .into());
    }
    print(&format!("Password changed successfully for user '{name}'"))
}

async fn ask(operator: &Operator, account: &Account) -> anyhow::Result<Zeroizing<String>> {
    let mut terminal = Terminal::open()?;
    for _ in 0..MAX_TRIES {
        let password = ask_one(&mut terminal, "Password: ").await?;
        let again = ask_one(&mut terminal, "Password (again): ").await?;
        if *password != *again {
            print("Passwords do not match. Please try again.")?;
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
