//! `django.utils.http.parse_header_parameters`: a header's value and its parameters.
//!
//! Up to Django 5.1 it is Django's own code; from the last 5.2 on it goes through
//! `email.message.Message.get_params` of the standard library.

use std::collections::HashMap;

use super::super::Release;
use crate::python::codecs::{self, Codec};
use crate::python::{PyString, string::is_space, urllib};

mod rfc2231;

/// The header is nothing that Django can read.
///
/// Where Django raises `ValueError`, `LookupError` or `TypeError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable header")]
pub struct HeaderError;

/// How long a header may be from Django 6.0 on (`MAX_HEADER_LENGTH`).
const MAX_LENGTH: usize = 10_000;

/// A header's value with its parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// What stands before the first `;`, in lower case.
    pub value: String,
    /// The parameters, each name once, with its last value, where it first stood.
    pub list: Vec<(String, PyString)>,
}

impl Parameters {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&PyString> {
        self.list.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    fn new(value: &str, all: impl IntoIterator<Item = (String, PyString)>) -> Self {
        let mut list: Vec<(String, PyString)> = Vec::new();
        let mut places = HashMap::new();
        for (name, value) in all {
            if let Some(entry) = places.get(&name).and_then(|place: &usize| list.get_mut(*place)) {
                entry.1 = value;
            } else {
                places.insert(name.clone(), list.len());
                list.push((name, value));
            }
        }
        Self { value: value.to_lowercase(), list }
    }
}

/// `parse_header_parameters(line)` (Django 4.2, 5.2, 6.0, 6.1).
///
/// # Errors
///
/// Where Django raises: an encoded value in an unknown charset, a broken continuation, from 6.0 on
/// more than 10,000 characters.
pub fn parse_header_parameters(line: &str, django: Release) -> Result<Parameters, HeaderError> {
    if django >= Release::V6_0 && line.chars().nth(MAX_LENGTH).is_some() {
        return Err(HeaderError);
    }
    if !line.contains(';') {
        return Ok(Parameters::new(strip(line), []));
    }
    if django >= Release::V5_2 { parse_with_email(line) } else { parse_by_hand(line) }
}

/// Django 5.2 and later.
fn parse_with_email(line: &str) -> Result<Parameters, HeaderError> {
    let mut pieces = split(line).into_iter().map(|piece| match piece.split_once('=') {
        Some((name, value)) => (strip(name).to_lowercase(), strip(value)),
        None => (piece.to_owned(), ""),
    });
    let value = pieces.next().unwrap_or_default().0;
    let all = rfc2231::decode_params(pieces)?;
    Ok(Parameters::new(&value, all.into_iter().filter(|(name, _)| !name.is_empty())))
}

/// Django 4.2.
fn parse_by_hand(line: &str) -> Result<Parameters, HeaderError> {
    let mut pieces = split(line).into_iter();
    let value = pieces.next().unwrap_or_default();
    let mut all = Vec::new();
    for piece in pieces {
        let Some((name, value)) = piece.split_once('=') else { continue };
        let lower = strip(name).to_lowercase();
        let mut encoded = false;
        let mut name = lower.as_str();
        if let Some(plain) = name.strip_suffix('*') {
            name = plain;
            encoded = piece.matches('\'').count() == 2;
        }
        let value = unquote_quotes(strip(value));
        let value = if encoded { decode_extended(&value)? } else { value.into() };
        all.push((name.to_owned(), value));
    }
    Ok(Parameters::new(value, all))
}

/// `charset'language'value` as Django 4.2 reads it.
fn decode_extended(value: &str) -> Result<PyString, HeaderError> {
    let mut parts = value.split('\'');
    let (Some(charset), Some(_), Some(text), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(HeaderError);
    };
    if !text.contains('%') {
        return Ok(text.into());
    }
    let codec = lookup(charset)?.filter(Codec::is_text).ok_or(HeaderError)?;
    let mut decoded = PyString::new();
    for run in text.as_bytes().chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        match std::str::from_utf8(run) {
            Ok(plain) if !plain.is_ascii() => decoded.push_str(plain),
            _ => decoded.push_py(&codec.decode_replacing(&urllib::unquote_to_bytes(run))),
        }
    }
    Ok(decoded)
}

