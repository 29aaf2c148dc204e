//! All sources laid over each other, read key by key, with every mistake collected.

use std::{collections::BTreeMap, ffi::OsString};

use super::{
    Overrides,
    environment::{DATABASE_URL, PREFIX, is_no_key, key_of, variable_of},
    error::{ConfigError, ConfigErrors, Origin, Problem},
    file::Entry,
    lookup::Lookup,
    suggest,
    value::Value,
};

/// A value and where it was written.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) value: Value,
    pub(super) origin: Origin,
    /// Where another value stands that this one wins over.
    pub(super) over: Option<Origin>,
}

/// Hands out the winning value of each key. What nobody asked for is unknown.
#[derive(Default)]
pub(super) struct Reader {
    found: BTreeMap<String, Found>,
    known: Vec<&'static str>,
    errors: Vec<ConfigError>,
}

impl Reader {
    /// Flags win over the environment, that over the file.
    pub(super) fn new(entries: Vec<Entry>, lookup: &dyn Lookup, flags: &Overrides) -> Self {
        let mut reader = Self::default();
        for Entry { key, origin, value } in entries {
            reader.add(key, origin, value);
        }
        reader.add_environment(lookup);
        for (flag, key, text) in flags.keys() {
            reader.add(key.to_owned(), Origin::Flag(flag), Value::Untyped(text.to_owned()));
        }
        reader
    }

    fn add_environment(&mut self, lookup: &dyn Lookup) {
        // Empty is how a compose file passes on a variable that is not set.
        if let Some(url) = lookup.variable(DATABASE_URL).filter(|url| !url.is_empty()) {
            self.add_variable("database_url".into(), Origin::SharedVariable(DATABASE_URL), url);
        }
        for (variable, value) in lookup.with_prefix(PREFIX) {
            if is_no_key(&variable, &value.to_string_lossy()) {
                continue;
            }
            let key = key_of(&variable);
            // Another spelling of the same key (lower case, a dot) stays as it is: unknown.
            let key = if variable_of(&key) == variable { key } else { variable.clone() };
            self.add_variable(key, Origin::Variable(variable), value);
        }
    }

    fn add_variable(&mut self, key: String, origin: Origin, value: OsString) {
        match value.into_string() {
            Ok(text) => self.add(key, origin, Value::Untyped(text)),
            Err(_) => self.refuse(&key, Some(origin), not_utf8()),
        }
    }

    fn add(&mut self, key: String, origin: Origin, value: Value) {
        if let Some(other) = self.found.get(&key).filter(|other| other.origin.same_rank(&origin)) {
            let problem = Problem::new(
                format!("is written twice, the other time at {}", other.origin),
                "keep one of the two",
            );
            self.errors.push(ConfigError::new(key, Some(origin), problem));
            return;
        }
        let over = self.found.get(&key).map(|other| other.origin.clone());
        self.found.insert(key, Found { value, origin, over });
    }

    /// Whether any key of a section is written.
    pub(super) fn has_section(&self, section: &str) -> bool {
        let is_inside = |key: &String| key.split_once('.').is_some_and(|(of, _)| of == section);
        self.found.keys().any(is_inside)
    }

    /// Whether `key` is written, and not taken yet.
    pub(super) fn is_written(&self, key: &str) -> bool {
        self.found.contains_key(key)
    }

    /// Takes `key`, as it was found.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Found> {
        self.known.push(key);
        self.found.remove(key)
    }

    /// Takes `key` and reads it with `parse`. `None` where it is not written, or wrong.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> Option<T> {
        let Found { value, origin, .. } = self.take(key)?;
        match parse(&value) {
            Ok(read) => Some(read),
            Err(problem) => {
                self.refuse(key, Some(origin), problem);
                None
            }
        }
    }

    /// As [`Reader::read`], into `target`, which keeps its default otherwise.
    pub(super) fn set<T>(
        &mut self,
        target: &mut T,
        key: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Problem>,
    ) {
        if let Some(value) = self.read(key, parse) {
            *target = value;
        }
    }

    /// Notes a mistake.
    pub(super) fn refuse(&mut self, key: &str, origin: Option<Origin>, problem: Problem) {
        self.errors.push(ConfigError::new(key, origin, problem));
    }

    /// Notes mistakes.
    pub(super) fn extend(&mut self, errors: Vec<ConfigError>) {
        self.errors.extend(errors);
    }

    /// Ends the reading: whatever is left was never a key.
    pub(super) fn finish(mut self) -> Result<(), ConfigErrors> {
        for (key, found) in std::mem::take(&mut self.found) {
            let problem = unknown(&key, &found, &self.known);
            self.refuse(&key, Some(found.origin), problem);
        }
        self.errors.sort_by(|left, right| left.key().cmp(right.key()));
        ConfigErrors::check(self.errors)
    }
}

