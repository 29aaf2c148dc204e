//! What the log says of a login: one event for each attempt, and nothing that is secret.

use std::time::Instant;

use serde_json::Value;

use super::{PATIENCE, Service, filled};
use crate::harness::{Backend, NewUser};

const PASSWORD: &str = "correct horse battery staple";

fn log_in(service: &Service, path: &str, username: &str, password: &str, more: &str) -> String {
    let body = format!("username={username}&password={}", password.replace(' ', "+"));
    service.ask(&format!(
        "POST {path} HTTP/1.1\nHost: x\n{more}Content-Length: {}\n\
         Content-Type: application/x-www-form-urlencoded\n\n{body}",
        body.len()
    ))
}

/// The events of login attempts, as soon as there are so many.
fn audit(service: &Service, count: usize) -> Vec<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let log = service.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let events: Vec<_> = lines.filter(|event| event["target"] == "drf_auth::audit").collect();
        if events.len() >= count {
            return events;
        }
        assert!(Instant::now() < end, "{log}");
        std::thread::sleep(PATIENCE / 1000);
    }
}

#[tokio::test]
async fn each_attempt_is_one_event_without_secrets() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let malformed = "pbkdf2_sha256$ten$abcdefghijklmnopqrstuv$secretofthehash";
    database.insert_user(NewUser::new("broken", malformed)).await;
    let service =
        Service::start("audit", &database.url(), "[log]\nlevel = \"trace\"\n").listening();
    let accepted =
        log_in(&service, "/api-token-auth/", "ayush", "mypassword", "X-Request-ID: from-nginx-1\n");
    let token = accepted.split("\"token\":\"").nth(1).unwrap().split('"').next().unwrap();
    log_in(
        &service,
        "/login/",
        "ayush",
        PASSWORD,
        "X-Request-ID: bad id\nX-Forwarded-For: 192.0.2.9\n",
    );
    // People type passwords there.
    log_in(&service, "/login/", "hunter2", PASSWORD, "");
    log_in(&service, "/login/", "hunter2", PASSWORD, "");
    log_in(&service, "/login/", "hunter3", PASSWORD, "");
    log_in(&service, "/login/", "broken", PASSWORD, "");
    service.ask(&format!("GET /profile/ HTTP/1.1\nHost: x\nAuthorization: Token {token}\n\n"));

    let events = audit(&service, 6);
    let said: Vec<_> = events
        .iter()
        .map(|event| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            [&event["result"], &event["reason"], &event["user.id"], &event["span"]["view"]]
                .map(text)
        })
        .collect();
    assert_eq!(
        said,
        [
            ["accepted", "none", "1", "obtain_auth_token"],
            ["refused", "wrong_password", "1", "login"],
            ["refused", "unknown_user", "-", "login"],
            ["refused", "unknown_user", "-", "login"],
            ["refused", "unknown_user", "-", "login"],
            ["refused", "malformed_password", "2", "login"],
        ]
    );
    for (event, is_checked) in events.iter().zip([true, true, false, false, false, false]) {
        assert!(event["duration_ms"].is_u64(), "{event}");
        let hasher = if is_checked { Value::from("pbkdf2_sha256$10") } else { Value::Null };
        assert_eq!(event["hasher"], hasher, "{event}");
    }
    assert_eq!(events[0]["span"]["id"], "from-nginx-1");
    assert_ne!(events[1]["span"]["id"], "bad id");
    assert_eq!(events[1]["span"]["client"], "unix");
    assert!(events[2]["name"] == events[3]["name"] && events[3]["name"] != events[4]["name"]);
    assert_eq!(events[5]["level"], "ERROR");

    let log = service.log();
    for secret in [
        "mypassword",
        PASSWORD,
        "battery",
        token,
        "pbkdf2_sha256$10$",
        "pbkdf2_sha256$ten",
        "abcdefghijklmnopqrstuv",
        "secretofthehash",
        "hunter2",
        "192.0.2.9",
    ] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

/// Else whoever sends requests decides how much is written.
#[tokio::test]
async fn what_clients_can_repeat_is_said_seldom() {
    let database = filled(Backend::Sqlite).await.unwrap();
    database.insert_token("the-token", 1).await;
    let more = "[routes]\n\"/verify/\" = \"verify\"\n\
                \"/staff/\" = { view = \"verify\", staff = true }\n\"/profile/\" = \"profile\"\n";
    let service = Service::start("seldom", &database.url(), more).listening();
    let ask = |path: &str, token: &str, status: u16| {
        let answer =
            service.ask(&format!("GET {path} HTTP/1.1\nHost: x\nAuthorization: Token {token}\n\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    };
    for _ in 0..20 {
        ask("/staff/", "the-token", 403);
        ask("/verify/", "nobody's", 401);
    }
    let aside = database.file().with_extension("aside");
    std::fs::rename(database.file(), &aside).unwrap();
    for _ in 0..40 {
        ask("/verify/", "the-token", 503);
        ask("/profile/", "the-token", 503);
    }
    std::fs::rename(&aside, database.file()).unwrap();
    let log = service.log();
    assert!(!log.contains("may not do"), "{log}");
    let failures = log.lines().filter(|line| line.contains("a token could not be checked"));
    let failures: Vec<_> = failures.collect();
    assert!((1..=4).contains(&failures.len()), "{log}");
    assert!(failures[0].contains("\"unsaid\":0"), "{failures:?}");
    assert!(log.lines().count() < 20, "{log}");
}
