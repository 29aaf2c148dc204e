//! One connection: hyper's while a request is under way, and next to nothing between two.
//!
//! hyper keeps 16 KB of buffers for as long as it has a connection. Most connections of most services
//! wait: those are taken from it, and given back with the first octets of their next request.

use std::{
    future::poll_fn,
    mem::MaybeUninit,
    pin::{Pin, pin},
    sync::Arc,
    task::{Poll, ready},
};

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    sync::watch,
    time::timeout,
};

use super::{
    Limits,
    deadlines::Deadlines,
    gate::{Behind, Gate},
    places::Place,
};
use crate::http::Peer;

/// Octets of the longest request line and headers together: what nginx passes on unless told
/// otherwise. A connection buffers no more, be it of a body.
const MAX_HEAD_SIZE: usize = 32 * 1024;

/// One connection, before it has a stream.
pub(super) struct Connection {
    pub(super) behind: Arc<Behind>,
    pub(super) peer: Peer,
    pub(super) limits: Limits,
    pub(super) place: Place,
    /// True as soon as those end that wait for a request.
    pub(super) ending: watch::Receiver<bool>,
}

impl Connection {
    /// Serves it to its end, in a task of its own.
    pub(super) fn spawn<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        tokio::spawn(self.serve(stream));
    }

    fn serve<S>(self, stream: S) -> impl Future<Output = ()> + Send
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { behind, peer, limits, place, ending } = self;
        let gate = Gate::new(behind, peer, limits.answer);
        // In a box, because the parts of a future that hand it on have room for it each.
        let stream = Box::new(Deadlines::new(stream, limits, gate.turn(), place));
        async move {
            // A client that hangs up or speaks no HTTP is its own affair.
            if let Err(error) = serve(stream, gate, ending).await {
                tracing::debug!(%error, "a connection ended early");
            }
        }
    }
}

async fn serve<S>(
    mut stream: Box<Deadlines<S>>,
    mut gate: Gate,
    mut ending: watch::Receiver<bool>,
) -> Result<(), hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        tokio::select! {
            biased;
            begins = stream.begins() => if !begins { return Ok(()) },
            _ = ending.wait_for(|ending| *ending) => return Ok(()),
        }
        // In a box, so that it takes no room where there is none.
        match Box::pin(exchange(stream, gate, &mut ending)).await? {
            Some(parts) => (stream, gate) = parts,
            None => return Ok(()),
        }
    }
}

/// Requests and answers, until the connection has ended or rests.
async fn exchange<S>(
    stream: Box<Deadlines<S>>,
    gate: Gate,
    ending: &mut watch::Receiver<bool>,
) -> Result<Option<(Box<Deadlines<S>>, Gate)>, hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (ended, stream, gate) = talk(stream, gate, ending).await;
    let Some(ended) = ended else { return Ok(Some((stream, gate))) };
    linger(stream, ending).await;
    ended.map(|()| None)
}

/// How hyper ended the connection; `None` where it rests.
async fn talk<S>(
    stream: Box<Deadlines<S>>,
    gate: Gate,
    ending: &mut watch::Receiver<bool>,
) -> (Option<Result<(), hyper::Error>>, Box<Deadlines<S>>, Gate)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let turn = gate.turn();
    turn.wake();
    let limits = stream.limits();
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        // The deadlines of the stream come first. But it is this one that makes hyper read again
        // after an answer, without which they would not be looked at.
        .header_read_timeout(limits.idle + limits.head)
        .max_header_size(MAX_HEAD_SIZE)
        .max_buf_size(MAX_HEAD_SIZE);
    let mut connection = builder.serve_connection(TokioIo::new(stream), gate);
    let mut ends = pin!(ending.wait_for(|ending| *ending));
    let mut is_told = false;
    let ended = poll_fn(|cx| {
        loop {
            match Pin::new(&mut connection).poll(cx) {
                Poll::Ready(ended) => return Poll::Ready(Some(ended)),
                Poll::Pending if turn.rests() => return Poll::Ready(None),
                Poll::Pending => {}
            }
            // After the first poll only: hyper closes what it has read nothing of.
            if is_told || ends.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            is_told = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
    });
    let ended = ended.await;
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    stream.unread(parts.read_buf);
    (ended, stream, parts.service)
}

/// Reads what a client has on its way still (mostly a body that nobody wanted), to no one: a socket that
/// is closed before takes back the answer, too.
async fn linger<S>(mut stream: Box<Deadlines<S>>, ending: &mut watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limit = stream.limits().linger;
    let read = async {
        // hyper does not where it could not make sense of a request.
        let _ = stream.shutdown().await;
        stream.unread(Bytes::new());
        // On the stack: those that linger hold no memory.
        poll_fn(|cx| {
            let mut octets = [const { MaybeUninit::uninit() }; 16 * 1024];
            loop {
                let mut octets = ReadBuf::uninit(&mut octets);
                let read = ready!(Pin::new(&mut stream).poll_read(cx, &mut octets));
                if read.is_err() || octets.filled().is_empty() {
                    return Poll::Ready(());
                }
            }
        })
        .await;
    };
    tokio::select! {
        _ = timeout(limit, read) => {}
        _ = ending.wait_for(|ending| *ending) => {}
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;

    use super::*;
    use crate::app::{readiness::Draining, serve::places::Places};

    /// Beside its stream, which has a box.
    #[tokio::test]
    async fn a_waiting_connection_is_small() {
        let (_sender, ending) = watch::channel(false);
        let place = Places::new(1).take().await;
        let behind = Arc::new(Behind {
            router: Router::new(),
            answers: Arc::default(),
            draining: Draining::default(),
        });
        let (peer, limits) = (Peer(None), Limits::default());
        let connection = Connection { behind, peer, limits, place, ending };
        let (stream, _client) = tokio::net::UnixStream::pair().unwrap();
        let size = std::mem::size_of_val(&connection.serve(stream));
        assert!(size <= 512, "{size}");
    }
}
