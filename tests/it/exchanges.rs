//! Every exchange that was recorded from real Django and DRF (`fixtures/exchanges/`), asked again:
//! status, headers and body must be the recorded ones, and so must be what it did to the tables.
//!
//! Only the rows of the README's table of differences are allowed, each by a rule of its own.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use axum::Router;
use drf_auth::{
    app,
    config::{Config, Overrides},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, sqlite::SqliteConnectOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const PLACEHOLDER: &str = "NEWTOKENNEWTOKENNEWTOKENNEWTOKENNEWTOKEN";
const ITERATIONS: u32 = 100;

/// A response as it came over the wire.
#[derive(Debug)]
struct Response {
    status: u64,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// The tables, as far as a login may change them.
#[derive(Debug, PartialEq)]
struct Tables {
    tokens: BTreeMap<i64, String>,
    passwords: BTreeMap<i64, String>,
}

struct Replay {
    folder: PathBuf,
    original: PathBuf,
    version: &'static str,
    python: &'static str,
    router: Option<Router>,
    settings: Value,
    token: String,
    allowed: HashMap<&'static str, u32>,
}

impl Replay {
    fn new(version: &'static str, python: &'static str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let name = format!("drf-auth-exchanges-{version}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self {
            folder,
            original: root.join(format!("fixtures/databases/django-{version}.sqlite3")),
            version,
            python,
            router: None,
            settings: Value::Null,
            token: String::new(),
            allowed: HashMap::new(),
        }
    }

    fn database(&self) -> PathBuf {
        self.folder.join("db.sqlite3")
    }

    /// A router with its own connections, on a fresh copy of the database.
    fn start(&mut self, settings: &Value) {
        self.router = None;
        for file in fs::read_dir(&self.folder).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
        fs::copy(&self.original, self.database()).unwrap();
        let mut environment: BTreeMap<String, OsString> = BTreeMap::new();
        let mut set = |key: &str, value: String| {
            environment.insert(format!("DRF_AUTH_{key}"), value.into());
        };
        set("DATABASE_URL", format!("sqlite:///{}", self.database().display()));
        // As the recorded site: a missing Host has no address to stand for it.
        set("LISTEN", "unix:/recorded.sock".to_owned());
        set("DJANGO__VERSION", self.version.to_owned());
        set("DJANGO__PYTHON", self.python.to_owned());
        set("DJANGO__PBKDF2_ITERATIONS", ITERATIONS.to_string());
        set("DJANGO__ALLOWED_HOSTS", "*".to_owned());
        // Django has no verify view.
        set(
            "ROUTES",
            "/api-token-auth/=obtain_auth_token,/login/=login,/api/token/login=login,\
             /logout/=logout,/profile/=profile"
                .to_owned(),
        );
        for (name, value) in settings.as_object().into_iter().flatten() {
            let value = value.as_str().unwrap().to_owned();
            match name.as_str() {
                "SITE_ALLOWED_HOSTS" => set("DJANGO__ALLOWED_HOSTS", value),
                "SITE_APPEND_SLASH" => set("DJANGO__APPEND_SLASH", value),
                "SITE_AUTHENTICATION_CLASSES" => {
                    set("REST_FRAMEWORK__AUTHENTICATION_CLASSES", value);
                }
                other => panic!("no rule for the setting {other}"),
            }
        }
        let config = Config::load(&Overrides::default(), &environment, &self.folder).unwrap();
        self.router = Some(app::router(&config).unwrap());
        self.settings = settings.clone();
        self.token.clear();
    }

    async fn ask(&self, request: &[u8]) -> Response {
        let (client, server) = tokio::io::duplex(1 << 20);
        let service = TowerToHyperService::new(self.router.clone().unwrap());
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.max_buf_size(1 << 17);
        tokio::spawn(builder.serve_connection(TokioIo::new(server), service));
        let (mut reading, mut writing) = tokio::io::split(client);
        let request = request.to_vec();
        let send = tokio::spawn(async move {
            // The server may answer and close before it has read everything.
            let _ = writing.write_all(&request).await;
            writing
        });
        let mut answer = Vec::new();
        reading.read_to_end(&mut answer).await.unwrap();
        drop(send.await.unwrap());
        parse(&answer)
    }

    async fn tables(&self) -> Tables {
        let options = SqliteConnectOptions::new().filename(self.database());
        let mut connection = options.connect().await.unwrap();
        let mut read = async |sql: &'static str| {
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| (row.get::<i64, _>(0), row.get::<String, _>(1))).collect()
        };
        let tokens = read("SELECT user_id, key FROM authtoken_token").await;
        let passwords = read("SELECT id, password FROM auth_user").await;
        connection.close().await.unwrap();
        Tables { tokens, passwords }
    }

    /// Asks one recorded request and returns what differs.
    async fn check(&mut self, exchange: &Value) -> Result<(), String> {
        let null = Value::Null;
        let settings = exchange.get("settings").unwrap_or(&null);
        if exchange.get("continues") != Some(&json!(true)) || self.router.is_none() {
            self.start(settings);
        }
        assert_eq!(&self.settings, settings);
        let before = self.tables().await;
        let request = raw_request(exchange, &self.token);
        let response = self.ask(&request).await;
        let after = self.tables().await;
        if let Some(token) = new_token(&before, &after) {
            self.token = token;
        }
        self.compare(exchange, &response)?;
        let changes = changes(&before, &after);
        let mut expected = exchange.get("changes").cloned().unwrap_or(json!([]));
        if expected.is_object() {
            expected = json!([expected]);
        }
        if changes == *expected.as_array().unwrap() {
            return Ok(());
        }
        let name = exchange["name"].as_str().unwrap();
        if ["'high'", "'highshort'"].iter().any(|high| name.contains(high)) {
            // The cost is left alone.
            expected.as_array_mut().unwrap().retain(|change| change.get("iterations").is_none());
            if changes == *expected.as_array().unwrap() {
                *self.allowed.entry("a cost is not lowered").or_default() += 1;
                return Ok(());
            }
        }
        let otherwise_allowed = ["no authentication classes, ", "chunked body at "]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        if otherwise_allowed {
            return Ok(());
        }
        Err(format!("the tables: expected {expected}, got {changes:?}"))
    }

    fn compare(&mut self, exchange: &Value, response: &Response) -> Result<(), String> {
        let status = exchange["status"].as_u64().unwrap();
        let target = exchange["request"].as_str().unwrap().split(' ').nth(1).unwrap();
        if target.contains(['<', '>', '"', '`'])
            && response.status == 400
            && response.body.is_empty()
        {
            *self.allowed.entry("no URI").or_default() += 1;
            return Ok(());
        }
        let cache = header(&response.headers, "cache-control");
        if cache != ["no-store"] {
            return Err(format!("Cache-Control: {cache:?}"));
        }
        if let Some(rule) = allowed_difference(self.version, exchange, response) {
            *self.allowed.entry(rule).or_default() += 1;
            return Ok(());
        }
        if response.status != status {
            let body = String::from_utf8_lossy(&response.body);
            return Err(format!("status: expected {status}, got {} {body}", response.status));
        }
        let body = recorded_body(exchange, &self.token);
        if response.body != body {
            let (theirs, ours) =
                (String::from_utf8_lossy(&body), String::from_utf8_lossy(&response.body));
            return Err(format!("body: expected {theirs}\n  got {ours}"));
        }
        let theirs = comparable(exchange["headers"].as_array().unwrap().iter().map(|pair| {
            (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned())
        }));
        let mut ours = comparable(response.headers.iter().cloned());
        ours.retain(|(name, _)| name != "cache-control");
        if theirs == ours {
            Ok(())
        } else {
            Err(format!("headers: expected {theirs:?}\n  got {ours:?}"))
        }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The rows of the README's table that a recorded exchange can meet.
fn allowed_difference(
    version: &str,
    exchange: &Value,
    response: &Response,
) -> Option<&'static str> {
    let status = exchange["status"].as_u64().unwrap();
    let request = exchange["request"].as_str().unwrap();
    let name = exchange["name"].as_str().unwrap();
    let body = String::from_utf8_lossy(&response.body);
    let tutorial =
        request.starts_with("POST /login/") || request.starts_with("POST /api/token/login");
    let refused = if tutorial {
        body == r#"{"error":"Invalid Credentials"}"#
    } else {
        body == r#"{"non_field_errors":["Unable to log in with provided credentials."]}"#
    };
    let html =
        header_of(exchange, "Content-Type").is_some_and(|value| value.starts_with("text/html"));
    if name.starts_with("no authentication classes, ") && status == 403 {
        return Some("profile and logout take tokens all the same");
    }
    if [" called idna", " called punycode", " its own idna", " its own punycode"]
        .iter()
        .any(|charset| name.ends_with(charset))
    {
        return body.contains("Unsupported charset").then_some("idna and punycode");
    }
    // DRF 3.16 decompresses such a body, or fails.
    if version == "4.2" && ["charset '", "charset hex"].iter().any(|named| name.contains(named)) {
        let refused = body.contains("Unsupported charset");
        return (refused && header_of(exchange, "Content-Type").is_some())
            .then_some("charset that is not for text");
    }
    if name.starts_with("chunked body at ") {
        return (response.status == 200).then_some("chunked body");
    }
    match (status, response.status) {
        (500, 400) if name.contains("'malformed") && refused => Some("malformed stored password"),
        (500, 400) if tutorial && refused && !name.contains("malformed") => {
            Some("login view raises")
        }
        (400 | 500, 400) if name.starts_with("nested ") && body.contains("recursion depth") => {
            Some("deep JSON")
        }
        (200 | 204 | 400..=406 | 415, ours) if html && request.contains("HTTP/1.1") => {
            let json = header(&response.headers, "content-type") == ["application/json"];
            let wished = request.contains("text/") || request.contains("format=api");
            let same = ours == status;
            (json && wished && same).then_some("browsable API")
        }
        _ => None,
    }
}

fn raw_request(exchange: &Value, token: &str) -> Vec<u8> {
    let text = |value: &Value| value.as_str().unwrap_or_default().replace(PLACEHOLDER, token);
    let latin_1 = |text: String| -> Vec<u8> {
        text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
    };
    let mut raw = latin_1(text(&exchange["request"]));
    if let Some(repeat) = exchange.get("body_repeat") {
        let times = usize::try_from(repeat[1].as_u64().unwrap()).unwrap();
        raw.extend(latin_1(text(&repeat[0]).repeat(times)));
    }
    if let Some(end) = exchange.get("body_end") {
        raw.extend(latin_1(text(end)));
    }
    // One request a connection.
    let line_end = raw.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2;
    raw.splice(line_end..line_end, b"Connection: close\r\n".iter().copied());
    raw
}

fn recorded_body(exchange: &Value, token: &str) -> Vec<u8> {
    use base64::Engine as _;

    match (exchange.get("body"), exchange.get("body_base64")) {
        (Some(body), _) => body.as_str().unwrap().replace(PLACEHOLDER, token).into_bytes(),
        (None, Some(base64)) => {
            base64::engine::general_purpose::STANDARD.decode(base64.as_str().unwrap()).unwrap()
        }
        (None, None) => Vec::new(),
    }
}

fn parse(answer: &[u8]) -> Response {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(answer)));
    let head = String::from_utf8_lossy(&answer[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        (name.to_owned(), value.to_owned())
    });
    Response { status, headers: headers.collect(), body: answer[end + 4..].to_vec() }
}

