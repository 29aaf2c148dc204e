//! `int(text)`, as far as a number between 0 and 8 is wanted.

use crate::python::{PyString, string::is_space};

/// `max(min(int(text), 8), 0)`, with none for 0 and for what is no number (CPython 3.10 to 3.13).
pub(super) fn clamp(text: &PyString) -> Option<usize> {
    let text = text.as_str()?;
    // Pure ASCII is spared the step in which Python takes U+001C to U+001F for white space.
    let ascii = text.is_ascii();
    let is_space = |c: char| match c {
        '\u{1c}'..='\u{1f}' => !ascii,
        _ => is_space(u32::from(c)),
    };
    let text = text.trim_matches(is_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mut number, mut count, mut after_digit) = (0_usize, 0, false);
    for c in digits.chars() {
        if c == '_' && after_digit {
            after_digit = false;
            continue;
        }
        number = (number * 10 + digit(c)?).min(8);
        count += 1;
        after_digit = true;
    }
    // An underscore stands between digits; and Python converts no more than 4300 of them.
    let valid = after_digit && count <= 4300;
    (valid && !negative && number != 0).then_some(number)
}

/// The value of a decimal digit of any script.
fn digit(c: char) -> Option<usize> {
    if let Some(digit) = c.to_digit(10) {
        return usize::try_from(digit).ok();
    }
    let code = u32::from(c);
    let zero = ZEROS.iter().rev().find(|zero| **zero <= code)?;
    usize::try_from(code - zero).ok().filter(|digit| *digit < 10)
}

/// The zeros of the scripts in Unicode 15; nine digits follow each.
const ZEROS: [u32; 67] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6,
    0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650,
    0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0,
    0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950,
    0x1FBF0,
];
