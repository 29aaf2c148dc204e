//! Tokens that a remote drf-auth checks: its own verify view over TCP, and every answer that is none.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use drf_auth::{
    accounts::{
        TokenOwner, User, UserId,
        grants::{Permission, Requirement},
        verify::{VerifyError, VerifyToken},
    },
    app,
    config::{Config, Overrides},
    remote::{RemoteOptions, RemoteOptionsError, RemoteVerifier},
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::Semaphore,
};
use tokio_rustls::TlsAcceptor;

use crate::harness::{self, Backend, NewUser, TestDatabase};

fn verifier(address: SocketAddr) -> RemoteVerifier {
    RemoteVerifier::new(&options(address)).unwrap()
}

fn options(address: SocketAddr) -> RemoteOptions {
    let mut options = RemoteOptions::new(format!("http://{address}/verify/"));
    options.timeout = Duration::from_secs(20);
    options
}

/// A server that answers each request by its number and its head.
async fn scripted<F>(answer: F) -> SocketAddr
where
    F: Fn(usize, String) -> String + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    let count = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
            tokio::spawn(async move {
                while let Some(head) = head(&mut stream).await {
                    let answer = answer(count.fetch_add(1, Ordering::SeqCst), head);
                    if stream.write_all(answer.as_bytes()).await.is_err()
                        || answer.contains("Connection: close")
                    {
                        return;
                    }
                }
            });
        }
    });
    address
}

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

const JSON: &str = "Content-Type: application/json\r\n";
const AYUSH: &str = r#"{"sub":"7","username":"ayush"}"#;

/// What became of it, in a word.
fn word(answer: &Result<TokenOwner, VerifyError>) -> &'static str {
    match answer {
        Ok(_) => "accepted",
        Err(VerifyError::UnknownToken) => "unknown",
        Err(VerifyError::InactiveUser) => "inactive",
        Err(VerifyError::Unavailable(_)) => "unavailable",
        Err(_) => "another error",
    }
}

