//! The verify view: what a gateway gets, on each engine, over HTTP as it comes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{collections::BTreeMap, ffi::OsString, fs, process::Command, time::Duration};

use axum::Router;
use drf_auth::{
    accounts::grants::GrantTables,
    app,
    config::{Config, Overrides},
    store::{self, StoreOptions},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use insta::{allow_duplicates, assert_snapshot};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::harness::{self, Backend, NewUser, TestDatabase};

const PATIENCE: Duration = Duration::from_secs(20);

/// One test a function of this name, on each engine.
macro_rules! on_each {
    ($($name:ident),* $(,)?) => {
        mod postgres { on_each! { @ $crate::harness::Backend::Postgres; $($name)* } }
        mod mysql { on_each! { @ $crate::harness::Backend::MySql; $($name)* } }
        mod sqlite { on_each! { @ $crate::harness::Backend::Sqlite; $($name)* } }
    };
    (@ $backend:expr; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(database) = $crate::harness::database($backend).await {
                    super::$name(&database).await;
                }
            }
        )*
    };
}

on_each! {
    an_accepted_request_says_who_it_is,
    refusals_are_drfs,
    permissions_mean_what_django_means,
    groups_are_named_where_they_are_asked_for,
    a_table_that_a_route_needs_must_be_there,
}

/// A service's router, as a configuration file makes it.
fn router(database: &TestDatabase, toml: &str) -> Router {
    let folder = std::env::temp_dir().join(format!("{}-verify", database.name()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("drf-auth.toml"), toml).unwrap();
    let environment: BTreeMap<String, OsString> =
        BTreeMap::from([("DATABASE_URL".to_owned(), database.url().into())]);
    let config = Config::load(&Overrides::default(), &environment, &folder);
    fs::remove_dir_all(&folder).unwrap();
    app::router(&config.unwrap()).unwrap()
}

/// An open connection to the service.
fn connect(router: &Router) -> DuplexStream {
    let (client, server) = tokio::io::duplex(1 << 20);
    let service = TowerToHyperService::new(router.clone());
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), service);
    tokio::spawn(connection);
    client
}

