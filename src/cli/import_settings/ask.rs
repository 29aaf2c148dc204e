//! Asks the project: its own `manage.py`, run once as the project runs it.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, anyhow, bail};
use serde_json::Value;

use crate::{
    app,
    config::{Environment, Lookup as _, has_password},
};

/// What runs inside the project.
const SCRIPT: &str = concat!(
    include_str!("ask/parts.py"),
    include_str!("ask/database.py"),
    include_str!("ask/users.py"),
    include_str!("ask/tokens.py"),
    include_str!("ask/passwords.py"),
    include_str!("ask/settings.py"),
    include_str!("ask/rest.py"),
    include_str!("ask/routes.py"),
    include_str!("ask/answer.py"),
);

/// How much of a traceback is shown: the innermost places.
const PLACES: usize = 3;

/// How long a line of a traceback may be.
const LONGEST: usize = 300;

/// The project to ask.
pub(super) struct Project {
    pub(super) manage_py: PathBuf,
    pub(super) python: PathBuf,
}

impl Project {
    /// The project of the flags, or what is usual: `./manage.py`, and its own virtual environment.
    pub(super) fn find(
        manage_py: Option<PathBuf>,
        python: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let manage_py = manage_py.unwrap_or_else(|| PathBuf::from("manage.py"));
        let manage_py = if manage_py.is_dir() { manage_py.join("manage.py") } else { manage_py };
        let manage_py = std::path::absolute(&manage_py).unwrap_or(manage_py);
        if !manage_py.is_file() {
            bail!("there is no {}; name the project's with --manage-py PATH", manage_py.display());
        }
        let python = match python {
            Some(python) => python,
            None => usual_python(manage_py.parent().unwrap_or(Path::new("/"))),
        };
        // It runs in the project's folder; a bare name is looked up in PATH.
        let is_path = python.components().count() > 1;
        let python = if is_path { std::path::absolute(&python).unwrap_or(python) } else { python };
        Ok(Self { manage_py, python })
    }

    /// What the project says of itself.
    pub(super) fn ask(&self) -> anyhow::Result<Value> {
        let marker = marker()?;
        let answer = self.run(&marker)?;
        let output = String::from_utf8_lossy(&answer.stdout);
        let fenced = output.split(&*marker).nth(1);
        match fenced {
            Some(json) => serde_json::from_str(json)
                .map_err(|error| anyhow!("what the project says cannot be read ({error})")),
            None => Err(self.no_answer(&answer)),
        }
    }

    fn run(&self, marker: &str) -> anyhow::Result<Output> {
        // A dictionary of its own: `exec` in a function of Django's would keep functions apart.
        let program = format!(
            "exec(compile({}, \"drf-auth\", \"exec\"), {{\"__name__\": \"drf_auth_import\", \"MARKER\": {}}})",
            serde_json::to_string(SCRIPT)?,
            serde_json::to_string(marker)?,
        );
        let mut command = Command::new(&self.python);
        command.arg(&self.manage_py).args(["shell", "--no-color", "-c", &program]);
        if let Some(folder) = self.manage_py.parent() {
            command.current_dir(folder);
        }
        command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null());
        command.output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => anyhow!(
                "there is no Python {:?}; name the project's own with --python PATH, e.g. --python \
                 venv/bin/python",
                self.python.display().to_string()
            ),
            _ => anyhow!(error).context(format!("{} cannot be run", self.python.display())),
        })
    }

    /// Why there is none, in the project's last words.
    fn no_answer(&self, output: &Output) -> anyhow::Error {
        let said = String::from_utf8_lossy(&output.stderr);
        let words = last_words(&said);
        let by = format!("{} {}", self.python.display(), self.manage_py.display());
        if said.contains("No module named 'django'") || said.contains("Couldn't import Django") {
            return anyhow!(
                "{} has no Django; name the Python of the project's environment with --python \
                 PATH\n{words}",
                self.python.display()
            );
        }
        if words.is_empty() {
            return anyhow!("{by} shell ended ({}) and said nothing", output.status);
        }
        anyhow!("the project does not start by {by} shell; its last words:\n{words}")
    }
}