#[tokio::test]
async fn only_the_views_own_yes_and_no_count() {
    let detail = |detail: &str| format!(r#"{{"detail":"{detail}"}}"#);
    let long = format!(r#"{{"sub":"7","username":"{}"}}"#, "x".repeat(20_000));
    let json = |status: &str, body: &str| response(status, JSON, body);
    for (expected, answer) in [
        ("accepted", json("200 OK", AYUSH)),
        ("accepted", json("200 OK", r#"{"sub":"7","username":"","more":1}"#)),
        ("unavailable", json("200 OK", r#"{"sub":"","username":"ayush"}"#)),
        ("unknown", json("401 Unauthorized", &detail("Invalid token."))),
        ("unknown", json("401 Unauthorized", &detail("Invalid token header. Whatever."))),
        ("inactive", json("401 Unauthorized", &detail("User inactive or deleted."))),
        // A proxy that takes the header away, or asks for a password of its own.
        (
            "unavailable",
            json("401 Unauthorized", &detail("Authentication credentials were not provided.")),
        ),
        ("unavailable", response("401 Unauthorized", "Content-Type: text/html\r\n", "<h1>401")),
        ("unavailable", json("401 Unauthorized", "")),
        ("unavailable", json("401 Unauthorized", r#""Invalid token.""#)),
        ("unavailable", json("401 Unauthorized", &detail("Go away."))),
        // A route that asks for more; a firewall.
        (
            "unavailable",
            json("403 Forbidden", &detail("You do not have permission to perform this action.")),
        ),
        ("unavailable", json("403 Forbidden", "{}")),
        // Another server's page.
        ("unavailable", response("200 OK", "Content-Type: text/html\r\n", AYUSH)),
        ("unavailable", response("200 OK", "", AYUSH)),
        ("unavailable", json("200 OK", "")),
        ("unavailable", json("200 OK", "[]")),
        ("unavailable", json("200 OK", r#"{"sub":7,"username":"ayush"}"#)),
        ("unavailable", json("200 OK", r#"{"sub":"7"}"#)),
        ("unavailable", json("200 OK", &AYUSH[..10])),
        ("unavailable", json("200 OK", &long)),
        ("unavailable", response("200 OK", &format!("{JSON}X-Auth-Staff: yes\r\n"), AYUSH)),
        ("unavailable", response("200 OK", &format!("{JSON}X-Auth-Email: %FF\r\n"), AYUSH)),
        ("unavailable", json("201 Created", AYUSH)),
        ("unavailable", response("204 No Content", "", "")),
        ("unavailable", response("301 Moved", &format!("{JSON}Location: /\r\n"), AYUSH)),
        ("unavailable", response("302 Found", "Location: /verify/\r\n", "")),
        ("unavailable", json("404 Not Found", &detail("Not found."))),
        ("unavailable", json("500 Internal Server Error", "{}")),
        ("unavailable", json("503 Service Unavailable", &detail("x"))),
        ("unavailable", "Connection: close".to_owned()),
        ("unavailable", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Le".to_owned()),
        (
            "unavailable",
            format!(
                "HTTP/1.1 200 OK\r\n{JSON}Connection: close\r\nContent-Length: 99\r\n\r\n{AYUSH}"
            ),
        ),
    ] {
        let sent = answer.clone();
        let address = scripted(move |_, _| sent.clone()).await;
        let result = verifier(address).verify_token("key").await;
        assert_eq!(word(&result), expected, "{answer}: {result:?}");
    }
}

#[tokio::test]
async fn a_user_is_read_from_headers_and_body() {
    let headers = "Content-Type: application/json\r\nX-Auth-Email: a%40b%2Fc\r\nX-Auth-Staff: \
                   true\r\nX-Auth-Superuser: false\r\nX-Auth-Groups: Editors%2C%20all,%C3%A9%25\r\n";
    let heads = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&heads);
    let address = scripted(move |_, head| {
        *seen.lock().unwrap() = head;
        response("200 OK", headers, r#"{"sub":"0042","username":"Zo\u00eb"}"#)
    })
    .await;
    let verifier = verifier(address);
    let owner = verifier.verify_token("key").await.unwrap();
    let expected = User::new(UserId::Text("0042".to_owned()), "Zoë").with_email("a@b/c").staff();
    assert_eq!((owner.user.clone(), owner.key.expose()), (expected, "key"));
    assert_eq!(verifier.groups_of(&owner).await.unwrap(), ["Editors, all", "é%"]);
    let head = heads.lock().unwrap().to_lowercase();
    assert!(head.starts_with("get /verify/ http/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: token key\r\n"), "{head}");
    // Without a route for it nobody can say.
    let permission = Permission::parse("blog.add_entry").unwrap();
    let unknown = verifier.has_permission(&owner, &permission).await;
    assert!(matches!(unknown, Err(VerifyError::Unanswerable(_))), "{unknown:?}");
}

#[tokio::test]
async fn text_keys_are_text_where_the_options_say_so() {
    let address = scripted(|_, _| response("200 OK", JSON, AYUSH)).await;
    for (text_ids, expected) in [(false, UserId::Int(7)), (true, UserId::Text("7".to_owned()))] {
        let mut options = options(address);
        options.text_ids = text_ids;
        let verifier = RemoteVerifier::new(&options).unwrap();
        assert_eq!(verifier.verify_token("key").await.unwrap().user.id, expected);
    }
}

#[tokio::test]
async fn groups_and_flags_take_no_second_question() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let headers = format!("{JSON}X-Auth-Staff: true\r\nX-Auth-Groups: team\r\n");
    let address = scripted(move |number, _| {
        count.store(number + 1, Ordering::SeqCst);
        response("200 OK", &headers, AYUSH)
    })
    .await;
    let verifier = verifier(address);
    let owner = verifier.verify_token("key").await.unwrap();
    for (group, expected) in [("team", true), ("others", false)] {
        let requirement = Requirement::default().staff().group(group);
        assert_eq!(requirement.is_met(&owner, &verifier).await.unwrap(), expected);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Where the answer names none, none can be said.
    let address = scripted(|_, _| response("200 OK", JSON, AYUSH)).await;
    let remote = RemoteVerifier::new(&options(address)).unwrap();
    let owner = remote.verify_token("key").await.unwrap();
    let unknown = remote.groups_of(&owner).await;
    assert!(matches!(unknown, Err(VerifyError::Unanswerable(_))), "{unknown:?}");
}

/// What no row can give is nobody's, as over the database, and nobody is asked.
#[tokio::test]
async fn a_permission_without_two_parts_is_nobodys() {
    let address = scripted(|_, _| response("200 OK", JSON, AYUSH)).await;
    let verifier = verifier(address);
    let owner = verifier.verify_token("key").await.unwrap();
    for name in ["nonsense", "blog.", ".add", ""] {
        let requirement = Requirement::default().permission(name);
        assert!(!requirement.is_met(&owner, &verifier).await.unwrap(), "{name}");
        verifier.check(&requirement).await.unwrap();
    }
}

#[tokio::test]
async fn a_check_at_start_finds_what_nobody_could_answer() {
    let unknown = r#"{"detail":"Invalid token."}"#;
    let adds = format!("{JSON}X-Auth-Required: staff,perm=blog.add_entry\r\n");
    let address = scripted(move |_, head| match head.split(' ').nth(1) {
        Some("/verify/" | "/verify/lost/") => response("401 Unauthorized", JSON, unknown),
        Some("/verify/add/") => response("401 Unauthorized", &adds, unknown),
        _ => response("404 Not Found", JSON, r#"{"detail":"Not found."}"#),
    })
    .await;
    let mut options = options(address);
    for (name, path) in [
        ("blog.add_entry", "verify/add/"),
        ("blog.lost", "verifi/lost/"),
        ("blog.undeclared", "verify/lost/"),
        ("blog.add", "verify/add/"),
    ] {
        let route = format!("http://{address}/{path}");
        options.permission_routes.insert(name.to_owned(), route);
    }
    let verifier = RemoteVerifier::new(&options).unwrap();
    let (asks, permission) =
        (Requirement::default(), |name| Requirement::default().permission(name));
    for fine in [asks.clone(), asks.clone().staff().group("team"), permission("blog.add_entry")] {
        verifier.check(&fine).await.unwrap();
    }
    // A route that leads to nothing, and none at all.
    let error = verifier.check(&permission("blog.lost")).await.unwrap_err();
    assert!(matches!(error, VerifyError::Unavailable(_)) && error.to_string().contains("404"));
    // Nobody declared it, so it is the view above; and one that asks for another permission.
    for name in ["blog.undeclared", "blog.add"] {
        let error = verifier.check(&permission(name)).await.unwrap_err();
        assert!(matches!(error, VerifyError::Unavailable(_)), "{error}");
        assert!(error.to_string().contains(&format!("does not ask for {name}")), "{error}");
    }
    let error = verifier.check(&permission("blog.gone")).await.unwrap_err().to_string();
    assert!(error.contains("blog.gone") && error.contains("permission_routes"), "{error}");
    options.groups_header = String::new();
    let verifier = RemoteVerifier::new(&options).unwrap();
    let error = verifier.check(&asks.clone().group("team")).await.unwrap_err().to_string();
    assert!(error.contains("groups_header"), "{error}");
    // Not a verify view at all.
    options.url = format!("http://{address}/verifi/");
    let error = RemoteVerifier::new(&options).unwrap().check(&asks).await.unwrap_err();
    assert!(matches!(error, VerifyError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn nobody_waits_longer_than_the_limit() {
    // One that takes connections and says nothing, and one that is not there.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = options(silent.local_addr().unwrap());
    options.timeout = Duration::from_millis(200);
    let began = std::time::Instant::now();
    let result = RemoteVerifier::new(&options).unwrap().verify_token("key").await;
    assert_eq!(word(&result), "unavailable");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let gone = silent.local_addr().unwrap();
    drop(silent);
    assert_eq!(word(&verifier(gone).verify_token("key").await), "unavailable");
}

#[tokio::test]
async fn who_joins_a_question_waits_no_longer_than_the_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = options(silent.local_addr().unwrap());
    options.timeout = Duration::from_secs(1);
    let verifier = RemoteVerifier::new(&options).unwrap();
    let first = verifier.clone();
    let first = tokio::spawn(async move { first.verify_token("key").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = std::time::Instant::now();
    assert_eq!(word(&verifier.verify_token("key").await), "unavailable");
    // The question that it would have gone along with begins after 0.9 s, and may take a second.
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
    assert_eq!(word(&first.await.unwrap()), "unavailable");
}

#[tokio::test]
async fn a_connection_that_died_in_the_pool_is_no_outage() {
    let address = scripted(|number, _| match number {
        // The first is kept; the second question finds it dead.
        1 => "Connection: close".to_owned(),
        _ => response("200 OK", JSON, AYUSH),
    })
    .await;
    let verifier = verifier(address);
    for _ in 0..3 {
        assert_eq!(word(&verifier.verify_token("key").await), "accepted");
    }
}

#[tokio::test]
async fn keys_that_no_request_can_bring_are_nobodys() {
    // It would take whatever it is asked for.
    let address = scripted(|_, _| response("200 OK", JSON, AYUSH)).await;
    let long = "a".repeat(1024);
    for key in ["key", "é", "a,b", "a\u{a0}b", &long] {
        assert_eq!(word(&verifier(address).verify_token(key).await), "accepted", "{key:?}");
    }
    let longer = "a".repeat(1025);
    for key in [
        "a\r\nX: y",
        "a\0",
        "\n",
        "",
        " ",
        "key ",
        " key",
        "a b",
        "a\tb",
        "a\u{b}b",
        "a\u{c}b",
        &longer,
    ] {
        assert_eq!(word(&verifier(address).verify_token(key).await), "unknown", "{key:?}");
    }
}

#[tokio::test]
async fn options_that_cannot_be_right_are_refused() {
    for url in ["", "/verify/", "ftp://x/", "http://a:b@x/", "http://x/?y", "http://"] {
        let error = RemoteVerifier::new(&RemoteOptions::new(url)).unwrap_err();
        assert!(error.to_string().contains("URL"), "{url}: {error}");
        assert!(!error.to_string().contains('@'), "{url}: {error}");
    }
    let base = || RemoteOptions::new("http://x/");
    let mut wrong = base();
    wrong.email_header = "a b".to_owned();
    assert!(RemoteVerifier::new(&wrong).unwrap_err().to_string().contains("\"a b\""));
    for name in ["nonsense", "blog.", ".add_entry"] {
        let mut wrong = base();
        wrong.permission_routes.insert(name.to_owned(), "http://x/".to_owned());
        let error = RemoteVerifier::new(&wrong).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
    let shown = format!("{:?}", RemoteVerifier::new(&base()).unwrap());
    assert!(shown.contains("http://x/"), "{shown}");
    let mut options = RemoteOptions::new("http://user:secret@x/");
    for url in ["http://user:secret@x/", "http://x/?key=secret", "https://x/verify/"] {
        options.permission_routes.insert(format!("blog.{}", url.len()), url.to_owned());
    }
    let shown = format!("{options:?}");
    assert!(!shown.contains("secret") && shown.contains("https://x/verify/"), "{shown}");
}

#[tokio::test]
async fn https_is_https() {
    let address = scripted(|_, _| response("200 OK", JSON, AYUSH)).await;
    let options = RemoteOptions::new(format!("https://{address}/verify/"));
    match RemoteVerifier::new(&options) {
        // It speaks no TLS, so it gets no token.
        Ok(verifier) => assert_eq!(word(&verifier.verify_token("key").await), "unavailable"),
        Err(RemoteOptionsError::Authorities(error)) => println!("skipped: {error}"),
        Err(error) => panic!("{error}"),
    }
}

/// A verify view over TLS, with a certificate for `localhost`.
async fn over_tls() -> SocketAddr {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls");
    let certificate = CertificateDer::from_pem_file(folder.join("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("localhost.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await.ok()?;
                while head(&mut stream).await.is_some() {
                    stream.write_all(response("200 OK", JSON, AYUSH).as_bytes()).await.ok()?;
                }
                Some(())
            });
        }
    });
    address
}

#[tokio::test]
async fn https_believes_an_authority_of_ones_own_and_the_right_name() {
    let port = over_tls().await.port();
    let ask = async |host: &str, ca_file: Option<PathBuf>| {
        let mut options = RemoteOptions::new(format!("https://{host}:{port}/verify/"));
        options.ca_file = ca_file;
        RemoteVerifier::new(&options)
            .map(|verifier| async move { verifier.verify_token("key").await })
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls");
    let ours = Some(folder.join("ca.pem"));
    let answer = ask("localhost", ours.clone()).await.unwrap().await;
    assert_eq!(word(&answer), "accepted", "{answer:?}");
    // The same server by a name that its certificate does not have.
    let answer = ask("127.0.0.1", ours).await.unwrap().await;
    assert_eq!(word(&answer), "unavailable");
    // An authority that the system does not know; where it knows none at all, that is said at once.
    match ask("localhost", None).await {
        Ok(answer) => assert_eq!(word(&answer.await), "unavailable"),
        Err(error) => assert!(matches!(error, RemoteOptionsError::Authorities(_)), "{error}"),
    }
    for wrong in ["gone.pem", "localhost.key"] {
        let error = ask("localhost", Some(folder.join(wrong))).await.err().unwrap();
        let told = std::error::Error::source(&error).unwrap().to_string();
        assert!(told.contains(wrong), "{told}");
    }
}

/// A server whose answers wait for permits; it counts the questions, and knows when each came.
async fn held() -> (SocketAddr, Arc<Semaphore>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (permits, asked) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (gate, count) = (Arc::clone(&permits), Arc::clone(&asked));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (gate, count) = (Arc::clone(&gate), Arc::clone(&count));
            tokio::spawn(async move {
                while head(&mut stream).await.is_some() {
                    let number = count.fetch_add(1, Ordering::SeqCst);
                    gate.acquire().await.unwrap().forget();
                    let body = format!(r#"{{"sub":"{number}","username":"ayush"}}"#);
                    let _ = stream.write_all(response("200 OK", JSON, &body).as_bytes()).await;
                }
            });
        }
    });
    (address, permits, asked)
}

async fn until(asked: &AtomicUsize, expected: usize) {
    while asked.load(Ordering::SeqCst) < expected {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn equal_tokens_share_a_question_that_began_after_they_came() {
    let (address, permits, asked) = held().await;
    let verifier = verifier(address);
    let ask = |key: &'static str| {
        let verifier = verifier.clone();
        tokio::spawn(async move { verifier.verify_token(key).await.unwrap().user.id })
    };
    let first = ask("key");
    until(&asked, 1).await;
    let later: Vec<_> = (0..20).map(|_| ask("key")).collect();
    let other = ask("other");
    until(&asked, 2).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2, "another token does not wait, an equal one does");
    permits.add_permits(3);
    assert_eq!(first.await.unwrap(), UserId::Int(0));
    assert_eq!(other.await.unwrap(), UserId::Int(1));
    for later in later {
        assert_eq!(later.await.unwrap(), UserId::Int(2));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn who_goes_away_takes_nothing_from_the_others() {
    let (address, permits, asked) = held().await;
    let verifier = verifier(address);
    let ask = || {
        let verifier = verifier.clone();
        tokio::spawn(async move { verifier.verify_token("key").await })
    };
    let first = ask();
    until(&asked, 1).await;
    let (second, third) = (ask(), ask());
    tokio::time::sleep(Duration::from_millis(20)).await;
    first.abort();
    second.abort();
    tokio::time::sleep(Duration::from_millis(20)).await;
    permits.add_permits(2);
    assert_eq!(word(&third.await.unwrap()), "accepted");
    // Where all have gone, nobody is asked again, and the next begins anew.
    let fourth = ask();
    until(&asked, 3).await;
    fourth.abort();
    permits.add_permits(2);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!(word(&ask().await.unwrap()), "accepted");
}

#[tokio::test]
async fn no_more_questions_than_places() {
    let (address, permits, asked) = held().await;
    let mut options = options(address);
    options.max_connections = 2;
    let verifier = RemoteVerifier::new(&options).unwrap();
    let questions: Vec<_> = (0..6)
        .map(|number| {
            let verifier = verifier.clone();
            tokio::spawn(async move { verifier.verify_token(&format!("key{number}")).await })
        })
        .collect();
    until(&asked, 2).await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    permits.add_permits(6);
    for question in questions {
        assert_eq!(word(&question.await.unwrap()), "accepted");
    }
}

#[tokio::test]
async fn who_has_gone_takes_no_place() {
    let (address, permits, asked) = held().await;
    let mut options = options(address);
    options.max_connections = 1;
    let verifier = RemoteVerifier::new(&options).unwrap();
    let ask = |key: String| {
        let verifier = verifier.clone();
        tokio::spawn(async move { verifier.verify_token(&key).await })
    };
    let first = ask("first".to_owned());
    until(&asked, 1).await;
    let gone: Vec<_> = (0..100).map(|number| ask(format!("gone{number}"))).collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    for gone in gone {
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
    }
    // Those who come before there is a place share it, however many went away before.
    let last: Vec<_> = (0..20).map(|_| ask("last".to_owned())).collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    permits.add_permits(2);
    assert_eq!(word(&first.await.unwrap()), "accepted");
    for last in last {
        assert_eq!(word(&last.await.unwrap()), "accepted");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

const SERVICE: &str = r#"
    [verify]
    groups_header = "X-Auth-Groups"
    [routes]
    "/verify/" = "verify"
    "/verify/add/" = { view = "verify", perm = "blog.add_entry" }
    "/verify/staff/" = { view = "verify", staff = true }
"#;

/// A drf-auth on TCP.
async fn service(database: &TestDatabase) -> SocketAddr {
    let folder = std::env::temp_dir().join(format!("{}-remote", database.name()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("drf-auth.toml"), SERVICE).unwrap();
    let environment: BTreeMap<String, OsString> =
        BTreeMap::from([("DATABASE_URL".to_owned(), database.url().into())]);
    let config = Config::load(&Overrides::default(), &environment, &folder);
    fs::remove_dir_all(&folder).unwrap();
    let router: Router = app::router(&config.unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_drf_auth_knows_what_the_database_knows() {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    let user = |username| NewUser::new(username, "!");
    for user in [
        NewUser { email: "ayush@example.com", ..user("ayush") },
        NewUser { is_staff: true, ..user("Zoë, 2") },
        NewUser { is_superuser: true, ..user("root") },
        NewUser { is_active: false, ..user("gone") },
    ] {
        let id = database.insert_user(user).await;
        database.insert_token(&format!("token{id}"), id).await;
    }
    database
        .execute(
            "INSERT INTO django_content_type (id, app_label, model) VALUES (901, 'blog', 'entry'); \
             INSERT INTO auth_permission (id, name, content_type_id, codename) \
             VALUES (911, 'x', 901, 'add_entry'); \
             INSERT INTO auth_group (id, name) VALUES (921, 'Editors, all'); \
             INSERT INTO auth_group_permissions (id, group_id, permission_id) VALUES (931, 921, 911); \
             INSERT INTO auth_user_groups (id, user_id, group_id) VALUES (941, 1, 921)",
        )
        .await;
    let address = service(&database).await;
    let mut options = options(address);
    let route = format!("http://{address}/verify/add/");
    options.permission_routes.insert("blog.add_entry".to_owned(), route);
    let remote = RemoteVerifier::new(&options).unwrap();
    let local = drf_auth::guard::Database::connect(&database.url()).unwrap();

    let add = Requirement::default().permission("blog.add_entry");
    let editors = Requirement::default().group("Editors, all");
    for (token, expected) in [
        ("token1", "accepted"),
        ("token2", "accepted"),
        ("token3", "accepted"),
        ("token4", "inactive"),
        ("token5", "unknown"),
        ("", "unknown"),
        ("a b", "unknown"),
        ("é", "unknown"),
    ] {
        let (there, here) = (remote.verify_token(token).await, local.verify_token(token).await);
        assert_eq!((word(&there), word(&here)), (expected, expected), "{token}: {there:?}");
        let (Ok(there), Ok(here)) = (there, here) else { continue };
        assert_eq!(there.user, here.user);
        for requirement in [&add, &editors] {
            let met = requirement.is_met(&there, &remote).await.unwrap();
            assert_eq!(met, requirement.is_met(&here, &local).await.unwrap(), "{token}");
        }
        assert_eq!(remote.groups_of(&there).await.unwrap(), local.groups_of(&here).await.unwrap());
    }
    // A route that the remote does not have is answered by the one above, and one that asks for something
    // else says nothing of the permission, whoever is asked for.
    for path in ["verify/change/", "verify/", "verify/staff/"] {
        let route = format!("http://{address}/{path}");
        options.permission_routes.insert("blog.change_entry".to_owned(), route);
        let remote = RemoteVerifier::new(&options).unwrap();
        let change = Requirement::default().permission("blog.change_entry");
        remote.check(&add).await.unwrap();
        assert!(remote.check(&change).await.is_err(), "{path}");
        for token in ["token1", "token2"] {
            let owner = remote.verify_token(token).await.unwrap();
            let met = change.is_met(&owner, &remote).await;
            assert!(matches!(met, Err(VerifyError::Unavailable(_))), "{path}: {met:?}");
        }
    }
    // A token that is revoked is refused by the next question.
    let owner = local.verify_token("token1").await.unwrap();
    assert!(local.revoke_token(&owner.key).await.unwrap());
    assert_eq!(word(&remote.verify_token("token1").await), "unknown");
    // An outage of the database there is one here.
    database.execute("ALTER TABLE authtoken_token RENAME TO elsewhere").await;
    assert_eq!(word(&remote.verify_token("token2").await), "unavailable");
}
