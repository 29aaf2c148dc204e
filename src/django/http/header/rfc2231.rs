//! `email.utils.decode_params` and `collapse_rfc2231_value`: encoded and continued parameters
//! (CPython 3.10 to 3.13).

use std::collections::HashMap;

use super::{HeaderError, lookup, unquote_quotes};
use crate::python::PyString;

/// A part of a continued parameter: its number, its text, and whether it is percent-encoded.
struct Segment {
    number: Option<String>,
    text: String,
    encoded: bool,
}

/// The parameters with their values: those as they stand first, then those that RFC 2231 joins.
pub(super) fn decode_params<'a>(
    pieces: impl Iterator<Item = (String, &'a str)>,
) -> Result<Vec<(String, PyString)>, HeaderError> {
    let mut plain = Vec::new();
    let mut continued: Vec<(String, Vec<Segment>)> = Vec::new();
    let mut places = HashMap::new();
    for (name, value) in pieces {
        let text = unquote(value);
        match continuation(&name)? {
            None => plain.push((name, PyString::from(text))),
            Some((base, number)) => {
                let segment = Segment { number, text, encoded: name.ends_with('*') };
                if let Some((_, segments)) =
                    places.get(base).and_then(|place: &usize| continued.get_mut(*place))
                {
                    segments.push(segment);
                } else {
                    places.insert(base.to_owned(), continued.len());
                    continued.push((base.to_owned(), vec![segment]));
                }
            }
        }
    }
    for (name, segments) in continued {
        plain.push((name, join(segments)?));
    }
    Ok(plain)
}

/// The name and number in `name*`, `name*0` and `name*0*`.
fn continuation(name: &str) -> Result<Option<(&str, Option<String>)>, HeaderError> {
    let Some((base, rest)) = name.split_once('*') else { return Ok(None) };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if base.is_empty() || !base.chars().all(word) {
        return Ok(None);
    }
    if rest.is_empty() {
        return Ok(Some((base, None)));
    }
    let digits = rest.strip_suffix('*').unwrap_or(rest);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    // Python's limit for the digits of an integer.
    if digits.len() > 4300 {
        return Err(HeaderError);
    }
    Ok(Some((base, Some(digits.trim_start_matches('0').to_owned()))))
}

fn join(mut segments: Vec<Segment>) -> Result<PyString, HeaderError> {
    // A number does not compare with none.
    let numbered = segments.iter().filter(|segment| segment.number.is_some()).count();
    if numbered != 0 && numbered != segments.len() {
        return Err(HeaderError);
    }
    let key = |segment: &Segment| {
        let number = segment.number.clone().unwrap_or_default();
        (number.len(), number, segment.text.clone(), segment.encoded)
    };
    segments.sort_by_cached_key(key);
    let extended = segments.iter().any(|segment| segment.encoded);
    let mut joined = String::new();
    for Segment { text, encoded, .. } in segments {
        if encoded {
            percent_decode(&text, &mut joined);
        } else {
            joined.push_str(&text);
        }
    }
    if extended { collapse(&joined) } else { Ok(joined.into()) }
}

/// Each `%xx` as the character of that number.
fn percent_decode(text: &str, into: &mut String) {
    let mut pieces = text.split('%');
    into.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let digits = piece.get(..2).filter(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
        if let Some(byte) = digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            into.push(char::from(byte));
            into.push_str(piece.get(2..).unwrap_or_default());
        } else {
            into.push('%');
            into.push_str(piece);
        }
    }
}

/// `charset'language'text` in its charset.
fn collapse(joined: &str) -> Result<PyString, HeaderError> {
    let mut parts = joined.splitn(3, '\'');
    let (charset, text) = match (parts.next(), parts.next(), parts.next()) {
        (Some(charset), Some(_), Some(text)) => (charset, text),
        _ => ("us-ascii", joined),
    };
    // Python looks the charset up with its quotes and backslashes escaped.
    let charset = charset.replace('\\', "\\\\").replace('"', "\\\"");
    match lookup(&charset)? {
        None if !charset.is_empty() => Err(HeaderError),
        Some(codec) if codec.is_text() => Ok(codec.decode_replacing(&raw_unicode_escape(text))),
        _ => Ok(unquote(text).into()),
    }
}

/// `text.encode("raw-unicode-escape")`.
fn raw_unicode_escape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            code @ 0..=0xFF => bytes.extend(u8::try_from(code)),
            code @ 0x100..=0xFFFF => bytes.extend(format!("\\u{code:04x}").into_bytes()),
            code => bytes.extend(format!("\\U{code:08x}").into_bytes()),
        }
    }
    bytes
}

/// `email.utils.unquote`: without the quotes or the angle brackets around it.
fn unquote(value: &str) -> String {
    match value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(inner) => inner.to_owned(),
        None => unquote_quotes(value),
    }
}
