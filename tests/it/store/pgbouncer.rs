//! PgBouncer, the real one, mostly in transaction mode, with fewer servers than callers.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use drf_auth::{
    accounts::{
        TokenKey, UserId,
        store::{AccountStore, StoreError},
    },
    store::{self, StoreOptions},
};
use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use tokio::{
    net::TcpStream,
    sync::Barrier,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use crate::harness::{self, Backend, NewUser, TestDatabase};

const CALLERS: usize = 32;
const USERS: usize = 8;
const ROUNDS: usize = 6;

/// A PgBouncer in front of a test's server.
struct PgBouncer {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl PgBouncer {
    /// `None` where it is not installed.
    async fn start(database: &TestDatabase) -> Option<Self> {
        Self::start_with(database, "").await
    }

    /// The same with more lines of configuration.
    async fn start_with(database: &TestDatabase, more: &str) -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"]
            .into_iter()
            .find(|program| Path::new(program).exists())?;
        let (login, address) =
            database.server_url().split_once("://")?.1.trim_end_matches('/').rsplit_once('@')?;
        let ((user, password), (host, server_port)) =
            (login.split_once(':')?, address.rsplit_once(':')?);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = env::temp_dir().join(format!("{}_pgbouncer", database.name()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("users"), format!("\"{user}\" \"{password}\"\n")).unwrap();
        let users = folder.join("users");
        let ini = format!(
            "[databases]\n* = host={host} port={server_port}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = plain\nauth_file = {}\npool_mode = transaction\n\
             default_pool_size = 2\nmax_client_conn = 100\n{more}\n",
            users.display()
        );
        fs::write(folder.join("ini"), ini).unwrap();
        let mut command = Command::new(program);
        // It refuses to be root.
        if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            command.args(["--user", "nobody"]);
        }
        let process = command
            .arg(folder.join("ini"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        Some(Self { process, folder, port })
    }

    fn options(&self, database: &TestDatabase) -> StoreOptions {
        let url = database.url();
        let (login, _) = url.rsplit_once('@').unwrap();
        let url = format!("{login}@127.0.0.1:{}/{}", self.port, database.name());
        let mut options = StoreOptions::new(url.parse().unwrap());
        options.prepared_statements = false;
        options.acquire_timeout = Duration::from_secs(20);
        options
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_two_servers() {
    let Some(database) = harness::database(Backend::Postgres).await else { return };
    let Some(pgbouncer) = PgBouncer::start(&database).await else {
        println!("skipped: many_callers_share_two_servers needs pgbouncer");
        return;
    };
    for user in 0..USERS {
        database.insert_user(NewUser::new(&format!("u{user}"), "x")).await;
    }
    let mut options = pgbouncer.options(&database);
    options.max_connections = 32;
    let store = store::connect(&options).unwrap();
    let barrier = Arc::new(Barrier::new(CALLERS));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (store, barrier) = (Arc::clone(&store), Arc::clone(&barrier));
        callers.spawn(async move {
            barrier.wait().await;
            for _ in 0..ROUNDS {
                call(&*store, &format!("u{}", caller % USERS)).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    assert_eq!(database.tokens().await.len(), USERS);
    let gone = store.get_or_create_token(&UserId::Int(4711), &TokenKey::new("k")).await.unwrap();
    assert!(gone.is_none());
    store.close().await;
    let open = "SELECT CAST(count(*) AS text) FROM pg_stat_activity WHERE datname = \
                current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(database.text(open).await, "0");
}

async fn call(store: &dyn AccountStore, name: &str) -> Result<(), StoreError> {
    let user = store.find_user(name).await?.expect("the user is there");
    let fresh = TokenKey::generate().unwrap();
    let token = store.get_or_create_token(&user.id, &fresh).await?.expect("the user is there");
    let owner = store.find_token_owner(token.expose()).await?.expect("the token is there");
    assert_eq!((owner.user.id, owner.user.username.as_str()), (user.id, name));
    // An error inside the transaction, which ends all the same.
    assert!(store.find_user("a\0").await?.is_none());
    Ok(())
}

/// With prepared statements nobody is answered, not even once: another client's statement may have
/// the name of ours. And the servers, which others use too, keep none of our settings.
async fn nothing_is_done_with_prepared_statements(more: &str) {
    let Some(database) = harness::database(Backend::Postgres).await else { return };
    let Some(pgbouncer) = PgBouncer::start_with(&database, more).await else {
        println!("skipped: nothing_is_done_with_prepared_statements needs pgbouncer");
        return;
    };
    database.insert_user(NewUser::new("alice", "x")).await;
    let before = settings(&pgbouncer, &database).await;
    let mut options = pgbouncer.options(&database);
    options.prepared_statements = true;
    for _ in 0..4 {
        let error = store::connect(&options).unwrap().find_user("alice").await.unwrap_err();
        let told = error.to_string();
        assert!(told.contains("prepared_statements = false under [database]"), "{told}");
    }
    assert_eq!(settings(&pgbouncer, &database).await, before);
    let store = store::connect(&pgbouncer.options(&database)).unwrap();
    assert!(store.find_user("alice").await.unwrap().is_some());
    // In session mode it keeps a server for as long as it is connected.
    store.close().await;
    assert_eq!(settings(&pgbouncer, &database).await, before);
}

/// What another client of the pooler finds on both of its servers.
async fn settings(pgbouncer: &PgBouncer, database: &TestDatabase) -> Vec<Vec<String>> {
    let url = database.url();
    let (login, _) = url.rsplit_once('@').unwrap();
    let url = format!("{login}@127.0.0.1:{}/{}", pgbouncer.port, database.name());
    let options: PgConnectOptions = url.parse().unwrap();
    let options = options.extra_float_digits(None);
    let mut seen = Vec::new();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = options.clone().connect().await.unwrap();
        // A transaction holds on to a server, so that the second client gets the other.
        sqlx::raw_sql("BEGIN").execute(&mut client).await.unwrap();
        let row = sqlx::raw_sql(
            "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') \
             || ' ' || current_setting('search_path')",
        );
        let row = row.fetch_one(&mut client).await.unwrap();
        seen.push(vec![sqlx::Row::get::<String, _>(&row, 0)]);
        clients.push(client);
    }
    for mut client in clients {
        sqlx::raw_sql("ROLLBACK").execute(&mut client).await.unwrap();
        client.close().await.unwrap();
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prepared_statements_are_told_to_be_switched_off() {
    nothing_is_done_with_prepared_statements("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prepared_statements_are_told_to_be_switched_off_where_parameters_are_ignored() {
    let more = "ignore_startup_parameters = extra_float_digits,options";
    nothing_is_done_with_prepared_statements(more).await;
}

/// In which mode a pooler works cannot be seen from a session: the setting is the same for each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prepared_statements_are_told_to_be_switched_off_in_session_mode() {
    nothing_is_done_with_prepared_statements("pool_mode = session").await;
    let more = "pool_mode = session\nignore_startup_parameters = extra_float_digits,options";
    nothing_is_done_with_prepared_statements(more).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_calls_leave_no_transaction_open() {
    let Some(database) = harness::database(Backend::Postgres).await else { return };
    let Some(pgbouncer) = PgBouncer::start(&database).await else {
        println!("skipped: cancelled_calls_leave_no_transaction_open needs pgbouncer");
        return;
    };
    database.insert_user(NewUser::new("alice", "x")).await;
    let mut options = pgbouncer.options(&database);
    options.max_connections = 3;
    let store = store::connect(&options).unwrap();
    for micros in (0..6000).step_by(100) {
        let call = store.find_user("alice");
        let _ = tokio::time::timeout(Duration::from_micros(micros), call).await;
    }
    sleep(Duration::from_millis(200)).await;
    let open = "SELECT CAST(count(*) AS text) FROM pg_stat_activity WHERE datname = \
                current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(database.text(open).await, "0");
    assert!(store.find_user("alice").await.unwrap().is_some());
}

/// Passes connections on to a server, until it is aborted.
fn relay(listener: TcpListener, server: String) -> JoinHandle<()> {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        let mut pumps = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let server = server.clone();
            pumps.spawn(async move {
                let mut far = TcpStream::connect(server).await?;
                tokio::io::copy_bidirectional(&mut near, &mut far).await
            });
        }
    })
}

/// PgBouncer says that its server has gone with the code of a client that breaks the protocol.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_restarted_behind_it_is_no_misconfiguration() {
    let Some(database) = harness::database(Backend::Postgres).await else { return };
    let server = database.server_url().trim_end_matches('/').rsplit_once('@').unwrap().1.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let up = relay(listener, server.clone());
    let name = database.name();
    let more =
        format!("server_login_retry = 0.1\n[databases]\n{name} = host=127.0.0.1 port={port}");
    let Some(pgbouncer) = PgBouncer::start_with(&database, &more).await else {
        println!("skipped: a_server_that_is_restarted_behind_it needs pgbouncer");
        return;
    };
    database.insert_user(NewUser::new("alice", "x")).await;
    let mut options = pgbouncer.options(&database);
    options.acquire_timeout = Duration::from_secs(2);
    options.statement_timeout = Duration::from_secs(2);
    let store = store::connect(&options).unwrap();
    assert!(store.find_user("alice").await.unwrap().is_some());

    // It goes in the middle of a statement, and is back at once.
    let held = database.hold("BEGIN; LOCK TABLE auth_user").await;
    let asked = Arc::clone(&store);
    let asked = tokio::spawn(async move { asked.find_user("alice").await });
    sleep(Duration::from_millis(300)).await;
    up.abort();
    let _ = up.await;
    let up = relay(TcpListener::bind(("127.0.0.1", port)).unwrap(), server);
    drop(held);
    assert!(asked.await.unwrap().unwrap().is_some());

    // It stays away: PgBouncer lets the first wait, and refuses the next.
    up.abort();
    let _ = up.await;
    for _ in 0..3 {
        let told = store.find_user("alice").await.unwrap_err().to_string();
        assert!(!told.contains("prepared_statements"), "{told}");
    }
}
