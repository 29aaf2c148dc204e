//! `DATABASES` as a URL, with whatever of its OPTIONS a URL can say.

use std::fmt::Write as _;

use super::facts::Facts;
use crate::config::has_password;

/// What a client's library takes from an option file for the connection, and is not done here. The
/// files are shared with programs whose options it passes over.
const OF_A_CONNECTION: [&str; 12] = [
    "!include",
    "!includedir",
    "bind-address",
    "default-auth",
    "enable-cleartext-plugin",
    "init-command",
    "plugin-dir",
    "ssl-capath",
    "ssl-cipher",
    "ssl-crl",
    "ssl-verify-server-cert",
    "tls-version",
];

/// A database as a URL.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Database {
    scheme: &'static str,
    user: String,
    password: String,
    host: String,
    port: String,
    name: String,
    query: Vec<(String, String)>,
    /// Whether statements may have names: not behind a pooler in transaction mode.
    pub(super) prepared_statements: bool,
    /// What of OPTIONS is not used here.
    pub(super) unused: Vec<String>,
}

impl Database {
    /// The URL without its password.
    pub(super) fn url(&self) -> String {
        self.with("")
    }

    /// The URL with its password. `None` where there is none.
    pub(super) fn secret_url(&self) -> Option<String> {
        (!self.password.is_empty()).then(|| self.with(&format!(":{}", escape(&self.password))))
    }

    fn with(&self, password: &str) -> String {
        let mut url = format!("{}://", self.scheme);
        let user = escape(&self.user);
        if !user.is_empty() || !password.is_empty() {
            let _ = write!(url, "{user}{password}@");
        }
        if self.host.contains(':') && !self.host.starts_with('/') {
            let _ = write!(url, "[{}]", self.host);
        } else {
            url.push_str(&escape(&self.host));
        }
        if !self.port.is_empty() {
            let _ = write!(url, ":{}", self.port);
        }
        let name =
            if self.scheme == "sqlite" { escape_path(&self.name) } else { escape(&self.name) };
        let _ = write!(url, "/{name}");
        for (number, (key, value)) in self.query.iter().enumerate() {
            let _ = write!(url, "{}{key}={}", if number == 0 { '?' } else { '&' }, escape(value));
        }
        url
    }

    /// Reads what the project says of one of its databases.
    ///
    /// # Errors
    /// A sentence, where this program has no such database.
    pub(super) fn read(facts: Facts<'_>) -> Result<Self, String> {
        let text = |key: &str| facts.text(key).to_owned();
        let mut read = Self {
            user: text("user"),
            password: text("password"),
            host: text("host"),
            port: text("port"),
            name: text("name"),
            prepared_statements: !facts.flag("disable_server_side_cursors"),
            ..Self::default()
        };
        let options = facts.at("options");
        match facts.text("vendor") {
            "postgresql" => {
                read.scheme = "postgres";
                read.postgres(options, facts.at("from_files"), facts.at("from_variables"));
            }
            "mysql" => {
                read.scheme = "mysql";
                read.mysql(options, facts.at("from_files"));
            }
            "sqlite" => {
                read.scheme = "sqlite";
                read.sqlite(options);
                if read.name.contains(":memory:")
                    || read.name.starts_with("file:")
                    || read.name.is_empty()
                {
                    return Err(
                        "its SQLite database is no plain file, which nothing else can share"
                            .to_owned(),
                    );
                }
            }
            other => {
                return Err(format!(
                    "its users are in a database of the kind {other:?} (ENGINE {:?}); there are postgresql, \
                     mysql and sqlite",
                    facts.text("engine")
                ));
            }
        }
        if has_password(&read.name) {
            return Err(
                "the NAME of its database is a URL, with a password in it: write what it says as \
                        HOST, USER, PASSWORD and NAME"
                    .to_owned(),
            );
        }
        if read.name.is_empty() {
            return Err(
                "its DATABASES names no database, and neither does a service or option file"
                    .to_owned(),
            );
        }
        Ok(read)
    }

