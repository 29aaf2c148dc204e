//! What DRF answers to a token that is not accepted.

use std::{error::Error, fmt};

use axum_core::{body::Body, response::IntoResponse};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header, request::Parts};

use super::authentication::joined;
use crate::{
    accounts::{keyword::Keyword, store::StoreErrorKind, verify::VerifyError},
    django::{
        Release,
        http::{ContentType, Limits, Platform},
    },
    drf::{
        authentication::{self, authenticate_header},
        exceptions::{ApiException, Detail},
        negotiation::{format_override, select_renderer},
        renderers,
    },
    python::Version,
    telemetry::Seldom,
};

/// Seconds after which a client may try again.
pub const RETRY_AFTER: u64 = 1;

/// How Accept is read: as a current DRF does.
const PLATFORM: Platform = Platform::new(Release::V5_2, Version::new(13));

/// Translates the domain's reason into DRF's answer, and logs what is no client's fault.
pub fn refuse(error: &VerifyError) -> ApiException {
    match error {
        VerifyError::UnknownToken => authentication::invalid_token(),
        VerifyError::InactiveUser => authentication::user_inactive(),
        VerifyError::Store(_) | VerifyError::Unavailable(_) | VerifyError::Unanswerable(_) => {
            say(error);
            ApiException::service_unavailable(RETRY_AFTER)
        }
    }
}

/// An outage makes as many errors as there are requests, and what is wrong with one row as many as
/// whoever has its token likes: neither is to hide the other.
fn say(error: &VerifyError) {
    static AWAY: Seldom = Seldom::new();
    static WRONG: Seldom = Seldom::new();
    let is_away = match error {
        VerifyError::Store(error) => error.kind() == StoreErrorKind::Unavailable,
        _ => true,
    };
    let seldom = if is_away { &AWAY } else { &WRONG };
    if let Some(unsaid) = seldom.unsaid() {
        tracing::error!(%error, unsaid, "a token could not be checked");
    }
}

/// The headers of a refusal that say how to authenticate, and when to try again.
pub fn challenge(headers: &mut HeaderMap, exception: &ApiException, authenticate: &str) {
    if exception.wants_authenticate
        && let Ok(value) = HeaderValue::from_str(authenticate)
    {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
    if let Some(seconds) = exception.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// A request that is not let through, as DRF answers it: 401, 403, or 503 where nobody can say; and what
/// the backend itself refuses, by [`AuthenticatedUser::denied`] and [`AuthenticatedUser::not_found`].
///
/// [`AuthenticatedUser::denied`]: super::AuthenticatedUser::denied
/// [`AuthenticatedUser::not_found`]: super::AuthenticatedUser::not_found
///
/// # What is DRF's in it, and what is the endpoint's own
///
/// The status, the body to the byte (its indent is the one that the request's Accept asks for),
/// `Content-Type`, `WWW-Authenticate` and `Vary: Accept` are those of a DRF view with
/// `IsAuthenticated`; `Cache-Control: no-store` and `Retry-After` are this crate's, as everywhere
/// in it. What only the endpoint can know is not in it: `Allow` (which methods it has), 406
/// and `?format=` (which media types it has: a refusal is always JSON), and what the middleware of a
/// Django project adds to every answer (`X-Frame-Options` and the like).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::sync::Arc;
///
/// use drf_auth::guard::{AuthenticatedUser, FixedTokens, VerifyToken};
///
/// let tokens: Arc<dyn VerifyToken> = Arc::new(FixedTokens::new());
/// // What a framework that this crate does not know does with a request's head.
/// let (head, ()) = http::Request::get("/orders").body(()).unwrap().into_parts();
/// let refusal = AuthenticatedUser::required(&head, &tokens).await.unwrap_err();
/// let response = refusal.into_http();
/// assert_eq!(response.status(), 401);
/// assert_eq!(response.headers()["www-authenticate"], "Token");
/// let body = r#"{"detail":"Authentication credentials were not provided."}"#;
/// assert_eq!(response.body(), body);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    exception: ApiException,
    indent: Option<usize>,
    keyword: Keyword,
}

impl Refusal {
    pub(super) fn new(exception: ApiException, keyword: &Keyword, indent: Option<usize>) -> Self {
        let exception =
            exception.with_authenticate_header(Some(authenticate_header(keyword.as_str())));
        Self { exception, indent, keyword: keyword.clone() }
    }

    /// Another text than DRF's own: `PermissionDenied("…")`, the `message` of a permission class.
    #[must_use]
    pub fn with_detail(mut self, text: impl Into<String>) -> Self {
        self.exception.detail = Detail::Text(text.into());
        self
    }

    /// 401, 403, 404 or 503.
    pub fn status(&self) -> StatusCode {
        self.exception.status
    }

    /// The response.
    pub fn into_http(self) -> Response<Bytes> {
        let body = renderers::render(&self.exception.body(), self.indent);
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.exception.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(renderers::CONTENT_TYPE));
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        challenge(headers, &self.exception, authenticate_header(self.keyword.as_str()));
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        self.into_http().map(Body::from)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.exception.detail {
            Detail::Text(text) => f.write_str(text),
            Detail::Fields(_) => self.exception.status.fmt(f),
        }
    }
}

impl Error for Refusal {}

/// The indent of JSON that the request asks for, as DRF's negotiation finds it. Where that finds no
/// renderer at all, whether there is one is the endpoint's business.
pub(super) fn indent(parts: &Parts) -> Option<usize> {
    let accept = joined(&parts.headers, header::ACCEPT)?;
    if !accept.windows(6).any(|word| word.eq_ignore_ascii_case(b"indent")) {
        return None;
    }
    let content_type = parts.headers.get_all(header::CONTENT_TYPE).iter().next_back();
    let content_type = ContentType::new(content_type.map(HeaderValue::as_bytes), PLATFORM).ok()?;
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let format = format_override(query, &content_type, &Limits::default()).ok()?;
    let renderers = renderers::DEFAULT;
    select_renderer(renderers, Some(&accept), format.as_ref(), PLATFORM).ok()?.indent
}
