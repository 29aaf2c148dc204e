//! What holds on every engine.

use std::{sync::Arc, time::Duration};

use drf_auth::{
    accounts::{
        EncodedPassword, TokenKey, User, UserId,
        store::{SchemaError, StoreErrorKind},
    },
    store,
};
use tokio::{sync::Barrier, task::JoinSet};

pub(super) use super::models::{
    a_name_of_any_case_is_found_where_the_manager_finds_it,
    a_requirement_that_does_not_fit_is_told,
    a_row_that_a_manager_hides_is_nobody_but_its_token_is_good,
    a_token_model_of_the_project_s_own_works, nothing_is_done_to_find_out_what_may_be_done,
    stored_passwords_are_read_page_by_page, the_least_grants_are_enough,
    the_tables_that_are_asked_for_are_found,
};
pub(super) use super::shared_grants::{
    grants_at_once_answer_as_one_by_one, grants_of_users_with_text_keys,
    no_grant_is_older_than_its_question, permissions_that_cannot_be_read_cost_token_checks_nothing,
};
pub(super) use super::sharing::{
    a_key_of_two_rows_disturbs_no_other, look_ups_at_once_answer_as_one_by_one,
    no_answer_is_older_than_its_question,
};
use super::{ENCODED, KEY, connect, encoded, key, member_options, options};
use crate::harness::{Backend, NewUser, TestDatabase};

pub(super) async fn a_default_schema_fits(database: &TestDatabase) {
    connect(database).check_schema().await.unwrap();
    connect(database).ping().await.unwrap();
}

pub(super) async fn a_user_is_found_by_name(database: &TestDatabase) {
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let inactive = NewUser { is_active: false, ..NewUser::new("björn@example.com", "!") };
    database.insert_user(inactive).await;
    let store = connect(database);

    let alice = store.find_user("alice").await.unwrap().unwrap();
    assert_eq!(alice.id, UserId::Int(id));
    assert_eq!(alice.password.expose(), ENCODED);
    assert!(alice.is_active);
    let inactive = store.find_user("björn@example.com").await.unwrap().unwrap();
    assert!(!inactive.is_active);
}

pub(super) async fn nobody_is_found_by_another_name(database: &TestDatabase) {
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    let store = connect(database);
    for name in ["bob", "", "alic", "alice2", "' OR 1=1 --", "0", "%", "alice\\"] {
        assert!(store.find_user(name).await.unwrap().is_none(), "{name:?}");
    }
}

pub(super) async fn null_and_missing_columns_read_as_django_reads_them(database: &TestDatabase) {
    database
        .execute(
            "CREATE TABLE member (id integer PRIMARY KEY, email varchar(90), pass varchar(90), \
             active smallint); \
             INSERT INTO member VALUES (1, 'a@b', NULL, NULL), (2, 'c@d', 'x', 1)",
        )
        .await;
    let mut options = options(database);
    options.user_model.table = "member".into();
    options.user_model.username_field = "email".into();
    options.user_model.password_column = "pass".into();
    options.user_model.is_active_column = "active".into();
    options.user_model.is_staff_column = String::new();
    options.user_model.is_superuser_column = String::new();
    options.user_model.email_column = String::new();
    let store = store::connect(&options).unwrap();

    let user = store.find_user("a@b").await.unwrap().unwrap();
    assert!(!user.is_active, "NULL is not true");
    assert_eq!(user.password.expose(), "");
    assert!(store.find_user("c@d").await.unwrap().unwrap().is_active);

    options.user_model.is_active_column = String::new();
    let store = store::connect(&options).unwrap();
    assert!(store.find_user("a@b").await.unwrap().unwrap().is_active, "Django's class attribute");
}

pub(super) async fn a_token_is_found_with_its_owner(database: &TestDatabase) {
    database.insert_user(NewUser::new("other", ENCODED)).await;
    let admin = NewUser {
        email: "root@example.com",
        is_staff: true,
        is_superuser: true,
        ..NewUser::new("rööt", ENCODED)
    };
    let id = database.insert_user(admin).await;
    database.insert_token(KEY, id).await;
    let store = connect(database);

    let found = store.find_token_owner(KEY).await.unwrap().unwrap();
    assert_eq!(found.key.expose(), KEY);
    assert_eq!(
        found.user,
        User::new(id, "rööt").with_email("root@example.com").staff().superuser()
    );
    for other in ["", "0", "x", &KEY[1..]] {
        assert!(store.find_token_owner(other).await.unwrap().is_none(), "{other:?}");
    }
}

