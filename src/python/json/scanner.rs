//! `_json.c`'s scanner: one term at a time, in its order, without recursion.

use super::{DEPTH, JsonError, number, text};
use crate::python::{PyString, Value, Version};

/// A position in a document (CPython's `scan_once`).
pub(super) struct Scanner<'a> {
    /// Generalised UTF-8: everything that JSON's grammar names is ASCII, and so one byte.
    bytes: &'a [u8],
    at: usize,
    strict_constants: bool,
    python: Version,
}

/// An array or object whose end has not come yet.
enum Open {
    List(Vec<Value>),
    /// The last is the key whose value comes next.
    Dict(Vec<(PyString, Value)>, PyString),
}

impl Open {
    fn closing(&self) -> u8 {
        match self {
            Self::List(_) => b']',
            Self::Dict(..) => b'}',
        }
    }

    fn add(&mut self, value: Value) {
        match self {
            Self::List(items) => items.push(value),
            Self::Dict(members, key) => members.push((std::mem::take(key), value)),
        }
    }

    fn close(self) -> Value {
        match self {
            Self::List(items) => Value::List(items),
            Self::Dict(members, _) => Value::Dict(members),
        }
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a PyString, strict_constants: bool, python: Version) -> Self {
        Self { bytes: text.as_bytes(), at: 0, strict_constants, python }
    }

    /// `json.loads`: one term with white space around it, and nothing else.
    pub(super) fn document(mut self) -> Result<Value, JsonError> {
        if self.bytes.starts_with("\u{feff}".as_bytes()) {
            return Err(self.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
        }
        self.skip_space();
        let value = self.term()?;
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(self.error("Extra data", self.at));
        }
        Ok(value)
    }

    fn term(&mut self) -> Result<Value, JsonError> {
        let mut stack = Vec::new();
        loop {
            let value = match self.peek() {
                Some(b'[') => self.open_list(&mut stack)?,
                Some(b'{') => self.open_dict(&mut stack)?,
                _ => Some(self.scalar()?),
            };
            if let Some(value) = value
                && let Some(document) = self.settle(value, &mut stack)?
            {
                return Ok(document);
            }
        }
    }

    /// Puts a finished term where it belongs, closes what ends after it, and stops where the next
    /// term begins. Gives the term back where nothing is open.
    fn settle(
        &mut self,
        mut value: Value,
        stack: &mut Vec<Open>,
    ) -> Result<Option<Value>, JsonError> {
        while let Some(mut open) = stack.pop() {
            open.add(value);
            self.skip_space();
            if self.eat(open.closing()) {
                value = open.close();
                continue;
            }
            let comma = self.at;
            if !self.eat(b',') {
                return Err(self.error("Expecting ',' delimiter", self.at));
            }
            self.skip_space();
            if self.python >= Version::new(13) && self.peek() == Some(open.closing()) {
                let message = match open {
                    Open::List(_) => "Illegal trailing comma before end of array",
                    Open::Dict(..) => "Illegal trailing comma before end of object",
                };
                return Err(self.error(message, comma));
            }
            if let Open::Dict(_, key) = &mut open {
                *key = self.key()?;
            }
            stack.push(open);
            return Ok(None);
        }
        Ok(Some(value))
    }

    fn open_list(&mut self, stack: &mut Vec<Open>) -> Result<Option<Value>, JsonError> {
        if stack.len() >= DEPTH {
            return Err(JsonError::Recursion { opening: "array" });
        }
        self.at += 1;
        self.skip_space();
        if self.eat(b']') {
            return Ok(Some(Value::List(Vec::new())));
        }
        stack.push(Open::List(Vec::new()));
        Ok(None)
    }

    fn open_dict(&mut self, stack: &mut Vec<Open>) -> Result<Option<Value>, JsonError> {
        if stack.len() >= DEPTH {
            return Err(JsonError::Recursion { opening: "object" });
        }
        self.at += 1;
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Some(Value::Dict(Vec::new())));
        }
        let key = self.key()?;
        stack.push(Open::Dict(Vec::new(), key));
        Ok(None)
    }

    /// A member's name, its colon and the white space after it.
    fn key(&mut self) -> Result<PyString, JsonError> {
        if self.peek() != Some(b'"') {
            let message = "Expecting property name enclosed in double quotes";
            return Err(self.error(message, self.at));
        }
        let key = self.string()?;
        self.skip_space();
        if !self.eat(b':') {
            return Err(self.error("Expecting ':' delimiter", self.at));
        }
        self.skip_space();
        Ok(key)
    }

    fn scalar(&mut self) -> Result<Value, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Str),
            Some(b'n') if self.eat_word("null") => Ok(Value::None),
            Some(b't') if self.eat_word("true") => Ok(Value::Bool(true)),
            Some(b'f') if self.eat_word("false") => Ok(Value::Bool(false)),
            Some(b'N') if self.eat_word("NaN") => self.constant("NaN", f64::NAN),
            Some(b'I') if self.eat_word("Infinity") => self.constant("Infinity", f64::INFINITY),
            Some(b'-') if self.eat_word("-Infinity") => {
                self.constant("-Infinity", f64::NEG_INFINITY)
            }
            _ => self.number(),
        }
    }

    fn string(&mut self) -> Result<PyString, JsonError> {
        match text::scan(self.bytes, self.at) {
            Ok((string, end)) => {
                self.at = end;
                Ok(string)
            }
            Err((message, place)) => Err(self.error(message, place)),
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(literal) = number::literal(rest) else {
            return Err(self.error("Expecting value", self.at));
        };
        self.at += literal.len();
        number::value(literal, self.python)
    }

    fn constant(&self, name: &str, value: f64) -> Result<Value, JsonError> {
        if self.strict_constants {
            let message = "Out of range float values are not JSON compliant:";
            return Err(JsonError::Value(format!("{message} '{name}'")));
        }
        Ok(Value::Float(value))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let there = self.bytes.get(self.at..).is_some_and(|r| r.starts_with(word.as_bytes()));
        if there {
            self.at += word.len();
        }
        there
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// A `JSONDecodeError`: Python counts code points, and only U+000A ends a line.
    fn error(&self, message: &'static str, place: usize) -> JsonError {
        let before = self.bytes.get(..place).unwrap_or(self.bytes);
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.split(|byte| *byte == b'\n').count();
        let column = 1 + code_points(before.get(line_start..).unwrap_or_default());
        JsonError::Decode { message, line, column, position: code_points(before) }
    }
}

fn code_points(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}
