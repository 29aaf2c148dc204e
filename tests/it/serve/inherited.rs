//! Sockets that whoever starts the service hands over, as systemd does.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::{
        fd::OwnedFd,
        unix::net::{UnixListener, UnixStream},
    },
    process::{Child, Command, Stdio},
};

use super::{PATIENCE, filled};
use crate::harness::{Backend, TestDatabase};

/// Starts the service with `socket` as its file descriptor 3.
fn start(database: &TestDatabase, socket: impl Into<OwnedFd>, environment: &str) -> Child {
    let script = format!("exec 3<&0 </dev/null; {environment} exec \"$0\" serve");
    Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_drf-auth")])
        .env_remove("DATABASE_URL")
        .env("DRF_AUTH_DATABASE_URL", database.url())
        // Were it bound, it would fail: there is no such address.
        .env("DRF_AUTH_LISTEN", "192.0.2.1:1")
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::from(socket.into()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn ask(mut stream: impl Read + Write) -> String {
    stream.write_all(b"GET /profile/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn end(mut child: Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

const HANDED_OVER: &str = "LISTEN_PID=$$ LISTEN_FDS=1";

#[tokio::test]
async fn an_address_of_the_network() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let child = start(&database, socket, HANDED_OVER);
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let answer = ask(stream);
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    end(child);
}

#[tokio::test]
async fn a_socket_in_the_file_system_is_left_to_its_owner() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let path = database.file().with_extension("sock");
    let child = start(&database, UnixListener::bind(&path).unwrap(), HANDED_OVER);
    let stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let answer = ask(stream);
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    end(child);
    assert!(fs::exists(&path).unwrap());
}

#[tokio::test]
async fn what_cannot_be_listened_on_is_told() {
    let database = filled(Backend::Sqlite).await.unwrap();
    let file = fs::File::open(database.file()).unwrap();
    let mut child = start(&database, file, HANDED_OVER);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    // Another process's sockets are none of ours.
    let socket = UnixListener::bind(database.file().with_extension("sock")).unwrap();
    let mut child = start(&database, socket, "LISTEN_PID=1 LISTEN_FDS=1");
    assert_eq!(child.wait().unwrap().code(), Some(1), "the configured address is bound");
}
