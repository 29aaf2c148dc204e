//! `drf-auth serve`, the real binary: databases that are away or do not fit, sockets, signals.

mod admin;
mod framing;
mod inherited;
mod log;
mod second_door;

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use insta::{allow_duplicates, assert_snapshot};

use crate::harness::{self, Backend, NewUser, TestDatabase};

/// `ayush` / `mypassword` at ten iterations, encoded by Django 5.2.
const ENCODED: &str = "pbkdf2_sha256$10$abcdefghijklmnopqrstuv$";

const PATIENCE: Duration = Duration::from_secs(30);

/// A running service, on a Unix socket in a folder of its own.
struct Service {
    child: Child,
    folder: PathBuf,
}

impl Service {
    fn start(name: &str, database_url: &str, more: &str) -> Self {
        Self::with_admin(name, database_url, "", more)
    }

    fn with_admin(name: &str, database_url: &str, admin_listen: &str, more: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("drf-auth-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let socket = folder.join("http.sock");
        let file = folder.join("drf-auth.toml");
        let text = format!(
            "database_url = {database_url:?}\nlisten = \"unix:{}\"\n\
             admin_listen = \"{admin_listen}\"\n\
             [django]\npbkdf2_iterations = 10\n{more}",
            socket.display()
        );
        fs::write(&file, text).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_drf-auth"))
            .args(["serve", "--config"])
            .arg(&file)
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }

    fn listening(self) -> Self {
        let end = Instant::now() + PATIENCE;
        while UnixStream::connect(self.folder.join("http.sock")).is_err() {
            assert!(Instant::now() < end, "it does not listen: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        self
    }

    /// Status, headers and body, without the date.
    fn ask(&self, request: &str) -> String {
        self.try_ask(request).unwrap()
    }

    fn try_ask(&self, request: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(self.folder.join("http.sock"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request =
            request.replace('\n', "\r\n").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let lines = answer.split("\r\n").filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("date: ") && !line.starts_with("connection: ")
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    fn log_in(&self) -> String {
        self.try_log_in().unwrap()
    }

    fn try_log_in(&self) -> io::Result<String> {
        let body = "username=ayush&password=mypassword";
        self.try_ask(&format!(
            "POST /api-token-auth/ HTTP/1.1\nHost: x\nContent-Length: {}\n\
             Content-Type: application/x-www-form-urlencoded\n\n{body}",
            body.len()
        ))
    }

    fn says(&self, what: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.log().contains(what) {
            assert!(Instant::now() < end, "{what} is not in: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    fn ended(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "it does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn encoded() -> String {
    let encoded = encoded_at(10);
    assert!(encoded.starts_with(ENCODED));
    encoded
}

fn encoded_at(iterations: u32) -> String {
    use drf_auth::django::hashers::{Hasher as _, PBKDF2PasswordHasher};

    let hasher = PBKDF2PasswordHasher::new(iterations.try_into().unwrap());
    hasher.encode(&"mypassword".into(), "abcdefghijklmnopqrstuv").unwrap()
}

async fn filled(backend: Backend) -> Option<TestDatabase> {
    let database = harness::database(backend).await?;
    database.insert_user(NewUser::new("ayush", &encoded())).await;
    Some(database)
}

#[tokio::test]
async fn a_login_over_a_unix_socket() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let service = Service::start("socket", &database.url(), "").listening();
    let answer = service.log_in();
    assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{answer}");
    let told = format!("{} (from ", database.url());
    assert!(service.log().contains(&told) && service.log().contains("drf-auth.toml, line 1)"));
    let tokens = database.tokens().await;
    assert_eq!(answer.lines().last().unwrap(), format!("{{\"token\":\"{}\"}}", tokens[0].0));
    assert!(!service.log().contains(&tokens[0].0), "a token is in the log");
}

/// What every request gets while the database is away; never 401.
fn assert_unavailable(service: &Service) {
    allow_duplicates! {
    assert_snapshot!(service.log_in(), @r#"
    HTTP/1.1 503 Service Unavailable
    content-type: application/json
    allow: POST, OPTIONS
    retry-after: 1
    x-frame-options: DENY
    x-content-type-options: nosniff
    referrer-policy: same-origin
    cross-origin-opener-policy: same-origin
    cache-control: no-store
    content-length: 62

    {"detail":"Service temporarily unavailable, try again later."}
    "#);
    let profile = "GET /profile/ HTTP/1.1\nHost: x\nAuthorization: Token abc\n\n";
    assert_snapshot!(service.ask(profile), @r#"
    HTTP/1.1 503 Service Unavailable
    content-type: application/json
    allow: GET, HEAD, OPTIONS
    vary: Accept
    retry-after: 1
    x-frame-options: DENY
    x-content-type-options: nosniff
    referrer-policy: same-origin
    cross-origin-opener-policy: same-origin
    cache-control: no-store
    content-length: 62

    {"detail":"Service temporarily unavailable, try again later."}
    "#);
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_answered_503() {
    // Nothing listens on the discard port.
    for url in ["postgres://u:p@127.0.0.1:9/x", "mysql://u:p@127.0.0.1:9/x"] {
        let scheme = url.split(':').next().unwrap();
        let service = Service::start(&format!("away-{scheme}"), url, "").listening();
        assert_unavailable(&service);
        let log = service.log();
        assert!(log.contains("the database does not answer"), "{log}");
        assert!(!log.contains("u:p"), "the password is in the log");
    }
}

/// Without a word from the operator the service finds the database when it comes.
async fn a_database_that_comes_later(backend: Backend) {
    let Some(database) = filled(backend).await else { return };
    let account = database.owner().await.unwrap();
    account.lock(&database, true).await;
    let name = format!("later-{}", backend.name());
    let service = Service::start(&name, &account.url, "").listening();
    assert_unavailable(&service);
    account.lock(&database, false).await;
    let end = Instant::now() + PATIENCE;
    while !service.log_in().starts_with("HTTP/1.1 200 OK") {
        assert!(Instant::now() < end, "it does not recover: {}", service.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(service);
    account.remove(&database).await;
}

#[tokio::test]
async fn a_database_that_comes_later_on_postgres() {
    a_database_that_comes_later(Backend::Postgres).await;
}

#[tokio::test]
async fn a_database_that_comes_later_on_mysql() {
    a_database_that_comes_later(Backend::MySql).await;
}

#[tokio::test]
async fn a_sqlite_file_that_is_not_there_is_a_mistake() {
    let mut service = Service::start("no-file", "sqlite:////nowhere/at/all.sqlite3", "");
    assert_eq!(service.ended().code(), Some(2));
    let log = service.log();
    assert!(log.contains("/nowhere/at/all.sqlite3"), "{log}");
    assert_eq!(log.matches("No such file").count(), 1, "{log}");
    assert!(!Path::new("/nowhere").exists());
}

#[tokio::test]
async fn a_sqlite_file_that_goes_away_and_comes_back() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let service = Service::start("gone", &database.url(), "").listening();
    assert!(service.log_in().starts_with("HTTP/1.1 200 OK"));
    let aside = database.file().with_extension("aside");
    fs::rename(database.file(), &aside).unwrap();
    assert_unavailable(&service);
    assert!(!database.file().exists(), "a new database was made");
    fs::rename(&aside, database.file()).unwrap();
    assert!(service.log_in().starts_with("HTTP/1.1 200 OK"));
}

/// What ends the service at its start ends it, too, where it is seen later.
#[tokio::test]
async fn a_schema_that_is_seen_late_not_to_fit() {
    for backend in [Backend::Postgres, Backend::MySql] {
        let Some(database) = filled(backend).await else { continue };
        let account = database.owner().await.unwrap();
        account.lock(&database, true).await;
        let more = "[user_model]\nis_staff_column = \"staff\"\n";
        let name = format!("late-misfit-{}", backend.name());
        let mut service = Service::start(&name, &account.url, more).listening();
        account.lock(&database, false).await;
        assert_eq!(service.ended().code(), Some(2), "{}", service.log());
        service.says("user_model.is_staff_column");
        account.remove(&database).await;
    }
}

async fn a_schema_that_does_not_fit(backend: Backend) {
    let Some(database) = filled(backend).await else { return };
    let more = "[user_model]\nis_staff_column = \"staff\"\n[token_model]\ntable = \"tokens\"\n";
    let name = format!("misfit-{}", backend.name());
    let mut service = Service::start(&name, &database.url(), more);
    assert_eq!(service.ended().code(), Some(2), "{}", service.log());
    let log = service.log();
    for named in ["auth_user", "staff", "user_model.is_staff_column", "tokens", "token_model.table"]
    {
        assert!(log.contains(named), "{named} is not in: {log}");
    }
}

#[tokio::test]
async fn a_schema_that_does_not_fit_on_sqlite() {
    a_schema_that_does_not_fit(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_schema_that_does_not_fit_on_postgres() {
    a_schema_that_does_not_fit(Backend::Postgres).await;
}

#[tokio::test]
async fn a_schema_that_does_not_fit_on_mysql() {
    a_schema_that_does_not_fit(Backend::MySql).await;
}

/// A new database is told from one that is another project's.
#[tokio::test]
async fn a_new_database_is_told_of_migrate() {
    let database = harness::empty_database(Backend::Sqlite).await.unwrap();
    let mut service = Service::start("new", &database.url(), "");
    assert_eq!(service.ended().code(), Some(2), "{}", service.log());
    assert!(
        service.log().contains("drf-auth migrate makes Django's own tables"),
        "{}",
        service.log()
    );
}

/// What would fail each first login is said before the first, naming the column.
#[tokio::test]
async fn a_token_table_that_takes_no_new_row_is_told_at_start() {
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        let Some(database) = filled(backend).await else { continue };
        let quote = if backend == Backend::MySql { '`' } else { '"' };
        database
            .execute(&format!(
                "DROP TABLE authtoken_token; CREATE TABLE authtoken_token ({quote}key{quote} varchar(40) \
                 PRIMARY KEY, created timestamp, user_id integer NOT NULL UNIQUE, note varchar(9) NOT NULL)"
            ))
            .await;
        let start = |what: &str, more: &str| {
            Service::start(&format!("note-{what}-{}", backend.name()), &database.url(), more)
        };
        let mut service = start("login", "");
        assert_eq!(service.ended().code(), Some(2), "{}", service.log());
        let log = service.log();
        assert!(
            log.contains("a new token needs a value of the column note of authtoken_token"),
            "{log}"
        );
        // Where nobody logs in no row is made.
        drop(start("verify", "[routes]\n\"/verify/\" = \"verify\"\n").listening());
    }
}

#[tokio::test]
async fn a_request_that_runs_is_finished_after_sigterm() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let mut service = Service::start("term", &database.url(), "").listening();
    let mut stream = UnixStream::connect(service.folder.join("http.sock")).unwrap();
    let body = "username=ayush&password=mypassword";
    let head = format!(
        "POST /login/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The request is being served once its headers are read.
    std::thread::sleep(Duration::from_millis(300));
    service.terminate();
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(service.ended().success());
    assert!(!service.folder.join("http.sock").exists(), "the socket is left behind");
}

#[tokio::test]
async fn a_file_in_the_place_of_the_socket_is_left_alone() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let file = database.file();
    let before = fs::read(&file).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_drf-auth"))
        .args(["serve", "--listen", &format!("unix:{}", file.display())])
        .args(["--database-url", &database.url()])
        .env_remove("DATABASE_URL")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(fs::read(&file).unwrap() == before, "the file was touched");
}

/// The database is answered for, but the account may read none of it.
#[tokio::test]
async fn an_account_without_rights_is_told_at_start() {
    let Some(database) = filled(Backend::Postgres).await else { return };
    let role = format!("{}_poor", database.name());
    database.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'poor'")).await;
    let url = database.url();
    let (scheme, rest) = url.split_once("://").unwrap();
    let address = rest.rsplit_once('@').unwrap().1;
    let service =
        Service::start("poor", &format!("{scheme}://{role}:poor@{address}"), "").listening();
    service.says("GRANT SELECT");
    assert!(service.log_in().starts_with("HTTP/1.1 503"));
    // What could not be seen at start is looked at as soon as it can be.
    for name in ["b", "c"] {
        database.insert_user(NewUser::new(name, &encoded_at(9))).await;
    }
    database.execute(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")).await;
    service.says("have another number of iterations");
    drop(service);
    database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

/// Two users without a name are a damaged row to whoever asks for the empty name, and no reason not to look.
#[tokio::test]
async fn damaged_rows_keep_nobody_from_looking_at_the_passwords() {
    let database = filled(Backend::Sqlite).await.unwrap();
    for name in ["b", "c"] {
        database.insert_user(NewUser::new(name, &encoded_at(9))).await;
    }
    let more = "[user_model]\nusername_field = \"email\"\n";
    let service = Service::start("nameless", &database.url(), more).listening();
    service.says("have another number of iterations");
}

/// A gateway's instance needs no right to the passwords.
#[tokio::test]
async fn tokens_alone_are_checked_with_the_rights_that_it_takes() {
    const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
    for backend in [Backend::Postgres, Backend::MySql] {
        let Some(database) = filled(backend).await else { continue };
        database.insert_token(KEY, 1).await;
        let account = database.account().await.unwrap();
        let columns = "id, username, is_active, is_staff, is_superuser, email";
        let (grantee, name) = (&account.grantee, database.name());
        let place = if backend == Backend::MySql { format!("{name}.") } else { String::new() };
        database
            .execute(&format!(
                "GRANT SELECT ({columns}) ON {place}auth_user TO {grantee}; \
                 GRANT SELECT ON {place}authtoken_token TO {grantee}"
            ))
            .await;
        let routes = "[routes]\n\"/verify/\" = \"verify\"\n";
        let name = format!("verify-alone-{}", backend.name());
        let service = Service::start(&name, &account.url, routes).listening();
        let answer =
            service.ask(&format!("GET /verify/ HTTP/1.1\nHost: x\nAuthorization: Token {KEY}\n\n"));
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer} {}", service.log());
        let log = service.log();
        assert!(!log.contains("\"ERROR\"") && !log.contains("\"WARN\""), "{log}");
        drop(service);
        account.remove(&database).await;
    }
}

#[tokio::test]
async fn a_taken_address_is_a_failure_that_says_so() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_drf-auth"))
        .args(["serve", "--listen", &address, "--database-url", &database.url()])
        .env_remove("DATABASE_URL")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&address));
    assert!(TcpStream::connect(&address).is_ok());
}

#[tokio::test]
async fn refusals_follow_the_stored_passwords_where_nothing_is_written() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let file = std::env::temp_dir().join(format!("drf-auth-follow-{}.sock", std::process::id()));
    let log = file.with_extension("log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_drf-auth"))
        .args(["serve", "--listen", &format!("unix:{}", file.display())])
        .args(["--database-url", &database.url()])
        .env_remove("DATABASE_URL")
        .env("DRF_AUTH_LOG__FORMAT", "text")
        .current_dir(std::env::temp_dir())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let end = Instant::now() + PATIENCE;
    let listening = || fs::read_to_string(&log).is_ok_and(|text| text.contains("listening"));
    while !listening() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    let text = fs::read_to_string(&log).unwrap();
    let _ = fs::remove_file(&file);
    let _ = fs::remove_file(&log);
    assert!(text.contains("write version"), "{text}");
    assert!(text.contains("iterations=10"), "{text}");
}
