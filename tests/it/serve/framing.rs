//! Requests that are no plain HTTP, over a raw socket: what is answered, and what becomes of the
//! connection. `src/app/framing.md` says the same, row by row.

use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
};

use super::{PATIENCE, Service, filled};
use crate::harness::Backend;

const BODY: &str = "username=ayush&password=mypassword";

/// A login, which is answered 200 only where its body is read as it was meant.
fn login(headers: &str, body: &str) -> String {
    format!(
        "POST /login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         {headers}\r\n{body}"
    )
}

/// The same with its length.
fn sized(headers: &str) -> String {
    login(&format!("Content-Length: {}\r\n{headers}", BODY.len()), BODY)
}

/// The same in chunks; `end` is what a line of theirs ends with.
fn chunked(headers: &str, end: &str) -> String {
    login(headers, &format!("{:x}{end}{BODY}\r\n0\r\n\r\n", BODY.len()))
}

/// A request without a token: 401.
fn get(headers: &str) -> String {
    format!("GET /profile/ HTTP/1.1\r\nHost: x\r\n{headers}\r\n")
}

fn many(count: usize) -> String {
    "X: y\r\n".repeat(count)
}

/// Each row of the page: its first column, and the octets.
fn requests() -> Vec<(&'static str, Vec<u8>)> {
    const TE: &str = "Transfer-Encoding: chunked\r\n";
    let length = BODY.len();
    let hidden = "GET /nowhere/ HTTP/1.1\r\nHost: x\r\n\r\n";
    let texts = [
        ("two requests at once", get("") + &get("")),
        (
            "a GET with a body, and another request",
            get("Content-Length: 4\r\n") + "body" + &get(""),
        ),
        ("empty lines before the request", "\r\n\r\n".to_owned() + &get("")),
        ("`Content-Length`", sized("")),
        ("`Content-Length` twice, the same", sized(&format!("Content-Length: {length}\r\n"))),
        ("`Content-Length` twice, different", sized("Content-Length: 3\r\n")),
        ("`Content-Length: 34, 34`", login("Content-Length: 34, 34\r\n", BODY)),
        ("`Content-Length: +34`", login("Content-Length: +34\r\n", BODY)),
        ("`Content-Length: -1`", login("Content-Length: -1\r\n", "")),
        ("`Content-Length: 0x22`", login("Content-Length: 0x22\r\n", BODY)),
        (
            "`Content-Length:` beyond 64 bits",
            login("Content-Length: 18446744073709551650\r\n", BODY),
        ),
        ("`Transfer-Encoding: chunked`", chunked(TE, "\r\n")),
        ("`Transfer-Encoding: Chunked`", chunked("Transfer-Encoding: Chunked\r\n", "\r\n")),
        (
            "`Content-Length` and `Transfer-Encoding: chunked`",
            chunked(&format!("Content-Length: 3\r\n{TE}"), "\r\n"),
        ),
        ("the same the other way round", chunked(&format!("{TE}Content-Length: 3\r\n"), "\r\n")),
        (
            "the same with a request behind the last chunk",
            chunked(&format!("Content-Length: {}\r\n{TE}", 50 + hidden.len()), "\r\n") + hidden,
        ),
        (
            "`Transfer-Encoding: gzip, chunked`",
            chunked("Transfer-Encoding: gzip, chunked\r\n", "\r\n"),
        ),
        ("`Transfer-Encoding: chunked` twice", chunked(&TE.repeat(2), "\r\n")),
        (
            "`Transfer-Encoding: chunked, identity`",
            chunked("Transfer-Encoding: chunked, identity\r\n", "\r\n"),
        ),
        ("`Transfer-Encoding: identity`", sized("Transfer-Encoding: identity\r\n")),
        ("`Transfer-Encoding: xchunked`", chunked("Transfer-Encoding: xchunked\r\n", "\r\n")),
        (
            "`Transfer-Encoding: \\x0bchunked`",
            chunked("Transfer-Encoding: \x0bchunked\r\n", "\r\n"),
        ),
        (
            "`Transfer-Encoding` with HTTP/1.0",
            chunked(TE, "\r\n").replacen("HTTP/1.1", "HTTP/1.0", 1),
        ),
        ("a chunk's size that ends with LF", chunked(TE, "\n")),
        ("a chunk's size that is no number", chunked(TE, "x\r\n")),
        ("a chunk's size beyond 64 bits", login(TE, "fffffffffffffffff\r\nx")),
        ("a chunk with an extension", chunked(TE, ";a=b\r\n")),
        (
            "a chunk with an extension of 20 KB",
            chunked(TE, &format!(";{}\r\n", "x".repeat(20_000))),
        ),
        ("lines that end with LF", get("").replace("\r\n", "\n")),
        ("a header folded into two lines", get("X-Y: a\r\n b\r\n")),
        ("a space before a header's colon", get("X-Y : a\r\n")),
        ("a header without a colon", get("X-Y\r\n")),
        ("a header without a name", get(": a\r\n")),
        ("NUL in a value", get("X-Y: a\0b\r\n")),
        ("CR in a value", get("X-Y: a\rb\r\n")),
        ("no `Host`", get("").replace("Host: x\r\n", "")),
        ("no `Host`, HTTP/1.0", get("").replace("Host: x\r\n", "").replace("/1.1", "/1.0")),
        ("`Host` twice", get("Host: x\r\n")),
        ("`GET http://other/profile/`", get("").replace("/profile/", "http://other/profile/")),
        ("100 headers", get(&many(99))),
        ("101 headers", get(&many(100))),
        ("30 KB of headers", get(&format!("X: {}\r\n", "y".repeat(30_000)))),
        ("34 KB of headers", get(&format!("X: {}\r\n", "y".repeat(34_000)))),
        (
            "a path of 8 KB",
            get("").replace("/profile/", &format!("/profile/?{}", "y".repeat(8182))),
        ),
        ("a longer path", get("").replace("/profile/", &format!("/profile/?{}", "y".repeat(8183)))),
        ("a method in lower case", get("").replace("GET", "get")),
        ("`CONNECT x:443`", get("").replace("GET /profile/", "CONNECT x:443")),
        ("HTTP/0.9", "GET /profile/\r\n\r\n".to_owned()),
        ("HTTP/2.0 in the request line", get("").replace("/1.1", "/2.0")),
        ("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        (
            "`Upgrade: h2c`",
            get(
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
            ),
        ),
        ("`Expect: 100-continue`", sized("Expect: 100-continue\r\n")),
    ];
    let mut requests: Vec<_> = texts.map(|(row, text)| (row, text.into_bytes())).into();
    let mut octet = get("X-Y: a").into_bytes();
    octet.splice(octet.len() - 2.., b"\xff\r\n\r\n".iter().copied());
    requests.push(("0xff in a value", octet));
    requests.push(("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()));
    requests
}

/// The answers' statuses, and whether the connection is open after them: whether another request is
/// answered on it.
fn exchange(service: &Service, request: &[u8]) -> (String, &'static str) {
    let mut stream = UnixStream::connect(service.folder.join("http.sock")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let another = b"GET /nowhere/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    // It may be closed before it has read all.
    let _ = stream.write_all(&[request, another].concat());
    let mut answers = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answers) {
        // What was not read is thrown back.
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    let answers = String::from_utf8_lossy(&answers);
    let mut statuses: Vec<_> =
        answers.split("HTTP/1.").skip(1).filter_map(|answer| answer.get(2..5)).collect();
    let end = if statuses.pop_if(|status| *status == "404").is_some() { "open" } else { "closed" };
    (statuses.join(", "), end)
}

#[tokio::test]
async fn the_page_on_framing_is_true() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app/framing.md");
    let page = fs::read_to_string(page).unwrap();
    let mut rows: Vec<_> = page.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    let database = filled(Backend::Sqlite).await.unwrap();
    let service = Service::start("framing", &database.url(), "").listening();
    let mut wrong = Vec::new();
    for (row, request) in requests() {
        let (statuses, end) = exchange(&service, &request);
        let expected = format!("| {row} | {statuses} | {end} |").replace("|  |", "| |");
        match rows.iter().position(|line| line.starts_with(&expected)) {
            Some(at) => {
                rows.remove(at);
            }
            None => wrong.push(expected),
        }
    }
    assert!(wrong.is_empty() && rows.is_empty(), "{}\n\n{}", wrong.join("\n"), rows.join("\n"));
}
