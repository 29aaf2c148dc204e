//! `drf-auth check`: the doctor.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::{FAILURE, config_file::ConfigFile};
use crate::{
    app::doctor::{self, Diagnosis},
    config::{ConfigErrors, Overrides},
    telemetry::{Format, visible},
};

/// The flags of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    config: ConfigFile,
    /// The database, in a URL without a password
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// One JSON object, for programs
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Looks at the database and says what it sees. Exit code 1 where something is in the way, 2 where
    /// there is no looking with this configuration.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let json = self.json;
        let (diagnosis, code) = match self.look() {
            Ok(diagnosis) if diagnosis.is_well() => (diagnosis, 0),
            Ok(diagnosis) => (diagnosis, FAILURE),
            // A program reads standard output, whatever is wrong.
            Err(error) if json => (Diagnosis::of(mistakes(&error)), super::code(&error)),
            Err(error) => return Err(error),
        };
        let mut output = io::stdout().lock();
        if json {
            write_json(&diagnosis, &mut output)
        } else {
            write_text(&diagnosis, &mut output)
        }
        .context("standard output cannot be written")?;
        Ok(ExitCode::from(code))
    }

    fn look(self) -> anyhow::Result<Diagnosis> {
        let overrides = Overrides { database_url: self.database_url, ..Overrides::default() };
        let config = self.config.load(overrides)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.context("the runtime cannot start")?.block_on(doctor::examine(&config))
    }
}

fn mistakes(error: &anyhow::Error) -> Vec<String> {
    match error.downcast_ref::<ConfigErrors>() {
        Some(errors) => errors.iter().map(ToString::to_string).collect(),
        None => vec![super::chain(error)],
    }
}

fn write_json(diagnosis: &Diagnosis, output: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<_> = diagnosis
        .findings
        .iter()
        .map(|finding| {
            json!({
                "level": finding.level.to_string(),
                "subject": finding.subject,
                "text": finding.text,
                "count": finding.count,
            })
        })
        .collect();
    let all = json!({
        "ok": diagnosis.is_well(),
        "findings": findings,
        "grants": diagnosis.grants,
    });
    writeln!(output, "{}", visible(&all.to_string(), Format::Json))
}

fn write_text(diagnosis: &Diagnosis, output: &mut dyn Write) -> io::Result<()> {
    for finding in &diagnosis.findings {
        // What the database and its rows say must neither steer a terminal nor look like a finding.
        let text = visible(&finding.text, Format::Text);
        writeln!(output, "{:<8} {:<12} {text}", finding.level, finding.subject)?;
    }
    if !diagnosis.grants.is_empty() {
        writeln!(
            output,
            "\nThe least that this configuration needs. An account that owns the tables needs none of \
             it;\nbetter is one for the service alone, whose name then stands in the place of this:\n"
        )?;
    }
    for grant in &diagnosis.grants {
        writeln!(output, "    {}", visible(grant, Format::Text))?;
    }
    Ok(())
}
