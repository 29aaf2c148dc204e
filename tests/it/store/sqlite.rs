//! What only SQLite has.

use std::time::Duration;

use drf_auth::{
    accounts::{UserId, store::StoreErrorKind},
    store::{self, ConnectError, StoreOptions},
};

use super::{ENCODED, KEY, connect, key};
use crate::harness::{self, Backend, NewUser};

store_suite!(Backend::Sqlite);

#[test]
fn a_missing_sqlite_file_is_an_error_and_stays_missing() {
    let file = std::env::temp_dir().join(format!("drf_none_{}.sqlite3", std::process::id()));
    let url = format!("sqlite:///{}", file.display());
    let error = store::connect(&StoreOptions::new(url.parse().unwrap())).unwrap_err();
    assert!(matches!(error, ConnectError::NoFile { .. }), "{error}");
    assert!(!file.exists());
}

#[tokio::test]
async fn a_sqlite_file_that_goes_away_is_never_made_anew() {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    let store = connect(&database);
    assert!(store.find_user("alice").await.unwrap().is_some());

    let file = database.file();
    let moved = file.with_extension("moved");
    std::fs::rename(&file, &moved).unwrap();
    for _ in 0..2 {
        let error = store.find_user("alice").await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    }
    assert!(!file.exists());

    // Another file of the same name is the database from now on.
    std::fs::copy(&moved, &file).unwrap();
    database.execute("UPDATE auth_user SET username = 'bob'").await;
    assert!(store.find_user("alice").await.unwrap().is_none());
    assert!(store.find_user("bob").await.unwrap().is_some());
}

#[tokio::test]
async fn sqlite_keeps_its_journal_mode_and_waits_for_its_lock() {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    for mode in ["delete", "wal"] {
        assert_eq!(database.text(&format!("PRAGMA journal_mode = {mode}")).await, mode);
        let store = connect(&database);
        store.find_user("alice").await.unwrap().unwrap();
        let held = database.hold("BEGIN IMMEDIATE").await;
        let release = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            drop(held);
        });
        store.get_or_create_token(&UserId::Int(id), &key(KEY)).await.unwrap().unwrap();
        assert!(store.delete_token(&key(KEY)).await.unwrap());
        release.await.unwrap();
        store.close().await;
        assert_eq!(database.text("PRAGMA journal_mode").await, mode);
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_wrong_value_and_no_outage() {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    database.insert_user(NewUser::new("alice", "x")).await;
    database.execute("UPDATE auth_user SET password = x'fffefd', is_active = x'ff'").await;
    let store = store::connect(&StoreOptions::new(database.url().parse().unwrap())).unwrap();
    let user = store.find_user("alice").await.unwrap().unwrap();
    assert_eq!(user.password.expose(), "$");
    assert!(!user.is_active);
}

#[tokio::test]
async fn a_password_does_not_end_at_a_nul() {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    let store = connect(&database);
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    for (stored, read) in [("", ENCODED), (" || char(0)", "$"), (" || char(0) || 'x'", "$")] {
        database.execute(&format!("UPDATE auth_user SET password = '{ENCODED}'{stored}")).await;
        let user = store.find_user("alice").await.unwrap().unwrap();
        assert_eq!(user.password.expose(), read);
    }
    database.execute("UPDATE auth_user SET password = CAST(password AS blob)").await;
    assert_eq!(store.find_user("alice").await.unwrap().unwrap().password.expose(), "$");
}
