//! `database_url`: found in one of several places, and never shown with its password.

use std::{fmt, fs, path::Path};

use super::{
    error::{Origin, Problem, quote},
    reader::{Found, Reader},
    value::{self, Value},
};

const KEY: &str = "database_url";
const TWIN: &str = "database_url_file";

/// The schemes that a message names.
const SCHEMES: &[&str] = &["sqlite", "postgres", "postgresql", "postgis", "mysql"];

/// dj-database-url's other names for the same engines.
const OTHER_SCHEMES: &[&str] =
    &["spatialite", "pgsql", "timescale", "timescalegis", "mysql2", "mysqlgis", "mysql-connector"];

/// Which database, as dj-database-url writes it; the password in it is for the store alone.
///
/// Unit: none. Default: none, it must be written. In settings.py: `DATABASES["default"]`.
/// `database_url_file` names a file that holds it, for secrets that are mounted as files.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    url: String,
    origin: Option<Origin>,
    over: Option<Origin>,
}

impl DatabaseUrl {
    /// Wraps a URL that the program made itself.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), origin: None, over: None }
    }

    /// The URL in clear, for the store. Never for a log or a message.
    pub fn expose(&self) -> &str {
        &self.url
    }

    /// Where it was written. `None` where the program made it.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whether a variable that other programs read, too, wins over what somebody wrote for this one.
    pub fn is_surprising(&self) -> bool {
        matches!(self.origin, Some(Origin::SharedVariable(_))) && self.over.is_some()
    }

    /// Which database it is, and who says so. `None` where the program made it.
    pub fn told(&self) -> Option<String> {
        let (shown, origin) = (self.redacted(), self.origin.as_ref()?);
        Some(match &self.over {
            Some(over) => format!("{shown} (from {origin}, in place of {over})"),
            None => format!("{shown} (from {origin})"),
        })
    }

    /// The URL for logs and messages: scheme, user, host and name, neither password nor parameters.
    pub fn redacted(&self) -> String {
        let Some((scheme, rest)) = self.url.split_once("://") else { return "…".to_owned() };
        let plain = without_secrets(scheme, rest).unwrap_or_else(|| "…".to_owned());
        format!("{scheme}://{plain}")
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.redacted())
    }
}

/// What may be shown of the part behind `://`. `None` where a stray `@` or `:` leaves it unclear
/// what is a password.
fn without_secrets(scheme: &str, rest: &str) -> Option<String> {
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (before, parameters) = rest.split_at_checked(end)?;
    if is_file(scheme) {
        return Some(before.to_owned());
    }
    let (authority, path) = before.split_at_checked(before.find('/').unwrap_or(end))?;
    match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => Some(format!("{user}:…@{host}{path}")),
            None => Some(format!("{user}@{host}{path}")),
        },
        None if path.contains('@') || parameters.contains('@') => None,
        None => has_tidy_port(authority).then(|| before.to_owned()),
    }
}

/// Whether the URL is a file's: it has no user.
fn is_file(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("sqlite") || scheme.eq_ignore_ascii_case("spatialite")
}

fn has_tidy_port(authority: &str) -> bool {
    let host_and_port = authority.rsplit_once(']').map_or(authority, |(_, port)| port);
    host_and_port
        .split_once(':')
        .is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether `text` is a URL with a password in it, or looks so.
///
/// Every process of the machine may read a command line: such a URL has no place there.
pub fn has_password(text: &str) -> bool {
    let lower = text.to_lowercase();
    let parameter = ["password=", "passwd="].iter().any(|name| {
        lower.split_once(name).is_some_and(|(_, value)| !value.starts_with(['&', '#']))
    });
    let rest = match text.split_once("://") {
        Some((scheme, _)) if is_file(scheme) => return parameter,
        Some((_, rest)) => rest,
        None => text,
    };
    let in_user = rest
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty());
    parameter || in_user
}

/// Reads the URL, or the file that holds it. The higher source wins; both in one is a mistake.
pub(super) fn read(reader: &mut Reader, cwd: &Path, required: bool) -> Option<DatabaseUrl> {
    let (url, twin) = (reader.take(KEY), reader.take(TWIN));
    if !required {
        return None;
    }
    let (key, found, other) = match (url, twin) {
        (Some(url), Some(twin)) if url.origin.same_rank(&twin.origin) => {
            let problem = Problem::new(
                format!("is written beside {TWIN} ({})", twin.origin),
                "keep one of the two",
            );
            reader.refuse(KEY, Some(url.origin), problem);
            return None;
        }
        (Some(url), Some(twin)) if twin.origin < url.origin => (KEY, url, Some(twin)),
        (url, Some(twin)) => (TWIN, twin, url),
        (Some(url), None) => (KEY, url, None),
        (None, None) => {
            reader.refuse(KEY, None, missing());
            return None;
        }
    };
    let Found { value, origin, over } = found;
    let over = over.max(other.map(|other| other.origin));
    let read = if key == TWIN { from_file(&value, cwd) } else { database_url(&value) };
    match read {
        Ok(url) => Some(DatabaseUrl { url, origin: Some(origin), over }),
        Err(problem) => {
            reader.refuse(key, Some(origin), problem);
            None
        }
    }
}

fn missing() -> Problem {
    Problem::new(
        "is not written anywhere, and has no default",
        "write database_url = \"postgres://user@host/name\" in the configuration file, or set \
         DRF_AUTH_DATABASE_URL or DATABASE_URL (`serve --demo` needs none)",
    )
}

