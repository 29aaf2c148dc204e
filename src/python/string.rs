//! `str`: a sequence of code points, lone surrogates among them.

use std::fmt;

/// A Python `str` (CPython 3.10 to 3.13).
///
/// Held as UTF-8 in which each lone surrogate has its three-byte form, so that text without any,
/// which is nearly all text, is a `&str` at no cost.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct PyString(Vec<u8>);

impl PyString {
    /// An empty string.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends a code point, a surrogate too. Anything above U+10FFFF becomes U+FFFD.
    pub fn push(&mut self, code_point: u32) {
        match char::from_u32(code_point) {
            Some(c) => self.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None if (0xD800..0xE000).contains(&code_point) => self.0.extend_from_slice(&[
                0xED,
                0x80 | low_six(code_point >> 6),
                0x80 | low_six(code_point),
            ]),
            None => self.push(0xFFFD),
        }
    }

    /// Appends text.
    pub fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Appends another string.
    pub fn push_py(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Takes generalised UTF-8, which is what `as_bytes` gave and what was cut out of it at ASCII bytes.
    pub(super) fn from_generalised(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Appends generalised UTF-8, as [`Self::from_generalised`] takes it.
    pub(super) fn push_generalised(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Cuts off all but the first `length` bytes of [`Self::as_bytes`], which must end a code point.
    pub(super) fn truncate_generalised(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// The text, where no surrogate is in it.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The generalised UTF-8 bytes. ASCII bytes stand for themselves.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The code points in order.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + '_ {
        CodePoints(&self.0)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `len()`: the number of code points.
    pub fn len(&self) -> usize {
        self.0.iter().filter(|byte| !is_continuation(**byte)).count()
    }

    /// `strip()`: without Python's white space at either end.
    #[must_use]
    pub fn strip(&self) -> Self {
        let mut start = 0;
        let mut position = 0;
        let mut end = 0;
        let mut inside = false;
        for code_point in self.code_points() {
            let next = position + encoded_len(code_point);
            if !is_space(code_point) {
                if !inside {
                    start = position;
                    inside = true;
                }
                end = next;
            }
            position = next;
        }
        Self(self.0.get(start..end).unwrap_or_default().to_vec())
    }

    /// The first surrogate in it.
    pub fn first_surrogate(&self) -> Option<u32> {
        self.code_points().find(|code_point| (0xD800..0xE000).contains(code_point))
    }

    /// Whether U+0000 is in it.
    pub fn contains_nul(&self) -> bool {
        self.0.contains(&0)
    }
}

impl From<&str> for PyString {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for PyString {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl PartialEq<str> for PyString {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for PyString {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

/// Length only: a password may be in it.
impl fmt::Debug for PyString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PyString({} bytes)", self.0.len())
    }
}

impl Extend<u32> for PyString {
    fn extend<T: IntoIterator<Item = u32>>(&mut self, code_points: T) {
        code_points.into_iter().for_each(|code_point| self.push(code_point));
    }
}

impl FromIterator<u32> for PyString {
    fn from_iter<T: IntoIterator<Item = u32>>(code_points: T) -> Self {
        let mut string = Self::new();
        string.extend(code_points);
        string
    }
}

/// `str.isspace()` of one code point: what `strip()` takes away. Rust's `char::is_whitespace`
/// lacks U+001C to U+001F.
pub fn is_space(code_point: u32) -> bool {
    matches!(code_point, 0x1C..=0x1F) || char::from_u32(code_point).is_some_and(char::is_whitespace)
}

struct CodePoints<'a>(&'a [u8]);

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (&first, rest) = self.0.split_first()?;
        let (mut code_point, more) = match first {
            0x00..=0x7F => (u32::from(first), 0),
            0x80..=0xDF => (u32::from(first & 0x1F), 1),
            0xE0..=0xEF => (u32::from(first & 0x0F), 2),
            0xF0..=0xFF => (u32::from(first & 0x07), 3),
        };
        let (continuation, rest) = rest.split_at_checked(more)?;
        for byte in continuation {
            code_point = (code_point << 6) | u32::from(byte & 0x3F);
        }
        self.0 = rest;
        Some(code_point)
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

fn low_six(code_point: u32) -> u8 {
    u8::try_from(code_point & 0x3F).unwrap_or_default()
}

fn encoded_len(code_point: u32) -> usize {
    match code_point {
        0..=0x7F => 1,
        0x80..=0x7FF => 2,
        0x800..=0xFFFF => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_are_kept_and_found() {
        let string: PyString = [0x61, 0xD83D, 0xDE00, 0x1F600].into_iter().collect();
        assert_eq!(string.code_points().collect::<Vec<_>>(), [0x61, 0xD83D, 0xDE00, 0x1F600]);
        assert_eq!(string.len(), 4);
        assert_eq!(string.first_surrogate(), Some(0xD83D));
        assert_eq!(string.as_str(), None);
    }

    #[test]
    fn strip_takes_what_python_takes() {
        let spaces: Vec<u32> = (0..=0x10_FFFF).filter(|c| is_space(*c)).collect();
        // [c for c in range(0x110000) if chr(c).isspace()], CPython 3.13.
        let python: Vec<u32> = [
            (0x09..=0x0D).collect::<Vec<u32>>(),
            (0x1C..=0x20).collect(),
            vec![0x85, 0xA0, 0x1680],
            (0x2000..=0x200A).collect(),
            vec![0x2028, 0x2029, 0x202F, 0x205F, 0x3000],
        ]
        .concat();
        assert_eq!(spaces, python);
        assert_eq!(PyString::from("\u{1c} a\u{85}b\u{3000}\t").strip(), "a\u{85}b");
        assert_eq!(PyString::from(" \u{1f}").strip(), "");
    }
}
