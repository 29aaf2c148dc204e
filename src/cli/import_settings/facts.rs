//! What the project said, read without trust: whatever is missing or of another kind is empty.

use serde_json::Value;

static NOTHING: Value = Value::Null;

/// A place in the answer.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a>(&'a Value);

impl<'a> Facts<'a> {
    pub(super) fn new(answer: &'a Value) -> Self {
        Self(answer)
    }

    /// What stands at `key`; nothing where there is no such key.
    pub(super) fn at(self, key: &str) -> Self {
        Self(self.0.get(key).unwrap_or(&NOTHING))
    }

    pub(super) fn is_there(self) -> bool {
        !self.0.is_null()
    }

    /// The text at `key`, `""` where there is none.
    pub(super) fn text(self, key: &str) -> &'a str {
        self.at(key).0.as_str().unwrap_or_default()
    }

    /// Whether `key` is `true`.
    pub(super) fn flag(self, key: &str) -> bool {
        self.at(key).0 == &Value::Bool(true)
    }

    /// The whole number at `key`.
    pub(super) fn number(self, key: &str) -> Option<i64> {
        self.at(key).0.as_i64()
    }

    /// The items of the list at `key`.
    pub(super) fn list(self, key: &str) -> impl Iterator<Item = Self> {
        self.at(key).0.as_array().into_iter().flatten().map(Self)
    }

    /// The texts of the list at `key`.
    pub(super) fn texts(self, key: &str) -> Vec<&'a str> {
        self.list(key).filter_map(|item| item.0.as_str()).collect()
    }

    /// The keys and values of a table.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'a str, Self)> {
        self.0.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), Self(value)))
    }

    pub(super) fn value(self) -> &'a Value {
        self.0
    }

    /// A text as it is, anything else as JSON.
    pub(super) fn shown(self) -> String {
        self.0.as_str().map_or_else(|| self.0.to_string(), str::to_owned)
    }
}
