//! A connection's stream that does not wait for ever: for a request, its headers, or a slow reader.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{Limits, places::Place};

/// So much of a request is read while nothing is ready for the rest of it.
const FIRST_OCTETS: usize = 512;

/// Whose turn it is: the service's from a request's headers to its answer's end, else the client's.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// How often it has changed.
    changes: AtomicU64,
    /// Nothing is under way, and has not been for a while.
    rests: AtomicBool,
}

impl Turn {
    /// It is the service's until what is returned is dropped.
    pub(super) fn of_service(&self) -> ServiceTurn {
        self.0.changes.fetch_add(1, Ordering::Relaxed);
        ServiceTurn(self.clone())
    }

    /// Whether the connection has come to rest since it was last woken.
    pub(super) fn rests(&self) -> bool {
        self.0.rests.load(Ordering::Relaxed)
    }

    /// Something is under way again.
    pub(super) fn wake(&self) {
        self.0.rests.store(false, Ordering::Relaxed);
    }

    fn number(&self) -> u64 {
        self.0.changes.load(Ordering::Relaxed)
    }
}

/// The service's turn.
pub(super) struct ServiceTurn(Turn);

impl Drop for ServiceTurn {
    fn drop(&mut self) {
        self.0.0.changes.fetch_add(1, Ordering::Relaxed);
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
    place: Place,
    /// What was read, and is to be read again.
    unread: Bytes,
    /// Something was written that may not have left.
    is_unflushed: bool,
    reading: Option<Reading>,
    idle_since: Instant,
    read_deadline: Deadline,
    write_deadline: Deadline,
}

/// What is waited for when it is the client's turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// A request's first octet, soon.
    Request,
    /// The same, for long.
    Rest,
    /// The rest of its headers.
    Head,
}

impl<S> Deadlines<S> {
    pub(super) fn new(stream: S, limits: Limits, turn: Turn, place: Place) -> Self {
        Self {
            stream,
            limits,
            turn,
            turn_of_reading: 0,
            place,
            unread: Bytes::new(),
            is_unflushed: false,
            reading: None,
            idle_since: Instant::now(),
            read_deadline: Deadline::default(),
            write_deadline: Deadline::default(),
        }
    }

    /// How long it waits for what.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Begins to wait for `next`, if that is not what is waited for already.
    fn wait_for(&mut self, next: Reading) {
        if self.reading.replace(next) == Some(next) {
            return;
        }
        let limits = self.limits;
        self.read_deadline.set(match next {
            Reading::Head => limits.head,
            Reading::Request => limits.rest,
            Reading::Rest => limits.idle_when_crowded.saturating_sub(limits.rest),
        });
        if next == Reading::Request {
            self.idle_since = Instant::now();
        }
    }

    /// Whether what is waited for may come later than its deadline.
    fn has_patience(&mut self) -> bool {
        match self.reading {
            Some(Reading::Request) => {
                self.wait_for(Reading::Rest);
                self.turn.0.rests.store(!self.is_unflushed, Ordering::Relaxed);
                true
            }
            // Connections can become rare at any time: it is looked at again and again.
            Some(Reading::Rest) if !self.place.is_crowded() => {
                let left = self.limits.idle.saturating_sub(self.idle_since.elapsed());
                self.read_deadline.set(left.min(self.limits.idle_when_crowded));
                !left.is_zero()
            }
            _ => false,
        }
    }

    /// Has these octets read before all others.
    pub(super) fn unread(&mut self, octets: Bytes) {
        self.unread = octets;
    }
}

impl<S: AsyncRead + Unpin> Deadlines<S> {
    /// Waits for a request's first octets, which are read again; false where the connection ends.
    pub(super) async fn begins(&mut self) -> bool {
        if !self.unread.is_empty() {
            return true;
        }
        poll_fn(|cx| {
            let mut octets = [0; FIRST_OCTETS];
            let mut buf = ReadBuf::new(&mut octets);
            let polled = Pin::new(&mut *self).poll_read(cx, &mut buf);
            polled.map(|read| {
                self.unread = Bytes::copy_from_slice(buf.filled());
                read.is_ok() && !self.unread.is_empty()
            })
        })
        .await
    }

    fn poll_octets(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.unread.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let length = self.unread.len().min(buf.remaining());
        buf.put_slice(&self.unread.split_to(length));
        Poll::Ready(Ok(()))
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
        let polled = this.poll_octets(cx, buf);
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
        loop {
            ready!(this.read_deadline.poll(cx));
            if !this.has_patience() {
                break;
            }
        }
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
        this.is_unflushed = true;
        let polled = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.patiently(cx, polled)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_flush(cx);
        this.is_unflushed &= !polled.is_ready();
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
        this.is_unflushed = true;
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
