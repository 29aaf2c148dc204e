//! What every request passes before the routes: one Host, a framing that all read alike, an end.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::{
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    service::Service,
};
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::deadlines::{ServiceTurn, Turn};
use crate::{
    app::readiness::Draining,
    http::{Answers, Peer},
    telemetry::Seldom,
};

/// Octets of the longest path with its query; gunicorn's request line ends at 4094.
const LONGEST_TARGET: usize = 8 * 1024;

/// What is behind every connection.
pub(super) struct Behind {
    pub(super) router: Router,
    /// What counts the refusals.
    pub(super) answers: Arc<Answers>,
    pub(super) draining: Draining,
}

/// One connection's way to the routes.
pub(super) struct Gate {
    /// Of all connections together: ten thousand of them wait with this in their hands.
    behind: Arc<Behind>,
    peer: Peer,
    /// For an answer.
    limit: Duration,
    turn: Turn,
}

impl Gate {
    pub(super) fn new(behind: Arc<Behind>, peer: Peer, limit: Duration) -> Self {
        Self { behind, peer, limit, turn: Turn::default() }
    }

    /// Says whose turn it is on this connection.
    pub(super) fn turn(&self) -> Turn {
        self.turn.clone()
    }
}

impl Service<Request<Incoming>> for Gate {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer>, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let turn = self.turn.of_service();
        let (behind, limit) = (Arc::clone(&self.behind), self.limit);
        request.extensions_mut().insert(self.peer);
        Box::pin(async move {
            let mut answer = behind.answer(request, limit).await;
            if behind.draining.has_begun() {
                // Whoever would send another request on this connection sends it on a new one, and
                // meets no end in between.
                answer.headers_mut().insert(header::CONNECTION, CLOSE);
            }
            Ok(answer.map(|body| Answer { body, _turn: turn }))
        })
    }
}

impl Behind {
    async fn answer(&self, request: Request<Incoming>, limit: Duration) -> Response<Body> {
        let refuse = |status| {
            self.answers.count_refusal(status);
            refusal(status)
        };
        if let Some(status) = objection(&request) {
            return refuse(status);
        }
        match timeout(limit, self.router.clone().oneshot(request.map(Body::new))).await {
            Ok(Ok(answer)) => answer,
            Err(_) => {
                static SELDOM: Seldom = Seldom::new();
                if let Some(unsaid) = SELDOM.unsaid() {
                    tracing::error!(
                        unsaid,
                        "a request was broken off: it took more than {limit:?}"
                    );
                }
                let mut refusal = refuse(StatusCode::SERVICE_UNAVAILABLE);
                refusal.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                refusal
            }
        }
    }
}

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// An answer's body. The service's turn lasts until it was taken.
pub(super) struct Answer {
    body: Body,
    _turn: ServiceTurn,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What is wrong with a request, whatever it asks for.
fn objection<B>(request: &Request<B>) -> Option<StatusCode> {
    if !has_one_host(request.version(), request.headers()) {
        return Some(StatusCode::BAD_REQUEST);
    }
    if !is_plain_or_chunked(request.headers()) {
        return Some(StatusCode::NOT_IMPLEMENTED);
    }
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    (target > LONGEST_TARGET).then_some(StatusCode::URI_TOO_LONG)
}

/// RFC 9112, 3.2: one, but that HTTP/1.0 may have none.
fn has_one_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match hosts.next() {
        Some(_) => hosts.next().is_none(),
        None => version < Version::HTTP_11,
    }
}

/// hyper looks at the last coding only, and would take a compressed body for a plain one.
fn is_plain_or_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    codings.next().is_none_or(|first| first.as_bytes().eq_ignore_ascii_case(b"chunked"))
        && codings.next().is_none()
}

/// An answer that says no more, and ends the connection.
fn refusal(status: StatusCode) -> Response<Body> {
    let mut refusal = Response::new(Body::empty());
    *refusal.status_mut() = status;
    refusal.headers_mut().insert(header::CONNECTION, CLOSE);
    refusal
}