pub(super) async fn a_first_login_makes_a_row_and_the_next_finds_it(database: &TestDatabase) {
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let store = connect(database);
    let first = store.get_or_create_token(&UserId::Int(id), &key(KEY)).await.unwrap().unwrap();
    assert_eq!(first.expose(), KEY);
    let second = store.get_or_create_token(&UserId::Int(id), &key("other")).await.unwrap();
    assert_eq!(second.unwrap().expose(), KEY);
    assert_eq!(database.tokens().await, [(KEY.to_owned(), id)]);
}

pub(super) async fn first_logins_at_once_leave_one_row(database: &TestDatabase) {
    const CALLERS: usize = 16;
    let store = connect(database);
    for round in 0..5 {
        let id = database.insert_user(NewUser::new(&format!("u{round}"), ENCODED)).await;
        let barrier = Arc::new(Barrier::new(CALLERS));
        let mut tasks = JoinSet::new();
        for _ in 0..CALLERS {
            let (store, barrier) = (Arc::clone(&store), Arc::clone(&barrier));
            tasks.spawn(async move {
                barrier.wait().await;
                let fresh = TokenKey::generate().unwrap();
                store.get_or_create_token(&UserId::Int(id), &fresh).await.unwrap().unwrap()
            });
        }
        let answers = tasks.join_all().await;
        let tokens: Vec<_> =
            database.tokens().await.into_iter().filter(|(_, user)| *user == id).collect();
        assert_eq!(tokens.len(), 1);
        assert!(answers.iter().all(|answer| answer.expose() == tokens[0].0), "{round}");
    }
}

pub(super) async fn a_vanished_user_gets_no_token(database: &TestDatabase) {
    let store = connect(database);
    let answer = store.get_or_create_token(&UserId::Int(4711), &key(KEY)).await.unwrap();
    assert!(answer.is_none());
    let text = UserId::Text("nobody".to_owned());
    assert!(store.get_or_create_token(&text, &key(KEY)).await.unwrap().is_none());
    assert!(database.tokens().await.is_empty());
}

pub(super) async fn a_key_of_another_user_is_never_overwritten(database: &TestDatabase) {
    let alice = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let bob = database.insert_user(NewUser::new("bob", ENCODED)).await;
    database.insert_token(KEY, alice).await;
    let store = connect(database);
    let error = store.get_or_create_token(&UserId::Int(bob), &key(KEY)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Row);
    assert!(!format!("{error} {error:?}").contains(KEY));
    assert_eq!(database.tokens().await, [(KEY.to_owned(), alice)]);
}

pub(super) async fn a_password_is_replaced_only_where_it_is_still_the_old_one(
    database: &TestDatabase,
) {
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let bob = database.insert_user(NewUser::new("bob", ENCODED)).await;
    let store = connect(database);
    let user = UserId::Int(id);
    let upgrade = |old: &str, new: &str| {
        let (old, new) = (encoded(old), encoded(new));
        let (store, user) = (&store, &user);
        async move { store.upgrade_password(user, &old, &new).await.unwrap() }
    };
    // Not the same bytes, though the same by a collation, or but for spaces at the end.
    assert!(!upgrade(&ENCODED.to_uppercase(), "new").await);
    assert!(!upgrade(&format!("{ENCODED} "), "new").await);
    assert!(!upgrade(&ENCODED.replace('a', "á"), "new").await);
    assert!(upgrade(ENCODED, "new").await);
    assert!(!upgrade(ENCODED, "newer").await);
    assert!(upgrade("new", "new").await, "matched, if not changed");
    let password = |id| format!("SELECT password FROM auth_user WHERE id = {id}");
    assert_eq!(database.text(&password(id)).await, "new");
    assert_eq!(database.text(&password(bob)).await, ENCODED);
    assert!(
        !store.upgrade_password(&UserId::Int(4711), &encoded("a"), &encoded("b")).await.unwrap()
    );
}

pub(super) async fn a_token_is_deleted_by_its_exact_key(database: &TestDatabase) {
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    database.insert_token(KEY, id).await;
    let store = connect(database);
    for other in [KEY.to_uppercase(), KEY.replace('a', "á"), format!("{KEY} "), "\0".to_owned()] {
        assert!(!store.delete_token(&key(&other)).await.unwrap(), "{other:?}");
    }
    assert!(store.delete_token(&key(KEY)).await.unwrap());
    assert!(!store.delete_token(&key(KEY)).await.unwrap());
    assert!(database.tokens().await.is_empty());
}

