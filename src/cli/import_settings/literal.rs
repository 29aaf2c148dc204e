//! Values as TOML writes them.

use std::fmt;

use serde_json::Value;

/// A value of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Integer(i64),
    /// As its digits.
    Float(String),
    Boolean(bool),
    List(Vec<Literal>),
    Table(Vec<(String, Literal)>),
}

impl Literal {
    pub(super) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::from(text.as_ref())).collect())
    }

    /// The same value, where TOML has it.
    pub(super) fn of_json(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) if number.is_f64() => Self::Float(number.to_string()),
            Value::Number(number) => Self::Integer(number.as_i64()?),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => {
                Self::List(items.iter().map(Self::of_json).collect::<Option<_>>()?)
            }
            Value::Object(entries) => {
                let pair = |(key, value): (&String, &Value)| {
                    Self::of_json(value).map(|value| (key.clone(), value))
                };
                Self::Table(entries.iter().map(pair).collect::<Option<_>>()?)
            }
            Value::Null => return None,
        })
    }
}

impl Literal {
    /// The same value, where a configuration may hold it.
    pub(super) fn of_toml(value: &toml::Value) -> Option<Self> {
        Some(match value {
            toml::Value::Boolean(value) => Self::Boolean(*value),
            toml::Value::Integer(number) => Self::Integer(*number),
            toml::Value::Float(_) => Self::Float(value.to_string()),
            toml::Value::String(text) => Self::Text(text.clone()),
            toml::Value::Array(items) => {
                Self::List(items.iter().map(Self::of_toml).collect::<Option<_>>()?)
            }
            toml::Value::Table(entries) => {
                let pair = |(key, value): (&String, &toml::Value)| {
                    Self::of_toml(value).map(|value| (key.clone(), value))
                };
                Self::Table(entries.iter().map(pair).collect::<Option<_>>()?)
            }
            toml::Value::Datetime(_) => return None,
        })
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(f, text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(digits) => f.write_str(digits),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::List(items) => {
                f.write_str("[")?;
                for (number, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if number == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Table(entries) => {
                f.write_str("{")?;
                for (number, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{} = {value}", if number == 0 { " " } else { ", " }, Key(key))?;
                }
                f.write_str(if entries.is_empty() { "}" } else { " }" })
            }
        }
    }
}

/// A key: bare where TOML lets it be.
pub(super) struct Key<'a>(pub(super) &'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !self.0.is_empty() && self.0.bytes().all(bare) {
            f.write_str(self.0)
        } else {
            quoted(f, self.0)
        }
    }
}

/// A basic string.
fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write as _;

    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{:04X}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_str("\"")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let value = json!({
            "text": "a\"b\\c\u{1b}\n\u{7f}\u{85}é", "number": -3, "flag": true, "": [],
            "list": ["a", 1, [false], 0.5, -1e-30, 1e300], "a b.c": {"x": {}},
        });
        let literal = Literal::of_json(&value).unwrap();
        let read: toml::Table = format!("x = {literal}").parse().unwrap();
        let kept = Literal::of_toml(&read["x"]).unwrap();
        assert_eq!(format!("x = {kept}").parse::<toml::Table>().unwrap(), read);
        let back = serde_json::to_value(&read["x"]).unwrap();
        assert_eq!(back, value);
        assert_eq!(Literal::of_json(&json!(null)), None);
        assert_eq!(Literal::of_json(&json!(u64::MAX)), None);
    }
}
