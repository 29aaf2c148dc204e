//! `serve --demo`: a database to try the service on.

use std::{
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
};

use anyhow::Context as _;

use super::hashing;
use crate::{
    accounts::EncodedPassword,
    config::{Config, Environment, Listen},
    django::crypto::get_random_string,
    store::demo,
};

const USERNAME: &str = "ayush";
const PASSWORD: &str = "mypassword";

/// A new SQLite file with Django's own tables and one user; its folder is removed on drop.
#[derive(Debug)]
pub(super) struct Demo {
    folder: PathBuf,
}

impl Demo {
    /// Makes the file, in a folder that nobody else can read.
    pub(super) async fn create(config: &Config) -> anyhow::Result<Self> {
        let name = format!("drf-auth-demo-{}", get_random_string(12)?);
        let folder = Environment::temporary_folder().join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        let demo = Self { folder };
        let encoded = EncodedPassword::new(hashing::hashers(config)?.make_password(PASSWORD)?);
        demo::create(&demo.file(), USERNAME, "ayush@example.com", &encoded).await?;
        Ok(demo)
    }

    fn file(&self) -> PathBuf {
        self.folder.join("db.sqlite3")
    }

    /// The file as a database URL.
    pub(super) fn url(&self) -> String {
        format!("sqlite:///{}", self.file().display())
    }

    /// Prints what to try.
    pub(super) fn tell(&self, listen: &Listen) -> io::Result<()> {
        let curl = match listen {
            Listen::Tcp(address) => format!("curl http://{address}"),
            Listen::Unix(path) => format!("curl --unix-socket {} http://localhost", path.display()),
        };
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "A Django database of one user, {USERNAME} / {PASSWORD}: {}",
            self.file().display()
        )?;
        writeln!(out, "It is gone when this ends (Ctrl-C). Try, elsewhere:\n")?;
        writeln!(
            out,
            "  {curl}/api-token-auth/ -d 'username={USERNAME}&password={PASSWORD}'\n  \
             {curl}/profile/ -H 'Authorization: Token PASTE-THE-TOKEN-HERE'\n  \
             {curl}/logout/ -X POST -H 'Authorization: Token PASTE-THE-TOKEN-HERE'\n"
        )?;
        out.flush()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // What cannot be removed is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
