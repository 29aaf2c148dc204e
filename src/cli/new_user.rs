//! What `createsuperuser` and `createuser` have in common: `createsuperuser` of Django, and its prompts.

mod questions;

use std::{ffi::OsString, process::ExitCode};

use clap::Args;
use zeroize::Zeroizing;

use super::{CommandError, config_file::ConfigFile, database, print, terminal};
use crate::{
    app::operator::{NewUser, Operator, TableFacts},
    config::{Environment, Lookup as _},
};

/// The flags of both commands.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// The login of the new user
    #[arg(long)]
    username: Option<String>,
    /// The email address; where users log in by it, the login
    #[arg(long)]
    email: Option<String>,
    /// Ask nothing: take what is missing from the environment. Without a password there, the user cannot
    /// log in before one is set
    #[arg(long, visible_alias = "no-input")]
    noinput: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// Which of the two.
pub(super) struct Kind {
    pub(super) is_superuser: bool,
    /// Before the names of the variables.
    pub(super) prefix: &'static str,
    pub(super) created: &'static str,
    pub(super) skipped: &'static str,
}

/// One user to be.
struct Form<'a> {
    kind: &'a Kind,
    operator: Operator,
    facts: TableFacts,
    username: Option<String>,
    email: Option<String>,
}

impl Flags {
    pub(super) fn run(self, kind: &Kind) -> anyhow::Result<ExitCode> {
        let Self { username, email, noinput, config } = self;
        let config = config.load_with_database()?;
        if !noinput && !terminal::is_there() {
            print(kind.skipped)?;
            return Ok(ExitCode::SUCCESS);
        }
        let operator = Operator::connect(&config)?;
        // Where users log in by their address, manage.py's flag for the login is --email.
        let (username, email) = if operator.username_field() == "email" {
            (email.or(username), None)
        } else {
            (username, email)
        };
        database::wait(async {
            let facts = operator.table_facts().await?;
            refuse_unfilled(&facts)?;
            let form = Form { kind, operator, facts, username, email };
            if noinput { form.take().await } else { form.ask().await }
        })?;
        print(kind.created)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What only the project's own code can fill in.
fn refuse_unfilled(facts: &TableFacts) -> anyhow::Result<()> {
    if facts.unfilled.is_empty() {
        return Ok(());
    }
    Err(CommandError(format!(
        "the user table must have a value in {}, and this command does not know which (a default that \
         models.py has is not in the database): create users with the project's own manage.py",
        facts.unfilled.join(", ")
    ))
    .into())
}

impl Form<'_> {
    /// Everything from flags and variables.
    async fn take(self) -> anyhow::Result<()> {
        let password = self.variable("password")?.map(Zeroizing::new);
        let username = match &self.username {
            Some(username) => username.clone(),
            None => self
                .variable(self.operator.username_field())?
                .ok_or_else(|| Self::missing(self.username_flag()))?,
        };
        if let Some(message) = self.operator.refuse_username(&username, &self.facts).await? {
            return Err(CommandError(message).into());
        }
        let email =
            if self.operator.has_email_field() { self.take_email()? } else { String::new() };
        self.create(&username, &email, password.as_ref().map(|password| password.as_str())).await
    }

    fn take_email(&self) -> anyhow::Result<String> {
        let variable = self.variable("email")?;
        let is_blank = self.email.as_deref() == Some("") || variable.as_deref() == Some("");
        let given = self.email.clone().filter(|email| !email.is_empty()).or(variable);
        match given.filter(|email| !email.is_empty()) {
            Some(email) => {
                cleaned(&Operator::clean_email(&email, &self.facts))?;
                Ok(email)
            }
            None if is_blank && self.operator.may_leave_out_blank_fields() => Ok(String::new()),
            None => Err(Self::missing("email")),
        }
    }

    async fn create(
        &self,
        username: &str,
        email: &str,
        password: Option<&str>,
    ) -> anyhow::Result<()> {
        let is_superuser = self.kind.is_superuser;
        let user = NewUser { username, email, password, is_superuser };
        if self.operator.create(user).await? {
            return Ok(());
        }
        let name = self.operator.username_verbose_name();
        Err(CommandError(format!("Error: That {name} is already taken.")).into())
    }

    /// `DJANGO_SUPERUSER_…`.
    fn variable(&self, field: &str) -> anyhow::Result<Option<String>> {
        let name = format!("{}{}", self.kind.prefix, field.to_uppercase());
        let text = |value: OsString| {
            value.into_string().map_err(|_| CommandError(format!("{name} is not UTF-8")))
        };
        Ok(Environment.variable(&name).map(text).transpose()?)
    }

    fn username_flag(&self) -> &str {
        if self.operator.username_field() == "email" { "email" } else { "username" }
    }

    fn missing(flag: &str) -> anyhow::Error {
        CommandError(format!("You must use --{flag} with --noinput.")).into()
    }
}

fn cleaned(messages: &[String]) -> anyhow::Result<()> {
    if messages.is_empty() { Ok(()) } else { Err(CommandError(messages.join("; ")).into()) }
}
