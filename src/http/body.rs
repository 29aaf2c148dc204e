//! Reading bodies: how long, how much, and how much of all of them at once.

use std::{sync::Arc, time::Duration};

use axum::body::{Body, Bytes, HttpBody as _};
use http_body_util::BodyExt as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::error::Failure;
use crate::{
    django::http::BadRequest, drf::exceptions::ApiException, guard::refusal::RETRY_AFTER,
    telemetry::Seldom,
};

/// How long a client may take to send a body.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Octets of a body that are always read. No login is longer, so nobody's long bodies keep one out; and
/// so many on every connection that there can be are no more than twice [`SHARED`].
const FREE: usize = 4 * 1024;

/// Octets beyond [`FREE`] that all bodies together may hold.
const SHARED: usize = 32 * 1024 * 1024;

/// Octets of a body that an async thread parses by itself.
const SHORT: usize = 64 * 1024;

/// What a permit of the semaphore stands for, in octets.
const UNIT: usize = 1024;

/// The memory that long bodies share.
#[derive(Clone, Debug)]
pub struct Bodies {
    memory: Arc<Semaphore>,
    /// The turn of the one long body that is parsed.
    long: Arc<Semaphore>,
}

impl Default for Bodies {
    fn default() -> Self {
        let memory = Arc::new(Semaphore::new(SHARED / UNIT));
        Self { memory, long: Arc::new(Semaphore::new(1)) }
    }
}

/// A whole body, with its share of the memory.
pub(super) struct Held {
    bytes: Bytes,
    share: Share,
}

/// A body's share of the memory, to be held as long as anything that was made of the body.
#[derive(Debug)]
pub(super) struct Share(
    #[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>,
);

impl Held {
    /// What `parse` makes of the body. A long one is parsed off the async threads, one at a time.
    ///
    /// # Errors
    /// Those of `parse`.
    pub(super) async fn parse<T: Send + 'static>(
        self,
        bodies: &Bodies,
        parse: impl FnOnce(&[u8]) -> Result<T, Failure> + Send + 'static,
    ) -> Result<(T, Share), Failure> {
        let Self { bytes, share } = self;
        if bytes.len() <= SHORT {
            return parse(&bytes).map(|parsed| (parsed, share));
        }
        let turn = Arc::clone(&bodies.long).acquire_owned().await;
        #[expect(clippy::disallowed_methods, reason = "bounded: one at a time")]
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            parse(&bytes).map(|parsed| (parsed, share))
        });
        work.await.unwrap_or(Err(Failure::BrokenBody))
    }
}

impl Bodies {
    /// Reads a body of at most `most` octets.
    ///
    /// # Errors
    /// Django's 400 where it is longer; 503 where too many long ones are being read; a broken body
    /// where the client is too slow, or gone.
    pub(super) async fn read(&self, body: Body, most: usize) -> Result<Held, Failure> {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > most {
            return Err(BadRequest::RequestDataTooBig.into());
        }
        timeout(READ_TIMEOUT, self.collect(body, most)).await.unwrap_or(Err(Failure::BrokenBody))
    }

    async fn collect(&self, mut body: Body, most: usize) -> Result<Held, Failure> {
        // What is announced and never comes takes no room.
        let whole = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
        let whole = whole.unwrap_or(most).min(most);
        let mut read = Vec::new();
        let mut share: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return Err(Failure::BrokenBody) };
            let Ok(data) = frame.into_data() else { continue };
            let length = read.len().saturating_add(data.len());
            if length > most {
                return Err(BadRequest::RequestDataTooBig.into());
            }
            if length > read.capacity() {
                let capacity = whole.min(read.capacity() * 2).max(length);
                self.grow(&mut share, capacity)?;
                read.reserve_exact(capacity - read.len());
            }
            read.extend_from_slice(&data);
        }
        Ok(Held { bytes: read.into(), share: Share(share) })
    }

    /// Makes it the share of a body of so many octets.
    fn grow(&self, share: &mut Option<OwnedSemaphorePermit>, octets: usize) -> Result<(), Failure> {
        let held = share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = octets.saturating_sub(FREE).div_ceil(UNIT).saturating_sub(held);
        if missing == 0 {
            return Ok(());
        }
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let Ok(more) = Arc::clone(&self.memory).try_acquire_many_owned(missing) else {
            static SELDOM: Seldom = Seldom::new();
            if let Some(unsaid) = SELDOM.unsaid() {
                tracing::warn!(unsaid, "too many long bodies at once");
            }
            return Err(ApiException::service_unavailable(RETRY_AFTER).into());
        };
        match share {
            Some(share) => share.merge(more),
            None => *share = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _};

    use super::*;

    fn body(length: usize) -> Body {
        Body::from(vec![b'x'; length])
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_refused() {
        let bodies = Bodies::default();
        assert_eq!(bodies.read(body(100), 100).await.map(|held| held.bytes.len()).ok(), Some(100));
        assert!(matches!(bodies.read(body(101), 100).await, Err(Failure::BadRequest(_))));
    }

    #[tokio::test]
    async fn long_bodies_share_and_short_ones_are_always_read() {
        let bodies = Bodies::default();
        let most = FREE + SHARED;
        let first = bodies.read(body(most), most).await.ok().unwrap();
        assert!(matches!(bodies.read(body(FREE + 1), most).await, Err(Failure::Api(_))));
        assert!(bodies.read(body(FREE), most).await.is_ok());
        drop(first);
        assert!(bodies.read(body(FREE + 1), most).await.is_ok());
    }

    /// The first part of a body that never ends: so many of them hold no more than all may.
    #[tokio::test]
    async fn bodies_that_do_not_end_share_too() {
        const PART: usize = 60_000;
        let bodies = Bodies::default();
        let mut unfinished = Vec::new();
        let fits = SHARED / (PART - FREE).next_multiple_of(UNIT);
        for number in 0..fits + 2 {
            let part = futures_util::stream::iter([Ok::<_, std::io::Error>(vec![b'x'; PART])]);
            let never = futures_util::stream::pending();
            let body = Body::from_stream(part.chain(never));
            let mut reading = Box::pin(bodies.collect(body, 1_000_000));
            let ended = (&mut reading).now_or_never().is_some();
            assert_eq!(ended, number >= fits, "{number}");
            unfinished.push(reading);
        }
        assert!(bodies.read(body(FREE), 1_000_000).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_takes_no_more_room_than_it_has_octets() {
        let bodies = Bodies::default();
        let parts = (0..100).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1000]));
        let body = Body::from_stream(futures_util::stream::iter(parts));
        let held = bodies.read(body, 100_000).await.ok().unwrap();
        assert_eq!(held.bytes.len(), 100_000);
        let left = bodies.memory.available_permits();
        assert_eq!(SHARED / UNIT - left, (100_000 - FREE).div_ceil(UNIT));
    }
}
