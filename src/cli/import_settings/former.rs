//! The file whose place a new one takes: what in it is a person's stays.

use std::{fs, io, path::Path};

use anyhow::{Context as _, anyhow};

use super::{literal::Literal, sheet::Sheet};
use crate::config::has_password;

/// Sections that say only what the project says: what it no longer says is not kept.
const THE_PROJECT_S: [&str; 2] = ["cors", "decisions"];

/// Keys of the same kind.
const DATABASE_URL: [&str; 2] = ["database_url", "database_url_file"];

/// What the former file says.
#[derive(Debug, Default)]
pub(super) struct Former {
    table: toml::Table,
    /// The URL of its database, from a file of its own, too.
    url: Option<String>,
}

/// How the URL of a database is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Url {
    /// As it is.
    Plain(String),
    /// By the name of a file that is there already.
    InFile(String),
    /// With a password, in a file of its own.
    Secret(String),
}

impl Former {
    /// Reads the file at `path`; nothing where there is none.
    ///
    /// # Errors
    /// Where something else is there than a configuration, which would be lost.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("{shown} cannot be read")),
        };
        // Not toml's own words, which quote the line.
        let table = text.parse::<toml::Table>();
        let table = table.map_err(|_| anyhow!("{shown} is no TOML; name another file"))?;
        let url = text_at(&table, "database_url").map(str::to_owned);
        let file = || fs::read_to_string(text_at(&table, "database_url_file")?).ok();
        let url = url.or_else(file).map(|url| url.trim().to_owned());
        Ok(Self { table, url })
    }

    /// The answers to decisions.
    pub(super) fn answers(&self) -> Vec<(String, String)> {
        let words = |(name, answer): (&String, &toml::Value)| {
            let answer = answer.as_str().filter(|answer| !answer.trim().is_empty())?;
            Some((name.clone(), answer.to_owned()))
        };
        self.section("decisions").filter_map(words).collect()
    }

    /// The database's URL where it is that of another user on the database at `url`: an account with
    /// fewer rights than the project's.
    pub(super) fn account_of_its_own(&self, url: &str) -> Option<Url> {
        let former = self.url.as_deref()?;
        let ((user, place), (other, same)) = (user_and_place(former)?, user_and_place(url)?);
        if user == other || place != same {
            return None;
        }
        Some(match text_at(&self.table, "database_url_file") {
            Some(file) => Url::InFile(file.to_owned()),
            None if has_password(former) => Url::Secret(former.to_owned()),
            None => Url::Plain(former.to_owned()),
        })
    }

    /// Keeps the routes that the project does not have.
    pub(super) fn keep_routes(&self, sheet: &mut Sheet) -> bool {
        let mut any = false;
        for (path, view) in self.section("routes") {
            any |= keep(sheet, "routes", path, view);
        }
        any
    }

    /// Keeps what the project says nothing of.
    pub(super) fn keep(&self, sheet: &mut Sheet) {
        for (name, value) in &self.table {
            match value {
                toml::Value::Table(_) if THE_PROJECT_S.contains(&name.as_str()) => {}
                toml::Value::Table(keys) => {
                    for (key, value) in keys {
                        keep(sheet, name, key, value);
                    }
                }
                _ if DATABASE_URL.contains(&name.as_str()) => {}
                value => {
                    keep(sheet, "", name, value);
                }
            }
        }
    }

    fn section(&self, name: &str) -> impl Iterator<Item = (&String, &toml::Value)> {
        self.table.get(name).and_then(toml::Value::as_table).into_iter().flatten()
    }
}

/// Whether it is in the file now.
fn keep(sheet: &mut Sheet, section: &str, key: &str, value: &toml::Value) -> bool {
    match Literal::of_toml(value).filter(|_| !sheet.has(section, key)) {
        Some(value) => {
            sheet.keep(section, key, value);
            true
        }
        None => false,
    }
}

