//! The environment, handed in: the one place that reads the process's own.

use std::{collections::BTreeMap, ffi::OsString, io, path::PathBuf};

/// Where environment variables come from, so that tests never touch the process's own.
pub trait Lookup {
    /// The variable's value. `None` where it is not set.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// Every variable whose name begins with `prefix`, ordered by name.
    fn with_prefix(&self, prefix: &str) -> BTreeMap<String, OsString>;
}

/// The environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment;

impl Environment {
    /// The folder for what is gone afterwards (`$TMPDIR`).
    pub fn temporary_folder() -> PathBuf {
        std::env::temp_dir()
    }

    /// How passwords are to be derived, where a test of this project says so
    /// (`DRF_AUTH_TEST_ENGINE`).
    pub fn test_engine() -> Option<String> {
        let name = Self.variable("DRF_AUTH_TEST_ENGINE")?;
        Some(name.to_string_lossy().into_owned())
    }

    /// The folder that relative paths count from.
    ///
    /// # Errors
    /// Where the system cannot tell: the folder is gone, or may not be entered.
    pub fn working_directory() -> io::Result<PathBuf> {
        std::env::current_dir()
    }
}

// The one lawful place: everything else gets its environment handed in.
#[allow(clippy::disallowed_methods)]
impl Lookup for Environment {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn with_prefix(&self, prefix: &str) -> BTreeMap<String, OsString> {
        std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
            .filter(|(name, _)| name.starts_with(prefix))
            .collect()
    }
}

/// A made-up environment, for tests and for callers with settings of their own.
impl Lookup for BTreeMap<String, OsString> {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.get(name).cloned()
    }

    fn with_prefix(&self, prefix: &str) -> BTreeMap<String, OsString> {
        self.iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}
