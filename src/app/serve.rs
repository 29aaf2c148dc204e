//! The accept loop: HTTP/1.1 connections with deadlines and limits, on TCP or a Unix socket.
//!
//! How requests that are no plain HTTP are taken is written down in `framing.md`, and held by
//! `tests/it/serve/framing.rs`:
#![doc = include_str!("framing.md")]

mod deadlines;
mod gate;
mod listener;
mod places;

use std::{pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::io::{AsyncRead, AsyncWrite};

use self::{deadlines::Deadlines, gate::Gate, listener::Stream, places::Places};
use super::shutdown::{DRAIN, Shutdown};

pub(super) use self::listener::Listener;

/// Octets of the longest request line and headers together: what nginx passes on unless told
/// otherwise. A connection buffers no more, be it of a body.
const MAX_HEAD_SIZE: usize = 32 * 1024;

/// How long to wait after a failed `accept` (mostly: no file descriptor left) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a client may take for each thing that is its turn to do, and the service for an answer.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// From a request's first octet to the end of its headers.
    head: Duration,
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
    let graceful = GracefulShutdown::new();
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
        let connection = Connection { router: router.clone(), limits: Limits::default(), place };
        match accepted {
            Ok(Stream::Tcp(stream)) => connection.spawn(stream, &graceful),
            Ok(Stream::Unix(stream)) => connection.spawn(stream, &graceful),
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    listener.close();
    tracing::info!("finishing the running requests");
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN) => tracing::warn!("some requests were cut off"),
        () = shutdown.requested() => tracing::warn!("some requests were cut off"),
    }
}

/// One connection, before it has a stream.
struct Connection {
    router: Router,
    limits: Limits,
    place: places::Place,
}

impl Connection {
    fn spawn<S>(self, stream: S, graceful: &GracefulShutdown)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let place = Arc::new(self.place);
        let gate = Gate::new(self.router, self.limits.answer);
        let stream = Deadlines::new(stream, self.limits, gate.turn(), Arc::clone(&place));
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            // The deadlines of the stream come first. But it is this one that makes hyper read again
            // after an answer, without which they would not be looked at.
            .header_read_timeout(self.limits.idle + self.limits.head)
            .max_header_size(MAX_HEAD_SIZE)
            .max_buf_size(MAX_HEAD_SIZE);
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), gate));
        tokio::spawn(async move {
            // A client that hangs up or speaks no HTTP is its own affair.
            if let Err(error) = pin!(connection).await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
}

#[cfg(test)]
mod tests;
