//! Answers, with the headers that Django's middleware and this service add to all of them.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
};

use crate::django::middleware::{SECURITY_HEADERS, X_FRAME_OPTIONS};

/// An answer that passed all of Django's middleware.
pub(super) fn inside(mut response: Response<Body>) -> Response<Body> {
    set(response.headers_mut(), X_FRAME_OPTIONS);
    outside(response)
}

/// An answer that `CommonMiddleware` made: only the middleware around it adds to it.
pub(super) fn outside(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    SECURITY_HEADERS.into_iter().for_each(|header| set(headers, header));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One of Django's own HTML pages.
pub(super) fn page(status: u16, html: String) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    set(response.headers_mut(), ("content-type", "text/html; charset=utf-8"));
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
