//! What Django's `WSGIRequest` makes of a request, behind gunicorn: decoded path, joined headers.

use std::borrow::Cow;

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, header, request::Parts};

use crate::{
    django::{encoding::repercent_broken_unicode, http::request::latin1},
    guard::authentication::joined,
    python::urllib::unquote_to_bytes,
};

/// A request without its body.
#[derive(Debug)]
pub(super) struct Request {
    parts: Parts,
    /// `request.method`: upper case, whatever the client wrote.
    pub(super) method: String,
    /// `request.path_info`: decoded, broken UTF-8 percent-encoded again.
    pub(super) path_info: String,
}

impl Request {
    pub(super) fn new(parts: Parts) -> Self {
        let method = parts.method.as_str().to_ascii_uppercase();
        let path = unquote_to_bytes(parts.uri.path().as_bytes());
        let path_info = repercent_broken_unicode(&path);
        Self { parts, method, path_info }
    }

    /// Every header as it came.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// `META["QUERY_STRING"]`, as octets.
    pub(super) fn query_string(&self) -> &[u8] {
        self.parts.uri.query().unwrap_or_default().as_bytes()
    }

    /// What came with it, but not from the client.
    pub(super) fn extensions(&self) -> &Extensions {
        &self.parts.extensions
    }

    /// A header as WSGI has it: several of one name are one, joined by commas.
    pub(super) fn header(&self, name: HeaderName) -> Option<Vec<u8>> {
        joined(&self.parts.headers, name).map(Cow::into_owned)
    }

    /// `META["CONTENT_TYPE"]`: of several the last, as gunicorn has it.
    pub(super) fn content_type(&self) -> Option<&[u8]> {
        let last = self.parts.headers.get_all(header::CONTENT_TYPE).iter().next_back();
        last.map(HeaderValue::as_bytes)
    }

    /// `META["HTTP_HOST"]`, read as Latin-1.
    pub(super) fn host(&self) -> Option<String> {
        self.header(header::HOST).map(|host| latin1(&host))
    }
}
