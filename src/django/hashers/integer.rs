//! `int(text)` of CPython, as far as the numbers in stored passwords need it.

use crate::python::string::is_space;

/// CPython refuses longer numbers (`sys.set_int_max_str_digits`).
const MAX_DIGITS: usize = 4300;

/// `int(text)` (CPython 3.13): spaces around it, a sign, digits of any script, single underscores
/// between them. A number beyond 64 bits becomes the nearest that fits.
pub(super) fn int(text: &str) -> Option<i64> {
    let text = text.trim_matches(is_c_or_wide_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut value: i64 = 0;
    let mut count = 0_usize;
    let mut after_digit = false;
    for c in digits.chars() {
        if c == '_' && after_digit {
            after_digit = false;
            continue;
        }
        value = value.saturating_mul(10).saturating_add(i64::from(decimal(c)?));
        count = count.saturating_add(1);
        after_digit = true;
    }
    let whole = after_digit && count <= MAX_DIGITS;
    whole.then_some(if negative { value.saturating_neg() } else { value })
}

/// C's `isspace()` within ASCII, where U+001C to U+001F are none; `str.isspace()` beyond it.
fn is_c_or_wide_space(c: char) -> bool {
    if c.is_ascii() { matches!(c, ' ' | '\t'..='\r') } else { is_space(u32::from(c)) }
}

/// Whether `%d` would write the number as it stands there.
pub(super) fn is_canonical(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let zero_led = digits.len() > 1 && digits.starts_with('0');
    !digits.is_empty()
        && !zero_led
        && text != "-0"
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `unicodedata.decimal(c)`.
fn decimal(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let code_point = u32::from(c);
    let next = ZEROS.partition_point(|zero| *zero <= code_point);
    let zero = ZEROS.get(next.checked_sub(1)?)?;
    Some(code_point.abs_diff(*zero)).filter(|digit| *digit < 10)
}

/// The zeros beyond ASCII, each followed by its nine digits (Unicode 15.1).
const ZEROS: &[u32] = &[
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6,
    0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x1_04A0, 0x1_0D30, 0x1_1066, 0x1_10F0, 0x1_1136, 0x1_11D0, 0x1_12F0, 0x1_1450, 0x1_14D0,
    0x1_1650, 0x1_16C0, 0x1_1730, 0x1_18E0, 0x1_1950, 0x1_1C50, 0x1_1D50, 0x1_1DA0, 0x1_1F50,
    0x1_6A60, 0x1_6AC0, 0x1_6B50, 0x1_D7CE, 0x1_D7D8, 0x1_D7E2, 0x1_D7EC, 0x1_D7F6, 0x1_E140,
    0x1_E2F0, 0x1_E4F0, 0x1_E950, 0x1_FBF0,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for (text, python) in [
            ("10", Some(10)),
            ("010", Some(10)),
            ("+10", Some(10)),
            ("-10", Some(-10)),
            (" \t10\n", Some(10)),
            ("\u{85}\x0b10\u{a0}\u{3000}", Some(10)),
            ("1_0", Some(10)),
            ("\u{ff11}\u{ff10}", Some(10)),
            ("1\u{660}", Some(10)),
            ("\u{1fbf9}", Some(9)),
            ("-0", Some(0)),
            ("_10", None),
            ("10_", None),
            ("1__0", None),
            ("+_1", None),
            ("+ 10", None),
            ("--10", None),
            ("1 0", None),
            ("", None),
            (" ", None),
            ("-", None),
            ("\u{b9}", None),
            ("\u{200b}10", None),
            ("\x1c10", None),
            ("10\x1f", None),
            ("\x1c10\u{a0}", None),
            ("10\0", None),
            ("1e1", None),
            ("0x0a", None),
            ("99999999999999999999", Some(i64::MAX)),
            ("-99999999999999999999", Some(-i64::MAX)),
        ] {
            assert_eq!(int(text), python, "{text:?}");
        }
        assert_eq!(int(&"9".repeat(4300)), Some(i64::MAX));
        assert_eq!(int(&"9".repeat(4301)), None);
    }

    #[test]
    fn canonical_is_what_percent_d_writes() {
        for text in ["0", "1", "10", "-5"] {
            assert!(is_canonical(text), "{text}");
        }
        for text in ["", "-", "-0", "010", "00", "+1", " 1", "1_0", "\u{660}"] {
            assert!(!is_canonical(text), "{text}");
        }
    }
}
