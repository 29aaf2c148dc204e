//! The HTTP client: hyper-util's, with a limit for everything.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    RemoteOptions,
    answer::{self, Names, No},
    options::Route,
};
use crate::accounts::{TokenOwner, keyword::Keyword};

/// Octets of the longest body that is read: the view's are a user's name long.
const LONGEST_BODY: usize = 16 * 1024;

/// Shorter than what drf-auth (75 s) and proxies (60 s) keep an idle connection.
const IDLE: Duration = Duration::from_secs(50);

/// Octets of the longest key that is asked for: DRF's have 40, and a server refuses a head that is too
/// long as if it were out of order.
const LONGEST_KEY: usize = 1024;

/// Whether a request can bring such a key: one word, as `TokenAuthentication` reads the header. No row has
/// another.
pub(super) fn can_be_sent(key: &str) -> bool {
    let ends = |byte: u8| matches!(byte, b'\t'..=b'\r' | b' ');
    (1..=LONGEST_KEY).contains(&key.len()) && !key.bytes().any(ends)
}

/// Asks verify views.
pub(super) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    /// For whoever asks.
    pub(super) places: Semaphore,
    pub(super) timeout: Duration,
    keyword: Keyword,
    names: Names,
}

impl Client {
    pub(super) fn new(options: &RemoteOptions, tls: ClientConfig, names: Names) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(options.connect_timeout));
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls);
        let connector = connector.https_or_http().enable_http1().wrap_connector(tcp);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(options.max_connections)
            .build(connector);
        let places = Semaphore::new(options.max_connections.clamp(1, Semaphore::MAX_PERMITS));
        let keyword = options.keyword.clone();
        Self { pool, places, timeout: options.timeout, keyword, names }
    }

    /// Asks once, or again where a connection that was kept proved dead.
    pub(super) async fn ask(&self, route: &Route, key: &str) -> Result<TokenOwner, No> {
        let asking = async {
            let response = self.send(&route.url, key).await?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LONGEST_BODY).collect().await;
            let body = body.map_err(|error| No::unavailable(error.to_string()))?.to_bytes();
            answer::read(route, key, &head, &body, &self.names)
        };
        timeout(self.timeout, asking).await.map_err(|_| No::late(self.timeout))?
    }

    async fn send(&self, url: &Uri, key: &str) -> Result<Response<Incoming>, No> {
        // Nobody could send such a key, and no row has one.
        let authorization = HeaderValue::try_from(format!("{} {key}", self.keyword));
        let mut authorization = authorization.map_err(|_| No::Unknown)?;
        authorization.set_sensitive(true);
        let request = || {
            let mut request = Request::new(Empty::new());
            *request.uri_mut() = url.clone();
            let headers = request.headers_mut();
            headers.insert(header::AUTHORIZATION, authorization.clone());
            headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
            request
        };
        let error = match self.pool.request(request()).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        if error.is_connect() {
            return Err(No::unavailable(chain(&error)));
        }
        self.pool.request(request()).await.map_err(|error| No::unavailable(chain(&error)))
    }
}

/// The error with its causes: hyper's own text says little.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
