//! The values that a request's data can hold, and their `str()`.

use std::collections::HashMap;

use super::{PyString, float, unicodedata};

/// What `request.data` and its members can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// `bool`.
    Bool(bool),
    /// `int`, as `str()` writes it: no leading zero, no `-0`.
    Int(String),
    /// `float`.
    Float(f64),
    /// `str`.
    Str(PyString),
    /// `list`.
    List(Vec<Value>),
    /// `dict`, in the order of the text; a key that stands twice is worth its last value.
    Dict(Vec<(PyString, Value)>),
    /// An uploaded file (`django.core.files.uploadedfile.UploadedFile`): its name, as `str()` gives it.
    File(PyString),
}

impl Value {
    /// `type(value).__name__`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::File(_) => "InMemoryUploadedFile",
        }
    }

    /// `value.get(key)` of a `dict`; nothing for all else.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dict(members) = self else { return None };
        members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// `str(value)` (CPython 3.10 to 3.13).
    pub fn str(&self) -> PyString {
        match self {
            Self::Str(text) | Self::File(text) => text.clone(),
            _ => self.repr(),
        }
    }

    /// `repr(value)` (CPython 3.13, whose Unicode is 15.1).
    pub fn repr(&self) -> PyString {
        let mut text = PyString::new();
        self.write_repr(&mut text);
        text
    }

    fn write_repr(&self, text: &mut PyString) {
        match self {
            Self::None => text.push_str("None"),
            Self::Bool(true) => text.push_str("True"),
            Self::Bool(false) => text.push_str("False"),
            Self::Int(digits) => text.push_str(digits),
            Self::Float(number) => text.push_str(&float::repr(*number)),
            Self::Str(string) => write_str_repr(string, text),
            Self::List(items) => {
                text.push_str("[");
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { ", " });
                    item.write_repr(text);
                }
                text.push_str("]");
            }
            Self::Dict(members) => {
                text.push_str("{");
                for (index, (key, value)) in distinct(members).into_iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { ", " });
                    write_str_repr(key, text);
                    text.push_str(": ");
                    value.write_repr(text);
                }
                text.push_str("}");
            }
            Self::File(name) => {
                text.push_str("<InMemoryUploadedFile: ");
                text.push_py(name);
                text.push_str(">");
            }
        }
    }
}

/// The members as a `dict` holds them: a key has the place where it stood first and the value that
/// it got last.
fn distinct(members: &[(PyString, Value)]) -> Vec<(&PyString, &Value)> {
    let mut places = HashMap::with_capacity(members.len());
    let mut kept: Vec<(&PyString, &Value)> = Vec::with_capacity(members.len());
    for (key, value) in members {
        let place = *places.entry(key).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(member) => member.1 = value,
            None => kept.push((key, value)),
        }
    }
    kept
}

/// `repr(str)`: in double quotes only where a single one is in it and no double one.
fn write_str_repr(string: &PyString, text: &mut PyString) {
    let bytes = string.as_bytes();
    let double = bytes.contains(&b'\'') && !bytes.contains(&b'"');
    let quote = if double { '"' } else { '\'' };
    text.push(quote.into());
    for code_point in string.code_points() {
        match char::from_u32(code_point) {
            Some('\t') => text.push_str("\\t"),
            Some('\n') => text.push_str("\\n"),
            Some('\r') => text.push_str("\\r"),
            Some(c) if c == '\\' || c == quote => {
                text.push_str("\\");
                text.push(code_point);
            }
            _ if unicodedata::is_printable(code_point) => text.push(code_point),
            _ => text.push_str(&match code_point {
                0..=0xFF => format!("\\x{code_point:02x}"),
                0x100..=0xFFFF => format!("\\u{code_point:04x}"),
                _ => format!("\\U{code_point:08x}"),
            }),
        }
    }
    text.push(quote.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, value: Value) -> (PyString, Value) {
        (name.into(), value)
    }

    #[test]
    fn str_of_scalars() {
        assert_eq!(Value::None.str(), "None");
        assert_eq!(Value::Bool(true).str(), "True");
        assert_eq!(Value::Int("-12".into()).str(), "-12");
        assert_eq!(Value::Float(1e16).str(), "1e+16");
        assert_eq!(Value::Str("a'b".into()).str(), "a'b");
        assert_eq!(Value::File("a.txt".into()).str(), "a.txt");
    }

    #[test]
    fn the_last_of_a_key_wins_in_the_place_of_the_first() {
        let dict = Value::Dict(vec![
            key("a", Value::Int("1".into())),
            key("b", Value::None),
            key("a", Value::Int("2".into())),
        ]);
        assert_eq!(dict.get("a"), Some(&Value::Int("2".into())));
        assert_eq!(dict.get("c"), None);
        assert_eq!(Value::None.get("a"), None);
        assert_eq!(dict.str(), "{'a': 2, 'b': None}");
    }

    #[test]
    fn repr_of_strings() {
        let repr = |string: PyString| Value::List(vec![Value::Str(string)]).str();
        assert_eq!(repr("a'b".into()), "[\"a'b\"]");
        assert_eq!(repr("a'\"b".into()), "['a\\'\"b']");
        assert_eq!(repr("\\\t\r\n\u{7f}é\u{a0}\u{ad}".into()), "['\\\\\\t\\r\\n\\x7fé\\xa0\\xad']");
        assert_eq!(repr("\u{200b}😀\u{e0001}\u{378}".into()), "['\\u200b😀\\U000e0001\\u0378']");
        assert_eq!(repr([0xD800].into_iter().collect()), "['\\ud800']");
    }
}