fn database_url(value: &Value) -> Result<String, Problem> {
    let url = value::text(value)?;
    check(url)?;
    Ok(url.to_owned())
}

fn from_file(value: &Value, cwd: &Path) -> Result<String, Problem> {
    let name = value::text(value)?;
    let advice = "name a file whose only line is the database URL";
    if name.is_empty() {
        return Err(Problem::new("is empty", advice));
    }
    if name.contains("://") {
        return Err(Problem::new("is a URL, not the name of a file", "write it as database_url"));
    }
    let content = fs::read_to_string(cwd.join(name)).map_err(|error| {
        Problem::new(format!("{} cannot be read: {error}", quote(name)), advice)
    })?;
    let url = content.trim();
    check(url)
        .map_err(|problem| Problem::new(format!("what {} holds {problem}", quote(name)), advice))?;
    Ok(url.to_owned())
}

/// Looks at the scheme only: the rest is for the store. Never quotes the URL.
fn check(url: &str) -> Result<(), Problem> {
    let example = "write e.g. \"postgres://user@host/name\" or \"sqlite:////absolute/path\"";
    if url.is_empty() {
        return Err(Problem::new("is empty", example));
    }
    if url.chars().any(char::is_control) {
        return Err(Problem::new("has a control character in it", example));
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(Problem::new("is no URL: it has no \"://\"", example));
    };
    let known = |known: &&str| known.eq_ignore_ascii_case(scheme);
    if !SCHEMES.iter().chain(OTHER_SCHEMES).any(known) {
        return Err(unknown_scheme(scheme));
    }
    if rest.is_empty() {
        return Err(Problem::new("names no database", example));
    }
    Ok(())
}

fn unknown_scheme(scheme: &str) -> Problem {
    let meant = match scheme.to_lowercase().as_str() {
        "psql" | "postgresql+psycopg" | "postgresql+psycopg2" => Some("postgres"),
        "mariadb" => Some("mysql"),
        "sqlite3" | "file" => Some("sqlite"),
        _ => None,
    };
    let tidy = scheme.len() <= 24
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let wrong = if tidy {
        format!("the scheme {scheme:?} is not known")
    } else {
        "what stands before \"://\" is not known".to_owned()
    };
    let remedy = match meant {
        Some(meant) => format!("write \"{meant}://\""),
        None => format!("write one of {}", super::suggest::listed(SCHEMES)),
    };
    Problem::new(wrong, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://app:hunter2@db/app", "postgres://app:…@db/app"),
            ("postgres://app:hunter2@db:5432/app?sslmode=x", "postgres://app:…@db:5432/app"),
            ("postgres://app:hun@ter2@db/app", "postgres://app:…@db/app"),
            ("postgres://app@db/app", "postgres://app@db/app"),
            ("postgres://db:5432/app", "postgres://db:5432/app"),
            ("postgres://[::1]:5432/app", "postgres://[::1]:5432/app"),
            ("postgres://%2Fvar%2Frun/app", "postgres://%2Fvar%2Frun/app"),
            ("postgres:///app?password=hunter2", "postgres:///app"),
            ("sqlite:////data/a@b.sqlite3", "sqlite:////data/a@b.sqlite3"),
            ("SQLite:////data/a@b.sqlite3", "SQLite:////data/a@b.sqlite3"),
            ("postgres://app:hunter2", "postgres://…"),
            ("postgres://app:hunter2/x@db/app", "postgres://…"),
            ("postgres://app:12/hunter2@db/app", "postgres://…"),
            ("postgres://app:12?hunter2@db/app", "postgres://…"),
            ("app:hunter2@db/app", "…"),
        ] {
            let url = DatabaseUrl::new(url);
            assert_eq!(url.redacted(), shown);
            assert_eq!(format!("{url:?}"), format!("DatabaseUrl({shown})"));
        }
    }

    #[test]
    fn a_password_is_noticed() {
        for url in [
            "postgres://app:hunter2@db/app",
            "postgres://app:hunter2/x@db/app",
            "postgres://:hunter2@db/app",
            "app:hunter2@db/app",
            "postgres://app@db/app?password=hunter2",
            "postgres://app@db/app?sslPassword=hunter2",
            "host=db password=hunter2",
        ] {
            assert!(has_password(url), "{url}");
        }
        for url in [
            "postgres://app@db:5432/app",
            "postgres://app:@db/app",
            "postgres:///app?password=&host=db",
            "mysql://db/app",
            "sqlite:////data/a:b@c.sqlite3",
            "",
        ] {
            assert!(!has_password(url), "{url}");
        }
    }

    #[test]
    fn the_scheme_is_known_and_something_follows() {
        for url in [
            "sqlite:///db.sqlite3",
            "sqlite:////data/db.sqlite3",
            "postgres://app@db/app",
            "postgresql://db/app",
            "postgis://db/app",
            "mysql://db/app",
            "POSTGRES://db/app",
            "pgsql://db/app",
            "mysql-connector://db/app",
            "spatialite:////data/db.sqlite3",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for (url, part) in [
            ("", "is empty"),
            ("db.sqlite3", "it has no \"://\""),
            ("postgres://", "names no database"),
            ("mariadb://app:hunter2@db/app", "\"mariadb\" is not known; write \"mysql://\""),
            ("sqlite3:///x", "write \"sqlite://\""),
            ("oracle://app:hunter2@db/app", "write one of \"sqlite\", \"postgres\""),
            ("hunter2@x://", "what stands before"),
            ("postgres://a\n", "control character"),
        ] {
            let shown = check(url).unwrap_err().to_string();
            assert!(shown.contains(part), "{url}: {shown}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
