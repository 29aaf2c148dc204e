//! The accept loop: HTTP/1.1 connections with deadlines and limits, on TCP or a Unix socket.
//!
//! How requests that are no plain HTTP are taken is written down in `framing.md`, and held by
//! `tests/it/serve/framing.rs`:
#![doc = include_str!("framing.md")]

mod connection;
mod connections;
mod deadlines;
mod gate;
mod listener;
mod places;

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use axum::Router;
use tokio::sync::watch;

use self::{
    connection::Connection, connections::Connections, gate::Behind, listener::Stream,
    places::Places,
};
use super::{
    notify,
    readiness::Draining,
    shutdown::{DRAIN, LINGER, Shutdown},
};
use crate::{
    config::Listen,
    http::{Answers, Peer},
    metrics::Collector,
};

pub(super) use self::listener::Listener;

/// The connections of the operator: enough for whoever asks, and none that are missed.
const ADMIN_CONNECTIONS: usize = 16;

/// How long to wait after a failed `accept` (mostly: no file descriptor left) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a client may take for each thing that is its turn to do, and the service for an answer.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// From a request's first octet to the end of its headers.
    head: Duration,
    /// From one answer to the time from which on the connection is one that waits.
    rest: Duration,
    /// From one answer to the next request, the way of the answer included: longer than proxies keep
    /// a connection (60 s), so that none is closed under a request.
    idle: Duration,
    /// The same where connections have become rare.
    idle_when_crowded: Duration,
    /// To take the next part of what is being written.
    write: Duration,
    /// For an answer. A last resort: whatever an answer waits for has a limit of its own, that of a
    /// body among them.
    answer: Duration,
    /// To end its part of a connection that the service has ended.
    linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            rest: Duration::from_millis(50),
            idle: Duration::from_secs(75),
            idle_when_crowded: Duration::from_secs(5),
            write: Duration::from_secs(30),
            answer: Duration::from_mins(2),
            linger: Duration::from_secs(5),
        }
    }
}

/// Binds an address.
///
/// # Errors
/// When it cannot be bound.
pub(super) fn bind(address: &Listen) -> io::Result<Listener> {
    match address {
        Listen::Tcp(address) => Listener::tcp(*address),
        Listen::Unix(path) => Listener::unix(path),
    }
}

/// What serves connections.
pub(super) struct Server {
    behind: Arc<Behind>,
    places: Places,
    /// Whether connections that wait for a request end.
    ending: watch::Sender<bool>,
}

impl Server {
    /// Serves what `router` answers, on as many connections as this process can have beside those to
    /// its database.
    pub(super) fn new(
        router: Router,
        answers: Arc<Answers>,
        draining: Draining,
        to_database: u32,
    ) -> Self {
        let places = Places::new(places::most_connections(to_database));
        tracing::debug!(connections = places.most(), "as many as there may be");
        Self::with(Behind { router, answers, draining }, places)
    }

    fn with(behind: Behind, places: Places) -> Self {
        Self { behind: Arc::new(behind), places, ending: watch::Sender::new(false) }
    }

    /// Its connections, for a registry of metrics.
    pub(super) fn metrics(&self) -> Box<dyn Collector> {
        Box::new(Connections(self.places.clone()))
    }

    /// Serves connections until the first signal, and for `delay` after it; then lets the running
    /// requests finish.
    pub(super) async fn serve(self, listener: Listener, mut shutdown: Shutdown, delay: Duration) {
        notify::ready();
        tokio::select! {
            never = self.accept(&listener) => match never {},
            () = shutdown.requested() => {}
        }
        self.behind.draining.begin();
        notify::stopping();
        tracing::info!("finishing the running requests");
        tokio::select! {
            never = self.accept(&listener) => match never {},
            () = tokio::time::sleep(delay) => {}
            () = shutdown.requested() => {}
        }
        listener.close();
        self.finish(shutdown).await;
    }

    async fn finish(self, mut shutdown: Shutdown) {
        let Self { ending, places, .. } = self;
        // Whatever a client sends meanwhile is answered, and its connection closed with the answer:
        // to close those that are idle just now would cut off what is on its way already.
        tokio::select! {
            () = places.all_free() => {}
            () = tokio::time::sleep(LINGER) => {}
        }
        ending.send_replace(true);
        tokio::select! {
            () = ending.closed() => {}
            () = tokio::time::sleep(DRAIN) => tracing::warn!("some requests were cut off"),
            () = shutdown.requested() => tracing::warn!("some requests were cut off"),
        }
    }

    /// Takes connections; may be dropped at any time without losing one.
    async fn accept(&self, listener: &Listener) -> Infallible {
        loop {
            // Where all places are taken, the next connection waits in the kernel's queue.
            let place = self.places.take().await;
            let accepted = listener.accept().await;
            let connection = |peer| {
                self.places.count();
                let (behind, ending) = (Arc::clone(&self.behind), self.ending.subscribe());
                Connection { behind, peer, limits: Limits::default(), place, ending }
            };
            match accepted {
                Ok(Stream::Tcp(stream, peer)) => {
                    connection(Peer(Some(peer))).spawn(stream);
                }
                Ok(Stream::Unix(stream)) => connection(Peer(None)).spawn(stream),
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Serves the operator's few connections for as long as it is polled.
pub(super) async fn serve_admin(listener: Listener, router: Router) {
    let behind = Behind { router, answers: Arc::default(), draining: Draining::default() };
    let server = Server::with(behind, Places::new(ADMIN_CONNECTIONS));
    match server.accept(&listener).await {}
}

#[cfg(test)]
mod tests;
