//! `drf-auth make_password`: a password as Django would store it.

use std::process::ExitCode;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::{config_file::ConfigFile, database, lines, passwords, terminal};
use crate::app::{self, Steps};

/// The flags of `make_password`.
#[derive(Debug, Args)]
pub(super) struct MakePassword {
    /// The algorithm, one of the configured `password_hashers` [default: the first of them]
    #[arg(long, value_name = "NAME", conflicts_with = "batch")]
    hasher: Option<String>,
    /// The salt [default: a new one]
    #[arg(long, value_name = "SALT", conflicts_with = "batch", allow_hyphen_values = true)]
    salt: Option<String>,
    #[arg(
        long,
        help = r#"Read lines of {"password":…,"salt":…,"hasher":…}, the last two optional, write {"encoded":…} for each"#
    )]
    batch: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// One line of a batch.
#[derive(Deserialize)]
struct Order {
    /// `None`, Python's, gives a stored password that nothing matches.
    #[serde(deserialize_with = "Option::deserialize")]
    password: Option<String>,
    #[serde(default)]
    salt: Option<String>,
    #[serde(default)]
    hasher: Option<String>,
}

/// The line that answers it.
#[derive(Serialize)]
struct Made {
    encoded: String,
}

impl MakePassword {
    /// Prints the encoded password.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.config.load_without_database()?;
        let hashers = app::hashers(&config)?;
        if self.batch {
            let made = move |line: &[u8]| {
                let order: Order = lines::parsed(line)?;
                Ok(make(&hashers, order).map(|made| Ok(Made { encoded: made? })))
            };
            lines::batch(&config, made)?;
            return Ok(ExitCode::SUCCESS);
        }
        let password = if terminal::is_there() {
            database::wait(passwords::ask_twice())?
        } else {
            passwords::read()?
        };
        let password = Some(password.as_str().to_owned());
        let order = Order { password, salt: self.salt, hasher: self.hasher };
        let encoded = make(&hashers, order).finish()?;
        super::print(&encoded)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn make(hashers: &app::Hashers, order: Order) -> Steps<anyhow::Result<String>> {
    let Order { password, salt, hasher } = order;
    match password.map(passwords::secret) {
        Some(password) => hashers
            .make_password_steps(&password, salt.as_deref(), hasher.as_deref())
            .map(|made| Ok(made?)),
        None => Steps::Done(app::make_unusable_password().map_err(Into::into)),
    }
}