fn text_at<'a>(table: &'a toml::Table, key: &str) -> Option<&'a str> {
    table.get(key).and_then(toml::Value::as_str)
}

/// Who asks; and what is asked, without options and password.
fn user_and_place(url: &str) -> Option<(&str, (&str, &str))> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let (account, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let user = account.split(':').next().unwrap_or_default();
    let whole = rest.get(rest.len() - path.len() - 1 - host.len()..)?;
    Some((user, (scheme, whole.split('?').next().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn former(text: &str, url: Option<&str>) -> Former {
        Former { table: text.parse().unwrap(), url: url.map(str::to_owned) }
    }

    #[test]
    fn an_account_of_its_own_is_another_user_on_the_same_database() {
        let own = |of: &str, url: &str| {
            let former = former("", Some(of));
            former.account_of_its_own(url).is_some()
        };
        let project = "postgres://app@db:5432/shop?sslmode=require";
        assert!(own("postgres://door:p%40w@db:5432/shop?sslmode=verify-full", project));
        assert!(own("postgres://door@db:5432/shop", project));
        for same in [
            "postgres://app:old@db:5432/shop",
            "postgres://door:x@other:5432/shop",
            "postgres://door:x@db:5432/other",
            "mysql://door:x@db:5432/shop",
            "",
        ] {
            assert!(!own(same, project), "{same}");
        }
        assert!(!own("sqlite:////x.sqlite3", "sqlite:////x.sqlite3"));
        assert!(own("mysql://door@%2Frun%2Fmy.sock/shop", "mysql://app@%2Frun%2Fmy.sock/shop"));
    }

    #[test]
    fn what_the_project_says_nothing_of_is_kept() {
        let former = former(
            "listen = \"unix:/run/x.sock\"\ndatabase_url = \"postgres://a@b/c\"\n\
             [django]\nacknowledge = [\"axes\"]\nversion = \"4.2\"\n[passwords]\nworkers = 1\n\
             [cors]\nallow_all_origins = true\n[decisions]\nmanager = \"yes\"\nlanguage = \" \"\nx = 1\n\
             [routes]\n\"/a/\" = \"obtain_auth_token\"\n\"/verify/\" = { view = \"verify\", staff = true }\n",
            None,
        );
        assert_eq!(former.answers(), [("manager".to_owned(), "yes".to_owned())]);
        let mut sheet = Sheet::default();
        sheet.section("");
        sheet.section("django");
        sheet.set_essential("version", "5.2");
        sheet.set("time_zone", "Mars/Olympus");
        sheet.section("routes");
        sheet.set("/a/", "obtain_auth_token");
        assert!(former.keep_routes(&mut sheet));
        sheet.settle().unwrap();
        former.keep(&mut sheet);
        assert_eq!(sheet.settle(), Ok(Vec::new()));
        let text = sheet.text(&[]);
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["listen"].as_str(), Some("unix:/run/x.sock"), "{text}");
        assert_eq!(table["django"]["version"].as_str(), Some("5.2"), "{text}");
        assert_eq!(table["django"]["acknowledge"][0].as_str(), Some("axes"), "{text}");
        assert_eq!(table["passwords"]["workers"].as_integer(), Some(1), "{text}");
        assert_eq!(table["routes"]["/verify/"]["staff"].as_bool(), Some(true), "{text}");
        assert!(!table.contains_key("cors") && !table.contains_key("database_url"), "{text}");
        let kept: Vec<_> = sheet.kept().collect();
        assert_eq!(
            kept,
            ["listen", "django.acknowledge", "routes.\"/verify/\"", "passwords.workers"]
        );
        let mut sheet = Sheet::default();
        sheet.section("");
        Former { table: "lisen = \"x\"\n".parse().unwrap(), url: None }.keep(&mut sheet);
        let standing = sheet.settle().unwrap();
        assert!(standing[0].contains("did you mean listen?"), "{standing:?}");
    }
}
