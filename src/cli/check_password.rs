//! `drf-auth check_password`: whether a password matches a stored one, as Django would say.

use std::{error::Error, process::ExitCode};

use clap::Args;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    config_file::ConfigFile,
    database, lines, passwords,
    terminal::{self, Terminal},
};
use crate::app::{self, Secret, Steps};

/// The flags of `check_password`.
#[derive(Debug, Args)]
pub(super) struct CheckPassword {
    /// The stored password; `-` reads it from the terminal, or from the first line of standard input
    #[arg(value_name = "ENCODED", required_unless_present = "batch", conflicts_with = "batch")]
    encoded: Option<String>,
    #[arg(
        long,
        help = r#"Read lines of {"password":…,"encoded":…}, write {"correct":…,"must_update":…} for each"#
    )]
    batch: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// One line of a batch. Every key must be there.
#[derive(Deserialize)]
struct Question {
    /// `None`, Python's, matches nothing.
    #[serde(deserialize_with = "Option::deserialize")]
    password: Option<String>,
    encoded: String,
}

/// The line that answers it.
#[derive(Serialize)]
struct Answer {
    correct: bool,
    must_update: bool,
    /// Where Django raises, or would take longer than the limits allow.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Answer {
    fn refusal(error: impl Error) -> Self {
        Self { correct: false, must_update: false, error: Some(error.to_string()) }
    }
}

impl CheckPassword {
    /// Prints `True` and ends with 0, or prints `False` and ends with 1.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.config.load_without_database()?;
        let hashers = app::hashers(&config)?;
        let Some(encoded) = self.encoded else {
            let answer = move |line: &[u8]| {
                let question: Question = lines::parsed(line)?;
                Ok(self::answer(&hashers, question).map(Ok))
            };
            lines::batch(&config, answer)?;
            return Ok(ExitCode::SUCCESS);
        };
        let encoded = Some(encoded).filter(|encoded| encoded != "-");
        let (encoded, password) =
            if terminal::is_there() { database::wait(ask(encoded))? } else { read(encoded)? };
        let answer = hashers.check_password(&password, &encoded);
        let reason = match answer {
            Ok(true) => None,
            Ok(false) => app::unsupported(&config, &hashers, &encoded),
            Err(error) => Some(format!("the stored password cannot be checked: {error}")),
        };
        if let Some(reason) = reason {
            super::say(&reason);
        }
        let correct = answer == Ok(true);
        let said = if correct { "True" } else { "False" };
        super::print(said)?;
        Ok(if correct { ExitCode::SUCCESS } else { ExitCode::from(super::FAILURE) })
    }
}

/// A stored password and one to check it with, from the terminal; the first where it is not given.
async fn ask(encoded: Option<String>) -> anyhow::Result<(String, Zeroizing<String>)> {
    let mut terminal = Terminal::open()?;
    let encoded = match encoded {
        Some(encoded) => encoded,
        None => terminal.ask("Stored password: ").await?,
    };
    let password = passwords::ask(&mut terminal).await?;
    Ok((encoded, password))
}

/// The same from standard input, the first in a line of its own.
fn read(encoded: Option<String>) -> anyhow::Result<(String, Zeroizing<String>)> {
    let password = passwords::read()?;
    if let Some(encoded) = encoded {
        return Ok((encoded, password));
    }
    let (encoded, password) = password.split_once('\n').unwrap_or((&password, ""));
    let encoded = encoded.strip_suffix('\r').unwrap_or(encoded);
    Ok((encoded.to_owned(), Zeroizing::new(password.to_owned())))
}

fn answer(hashers: &app::Hashers, question: Question) -> Steps<Answer> {
    let Some(password) = question.password else {
        let refused = Answer { correct: false, must_update: false, error: None };
        let ran = hashers.run_once_steps(&Secret::default());
        return ran.map(|ran| ran.map_or_else(Answer::refusal, |()| refused));
    };
    let verdict = hashers.verify_password_steps(&passwords::secret(password), &question.encoded);
    verdict.map(|verdict| match verdict {
        Ok(verdict) => {
            Answer { correct: verdict.is_correct, must_update: verdict.must_update, error: None }
        }
        Err(error) => Answer::refusal(error),
    })
}
