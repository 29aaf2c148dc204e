//! `urllib.parse`: percent escapes and query strings.

pub mod split;

use super::PyString;
use super::codecs::Codec;

/// The `ValueError` that `parse_qsl` raises for more fields than `max_num_fields`; Django makes
/// `TooManyFieldsSent` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyFields;

/// `urllib.parse.parse_qsl` (CPython 3.10 to 3.13) as Django's `QueryDict` calls it: blank values
/// are kept, `&` alone separates, and what the codec cannot read becomes U+FFFD.
///
/// # Errors
///
/// [`TooManyFields`] where one and the number of `&` is more than `max_num_fields`.
pub fn parse_qsl(
    text: &PyString,
    codec: Codec,
    max_num_fields: Option<usize>,
) -> Result<Vec<(PyString, PyString)>, TooManyFields> {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let fields = bytes.split(|byte| *byte == b'&').count();
    if max_num_fields.is_some_and(|most| most < fields) {
        return Err(TooManyFields);
    }
    let pairs = bytes.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty());
    Ok(pairs
        .map(|piece| {
            let mut halves = piece.splitn(2, |byte| *byte == b'=');
            let name = halves.next().unwrap_or_default();
            let value = halves.next().unwrap_or_default();
            (unquote_plus(name, codec), unquote_plus(value, codec))
        })
        .collect())
}

/// `urllib.parse.unquote_to_bytes`: each `%xx` as its byte, all else as it is.
pub fn unquote_to_bytes(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let (plain, escape) = rest.split_at(at);
        bytes.extend_from_slice(plain);
        if let [_, high, low, after @ ..] = escape
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            bytes.push((high << 4) | low);
            rest = after;
        } else {
            bytes.push(b'%');
            rest = escape.get(1..).unwrap_or_default();
        }
    }
    bytes.extend_from_slice(rest);
    bytes
}

/// `urllib.parse.quote`: `%XX` for each byte that is no ASCII letter or digit, none of `_.-~` and
/// none of the ASCII characters in `safe`. Text is given as its UTF-8 bytes.
pub fn quote(text: impl AsRef<[u8]>, safe: &str) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| DIGITS.get(usize::from(value & 0x0F)).copied().unwrap_or_default();
    let bytes = text.as_ref();
    let mut quoted = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric()
            || b"_.-~".contains(byte)
            || (byte.is_ascii() && safe.as_bytes().contains(byte))
        {
            quoted.push(char::from(*byte));
        } else {
            quoted.extend(['%', digit(byte >> 4), digit(*byte)]);
        }
    }
    quoted
}

/// `urllib.parse.unquote_plus(text, codec, "replace")`: only where there is an escape are the ASCII
/// runs, the unescaped characters in them too, read as bytes in the codec.
fn unquote_plus(text: &[u8], codec: Codec) -> PyString {
    let mut spaced = text.to_vec();
    for byte in &mut spaced {
        if *byte == b'+' {
            *byte = b' ';
        }
    }
    if !spaced.contains(&b'%') {
        return PyString::from_generalised(spaced);
    }
    let mut string = PyString::new();
    for run in spaced.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        if run.is_ascii() {
            string.push_py(&codec.decode_replacing(&unquote_to_bytes(run)));
        } else {
            string.push_generalised(run);
        }
    }
    string
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::codecs::lookup;

    fn pairs(text: &str, charset: &str) -> Vec<(String, String)> {
        let show = |string: &PyString| string.as_str().unwrap().to_owned();
        parse_qsl(&text.into(), lookup(charset).unwrap(), None)
            .unwrap()
            .iter()
            .map(|(name, value)| (show(name), show(value)))
            .collect()
    }

    #[test]
    fn fields_as_python_splits_them() {
        let expected = [("a", "1 2"), ("a", "b=c"), ("d", ""), ("", "e"), ("", ""), ("f;g", "1")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs("a=1+2&a=b=c&&d&=e&=&f;g=1", "utf-8"), expected);
        assert_eq!(pairs("", "utf-8"), []);
    }

    #[test]
    fn escapes_are_read_in_the_codec() {
        assert_eq!(pairs("a=%C3%A9%e9%", "utf-8"), [("a".to_owned(), "é\u{fffd}%".to_owned())]);
        assert_eq!(pairs("a=%C3%A9", "latin-1"), [("a".to_owned(), "Ã©".to_owned())]);
        assert_eq!(pairs("a=é%C3é%A9", "utf-8")[0].1, "é\u{fffd}é\u{fffd}");
        assert_eq!(pairs("a=x%00", "utf-16-le")[0].1, "x");
    }

    #[test]
    fn fields_are_counted_by_separators() {
        let utf8 = lookup("utf-8").unwrap();
        assert!(parse_qsl(&"a&b".into(), utf8, Some(2)).is_ok());
        assert_eq!(parse_qsl(&"a&b&".into(), utf8, Some(2)), Err(TooManyFields));
        assert!(parse_qsl(&"".into(), utf8, Some(0)).is_ok());
    }

    #[test]
    fn quoting() {
        assert_eq!(quote("/a b/é~_.-%", "/"), "/a%20b/%C3%A9~_.-%25");
        assert_eq!(quote([0xFF, b'/'], ""), "%FF%2F");
        assert_eq!(unquote_to_bytes(b"%41%4%zz%%42%4a"), b"A%4%zz%BJ");
    }
}
