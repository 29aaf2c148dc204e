//! The composition root: configuration → store → authenticator → router → sockets.
//!
//! The only room that turns configuration into the arguments of constructors.

mod admin;
mod cors;
#[cfg(feature = "sqlite")]
mod demo;
pub mod doctor;
mod hashing;
mod migrate;
mod notify;
pub mod operator;
mod readiness;
mod second_door;
mod serve;
mod shutdown;
mod start;
mod token_table;
mod verify;

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;

pub use self::hashing::{
    Hashers, Secret, Steps, hashers, in_order, make_unusable_password, unsupported,
};
pub use self::migrate::{migrate, pending_migrations};
use self::{
    admin::Admin,
    readiness::Readiness,
    serve::{Listener, Server},
    shutdown::Shutdown,
};
#[cfg(feature = "sqlite")]
use crate::config::DatabaseUrl;
use crate::{
    accounts::verify::VerifyToken,
    config::{Config, Listen},
    django, http, metrics, store,
};

/// The database that a URL names.
///
/// # Errors
/// Where it is none.
pub fn database(url: &str) -> anyhow::Result<store::DatabaseUrl> {
    Ok(url.parse()?)
}

/// Whether the service can use a database URL, whose server is not asked.
///
/// # Errors
/// What of it cannot be used. Its password is not said.
pub fn check_database_url(url: &str) -> anyhow::Result<()> {
    let url = database(url)?;
    // A SQLite file may be made later; there is nothing else to know of it.
    if url.sqlite_path().is_none() {
        store::connect(&store::StoreOptions::new(url))?;
    }
    Ok(())
}

/// A name that nobody has guessed.
///
/// # Errors
/// When the system has no randomness to give.
pub fn random_name() -> anyhow::Result<String> {
    Ok(django::crypto::get_random_string(32)?)
}

/// The service of a configuration, for whoever brings sockets of their own. The database is not
/// asked yet, and nobody looks, as [`serve()`] does, for what else guards Django's login.
///
/// # Errors
/// When the configuration cannot be right: a database URL with an unknown option, a SQLite file
/// that is not there.
pub fn router(config: &Config) -> anyhow::Result<Router> {
    start::parts(config).map(|parts| parts.router)
}

/// The OpenAPI 3.1 document of a configuration's routes. No database is asked.
///
/// # Errors
/// When a route or a header cannot be right.
pub fn openapi(config: &Config) -> anyhow::Result<serde_json::Value> {
    let cors = cors::conf(config)?;
    let described = http::Described {
        routes: &verify::routes(config)?,
        keyword: &config.token_model.keyword,
        authenticate_logins: !config.rest_framework.authentication_classes.is_empty(),
        verify: &verify::settings(config)?,
        cors_urls: cors.as_ref().map(|conf| &conf.urls_regex),
    };
    Ok(http::openapi(&described))
}

/// Runs the service until a signal ends it.
///
/// # Errors
/// When a decision is open, the configuration does not fit the database, or the address cannot be
/// bound. A database that is away is no error: requests are answered 503 until it is back.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    config.check_decided()?;
    run(config, Shutdown::new()?, |router, _| router).await
}

/// As [`serve()`], with something before the routes that knows whose token it is: the live comparison
/// puts a Rust backend's endpoint there.
///
/// # Errors
/// As [`serve()`].
#[doc(hidden)]
pub async fn serve_behind(
    config: Config,
    front: impl FnOnce(Router, Arc<dyn VerifyToken>) -> Router,
) -> anyhow::Result<()> {
    run(config, Shutdown::new()?, front).await
}

/// Runs the service on a new SQLite file with Django's own tables and one user, and says how to try
/// it. The file is gone afterwards.
///
/// # Errors
/// When the file cannot be made, and as [`serve()`].
#[cfg(feature = "sqlite")]
pub async fn serve_demo(mut config: Config) -> anyhow::Result<()> {
    // A signal that comes while the file is being made leaves nothing behind.
    let shutdown = Shutdown::new()?;
    let demo = demo::Demo::create(&config).await?;
    config.database_url = Some(DatabaseUrl::new(demo.url()));
    demo.tell(&config.listen)?;
    let served = run(config, shutdown, |router, _| router).await;
    drop(demo);
    served
}

/// Refuses: the demo's database is a SQLite file.
///
/// # Errors
/// Always.
#[cfg(not(feature = "sqlite"))]
#[expect(clippy::unused_async, reason = "the same signature as with SQLite")]
pub async fn serve_demo(_config: Config) -> anyhow::Result<()> {
    anyhow::bail!("this was built without sqlite, which the demo needs")
}

async fn run(
    config: Config,
    shutdown: Shutdown,
    front: impl FnOnce(Router, Arc<dyn VerifyToken>) -> Router,
) -> anyhow::Result<()> {
    start::tell_database(&config);
    let parts = start::parts(&config)?;
    let readiness = Arc::new(Readiness::new(Arc::clone(&parts.store)));
    // Bound first: connections wait in the backlog while the database is looked at.
    let listener = listener(&config.listen)?;
    let mut metrics = parts.metrics();
    let router = front(parts.router.clone(), Arc::clone(&parts.authenticator) as _);
    let draining = readiness.draining().clone();
    let server = Server::new(router, Arc::clone(&parts.answers), draining, parts.to_database);
    metrics::ours(&mut metrics).register_collector(server.metrics());
    let admin = config.admin_listen.0.clone().map(|address| {
        let admin = Admin { readiness: Arc::clone(&readiness), metrics };
        tokio::spawn(admin::serve(address, admin))
    });
    let late = start::check_at_start(&config, &parts, &readiness).await?;
    let store = parts.store;
    tracing::info!(address = listener.address(), "listening");
    let ended = tokio::select! {
        () = server.serve(listener, shutdown, config.drain_delay) => Ok(()),
        error = late => Err(error),
    };
    store.close().await;
    if let Some(admin) = admin {
        admin.abort();
    }
    ended
}

fn listener(listen: &Listen) -> anyhow::Result<Listener> {
    // Whoever hands over a socket has decided where it listens.
    if let Some(inherited) =
        Listener::inherited().context("the socket in LISTEN_FDS cannot be used")?
    {
        return Ok(inherited);
    }
    serve::bind(listen).with_context(|| format!("listen: {listen} cannot be bound"))
}
