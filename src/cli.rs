//! The command line: one file a subcommand.
//!
//! Exit codes: 0 where all went well, 2 where the command line or the configuration is wrong, 1 for
//! every other failure, and for a password that does not match.

mod changepassword;
mod check;
mod check_password;
mod config_file;
mod createsuperuser;
mod createuser;
mod database;
mod drf_create_token;
mod import_settings;
mod lines;
mod make_password;
mod migrate;
mod new_user;
mod openapi;
mod passwords;
mod serve;
mod system;
mod terminal;
mod users;

use std::{
    ffi::OsString,
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::config::{self, ConfigErrors, Misconfigured};

const FAILURE: u8 = 1;
const MISCONFIGURED: u8 = 2;

/// Django REST framework's token login, on Django's own database.
#[derive(Debug, Parser)]
#[command(name = "drf-auth", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service.
    Serve(serve::Serve),
    /// Make Django's tables in an empty database.
    Migrate(migrate::Migrate),
    /// Create a superuser.
    #[command(name = "createsuperuser")]
    CreateSuperuser(createsuperuser::CreateSuperuser),
    /// Create a user who is neither staff nor a superuser.
    #[command(name = "createuser")]
    CreateUser(createuser::CreateUser),
    /// Change a user's password.
    #[command(name = "changepassword")]
    ChangePassword(changepassword::ChangePassword),
    /// Print a user's token, a new one where there is none.
    #[command(name = "drf_create_token")]
    DrfCreateToken(drf_create_token::DrfCreateToken),
    /// List users, let them in, keep them out, revoke their tokens.
    Users(users::Users),
    /// Look at the database and say what is in the way; changes nothing.
    Check(check::Check),
    /// Ask a Django project and write the configuration for it.
    ImportSettings(import_settings::ImportSettings),
    /// Say whether a password matches a stored one, as Django does.
    #[command(name = "check_password")]
    CheckPassword(check_password::CheckPassword),
    /// Encode a password as Django stores it.
    #[command(name = "make_password")]
    MakePassword(make_password::MakePassword),
    /// Print the OpenAPI 3.1 document of the configured routes.
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
}

impl Command {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(serve) => serve.run().map(|()| ExitCode::SUCCESS),
            Self::Migrate(migrate) => migrate.run(),
            Self::CreateSuperuser(create) => create.run(),
            Self::CreateUser(create) => create.run(),
            Self::ChangePassword(change) => change.run(),
            Self::DrfCreateToken(token) => token.run(),
            Self::Users(users) => users.run(),
            Self::Check(check) => check.run(),
            Self::ImportSettings(import) => import.run(),
            Self::CheckPassword(check) => check.run(),
            Self::MakePassword(make) => make.run(),
            Self::OpenApi(openapi) => openapi.run().map(|()| ExitCode::SUCCESS),
        }
    }
}

/// Runs the command that `arguments` names, the program's own name before it.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let result = match Arguments::try_parse_from(&arguments) {
        Ok(Arguments { command }) => command.run(),
        // What clap has to say would repeat it.
        Err(error) if error.use_stderr() && arguments.iter().any(is_url_with_password) => {
            Err(PasswordOnCommandLine.into())
        }
        Err(error) => {
            // Where nobody listens any more there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(MISCONFIGURED)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            if error.is::<CommandError>() {
                // As manage.py says it.
                complain(&error.to_string());
            } else if error.is::<database::Cancelled>() {
                complain(&format!("\n{error}"));
            } else {
                say(&chain(&error));
            }
            ExitCode::from(code(&error))
        }
    }
}

/// What manage.py's commands say where they cannot do what they were asked to.
#[derive(Debug, thiserror::Error)]
#[error("CommandError: {0}")]
struct CommandError(String);

/// Every process of the machine may read a command line.
#[derive(Debug, thiserror::Error)]
#[error(
    "a URL with a password in it has no place on the command line, where every process can read it; \
     write it as database_url in the configuration file, or set DRF_AUTH_DATABASE_URL, or name a file \
     that holds it in DRF_AUTH_DATABASE_URL_FILE"
)]
struct PasswordOnCommandLine;

/// Names of users, which look much like a user and a host, have no scheme.
fn is_url_with_password(argument: &OsString) -> bool {
    let argument = argument.to_string_lossy();
    argument.contains("://") && config::has_password(&argument)
}

fn code(error: &anyhow::Error) -> u8 {
    let is_misconfigured = error.is::<ConfigErrors>()
        || error.is::<Misconfigured>()
        || error.is::<PasswordOnCommandLine>();
    if is_misconfigured { MISCONFIGURED } else { FAILURE }
}

/// The error and its causes, each once: many an error's own text holds its cause's.
fn chain(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for text in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = text;
        } else if !said.contains(&text) {
            said.push_str(": ");
            said.push_str(&text);
        }
    }
    said
}

/// A line on standard output: what the command was asked for.
fn print(line: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{line}").context("standard output cannot be written")
}

fn say(what: &dyn Display) {
    complain(&format!("drf-auth: {what}"));
}

/// A line on standard error, in one piece.
fn complain(line: &str) {
    // A closed standard error is no reason to fail in another way.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;

        Arguments::command().debug_assert();
    }

    #[test]
    fn the_exit_code_tells_a_wrong_configuration_from_a_failure() {
        assert_eq!(code(&anyhow!("the file is gone")), FAILURE);
        let error = anyhow!("no such option").context(Misconfigured).context("no start");
        assert_eq!(code(&error), MISCONFIGURED);
        assert_eq!(chain(&error), "no start: the configuration does not fit: no such option");
    }

    #[test]
    fn each_cause_is_said_once() {
        let error = anyhow!("the file is gone").context("no database: the file is gone");
        assert_eq!(chain(&error), "no database: the file is gone");
        let error = anyhow!("the file is gone").context("no database (the file is gone); make it");
        assert_eq!(chain(&error), "no database (the file is gone); make it");
        let error = anyhow!("the file is gone").context("no database").context("no start");
        assert_eq!(chain(&error), "no start: no database: the file is gone");
    }
}
