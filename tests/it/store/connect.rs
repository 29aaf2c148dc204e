//! Servers that are away, silent or slow, and options that cannot be right.

use std::time::Duration;

use drf_auth::{
    accounts::store::{SchemaError, StoreErrorKind},
    store::{self, ConnectError, StoreOptions},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{ENCODED, options};
use crate::harness::{self, Backend, NewUser};

#[tokio::test]
async fn a_server_that_is_away_is_unavailable() {
    for url in ["postgres://u:secret@127.0.0.1:1/d", "mysql://u:secret@127.0.0.1:1/d"] {
        let store = store::connect(&StoreOptions::new(url.parse().unwrap())).unwrap();
        let began = std::time::Instant::now();
        let error = store.find_user("alice").await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        assert!(began.elapsed() < Duration::from_secs(1), "at once: nobody was there");
        assert!(!format!("{error} {error:?} {store:?}").contains("secret"));
        let Err(SchemaError::Store(error)) = store.check_schema().await else { panic!("{url}") };
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for scheme in ["postgres", "mysql"] {
        let url = format!("{scheme}://u:secret@127.0.0.1:{port}/d");
        let mut options = StoreOptions::new(url.parse().unwrap());
        options.acquire_timeout = Duration::from_millis(200);
        options.max_connections = 1;
        let store = store::connect(&options).unwrap();
        for _ in 0..2 {
            let error = store.find_user("alice").await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        }
    }
}

/// A damaged PostgreSQL server: it offers SCRAM and continues it with nothing, at which the driver
/// panics.
#[tokio::test]
async fn a_driver_that_panics_is_an_outage() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = [0; 1024];
            let _ = stream.read(&mut heard).await;
            // An unencrypted connection was asked for, so this was the start-up.
            stream.write_all(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0").await.unwrap();
            let _ = stream.read(&mut heard).await;
            stream.write_all(b"R\0\0\0\x08\0\0\0\x0b").await.unwrap();
        }
    });
    let url = format!("postgres://u:secret@127.0.0.1:{port}/d?sslmode=disable");
    let store = store::connect(&StoreOptions::new(url.parse().unwrap())).unwrap();
    for _ in 0..2 {
        let error = store.find_user("alice").await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    }
    let Err(SchemaError::Store(_)) = store.check_schema().await else { panic!("it fits?") };
    server.abort();
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up() {
    for backend in [Backend::Postgres, Backend::MySql] {
        let Some(database) = harness::database(backend).await else { continue };
        database.insert_user(NewUser::new("alice", ENCODED)).await;
        let mut options = options(&database);
        options.statement_timeout = Duration::from_millis(400);
        options.max_connections = 1;
        let store = store::connect(&options).unwrap();
        assert!(store.find_user("alice").await.unwrap().is_some());
        let lock = match backend {
            Backend::Postgres => "BEGIN; LOCK TABLE auth_user IN ACCESS EXCLUSIVE MODE",
            _ => "LOCK TABLES auth_user WRITE",
        };
        let held = database.hold(lock).await;
        let error = store.find_user("alice").await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
        drop(held);
        assert!(store.find_user("alice").await.unwrap().is_some());
    }
}

#[test]
fn options_that_cannot_be_right_are_told_in_sentences() {
    let sentence = |url: &str| {
        let url = match url.parse() {
            Ok(url) => url,
            Err(error) => return ConnectError::to_string(&error),
        };
        store::connect(&StoreOptions::new(url)).expect_err("fine").to_string()
    };
    assert_eq!(
        sentence("postgres://h/d?pool=1"),
        "database_url: the option \"pool\" is not known; there are sslmode, sslrootcert, sslcert, \
         sslkey, currentSchema, options, host and application_name"
    );
    assert_eq!(
        sentence("postgres://h/d?sslmode=yes"),
        "database_url: sslmode in the database URL is disable, allow, prefer, require, verify-ca or \
         verify-full"
    );
    assert_eq!(sentence("mysql://h/d"), "database_url: the database URL names no user");
    assert!(sentence("mysql://u@h/d?charset=latin1").contains("utf8mb4"));
    assert!(sentence("mysql://u@h/d?init_command=x").contains("\"init_command\" is not known"));

    let mut options = StoreOptions::new("postgres://h/d".parse().unwrap());
    options.user_model.username_field = "name\"; DROP TABLE auth_user; --".into();
    let error = store::connect(&options).unwrap_err().to_string();
    assert!(error.starts_with("user_model.username_field: "), "{error}");
    options.user_model.username_field = String::new();
    assert!(store::connect(&options).is_err(), "a name is needed here");
    options.user_model.username_field = "username".into();
    options.token_model.table = "a.b.c".into();
    assert!(store::connect(&options).is_err());
}

#[tokio::test]
async fn the_tables_of_every_django_version_fit() {
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        for version in backend.django_versions() {
            let Some(database) = harness::empty_database(backend).await else { break };
            database.execute(&backend.ddl(&version)).await;
            let store = super::connect(&database);
            store
                .check_schema()
                .await
                .unwrap_or_else(|error| panic!("{backend:?} {version} {error}"));
            let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
            let user = drf_auth::accounts::UserId::Int(id);
            let token = store.get_or_create_token(&user, &super::key(super::KEY)).await.unwrap();
            assert!(token.is_some(), "{backend:?} {version}");
        }
    }
}
