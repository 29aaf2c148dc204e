//! `rest_framework.fields`: `CharField` (3.16, 3.18).

use crate::python::{PyString, Value};

/// A required `CharField` that may be neither blank nor null.
#[derive(Clone, Copy, Debug)]
pub struct CharField {
    /// `trim_whitespace`.
    pub trim_whitespace: bool,
}

impl CharField {
    /// `run_validation`: the text, or what is wrong with it; none for a value that is not there.
    ///
    /// # Errors
    ///
    /// The texts for the field.
    pub fn run_validation(self, data: Option<&Value>) -> Result<String, Vec<String>> {
        let fail = |text: &str| Err(vec![text.to_owned()]);
        if data.is_some_and(|data| self.is_blank(data)) {
            return fail("This field may not be blank.");
        }
        let text = match data {
            None => return fail("This field is required."),
            Some(Value::None) => return fail("This field may not be null."),
            Some(Value::Str(text)) => text.clone(),
            Some(number @ (Value::Int(_) | Value::Float(_))) => number.str(),
            Some(_) => return fail("Not a valid string."),
        };
        let text = if self.trim_whitespace { text.strip() } else { text };
        run_validators(&text)
    }

    fn is_blank(self, data: &Value) -> bool {
        match data {
            Value::Str(text) if text.is_empty() => true,
            Value::Str(text) | Value::File(text) => self.trim_whitespace && text.strip().is_empty(),
            _ => false,
        }
    }
}

/// `ProhibitNullCharactersValidator` and `ProhibitSurrogateCharactersValidator`.
fn run_validators(text: &PyString) -> Result<String, Vec<String>> {
    let mut errors = Vec::new();
    if text.contains_nul() {
        errors.push("Null characters are not allowed.".to_owned());
    }
    if let Some(surrogate) = text.first_surrogate() {
        errors.push(format!("Surrogate characters are not allowed: U+{surrogate:X}."));
    }
    match text.as_str() {
        Some(text) if errors.is_empty() => Ok(text.to_owned()),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIMMED: CharField = CharField { trim_whitespace: true };
    const AS_IT_IS: CharField = CharField { trim_whitespace: false };

    fn errors(field: CharField, data: &Value) -> String {
        field.run_validation(Some(data)).unwrap_err().join("|")
    }

    #[test]
    fn texts() {
        let text = |text: &str| Value::Str(text.into());
        assert_eq!(TRIMMED.run_validation(Some(&text(" \u{1f}a b\u{3000}"))), Ok("a b".into()));
        assert_eq!(AS_IT_IS.run_validation(Some(&text("  "))), Ok("  ".into()));
        assert_eq!(TRIMMED.run_validation(Some(&Value::Int("-12".into()))), Ok("-12".into()));
        assert_eq!(AS_IT_IS.run_validation(Some(&Value::Float(1e16))), Ok("1e+16".into()));
    }

    #[test]
    fn refusals() {
        let blank = "This field may not be blank.";
        assert_eq!(errors(AS_IT_IS, &Value::Str("".into())), blank);
        assert_eq!(errors(TRIMMED, &Value::Str(" \u{1c}".into())), blank);
        assert_eq!(errors(TRIMMED, &Value::File("  ".into())), blank);
        let missing = TRIMMED.run_validation(None).unwrap_err();
        assert_eq!(missing, ["This field is required."]);
        assert_eq!(errors(TRIMMED, &Value::None), "This field may not be null.");
        let invalid = [
            Value::Bool(true),
            Value::List(Vec::new()),
            Value::Dict(Vec::new()),
            Value::File("a".into()),
        ];
        for value in invalid {
            assert_eq!(errors(TRIMMED, &value), "Not a valid string.");
        }
        assert_eq!(errors(AS_IT_IS, &Value::File(" ".into())), "Not a valid string.");
    }

    #[test]
    fn both_validators_speak() {
        let text: PyString = [0x61, 0xDC00, 0, 0xD800].into_iter().collect();
        let both = "Null characters are not allowed.|Surrogate characters are not allowed: U+DC00.";
        assert_eq!(errors(TRIMMED, &Value::Str(text)), both);
    }
}
