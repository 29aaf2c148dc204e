//! The composition root: configuration → store → authenticator → router → sockets.
//!
//! The only room that turns configuration into the arguments of constructors.

mod demo;
mod hashing;
mod memory;
mod serve;
mod shutdown;
mod start;
mod verify;

use anyhow::Context as _;
use axum::Router;

pub use self::hashing::{
    Hashers, Secret, Steps, hashers, in_order, make_unusable_password, unsupported,
};
use self::{serve::Listener, shutdown::Shutdown, start::Parts};
use crate::{
    config::{Config, DatabaseUrl, Listen},
    django, store,
};

/// Whether the service can use a database URL, whose server is not asked.
///
/// # Errors
/// What of it cannot be used. Its password is not said.
pub fn check_database_url(url: &str) -> anyhow::Result<()> {
    let url = url.parse::<store::DatabaseUrl>()?;
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
/// asked yet.
///
/// # Errors
/// When the configuration cannot be right: a database URL with an unknown option, a SQLite file
/// that is not there.
pub fn router(config: &Config) -> anyhow::Result<Router> {
    start::parts(config).map(|parts| parts.router)
}

/// Runs the service until a signal ends it.
///
/// # Errors
/// When a decision is open, the configuration does not fit the database, or the address cannot be
/// bound. A database that is away is no error: requests are answered 503 until it is back.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    config.decisions.check()?;
    run(config, Shutdown::new()?).await
}

/// Runs the service on a new SQLite file with Django's own tables and one user, and says how to try
/// it. The file is gone afterwards.
///
/// # Errors
/// When the file cannot be made, and as [`serve()`].
pub async fn serve_demo(mut config: Config) -> anyhow::Result<()> {
    // A signal that comes while the file is being made leaves nothing behind.
    let shutdown = Shutdown::new()?;
    let demo = demo::Demo::create(&config).await?;
    config.database_url = Some(DatabaseUrl::new(demo.url()));
    demo.tell(&config.listen)?;
    let served = run(config, shutdown).await;
    drop(demo);
    served
}

async fn run(config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let Parts { store, authenticator, router } = start::parts(&config)?;
    // Bound first: connections wait in the backlog while the database is looked at.
    let listener = listener(&config.listen).await?;
    start::check_at_start(&config, &store, &authenticator).await?;
    tracing::info!(address = listener.address(), "listening");
    serve::serve(listener, router, shutdown).await;
    store.close().await;
    Ok(())
}

async fn listener(listen: &Listen) -> anyhow::Result<Listener> {
    // Whoever hands over a socket has decided where it listens.
    if let Some(inherited) =
        Listener::inherited().context("the socket in LISTEN_FDS cannot be used")?
    {
        return Ok(inherited);
    }
    let bound = match listen {
        Listen::Tcp(address) => Listener::tcp(*address).await,
        Listen::Unix(path) => Listener::unix(path),
    };
    bound.with_context(|| format!("listen: {listen} cannot be bound"))
}