    /// libpq's variables stand below the service file, and that below OPTIONS.
    fn postgres(&mut self, options: Facts<'_>, service: Facts<'_>, variables: Facts<'_>) {
        let variables = variables.entries().filter(|(key, _)| !service.at(key).is_there());
        for (key, value) in service.entries().chain(variables) {
            if !options.at(key).is_there() {
                self.postgres_option(key, value, true);
            }
        }
        if options.at("service").is_there() && service.entries().next().is_none() {
            self.unused.push("service: its file was not found".to_owned());
        }
        for (key, value) in options.entries() {
            self.postgres_option(key, value, false);
        }
        if let Some((first, _)) = self.host.split_once(',') {
            self.unused
                .push(format!("HOST names several servers ({}), the first is used", self.host));
            self.host = first.to_owned();
            self.port = self.port.split(',').next().unwrap_or_default().to_owned();
        }
    }

    fn postgres_option(&mut self, key: &str, value: Facts<'_>, is_default: bool) {
        let text = value.shown();
        match key {
            "host" => put(&mut self.host, text, is_default),
            "port" => put(&mut self.port, text, is_default),
            "user" => put(&mut self.user, text, is_default),
            "password" => put(&mut self.password, text, is_default),
            "dbname" | "database" => put(&mut self.name, text, is_default),
            "sslmode" | "sslrootcert" | "sslcert" | "sslkey" | "application_name" => self.ask(key, text),
            "options" => self.ask("options", text),
            // libpq's option `-c role=…` is SET ROLE.
            "assume_role" if !value.is_there() => {}
            "assume_role" => self.ask("options", format!("-c role={text}")),
            "prepare_threshold" => self.prepared_statements &= value.is_there(),
            // How Django itself uses its connection, or waits for it.
            "service" | "isolation_level" | "pool" | "server_side_binding" | "cursor_factory" | "connect_timeout"
            | "client_encoding" | "keepalives" | "keepalives_idle" | "keepalives_interval" | "keepalives_count"
            | "tcp_user_timeout" | "gssencmode" | "autocommit" | "row_factory" | "context" => {}
            "passfile" => self.unused.push(format!(
                "passfile: this service reads ~/.pgpass, or what the variable PGPASSFILE names; set PGPASSFILE={text}"
            )),
            other => self.unused.push(other.to_owned()),
        }
    }

    fn mysql(&mut self, options: Facts<'_>, file: Facts<'_>) {
        for (key, value) in file.entries() {
            self.mysql_option(key, value, true);
        }
        let names_file = options.at("read_default_file").is_there();
        if names_file && file.entries().next().is_none() {
            self.unused.push("read_default_file: it says nothing that could be read".to_owned());
        }
        if !names_file && options.at("read_default_group").is_there() {
            self.unused
                .push("read_default_group: the usual files are not read, name one".to_owned());
        }
        for (key, value) in options.entries() {
            self.mysql_option(key, value, false);
        }
    }

    fn mysql_option(&mut self, key: &str, value: Facts<'_>, is_default: bool) {
        let text = value.shown();
        match key {
            "host" => put(&mut self.host, text, is_default),
            "port" => put(&mut self.port, text, is_default),
            "user" => put(&mut self.user, text, is_default),
            "password" | "passwd" => put(&mut self.password, text, is_default),
            "db" | "database" => put(&mut self.name, text, is_default),
            "unix_socket" | "socket" if is_default && !self.host.is_empty() => {}
            "unix_socket" | "socket" => self.ask("unix_socket", text),
            "ssl_mode" | "ssl-mode" => self.ask("ssl-mode", text.to_uppercase()),
            "ssl_ca" | "ssl-ca" => self.ask("ssl-ca", text),
            "ssl_cert" | "ssl-cert" => self.ask("ssl-cert", text),
            "ssl_key" | "ssl-key" => self.ask("ssl-key", text),
            "ssl" => self.mysql_ssl(value),
            "charset" | "default-character-set" if text.starts_with("utf8") => {
                self.ask("charset", text);
            }
            "init_command" | "init-command" if is_session_setting(&text) => {}
            // How Django itself uses its connection, or waits for it; strict mode is on here anyway.
            "sql_mode" | "isolation_level" | "connect_timeout" | "connect-timeout"
            | "read_timeout" | "write_timeout" | "use_unicode" | "autocommit" | "local_infile"
            | "conv" | "client_flag" | "raise_on_warnings" | "read_default_file"
            | "read_default_group" | "compress" | "use_pure" | "buffered" => {}
            other if is_default && !OF_A_CONNECTION.contains(&other) => {}
            other => self.unused.push(other.to_owned()),
        }
    }