pub(super) async fn the_newest_passwords_come_first(database: &TestDatabase) {
    for name in ["a", "b", "c"] {
        database.insert_user(NewUser::new(name, &format!("password of {name}"))).await;
    }
    let newest = connect(database).recent_passwords(2).await.unwrap();
    let newest: Vec<_> = newest.iter().map(EncodedPassword::expose).collect();
    assert_eq!(newest, ["password of c", "password of b"]);
    let oldest = connect(database).oldest_passwords(2).await.unwrap();
    let oldest: Vec<_> = oldest.iter().map(EncodedPassword::expose).collect();
    assert_eq!(oldest, ["password of a", "password of b"]);
}

pub(super) async fn of_a_long_password_no_more_is_read_than_shows_that_it_is_long(
    database: &TestDatabase,
) {
    for name in ["1234", "12345678", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"] {
        database.insert_user(NewUser::new(name, name)).await;
    }
    let mut options = options(database);
    options.user_model.password_length = 4;
    let store = store::connect(&options).unwrap();
    let oldest = store.oldest_passwords(9).await.unwrap();
    let oldest: Vec<_> = oldest.iter().map(EncodedPassword::expose).collect();
    assert_eq!(oldest, ["1234", "12345", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"]);
    let user = store.find_user("12345678").await.unwrap().unwrap();
    assert_eq!(user.password.expose(), "12345");
}

pub(super) async fn text_that_no_row_can_hold_matches_no_row(database: &TestDatabase) {
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    let store = connect(database);
    for text in ["\0", "alice\0", "a\0lice", "\u{10ffff}", "😀", "\u{feff}alice"] {
        assert!(store.find_user(text).await.unwrap().is_none(), "{text:?}");
        assert!(store.find_token_owner(text).await.unwrap().is_none(), "{text:?}");
    }
    let long = "x".repeat(100_000);
    assert!(store.find_user(&long).await.unwrap().is_none());
    assert!(store.find_user("alice").await.unwrap().is_some(), "the connections are well");
}

pub(super) async fn two_users_of_one_name_are_an_error(database: &TestDatabase) {
    database
        .execute(
            "CREATE TABLE member (id integer PRIMARY KEY, email varchar(90), pass varchar(90)); \
             INSERT INTO member VALUES (1, 'a@b', 'x'), (2, 'a@b', 'y'), (3, 'c@d', 'z')",
        )
        .await;
    let store = store::connect(&member_options(database)).unwrap();
    let error = store.find_user("a@b").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Row);
    assert!(store.find_user("c@d").await.unwrap().is_some());
}

pub(super) async fn created_is_written_as_django_writes_it(database: &TestDatabase) {
    let zones = [(true, "", 0), (true, "Asia/Kathmandu", 345), (false, "Asia/Kolkata", 330)];
    for (number, (use_tz, zone, minutes)) in zones.into_iter().enumerate() {
        let id = database.insert_user(NewUser::new(&format!("u{number}"), ENCODED)).await;
        let mut options = options(database);
        options.clock.use_tz = use_tz;
        let clock = &mut options.clock;
        *if use_tz { &mut clock.database_time_zone } else { &mut clock.time_zone } = zone.into();
        let before = jiff::Timestamp::now();
        let store = store::connect(&options).unwrap();
        let fresh = TokenKey::generate().unwrap();
        store.get_or_create_token(&UserId::Int(id), &fresh).await.unwrap().unwrap();
        let after = jiff::Timestamp::now();

        let text = match database.backend {
            Backend::Postgres => "CAST(created AT TIME ZONE 'UTC' AS text)",
            Backend::MySql | Backend::Sqlite => "CAST(created AS char(30))",
        };
        let sql = format!("SELECT {text} FROM authtoken_token WHERE user_id = {id}");
        let created = database.text(&sql).await;
        let minutes = if database.backend == Backend::Postgres { 0 } else { minutes };
        let offset = jiff::tz::Offset::from_seconds(minutes * 60).unwrap();
        let written: jiff::civil::DateTime = created.parse().unwrap();
        let written = offset.to_timestamp(written).unwrap();
        let micro = jiff::Span::new().microseconds(1);
        assert!(before - micro <= written && written <= after, "{created} {before} {after}");
    }
}

pub(super) async fn a_schema_that_does_not_fit_is_told_in_sentences(database: &TestDatabase) {
    let mut options = options(database);
    options.user_model.password_column = "passwd".into();
    options.user_model.email_column = "mail".into();
    options.user_model.username_field = "date_joined".into();
    options.token_model.table = "tokens".into();
    let store = store::connect(&options).unwrap();
    let Err(SchemaError::Mismatch(sentences)) = store.check_schema().await else {
        panic!("it fits")
    };
    let date_type = match database.backend {
        Backend::Postgres => "timestamp with time zone",
        Backend::MySql | Backend::Sqlite => "datetime",
    };
    let unseen = match database.backend {
        Backend::MySql => ", or does not show it to this account",
        Backend::Postgres | Backend::Sqlite => "",
    };
    assert_eq!(
        sentences,
        [
            format!(
                "the column date_joined of the table auth_user is of the type {date_type}, not \
                 text: write another column's name in user_model.username_field"
            ),
            "the table auth_user has no column passwd: write the column's name in \
             user_model.password_column"
                .to_owned(),
            "the table auth_user has no column mail: write the column's name in \
             user_model.email_column, or \"\" where the model has none"
                .to_owned(),
            format!(
                "the database has no table tokens{unseen}: write the token model's table in \
                 token_model.table, or let Django make it (manage.py migrate)"
            ),
        ]
    );
    let error = store.find_user("alice").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Schema);

    database
        .execute(
            "CREATE TABLE member (id varchar(32) PRIMARY KEY, email varchar(90), pass varchar(90))",
        )
        .await;
    let store = store::connect(&member_options(database)).unwrap();
    let sentences = store.check_schema().await.unwrap_err().to_string();
    let start = "the column user_id of the table authtoken_token is of the type int";
    assert!(sentences.starts_with(start), "{sentences}");
    assert!(sentences.ends_with("and its primary key in user_model.id_column"), "{sentences}");
}

