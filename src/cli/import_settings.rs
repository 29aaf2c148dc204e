//! `drf-auth import-settings`: a configuration for a Django project, by asking the project itself.
//!
//! [`ask`] runs the project's `manage.py` once and gets JSON; the other modules turn that into a
//! [`sheet::Sheet`], which the configuration's own reader proves before it is written. What the
//! configuration has no key for becomes a decision in `[decisions]`.

mod ask;
mod database;
mod facts;
mod literal;
mod output;
mod rest;
mod settings;
mod sheet;
mod token_model;
mod user_model;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde_json::Value;

use self::{ask::Project, database::Database, facts::Facts, sheet::Sheet};
use super::say;
use crate::app;

/// The parts without which there is nothing to write.
const ESSENTIAL: [&str; 7] =
    ["versions", "settings", "database", "user_model", "token_model", "hashers", "routes"];

/// The flags of `import-settings`.
#[derive(Debug, Args)]
pub(super) struct ImportSettings {
    /// The project's manage.py [default: ./manage.py]
    #[arg(long, value_name = "PATH")]
    manage_py: Option<PathBuf>,
    /// The Python that runs it [default: the active virtual environment's, or .venv's, venv's or env's
    /// beside manage.py, else python3]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// The file to write, readable by its owner alone [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A configuration in the making, and what must not stand in it.
struct Import {
    sheet: Sheet,
    /// The database URL with its password, for a file of its own.
    secret: Option<String>,
}

impl ImportSettings {
    /// Asks the project and writes what it says.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let project = Project::find(self.manage_py, self.python)?;
        let answer = project.ask()?;
        let output = self.output.map(|path| std::path::absolute(&path).unwrap_or(path));
        let secret_file = output.as_deref().map(secret_file);
        let Import { mut sheet, secret } =
            read(&answer, secret_file.as_deref()).map_err(|sentence| {
                anyhow!("no configuration can be made for this project: {sentence}")
            })?;
        let standing = sheet.settle().map_err(|sentence| {
            anyhow!("no configuration can be made for this project: {sentence}")
        })?;
        let kept = output.as_deref().map(answers).unwrap_or_default();
        let text = sheet.text(&kept);
        let Some(path) = output else {
            io::stdout().write_all(text.as_bytes()).context("standard output cannot be written")?;
            tell(&sheet, &[], &standing);
            return Ok(ExitCode::SUCCESS);
        };
        if let (Some(secret), Some(file)) = (&secret, &secret_file) {
            output::write(file, &format!("{secret}\n"), false)?;
            say(&format!("wrote {}: the database's URL with its password", file.display()));
        }
        if let Some(former) = output::write(&path, &text, true)? {
            say(&format!("kept what was there before as {}", former.display()));
        }
        say(&format!("wrote {}", path.display()));
        tell(&sheet, &kept, &standing);
        Ok(ExitCode::SUCCESS)
    }
}

/// Where the URL is kept that has a password in it: `drf-auth.toml` has `drf-auth.toml.database-url`.
fn secret_file(output: &Path) -> PathBuf {
    output::with_suffix(output, ".database-url")
}

/// What is left to a person.
fn tell(sheet: &Sheet, kept: &[(String, String)], standing: &[String]) {
    let open: Vec<&str> = sheet.open(kept).collect();
    if !open.is_empty() {
        say(&format!(
            "`serve` starts when [decisions] says in words of yours why this is right: {}",
            open.join(", ")
        ));
    }
    for sentence in standing {
        say(&format!("`serve` does not start yet: {sentence}"));
    }
}

/// The answers to decisions that a file at this path already has.
fn answers(path: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let table = text.parse::<toml::Table>().unwrap_or_default();
    let decisions = table.get("decisions").and_then(toml::Value::as_table);
    let words = |(name, answer): (&String, &toml::Value)| {
        let answer = answer.as_str().filter(|answer| !answer.trim().is_empty())?;
        Some((name.clone(), answer.to_owned()))
    };
    decisions.into_iter().flatten().filter_map(words).collect()
}

