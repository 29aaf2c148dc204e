//! The doctor: looks at the database that a configuration names, changes nothing, and says what is in
//! the way of the service, of some users, or of Django beside it.
//!
//! Nothing that it says holds a password, a hash, a token or a name: users are told by their keys.

mod rows;
mod tables;

use std::{fmt, sync::Arc, time::Duration};

use anyhow::Context as _;

use super::{second_door, start};
use crate::{
    accounts::{inspection::Inspect, store::AccountStore},
    config::{Config, Misconfigured},
    store,
};

/// Of a large table the doctor looks at so many of the newest rows.
const AMONG: u32 = 200_000;

/// A look at a large table may take longer than a request.
const PATIENCE: Duration = Duration::from_mins(1);

/// A clock that is wrong by no more than this is right.
const CLOCK: u64 = 2000;

const SECOND_DOOR: &str = "second_door";

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Something to know.
    Note,
    /// Something that some users, or Django, will notice.
    Warning,
    /// The service does not start, or does not do what it is for.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What was looked at: a word that stays the same.
    pub subject: &'static str,
    /// A sentence.
    pub text: String,
    /// How many rows it is about, where it is about rows.
    pub count: Option<u64>,
}

/// All that the doctor has to say.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// In the order in which it was looked at.
    pub findings: Vec<Finding>,
    /// The least that an account needs for this configuration.
    pub grants: Vec<String>,
}

impl Diagnosis {
    /// Whether the service would do what it is for.
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.level < Level::Error)
    }

    /// What kept the doctor from looking, in sentences.
    pub fn of(mistakes: Vec<String>) -> Self {
        let mut diagnosis = Self::default();
        for text in mistakes {
            diagnosis.say(Level::Error, "configuration", text);
        }
        diagnosis
    }

    fn say(&mut self, level: Level, subject: &'static str, text: impl Into<String>) {
        self.findings.push(Finding { level, subject, text: text.into(), count: None });
    }

    /// A finding about `count` rows; without any there is nothing to say.
    fn count(&mut self, level: Level, subject: &'static str, count: u64, text: impl Into<String>) {
        if count > 0 {
            self.findings.push(Finding { level, subject, text: text.into(), count: Some(count) });
        }
    }
}

/// What the doctor looks with.
struct Patient<'a> {
    config: &'a Config,
    store: Arc<dyn AccountStore>,
    inspector: Arc<dyn Inspect>,
}

/// Looks at everything.
///
/// # Errors
/// When the configuration cannot be right: a database URL with an unknown option, a SQLite file that
/// is not there. What the database does not answer is a finding.
pub async fn examine(config: &Config) -> anyhow::Result<Diagnosis> {
    let mut options = start::store_options(config)?;
    options.statement_timeout = options.statement_timeout.max(PATIENCE);
    options.max_connections = 1;
    let store = store::connect(&options).context(Misconfigured)?;
    let inspector = store::inspector(&options).context(Misconfigured)?;
    let patient = Patient { config, store, inspector };
    let mut diagnosis = Diagnosis::default();
    patient.examine(&mut diagnosis).await;
    patient.inspector.close().await;
    patient.store.close().await;
    Ok(diagnosis)
}

impl Patient<'_> {
    async fn examine(&self, diagnosis: &mut Diagnosis) {
        if let Some(url) = &self.config.database_url
            && let Some(database) = url.told()
        {
            let level = if url.is_surprising() { Level::Warning } else { Level::Ok };
            diagnosis.say(level, "database", database);
        }
        let account = match self.inspector.server().await {
            Ok(server) => {
                let account = match server.account.as_str() {
                    "" => String::new(),
                    account => format!(", as {account}"),
                };
                let text = format!("{} answers{account}", server.version);
                diagnosis.say(Level::Ok, "connection", text);
                clock(server.clock_ahead, diagnosis);
                server.account
            }
            Err(error) => {
                diagnosis.say(Level::Error, "connection", error.to_string());
                return;
            }
        };
        self.settings(diagnosis);
        self.decisions(diagnosis);
        self.guards(diagnosis).await;
        if self.tables(diagnosis, &account).await {
            self.rows(diagnosis).await;
        }
    }

    /// Whether anybody logs in here: much is of no matter where only tokens are checked.
    fn logs_in(&self) -> bool {
        self.config.routes.log_in()
    }

    fn settings(&self, diagnosis: &mut Diagnosis) {
        if self.logs_in() && !self.config.django.cost_is_written() {
            let text = "neither django.version nor django.pbkdf2_iterations is written: refusals cost \
                        what the newest stored passwords do, and no login encodes a password anew";
            diagnosis.say(Level::Warning, "settings", text);
        }
    }

    /// What `serve` would say of them.
    fn decisions(&self, diagnosis: &mut Diagnosis) {
        let config = self.config;
        for (subject, open) in
            [("decisions", config.decisions.open()), (SECOND_DOOR, config.second_door.open())]
        {
            for error in open {
                diagnosis.say(Level::Error, subject, error.to_string());
            }
        }
    }

    async fn guards(&self, diagnosis: &mut Diagnosis) {
        match second_door::guards(self.config, &*self.inspector).await {
            Ok(guards) => {
                for text in guards.unacknowledged {
                    diagnosis.say(Level::Error, SECOND_DOOR, text);
                }
                if let Some(text) = guards.unseen {
                    diagnosis.say(Level::Warning, SECOND_DOOR, text);
                }
            }
            Err(error) => diagnosis.say(Level::Error, SECOND_DOOR, error.to_string()),
        }
        for name in &self.config.second_door.acknowledge {
            let text = format!("logins here may bypass {name}: acknowledged");
            diagnosis.say(Level::Note, SECOND_DOOR, text);
        }
    }
}

fn clock(ahead: Option<i64>, diagnosis: &mut Diagnosis) {
    let Some(ahead) = ahead else { return };
    let (seconds, milliseconds) = (ahead.unsigned_abs() / 1000, ahead.unsigned_abs() % 1000);
    let which = if ahead < 0 { "behind" } else { "ahead of" };
    let text =
        format!("the database's clock is {seconds}.{milliseconds:03} s {which} this machine's");
    if ahead.unsigned_abs() > CLOCK {
        let advice = "tokens made here and by Django get times that do not agree";
        diagnosis.say(Level::Warning, "clock", format!("{text}: {advice}"));
    } else {
        diagnosis.say(Level::Ok, "clock", "the database's clock agrees with this machine's");
    }
}
