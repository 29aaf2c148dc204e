//! Token look-ups at the same time: they share queries, and nobody can tell by the answers.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use drf_auth::{
    accounts::{
        User, UserId,
        store::{AccountStore, StoreErrorKind},
    },
    store::{self, StoreOptions},
};
use tokio::{sync::Barrier, task::JoinSet};

use super::{ENCODED, KEY, options};
use crate::harness::{self, Backend, NewUser, TestDatabase};

const CALLERS: usize = 64;
/// Where there is much to compare.
const FEW_CALLERS: usize = 16;

/// What a look-up said.
type Answer = Result<Option<(String, User)>, StoreErrorKind>;

async fn ask(store: &dyn AccountStore, key: &str) -> Answer {
    let owner = store.find_token_owner(key).await.map_err(|error| error.kind())?;
    Ok(owner.map(|owner| (owner.key.expose().to_owned(), owner.user)))
}

/// `n` as a key that DRF could have made.
pub(super) fn token(n: u64) -> String {
    format!("{:040x}", u128::from(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

/// Ten users with DRF's own keys, one whose key is in upper case, one with a key of another kind.
async fn fill(database: &TestDatabase) {
    for n in 0..12_u64 {
        let name = format!("user{n}");
        let user = NewUser { is_active: n != 3, is_staff: n == 4, ..NewUser::new(&name, ENCODED) };
        let id = database.insert_user(user).await;
        let key = match n {
            10 => KEY.to_uppercase(),
            11 => "Key-á Straße".to_owned(),
            n => token(n),
        };
        database.insert_token(&key, id).await;
    }
}

/// Keys that are there, keys that are not, and what only some collations take for one that is.
fn presented() -> Vec<String> {
    let known = token(5);
    let mut keys: Vec<_> = (0..14).map(token).collect();
    keys.extend([KEY.to_owned(), KEY.to_uppercase(), known.to_uppercase(), format!("{known} ")]);
    keys.extend(["é", "á", "ａ", "٠", "\u{3000}", "\0", "😀"].map(|odd| {
        let (head, tail) = known.split_at(20);
        format!("{head}{odd}{}", &tail[1..])
    }));
    keys.extend(["", " ", "0", "Key-á Straße", "key-a strasse", "KEY-Á STRASSE"].map(String::from));
    keys.extend([known[1..].to_owned(), format!("{known}0"), "a".repeat(64), "a".repeat(65)]);
    keys
}

/// Asks for every key alone, then for all of them from many tasks at once.
async fn compare(store: &Arc<dyn AccountStore>, keys: &[String], callers: usize) {
    let mut alone = HashMap::new();
    for key in keys {
        alone.insert(key.clone(), ask(&**store, key).await);
    }
    assert!(alone.values().any(|answer| matches!(answer, Ok(Some(_)))), "nothing is found");
    let (alone, keys) = (Arc::new(alone), Arc::new(keys.to_vec()));
    let barrier = Arc::new(Barrier::new(callers));
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let (store, barrier) = (Arc::clone(store), Arc::clone(&barrier));
        let (alone, keys) = (Arc::clone(&alone), Arc::clone(&keys));
        tasks.spawn(async move {
            barrier.wait().await;
            for at in 0..keys.len() {
                let key = &keys[(at + caller) % keys.len()];
                assert_eq!(&ask(&*store, key).await, &alone[key], "{key:?}");
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
}

pub(super) async fn look_ups_at_once_answer_as_one_by_one(database: &TestDatabase) {
    fill(database).await;
    for (max_connections, prepared_statements) in [(1, true), (3, true), (3, false)] {
        let mut options = options(database);
        options.max_connections = max_connections;
        options.prepared_statements = prepared_statements;
        options.acquire_timeout = Duration::from_secs(20);
        compare(&store::connect(&options).unwrap(), &presented(), CALLERS).await;
    }
}

/// A key that two rows have is an error of its own, and nobody else's.
pub(super) async fn a_key_of_two_rows_disturbs_no_other(database: &TestDatabase) {
    fill(database).await;
    let quote = if database.backend == Backend::MySql { '`' } else { '"' };
    database
        .execute(&format!(
            "CREATE TABLE loose ({quote}key{quote} varchar(40), created varchar(40), user_id integer); \
             INSERT INTO loose SELECT {quote}key{quote}, '2024-01-02', user_id FROM authtoken_token; \
             INSERT INTO loose VALUES ('{}', '2024-01-02', (SELECT MAX(id) FROM auth_user))",
            token(7),
        ))
        .await;
    let mut options = options(database);
    options.token_model.table = "loose".into();
    options.max_connections = 2;
    options.acquire_timeout = Duration::from_secs(20);
    let store = store::connect(&options).unwrap();
    assert_eq!(ask(&*store, &token(7)).await, Err(StoreErrorKind::Row));
    compare(&store, &presented(), FEW_CALLERS).await;
}

/// While a row changes again and again, no answer is older than its question.
pub(super) async fn no_answer_is_older_than_its_question(database: &TestDatabase) {
    fill(database).await;
    let store = store::connect(&options(database)).unwrap();
    let id = ask(&*store, &token(0)).await.unwrap().unwrap().1.id;
    let UserId::Int(id) = id else { panic!("{id}") };
    let committed = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (store, committed) = (Arc::clone(&store), Arc::clone(&committed));
        callers.spawn(async move {
            let mut changes = 0;
            loop {
                let before = committed.load(Ordering::SeqCst);
                if before == u64::MAX {
                    return changes;
                }
                // Others' look-ups stand between.
                let is_other = caller % 4 == 0;
                let key = token(u64::from(is_other));
                let (_, user) = ask(&*store, &key).await.unwrap().unwrap();
                if !is_other {
                    let seen: u64 = user.email.unwrap().parse().unwrap_or(0);
                    assert!(seen >= before, "{seen} was answered, {before} was committed before");
                    changes = changes.max(seen);
                }
            }
        });
    }
    let end = Instant::now() + Duration::from_millis(1500);
    let mut number = 0;
    while Instant::now() < end {
        number += 1;
        let sql = format!("UPDATE auth_user SET email = '{number}' WHERE id = {id}");
        database.execute(&sql).await;
        committed.store(number, Ordering::SeqCst);
    }
    committed.store(u64::MAX, Ordering::SeqCst);
    let seen = callers.join_all().await.into_iter().max().unwrap();
    assert!(seen > 5, "only {seen} of {number} changes were seen");
}

#[tokio::test]
async fn look_ups_that_wait_share_one_query_on_postgres() {
    let Some(last) = last_query(|n| token(n % 12)).await else { return };
    assert!(last.contains("IN ($1, $2, $3"), "{last}");
}

/// What is no key of DRF's must not have a query for each that comes with it.
#[tokio::test]
async fn keys_of_any_form_share_one_query_on_postgres() {
    let Some(last) = last_query(|n| format!("Z{n}")).await else { return };
    assert!(last.contains("= $1 LIMIT 2) k0 UNION ALL SELECT * FROM (SELECT '1'"), "{last}");
}

/// The last query of twenty look-ups that wait while a lock is held.
async fn last_query(key: impl Fn(u64) -> String) -> Option<String> {
    let database = harness::database(Backend::Postgres).await?;
    fill(&database).await;
    let mut options = options(&database);
    options.max_connections = 1;
    let store = store::connect(&options).unwrap();
    store.ping().await.unwrap();
    store.find_token_owner(KEY).await.unwrap();
    let held = database.hold("BEGIN; LOCK TABLE authtoken_token").await;
    let mut tasks = JoinSet::new();
    for n in 0..20 {
        let (store, key) = (Arc::clone(&store), key(n));
        tasks.spawn(async move { ask(&*store, &key).await });
        if n == 0 {
            waiting_for_the_lock(&database).await;
        }
    }
    // All have arrived: they are the runtime's own tasks, and nothing else runs on this thread.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    held.finish("COMMIT").await;
    assert!(tasks.join_all().await.iter().all(Result::is_ok));
    let last = "SELECT query FROM pg_stat_activity WHERE application_name = 'drf-auth' AND \
                datname = current_database()";
    Some(database.text(last).await)
}

async fn waiting_for_the_lock(database: &TestDatabase) {
    let sql = "SELECT CAST(count(*) AS text) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
               AND datname = current_database()";
    while database.text(sql).await == "0" {
        tokio::task::yield_now().await;
    }
}

/// Where the server is away or silent, those who share a query wait no longer than one who is alone.
#[tokio::test]
async fn an_outage_is_told_to_all_in_time() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent.local_addr().unwrap().port();
    for scheme in ["postgres", "mysql"] {
        for port in [1, silent] {
            let url = format!("{scheme}://u:secret@127.0.0.1:{port}/d");
            let mut options = StoreOptions::new(url.parse().unwrap());
            options.acquire_timeout = Duration::from_millis(300);
            let store = store::connect(&options).unwrap();
            let began = Instant::now();
            let mut tasks = JoinSet::new();
            for n in 0..100 {
                let store = Arc::clone(&store);
                tasks.spawn(async move { ask(&*store, &token(n)).await });
            }
            for answer in tasks.join_all().await {
                assert_eq!(answer, Err(StoreErrorKind::Unavailable), "{url}");
            }
            assert!(began.elapsed() < Duration::from_millis(1200), "{url} {:?}", began.elapsed());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_compared_as_their_column_says_on_postgres() {
    let Some(database) = harness::database(Backend::Postgres).await else { return };
    fill(&database).await;
    let columns = [
        ("CREATE EXTENSION citext", "citext"),
        (
            "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level1', \
             deterministic = false)",
            "varchar(80) COLLATE nocase",
        ),
        ("SELECT 1", "char(80)"),
        ("SELECT 1", "text"),
    ];
    for (prepare, column) in columns {
        if database.try_execute(prepare).await.is_err() {
            println!("skipped: a key that is {column} is not known to this server");
            continue;
        }
        // Django's index for LIKE is of no use to it.
        database.execute("DROP INDEX IF EXISTS authtoken_token_key_10f0b77e_like").await;
        let alter = format!("ALTER TABLE authtoken_token ALTER COLUMN key TYPE {column}");
        database.execute(&alter).await;
        let mut options = options(&database);
        (options.max_connections, options.acquire_timeout) = (2, Duration::from_secs(20));
        let store = store::connect(&options).unwrap();
        let found = ask(&*store, KEY).await.unwrap().is_some();
        assert_eq!(found, column.contains("nocase") || column == "citext", "{column}");
        compare(&store, &presented(), FEW_CALLERS).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_compared_as_their_column_says_on_mysql() {
    let Some(database) = harness::database(Backend::MySql).await else { return };
    fill(&database).await;
    for set in [
        "utf8mb4 COLLATE utf8mb4_general_ci",
        "utf8mb4 COLLATE utf8mb4_unicode_ci",
        "utf8mb4 COLLATE utf8mb4_unicode_520_ci",
        "utf8mb4 COLLATE utf8mb4_danish_ci",
        "utf8mb4 COLLATE utf8mb4_bin",
        "utf8mb3",
        "latin1",
        "latin1 COLLATE latin1_german2_ci",
        "latin1 COLLATE latin1_bin",
    ] {
        let alter = format!(
            "ALTER TABLE authtoken_token MODIFY `key` varchar(80) CHARACTER SET {set} NOT NULL"
        );
        database.execute(&alter).await;
        let mut options = options(&database);
        (options.max_connections, options.acquire_timeout) = (2, Duration::from_secs(20));
        let store = store::connect(&options).unwrap();
        let found = ask(&*store, KEY).await.unwrap().is_some();
        assert_eq!(found, !set.ends_with("_bin"), "{set}");
        compare(&store, &presented(), FEW_CALLERS).await;
    }
}