fn not_utf8() -> Problem {
    Problem::new("is not UTF-8", "set the variable to UTF-8 text")
}

fn unknown(key: &str, found: &Found, known: &[&'static str]) -> Problem {
    let section = format!("{key}.");
    let inside: Vec<&str> = known.iter().copied().filter(|k| k.starts_with(&section)).collect();
    let in_variable = matches!(found.origin, Origin::Variable(_));
    let spelled = |key: &str| if in_variable { variable_of(key) } else { key.to_owned() };
    if !inside.is_empty() {
        let keys = inside.iter().map(|key| spelled(key)).collect::<Vec<_>>().join(", ");
        return Problem::new("is a section, not a key", format!("write its keys: {keys}"));
    }
    let remedy = match suggest::nearest(&key_of(key), known) {
        Some(near) => format!("did you mean {}?", spelled(near)),
        None => "remove it".to_owned(),
    };
    Problem::new("there is no such key", remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::value;

    fn reader(file: &[(&str, &str)], environment: &[(&str, &str)]) -> Reader {
        let entries = file
            .iter()
            .map(|(key, text)| Entry {
                key: (*key).to_owned(),
                origin: Origin::File { name: "f".into(), line: 1 },
                value: Value::Text((*text).to_owned()),
            })
            .collect();
        let environment: BTreeMap<String, OsString> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        let flags = Overrides { listen: Some("flag".into()), ..Overrides::default() };
        Reader::new(entries, &environment, &flags)
    }

    fn text(reader: &mut Reader, key: &'static str) -> Option<String> {
        reader.read(key, |value| value::text(value).map(str::to_owned))
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let mut reader = reader(
            &[("listen", "file"), ("log.level", "file"), ("log.format", "file")],
            &[("DRF_AUTH_LISTEN", "variable"), ("DRF_AUTH_LOG__LEVEL", "variable")],
        );
        assert_eq!(text(&mut reader, "listen").as_deref(), Some("flag"));
        assert_eq!(text(&mut reader, "log.level").as_deref(), Some("variable"));
        assert_eq!(text(&mut reader, "log.format").as_deref(), Some("file"));
        assert!(text(&mut reader, "database_url").is_none());
        assert!(reader.finish().is_ok());
    }

    #[test]
    fn the_shared_variable_stands_between_file_and_own_variable() {
        let file = ("database_url", "file");
        let shared = ("DATABASE_URL", "shared");
        let own = ("DRF_AUTH_DATABASE_URL", "own");
        let url = |environment: &[(&str, &str)]| {
            text(&mut reader(&[file], environment), "database_url").unwrap()
        };
        assert_eq!(url(&[]), "file");
        assert_eq!(url(&[("DATABASE_URL", "")]), "file");
        assert_eq!(url(&[shared]), "shared");
        assert_eq!(url(&[shared, own]), "own");
    }

    #[test]
    fn what_nobody_asked_for_is_unknown() {
        let mut reader = reader(
            &[("listne", "hunter2"), ("log", "x"), ("throttling", "x")],
            &[("DRF_AUTH_LOG__LEVLE", "x"), ("DRF_AUTH_log__level", "x"), ("DRF_AUTH_LOG", "x")],
        );
        text(&mut reader, "listen");
        text(&mut reader, "log.level");
        let shown = reader.finish().unwrap_err().to_string();
        for line in [
            "listne (f, line 1): there is no such key; did you mean listen?",
            "throttling (f, line 1): there is no such key; remove it",
            "log.levle (DRF_AUTH_LOG__LEVLE): there is no such key; did you mean DRF_AUTH_LOG__LEVEL?",
            "DRF_AUTH_log__level (DRF_AUTH_log__level): there is no such key; did you mean DRF_AUTH_LOG__LEVEL?",
            "log (DRF_AUTH_LOG): is a section, not a key; write its keys: DRF_AUTH_LOG__LEVEL",
        ] {
            assert!(shown.contains(line), "{line}\n{shown}");
        }
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn a_key_written_twice_is_refused() {
        let mut reader = reader(&[("log.level", "a"), ("log.level", "b")], &[]);
        assert_eq!(text(&mut reader, "log.level").as_deref(), Some("a"));
        text(&mut reader, "listen");
        assert!(reader.finish().unwrap_err().to_string().contains("is written twice"));
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStringExt as _;

        let environment =
            BTreeMap::from([("DRF_AUTH_LISTEN".to_owned(), OsString::from_vec(vec![0xff]))]);
        let reader = Reader::new(Vec::new(), &environment, &Overrides::default());
        assert!(reader.finish().unwrap_err().to_string().contains("is not UTF-8"));
    }
}
