//! `corsheaders.conf` and `corsheaders.defaults` (django-cors-headers 4.9).

use crate::python::{
    re::Pattern,
    urllib::split::{SchemeAndNetloc, urlsplit},
};

/// The settings, read once.
#[derive(Clone, Debug)]
pub struct Conf {
    /// `CORS_ALLOWED_ORIGINS`.
    pub allowed_origins: Origins,
    /// `CORS_ALLOWED_ORIGIN_REGEXES`.
    pub allowed_origin_regexes: Vec<Pattern>,
    /// `CORS_ALLOW_ALL_ORIGINS`.
    pub allow_all_origins: bool,
    /// `CORS_ALLOW_CREDENTIALS`.
    pub allow_credentials: bool,
    /// `CORS_ALLOW_METHODS`, joined.
    pub allow_methods: String,
    /// `CORS_ALLOW_HEADERS`, joined.
    pub allow_headers: String,
    /// `CORS_EXPOSE_HEADERS`, joined; empty where there is none.
    pub expose_headers: String,
    /// `CORS_PREFLIGHT_MAX_AGE`, seconds; 0 sends none.
    pub preflight_max_age: u32,
    /// `CORS_URLS_REGEX`.
    pub urls_regex: Pattern,
    /// `CORS_ALLOW_PRIVATE_NETWORK`.
    pub allow_private_network: bool,
}

/// `CORS_ALLOWED_ORIGINS`, split.
#[derive(Clone, Debug)]
pub struct Origins {
    null: bool,
    urls: Vec<SchemeAndNetloc>,
}

impl Origins {
    /// Those that `urlsplit` can split; `checks.py` lets no others through.
    pub fn new(origins: &[String]) -> Self {
        Self {
            null: origins.iter().any(|origin| origin == "null"),
            urls: origins.iter().filter_map(|origin| urlsplit(origin)).collect(),
        }
    }

    /// Whether an origin, and as it was split, is one of them.
    pub(super) fn contains(&self, origin: &str, url: &SchemeAndNetloc) -> bool {
        (origin == "null" && self.null) || self.urls.contains(url)
    }
}
