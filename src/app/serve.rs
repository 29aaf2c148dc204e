//! The accept loop: HTTP/1.1 connections with deadlines and limits, on TCP or a Unix socket.
//!
//! How requests that are no plain HTTP are taken is written down in `framing.md`, and held by
//! `tests/it/serve/framing.rs`:
#![doc = include_str!("framing.md")]

mod connection;
mod deadlines;
mod gate;
mod listener;
mod places;

use std::time::Duration;

use axum::Router;
use tokio::sync::watch;

use self::{connection::Connection, listener::Stream, places::Places};
use super::shutdown::{DRAIN, Shutdown};

pub(super) use self::listener::Listener;

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
        }
    }
}

/// Serves connections until the first signal, then lets the running requests finish.
pub(super) async fn serve(listener: Listener, router: Router, shutdown: Shutdown) {
    let places = Places::new(places::most_connections());
    tracing::debug!(connections = places.most(), "as many as there may be");
    accept(listener, router, shutdown, &places).await;
}

async fn accept(listener: Listener, router: Router, mut shutdown: Shutdown, places: &Places) {
    let (ending, _) = watch::channel(false);
    loop {
        let next = async {
            // Where all places are taken, the next connection waits in the kernel's queue.
            let place = places.take().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            () = shutdown.requested() => break,
        };
        let (router, limits) = (router.clone(), Limits::default());
        let connection = Connection { router, limits, place, ending: ending.subscribe() };
        match accepted {
            Ok(Stream::Tcp(stream)) => connection.spawn(stream),
            Ok(Stream::Unix(stream)) => connection.spawn(stream),
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    listener.close();
    tracing::info!("finishing the running requests");
    ending.send_replace(true);
    tokio::select! {
        () = ending.closed() => {}
        () = tokio::time::sleep(DRAIN) => tracing::warn!("some requests were cut off"),
        () = shutdown.requested() => tracing::warn!("some requests were cut off"),
    }
}

#[cfg(test)]
mod tests;
