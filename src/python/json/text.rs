//! A JSON string (`scanstring` in CPython's `_json.c`, strict).

use crate::python::PyString;

/// What is wrong, and at which byte.
type Wrong = (&'static str, usize);

/// The string whose opening quote is at `quote`, and the place behind its closing quote.
///
/// # Errors
///
/// Python's message and the byte that it points to.
pub(super) fn scan(bytes: &[u8], quote: usize) -> Result<(PyString, usize), Wrong> {
    let mut at = quote + 1;
    let mut string = PyString::new();
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let unterminated = ("Unterminated string starting at", quote);
        let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
        let end = end.ok_or(unterminated)?;
        string.push_generalised(rest.get(..end).unwrap_or_default());
        at += end;
        match rest.get(end) {
            Some(b'"') => return Ok((string, at + 1)),
            Some(b'\\') => {
                let escape = rest.get(end + 1..).unwrap_or_default();
                let (code_point, length) = unescape(escape, at, unterminated)?;
                string.push(code_point);
                at += 1 + length;
            }
            _ => return Err(("Invalid control character at", at)),
        }
    }
}

/// What the escape stands for, and how long it is without its backslash, which is at `backslash`.
fn unescape(escape: &[u8], backslash: usize, unterminated: Wrong) -> Result<(u32, usize), Wrong> {
    let simple = match escape.first().ok_or(unterminated)? {
        b'u' => return unescape_hex(escape).ok_or(("Invalid \\uXXXX escape", backslash + 1)),
        byte @ (b'"' | b'\\' | b'/') => *byte,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return Err(("Invalid \\escape", backslash)),
    };
    Ok((u32::from(simple), 1))
}

/// `uXXXX`, or a surrogate pair of two of them. Python wants a character behind the last digit.
fn unescape_hex(escape: &[u8]) -> Option<(u32, usize)> {
    let high = hex(escape)?;
    if let 0xD800..=0xDBFF = high
        && let Some([b'\\', second @ ..]) = escape.get(5..)
        && let Some(low @ 0xDC00..=0xDFFF) = hex(second)
    {
        return Some((0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00), 11));
    }
    Some((high, 5))
}

fn hex(escape: &[u8]) -> Option<u32> {
    let [b'u', a, b, c, d, _, ..] = escape else { return None };
    [a, b, c, d]
        .into_iter()
        .try_fold(0, |value, digit| Some((value << 4) | char::from(*digit).to_digit(16)?))
}