pub(super) async fn a_store_heals_when_its_tables_come_back(database: &TestDatabase) {
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    let store = connect(database);
    assert!(store.find_user("alice").await.unwrap().is_some());
    database.execute("ALTER TABLE auth_user RENAME TO moved").await;
    let error = store.find_user("alice").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Schema, "{error}");
    let error = store.find_user("alice").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Schema, "{error}");
    database.execute("ALTER TABLE moved RENAME TO auth_user").await;
    assert!(store.find_user("alice").await.unwrap().is_some());
}

pub(super) async fn a_changed_column_type_is_no_error(database: &TestDatabase) {
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    let store = connect(database);
    for length in [254, 200, 220] {
        match database.backend {
            Backend::Postgres => {
                let sql = format!(
                    "ALTER TABLE auth_user ALTER COLUMN username TYPE varchar({length}), \
                     ALTER COLUMN password TYPE varchar({length})"
                );
                database.execute(&sql).await;
            }
            Backend::MySql => {
                let sql = format!(
                    "ALTER TABLE auth_user MODIFY username varchar({length}) NOT NULL, \
                     ADD extra{length} integer FIRST"
                );
                database.execute(&sql).await;
            }
            Backend::Sqlite => {
                let sql = format!("ALTER TABLE auth_user ADD extra{length} integer");
                database.execute(&sql).await;
            }
        }
        assert!(store.find_user("alice").await.unwrap().is_some());
    }
}