/// Headers in an order of their own, without those of the connection and its framing.
fn comparable(headers: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    headers.retain(|(name, _)| {
        !["date", "connection", "server", "transfer-encoding", "content-length"]
            .contains(&name.as_str())
    });
    for (name, value) in &mut headers {
        if name == "set-cookie"
            && let Some(rest) = value.strip_prefix("csrftoken=")
        {
            let tail = rest.split_once("; Max-Age").unwrap().1;
            *value = format!("csrftoken=NEWCOOKIE; expires=DATE; Max-Age{tail}");
        }
    }
    headers.sort();
    headers
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let named = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.as_str()).collect()
}

fn header_of<'a>(exchange: &'a Value, name: &str) -> Option<&'a str> {
    let headers = exchange["headers"].as_array().unwrap();
    headers.iter().find(|pair| pair[0] == name).and_then(|pair| pair[1].as_str())
}

fn new_token(before: &Tables, after: &Tables) -> Option<String> {
    let fresh = after.tokens.iter().find(|(user, key)| before.tokens.get(user) != Some(key));
    fresh.map(|(_, key)| key.clone())
}

/// What happened to the tables, in the words of the recording.
fn changes(before: &Tables, after: &Tables) -> Vec<Value> {
    let mut changes = Vec::new();
    for (user, encoded) in &after.passwords {
        if before.passwords.get(user) != Some(encoded) {
            let iterations: u32 = encoded.split('$').nth(1).unwrap().parse().unwrap();
            let change = json!({ "user": user, "password": "upgraded", "iterations": iterations });
            changes.push(change);
        }
    }
    for (user, key) in &after.tokens {
        if before.tokens.get(user) != Some(key) {
            let hex = key.len() == 40
                && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            assert!(hex, "a token's key is 40 lower-case hexadecimal characters");
            changes.push(json!({ "user": user, "token": "created" }));
        }
    }
    for user in before.tokens.keys().filter(|user| !after.tokens.contains_key(user)) {
        changes.push(json!({ "user": user, "token": "deleted" }));
    }
    changes
}