    fn mysql_ssl(&mut self, ssl: Facts<'_>) {
        let encrypts = ssl.entries().next().is_some();
        for (key, value) in ssl.entries() {
            match key {
                "ca" | "cert" | "key" => self.ask(&format!("ssl-{key}"), value.shown()),
                "check_hostname" if ssl.flag("check_hostname") => {
                    self.ask("ssl-mode", "VERIFY_IDENTITY".to_owned());
                }
                "check_hostname" | "verify_mode" => {}
                other => self.unused.push(format!("ssl.{other}")),
            }
        }
        let names =
            |query: &[(String, String)], key: &str| query.iter().any(|(name, _)| name == key);
        if encrypts && !names(&self.query, "ssl-ca") && !names(&self.query, "ssl-mode") {
            self.ask("ssl-mode", "REQUIRED".to_owned());
        }
    }

    fn sqlite(&mut self, options: Facts<'_>) {
        for (key, value) in options.entries() {
            let text = value.shown();
            match key {
                "timeout" => match text.split('.').next().unwrap_or_default().parse::<u16>() {
                    Ok(seconds) => self.ask("timeout", seconds.max(1).to_string()),
                    Err(_) => self.unused.push("timeout".to_owned()),
                },
                "init_command" if is_session_setting(&text) => {}
                "transaction_mode" | "check_same_thread" | "isolation_level" | "detect_types"
                | "cached_statements" | "factory" | "uri" | "autocommit" => {}
                other => self.unused.push(other.to_owned()),
            }
        }
    }

    /// An option of the URL; `options` are joined.
    fn ask(&mut self, key: &str, value: String) {
        match self.query.iter_mut().find(|(known, _)| known == key) {
            Some((_, all)) if key == "options" => {
                all.push(' ');
                all.push_str(&value);
            }
            Some((_, former)) => *former = value,
            None => self.query.push((key.to_owned(), value)),
        }
    }

    /// Takes the options out again, where they cannot be used.
    pub(super) fn without_options(&mut self) {
        let names = self.query.drain(..).map(|(key, value)| format!("{key}={value}"));
        self.unused.extend(names);
    }

    /// Whether options are in the URL.
    pub(super) fn has_options(&self) -> bool {
        !self.query.is_empty()
    }
}

fn put(target: &mut String, text: String, is_default: bool) {
    if !is_default || target.is_empty() {
        *target = text;
    }
}

/// Statements that change how a session writes or waits, and nothing that is read here.
fn is_session_setting(sql: &str) -> bool {
    const HARMLESS: [&str; 12] = [
        "set sql_mode",
        "set session sql_mode",
        "set default_storage_engine",
        "set storage_engine",
        "set innodb_strict_mode",
        "set names utf8",
        "set session transaction_isolation",
        "set transaction",
        "set session transaction",
        "pragma journal_mode",
        "pragma synchronous",
        "pragma ",
    ];
    let known = |statement: &str| HARMLESS.iter().any(|known| statement.starts_with(known));
    let lower = sql.to_lowercase();
    lower.split(';').map(str::trim).filter(|part| !part.is_empty()).all(known)
}

/// Percent-encodes all but letters, digits and what no part of a URL needs escaped.
fn escape(text: &str) -> String {
    escape_but(text, b"-_.~")
}

fn escape_path(text: &str) -> String {
    escape_but(text, b"-_.~/")
}

fn escape_but(text: &str, plain: &[u8]) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