/// The environment that is active, else one beside manage.py, else the system's Python.
fn usual_python(folder: &Path) -> PathBuf {
    let active = Environment.variable("VIRTUAL_ENV").map(PathBuf::from);
    let beside = [".venv", "venv", "env"].map(|name| folder.join(name));
    let above = folder.parent().map(|above| above.join(".venv"));
    active
        .into_iter()
        .chain(beside)
        .chain(above)
        .map(|environment| environment.join("bin/python"))
        .find(|python| python.exists())
        .unwrap_or_else(|| PathBuf::from("python3"))
}

/// What nothing else prints.
fn marker() -> anyhow::Result<String> {
    let name = app::random_name().context("the system gives no random numbers")?;
    Ok(format!("drf-auth-{name}"))
}

/// The end of what a Python program said: the innermost places and the exception, but no line of
/// source and no value, which may hold secrets.
fn last_words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let is_place = |line: &str| line.starts_with("  File \"");
    let last = lines.iter().rposition(|line| is_place(line));
    let places: Vec<&str> = lines.iter().copied().filter(|line| is_place(line)).collect();
    let after = last.map_or(0, |at| at + 1);
    let exception = lines
        .get(after..)
        .unwrap_or_default()
        .iter()
        .copied()
        .filter(|line| !line.trim().is_empty() && !line.starts_with([' ', '\t']));
    let exception: Vec<&str> = exception.collect();
    let few = |lines: &[&str], count: usize| lines.len().saturating_sub(count);
    places
        .get(few(&places, PLACES)..)
        .into_iter()
        .chain(exception.get(few(&exception, PLACES)..))
        .flatten()
        .map(|line| shown(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Exceptions whose quoted words are names.
const NAMING: [&str; 8] = [
    "KeyError",
    "ImportError",
    "ModuleNotFoundError",
    "AttributeError",
    "NameError",
    "ImproperlyConfigured",
    "CommandError",
    "LookupError",
];

fn shown(line: &str) -> String {
    let before = line.split_once(':').map_or("", |(exception, _)| exception);
    if has_password(line) || line.contains("://") {
        let is_name = before.chars().all(|c| c.is_alphanumeric() || "._".contains(c));
        let name = if is_name { before } else { "…" };
        return format!("  {name}: (hidden: it looks like a secret)");
    }
    let is_place = line.starts_with("  File ");
    let names = is_place || NAMING.iter().any(|name| before.ends_with(name));
    let line = if names { line.to_owned() } else { without_quotes(line) };
    let visible = line.chars().map(|c| if c.is_control() { ' ' } else { c });
    format!("  {}", visible.take(LONGEST).collect::<String>().trim())
}

/// What Python quotes is a value, from the first quotation mark to the last.
fn without_quotes(line: &str) -> String {
    let marks = ['\'', '"'];
    match (line.find(marks), line.rfind(marks)) {
        (Some(first), Some(last)) => {
            let (before, rest) = line.split_at(first);
            let after = rest.get(last - first + 1..).unwrap_or_default();
            format!("{before}…{after}")
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceback_shows_places_and_the_exception_but_no_source() {
        let said = "warning: x\nTraceback (most recent call last):\n  File \"manage.py\", line 22, in <module>\n    \
            main()\n  File \"a.py\", line 1, in f\n    PASSWORD = int(\"hunter2\")\n               ^^^^^^^\n\
            ValueError: bad\n";
        assert_eq!(
            last_words(said),
            "  File \"manage.py\", line 22, in <module>\n  File \"a.py\", line 1, in f\n  ValueError: bad"
        );
        let value = "ValueError: invalid literal for int() with base 10: 'hunter2'";
        assert_eq!(last_words(value), "  ValueError: invalid literal for int() with base 10: …");
        assert_eq!(last_words("KeyError: 'API_KEY'"), "  KeyError: 'API_KEY'");
        assert_eq!(last_words("CommandError: no\n"), "  CommandError: no");
        assert_eq!(last_words(""), "");
        let hidden = last_words("ValueError: cannot parse postgres://app:hunter2@db/app\n");
        assert_eq!(hidden, "  ValueError: (hidden: it looks like a secret)");
        assert!(!last_words("KeyError: 'x'\n\u{1b}[31mE: app:hunter2@db").contains("hunter2"));
    }

    #[test]
    fn the_script_is_ascii() {
        assert!(SCRIPT.is_ascii());
    }
}
