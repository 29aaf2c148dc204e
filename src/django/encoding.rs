//! `django.utils.encoding` and `django.utils.http` (Django 5.2), as far as paths and redirects need them.

use crate::python::urllib::quote;

/// `MAX_URL_REDIRECT_LENGTH`: characters of the longest redirect that Django answers with.
pub const MAX_URL_REDIRECT_LENGTH: usize = 16_384;

/// `iri_to_uri(iri)`: percent-encodes what no URI may hold, and leaves `%` alone.
pub fn iri_to_uri(iri: &str) -> String {
    quote(iri.as_bytes(), "/#%[]=:;$&()+,!?*@'~")
}

/// `escape_uri_path(path)`: percent-encodes what no path of a URI may hold.
pub fn escape_uri_path(path: &str) -> String {
    quote(path.as_bytes(), "/:@&+$,-_.!~*'()")
}

/// `repercent_broken_unicode(path)`, decoded: percent-encodes again each octet that is no part of
/// legal UTF-8.
pub fn repercent_broken_unicode(path: &[u8]) -> String {
    let mut decoded = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.push_str(&quote(chunk.invalid(), "/#%[]=:;$&()+,!?*@'~"));
    }
    decoded
}

/// `escape_leading_slashes(url)`: keeps a path from being read as another host's URL.
pub fn escape_leading_slashes(url: String) -> String {
    match url.strip_prefix("//") {
        Some(rest) => format!("/%2F{rest}"),
        None => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_octets_are_percent_encoded_again() {
        assert_eq!(
            repercent_broken_unicode(b"/caf\xc3\xa9/\xff\xe2\x82/"),
            "/caf\u{e9}/%FF%E2%82/"
        );
    }

    #[test]
    fn queries_keep_their_percent_signs() {
        assert_eq!(iri_to_uri("/login/?a=b%20c&d=<\u{ff}>\""), "/login/?a=b%20c&d=%3C%C3%BF%3E%22");
        assert_eq!(escape_uri_path("/a;b=c d\u{e9}"), "/a%3Bb%3Dc%20d%C3%A9");
        assert_eq!(escape_leading_slashes("//evil/".to_owned()), "/%2Fevil/");
    }
}
