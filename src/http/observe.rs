//! Which request a line of the log is about: its id, its view, and who sent it.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::django::crypto::get_random_string;

/// Where a request's connection comes from, in its extensions. No header is believed: behind a proxy
/// that is the proxy.
#[derive(Clone, Copy, Debug)]
pub struct Peer(
    /// The address; `None` for a Unix socket.
    pub Option<SocketAddr>,
);

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.ip().to_canonical().fmt(f),
            None => f.write_str("unix"),
        }
    }
}

/// The peer of a request; of one that came by no connection a Unix socket's.
pub(super) fn peer(extensions: &Extensions) -> Peer {
    extensions.get().copied().unwrap_or(Peer(None))
}

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long an id of others may be.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=64;

/// A request's id, for the log alone: no answer carries it, since none of DRF's does.
#[derive(Debug)]
pub(super) enum RequestId<'a> {
    /// The one that a proxy gave it.
    Given(&'a str),
    /// One of ours.
    Made(u64),
}

impl<'a> RequestId<'a> {
    /// The only `X-Request-ID`, where it is a plain word; else a new one.
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut given = headers.get_all(&X_REQUEST_ID).iter();
        if let (Some(id), None) = (given.next(), given.next())
            && let Ok(id) = id.to_str()
            && is_plain(id)
        {
            return Self::Given(id);
        }
        Self::Made(COUNT.fetch_add(1, Ordering::Relaxed))
    }
}

fn is_plain(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    LENGTHS.contains(&id.len()) && id.bytes().all(is_plain)
}

impl fmt::Display for RequestId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Tells this process's ids from those of others.
        static PROCESS: LazyLock<String> =
            LazyLock::new(|| get_random_string(8).unwrap_or_default());
        match self {
            Self::Given(id) => f.write_str(id),
            Self::Made(number) => write!(f, "{}-{number:08x}", *PROCESS),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn id(given: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for id in given {
            headers.append(&X_REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).unwrap());
        }
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn a_plain_id_is_taken_and_any_other_replaced() {
        let longest = "x".repeat(64);
        for plain in ["12345678", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "a.b-c_d9", &longest] {
            assert_eq!(id(&[plain]), plain);
        }
        let long = "x".repeat(65);
        for other in ["", "1234567", "12345678\t", "abc[31mdef", "a b c d e f", "ünicöde!", &long]
        {
            let made = id(&[other]);
            assert!(is_plain(&made) && made != other, "{other}: {made}");
        }
        assert_ne!(id(&["12345678", "12345678"]), "12345678");
        assert_ne!(id(&[]), id(&[]));
    }

    #[test]
    fn a_peer_is_an_address() {
        let peer = |address: &str| Peer(Some(address.parse().unwrap())).to_string();
        assert_eq!(peer("192.0.2.1:80"), "192.0.2.1");
        assert_eq!(peer("[::ffff:192.0.2.1]:80"), "192.0.2.1");
        assert_eq!(peer("[2001:db8::1]:80"), "2001:db8::1");
        assert_eq!(Peer(None).to_string(), "unix");
    }
}
