//! `CorsMiddleware` around everything else that Django does with a request.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, header},
};

use super::{request::Request, response};
use crate::{
    corsheaders::{
        conf::Conf,
        middleware::{self, VARY},
    },
    django::http::request::latin1,
};

/// The middleware, where it is enabled for a request.
pub(super) struct Cors<'a> {
    conf: &'a Conf,
    request: middleware::Request,
}

impl<'a> Cors<'a> {
    pub(super) fn new(conf: &'a Conf, request: &Request) -> Option<Self> {
        if !middleware::is_enabled(conf, &request.path_info) {
            return None;
        }
        let header = |name: HeaderName| request.header(name);
        let request = middleware::Request {
            method: request.method.clone(),
            origin: header(header::ORIGIN).map(|origin| latin1(&origin)),
            asks_for_method: header(header::ACCESS_CONTROL_REQUEST_METHOD).is_some(),
            asks_for_private_network: header(PRIVATE_NETWORK).as_deref() == Some(b"true"),
        };
        Some(Self { conf, request })
    }

    /// The answer to a preflight, which nothing else gets to see.
    pub(super) fn preflight(&self) -> Option<Response<Body>> {
        middleware::is_preflight(&self.request).then(response::empty_page)
    }

    /// Adds its headers to an answer.
    pub(super) fn add(&self, response: &mut Response<Body>) {
        let headers = response.headers_mut();
        let vary = match headers.get(header::VARY).and_then(|vary| vary.to_str().ok()) {
            Some(others) => format!("{others}, {VARY}"),
            None => VARY.to_owned(),
        };
        let mut insert = |name: HeaderName, value: &str| {
            // Python writes its text as Latin-1.
            let octets: Vec<u8> =
                value.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
            if let Ok(value) = HeaderValue::from_bytes(&octets) {
                headers.insert(name, value);
            }
        };
        insert(header::VARY, &vary);
        for (name, value) in middleware::response_headers(self.conf, &self.request) {
            insert(HeaderName::from_static(name), &value);
        }
    }
}

const PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