/// The exchanges of a Django: those of 5.2, and its own in their place where they differ.
fn recorded(version: &str) -> Vec<(String, Vec<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/exchanges");
    let mut files: Vec<_> = fs::read_dir(folder.join("django-5.2")).unwrap().collect();
    files.sort_by_key(|entry| entry.as_ref().unwrap().file_name());
    let read = |path: &Path| -> Vec<Value> {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let overlaid = files.into_iter().map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let own = read(&folder.join(format!("django-{version}/{name}")));
        let mut own: HashMap<String, Value> =
            own.into_iter().map(|line| (line["name"].as_str().unwrap().to_owned(), line)).collect();
        let base = read(&folder.join("django-5.2").join(&name)).into_iter();
        let lines = base.map(|line| own.remove(line["name"].as_str().unwrap()).unwrap_or(line));
        (name, lines.collect())
    });
    overlaid.collect()
}

async fn replay(version: &'static str, python: &'static str) {
    let mut replay = Replay::new(version, python);
    let (mut count, mut wrong) = (0, Vec::new());
    for (file, exchanges) in recorded(version) {
        replay.router = None;
        for exchange in exchanges {
            count += 1;
            if let Err(difference) = replay.check(&exchange).await {
                let name = exchange["name"].as_str().unwrap();
                wrong.push(format!("{file}: {name}\n  {difference}"));
            }
        }
    }
    assert!(count >= 3000, "only {count} exchanges were found");
    let shown = wrong.iter().take(30).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{shown}", wrong.len());
    println!("django {version}: {count} exchanges, allowed differences {:?}", replay.allowed);
}

#[tokio::test]
async fn django_5_2() {
    replay("5.2", "3.11").await;
}

#[tokio::test]
async fn django_6_1() {
    replay("6.1", "3.13").await;
}

#[tokio::test]
async fn django_4_2() {
    replay("4.2", "3.10").await;
}
