//! Values before they have a type of their own, and the readings every section shares.

use std::{ops::RangeInclusive, time::Duration};

use toml::{Spanned, de::DeValue};

use super::error::{Problem, quote};

/// A value as a source gave it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// From a flag or a variable: text that may stand for anything.
    Untyped(String),
    /// TOML's string.
    Text(String),
    /// TOML's integer, where 64 bits hold it.
    Integer(i64),
    /// TOML's float, as it is written.
    Float(String),
    /// TOML's boolean.
    Boolean(bool),
    /// TOML's array.
    List(Vec<Value>),
    /// TOML's table, each key with the line on which it is written.
    Table(Vec<(String, usize, Value)>),
    /// What no key takes (a date, an integer beyond 64 bits), by its TOML name.
    Other(&'static str),
}

impl Value {
    /// What `toml` holds; `line_of` turns offsets into lines.
    pub(super) fn from_toml(toml: &DeValue<'_>, line_of: &dyn Fn(usize) -> usize) -> Self {
        match toml {
            DeValue::String(text) => Self::Text(text.clone().into_owned()),
            DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
                .map_or(Self::Other("integer beyond 64 bits"), Self::Integer),
            DeValue::Boolean(value) => Self::Boolean(*value),
            DeValue::Array(items) => {
                let read = |item: &Spanned<DeValue<'_>>| Self::from_toml(item.get_ref(), line_of);
                Self::List(items.iter().map(read).collect())
            }
            DeValue::Table(table) => Self::Table(
                table
                    .iter()
                    .map(|(key, value)| {
                        let key_text = key.get_ref().clone().into_owned();
                        (
                            key_text,
                            line_of(key.span().start),
                            Self::from_toml(value.get_ref(), line_of),
                        )
                    })
                    .collect(),
            ),
            DeValue::Float(digits) => Self::Float(digits.as_str().to_owned()),
            DeValue::Datetime(_) => Self::Other("date-time"),
        }
    }

    /// What a message calls it. Never its content: that may be a secret in the wrong place.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Untyped(_) | Self::Text(_) => "string",
            Self::Integer(_) => "integer",
            Self::Float(_) => "float",
            Self::Boolean(_) => "boolean",
            Self::List(_) => "list",
            Self::Table(_) => "table",
            Self::Other(kind) => kind,
        }
    }
}

/// A string.
pub(super) fn text(value: &Value) -> Result<&str, Problem> {
    match value {
        Value::Untyped(text) | Value::Text(text) => Ok(text),
        other => Err(Problem::new(
            format!("is a string in quotes, here it is a TOML {}", other.kind()),
            "put it in quotes",
        )),
    }
}

