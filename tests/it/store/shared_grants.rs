//! Permissions and groups asked for at the same time: they share queries, and nobody can tell by the
//! answers.

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
        UserId,
        grants::Permission,
        store::{AccountStore, StoreErrorKind},
    },
    metrics,
    store::{self, StoreOptions},
};
use tokio::{sync::Barrier, task::JoinSet};

use super::{ENCODED, options, sharing::token};
use crate::harness::{Backend, NewUser, TestDatabase};

const CALLERS: usize = 48;
const USERS: usize = 10;

/// What is asked, and what the answer was.
type Asked = (UserId, Option<&'static str>);

/// Users with rights of their own, by groups, by both and without any: by the bits of their number.
async fn fill(database: &TestDatabase, user_id: impl Fn(usize) -> String, tables: [&str; 3]) {
    let [groups, permissions, owner] = tables;
    let mut sql = vec![
        "INSERT INTO django_content_type (id, app_label, model) \
         VALUES (901, 'blog', 'entry'), (902, 'shop', 'entry'), (903, 'blog', 'other'); \
         INSERT INTO auth_permission (id, name, content_type_id, codename) VALUES \
         (911, 'x', 901, 'add'), (912, 'x', 902, 'add'), (913, 'x', 901, 'change'), \
         (914, 'x', 903, 'Add'), (915, 'x', 903, 'add.one'); \
         INSERT INTO auth_group (id, name) VALUES (921, 'Editors'), (922, 'é%'), (923, 'x'); \
         INSERT INTO auth_group_permissions (id, group_id, permission_id) VALUES \
         (931, 921, 911), (932, 921, 913), (933, 922, 911), (934, 922, 914)"
            .to_owned(),
    ];
    for n in 0..USERS {
        for (bit, table, column, value) in [
            (1, permissions, "permission_id", 911),
            (2, permissions, "permission_id", 912),
            (4, groups, "group_id", 921),
            (4, groups, "group_id", 923),
            (8, groups, "group_id", 922),
        ] {
            if n & bit != 0 {
                let (number, id) = (sql.len(), user_id(n));
                sql.push(format!(
                    "INSERT INTO {table} (id, {owner}, {column}) VALUES ({number}, {id}, {value})"
                ));
            }
        }
    }
    database.execute(&sql.join("; ")).await;
}

async fn ask(store: &dyn AccountStore, (user, permission): &Asked) -> Vec<String> {
    let Some(name) = permission else { return store.groups_of(user).await.unwrap() };
    let permission = Permission::parse(name).unwrap();
    vec![store.has_permission(user, &permission).await.unwrap().to_string()]
}

/// Groups, and permissions; the last of them is one that PostgreSQL can say nothing of, so that all who
/// share a query with it are asked alone.
const NAMES: [Option<&str>; 10] = [
    None,
    Some("blog.add"),
    Some("shop.add"),
    Some("blog.change"),
    Some("blog.Add"),
    Some("blog.ADD"),
    Some("blog.add.one"),
    Some("nowhere.add"),
    Some("blog.\u{1F600}"),
    Some("blog.\0"),
];

/// Asks for everything alone, then for all of it from many tasks at once; how many look-ups and queries.
async fn compare(
    options: &StoreOptions,
    users: &[UserId],
    names: &[Option<&'static str>],
) -> (f64, f64) {
    let store = store::connect(options).unwrap();
    let asked: Vec<Asked> = users
        .iter()
        .flat_map(|user| names.iter().map(|permission| (user.clone(), *permission)))
        .collect();
    let mut alone = HashMap::new();
    for one in &asked {
        alone.insert(one.clone(), ask(&*store, one).await);
    }
    for expected in ["true", "false", "Editors"] {
        assert!(alone.values().any(|answer| answer[..] == [expected] || answer.len() == 2));
    }
    let (alone, asked) = (Arc::new(alone), Arc::new(asked));
    let barrier = Arc::new(Barrier::new(CALLERS));
    let mut tasks = JoinSet::new();
    for caller in 0..CALLERS {
        let (store, barrier) = (Arc::clone(&store), Arc::clone(&barrier));
        let (alone, asked) = (Arc::clone(&alone), Arc::clone(&asked));
        tasks.spawn(async move {
            barrier.wait().await;
            for at in 0..asked.len() {
                let one = &asked[(at + caller * 7) % asked.len()];
                assert_eq!(ask(&*store, one).await, alone[one], "{one:?}");
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    shared(&*store)
}

/// How many look-ups had how many queries, those that were asked for once more apart.
fn shared(store: &dyn AccountStore) -> (f64, f64) {
    let value = |name| metric(store, name);
    (value("drf_auth_grant_lookups_per_query_sum"), value("drf_auth_grant_lookups_per_query_count"))
}

fn metric(store: &dyn AccountStore, name: &str) -> f64 {
    let mut registry = metrics::registry();
    store.register_metrics(metrics::ours(&mut registry));
    let text = metrics::expose(&registry).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().parse().unwrap()
}

/// The tables of users and tokens are not looked at anew for it.
pub(super) async fn permissions_that_cannot_be_read_cost_token_checks_nothing(
    database: &TestDatabase,
) {
    let id = database.insert_user(NewUser::new("ayush", ENCODED)).await;
    database.insert_token(&token(0), id).await;
    let store = store::connect(&options(database)).unwrap();
    assert!(store.find_token_owner(&token(0)).await.unwrap().is_some());
    database.execute("ALTER TABLE auth_group_permissions RENAME TO elsewhere").await;
    let statements =
        || metric(&*store, "drf_auth_database_statement_seconds_count{pool=\"checks\"}");
    let before = statements();
    for _ in 0..3 {
        let add = Permission::parse("blog.add").unwrap();
        let error = store.has_permission(&UserId::Int(id), &add).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Schema, "{error}");
        assert!(store.find_token_owner(&token(0)).await.unwrap().is_some());
    }
    assert!((statements() - before - 6.0).abs() < 0.5, "{} statements", statements() - before);
}

pub(super) async fn grants_at_once_answer_as_one_by_one(database: &TestDatabase) {
    let mut ids = Vec::new();
    for n in 0..USERS {
        ids.push(database.insert_user(NewUser::new(&format!("user{n}"), ENCODED)).await);
    }
    let tables = ["auth_user_groups", "auth_user_user_permissions", "user_id"];
    fill(database, |n| ids[n].to_string(), tables).await;
    let nobody = [UserId::Int(i64::MAX), UserId::Text("x".into())];
    let users: Vec<_> = ids.iter().map(|id| UserId::Int(*id)).chain(nobody).collect();
    for (max_connections, prepared_statements) in [(1, true), (3, false)] {
        let acquire_timeout = Duration::from_secs(20);
        let mut options = options(database);
        options.max_connections = max_connections;
        options.prepared_statements = prepared_statements;
        options.acquire_timeout = acquire_timeout;
        let (look_ups, queries) = compare(&options, &users, &NAMES[..9]).await;
        assert!(queries * 3.0 < look_ups, "{queries} queries for {look_ups} look-ups");
        compare(&options, &users, &NAMES).await;
    }
}

/// Keys that are text, some rows of which a collation may take for others'.
pub(super) async fn grants_of_users_with_text_keys(database: &TestDatabase) {
    let uuid = database.backend == Backend::Postgres;
    let key = if uuid { "uuid" } else { "varchar(40)" };
    let id = |n: usize| format!("{:032x}", (n as u128 + 1) << 100 | 0xabc);
    let stored = |n: usize| match n {
        5 if !uuid => format!("'{}'", id(n).to_uppercase()),
        n => format!("'{}'", id(n)),
    };
    let quote = if database.backend == Backend::MySql { '`' } else { '"' };
    let rows: Vec<_> =
        (0..USERS).map(|n| format!("('{}', 'm{n}@example.com', '!')", id(n))).collect();
    database
        .execute(&format!(
            "CREATE TABLE member_token \
             ({quote}key{quote} varchar(40), created varchar(40), user_id {key}); \
             CREATE TABLE member (id {key} PRIMARY KEY, email varchar(90), password varchar(90)); \
             CREATE TABLE member_groups (id integer, member_id {key}, group_id integer); \
             CREATE TABLE member_user_permissions \
             (id integer, member_id {key}, permission_id integer); \
             INSERT INTO member VALUES {}",
            rows.join(", ")
        ))
        .await;
    let tables = ["member_groups", "member_user_permissions", "member_id"];
    fill(database, stored, tables).await;
    let mut options = options(database);
    options.max_connections = 2;
    options.acquire_timeout = Duration::from_secs(20);
    options.token_model.table = "member_token".into();
    let model = &mut options.user_model;
    model.table = "member".into();
    model.username_field = "email".into();
    model.groups_table = "member_groups".into();
    model.user_permissions_table = "member_user_permissions".into();
    model.relation_column = "member_id".into();
    for column in
        [&mut model.is_active_column, &mut model.is_staff_column, &mut model.is_superuser_column]
    {
        column.clear();
    }
    let text = |n: usize| {
        let id = id(n);
        let parts = [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]];
        if uuid && n != 3 { parts.join("-") } else { id }
    };
    let nobody = [UserId::Text("0".repeat(32)), UserId::Text(String::new()), UserId::Int(1)];
    let users = (0..USERS).map(|n| UserId::Text(text(n))).chain(nobody).collect::<Vec<_>>();
    compare(&options, &users, &NAMES).await;
}

/// While a permission and a group's name change again and again, no answer is older than its question.
pub(super) async fn no_grant_is_older_than_its_question(database: &TestDatabase) {
    let id = database.insert_user(NewUser::new("ayush", ENCODED)).await;
    database.insert_token(&token(0), id).await;
    database
        .execute(&format!(
            "INSERT INTO django_content_type (id, app_label, model) VALUES (901, 'blog', 'entry'); \
             INSERT INTO auth_permission (id, name, content_type_id, codename) \
             VALUES (911, 'x', 901, 'add'); \
             INSERT INTO auth_group (id, name) VALUES (921, '0'); \
             INSERT INTO auth_user_groups (id, user_id, group_id) VALUES (941, {id}, 921)"
        ))
        .await;
    let store = store::connect(&options(database)).unwrap();
    store.check_schema().await.unwrap();
    let (begun, committed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let store = Arc::clone(&store);
        let (begun, committed) = (Arc::clone(&begun), Arc::clone(&committed));
        callers.spawn(async move {
            let (user, add) = (UserId::Int(id), Permission::parse("blog.add").unwrap());
            let mut decided = 0;
            loop {
                let before = committed.load(Ordering::SeqCst);
                if before == u64::MAX {
                    return decided;
                }
                if caller % 2 == 0 {
                    let has = store.has_permission(&user, &add).await.unwrap();
                    // Nothing was under way meanwhile.
                    if begun.load(Ordering::SeqCst) == before {
                        assert_eq!(has, before % 2 == 1, "after {before} changes");
                        decided += 1;
                    }
                } else {
                    let groups = store.groups_of(&user).await.unwrap();
                    let seen: u64 = groups[0].parse().unwrap();
                    assert!(seen >= before, "{seen} was answered, {before} was committed before");
                    decided += 1;
                }
            }
        });
    }
    let end = Instant::now() + Duration::from_millis(1500);
    let mut number = 0;
    while Instant::now() < end || number < 10 {
        number += 1;
        begun.store(number, Ordering::SeqCst);
        let permission = match number % 2 {
            1 => format!(
                "INSERT INTO auth_user_user_permissions (id, user_id, permission_id) \
                 VALUES (951, {id}, 911)"
            ),
            _ => "DELETE FROM auth_user_user_permissions WHERE id = 951".to_owned(),
        };
        let name = format!("UPDATE auth_group SET name = '{number}' WHERE id = 921");
        database.execute(&format!("{name}; {permission}")).await;
        committed.store(number, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    committed.store(u64::MAX, Ordering::SeqCst);
    let decided: u32 = callers.join_all().await.into_iter().sum();
    assert!(decided > 200, "{decided} answers, {number} changes");
}
