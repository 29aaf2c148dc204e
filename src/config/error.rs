//! What is wrong with a configuration: every mistake at once, each with what to write instead.

use std::{error::Error, fmt};

/// Where a value was written. Sources rank in this order, the last wins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Origin {
    /// A line of the configuration file.
    File {
        /// The file's name as it was given.
        name: String,
        /// Counted from 1.
        line: usize,
    },
    /// `DATABASE_URL`, which other programs read too.
    SharedVariable(&'static str),
    /// An environment variable of this program's own.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl Origin {
    /// The same source at another line, where it has lines.
    pub(super) fn at_line(&self, line: usize) -> Self {
        match self {
            Self::File { name, .. } => Self::File { name: name.clone(), line },
            other => other.clone(),
        }
    }

    /// Whether `self` and `other` are sources of one rank, so that neither wins.
    pub(super) fn same_rank(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}, line {line}"),
            Self::SharedVariable(name) | Self::Flag(name) => f.write_str(name),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// One mistake: the key, where it was written, what is wrong and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    key: String,
    origin: Option<Origin>,
    problem: Problem,
}

impl ConfigError {
    /// A mistake at `key`, written at `origin` where it was written at all.
    pub fn new(key: impl Into<String>, origin: Option<Origin>, problem: Problem) -> Self {
        Self { key: key.into(), origin, problem }
    }

    /// The key as the file spells it, e.g. `django.version`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong, and what to write.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_visibly(f, &self.key)?;
        if let Some(origin) = &self.origin {
            f.write_str(" (")?;
            write_visibly(f, &origin.to_string())?;
            f.write_str(")")?;
        }
        f.write_str(": ")?;
        write_visibly(f, &self.problem.to_string())
    }
}

/// Keys, variable names and values come from elsewhere; a terminal must not obey them.
fn write_visibly(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write as _;

    text.chars().try_for_each(|c| {
        if c.is_control() { write!(f, "{}", c.escape_default()) } else { f.write_char(c) }
    })
}

/// How many characters of a value a message quotes.
const LONGEST_QUOTE: usize = 80;

/// What is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    wrong: String,
    write: String,
}

impl Problem {
    /// Says what is wrong, then what to write. Neither may hold a secret.
    pub fn new(wrong: impl Into<String>, write: impl Into<String>) -> Self {
        Self { wrong: wrong.into(), write: write.into() }
    }

    /// The same of a part of the value.
    pub(super) fn of(self, part: &str) -> Self {
        Self { wrong: format!("{part} {}", self.wrong), ..self }
    }

    /// The same, with one thing more that may be written.
    pub(super) fn or(self, other: &str) -> Self {
        Self { write: format!("{}, or {other}", self.write), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.wrong, self.write)
    }
}

/// A value as a message quotes it: short, and hidden where a secret seems to have come into a
/// place that is not for it.
pub(super) fn quote(text: &str) -> String {
    if super::has_password(text) {
        return "(hidden: it looks like a secret)".to_owned();
    }
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// All that is wrong with a configuration. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// `Ok` where nothing is wrong.
    ///
    /// # Errors
    /// Where `errors` is not empty: all of them.
    pub fn check(errors: Vec<ConfigError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// Every mistake, in the order of the keys.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.0.iter()
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl<'a> IntoIterator for &'a ConfigErrors {
    type Item = &'a ConfigError;
    type IntoIter = std::slice::Iter<'a, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a mistake:")?,
            count => write!(f, "the configuration has {count} mistakes:")?,
        }
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl Error for ConfigErrors {}

/// Put around an error that only using the configuration brought to light, as context: what is
/// wrong is the configuration, and the exit code says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misconfigured;

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration does not fit")
    }
}

impl Error for Misconfigured {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(key: &str, origin: Option<Origin>) -> ConfigError {
        ConfigError::new(key, origin, Problem::new("is wrong", "write it right"))
    }

    #[test]
    fn every_mistake_is_a_line_with_key_origin_problem_and_remedy() {
        let origin = Origin::File { name: "drf-auth.toml".into(), line: 3 };
        let errors =
            ConfigErrors::check(vec![error("listen", Some(origin)), error("log.level", None)])
                .unwrap_err();
        assert_eq!(
            errors.to_string(),
            "the configuration has 2 mistakes:\n  \
             listen (drf-auth.toml, line 3): is wrong; write it right\n  \
             log.level: is wrong; write it right"
        );
        assert_eq!(
            errors.iter().map(ConfigError::key).collect::<Vec<_>>(),
            ["listen", "log.level"]
        );
        assert!(ConfigErrors::check(Vec::new()).is_ok());
    }

    #[test]
    fn a_terminal_does_not_obey_what_is_quoted() {
        let shown = error("a\u{1b}[31m\n", Some(Origin::Variable("X\u{9b}".into()))).to_string();
        assert_eq!(shown, "a\\u{1b}[31m\\n (X\\u{9b}): is wrong; write it right");
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_quoted() {
        assert_eq!(quote("a\"b"), "\"a\\\"b\"");
        assert_eq!(quote("postgres://a:hunter2@h/d"), "(hidden: it looks like a secret)");
        assert_eq!(quote(&"é".repeat(80)), format!("\"{}\"", "é".repeat(80)));
        assert_eq!(quote(&"é".repeat(81)), format!("\"{}\"…", "é".repeat(80)));
    }

    #[test]
    fn sources_rank_file_shared_own_flag() {
        let file = Origin::File { name: "z".into(), line: 9 };
        let shared = Origin::SharedVariable("DATABASE_URL");
        let own = Origin::Variable("A".into());
        let flag = Origin::Flag("--listen");
        assert!(file < shared && shared < own && own < flag);
        assert!(own.same_rank(&Origin::Variable("B".into())) && !own.same_rank(&flag));
    }
}