pub(super) async fn other_tables_and_text_keys_work(database: &TestDatabase) {
    let (id_type, id) = match database.backend {
        Backend::Postgres => ("uuid", "8f6b3c0e-41a9-4d6c-9c1b-0a5f0d3e2b71"),
        Backend::MySql | Backend::Sqlite => ("char(32)", "8f6b3c0e41a94d6c9c1b0a5f0d3e2b71"),
    };
    let quote = if database.backend == Backend::MySql { '`' } else { '"' };
    let q = |name: &str| format!("{quote}{name}{quote}");
    let created = if database.backend == Backend::Postgres { "timestamptz" } else { "datetime" };
    database
        .execute(&format!(
            "CREATE TABLE {m} ({i} {id_type} PRIMARY KEY, email varchar(90) UNIQUE, pass varchar(90)); \
             CREATE TABLE {t} ({k} varchar(40) PRIMARY KEY, created {created} NOT NULL, \
             user_id {id_type} NOT NULL UNIQUE REFERENCES {m} ({i})); \
             INSERT INTO {m} VALUES ('{id}', 'a@b', 'old')",
            m = q("Member"), i = q("Id"), t = q("Order"), k = q("key"),
        ))
        .await;
    let mut options = member_options(database);
    options.user_model.table = "Member".into();
    options.user_model.id_column = "Id".into();
    options.token_model.table = "Order".into();
    let store = store::connect(&options).unwrap();
    store.check_schema().await.unwrap();

    let user = store.find_user("a@b").await.unwrap().unwrap();
    assert_eq!(user.id, UserId::Text(id.to_owned()));
    let token = store.get_or_create_token(&user.id, &key(KEY)).await.unwrap().unwrap();
    assert_eq!(token.expose(), KEY);
    let token = store.get_or_create_token(&user.id, &key("other")).await.unwrap().unwrap();
    assert_eq!(token.expose(), KEY);
    let owner = store.find_token_owner(KEY).await.unwrap().unwrap();
    assert_eq!((owner.user.id, owner.user.username.as_str()), (user.id.clone(), "a@b"));
    assert!(store.upgrade_password(&user.id, &encoded("old"), &encoded("new")).await.unwrap());
    assert!(store.delete_token(&key(KEY)).await.unwrap());
    let none = UserId::Text("8f6b3c0e-41a9-4d6c-9c1b-0a5f0d3e2b72".to_owned());
    assert!(store.get_or_create_token(&none, &key(KEY)).await.unwrap().is_none());
    for odd in [UserId::Text("x".to_owned()), UserId::Int(8)] {
        assert!(store.get_or_create_token(&odd, &key(KEY)).await.unwrap().is_none());
    }
}

pub(super) async fn a_cancelled_call_leaves_a_usable_connection(database: &TestDatabase) {
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let mut options = options(database);
    options.max_connections = 1;
    let store = store::connect(&options).unwrap();
    for micros in (0..3000).step_by(150) {
        let call = async {
            let _ = store.find_user("alice").await;
            let _ = store.get_or_create_token(&UserId::Int(id), &key(KEY)).await;
        };
        let _ = tokio::time::timeout(Duration::from_micros(micros), call).await;
    }
    for _ in 0..3 {
        assert!(store.find_user("alice").await.unwrap().is_some());
    }
    if database.backend == Backend::Postgres {
        let idle = "SELECT CAST(count(*) AS text) FROM pg_stat_activity WHERE datname = \
                    current_database() AND state LIKE 'idle in transaction%'";
        assert_eq!(database.text(idle).await, "0");
    }
}

pub(super) async fn calls_beyond_the_pool_wait_for_their_turn(database: &TestDatabase) {
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    let mut options = options(database);
    options.max_connections = 2;
    options.acquire_timeout = Duration::from_secs(10);
    let store = store::connect(&options).unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.find_user("alice").await.unwrap().is_some() });
    }
    assert!(tasks.join_all().await.into_iter().all(|found| found));
}

pub(super) async fn a_closed_store_is_unavailable(database: &TestDatabase) {
    let store = connect(database);
    store.ping().await.unwrap();
    store.close().await;
    assert_eq!(store.ping().await.unwrap_err().kind(), StoreErrorKind::Unavailable);
}

pub(super) async fn a_user_deleted_at_the_same_time_gets_no_token(database: &TestDatabase) {
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let store = connect(database);
    store.ping().await.unwrap();
    let begin = if database.backend == Backend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
    let held = database.hold(&format!("{begin}; DELETE FROM auth_user WHERE id = {id}")).await;
    let call = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.get_or_create_token(&UserId::Int(id), &key(KEY)).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    held.finish("COMMIT").await;
    assert!(call.await.unwrap().unwrap().is_none());
    assert!(database.tokens().await.is_empty());
}

pub(super) async fn a_password_changed_at_the_same_time_stays(database: &TestDatabase) {
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let store = connect(database);
    store.ping().await.unwrap();
    let begin = if database.backend == Backend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
    let change = format!("{begin}; UPDATE auth_user SET password = 'changed' WHERE id = {id}");
    let held = database.hold(&change).await;
    let call = tokio::spawn({
        let store = Arc::clone(&store);
        let (old, new) = (encoded(ENCODED), encoded("upgraded"));
        async move { store.upgrade_password(&UserId::Int(id), &old, &new).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    held.finish("COMMIT").await;
    assert!(!call.await.unwrap().unwrap());
    assert_eq!(database.text("SELECT password FROM auth_user").await, "changed");
}
