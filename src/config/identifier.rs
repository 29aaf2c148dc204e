//! Names of tables and columns: only what needs no quoting anywhere.

use super::{
    error::{Problem, quote},
    value::{self, Value},
};

/// The longest name that any engine takes.
const LONGEST: usize = 64;

pub(super) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts
        && name.len() <= LONGEST
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A column.
pub(super) fn column(value: &Value) -> Result<String, Problem> {
    let name = value::text(value)?;
    if is_identifier(name) { Ok(name.to_owned()) } else { Err(no_name(name, "\"username\"")) }
}

/// A column, or `""` where the model has none.
pub(super) fn no_or_column(value: &Value) -> Result<Option<String>, Problem> {
    if value::text(value)?.is_empty() { Ok(None) } else { column(value).map(Some) }
}

/// A table, with its schema before it where it has one.
pub(super) fn table(value: &Value) -> Result<String, Problem> {
    let name = value::text(value)?;
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() <= 2 && parts.iter().all(|part| is_identifier(part)) {
        Ok(name.to_owned())
    } else {
        Err(no_name(name, "\"auth_user\" or \"schema.auth_user\""))
    }
}

fn no_name(name: &str, example: &str) -> Problem {
    Problem::new(
        format!("{} is no name of a table or column", quote(name)),
        format!(
            "write letters, digits and underscores, at most {LONGEST}, no digit first, e.g. {example}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn names_need_no_quoting() {
        let longest = "x".repeat(LONGEST);
        for right in ["username", "_x", "A1", longest.as_str()] {
            assert_eq!(column(&text(right)), Ok(right.into()));
            assert_eq!(table(&text(right)), Ok(right.into()));
        }
        let long = "x".repeat(LONGEST + 1);
        let wrongs =
            ["", "1x", "a-b", "a b", "a\"b", "a;b", "é", "a\0", "a.b.c", ".a", "a.", long.as_str()];
        for wrong in wrongs {
            assert!(column(&text(wrong)).is_err() && table(&text(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_table_may_have_a_schema_and_a_column_may_be_missing() {
        assert_eq!(table(&text("app.auth_user")), Ok("app.auth_user".into()));
        assert!(column(&text("app.auth_user")).is_err());
        assert_eq!(no_or_column(&text("")), Ok(None));
        assert_eq!(no_or_column(&text("is_active")), Ok(Some("is_active".into())));
        assert!(no_or_column(&text(" ")).is_err());
    }
}
