//! A connection's stream that does not wait for ever: for a request, its headers, or a slow reader.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{Limits, places::Place};

/// Whose turn it is: the service's from a request's headers to its answer, else the client's. What is
/// counted are the changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn(Arc<AtomicU64>);

impl Turn {
    /// It is the service's until what is returned is dropped.
    pub(super) fn of_service(&self) -> ServiceTurn {
        self.0.fetch_add(1, Ordering::Relaxed);
        ServiceTurn(self.clone())
    }

    fn number(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The service's turn.
pub(super) struct ServiceTurn(Turn);

impl Drop for ServiceTurn {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A stream whose reads and writes fail where the client lets the service wait.
pub(super) struct Deadlines<S> {
    stream: S,
    limits: Limits,
    turn: Turn,
    /// The number of the turn in which `reading` began.
    turn_of_reading: u64,
    /// Held as long as the stream is open.
    place: Arc<Place>,
    reading: Option<Reading>,
    read_deadline: Deadline,
    write_deadline: Deadline,
}

/// What is waited for when it is the client's turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// A request's first octet.
    Request,
    /// The rest of its headers.
    Head,
}

impl<S> Deadlines<S> {
    pub(super) fn new(stream: S, limits: Limits, turn: Turn, place: Arc<Place>) -> Self {
        Self {
            stream,
            limits,
            turn,
            turn_of_reading: 0,
            place,
            reading: None,
            read_deadline: Deadline::default(),
            write_deadline: Deadline::default(),
        }
    }

    /// Begins to wait for `next`, if that is not what is waited for already.
    fn wait_for(&mut self, next: Reading) {
        if self.reading.replace(next) == Some(next) {
            return;
        }
        self.read_deadline.set(match next {
            Reading::Head => self.limits.head,
            Reading::Request if self.place.is_crowded() => self.limits.idle_when_crowded,
            Reading::Request => self.limits.idle,
        });
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Deadlines<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        let turn = this.turn.number();
        if std::mem::replace(&mut this.turn_of_reading, turn) != turn {
            this.reading = None;
        }
        if turn % 2 == 1 {
            // How long a body may take is the business of whoever reads it.
            return polled;
        }
        if polled.is_ready() {
            if buf.filled().len() > before {
                this.wait_for(Reading::Head);
            }
            return polled;
        }
        if this.reading.is_none() {
            this.wait_for(Reading::Request);
        }
        ready!(this.read_deadline.poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> Deadlines<S> {
    /// The outcome of a write, or of what takes as long.
    fn patiently<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.write_deadline.clear();
            return polled;
        }
        if !self.write_deadline.is_set() {
            self.write_deadline.set(self.limits.write);
        }
        ready!(self.write_deadline.poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deadlines<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.patiently(cx, polled)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_flush(cx);
        this.patiently(cx, polled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.patiently(cx, polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.patiently(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// A point in time, with a timer that is made when it is first needed, and kept.
#[derive(Default)]
struct Deadline {
    at: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    fn set(&mut self, after: Duration) {
        self.at = Some(Instant::now() + after);
    }

    fn clear(&mut self) {
        self.at = None;
    }

    fn is_set(&self) -> bool {
        self.at.is_some()
    }

    /// Ready when the time has come. The timer is not set anew for every deadline: it goes off at
    /// an old one at the earliest, and is set to what has become of it then.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if at < timer.deadline() {
            timer.as_mut().reset(at);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if timer.deadline() >= at {
                return Poll::Ready(());
            }
            timer.as_mut().reset(at);
        }
        Poll::Pending
    }
}
