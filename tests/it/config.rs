//! The real binary: its command line, its exit codes and what it says of a wrong configuration.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A folder of its own for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("drf-auth-it-config-{}-{test}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, name: &str, content: &str) -> Self {
        std::fs::write(self.0.join(name), content).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the binary in `folder`, with `variables` for its whole environment.
fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_drf-auth"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn help_and_version() {
    let folder = Folder::new("help");
    let version = run(&folder.0, &["--version"], &[]);
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(stdout(&version), format!("drf-auth {}\n", env!("CARGO_PKG_VERSION")));

    let help = run(&folder.0, &["serve", "--help"], &[]);
    assert_eq!(help.status.code(), Some(0));
    for flag in ["--config <FILE>", "--listen <ADDR>", "--database-url <URL>", "--demo"] {
        assert!(stdout(&help).contains(flag), "{flag}");
    }

    let nothing = run(&folder.0, &[], &[]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("Usage: drf-auth <COMMAND>"), "{}", stderr(&nothing));
}

#[test]
fn a_command_that_does_not_exist_is_a_mistake() {
    let folder = Folder::new("unknown");
    for arguments in [
        &["migrate"][..],
        &["serve", "--workers", "3"],
        &["serve", "surplus"],
        &["serve", "--demo", "--database-url", "sqlite:///x"],
    ] {
        let output = run(&folder.0, arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn a_password_on_the_command_line_is_refused_and_not_echoed() {
    let folder = Folder::new("argv");
    for arguments in [
        &["serve", "--database-url", "postgres://app:hunter2@db/app"][..],
        &["serve", "--database-url=postgres://app:hunter2@db/app"],
        &["serve", "--database-url", "app:hunter2@db/app"],
        &["serve", "--database-url", "postgres://app@db/app?password=hunter2"],
        &["serve", "--databse-url", "postgres://app:hunter2@db/app"],
        &["serve", "postgres://app:hunter2@db/app"],
        &["postgres://app:hunter2@db/app"],
        &["check", "--database-url", "postgres://app:hunter2@db/app"],
        &["users", "activate", "ayush", "postgres://app:hunter2@db/app"],
    ] {
        let output = run(&folder.0, arguments, &[]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("a URL with a password in it has no place on the command"), "{said}");
        assert!(said.contains("DRF_AUTH_DATABASE_URL"), "{said}");
        assert!(!said.contains("hunter2") && !stdout(&output).contains("hunter2"), "{said}");
    }
}

#[test]
fn all_mistakes_at_once() {
    let toml = "database_url = \"oracle://app:hunter2@db/app\"\nlistne = \"hunter2\"\n\
        [django]\nversion = \"5.3\"\n[database]\nacquire_timeout = 2\n";
    let folder = Folder::new("many").with("drf-auth.toml", toml);
    let variables =
        [("DRF_AUTH_LOG__LEVLE", "info"), ("DRF_AUTH_TEST_REQUIRE", "x"), ("DRF_AUTH_CACHE", "x")];
    let output = run(&folder.0, &["serve", "--listen", "localhost:80"], &variables);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        "drf-auth: the configuration has 6 mistakes:\n  \
         database.acquire_timeout (drf-auth.toml, line 6): 2 has no unit; write \"2s\" for seconds, \
         \"2ms\" for milliseconds\n  \
         database_url (drf-auth.toml, line 1): the scheme \"oracle\" is not known; write one of \
         \"sqlite\", \"postgres\", \"postgresql\", \"postgis\", \"mysql\"\n  \
         django.version (drf-auth.toml, line 4): \"5.3\" is not known; write one of \"3.2\", \"4.0\", \
         \"4.1\", \"4.2\", \"5.0\", \"5.1\", \"5.2\", \"6.0\", \"6.1\"\n  \
         listen (--listen): \"localhost:80\" is no IP address with a port; write \"127.0.0.1:80\", \
         or \"unix:/path\"\n  \
         listne (drf-auth.toml, line 2): there is no such key; did you mean listen?\n  \
         log.levle (DRF_AUTH_LOG__LEVLE): there is no such key; did you mean DRF_AUTH_LOG__LEVEL?\n"
    );
}

#[test]
fn without_a_database_the_sentence_says_what_to_write() {
    let folder = Folder::new("nothing");
    let output = run(&folder.0, &["serve"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.starts_with("drf-auth: the configuration has a mistake:\n  database_url: "),
        "{said}"
    );
    assert!(said.contains("DRF_AUTH_DATABASE_URL or DATABASE_URL"), "{said}");
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_toml() {
    let folder =
        Folder::new("file").with("bad.toml", "database_url = \"postgres://a:hunter2@b\nx\n");
    let gone = run(&folder.0, &["serve", "--config", "gone.toml"], &[]);
    assert_eq!(gone.status.code(), Some(2));
    assert!(stderr(&gone).contains("gone.toml (--config): cannot be read"), "{}", stderr(&gone));

    let bad = run(&folder.0, &["serve"], &[("DRF_AUTH_CONFIG", "bad.toml")]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("bad.toml, line 1: is not TOML"), "{}", stderr(&bad));
    assert!(!stderr(&bad).contains("hunter2"), "{}", stderr(&bad));
}