/// A string that is one of `known`.
pub(super) fn one_of(value: &Value, known: &[&'static str]) -> Result<&'static str, Problem> {
    let written = match value {
        Value::Untyped(text) | Value::Text(text) => text.as_str(),
        other => {
            return Err(Problem::new(
                format!("is a string in quotes, here it is a TOML {}", other.kind()),
                format!("write one of {}", super::suggest::listed(known)),
            ));
        }
    };
    known.iter().copied().find(|word| *word == written).ok_or_else(|| {
        Problem::new(
            format!("{} is not known", quote(written)),
            format!("write one of {}", super::suggest::listed(known)),
        )
    })
}

/// `true` or `false`.
pub(super) fn boolean(value: &Value) -> Result<bool, Problem> {
    let wrong = match value {
        Value::Boolean(value) => return Ok(*value),
        Value::Untyped(text) if text.eq_ignore_ascii_case("true") => return Ok(true),
        Value::Untyped(text) if text.eq_ignore_ascii_case("false") => return Ok(false),
        Value::Untyped(text) => format!("{} is neither true nor false", quote(text)),
        other => format!("is true or false, here it is a TOML {}", other.kind()),
    };
    Err(Problem::new(wrong, "write true or false, without quotes"))
}

/// A whole number within `range`.
pub(super) fn integer(value: &Value, range: &RangeInclusive<u32>) -> Result<u32, Problem> {
    let (low, high) = range.clone().into_inner();
    let advice = || format!("write a whole number from {low} to {high}, without quotes");
    let number = match value {
        Value::Integer(number) => Some(*number),
        Value::Untyped(text) => digits(text),
        _ => None,
    };
    let Some(number) = number else {
        let wrong = match value {
            Value::Untyped(text) => format!("{} is not a whole number", quote(text)),
            other => format!("is a whole number, here it is a TOML {}", other.kind()),
        };
        return Err(Problem::new(wrong, advice()));
    };
    u32::try_from(number)
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| Problem::new(format!("{number} is out of range"), advice()))
}

/// A variable's number; underscores as TOML and Python have them.
fn digits(text: &str) -> Option<i64> {
    let text = text.trim();
    let tidy = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    if tidy { text.replace('_', "").parse().ok() } else { None }
}

/// A whole number within `range`, or `"none"` where settings.py says `None`: no limit.
pub(super) fn limit(value: &Value, range: &RangeInclusive<u32>) -> Result<Option<u32>, Problem> {
    match value {
        Value::Untyped(text) | Value::Text(text) if text == "none" => Ok(None),
        Value::Text(_) => Err(Problem::new(
            "is a whole number without quotes, or the word \"none\" in quotes",
            "write \"none\" for no limit (Django's None)",
        )),
        _ => integer(value, range).map(Some),
    }
}

/// A list of strings; a variable's is comma-separated.
pub(super) fn list(value: &Value) -> Result<Vec<String>, Problem> {
    let advice = "write a list of strings like [\"a\", \"b\"]; in a variable: a,b";
    match value {
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::Text(text) => Ok(text.clone()),
                other => Err(Problem::new(
                    format!("is a list of strings, a TOML {} is among them", other.kind()),
                    advice,
                )),
            })
            .collect(),
        Value::Untyped(text) if text.trim().is_empty() => Ok(Vec::new()),
        Value::Untyped(text) => {
            Ok(text.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>())
        }
        other => {
            Err(Problem::new(format!("is a list, here it is a TOML {}", other.kind()), advice))
        }
    }
}

/// A duration within `range`: a whole number with its unit, `ms`, `s` or `m`.
pub(super) fn duration(
    value: &Value,
    range: &RangeInclusive<Duration>,
) -> Result<Duration, Problem> {
    let (low, high) = range.clone().into_inner();
    let advice = || {
        format!(
            "write a whole number and ms, s or m, from {:?} to {:?}",
            written(low),
            written(high)
        )
    };
    let text = match value {
        Value::Untyped(text) | Value::Text(text) => text.trim(),
        Value::Integer(number) => return Err(no_unit(&number.to_string())),
        other => {
            return Err(Problem::new(
                format!("is a duration in quotes, here it is a TOML {}", other.kind()),
                advice(),
            ));
        }
    };
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(no_unit(text));
    }
    let Some(duration) = parse_duration(text) else {
        return Err(Problem::new(format!("{} is not a duration", quote(text)), advice()));
    };
    if range.contains(&duration) {
        Ok(duration)
    } else {
        Err(Problem::new(format!("{} is out of range", quote(text)), advice()))
    }
}

fn no_unit(number: &str) -> Problem {
    Problem::new(
        format!("{number} has no unit"),
        format!("write \"{number}s\" for seconds, \"{number}ms\" for milliseconds"),
    )
}

fn parse_duration(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    }
}

