//! `store::migrations`: Django's tables in a database that has none.

use drf_auth::store::migrations::{self, MigrateError, Refusal, Release};

use super::options;
use crate::harness::{Backend, TestDatabase, empty_database};

const RELEASE: Release = Release { identity_columns: true, sorted_content_types: false };

async fn migrate(database: &TestDatabase) -> Result<Vec<String>, MigrateError> {
    migrations::migrate(&options(database), RELEASE).await
}

async fn count(database: &TestDatabase, table: &str) -> String {
    database.text(&format!("SELECT CAST(COUNT(*) AS char(9)) FROM {table}")).await.trim().to_owned()
}

/// One test a backend.
macro_rules! on_each {
    ($($backend:ident $variant:ident { $($name:ident),* $(,)? })*) => {$(
        mod $backend {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let backend = crate::harness::Backend::$variant;
                    if let Some(database) = crate::harness::empty_database(backend).await {
                        super::$name(&database).await;
                    }
                }
            )*
        }
    )*};
}

on_each! {
    sqlite Sqlite { an_empty_database_gets_all, what_is_in_the_way_is_left_alone, a_missing_app_is_added }
    postgres Postgres { an_empty_database_gets_all, what_is_in_the_way_is_left_alone, a_missing_app_is_added }
    mysql MySql { an_empty_database_gets_all, what_is_in_the_way_is_left_alone, a_missing_app_is_added }
}

async fn an_empty_database_gets_all(database: &TestDatabase) {
    let pending = migrations::pending(&options(database), RELEASE).await.unwrap();
    let applied = migrate(database).await.unwrap();
    assert_eq!(applied, pending);
    assert_eq!(applied.len(), 18);
    assert_eq!(applied[0], "contenttypes.0001_initial");
    assert_eq!(count(database, "django_migrations").await, "18");
    assert_eq!(count(database, "django_content_type").await, "6");
    assert_eq!(count(database, "auth_permission").await, "24");
    super::connect(database).check_schema().await.unwrap();
    assert_eq!(migrate(database).await.unwrap(), Vec::<String>::new());
    assert_eq!(count(database, "django_migrations").await, "18");
}

async fn what_is_in_the_way_is_left_alone(database: &TestDatabase) {
    database.execute("CREATE TABLE auth_group (id integer)").await;
    let error = migrate(database).await.unwrap_err();
    let tables = vec!["auth_group".to_owned()];
    let expected = Refusal::InTheWay { app: "auth", tables };
    assert!(matches!(&error, MigrateError::Refused(refusal) if *refusal == expected), "{error}");
    assert!(database.try_execute("SELECT 1 FROM django_content_type").await.is_err());
    assert!(database.try_execute("SELECT 1 FROM django_migrations").await.is_err());
}

/// A project that has Django's own apps, and now wants tokens.
async fn a_missing_app_is_added(database: &TestDatabase) {
    migrate(database).await.unwrap();
    database
        .execute(
            "DROP TABLE authtoken_token; DELETE FROM django_migrations WHERE app = 'authtoken'; \
             DELETE FROM auth_permission WHERE codename LIKE '%_token%'; \
             DELETE FROM django_content_type WHERE app_label = 'authtoken'",
        )
        .await;
    let applied = migrate(database).await.unwrap();
    assert_eq!(applied.len(), 4);
    assert!(applied.iter().all(|name| name.starts_with("authtoken.")));
    assert_eq!(count(database, "auth_permission").await, "24");
    super::connect(database).check_schema().await.unwrap();
}

#[tokio::test]
async fn sqlite_s_schema_is_django_s() {
    let database = empty_database(Backend::Sqlite).await.unwrap();
    migrate(&database).await.unwrap();
    let sql = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'";
    let mut ours: Vec<String> = database.rows(sql).await.into_iter().flatten().collect();
    let ddl = Backend::Sqlite.ddl("5.2");
    let is_ours = |statement: &&str| {
        !["django_admin", "django_session"].iter().any(|t| statement.contains(t))
    };
    let theirs = ddl.split(";\n").filter(|s| !s.is_empty()).filter(is_ours);
    let mut theirs: Vec<String> = theirs.map(str::to_owned).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_made() {
    let database = empty_database(Backend::Sqlite).await.unwrap();
    std::fs::remove_file(database.file()).unwrap();
    assert!(migrations::pending(&options(&database), RELEASE).await.is_err());
    assert!(!database.file().exists());
    assert_eq!(migrate(&database).await.unwrap().len(), 18);
}

#[tokio::test]
async fn what_fails_half_way_leaves_nothing() {
    for backend in [Backend::Postgres, Backend::Sqlite] {
        let Some(database) = empty_database(backend).await else { continue };
        // An index has the name that one of auth's will need.
        database
            .execute("CREATE TABLE x (a integer); CREATE INDEX auth_user_groups_group_id_97559544 ON x (a)")
            .await;
        let error = migrate(&database).await.unwrap_err();
        assert!(matches!(error, MigrateError::Database(_)), "{error}");
        assert!(database.try_execute("SELECT 1 FROM django_content_type").await.is_err());
        database.execute("DROP TABLE x").await;
        assert_eq!(migrate(&database).await.unwrap().len(), 18);
    }
}

#[tokio::test]
async fn mysql_begins_anew_where_it_was_broken_off() {
    let Some(database) = empty_database(Backend::MySql).await else { return };
    migrate(&database).await.unwrap();
    // As after a crash between auth's tables and their rows.
    database
        .execute(
            "DROP TABLE authtoken_token; DELETE FROM django_migrations WHERE app <> 'contenttypes'; \
             DROP TABLE auth_user_user_permissions; \
             ALTER TABLE auth_permission COMMENT='drf-auth migrate has not finished'; \
             ALTER TABLE auth_group COMMENT='drf-auth migrate has not finished'; \
             ALTER TABLE auth_group_permissions COMMENT='drf-auth migrate has not finished'; \
             ALTER TABLE auth_user COMMENT='drf-auth migrate has not finished'; \
             ALTER TABLE auth_user_groups COMMENT='drf-auth migrate has not finished'",
        )
        .await;
    assert_eq!(migrate(&database).await.unwrap().len(), 16);
    let comments = "SELECT COUNT(*) FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_comment <> ''";
    assert_eq!(database.text(&format!("SELECT CAST(({comments}) AS char)")).await, "0");
    assert_eq!(count(&database, "auth_permission").await, "24");
    super::connect(&database).check_schema().await.unwrap();

    let held =
        database.hold("SELECT GET_LOCK(CONCAT('drf-auth migrate ', MD5(DATABASE())), 1)").await;
    assert!(matches!(migrate(&database).await, Err(MigrateError::Busy)));
    drop(held);
}
