//! The configuration file: which one, and what it holds.

use std::{
    io,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

use super::{
    database_url::has_password,
    environment::CONFIG,
    error::{ConfigError, Origin, Problem},
    lookup::Lookup,
    value::Value,
};

/// Read where neither a flag nor a variable names another.
pub(super) const DEFAULT_NAME: &str = "drf-auth.toml";

/// One `key = value` of the file, the key with its section before it.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) origin: Origin,
    pub(super) value: Value,
}

/// The entries of the file that `flag`, `$DRF_AUTH_CONFIG` or the working directory `cwd` names.
///
/// A file that is named must be there; `./drf-auth.toml` may be missing.
pub(super) fn read(
    flag: Option<&Path>,
    lookup: &dyn Lookup,
    cwd: &Path,
) -> Result<Vec<Entry>, Vec<ConfigError>> {
    let named = match flag {
        Some(path) => Some((path.to_owned(), Origin::Flag("--config"))),
        None => lookup
            .variable(CONFIG)
            .filter(|name| !name.is_empty())
            .map(|name| (PathBuf::from(name), Origin::Variable(CONFIG.to_owned()))),
    };
    let path = named.as_ref().map_or_else(|| PathBuf::from(DEFAULT_NAME), |(path, _)| path.clone());
    let name = shown(&path);
    match std::fs::read(cwd.join(&path)) {
        Ok(bytes) => parse(&name, &bytes),
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => {
            let origin = named.map(|(_, origin)| origin);
            let problem = Problem::new(
                format!("cannot be read: {error}"),
                "name a TOML file that this user may read",
            );
            Err(vec![ConfigError::new(name, origin, problem)])
        }
    }
}

/// The file as messages name it. Someone may have written a URL there.
fn shown(path: &Path) -> String {
    let name = path.display().to_string();
    if has_password(&name) { "…".to_owned() } else { name }
}

pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Vec<Entry>, Vec<ConfigError>> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let problem = Problem::new("is not UTF-8", "save the file as UTF-8");
        let line = origin(name, bytes, error.valid_up_to());
        vec![ConfigError::new(line.to_string(), None, problem)]
    })?;
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(entries(name, bytes, document.get_ref()));
    }
    // Only the message and the line: toml's own display quotes the line, which may hold a secret.
    let mut errors: Vec<(usize, &str)> = errors
        .iter()
        .map(|error| (error.span().map_or(0, |span| span.start), error.message()))
        .collect();
    errors.sort_unstable();
    Err(errors
        .into_iter()
        .map(|(at, message)| {
            let problem = Problem::new(
                format!("is not TOML: {message}"),
                "write key = value lines under [section] headers",
            );
            ConfigError::new(origin(name, bytes, at).to_string(), None, problem)
        })
        .collect())
}

fn entries(name: &str, bytes: &[u8], document: &DeTable<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut push = |key: String, at: usize, value: &DeValue<'_>| {
        let origin = origin(name, bytes, at);
        let value = Value::from_toml(value, &|at| line_of(bytes, at));
        entries.push(Entry { key, origin, value });
    };
    for (key, value) in document {
        let section = key.get_ref();
        match value.get_ref() {
            // The keys of [routes] are paths: one value.
            DeValue::Table(table) if section != "routes" => {
                for (inner, value) in table {
                    let key = format!("{section}.{}", inner.get_ref());
                    push(key, inner.span().start, value.get_ref());
                }
            }
            value => push(section.clone().into_owned(), key.span().start, value),
        }
    }
    entries
}

fn origin(name: &str, bytes: &[u8], at: usize) -> Origin {
    Origin::File { name: name.to_owned(), line: line_of(bytes, at) }
}

/// The line, from 1 on, of the byte at `at`.
fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes.get(..at).unwrap_or(bytes).split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<(String, String)> {
        parse("f", text.as_bytes())
            .unwrap()
            .iter()
            .map(|entry| (entry.key.clone(), entry.origin.to_string()))
            .collect()
    }

    #[test]
    fn sections_flatten_and_lines_are_known() {
        let text =
            "listen = \"a\"\n\n[django]\nversion = \"5.2\"\n[routes]\n\"/x.y/\" = \"login\"\n";
        let keys = keys(text);
        let expected = [("django.version", 4), ("listen", 1), ("routes", 5)];
        assert_eq!(keys, expected.map(|(key, line)| (key.to_owned(), format!("f, line {line}"))));
    }

    #[test]
    fn every_syntax_error_is_reported_and_no_line_is_quoted() {
        let text = "database_url = \"postgres://u:hunter2@h/d\nlisten = 1 = 2\n";
        let errors = parse("f", text.as_bytes()).map(|_| ()).unwrap_err();
        let shown = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(shown.contains("f, line 1"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_line() {
        let errors = parse("f", b"a = 1\nb = \"\xff\"\n").map(|_| ()).unwrap_err();
        assert_eq!(
            errors.first().unwrap().to_string(),
            "f, line 2: is not UTF-8; save the file as UTF-8"
        );
    }
}