/// The answer to one request on a connection of its own, without its date.
async fn ask(router: &Router, request: &str) -> String {
    let mut stream = connect(router);
    let request = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let lines = answer.split("\r\n").filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("date: ") && !line.starts_with("connection: ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

async fn get(router: &Router, path: &str, authorization: &str) -> String {
    ask(
        router,
        &format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\r\n"),
    )
    .await
}

async fn status(router: &Router, path: &str, token: &str) -> u16 {
    status_of(&get(router, path, &format!("Token {token}")).await)
}

fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// The users that every test knows, each with a token of its name.
async fn fill(database: &TestDatabase) -> BTreeMap<&'static str, i64> {
    let user = |username| NewUser::new(username, "!");
    let mut ids = BTreeMap::new();
    for user in [
        NewUser { email: "ayush@example.com", ..user("ayush") },
        NewUser { is_staff: true, ..user("staff") },
        NewUser { is_superuser: true, ..user("root") },
        NewUser { is_staff: true, is_superuser: true, is_active: false, ..user("gone") },
        user("own"),
        user("member"),
        user("both"),
        user("Zoë, the \"2nd\"\r\nX-Auth-Staff: true"),
    ] {
        let id = database.insert_user(user).await;
        let name = if user.username.starts_with("Zo") { "strange" } else { user.username };
        database.insert_token(&format!("token-of-{name}"), id).await;
        ids.insert(name, id);
    }
    ids
}

async fn an_accepted_request_says_who_it_is(database: &TestDatabase) {
    fill(database).await;
    let router = router(database, "");
    let answer = get(&router, "/verify/", "Token token-of-ayush").await;
    allow_duplicates! { assert_snapshot!(answer, @r#"
    HTTP/1.1 200 OK
    content-type: application/json
    vary: Authorization
    x-auth-user-id: 1
    x-auth-username: ayush
    x-auth-email: ayush@example.com
    x-auth-staff: false
    x-auth-superuser: false
    x-frame-options: DENY
    x-content-type-options: nosniff
    referrer-policy: same-origin
    cross-origin-opener-policy: same-origin
    cache-control: no-store
    content-length: 30

    {"sub":"1","username":"ayush"}
    "#); }

    let answer = get(&router, "/verify/", "Token token-of-strange").await;
    let strange = "Zo%C3%AB%2C%20the%20%222nd%22%0D%0AX-Auth-Staff%3A%20true";
    for line in [
        &format!("x-auth-username: {strange}"),
        "x-auth-email: ",
        "x-auth-staff: false",
        "x-auth-superuser: false",
    ] {
        assert_eq!(answer.lines().filter(|other| other == &line).count(), 1, "{line}\n{answer}");
    }
    let answer = get(&router, "/verify/", "Token token-of-root").await;
    assert!(answer.contains("\nx-auth-staff: false\nx-auth-superuser: true\n"), "{answer}");
    let answer = get(&router, "/verify/", "Token token-of-staff").await;
    assert!(answer.contains("\nx-auth-staff: true\nx-auth-superuser: false\n"), "{answer}");
}

async fn refusals_are_drfs(database: &TestDatabase) {
    fill(database).await;
    let router = router(database, "[verify]\nkeywords = [\"Bearer\"]\n");
    let missing = ask(&router, "GET /verify/ HTTP/1.1\r\nHost: x\r\n\r\n").await;
    allow_duplicates! { assert_snapshot!(missing, @r#"
    HTTP/1.1 401 Unauthorized
    content-type: application/json
    vary: Authorization
    www-authenticate: Token
    x-frame-options: DENY
    x-content-type-options: nosniff
    referrer-policy: same-origin
    cross-origin-opener-policy: same-origin
    cache-control: no-store
    content-length: 58

    {"detail":"Authentication credentials were not provided."}
    "#); }
    for (authorization, detail) in [
        ("", "Authentication credentials were not provided."),
        ("Basic YTpi", "Authentication credentials were not provided."),
        ("Token", "Invalid token header. No credentials provided."),
        ("Bearer", "Invalid token header. No credentials provided."),
        ("Token a b", "Invalid token header. Token string should not contain spaces."),
        ("bearer a b", "Invalid token header. Token string should not contain spaces."),
        ("Token nonsense", "Invalid token."),
        ("Bearer nonsense", "Invalid token."),
        ("Token token-of-gone", "User inactive or deleted."),
        // As gunicorn joins them.
        (
            "Token token-of-ayush\r\nAuthorization: Token token-of-root",
            "Invalid token header. Token string should not contain spaces.",
        ),
        (
            "Token\r\nAuthorization: Token token-of-ayush",
            "Authentication credentials were not provided.",
        ),
    ] {
        let answer = get(&router, "/verify/", authorization).await;
        assert_eq!(status_of(&answer), 401, "{authorization:?}: {answer}");
        assert!(answer.contains("\nwww-authenticate: Token\n"), "{answer}");
        assert!(answer.ends_with(&format!("\n\n{{\"detail\":\"{detail}\"}}")), "{answer}");
        assert!(!answer.contains("x-auth-"), "{answer}");
    }
    for (authorization, expected) in [
        ("Token token-of-ayush", 200),
        ("tOkEn\ttoken-of-ayush", 200),
        ("BEARER   token-of-ayush ", 200),
        ("JWT token-of-ayush", 401),
    ] {
        let answer = get(&router, "/verify/", authorization).await;
        assert_eq!(status_of(&answer), expected, "{authorization}: {answer}");
    }
    // The other words are for this view alone.
    assert_eq!(status_of(&get(&router, "/profile/", "Bearer token-of-ayush").await), 401);
    assert_eq!(status_of(&get(&router, "/profile/", "Token token-of-ayush").await), 200);
}

/// Two permissions of one name in two applications, one of them in a group.
async fn grant(database: &TestDatabase, ids: &BTreeMap<&str, i64>) {
    let (own, member, both, gone) = (ids["own"], ids["member"], ids["both"], ids["gone"]);
    database
        .execute(&format!(
            "INSERT INTO django_content_type (id, app_label, model) \
             VALUES (901, 'blog', 'entry'), (902, 'shop', 'entry'), (903, 'blog', 'other'); \
             INSERT INTO auth_permission (id, name, content_type_id, codename) VALUES \
             (911, 'x', 901, 'add_entry'), (912, 'x', 902, 'add_entry'), \
             (913, 'x', 901, 'change_entry'), (914, 'x', 903, 'special.one'); \
             INSERT INTO auth_group (id, name) VALUES (921, 'Editors, all'), (922, 'é%'), (923, 'x'); \
             INSERT INTO auth_group_permissions (id, group_id, permission_id) VALUES \
             (931, 921, 911), (932, 921, 913), (933, 922, 914); \
             INSERT INTO auth_user_groups (id, user_id, group_id) VALUES \
             (941, {member}, 921), (942, {both}, 921), (943, {both}, 922), (944, {gone}, 921); \
             INSERT INTO auth_user_user_permissions (id, user_id, permission_id) VALUES \
             (951, {own}, 911), (952, {both}, 912), (953, {gone}, 911)"
        ))
        .await;
}

const ROUTES: &str = r#"
    [routes]
    "/v/" = "verify"
    "/v/staff/" = { view = "verify", staff = true }
    "/v/superuser" = { view = "verify", superuser = true }
    "/v/add/" = { view = "verify", perm = "blog.add_entry" }
    "/v/add/both/" = { view = "verify", perm = ["blog.change_entry", "shop.add_entry"] }
    "/v/case/" = { view = "verify", perm = "blog.Add_Entry" }
    "/v/nowhere/" = { view = "verify", perm = "blog.nothing" }
    "/v/dotted/" = { view = "verify", perm = "blog.special.one" }
    "/v/editors/" = { view = "verify", group = "Editors, all" }
    "/v/any/" = { view = "verify", group = ["x", "é%"] }
    "/v/lower/" = { view = "verify", group = "editors, all" }
"#;

async fn permissions_mean_what_django_means(database: &TestDatabase) {
    let ids = fill(database).await;
    grant(database, &ids).await;
    let router = router(database, ROUTES);
    let all = ["ayush", "staff", "root", "own", "member", "both", "strange"];
    for (path, allowed) in [
        ("/v/", &all[..]),
        ("/v/x/staff/", &all),
        ("/v/staffx", &all),
        ("/v/staff/", &["staff"]),
        // However a gateway's configuration may spell it.
        ("/v/staff", &["staff"]),
        ("/v/staff/x?staff=true", &["staff"]),
        ("/v//staff/", &["staff"]),
        ("/v/x/../staff/", &["staff"]),
        ("/v/%73taff/", &["staff"]),
        ("/v%2Fstaff%2F", &["staff"]),
        ("/v/./staff", &["staff"]),
        ("/v/staff/../x", &["staff"]),
        ("/v/superuser/x", &["root"]),
        ("/v/add/", &["root", "own", "member", "both"]),
        ("/v/add/both/", &["root", "both"]),
        ("/v/case/", &["root"]),
        ("/v/nowhere/", &["root"]),
        ("/v/dotted/", &["root", "both"]),
        ("/v/editors/", &["member", "both"]),
        ("/v/any/", &["both"]),
        ("/v/lower/", &[]),
    ] {
        for user in all {
            let expected = if allowed.contains(&user) { 200 } else { 403 };
            let answer = status(&router, path, &format!("token-of-{user}")).await;
            assert_eq!(answer, expected, "{user} at {path}");
        }
        assert_eq!(status(&router, path, "token-of-gone").await, 401, "inactive at {path}");
        assert_eq!(status(&router, path, "nonsense").await, 401, "nobody at {path}");
    }
    let refused = get(&router, "/v/staff/", "Token token-of-ayush").await;
    allow_duplicates! { assert_snapshot!(refused, @r#"
    HTTP/1.1 403 Forbidden
    content-type: application/json
    vary: Authorization
    x-auth-required: staff
    x-frame-options: DENY
    x-content-type-options: nosniff
    referrer-policy: same-origin
    cross-origin-opener-policy: same-origin
    cache-control: no-store
    content-length: 63

    {"detail":"You do not have permission to perform this action."}
    "#); }
    // Whatever the answer, so that nobody takes a path that is no route of its own for one.
    for (path, required) in [
        ("/v/add/", Some("perm=blog.add_entry")),
        (
            "/v/add/x/../both/",
            Some("perm=blog.add_entry,perm=blog.change_entry,perm=shop.add_entry"),
        ),
        ("/v/any/", Some("group=x,group=%C3%A9%25")),
        ("/v/", None),
        ("/v/lost/", None),
    ] {
        for token in ["token-of-both", "token-of-ayush", "nonsense"] {
            let answer = get(&router, path, &format!("Token {token}")).await;
            let told = answer.lines().find_map(|line| line.strip_prefix("x-auth-required: "));
            assert_eq!(told, required, "{path}: {answer}");
        }
    }
}

async fn groups_are_named_where_they_are_asked_for(database: &TestDatabase) {
    let ids = fill(database).await;
    grant(database, &ids).await;
    let router = router(database, "[verify]\ngroups_header = \"X-Groups\"\nemail_header = \"\"\n");
    for (user, groups) in
        [("both", "Editors%2C%20all,%C3%A9%25"), ("member", "Editors%2C%20all"), ("ayush", "")]
    {
        let answer = get(&router, "/verify/", &format!("Token token-of-{user}")).await;
        assert!(answer.contains(&format!("\nx-groups: {groups}\n")), "{answer}");
        assert!(!answer.contains("x-auth-email"), "{answer}");
    }
}

async fn a_table_that_a_route_needs_must_be_there(database: &TestDatabase) {
    let ids = fill(database).await;
    grant(database, &ids).await;
    let mut options = StoreOptions::new(database.url().parse().unwrap());
    let permissions = GrantTables { permissions: true, groups: false };
    let groups = GrantTables { permissions: false, groups: true };
    let store = store::connect(&options).unwrap();
    for tables in [GrantTables::default(), permissions, groups] {
        store.check_grants(tables).await.unwrap();
    }

    options.user_model.groups_table = "member_groups".into();
    options.user_model.relation_column = "member_id".into();
    let store = store::connect(&options).unwrap();
    store.check_schema().await.unwrap();
    store.check_grants(GrantTables::default()).await.unwrap();
    let sentences = store.check_grants(permissions).await.unwrap_err().to_string();
    assert_eq!(
        sentences,
        "the table auth_user_user_permissions has no column member_id: write the name of the column \
         that refers to the user in user_model.relation_column\n\
         the database has no table member_groups, or does not show it to this account: write the \
         table's name in user_model.groups_table, and GRANT SELECT on it"
    );

    // With the table gone it is an outage, not a refusal; what does not need it goes on.
    let router = router(database, ROUTES);
    database.execute("DROP TABLE auth_group_permissions").await;
    assert_eq!(status(&router, "/v/add/", "token-of-own").await, 503);
    assert_eq!(status(&router, "/v/add/", "token-of-root").await, 200);
    assert_eq!(status(&router, "/v/", "token-of-own").await, 200);
    let sentences = store::connect(&StoreOptions::new(database.url().parse().unwrap())).unwrap();
    let sentences = sentences.check_grants(permissions).await.unwrap_err().to_string();
    assert!(sentences.contains("no table auth_group_permissions"), "{sentences}");
    assert!(sentences.contains("manage.py migrate auth"), "{sentences}");
}

#[tokio::test]
async fn custom_relations_with_text_keys() {
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        let Some(database) = harness::database(backend).await else { continue };
        let (id, text) = match backend {
            Backend::Postgres => ("uuid", "uuid"),
            Backend::MySql | Backend::Sqlite => ("char(32)", "char(32)"),
        };
        let uuid = "0123456789abcdef0123456789abcdef";
        let key = if backend == Backend::MySql { "`key`" } else { "\"key\"" };
        database
            .execute(&format!(
                "CREATE TABLE shop_member (id {id} PRIMARY KEY, email varchar(90), password \
                 varchar(90), is_superuser boolean); \
                 CREATE TABLE shop_member_groups (id integer, member_id {text}, group_id integer); \
                 CREATE TABLE shop_member_user_permissions \
                 (id integer, member_id {text}, permission_id integer); \
                 CREATE TABLE tokens ({key} varchar(40), user_id {text}, created varchar(40)); \
                 INSERT INTO shop_member VALUES ('{uuid}', 'a@b', '!', false); \
                 INSERT INTO tokens VALUES ('member-token', '{uuid}', '2024'); \
                 INSERT INTO django_content_type (id, app_label, model) VALUES (1, 'shop', 'x'); \
                 INSERT INTO auth_permission (id, name, content_type_id, codename) \
                 VALUES (1, 'x', 1, 'own'), (2, 'x', 1, 'shared'), (3, 'x', 1, 'none'); \
                 INSERT INTO auth_group (id, name) VALUES (1, 'g'); \
                 INSERT INTO auth_group_permissions (id, group_id, permission_id) VALUES (1, 1, 2); \
                 INSERT INTO shop_member_groups VALUES (1, '{uuid}', 1); \
                 INSERT INTO shop_member_user_permissions VALUES (1, '{uuid}', 1)"
            ))
            .await;
        let router = router(
            &database,
            "[user_model]\ntable = \"shop_member\"\nusername_field = \"email\"\n\
             is_active_column = \"\"\nis_staff_column = \"\"\n[token_model]\ntable = \"tokens\"\n\
             [verify]\ngroups_header = \"X-Groups\"\n[routes]\n\
             \"/own/\" = { view = \"verify\", perm = \"shop.own\" }\n\
             \"/shared/\" = { view = \"verify\", perm = \"shop.shared\", group = \"g\" }\n\
             \"/none/\" = { view = \"verify\", perm = \"shop.none\" }\n",
        );
        for (path, expected) in [("/own/", 200), ("/shared/", 200), ("/none/", 403)] {
            assert_eq!(status(&router, path, "member-token").await, expected, "{backend:?} {path}");
        }
        let answer = get(&router, "/own/", "Token member-token").await;
        assert!(answer.contains("\nx-auth-username: a@b\n"), "{answer}");
        assert!(answer.contains("\nx-groups: g\n"), "{answer}");
        assert!(answer.replace('-', "").contains(&format!("xauthuserid: {uuid}\n")), "{answer}");
    }
}

async fn filled() -> TestDatabase {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    fill(&database).await;
    database
}

#[tokio::test]
async fn whatever_else_a_request_says_decides_nothing() {
    let database = filled().await;
    let router = router(
        &database,
        "[django]\nallowed_hosts = [\"example.com\"]\n[routes]\n\"/verify/\" = \"verify\"\n\
         \"/verify/staff/\" = { view = \"verify\", staff = true }\n",
    );
    let token = "Authorization: Token token-of-ayush\r\n";
    for start in [
        "GET /verify/",
        "HEAD /verify/",
        "OPTIONS /verify/",
        "POST /verify/",
        "DELETE /verify/deep/er",
        "PROPFIND /verify/",
        "CONNECT /verify/",
        "get /verify/",
        "GET /verify",
        "GET /verify/a//b/../c/%2e%2e/%2F/%ff/x?token=1&format=api",
        "GET /verify//",
        "GET /verify?next=/",
        "GET http://elsewhere/verify/",
    ] {
        for headers in [
            "Host: x\r\n",
            "Host: \r\n",
            "Host: drf_auth\r\nAccept: image/png\r\nContent-Type: text/plain\r\n",
            "Host: x\r\nContent-Type: multipart/form-data\r\nAccept: text/html;q=x\r\n",
            "Host: x\r\nX-Original-URI: /verify/staff/\r\nX-Forwarded-Uri: /verify/staff/\r\n\
             X-Original-Method: DELETE\r\nX-Forwarded-Host: evil\r\nX-Rewrite-URL: /login/\r\n",
            "Host: x\r\nX-Auth-User-Id: 1\r\nX-Auth-Superuser: true\r\nX_Auth_Staff: true\r\n",
            "Host: x\r\nCookie: sessionid=dead; csrftoken=short\r\n",
            "Host: x\r\nConnection: Authorization\r\nUpgrade: websocket\r\n",
        ] {
            let answer = ask(&router, &format!("{start} HTTP/1.1\r\n{headers}{token}\r\n")).await;
            assert_eq!(status_of(&answer), 200, "{start} {headers:?}: {answer}");
            assert!(answer.contains("\nx-auth-username: ayush\n"), "{answer}");
            assert!(answer.contains("\nx-auth-staff: false\n"), "{answer}");
            assert!(!answer.contains("set-cookie"), "{answer}");
            let refused = ask(&router, &format!("{start} HTTP/1.1\r\n{headers}\r\n")).await;
            assert_eq!(status_of(&refused), 401, "{start} {headers:?}: {refused}");
        }
    }
    // No token is read elsewhere.
    for start in ["GET /verify/?token=token-of-ayush", "GET /verify/token-of-ayush/"] {
        let headers = "X-Authorization: Token token-of-ayush\r\nCookie: token=token-of-ayush\r\n\
             Proxy-Authorization: Token token-of-ayush\r\nX-Forwarded-Authorization: Token \
             token-of-ayush\r\nAuthorization_: Token token-of-ayush\r\n";
        let answer = ask(&router, &format!("{start} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).await;
        assert_eq!(status_of(&answer), 401, "{answer}");
    }
    // Nothing else has come to be answered: no redirect, no other path.
    for path in ["/verifyx", "/Verify/", "//verify/", "/", "/profile/"] {
        assert_eq!(status_of(&get(&router, path, "Token token-of-ayush").await), 400, "{path}");
    }
}

/// Reads one answer with a body of known length from an open connection.
async fn read_one(stream: &mut DuplexStream) -> String {
    let mut answer = Vec::new();
    let read = async {
        let mut byte = [0];
        while !answer.ends_with(b"}") {
            stream.read_exact(&mut byte).await.unwrap();
            answer.push(byte[0]);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("no answer");
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_connection_carries_many_requests_each_by_its_own_token() {
    let database = filled().await;
    let router = router(&database, "");
    let mut stream = connect(&router);
    for round in 0..50 {
        for (user, expected) in [("ayush", 200), ("nobody", 401), ("root", 200), ("gone", 401)] {
            // A body that came with the request is no part of the next.
            let body = if round % 2 == 0 { "GET /x HTTP/1.1\r\n\r\n" } else { "" };
            let request = format!(
                "POST /verify/ HTTP/1.1\r\nHost: x\r\nAuthorization: Token token-of-{user}\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(request.as_bytes()).await.unwrap();
            let answer = read_one(&mut stream).await;
            assert_eq!(status_of(&answer), expected, "{user}: {answer}");
            let named = answer.contains(&format!("\"username\":\"{user}\""));
            assert_eq!(named, expected == 200, "{answer}");
        }
    }
}

#[tokio::test]
async fn a_body_is_not_waited_for() {
    let database = filled().await;
    let router = router(&database, "");
    for head in [
        "Content-Length: 1000000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    ] {
        let mut stream = connect(&router);
        let request = format!(
            "POST /verify/ HTTP/1.1\r\nHost: x\r\nAuthorization: Token token-of-ayush\r\n{head}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = read_one(&mut stream).await;
        assert_eq!(status_of(&answer), 200, "{answer}");
        // What comes of it later is never taken for a request: the connection ends.
        let late = "GET /verify/ HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3);
        let _ = stream.write_all(late.as_bytes()).await;
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await.unwrap();
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }
}

#[tokio::test]
async fn a_200_may_be_headers_alone() {
    let database = filled().await;
    let router = router(&database, "[verify]\nbody = false\n");
    assert_snapshot!(get(&router, "/verify/", "Token token-of-root").await, @r"
    HTTP/1.1 200 OK
    vary: Authorization
    x-auth-user-id: 3
    x-auth-username: root
    x-auth-email: 
    x-auth-staff: false
    x-auth-superuser: true
    x-frame-options: DENY
    x-content-type-options: nosniff
    referrer-policy: same-origin
    cross-origin-opener-policy: same-origin
    cache-control: no-store
    content-length: 0
    ");
    let refused = get(&router, "/verify/", "Token nonsense").await;
    assert!(refused.ends_with("\n\n{\"detail\":\"Invalid token.\"}"), "{refused}");
}

#[tokio::test]
async fn a_verify_view_at_the_root_answers_whatever_a_gateway_passes_on() {
    let database = filled().await;
    let router = router(&database, "[routes]\n\"/\" = \"verify\"\n");
    for start in ["OPTIONS *", "GET /", "GET /a/b", "GET //", "GET http://elsewhere"] {
        for (token, status) in [("token-of-ayush", 200), ("nonsense", 401)] {
            let head = format!("{start} HTTP/1.1\r\nHost: x\r\nAuthorization: Token {token}");
            assert_eq!(
                status_of(&ask(&router, &format!("{head}\r\n\r\n")).await),
                status,
                "{head}"
            );
        }
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_503() {
    let database = filled().await;
    let router = router(&database, "");
    assert_eq!(status(&router, "/verify/", "token-of-ayush").await, 200);
    let aside = database.file().with_extension("aside");
    fs::rename(database.file(), &aside).unwrap();
    assert_snapshot!(get(&router, "/verify/", "Token token-of-ayush").await, @r#"
    HTTP/1.1 503 Service Unavailable
    content-type: application/json
    vary: Authorization
    retry-after: 1
    x-frame-options: DENY
    x-content-type-options: nosniff
    referrer-policy: same-origin
    cross-origin-opener-policy: same-origin
    cache-control: no-store
    content-length: 62

    {"detail":"Service temporarily unavailable, try again later."}
    "#);
    // Without a token the database is not needed.
    assert_eq!(status_of(&get(&router, "/verify/", "").await), 401);
    fs::rename(&aside, database.file()).unwrap();
    assert_eq!(status(&router, "/verify/", "token-of-ayush").await, 200);
}

#[tokio::test]
async fn a_start_without_a_table_that_a_route_needs_is_refused() {
    let database = filled().await;
    database.execute("DROP TABLE auth_user_groups").await;
    let folder = database.file().parent().unwrap().to_owned();
    let config = |routes: &str| {
        let file = folder.join("drf-auth.toml");
        let socket = folder.join("socket");
        let text = format!(
            "database_url = {:?}\nlisten = \"unix:{}\"\n",
            database.url(),
            socket.display()
        );
        fs::write(&file, format!("{text}[routes]\n{routes}\n")).unwrap();
        file
    };
    for routes in [
        "\"/v/\" = { view = \"verify\", group = \"x\" }",
        "\"/v/\" = { view = \"verify\", perm = \"x.y\" }",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_drf-auth"))
            .args(["serve", "--config"])
            .arg(config(routes))
            .env_remove("DATABASE_URL")
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{log}");
        assert!(log.contains("the database has no table auth_user_groups"), "{log}");
    }
    // Nothing needs it: it serves.
    let mut child = Command::new(env!("CARGO_BIN_EXE_drf-auth"))
        .args(["serve", "--config"])
        .arg(config("\"/v/\" = { view = \"verify\", staff = true }"))
        .env_remove("DATABASE_URL")
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let end = std::time::Instant::now() + PATIENCE;
    while std::os::unix::net::UnixStream::connect(folder.join("socket")).is_err() {
        assert!(child.try_wait().unwrap().is_none() && std::time::Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
