//! Database URLs, read as dj-database-url reads them.

use std::{fmt, path::PathBuf, str::FromStr};

use super::ConnectError;

/// What django-environ reads in a URL for Django's own connections. There is nothing to do about it here.
const OF_DJANGO: [&str; 5] = [
    "atomic_requests",
    "autocommit",
    "conn_health_checks",
    "conn_max_age",
    "disable_server_side_cursors",
];

/// A database server's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
}

impl Engine {
    /// Its Cargo feature.
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }
}

/// A parsed database URL. Neither `Debug` nor `Display` shows its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    pub(super) engine: Engine,
    pub(super) user: String,
    pub(super) password: String,
    /// Empty where the URL names none; a socket's folder (PostgreSQL) or path (MySQL) begins with `/`.
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// The database, or SQLite's path.
    pub(super) name: String,
    pub(super) options: Vec<(String, String)>,
}

impl DatabaseUrl {
    /// The kind of server that the URL's scheme names.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether the URL holds a password, which has no place on a command line.
    pub fn has_password(&self) -> bool {
        !self.password.is_empty()
    }

    /// The file, where the URL names a SQLite database.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        (self.engine == Engine::Sqlite).then(|| PathBuf::from(&self.name))
    }

    /// Who asks; empty where the URL does not say.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Whether both name one database, whoever asks and how. Two names of one host are two hosts.
    pub fn is_same_database(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    fn place(&self) -> (Engine, &str, u16, &str) {
        let (port, host) = match self.engine {
            Engine::Postgres => (5432, self.option("host")),
            Engine::MySql => (3306, self.option("unix_socket")),
            Engine::Sqlite => (0, None),
        };
        (self.engine, host.unwrap_or(&self.host), self.port.unwrap_or(port), &self.name)
    }

    /// The value of one of the URL's options.
    pub(super) fn option(&self, key: &str) -> Option<&str> {
        let (_, value) = self.options.iter().find(|(name, _)| name == key)?;
        Some(value)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.engine.feature();
        write!(f, "{scheme}://{}", self.user)?;
        if self.has_password() {
            f.write_str(":…")?;
        }
        if !self.user.is_empty() || self.has_password() {
            f.write_str("@")?;
        }
        f.write_str(&self.host.replace('/', "%2F"))?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", self.name)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl FromStr for DatabaseUrl {
    type Err = ConnectError;

    fn from_str(url: &str) -> Result<Self, ConnectError> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| bad("a database URL begins with sqlite://, postgres:// or mysql://"))?;
        let engine = engine(&scheme.to_ascii_lowercase())?;
        if url.contains('#') {
            return Err(bad("a # in a database URL must be written %23"));
        }
        // As in dj-database-url; there is no port "memory:" in it.
        let rest = if rest == ":memory:" { "/:memory:" } else { rest };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        // As urlsplit: the last @ ends the user's part, whose first : begins the password.
        let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = split_port(address)?;
        let url = Self {
            engine,
            user: decode(user)?,
            password: decode(password)?,
            host: decode(host)?,
            port,
            name: decode(path)?,
            options: options(query)?,
        };
        url.validate()?;
        Ok(url)
    }
}

impl DatabaseUrl {
    fn validate(&self) -> Result<(), ConnectError> {
        if self.engine == Engine::Sqlite {
            if !self.host.is_empty() || !self.user.is_empty() {
                return Err(bad("a SQLite URL has three slashes before a relative path and four \
                     before an absolute one: sqlite:///db.sqlite3, sqlite:////srv/db.sqlite3"));
            }
            if self.name.is_empty() || self.name == ":memory:" {
                return Err(bad("a SQLite database in memory cannot be shared with Django; name \
                     its file: sqlite:///db.sqlite3"));
            }
        } else if self.name.is_empty() {
            return Err(bad("the database URL names no database: write its name after the last /"));
        }
        let texts = [&self.user, &self.password, &self.host, &self.name];
        if texts.iter().any(|text| text.contains('\0')) {
            return Err(bad("a database URL holds no NUL"));
        }
        Ok(())
    }
}

/// dj-database-url's schemes of the three engines; those that are other servers are refused.
fn engine(scheme: &str) -> Result<Engine, ConnectError> {
    match scheme {
        "sqlite" | "spatialite" => Ok(Engine::Sqlite),
        "postgres" | "postgresql" | "pgsql" | "postgis" | "timescale" | "timescalegis" => {
            Ok(Engine::Postgres)
        }
        "mysql" | "mysql2" | "mysqlgis" | "mysql-connector" => Ok(Engine::MySql),
        "mariadb" => Err(bad("write mysql:// for MariaDB, as dj-database-url does")),
        _ => Err(bad("the scheme of a database URL is sqlite, postgres, postgresql, postgis or \
             mysql")),
    }
}

