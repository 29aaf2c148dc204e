//! `drf-auth users`: who there is, and who may log in.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{CommandError, config_file::ConfigFile, database};
use crate::{
    app::operator::{Account, Operator},
    telemetry::{Format, visible},
};

/// The flags of `users`.
#[derive(Debug, Args)]
pub(super) struct Users {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List every user: id, name, active, staff, superuser, token, with tabs between them
    List {
        /// A JSON object a line instead
        #[arg(long)]
        json: bool,
    },
    /// Let a user log in
    Activate { username: String },
    /// Keep a user out: no login, and the token counts for nothing
    Deactivate { username: String },
    /// Delete a user's token
    #[command(name = "revoke_token", visible_alias = "revoke-token")]
    RevokeToken { username: String },
}

/// One line of `list --json`.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are a row's columns")]
struct Line<'a> {
    id: String,
    username: &'a str,
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
    has_token: bool,
}

impl Users {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { action, config } = self;
        let operator = Operator::connect(&config.load_with_database()?)?;
        let said = database::wait(act(&operator, &action))?;
        io::stdout().write_all(said.as_bytes()).context("standard output cannot be written")?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn act(operator: &Operator, action: &Action) -> anyhow::Result<String> {
    Ok(match action {
        Action::List { json } => listed(&operator.list().await?, *json)?,
        Action::Activate { username } => set_active(operator, username, true).await?,
        Action::Deactivate { username } => set_active(operator, username, false).await?,
        Action::RevokeToken { username } => {
            let account = find(operator, username).await?;
            if operator.delete_token(&account.id).await? {
                format!("Token of user '{}' deleted\n", account.username)
            } else {
                format!("User '{}' has no token\n", account.username)
            }
        }
    })
}

async fn set_active(
    operator: &Operator,
    username: &str,
    is_active: bool,
) -> anyhow::Result<String> {
    let account = find(operator, username).await?;
    let (name, state) = (&account.username, if is_active { "active" } else { "inactive" });
    if account.is_active == is_active {
        return Ok(format!("User '{name}' is {state} already\n"));
    }
    if !operator.set_active(&account.id, is_active).await? {
        return Err(nobody(username).into());
    }
    Ok(format!("User '{name}' is {state} now\n"))
}

async fn find(operator: &Operator, username: &str) -> anyhow::Result<Account> {
    Ok(operator.find(username).await?.ok_or_else(|| nobody(username))?)
}

fn nobody(username: &str) -> CommandError {
    CommandError(format!("user '{username}' does not exist"))
}

fn listed(accounts: &[Account], json: bool) -> anyhow::Result<String> {
    let mut text = String::new();
    if !json {
        text += "id\tusername\tactive\tstaff\tsuperuser\ttoken\n";
    }
    for account in accounts {
        let Account { id, username, is_active, is_staff, is_superuser, has_token, .. } = account;
        if json {
            let (is_active, is_staff, is_superuser, has_token) =
                (*is_active, *is_staff, *is_superuser, *has_token);
            let id = id.to_string();
            let line = Line { id, username, is_active, is_staff, is_superuser, has_token };
            text += &visible(&serde_json::to_string(&line)?, Format::Json);
        } else {
            let flags = [is_active, is_staff, is_superuser, has_token];
            let flags = flags.map(|flag| if *flag { "yes" } else { "no" }).join("\t");
            let id = id.to_string();
            let [id, name] = [&id, username].map(|text| visible(text, Format::Text));
            // Writing to a String cannot fail.
            let _ = write!(text, "{id}\t{name}\t{flags}");
        }
        text.push('\n');
    }
    Ok(text)
}