/// `codecs.lookup(charset)`, which refuses U+0000 with another exception than what it does not
/// know.
pub(super) fn lookup(charset: &str) -> Result<Option<Codec>, HeaderError> {
    if charset.contains('\0') { Err(HeaderError) } else { Ok(codecs::lookup(charset)) }
}

/// `email.message._parseparam`: the pieces between semicolons that stand in no quotes, stripped.
fn split(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut previous) = (0, false, b';');
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b';' if !quoted || at == start => {
                pieces.push(strip(line.get(start..at).unwrap_or_default()));
                start = at + 1;
                quoted = false;
            }
            b'"' if previous != b'\\' || at == start => quoted = !quoted,
            _ => {}
        }
        previous = byte;
    }
    pieces.push(strip(line.get(start..).unwrap_or_default()));
    pieces
}

/// A value without the quotes around it; `\\` and `\"` stand for what follows the backslash.
fn unquote_quotes(value: &str) -> String {
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\\", "\\").replace("\\\"", "\""),
        None => value.to_owned(),
    }
}

/// `str.strip()`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(|c| is_space(u32::from(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, django: Release) -> String {
        match parse_header_parameters(line, django) {
            Ok(Parameters { value, list }) => {
                let text = |value: &PyString| value.as_str().unwrap().to_owned();
                let list = list.iter().map(|(name, value)| format!("|{name}={}", text(value)));
                value + &list.collect::<String>()
            }
            Err(HeaderError) => "error".to_owned(),
        }
    }

    // Expected: parse_header_parameters() of Django 5.2 and of Django 4.2.
    #[test]
    fn as_django_reads_headers() {
        for (line, new, old) in [
            ("Text/HTML ", "text/html", "text/html"),
            (r#"a; B = "c;\"d" ; x; y=<z>; Y=2"#, r#"a|b=c;"d|x=|y=2"#, r#"a|b=c;"d|y=2"#),
            ("a; n*=utf-8''%C3%A9; n=a", "a|n=é", "a|n=a"),
            (r#"a; n*1=b; n*0="a "; n*2*=%41"#, "a|n=a bA", "a|n*1=b|n*0=a |n*2=%41"),
            ("a; n*=bogus''x", "error", "a|n=x"),
            ("a; n*=bogus''%20", "error", "error"),
            ("a; n*=ascii%00''x", "error", "a|n=x"),
            ("a; n*=x; n*0=y", "error", "a|n=x|n*0=y"),
            ("a; n*=utf-8'en'%zz%4", "a|n=%zz%4", "a|n=%zz%4"),
            ("a; n*=''%41%E9", "a|n=Aé", "error"),
            (r#"a; n*=bz2''"x""#, "a|n=x", r#"a|n="x""#),
            ("a;=b;c", "a|c=", "a|=b"),
            ("a; n*0*=utf-8''%C3; n*1*=%A9", "a|n=é", "a|n*0=\u{fffd}|n*1=%A9"),
            ("a;n=\"b;c", "a|n=\"b;c", "a|n=\"b;c"),
            (r#"a;n=b\";c"#, r#"a|n=b\"|c="#, r#"a|n=b\""#),
            ("a; n*=latin-1''%e9; n*=x", "a|n=éx", "a|n=x"),
        ] {
            assert_eq!(shown(line, Release::V5_2), new, "5.2: {line}");
            assert_eq!(shown(line, Release::V4_2), old, "4.2: {line}");
        }
    }

    #[test]
    fn django_6_takes_no_longer_headers() {
        let line = format!("é{}", "a".repeat(10_000));
        assert_eq!(shown(&line, Release::V6_0), "error");
        assert_eq!(shown(&line, Release::V5_2), line);
        assert_eq!(shown("é; a", Release::V6_0), "é|a=");
    }
}
