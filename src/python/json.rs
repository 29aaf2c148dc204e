//! `json`: the text of a request's body as Python's values, or Python's words about what is wrong.

use std::fmt;

use super::{PyString, Value, Version};

mod number;
mod scanner;
mod text;

/// How deep arrays and objects may be nested, one less than the depth that is refused. Python gives
/// up near 960 under a typical WSGI server, with an exception that DRF does not catch.
const DEPTH: usize = 899;

/// `json.loads(text)` (CPython 3.10 to 3.13).
///
/// With `strict_constants`, `NaN` and `Infinity` are refused in the words of DRF's
/// `rest_framework.utils.json.strict_constant`. `python` picks the wording, which changed in 3.11
/// and in 3.13.
///
/// # Errors
///
/// What Python raises, with its `str()` as the `Display`; and nesting from 900 levels on.
pub fn loads(text: &PyString, strict_constants: bool, python: Version) -> Result<Value, JsonError> {
    scanner::Scanner::new(text, strict_constants, python).document()
}

/// The exception that Python's `json` raises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// `json.JSONDecodeError`: what is wrong, and where.
    Decode {
        /// What is wrong.
        message: &'static str,
        /// The line, from 1; only U+000A ends one.
        line: usize,
        /// The code point in the line, from 1.
        column: usize,
        /// The code point in the text, from 0.
        position: usize,
    },
    /// A `ValueError` without a place.
    Value(String),
    /// `RecursionError`.
    Recursion {
        /// `array` or `object`.
        opening: &'static str,
    },
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode { message, line, column, position } => {
                write!(f, "{message}: line {line} column {column} (char {position})")
            }
            Self::Value(message) => f.write_str(message),
            Self::Recursion { opening } => write!(
                f,
                "maximum recursion depth exceeded while decoding a JSON {opening} from a unicode string"
            ),
        }
    }
}

impl std::error::Error for JsonError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str, minor: u8) -> String {
        loads(&text.into(), true, Version::new(minor)).unwrap_err().to_string()
    }

    #[test]
    fn values() {
        let text =
            r#" {"a": [1, -0, 2.50, 1e999, -1E-2], "b": {"c": null}, "a": true, "é\u00e9\n": ""} "#;
        let value = loads(&text.into(), true, Version::new(13)).unwrap();
        assert_eq!(value.str(), "{'a': True, 'b': {'c': None}, 'éé\\n': ''}");
        let Value::Dict(members) = value else { panic!() };
        assert_eq!(members[0].1.str(), "[1, 0, 2.5, inf, -0.01]");
    }

    #[test]
    fn surrogates_join_only_in_pairs() {
        let points = |text: &str| match loads(&text.into(), true, Version::new(13)) {
            Ok(Value::Str(string)) => string.code_points().collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(points(r#""\ud83d\ude00""#), [0x1F600]);
        assert_eq!(points(r#""\ud83d\ud83d\ude00""#), [0xD83D, 0x1F600]);
        assert_eq!(points(r#""\ude00\ud83d""#), [0xDE00, 0xD83D]);
        assert_eq!(points(r#""\ud83d\n""#), [0xD83D, 0x0A]);
    }

    #[test]
    fn python_words() {
        for (text, python) in [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            (" ", "Expecting value: line 1 column 2 (char 1)"),
            (
                "\u{feff}{}",
                "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
            ),
            ("{\n\"é\":\r\n1 x", "Expecting ',' delimiter: line 3 column 3 (char 10)"),
            ("{} x", "Extra data: line 1 column 4 (char 3)"),
            ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
            ("[-]", "Expecting value: line 1 column 2 (char 1)"),
            ("[1.]", "Expecting ',' delimiter: line 1 column 3 (char 2)"),
            ("[1e+]", "Expecting ',' delimiter: line 1 column 3 (char 2)"),
            ("01", "Extra data: line 1 column 2 (char 1)"),
            ("[\"x", "Unterminated string starting at: line 1 column 2 (char 1)"),
            ("\"x\\", "Unterminated string starting at: line 1 column 1 (char 0)"),
            ("\"\n\"", "Invalid control character at: line 1 column 2 (char 1)"),
            ("\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)"),
            ("\"\\u12é4\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
            ("\"\\u1234", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
            ("[NaN", "Out of range float values are not JSON compliant: 'NaN'"),
            ("-Infinity", "Out of range float values are not JSON compliant: '-Infinity'"),
        ] {
            assert_eq!(error(text, 13), python, "{text:?}");
        }
    }

    #[test]
    fn wording_by_version() {
        let value = "Expecting value: line 1 column 5 (char 4)";
        assert_eq!(error("[1, ]", 12), value);
        let comma = "Illegal trailing comma before end of array: line 1 column 3 (char 2)";
        assert_eq!(error("[1, ]", 13), comma);
        let name = "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)";
        assert_eq!(error("{\"a\":1,}", 12), name);
        let comma = "Illegal trailing comma before end of object: line 1 column 7 (char 6)";
        assert_eq!(error("{\"a\":1,}", 13), comma);
        let long = "-".to_owned() + &"1".repeat(4301);
        let tail = " for integer string conversion: value has 4301 digits; use \
                    sys.set_int_max_str_digits() to increase the limit";
        assert_eq!(error(&long, 10), format!("Exceeds the limit (4300){tail}"));
        assert_eq!(error(&long, 11), format!("Exceeds the limit (4300 digits){tail}"));
        assert!(loads(&long[..4301].into(), true, Version::new(13)).is_ok());
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let value = loads(&deep(899).as_str().into(), true, Version::new(13)).unwrap();
        assert_eq!(value.str().len(), 2 * 899);
        assert_eq!(value.clone(), value);
        let message =
            "maximum recursion depth exceeded while decoding a JSON array from a unicode string";
        assert_eq!(error(&deep(900), 13), message);
        assert_eq!(error(&"[".repeat(2_600_000), 13), message);
        let object = message.replace("array", "object");
        assert_eq!(error(&"{\"a\":".repeat(100_000), 13), object);
    }
}
