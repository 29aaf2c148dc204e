//! The middleware of a default project (Django 4.2 to 6.1), as far as an answer shows it.

pub mod csrf;
pub mod sessions;

use super::encoding::{
    MAX_URL_REDIRECT_LENGTH, escape_leading_slashes, escape_uri_path, iri_to_uri,
};

/// What `SecurityMiddleware`, the outermost, adds to every answer.
pub const SECURITY_HEADERS: [(&str, &str); 3] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// What `XFrameOptionsMiddleware`, the innermost, adds to the answers that pass it: those that
/// `CommonMiddleware` makes itself do not.
pub const X_FRAME_OPTIONS: (&str, &str) = ("x-frame-options", "DENY");

/// `CommonMiddleware.get_full_path_with_slash`, as the `Location` header that
/// `HttpResponsePermanentRedirect` makes of it; `None` where the URL is too long for Django
/// (`DisallowedRedirect`, answered 400).
///
/// `path` is the decoded path, `query` the query string as it came, read as Latin-1.
pub fn full_path_with_slash(path: &str, query: &str) -> Option<String> {
    let mut url = escape_uri_path(path);
    if !path.ends_with('/') {
        url.push('/');
    }
    if !query.is_empty() {
        url.push('?');
        url.push_str(&iri_to_uri(query));
    }
    let url = escape_leading_slashes(url);
    // Every character is ASCII by now.
    (url.len() <= MAX_URL_REDIRECT_LENGTH).then(|| iri_to_uri(&url))
}

/// `HttpRequest.get_host()` against `ALLOWED_HOSTS`: whether the `Host` header may be served.
pub fn host_is_allowed(host: &str, allowed_hosts: &[String]) -> bool {
    let host = host.to_lowercase();
    split_domain(&host).is_some_and(|domain| {
        allowed_hosts.iter().any(|pattern| pattern == "*" || is_same_domain(domain, pattern))
    })
}

/// `split_domain_port(host)`: the domain, where the host is a legal one.
fn split_domain(host: &str) -> Option<&str> {
    let (domain, port) = if host.starts_with('[') {
        let end = host.find(']')?;
        let (domain, rest) = host.split_at_checked(end + 1)?;
        let inside = domain.trim_start_matches('[').trim_end_matches(']');
        let (head, tail) = inside.split_once(':')?;
        let legal = head.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            && !tail.is_empty()
            && tail.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'.' | b':'))
            && domain.len() == inside.len() + 2;
        (legal.then_some(domain)?, rest)
    } else {
        let end = host.find(':').unwrap_or(host.len());
        let (domain, rest) = host.split_at_checked(end)?;
        let legal = !domain.is_empty()
            && domain.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
        (legal.then_some(domain)?, rest)
    };
    let legal_port = match port.strip_prefix(':') {
        Some(digits) => !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()),
        None => port.is_empty(),
    };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    (legal_port && !domain.is_empty()).then_some(domain)
}

/// `is_same_domain(host, pattern)`: a pattern that begins with a period covers all below it.
fn is_same_domain(host: &str, pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    match pattern.strip_prefix('.') {
        Some(domain) => host == domain || host.ends_with(&pattern),
        None => !pattern.is_empty() && host == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(host: &str, patterns: &[&str]) -> bool {
        host_is_allowed(host, &patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn hosts_are_judged_as_django_does() {
        assert!(allowed("Example.COM:8000", &["example.com"]));
        assert!(allowed("a.example.com.", &[".example.com"]));
        assert!(allowed("example.com", &[".example.com"]));
        assert!(allowed("[::1]:80", &["[::1]"]));
        assert!(allowed("anything", &["*"]));
        for bad in ["", "a b", "a@b", "a:b", "a:", "[::1", "[:]", "[g::1]", "x\u{e9}", ":80", "."] {
            assert!(!allowed(bad, &["*"]), "{bad}");
        }
        assert!(!allowed("evil.com", &["example.com", ".example.com"]));
        assert!(!allowed("evilexample.com", &[".example.com"]));
    }

    #[test]
    fn redirects_keep_the_query() {
        let location = full_path_with_slash("/login", "a=b%20c&d=\"").unwrap();
        assert_eq!(location, "/login/?a=b%20c&d=%22");
        assert_eq!(full_path_with_slash("/login", &"x".repeat(20_000)), None);
    }
}