/// The whole file, from what the project said.
fn read(answer: &Value, secret_file: Option<&Path>) -> Result<Import, String> {
    let answer = Facts::new(answer);
    for part in ESSENTIAL {
        let failed = answer.at("failed").text(part);
        if !failed.is_empty() {
            return Err(format!("its {} cannot be told: {failed}", part.replace('_', " ")));
        }
    }
    let mut sheet = Sheet::default();
    head(&mut sheet, answer);
    let secret = database(&mut sheet, answer.at("database"), secret_file)?;
    settings::write(&mut sheet, answer)?;
    user_model::write(&mut sheet, answer.at("user_model"))?;
    token_model::write(&mut sheet, answer.at("token_model"))?;
    rest::write(&mut sheet, answer);
    for (part, error) in answer.at("failed").entries() {
        sheet.decide("left_out", format!("{part} could not be told: {}.", error.shown()));
    }
    Ok(Import { sheet, secret })
}

fn head(sheet: &mut Sheet, answer: Facts<'_>) {
    let versions = answer.at("versions");
    sheet.section("");
    sheet.comment(format!(
        "drf-auth for the Django project of {} (Django {}, REST framework {}, Python {}), written by \
         `drf-auth import-settings`. README.md explains every key under \"Configuration\".",
        versions.text("settings_module"),
        versions.text("django_full"),
        versions.text("rest_framework"),
        versions.text("python"),
    ));
    if answer.at("settings").flag("debug") {
        sheet.comment("");
        sheet.comment(
            "DEBUG is true in these settings: they are hardly those that run in production. Ask the \
             project where it runs, or with the production's DJANGO_SETTINGS_MODULE.",
        );
    }
    sheet.comment("");
}

/// `database_url` and what else is about it. The answer is the URL with its password.
fn database(
    sheet: &mut Sheet,
    facts: Facts<'_>,
    secret_file: Option<&Path>,
) -> Result<Option<String>, String> {
    let aliases = facts.at("aliases");
    let (user, token) = (aliases.text("user_write"), aliases.text("token_write"));
    let mut database = Database::read(facts.at("user"))?;
    if facts.at("token").is_there() {
        let other = Database::read(facts.at("token"))?;
        if (other.url(), other.secret_url()) != (database.url(), database.secret_url()) {
            return Err(format!(
                "its users are in the database {user:?} and its tokens in {token:?}, and this service \
                 reads one database"
            ));
        }
    }
    if let Err(error) = app::check_database_url(&database.url()) {
        if !database.has_options() {
            return Err(format!("its database cannot be used: {error:#}"));
        }
        database.without_options();
        sheet.decide("database_options", format!("{error:#}."));
        app::check_database_url(&database.url())
            .map_err(|error| format!("its database cannot be used: {error:#}"))?;
    }
    sheet.comment(format!("DATABASES[{user:?}], ENGINE {}.", facts.at("user").text("engine")));
    let read = aliases.text("user_read");
    if read != user {
        sheet.comment(format!(
            "Django reads users from {read:?}; this service reads what it writes, as one database."
        ));
    }
    let secret = write_url(sheet, &database, secret_file);
    sheet.section("database");
    sheet.set("prepared_statements", database.prepared_statements);
    if !facts.at("user").flag("is_known") {
        sheet
            .decide("database_engine", format!("ENGINE is {:?}.", facts.at("user").text("engine")));
    }
    for unused in &database.unused {
        sheet.decide("database_options", format!("{unused}."));
    }
    Ok(secret)
}

fn write_url(sheet: &mut Sheet, database: &Database, secret_file: Option<&Path>) -> Option<String> {
    let Some(secret) = database.secret_url() else {
        sheet.set_essential("database_url", database.url().as_str());
        return None;
    };
    sheet.comment(format!(
        "{} with its password, which is not written here. DRF_AUTH_DATABASE_URL or DATABASE_URL in the \
         environment stand above what is written here.",
        database.url()
    ));
    if let Some(file) = secret_file {
        sheet.set("database_url_file", &*file.display().to_string());
    } else {
        sheet.comment(
            "Write the URL with the password into a file of its own, readable by this service alone, and \
             name it:",
        );
        sheet.comment("database_url_file = \"/run/secrets/drf-auth.database-url\"");
    }
    Some(secret)
}

#[cfg(test)]
mod tests;
