//! `django.http.cookie` (Django 4.2 to 6.1): the `Cookie` header.

use crate::python::{PyString, string::is_space};

/// `parse_cookie(header).get(name)`, read as UTF-8: of several the last.
pub fn cookie(header: &[u8], name: &str) -> Option<String> {
    let header = String::from_utf8_lossy(header);
    let cookies = header.split(';').map(|chunk| chunk.split_once('=').unwrap_or(("", chunk)));
    let mut named = cookies.filter(|(key, _)| strip(key) == name);
    named.next_back().map(|(_, value)| unquote(strip(value)))
}

fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| is_space(u32::from(c)))
}

/// `http.cookies._unquote(text)`: undoes quotation marks, and within them `\"` and `\012`.
fn unquote(text: &str) -> String {
    let inside = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(mut rest) = inside else { return text.to_owned() };
    let mut plain = PyString::new();
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let octal = after
            .get(..3)
            .filter(|digits| matches!(digits.as_bytes(), [b'0'..=b'3', b'0'..=b'7', b'0'..=b'7']));
        if let Some(digits) = octal {
            plain.push(u32::from_str_radix(digits, 8).unwrap_or_default());
            rest = after.get(3..).unwrap_or_default();
        } else {
            let mut chars = after.chars();
            match chars.next() {
                Some(c) => plain.push(u32::from(c)),
                None => plain.push_str("\\"),
            }
            rest = chars.as_str();
        }
    }
    plain.push_str(rest);
    plain.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: parse_cookie() of Django 5.2.
    #[test]
    fn values() {
        let value = |header: &str| cookie(header.as_bytes(), "c");
        assert_eq!(value("a=b"), None);
        assert_eq!(value("c"), None);
        for (header, expected) in [
            ("c=1; c = 2 ;c2=3", "2"),
            ("c=\"a\\141\\b\\\"d\"", "aab\"d"),
            ("c=\"x", "\"x"),
            ("c=a=b,d", "a=b,d"),
            ("c=\"\\400\"", "400"),
            ("c=", ""),
            ("c=\u{a0}x\u{1c}", "x"),
        ] {
            assert_eq!(value(header).as_deref(), Some(expected), "{header}");
        }
    }
}
