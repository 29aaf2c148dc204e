//! Answers, with the headers that Django's middleware and this service add to all of them.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
};

use jiff::{SignedDuration, Timestamp};

use crate::django::{
    crypto::get_random_string,
    middleware::{SECURITY_HEADERS, X_FRAME_OPTIONS, csrf, sessions},
};

/// The middleware of one request, on the way back.
#[derive(Clone, Copy, Debug)]
pub struct Middleware {
    new_csrf_cookie: bool,
    dead_session: bool,
}

impl Middleware {
    /// What the middleware saw on the way in: the request's cookies.
    pub fn new(cookie: Option<&[u8]>) -> Self {
        Self {
            new_csrf_cookie: cookie.is_some_and(csrf::needs_new_cookie),
            dead_session: cookie.is_some_and(sessions::has_dead_cookie),
        }
    }

    /// An answer that passes all of Django's middleware.
    pub fn all(self, mut response: Response<Body>) -> Response<Body> {
        set(response.headers_mut(), X_FRAME_OPTIONS);
        self.refusal(response)
    }

    /// The page of a `SuspiciousOperation` that `CommonMiddleware` raised: `bad_request` itself is
    /// decorated with `requires_csrf_token`.
    pub fn refusal(self, mut response: Response<Body>) -> Response<Body> {
        if self.new_csrf_cookie {
            set_csrf_cookie(response.headers_mut());
        }
        self.outer(response)
    }

    /// An answer that `CommonMiddleware` made: only the middleware around it adds to it.
    pub(super) fn outer(self, mut response: Response<Body>) -> Response<Body> {
        let headers = response.headers_mut();
        if self.dead_session {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(sessions::DELETE_COOKIE));
            vary_on_cookie(headers);
        }
        for header in SECURITY_HEADERS {
            set(headers, header);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// `CsrfViewMiddleware._set_csrf_cookie`. Without randomness the client keeps what it has.
fn set_csrf_cookie(headers: &mut HeaderMap) {
    let Ok(secret) = get_random_string(csrf::CSRF_SECRET_LENGTH) else { return };
    let expires = Timestamp::now() + SignedDuration::from_secs(csrf::CSRF_COOKIE_AGE);
    let expires = expires.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(cookie) = HeaderValue::from_str(&csrf::set_cookie(&secret, &expires)) {
        headers.append(header::SET_COOKIE, cookie);
    }
    vary_on_cookie(headers);
}

/// `patch_vary_headers(response, ("Cookie",))`; no view here varies on anything but `Accept`.
fn vary_on_cookie(headers: &mut HeaderMap) {
    let vary = match headers.get(header::VARY).map(HeaderValue::as_bytes) {
        Some(b"Accept" | b"Accept, Cookie") => "Accept, Cookie",
        _ => "Cookie",
    };
    headers.insert(header::VARY, HeaderValue::from_static(vary));
}

/// One of Django's own HTML pages.
pub fn page(status: u16, html: String) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    set(response.headers_mut(), ("content-type", "text/html; charset=utf-8"));
    response
}

/// `HttpResponse()`, with what this service adds to every answer.
pub(super) fn empty_page() -> Response<Body> {
    let mut response = page(200, String::new());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `HttpResponsePermanentRedirect(location)`.
pub(super) fn redirect(location: &str) -> Response<Body> {
    let mut response = page(301, String::new());
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn set(headers: &mut HeaderMap, (name, value): (&'static str, &'static str)) {
    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}
