//! `corsheaders.middleware.CorsMiddleware` (django-cors-headers 4.9), as the first of a project's
//! middleware.

use super::conf::Conf;
use crate::python::urllib::split::urlsplit;

/// A request, as far as it matters here. Header values are read as Latin-1.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `request.method`.
    pub method: String,
    /// `Origin`.
    pub origin: Option<String>,
    /// Whether there is an `Access-Control-Request-Method`.
    pub asks_for_method: bool,
    /// Whether `Access-Control-Request-Private-Network` is `true`.
    pub asks_for_private_network: bool,
}

/// What the middleware adds to every answer that it is enabled for, beside these headers.
pub const VARY: &str = "origin";

/// `is_enabled`: whether the middleware has to do with a path at all.
pub fn is_enabled(conf: &Conf, path_info: &str) -> bool {
    conf.urls_regex.matches(path_info)
}

/// `check_preflight`: whether an enabled request is answered with an empty 200, whatever it asks for.
pub fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS" && request.asks_for_method
}

/// `add_response_headers`: what an enabled request's answer gets beside [`VARY`].
pub fn response_headers(conf: &Conf, request: &Request) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    let Some(origin) = request.origin.as_deref().filter(|origin| !origin.is_empty()) else {
        return headers;
    };
    let Some(url) = urlsplit(origin) else { return headers };
    let is_allowed = conf.allow_all_origins
        || conf.allowed_origins.contains(origin, &url)
        || conf.allowed_origin_regexes.iter().any(|pattern| pattern.matches(origin));
    if !is_allowed {
        return headers;
    }
    let is_any = conf.allow_all_origins && !conf.allow_credentials;
    let allowed = if is_any { "*" } else { origin };
    headers.push(("access-control-allow-origin", allowed.to_owned()));
    if conf.allow_credentials {
        headers.push(("access-control-allow-credentials", "true".to_owned()));
    }
    if !conf.expose_headers.is_empty() {
        headers.push(("access-control-expose-headers", conf.expose_headers.clone()));
    }
    if request.method == "OPTIONS" {
        headers.push(("access-control-allow-headers", conf.allow_headers.clone()));
        headers.push(("access-control-allow-methods", conf.allow_methods.clone()));
        if conf.preflight_max_age > 0 {
            headers.push(("access-control-max-age", conf.preflight_max_age.to_string()));
        }
    }
    if conf.allow_private_network && request.asks_for_private_network {
        headers.push(("access-control-allow-private-network", "true".to_owned()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{corsheaders::conf::Origins, python::re::Pattern};

    fn conf(origins: &[&str]) -> Conf {
        let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
        Conf {
            allowed_origins: Origins::new(&origins),
            allowed_origin_regexes: vec![],
            allow_all_origins: false,
            allow_credentials: false,
            allow_methods: "GET, POST".into(),
            allow_headers: "authorization".into(),
            expose_headers: String::new(),
            preflight_max_age: 60,
            urls_regex: Pattern::compile("^.*$").unwrap(),
            allow_private_network: false,
        }
    }

    fn allowed(conf: &Conf, origin: &str) -> Option<String> {
        let request = Request { origin: Some(origin.into()), ..Request::default() };
        response_headers(conf, &request).into_iter().next().map(|(_, value)| value)
    }

    #[test]
    fn origins_are_compared_by_scheme_and_netloc() {
        let some = conf(&["https://a.example", "http://localhost:3000"]);
        for origin in [
            "https://a.example",
            "HTTPS://a.example",
            "https://a.example/x",
            "http://localhost:3000",
        ] {
            assert_eq!(allowed(&some, origin).as_deref(), Some(origin));
        }
        for origin in [
            "",
            "null",
            "http://a.example",
            "https://A.example",
            "https://a.example:443",
            "a.example",
        ] {
            assert_eq!(allowed(&some, origin), None, "{origin}");
        }
        // As upstream: what has neither scheme nor netloc is like null.
        let null = conf(&["null"]);
        assert_eq!(allowed(&null, "null").as_deref(), Some("null"));
        assert_eq!(allowed(&null, "nonsense").as_deref(), Some("nonsense"));
    }

    #[test]
    fn anyone_is_a_star_but_with_credentials() {
        let mut any = conf(&[]);
        any.allow_all_origins = true;
        assert_eq!(allowed(&any, "https://b.example").as_deref(), Some("*"));
        assert_eq!(allowed(&any, "http://[::1"), None);
        any.allow_credentials = true;
        assert_eq!(allowed(&any, "https://b.example").as_deref(), Some("https://b.example"));
    }
}
