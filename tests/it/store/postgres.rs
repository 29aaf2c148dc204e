//! What only PostgreSQL has.

use drf_auth::{
    accounts::{EncodedPassword, UserId, store::StoreErrorKind},
    store::{self, StoreOptions},
};

use super::{ENCODED, KEY, key, options};
use crate::harness::{self, Backend, NewUser, TestDatabase};

store_suite!(Backend::Postgres);

#[tokio::test]
async fn citext_compares_as_it_does_for_django() {
    let Some(database) = harness::database(Backend::Postgres).await else { return };
    if database.try_execute("CREATE EXTENSION citext").await.is_err() {
        println!("skipped: postgres_citext_compares_as_it_does_for_django needs citext");
        return;
    }
    database.execute("ALTER TABLE auth_user ALTER COLUMN username TYPE citext").await;
    let id = database.insert_user(NewUser::new("Alice", ENCODED)).await;
    database.insert_token(KEY, id).await;
    for prepared_statements in [true, false] {
        let mut options = options(&database);
        options.prepared_statements = prepared_statements;
        let store = store::connect(&options).unwrap();
        store.check_schema().await.unwrap();
        assert!(store.find_user("aLICE").await.unwrap().is_some());
        assert!(store.find_user("alic").await.unwrap().is_none());
        let owner = store.find_token_owner(KEY).await.unwrap().unwrap();
        assert_eq!(owner.user.username, "Alice");
    }
}

#[tokio::test]
async fn databases_of_other_encodings_are_read() {
    let Some(database) = harness::empty_database(Backend::Postgres).await else { return };
    let name = format!("{}_latin1", database.name());
    let create = format!(
        "CREATE DATABASE {name} ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    );
    database.execute(&create).await;
    let url = format!("{}/{name}", database.server_url().trim_end_matches('/'));
    let store = store::connect(&StoreOptions::new(url.parse().unwrap())).unwrap();
    // 22P05 matches no row; without tables it is the schema that is wrong.
    let error = store.find_user("😀").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Schema);
    let latin1 = TestDatabase::named(Backend::Postgres, database.server_url(), &name);
    latin1.execute(&Backend::Postgres.ddl("5.2")).await;
    latin1.insert_user(NewUser::new("zoë", ENCODED)).await;
    assert!(store.find_user("zoë").await.unwrap().is_some());
    for text in ["😀", "żółw", "\0"] {
        assert!(store.find_user(text).await.unwrap().is_none(), "{text:?}");
    }
}

#[tokio::test]
async fn search_path_and_schemas_are_followed() {
    let Some(database) = harness::empty_database(Backend::Postgres).await else { return };
    for (schema, name) in [("tenant_a", "alice"), ("tenant_b", "bob")] {
        let ddl = Backend::Postgres.ddl("5.2");
        let search_path = format!("CREATE SCHEMA {schema}; SET search_path TO {schema}");
        let insert = format!(
            "INSERT INTO auth_user (username, password, email, is_active, is_staff, is_superuser, \
             first_name, last_name, date_joined) \
             VALUES ('{name}', 'x', '', true, false, false, '', '', now())"
        );
        database.execute(&format!("{search_path}; {ddl}; {insert}")).await;
    }
    let url = database.url();
    let connect = |url: String, prepared_statements| {
        let mut options = StoreOptions::new(url.parse().unwrap());
        options.prepared_statements = prepared_statements;
        store::connect(&options).unwrap()
    };
    for prepared in [true, false] {
        let urls = ["?currentSchema=tenant_b", "?options=-c%20search_path%3Dtenant_b,public"];
        for query in urls {
            let store = connect(format!("{url}{query}"), prepared);
            store.check_schema().await.unwrap();
            assert!(store.find_user("bob").await.unwrap().is_some());
            assert!(store.find_user("alice").await.unwrap().is_none());
        }
        let mut options = options(&database);
        options.prepared_statements = prepared;
        options.user_model.table = "tenant_a.auth_user".into();
        options.token_model.table = "tenant_a.authtoken_token".into();
        let store = store::connect(&options).unwrap();
        store.check_schema().await.unwrap();
        let alice = store.find_user("alice").await.unwrap().unwrap();
        store.get_or_create_token(&alice.id, &key(KEY)).await.unwrap().unwrap();
        assert_eq!(store.find_token_owner(KEY).await.unwrap().unwrap().user.username, "alice");
        assert!(connect(url.clone(), prepared).check_schema().await.is_err());
    }
}

#[tokio::test]
async fn connections_that_were_ended_are_replaced() {
    let Some(database) = harness::database(Backend::Postgres).await else { return };
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    for prepared_statements in [true, false] {
        let mut options = options(&database);
        options.prepared_statements = prepared_statements;
        let store = store::connect(&options).unwrap();
        for _ in 0..3 {
            let calls: Vec<_> = (0..5).map(|_| store.find_user("alice")).collect();
            for call in calls {
                assert!(call.await.unwrap().is_some());
            }
            database
                .execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .await;
        }
    }
}

#[tokio::test]
async fn a_server_that_is_read_only_for_a_while_is_written_to_again() {
    let Some(database) = harness::database(Backend::Postgres).await else { return };
    let id = UserId::Int(database.insert_user(NewUser::new("alice", ENCODED)).await);
    let (old, new) = (EncodedPassword::new(ENCODED), EncodedPassword::new("new"));
    let set = |value| {
        format!("ALTER DATABASE {} SET default_transaction_read_only = {value}", database.name())
    };
    database.execute(&set("on")).await;
    let store = store::connect(&options(&database)).unwrap();
    assert!(store.find_user("alice").await.unwrap().is_some());
    let error = store.upgrade_password(&id, &old, &new).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    assert!(store.find_user("alice").await.unwrap().is_some());
    // What a session of the test's own may do, the old connections still may not.
    let allow = format!("BEGIN READ WRITE; {}; COMMIT", set("off"));
    database.execute(&allow).await;
    assert!(store.upgrade_password(&id, &old, &new).await.unwrap());
}
