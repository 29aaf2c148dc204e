//! A JSON number (`_match_number_unicode` in CPython's `_json.c`).

use super::JsonError;
use crate::python::{Value, Version};

/// `sys.int_info.default_max_str_digits`.
const MOST_DIGITS: usize = 4300;

/// The number at the start of `bytes`, as far as it is one: `1.` and `1e+` end behind the `1`.
pub(super) fn literal(bytes: &[u8]) -> Option<&[u8]> {
    let digits_from = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut end = match bytes.get(start)? {
        b'0' => start + 1,
        b'1'..=b'9' => start + digits_from(start),
        _ => return None,
    };
    if bytes.get(end) == Some(&b'.') && digits_from(end + 1) > 0 {
        end += 1 + digits_from(end + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        let digits = end + 1 + usize::from(signed);
        if digits_from(digits) > 0 {
            end = digits + digits_from(digits);
        }
    }
    bytes.get(..end)
}

/// `int(literal)` or `float(literal)`.
pub(super) fn value(literal: &[u8], python: Version) -> Result<Value, JsonError> {
    // A literal is ASCII.
    let text = str::from_utf8(literal).unwrap_or_default();
    if text.contains(['.', 'e', 'E']) {
        return Ok(Value::Float(float(text)));
    }
    let digits = text.trim_start_matches('-').len();
    if digits > MOST_DIGITS {
        let unit = if python >= Version::new(11) { " digits" } else { "" };
        return Err(JsonError::Value(format!(
            "Exceeds the limit ({MOST_DIGITS}{unit}) for integer string conversion: value has \
             {digits} digits; use sys.set_int_max_str_digits() to increase the limit"
        )));
    }
    Ok(Value::Int(if text == "-0" { "0" } else { text }.to_owned()))
}

/// Correctly rounded, and infinite where it is too large, as Python's; but Rust's parser does not
/// take more than some 65 000 places of exponent seriously, so a long text is brought into shape.
fn float(text: &str) -> f64 {
    const ORDINARY: usize = 400;
    if text.len() <= ORDINARY { text.parse() } else { shortened(text).parse() }.unwrap_or_default()
}

/// The same number with one digit that counts before the point and an exponent within bounds.
fn shortened(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    let written = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') {
        i64::MIN / 2
    } else {
        i64::MAX / 2
    });
    let length = |count: usize| i64::try_from(count).unwrap_or(i64::MAX / 4);
    let exponent = written + length(whole.len()) - length(zeros);
    format!("{sign}0.{}e{}", digits.trim_start_matches('0'), exponent.clamp(-5000, 5000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp)]
    fn long_floats() {
        let zeros = "0".repeat(100_000);
        assert_eq!(float(&format!("0.{zeros}12e100001")), 1.2);
        assert_eq!(float(&format!("-12{zeros}.0e-100001")), -1.2);
        assert_eq!(float(&format!("0.{zeros}e999999999999999999999")), 0.0);
        assert_eq!(float(&format!("0.{zeros}1e99999999999999999999")), f64::INFINITY);
        assert_eq!(float(&format!("1.{zeros}1e-99999999999999999999")), 0.0);
        assert_eq!(float("1e-99999999999999999999"), 0.0);
        assert_eq!(float("0e99999999999999999999"), 0.0);
        assert!(float(&format!("-0.{zeros}")).is_sign_negative());
    }
}
