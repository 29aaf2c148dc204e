//! The operator's door: health, readiness and metrics, and that what is written about them is so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::Path,
    time::Instant,
};

use super::{PATIENCE, Service, filled};
use crate::harness::Backend;

/// Asks a service's door, which is a socket beside its other one.
fn ask(service: &Service, path: &str) -> String {
    let socket = service.folder.join("admin.sock");
    let end = Instant::now() + PATIENCE;
    let mut stream = loop {
        match UnixStream::connect(&socket) {
            Ok(stream) => break stream,
            Err(_) if Instant::now() < end => std::thread::sleep(PATIENCE / 1000),
            Err(error) => panic!("{error}: {}", service.log()),
        }
    };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Starts a service with a door, which is a socket in its folder.
fn start(name: &str, url: &str, more: &str) -> Service {
    let folder = std::env::temp_dir().join(format!("drf-auth-{name}-{}", std::process::id()));
    let door = format!("unix:{}", folder.join("admin.sock").display());
    Service::with_admin(name, url, &door, more).listening()
}

fn metrics(service: &Service) -> String {
    let answer = ask(service, "/metrics");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    body.to_owned()
}

/// The metrics' names and types, as they are exposed.
fn types(exposed: &str) -> BTreeMap<String, String> {
    let types = exposed.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let types: Vec<(String, String)> = types
        .map(|line| line.split_once(' ').map(|(n, t)| (n.to_owned(), t.to_owned())).unwrap())
        .collect();
    let map: BTreeMap<_, _> = types.iter().cloned().collect();
    assert_eq!(map.len(), types.len(), "a metric has two types");
    map
}

/// What a healthy service, a refused login and a database that goes away leave behind.
async fn seen(name: &str) -> String {
    let database = filled(Backend::Sqlite).await.unwrap();
    let service = start(name, &database.url(), "");
    assert!(ask(&service, "/healthz").ends_with("\r\n\r\nok\n"));
    // Connections are taken before the tables have been looked at.
    let end = Instant::now() + PATIENCE;
    while !ask(&service, "/readyz").ends_with("\r\n\r\nready\n") {
        assert!(Instant::now() < end, "{}", service.log());
    }
    assert!(service.log_in().starts_with("HTTP/1.1 200 OK"));
    let wrong = "username=nobody&password=x";
    service.ask(&format!(
        "POST /login/ HTTP/1.1\nHost: x\nContent-Length: {}\n\
         Content-Type: application/x-www-form-urlencoded\n\n{wrong}",
        wrong.len()
    ));
    service.ask("GET /profile/ HTTP/1.1\nHost: x\nAuthorization: Token abc\n\n");
    service.ask("GET /nowhere HTTP/1.1\nHost: x\n\n");
    service.ask("GET /nowhere HTTP/1.1\n\n");
    let aside = database.file().with_extension("aside");
    fs::rename(database.file(), &aside).unwrap();
    assert!(service.log_in().starts_with("HTTP/1.1 503"));
    let unready = ask(&service, "/readyz");
    assert!(unready.starts_with("HTTP/1.1 503 "), "{unready}");
    assert!(unready.ends_with("\r\n\r\nthe database does not answer\n"), "{unready}");
    assert!(ask(&service, "/healthz").starts_with("HTTP/1.1 200 "));
    fs::rename(&aside, database.file()).unwrap();
    assert!(ask(&service, "/readyz").ends_with("\r\n\r\nready\n"));
    metrics(&service)
}

#[tokio::test]
async fn what_happens_is_counted() {
    let exposed = seen("counted").await;
    for line in [
        "drf_auth_logins_total{result=\"accepted\",reason=\"none\"} 1",
        "drf_auth_logins_total{result=\"refused\",reason=\"unknown_user\"} 1",
        "drf_auth_logins_total{result=\"unanswered\",reason=\"database\"} 1",
        "drf_auth_logins_total{result=\"refused\",reason=\"malformed_password\"} 0",
        "drf_auth_token_checks_total{result=\"unknown\"} 1",
        "drf_auth_token_checks_total{result=\"accepted\"} 0",
        "drf_auth_password_check_seconds_count 2",
        "drf_auth_password_checks_waiting 0",
        "drf_auth_http_responses_total{view=\"obtain_auth_token\",status=\"200\"} 1",
        "drf_auth_http_responses_total{view=\"obtain_auth_token\",status=\"503\"} 1",
        "drf_auth_http_responses_total{view=\"login\",status=\"400\"} 1",
        "drf_auth_http_responses_total{view=\"profile\",status=\"401\"} 1",
        "drf_auth_http_responses_total{view=\"none\",status=\"404\"} 1",
        "drf_auth_http_responses_total{view=\"gate\",status=\"400\"} 1",
        "drf_auth_database_connections_limit{pool=\"checks\"} 10",
        "drf_auth_database_connections_limit{pool=\"logins\"} 4",
        "drf_auth_database_statements_waiting{pool=\"checks\"} 0",
    ] {
        assert!(exposed.lines().any(|exposed| exposed == line), "{line}\n{exposed}");
    }
    for nothing_of in ["nobody", "mypassword", "ayush", "abc\""] {
        assert!(!exposed.contains(nothing_of), "{nothing_of}: {exposed}");
    }
}

/// Every metric that an expression of Prometheus names, with the labels that it asks of it.
fn named(expression: &str) -> Vec<(String, Vec<(String, String)>)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for prefix in ["drf_auth_", "process_"] {
        for (at, _) in expression.match_indices(prefix) {
            if expression[..at].ends_with(is_name) {
                continue;
            }
            let rest = &expression[at..];
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let labels = rest[end..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let labels = labels.map_or("", |(labels, _)| labels).split(',');
            let labels = labels.filter_map(|label| {
                let (name, value) = label.split_once('=')?;
                Some((name.trim().to_owned(), value.trim_matches(['~', '"']).to_owned()))
            });
            found.push((rest[..end].to_owned(), labels.collect()));
        }
    }
    found
}

/// All expressions of a dashboard, wherever they are.
fn expressions(json: &serde_json::Value, found: &mut Vec<String>) {
    match json {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(text) if ["expr", "definition"].contains(&key.as_str()) => {
                        found.push(text.to_owned());
                    }
                    _ => expressions(value, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn dashboard_alerts_and_table_name_what_there_is() {
    let exposed = seen("named").await;
    let types = types(&exposed);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("compat/deploy");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();

    let dashboard = serde_json::from_str(&read("grafana.json")).unwrap();
    let mut asked = Vec::new();
    expressions(&dashboard, &mut asked);
    let panels = asked.len();
    let alerts = read("alerts.yml");
    asked.extend(
        alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(Into::into),
    );
    assert!(panels > 15 && asked.len() > panels + 5, "{panels} of {}", asked.len());
    for expression in &asked {
        let named = named(expression);
        assert!(!named.is_empty() || expression.contains("up{"), "{expression}");
        for (name, labels) in named {
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| {
                let base = name.strip_suffix(end)?;
                types.get(base).is_some_and(|kind| kind == "histogram").then_some(base)
            });
            let family = family.unwrap_or(&name);
            assert!(types.contains_key(family), "there is no {name}: {expression}");
            for (label, values) in labels {
                let has = |value: &str| {
                    let pair = format!("{label}=\"{value}\"");
                    let mut lines = exposed.lines().filter(|line| line.starts_with(&name));
                    lines.any(|line| line.contains(&pair))
                };
                let of_prometheus = ["instance", "job"].contains(&label.as_str());
                assert!(
                    of_prometheus || values.split('|').all(|value| has(value) || value == ".+"),
                    "{label} {values}: {expression}"
                );
            }
        }
    }

    let table = read("README.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let rows: BTreeSet<_> = rows
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.starts_with("drf_auth_") || name.starts_with("process_"))
        .collect();
    assert_eq!(rows, types.into_keys().collect(), "the table of compat/deploy/README.md");
}

#[tokio::test]
async fn the_door_is_no_other_way_in_and_the_other_no_way_to_it() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let service = start("door", &database.url(), "");
    for path in ["/metrics", "/healthz", "/readyz", "/metrics/", "//metrics"] {
        let answer = service.ask(&format!("GET {path} HTTP/1.1\nHost: x\n\n"));
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    for path in ["/profile/", "/verify/", "/api-token-auth/", "/"] {
        let answer = ask(&service, path);
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
}

/// Whoever sends them: the series are those of a service that has heard of nobody.
#[tokio::test]
async fn no_client_makes_a_series() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let service = start("series", &database.url(), "");
    let series = |exposed: &str| -> BTreeSet<String> {
        let lines = exposed.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
    };
    let ask_all = |number: usize| {
        for head in [
            format!("GET /path-{number} HTTP/1.1\nHost: host-{number}"),
            format!("METHOD{number} /profile/ HTTP/1.1\nHost: x\nX-Request-ID: request-{number}"),
            format!("GET /profile/ HTTP/1.1\nHost: x\nAuthorization: Token token{number}"),
            format!("GET /verify/{number} HTTP/1.1\nHost: x\nOrigin: https://o{number}.example"),
            format!("GET /profile/?format=f{number} HTTP/1.1\nHost: x\nAccept: text/a{number}"),
        ] {
            service.ask(&format!("{head}\n\n"));
        }
        let body = format!("username=user{number}&password=x");
        service.ask(&format!(
            "POST /login/ HTTP/1.1\nHost: x\nContent-Length: {}\n\
             Content-Type: application/x-www-form-urlencoded\n\n{body}",
            body.len()
        ));
    };
    ask_all(1);
    let before = series(&metrics(&service));
    (2..8).for_each(ask_all);
    assert_eq!(series(&metrics(&service)), before);
}

#[tokio::test]
async fn who_drains_is_not_ready_and_still_answers() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let mut service = start("drain", &database.url(), "");
    // Open, but idle: the connection is there for what is on its way.
    let mut stream = UnixStream::connect(service.folder.join("http.sock")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = b"GET /profile/ HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer).unwrap();
    assert!(!String::from_utf8_lossy(&answer[..length]).contains("connection: close"));
    service.terminate();
    let end = Instant::now() + PATIENCE;
    while !service.log().contains("finishing the running requests") {
        assert!(Instant::now() < end, "{}", service.log());
        std::thread::sleep(PATIENCE / 3000);
    }
    let unready = ask(&service, "/readyz");
    assert!(unready.starts_with("HTTP/1.1 503 ") && unready.ends_with("draining\n"), "{unready}");
    assert!(ask(&service, "/healthz").starts_with("HTTP/1.1 200 "));
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(service.ended().success());
}

#[tokio::test]
async fn connections_are_taken_for_as_long_as_the_delay() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let folder = std::env::temp_dir().join(format!("drf-auth-delay-{}", std::process::id()));
    let door = format!("unix:{}\"\ndrain_delay = \"1s", folder.join("admin.sock").display());
    let mut service = Service::with_admin("delay", &database.url(), &door, "").listening();
    service.terminate();
    let end = Instant::now() + PATIENCE;
    while !ask(&service, "/readyz").ends_with("draining\n") {
        assert!(Instant::now() < end, "{}", service.log());
    }
    assert!(service.log_in().starts_with("HTTP/1.1 200 OK"), "a new connection");
    assert!(service.ended().success());
}

#[tokio::test]
async fn a_taken_port_is_a_warning_and_tried_again() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let service =
        Service::with_admin("taken", &database.url(), &address.to_string(), "").listening();
    assert!(service.log_in().starts_with("HTTP/1.1 200 OK"));
    let log = service.log();
    assert!(log.contains("WARN") && log.contains(&address.to_string()), "{log}");
    drop(taken);
    let end = Instant::now() + PATIENCE;
    loop {
        let answered = TcpStream::connect(address).and_then(|mut stream| {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).map(|_| answer)
        });
        if answered.is_ok_and(|answer| answer.ends_with("\r\n\r\nok\n")) {
            break;
        }
        assert!(Instant::now() < end, "{}", service.log());
        std::thread::sleep(PATIENCE / 300);
    }
}
