//! The file whose place a new one takes: what in it is a person's stays.

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::{Context as _, anyhow};

use super::{
    literal::Literal,
    sheet::{Answer, Sheet},
};
use crate::{
    app,
    config::{DatabaseUrl, has_password},
};

/// The section of what was decided, which is kept otherwise.
const DECISIONS: &str = "decisions";

/// The section that is the project's as a whole, where it has one.
const CORS: &str = "cors";

/// Keys that say only what the project says.
const DATABASE_URL: [&str; 2] = ["database_url", "database_url_file"];

/// The view that this program writes of a project's logins.
const LOGIN: &str = "obtain_auth_token";

/// What the former file says.
#[derive(Debug, Default)]
pub(super) struct Former {
    table: toml::Table,
    /// The URL of its database, from a file of its own, too.
    url: Option<String>,
    /// The lines of the comment above each key of its decisions.
    reasons: BTreeMap<String, Vec<String>>,
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
        let url = match (text_at(&table, "database_url"), text_at(&table, "database_url_file")) {
            (Some(url), _) => Some(url.to_owned()),
            (None, Some(file)) => Some(fs::read_to_string(file).with_context(|| {
                format!(
                    "{file}, which database_url_file of {shown} names, cannot be read, and may hold an \
                     account of your own; ask where it can be read, or take the key out"
                )
            })?),
            (None, None) => None,
        };
        let url = url.map(|url| url.trim().to_owned());
        Ok(Self { table, url, reasons: reasons(&text) })
    }

    /// The answers to decisions.
    pub(super) fn answers(&self) -> Vec<Answer> {
        let answer = |(name, words): (&String, &toml::Value)| {
            let words = words.as_str().filter(|words| !words.trim().is_empty())?.to_owned();
            let reasons = self.reasons.get(name).cloned().unwrap_or_default();
            Some(Answer { name: name.clone(), words, reasons })
        };
        self.section(DECISIONS).filter_map(answer).collect()
    }

    /// The database's URL where it is that of another user on the database at `url`: an account with
    /// fewer rights than the project's.
    pub(super) fn account_of_its_own(&self, url: &str) -> Option<Url> {
        let former = self.of_another_user(url)?;
        let (own, project) = (app::database(former).ok()?, app::database(url).ok()?);
        if !own.is_same_database(&project) {
            return None;
        }
        Some(match text_at(&self.table, "database_url_file") {
            Some(file) => Url::InFile(file.to_owned()),
            None if has_password(former) => Url::Secret(former.to_owned()),
            None => Url::Plain(former.to_owned()),
        })
    }

    /// The database's URL without its password, where another user asks there than at `url`.
    pub(super) fn other_account(&self, url: &str) -> Option<String> {
        self.of_another_user(url).map(|former| DatabaseUrl::new(former).redacted())
    }

    fn of_another_user(&self, url: &str) -> Option<&str> {
        let former = self.url.as_deref()?;
        let (own, project) = (app::database(former).ok()?, app::database(url).ok()?);
        (own.user() != project.user()).then_some(former)
    }

    /// Keeps the routes that the project does not have. Whether the project had one before, and has closed
    /// it, is for a person to say where this program may have written it.
    pub(super) fn keep_routes(&self, sheet: &mut Sheet) -> bool {
        let mut any = false;
        for (path, view) in self.section("routes") {
            if !keep(sheet, "routes", path, view) {
                continue;
            }
            any = true;
            if view.as_str().or_else(|| view.get("view")?.as_str()) == Some(LOGIN) {
                sheet.decide(
                    "routes",
                    format!(
                        "{path:?} takes passwords as the former file said, and is no path of the project's \
                         urlconf: take it out where Django has closed it."
                    ),
                );
            }
        }
        any
    }

    /// Keeps what the project says nothing of.
    pub(super) fn keep(&self, sheet: &mut Sheet) {
        for (name, value) in &self.table {
            match value {
                toml::Value::Table(_) if name == DECISIONS => {}
                toml::Value::Table(keys) if name == CORS && sheet.has_section(CORS) => {
                    note_others(sheet, keys);
                }
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

/// Says what of `[cors]` the project says otherwise.
fn note_others(sheet: &mut Sheet, keys: &toml::Table) {
    let is_other = |(key, value): &(&String, &toml::Value)| {
        Literal::of_toml(value).as_ref() != sheet.value(CORS, key)
    };
    let others: Vec<_> =
        keys.iter().filter(is_other).map(|(key, _)| format!("{CORS}.{key}")).collect();
    if !others.is_empty() {
        sheet.note(format!(
            "[cors] is the project's: what the former file said of {} is in the .old file",
            others.join(", ")
        ));
    }
}

/// The comment above each key of `[decisions]`.
fn reasons(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut lines = text.lines().map(str::trim);
    let mut reasons = BTreeMap::new();
    let mut above = Vec::new();
    if !lines.any(|line| line == "[decisions]") {
        return reasons;
    }
    for line in lines.take_while(|line| !line.starts_with('[')) {
        match line.split_once('=') {
            _ if line.starts_with('#') => above.push(line.to_owned()),
            Some((key, _)) => {
                reasons.insert(key.trim().to_owned(), std::mem::take(&mut above));
            }
            None => above.clear(),
        }
    }
    reasons
}

/// Whether it is in the file now.
fn keep(sheet: &mut Sheet, section: &str, key: &str, value: &toml::Value) -> bool {
    match Literal::of_toml(value).filter(|_| sheet.value(section, key).is_none()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn former(text: &str, url: Option<&str>) -> Former {
        let table = text.parse().unwrap();
        Former { table, url: url.map(str::to_owned), reasons: reasons(text) }
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
        assert!(own("postgresql://door@db/sh%6Fp", project));
        assert!(own("postgis://door@/shop?host=db", project));
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
        // Another user elsewhere is not kept, but told.
        let told = |of: &str| former("", Some(of)).other_account(project);
        let elsewhere = told("postgres://door:s3cret@other/shop?password=s3cret");
        assert_eq!(elsewhere.as_deref(), Some("postgres://door:…@other/shop"));
        assert_eq!(told("postgres://app:s3cret@other/shop"), None);
    }

    #[test]
    fn a_login_that_is_the_project_s_no_longer_is_for_a_person_to_say() {
        let former = former(
            "[routes]\n\"/a/\" = \"obtain_auth_token\"\n\"/b/\" = { view = \"obtain_auth_token\" }\n\
             \"/c/\" = \"login\"\n\"/d/\" = \"obtain_auth_token\"\n",
            None,
        );
        let mut sheet = Sheet::default();
        sheet.section("routes");
        sheet.set("/d/", "obtain_auth_token");
        assert!(former.keep_routes(&mut sheet));
        let text = sheet.text(&[]);
        let (_, open) = text.split_once("[decisions]").unwrap();
        assert!(open.contains("\n# \"/a/\" takes") && open.contains("\n# \"/b/\" takes"), "{text}");
        assert!(!open.contains("/c/") && !open.contains("/d/"), "{text}");
        assert!(open.ends_with("\nroutes = \"\"\n"), "{text}");
    }

    #[test]
    fn reasons_stand_above_their_answers() {
        let former = former(
            "# a\nx = 1\n[decisions]\n# What\n\n# one\n# two\nmanager = \"# no = x\"\n# not\n\n\
             language = \"y\"\n[routes]\n# z\nsignals = \"verify\"\n",
            None,
        );
        let reasons: Vec<_> = former.answers().into_iter().map(|answer| answer.reasons).collect();
        assert_eq!(reasons, [Vec::new(), vec!["# one".to_owned(), "# two".to_owned()]]);
    }

    #[test]
    fn cors_is_kept_where_the_project_has_none() {
        let former = former("[cors]\nallow_all_origins = true\npreflight_max_age = 60\n", None);
        let mut sheet = Sheet::default();
        former.keep(&mut sheet);
        assert_eq!(sheet.value(CORS, "allow_all_origins"), Some(&Literal::Boolean(true)));
        assert_eq!(sheet.notes().len(), 0);
        let mut sheet = Sheet::default();
        sheet.section(CORS);
        sheet.set("preflight_max_age", 60);
        former.keep(&mut sheet);
        assert_eq!(sheet.kept().count(), 0);
        let [note] = sheet.notes() else { panic!("{:?}", sheet.notes()) };
        assert!(note.contains("said of cors.allow_all_origins is in"), "{note}");
    }

    #[test]
    fn what_the_project_says_nothing_of_is_kept() {
        let former = former(
            "listen = \"unix:/run/x.sock\"\ndatabase_url = \"postgres://a@b/c\"\n\
             [django]\nacknowledge = [\"axes\"]\nversion = \"4.2\"\n[passwords]\nworkers = 1\n\
             [decisions]\nmanager = \"yes\"\nlanguage = \" \"\nx = 1\n\
             [routes]\n\"/a/\" = \"obtain_auth_token\"\n\"/verify/\" = { view = \"verify\", staff = true }\n",
            None,
        );
        let answers: Vec<_> = former.answers().into_iter().map(|answer| answer.name).collect();
        assert_eq!(answers, ["manager"]);
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
        assert!(!table.contains_key("database_url"), "{text}");
        let kept: Vec<_> = sheet.kept().collect();
        assert_eq!(
            kept,
            ["listen", "django.acknowledge", "routes.\"/verify/\"", "passwords.workers"]
        );
        let mut sheet = Sheet::default();
        sheet.section("");
        self::former("lisen = \"x\"\n", None).keep(&mut sheet);
        let standing = sheet.settle().unwrap();
        assert!(standing[0].contains("did you mean listen?"), "{standing:?}");
    }
}