/// A duration as a configuration writes it.
fn written(duration: Duration) -> String {
    let millis = duration.as_millis();
    match (millis % 60_000, millis % 1000) {
        (0, _) if millis > 0 => format!("{}m", millis / 60_000),
        (_, 0) => format!("{}s", millis / 1000),
        _ => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untyped(text: &str) -> Value {
        Value::Untyped(text.into())
    }

    fn typed(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn from_toml(text: &str) -> Value {
        Value::from_toml(DeValue::parse(text).unwrap().get_ref(), &|at| at)
    }

    #[test]
    fn toml_becomes_values() {
        assert!(from_toml("1_000") == Value::Integer(1000));
        assert!(from_toml("0xff") == Value::Integer(255));
        assert!(from_toml("-1") == Value::Integer(-1));
        assert!(from_toml("9223372036854775808") == Value::Other("integer beyond 64 bits"));
        assert!(from_toml("1.0") == Value::Float("1.0".into()));
        assert!(from_toml("2020-01-01") == Value::Other("date-time"));
        assert!(from_toml("[\"a\", 1]") == Value::List(vec![typed("a"), Value::Integer(1)]));
        assert!(
            from_toml("{ a = true }") == Value::Table(vec![("a".into(), 2, Value::Boolean(true))])
        );
    }

    #[test]
    fn numbers_are_whole_and_in_range() {
        let range = 1..=10;
        assert_eq!(integer(&Value::Integer(10), &range), Ok(10));
        assert_eq!(integer(&untyped(" 7 "), &range), Ok(7));
        assert_eq!(integer(&untyped("1_0"), &range), Ok(10));
        for wrong in ["", "x", "1.0", "_1", "1_", "1__0", "0", "11", "-1", "99999999999999999999"] {
            assert!(integer(&untyped(wrong), &range).is_err(), "{wrong}");
        }
        for wrong in [Value::Integer(0), Value::Integer(-1), Value::Integer(i64::MAX), typed("1")] {
            assert!(integer(&wrong, &range).is_err());
        }
        assert_eq!(
            integer(&Value::Integer(11), &range).unwrap_err().to_string(),
            "11 is out of range; write a whole number from 1 to 10, without quotes"
        );
    }

    #[test]
    fn a_limit_may_be_none() {
        let range = 0..=10;
        assert_eq!(limit(&Value::Integer(0), &range), Ok(Some(0)));
        assert_eq!(limit(&untyped("3"), &range), Ok(Some(3)));
        assert_eq!(limit(&typed("none"), &range), Ok(None));
        assert_eq!(limit(&untyped("none"), &range), Ok(None));
        for wrong in [untyped(""), untyped("None"), typed("None"), typed("3"), Value::Integer(-1)] {
            assert!(limit(&wrong, &range).is_err());
        }
    }

    #[test]
    fn booleans() {
        assert_eq!(boolean(&Value::Boolean(true)), Ok(true));
        assert_eq!(boolean(&untyped("False")), Ok(false));
        for wrong in [untyped("1"), untyped(""), typed("true"), Value::Integer(1)] {
            assert!(boolean(&wrong).is_err());
        }
    }

    #[test]
    fn lists() {
        assert_eq!(list(&from_toml("[\"a,b\"]")), Ok(vec!["a,b".into()]));
        assert_eq!(list(&untyped("a, b")), Ok(vec!["a".into(), "b".into()]));
        assert_eq!(list(&untyped(" ")), Ok(Vec::new()));
        assert_eq!(list(&from_toml("[]")), Ok(Vec::new()));
        assert!(list(&from_toml("[1]")).is_err());
        assert!(list(&typed("a")).is_err());
    }

    #[test]
    fn durations_have_units() {
        let range = Duration::from_millis(10)..=Duration::from_mins(10);
        let read = |text: &str| duration(&typed(text), &range);
        assert_eq!(read("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(read("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(read("1m"), Ok(Duration::from_mins(1)));
        assert_eq!(duration(&untyped(" 1m "), &range), Ok(Duration::from_mins(1)));
        let wrongs = [
            "",
            "s",
            "2 s",
            "1.5s",
            "-1s",
            "2h",
            "2S",
            "11m",
            "9ms",
            "0s",
            "２s",
            "m1",
            "99999999999999999999s",
            "18446744073709551615m",
        ];
        for wrong in wrongs {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            duration(&Value::Integer(2), &range).unwrap_err().to_string(),
            "2 has no unit; write \"2s\" for seconds, \"2ms\" for milliseconds"
        );
        assert_eq!(read("2").unwrap_err(), no_unit("2"));
        assert_eq!(
            read("2h").unwrap_err().to_string(),
            "\"2h\" is not a duration; write a whole number and ms, s or m, from \"10ms\" to \"10m\""
        );
    }

    #[test]
    fn durations_are_written_as_they_are_read() {
        for text in ["10ms", "1500ms", "2s", "90s", "5m"] {
            assert_eq!(parse_duration(text).map(written).as_deref(), Some(text));
        }
    }
}