fn split_port(address: &str) -> Result<(&str, Option<u16>), ConnectError> {
    let after_bracket = address.rfind(']').map_or(0, |at| at + 1);
    let tail = address.get(after_bracket..).unwrap_or_default();
    let (host, port) = match tail.rfind(':') {
        None => (address, ""),
        Some(at) => address.split_at(after_bracket + at),
    };
    // An IPv6 address stands in brackets, which are not part of it.
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match port.strip_prefix(':').unwrap_or(port) {
        "" => Ok((host, None)),
        port => match port.parse() {
            Ok(port) => Ok((host, Some(port))),
            Err(_) => Err(bad(
                "the port in the database URL is no number from 0 to 65535; if the password holds \
                 a /, ?, # or @, write it percent-encoded (%2F, %3F, %23, %40)",
            )),
        },
    }
}

fn options(query: &str) -> Result<Vec<(String, String)>, ConnectError> {
    let mut options = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (decode(&key.replace('+', " "))?, decode(&value.replace('+', " "))?);
        let is_of_django = OF_DJANGO.iter().any(|name| name.eq_ignore_ascii_case(&key));
        // parse_qs drops what has no value.
        if !value.is_empty() && !is_of_django {
            options.push((key, value));
        }
    }
    Ok(options)
}

/// Percent-decoding as urllib's `unquote`: what is no escape stays as it is.
fn decode(text: &str) -> Result<String, ConnectError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = match (byte, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            bytes.push(high * 16 + low);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes)
        .map_err(|_| bad("a part of the database URL is not UTF-8 when decoded"))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// An error about the URL; its text must hold nothing of what the URL holds.
fn bad(sentence: &str) -> ConnectError {
    ConnectError::Url(sentence.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> DatabaseUrl {
        url.parse().expect(url)
    }

    fn sentence(url: &str) -> String {
        url.parse::<DatabaseUrl>().expect_err(url).to_string()
    }

    #[test]
    fn parts_are_decoded_as_dj_database_url_decodes_them() {
        let url = parse("postgres://u%40x:p%2Fw:%25@db.example:5433/na%20me?sslmode=require&a=");
        assert_eq!(url.engine, Engine::Postgres);
        assert_eq!((url.user.as_str(), url.password.as_str()), ("u@x", "p/w:%"));
        assert_eq!((url.host.as_str(), url.port), ("db.example", Some(5433)));
        assert_eq!(url.name, "na me");
        assert_eq!(url.options, [("sslmode".to_owned(), "require".to_owned())]);
    }

    #[test]
    fn what_is_about_django_s_connections_is_passed_over() {
        let url = parse("mysql://h/d?conn_max_age=600&CONN_HEALTH_CHECKS=True&charset=utf8mb4");
        assert_eq!(url.options, [("charset".to_owned(), "utf8mb4".to_owned())]);
    }

    #[test]
    fn a_socket_folder_is_an_encoded_host() {
        let url = parse("postgres://%2Fvar%2Frun%2FPostgres/app");
        assert_eq!((url.host.as_str(), url.port), ("/var/run/Postgres", None));
        assert_eq!(parse("postgres://u@[::1]:1/d").host, "::1");
        assert_eq!(parse("postgres://u@[::1]/d").host, "::1");
    }

    #[test]
    fn sqlite_paths_are_relative_after_three_slashes_and_absolute_after_four() {
        assert_eq!(parse("sqlite:///db.sqlite3").name, "db.sqlite3");
        assert_eq!(parse("sqlite:////srv/db%20x.sqlite3").name, "/srv/db x.sqlite3");
        assert!(sentence("sqlite://db.sqlite3").contains("three slashes"));
        assert!(sentence("sqlite://:memory:").contains("in memory"));
        assert!(sentence("sqlite://").contains("in memory"));
    }

    #[test]
    fn every_scheme_of_the_three_engines_is_known() {
        for scheme in ["postgres", "postgresql", "pgsql", "postgis", "POSTGRES"] {
            assert_eq!(parse(&format!("{scheme}://h/d")).engine(), Engine::Postgres);
        }
        for scheme in ["mysql", "mysql2", "mysqlgis", "mysql-connector"] {
            assert_eq!(parse(&format!("{scheme}://h/d")).engine(), Engine::MySql);
        }
        assert!(sentence("mariadb://h/d").contains("mysql://"));
        assert!(sentence("oracle://h/d").contains("scheme"));
    }

    #[test]
    fn no_password_is_shown() {
        let url = parse("mysql://root:hunter2@h:1/d");
        assert_eq!(
            format!("{url:?} {url}"),
            "DatabaseUrl(mysql://root:…@h:1/d) mysql://root:…@h:1/d"
        );
        assert!(url.has_password());
        for broken in ["mysql://root:hunter2/x@h/d", "mysql://root:hunter2#x@h/d", "x:hunter2"] {
            assert!(!sentence(broken).contains("hunter2"), "{broken}");
        }
    }
}
