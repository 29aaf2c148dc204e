//! `drf-auth import-settings`: a configuration for a Django project, by asking the project itself.
//!
//! [`ask`] runs the project's `manage.py` once and gets JSON; the other modules turn that into a
//! [`sheet::Sheet`], which the configuration's own reader proves before it is written. What the
//! configuration has no key for becomes a decision in `[decisions]`.

mod ask;
mod database;
mod facts;
mod former;
mod literal;
mod output;
mod rest;
mod settings;
mod sheet;
mod token_model;
mod url;
mod user_model;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde_json::Value;

use self::{
    ask::Project,
    facts::Facts,
    former::Former,
    output::Mode,
    sheet::{Answer, Sheet},
};
use super::say;

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
    /// The file to write, readable by its owner alone; what you wrote into a former one is kept
    /// [default: -, standard output]
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
        let named = self.output.filter(|path| path != Path::new("-"));
        let output = named.as_deref().map(output::place).transpose()?;
        let former = output.as_deref().map(Former::read).transpose()?.unwrap_or_default();
        let answer = project.ask()?;
        let secret_file = output.as_deref().map(secret_file);
        let impossible =
            |sentence| anyhow!("no configuration can be made for this project: {sentence}");
        let Import { mut sheet, secret } =
            read(&answer, secret_file.as_deref(), &former).map_err(impossible)?;
        sheet.settle().map_err(impossible)?;
        former.keep(&mut sheet);
        let standing = sheet.settle().map_err(impossible)?;
        let answers = former.answers();
        let text = sheet.text(&answers);
        let Some(path) = output else {
            io::stdout().write_all(text.as_bytes()).context("standard output cannot be written")?;
            tell(&sheet, &[], &standing);
            return Ok(ExitCode::SUCCESS);
        };
        if let (Some(secret), Some(file)) = (&secret, &secret_file) {
            let about = ": the database's URL with its password";
            write(file, &format!("{secret}\n"), Mode::Owner, about)?;
        }
        write(&path, &text, Mode::Former, "")?;
        tell(&sheet, &answers, &standing);
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a file and says so.
fn write(path: &Path, text: &str, mode: Mode, about: &str) -> anyhow::Result<()> {
    if let Some(former) = output::write(path, text, mode)? {
        say(&format!("kept what was there before as {}", former.display()));
    }
    say(&format!("wrote {}{about}", path.display()));
    Ok(())
}

/// Where the URL is kept that has a password in it: `drf-auth.toml` has `drf-auth.toml.database-url`.
fn secret_file(output: &Path) -> PathBuf {
    output::with_suffix(output, ".database-url")
}

/// What is left to a person.
fn tell(sheet: &Sheet, answers: &[Answer], standing: &[String]) {
    for note in sheet.notes() {
        say(note);
    }
    let stays: Vec<String> = sheet.kept().collect();
    if !stays.is_empty() {
        say(&format!("kept of the file that was there before: {}", stays.join(", ")));
    }
    let changed: Vec<&str> = sheet.changed(answers).collect();
    if !changed.is_empty() {
        say(&format!("decisions whose reasons changed: {}", changed.join(", ")));
    }
    let open: Vec<&str> = sheet.open(answers).collect();
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

/// The whole file, from what the project said.
fn read(answer: &Value, secret_file: Option<&Path>, former: &Former) -> Result<Import, String> {
    let answer = Facts::new(answer);
    for part in ESSENTIAL {
        let failed = answer.at("failed").text(part);
        if !failed.is_empty() {
            return Err(format!("its {} cannot be told: {failed}", part.replace('_', " ")));
        }
    }
    let mut sheet = Sheet::default();
    head(&mut sheet, answer);
    let secret = url::write(&mut sheet, answer.at("database"), secret_file, former)?;
    settings::write(&mut sheet, answer)?;
    user_model::write(&mut sheet, answer.at("user_model"))?;
    token_model::write(&mut sheet, answer.at("token_model"))?;
    rest::write(&mut sheet, answer, former);
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

#[cfg(test)]
mod tests;
