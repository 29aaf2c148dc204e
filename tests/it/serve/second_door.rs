//! What guards Django's login and is not asked here: the service starts only where that is acknowledged.

use std::time::Instant;

use super::{PATIENCE, Service, filled};
use crate::harness::{self, Backend};

const AXES: &str = "CREATE TABLE axes_accessattempt (id integer)";

/// A configuration goes on in `[django]`.
const ACKNOWLEDGED: &str = "acknowledge = [\"axes\"]\n";
const NO_LOGIN: &str = "[routes]\n\"/profile/\" = \"profile\"\n\"/verify/\" = \"verify\"\n";

async fn a_guard_must_be_acknowledged(backend: Backend) {
    let Some(database) = harness::database(backend).await else { return };
    database.execute(AXES).await;
    let start = |what: &str, more: &str| {
        Service::start(&format!("door-{what}-{}", backend.name()), &database.url(), more)
    };
    let mut service = start("shut", "");
    assert_eq!(service.ended().code(), Some(2), "{}", service.log());
    let log = service.log();
    assert!(log.contains("axes_accessattempt of django-axes"), "{log}");
    assert!(log.contains("write acknowledge = [\"axes\"] under [django]"), "{log}");
    drop(start("open", ACKNOWLEDGED).listening());
    drop(start("none", NO_LOGIN).listening());
}

/// Where the database is away at the start, the guard is seen as soon as it answers, and nobody logs in before.
async fn a_guard_that_is_seen_late_ends_the_service(backend: Backend) {
    let Some(database) = filled(backend).await else { return };
    database.execute(AXES).await;
    let account = database.owner().await.unwrap();
    account.lock(&database, true).await;
    let name = format!("door-late-{}", backend.name());
    let mut service = Service::start(&name, &account.url, "").listening();
    account.lock(&database, false).await;
    let end = Instant::now() + PATIENCE;
    while service.child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "it does not end: {}", service.log());
        if let Ok(answer) = service.try_log_in() {
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 503"), "{answer}");
        }
    }
    assert_eq!(service.ended().code(), Some(2), "{}", service.log());
    assert!(service.log().contains("axes_accessattempt"), "{}", service.log());
    account.remove(&database).await;
}

/// The look for guards waits for no right that another route needs.
#[tokio::test]
async fn a_right_that_is_missing_does_not_open_the_door() {
    const GROUP: &str = "[routes]\n\"/api-token-auth/\" = \"obtain_auth_token\"\n\
        \"/verify/\" = { view = \"verify\", group = \"a\" }\n";
    let Some(database) = filled(Backend::Postgres).await else { return };
    let account = database.owner().await.unwrap();
    let revoke = format!("{AXES}; REVOKE ALL ON auth_group FROM {}", account.grantee);
    database.execute(&revoke).await;
    let mut service = Service::start("door-denied", &account.url, GROUP);
    assert_eq!(service.ended().code(), Some(2), "{}", service.log());
    assert!(service.log().contains("axes_accessattempt"), "{}", service.log());
    let acknowledged = format!("{ACKNOWLEDGED}{GROUP}");
    let service = Service::start("door-denied-open", &account.url, &acknowledged).listening();
    assert!(service.log_in().starts_with("HTTP/1.1 200"), "{}", service.log());
    service.says("GRANT SELECT");
    drop(service);
    account.remove(&database).await;
}

/// An account that MySQL shows no other tables cannot know, and says so until it is told.
#[tokio::test]
async fn a_guard_that_cannot_be_seen_is_asked_for() {
    let Some(database) = harness::database(Backend::MySql).await else { return };
    let account = database.account().await.unwrap();
    let (grantee, name) = (&account.grantee, database.name());
    database
        .execute(&format!(
            "{AXES}; GRANT SELECT ON {name}.auth_user TO {grantee}; \
             GRANT SELECT, INSERT, DELETE ON {name}.authtoken_token TO {grantee}"
        ))
        .await;
    let warns = |what: &str, url: &str, more: &str| {
        let service = Service::start(&format!("door-unseen-{what}"), url, more).listening();
        let end = Instant::now() + PATIENCE;
        while !service.log().contains("\"listening\"") {
            assert!(Instant::now() < end, "{}", service.log());
            std::thread::sleep(PATIENCE / 1000);
        }
        service.log().contains("INSTALLED_APPS")
    };
    assert!(warns("told-nothing", &account.url, ""));
    for (what, more) in [("none", "acknowledge = []\n"), ("axes", ACKNOWLEDGED), ("door", NO_LOGIN)]
    {
        assert!(!warns(what, &account.url, more), "{more}");
    }
    assert!(!warns("all", &database.url(), ACKNOWLEDGED));
    account.remove(&database).await;
}

#[tokio::test]
async fn a_guard_must_be_acknowledged_on_each_engine() {
    for backend in [Backend::Postgres, Backend::MySql, Backend::Sqlite] {
        a_guard_must_be_acknowledged(backend).await;
    }
}

#[tokio::test]
async fn a_guard_that_is_seen_late_ends_the_service_on_each_server() {
    for backend in [Backend::Postgres, Backend::MySql] {
        a_guard_that_is_seen_late_ends_the_service(backend).await;
    }
}

#[tokio::test]
async fn a_backend_that_is_not_reproduced_must_be_acknowledged() {
    let Some(database) = harness::database(Backend::Sqlite).await else { return };
    let backends = "authentication_backends = [\"app.ldap.Backend\"]\n";
    let mut service = Service::start("door-backend", &database.url(), backends);
    assert_eq!(service.ended().code(), Some(2), "{}", service.log());
    let log = service.log();
    assert!(log.contains("write django.acknowledge = [\"app.ldap.Backend\"]"), "{log}");
    let acknowledged = format!("{backends}acknowledge = [\"app.ldap.Backend\"]\n");
    drop(Service::start("door-backend-open", &database.url(), &acknowledged).listening());
}
