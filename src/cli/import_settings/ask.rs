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
    config::{Environment, Lookup as _},
};

/// What runs inside the project.
const SCRIPT: &str = concat!(
    include_str!("ask/parts.py"),
    include_str!("ask/option_files.py"),
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

    /// Why there is none. What the project prints may hold secrets: nothing of it is shown but where it
    /// ended, and by what.
    fn no_answer(&self, output: &Output) -> anyhow::Error {
        let said = String::from_utf8_lossy(&output.stderr);
        let by = format!("{} {}", self.python.display(), self.manage_py.display());
        if said.contains("No module named 'django'") || said.contains("Couldn't import Django") {
            return anyhow!(
                "{} has no Django; name the Python of the project's environment with --python PATH",
                self.python.display()
            );
        }
        anyhow!(
            "the project does not start: {by} shell ended ({}) without an answer{}\nWhat it printed is \
             not shown here, it may hold secrets; see it by: {by} shell -c pass",
            output.status,
            last_words(&said)
        )
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

/// Where a Python program ended, and by which exception: no line of source, and of the exception's words
/// those alone in which only names stand.
fn last_words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let is_place = |line: &str| line.starts_with("  File \"") && line.contains("\", line ");
    let Some(last) = lines.iter().rposition(|line| is_place(line)) else { return String::new() };
    let mut after = lines.iter().copied().skip(last + 1);
    let exception = after.find(|line| !line.is_empty() && !line.starts_with([' ', '\t']));
    // Python's own machinery says nothing; where the innermost are a library's, the project's own does.
    let places: Vec<&str> = lines
        .into_iter()
        .filter(|line| is_place(line) && !line.starts_with("  File \"<frozen "))
        .collect();
    let (outer, inner) = places.split_at(places.len().saturating_sub(PLACES));
    let is_own = |place: &&&str| !place.contains("-packages/");
    let own = outer.iter().rfind(is_own).filter(|_| !inner.iter().any(|place| is_own(&place)));
    own.into_iter()
        .chain(inner)
        .map(|place| place.trim().to_owned())
        .chain(exception.and_then(shown))
        .fold(String::new(), |all, line| all + "\n  " + &visible(&line))
}

/// Words of exceptions in which only names can stand, each `{}`.
const NAMING: [(&str, &str); 16] = [
    ("ModuleNotFoundError", "No module named '{}'"),
    ("ImportError", "cannot import name '{}' from '{}'"),
    ("ImportError", "cannot import name '{}' from partially initialized module '{}'"),
    ("NameError", "name '{}' is not defined"),
    ("AttributeError", "module '{}' has no attribute '{}'"),
    ("AttributeError", "'{}' object has no attribute '{}'"),
    ("KeyError", "'{}'"),
    // Django's, django-environ's and python-decouple's.
    ("ImproperlyConfigured", "Set the {} environment variable"),
    ("ImproperlyConfigured", "The {} setting must not be empty."),
    ("ImproperlyConfigured", "Requested setting {}, but settings are not configured."),
    ("ImproperlyConfigured", "Error loading {}"),
    ("UndefinedValueError", "{} not found. Declare it as envvar"),
    ("RuntimeError", "Model class {} doesn't declare an explicit app_label"),
    ("ValueError", "Incorrect timezone setting: {}"),
    ("AppRegistryNotReady", "Apps aren't loaded yet."),
    ("LookupError", "No installed app with label '{}'"),
];

/// The exception's class, with what may be shown of its words.
fn shown(exception: &str) -> Option<String> {
    let (class, message) = exception.split_once(": ").unwrap_or((exception, ""));
    let class = class.trim_end_matches(':');
    let is_name = class.chars().all(|c| c.is_alphanumeric() || "._".contains(c));
    let name = class.rsplit('.').next().filter(|_| is_name)?;
    let mut words = NAMING.iter().filter(|(of, _)| *of == name);
    let words = words.find_map(|(_, words)| begins(message, words));
    // Of a dictionary's keys only those that look like a variable's name.
    let words = words.filter(|key| name != "KeyError" || !key.contains(char::is_lowercase));
    Some(words.map_or_else(|| class.to_owned(), |words| format!("{class}: {words}")))
}

/// The beginning of the message that is these words with names in them.
fn begins<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let is_in_a_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let mut parts = words.split("{}");
    let mut rest = message.strip_prefix(parts.next()?)?;
    for part in parts {
        let after = rest.trim_start_matches(is_in_a_name);
        if after.len() == rest.len() {
            return None;
        }
        rest = after.strip_prefix(part)?;
    }
    message.strip_suffix(rest)
}

fn visible(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceback_shows_places_and_the_exception_but_no_source_and_no_value() {
        let said = "warning: x\nTraceback (most recent call last):\n  File \"manage.py\", line 22, in <module>\n    \
            main()\n  File \"a.py\", line 1, in f\n    PASSWORD = int(\"hunter2\")\n               ^^^^^^^\n\
            ValueError: bad hunter2\nhunter2\n";
        assert_eq!(
            last_words(said),
            "\n  File \"manage.py\", line 22, in <module>\n  File \"a.py\", line 1, in f\n  ValueError"
        );
        let library = "  File \"/e/site-packages/d.py\", line 7, in g\n";
        let frozen = "  File \"<frozen importlib._bootstrap>\", line 241, in h\n";
        let said = format!("  File \"own.py\", line 1, in f\n{}{frozen}E: x\n", library.repeat(5));
        let shown = "\n  File \"/e/site-packages/d.py\", line 7, in g".repeat(3);
        assert_eq!(last_words(&said), format!("\n  File \"own.py\", line 1, in f{shown}\n  E"));
        assert_eq!(last_words(""), "");
        assert_eq!(last_words("DB_PASS=hunter2: set it\n"), "");
        assert_eq!(
            last_words("  File \"a\u{1b}.py\", line 1, in f"),
            "\n  File \"a .py\", line 1, in f"
        );
    }

    #[test]
    fn only_names_are_shown_of_what_an_exception_says() {
        for (exception, expected) in [
            ("KeyError: 'API_KEY'", "KeyError: 'API_KEY'"),
            ("KeyError: 'hunter2'", "KeyError"),
            ("KeyError: 'HUNTER 2 is no key'", "KeyError"),
            (
                "ModuleNotFoundError: No module named 'a.b'",
                "ModuleNotFoundError: No module named 'a.b'",
            ),
            (
                "ImportError: cannot import name 'x' from 'y' (/z.py)",
                "ImportError: cannot import name 'x' from 'y'",
            ),
            (
                "django.core.exceptions.ImproperlyConfigured: Set the SECRET environment variable",
                "django.core.exceptions.ImproperlyConfigured: Set the SECRET environment variable",
            ),
            (
                "django.core.exceptions.ImproperlyConfigured: bad value hunter2",
                "django.core.exceptions.ImproperlyConfigured",
            ),
            ("ValueError: cannot parse postgres://app:hunter2@db", "ValueError"),
            ("RuntimeError", "RuntimeError"),
            ("RuntimeError:", "RuntimeError"),
        ] {
            assert_eq!(shown(exception).as_deref(), Some(expected), "{exception}");
        }
        assert_eq!(shown("app:hunter2@db"), None);
        assert_eq!(shown("hunter 2"), None);
    }

    #[test]
    fn the_script_is_ascii() {
        assert!(SCRIPT.is_ascii());
    }
}
