//! What the user model's manager does: `require = { is_deleted = false }` and `username_match`.

use super::{
    error::{Problem, quote},
    identifier::is_identifier,
    value::{self, Value, one_of},
};

/// What may follow a column's name.
const LOOKUPS: [&str; 2] = ["__in", "__isnull"];

/// How a login's username is compared with the user's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsernameMatch {
    /// `get(username=…)`: by the column's own rules.
    #[default]
    Exact,
    /// `get(username__iexact=…)`: by the engine's rules, whatever the case of letters.
    IExact,
}

/// One column of `require`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The column.
    pub column: String,
    /// What it must hold.
    pub test: Test,
}

/// What a column must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Test {
    /// One of these, of which there is one at least.
    In(Vec<Literal>),
    /// NULL, or anything else.
    IsNull(bool),
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
}

/// `exact` or `iexact`.
pub(super) fn username_match(value: &Value) -> Result<UsernameMatch, Problem> {
    Ok(match one_of(value, &["exact", "iexact"])? {
        "iexact" => UsernameMatch::IExact,
        _ => UsernameMatch::Exact,
    })
}

/// The arguments of a manager's `filter(…)`; in a variable `is_deleted=false,site=1`.
pub(super) fn require(value: &Value) -> Result<Vec<Condition>, Problem> {
    let pairs: Vec<(String, Value)> = match value {
        Value::Table(pairs) => {
            pairs.iter().map(|(key, _, value)| (key.clone(), value.clone())).collect()
        }
        Value::Untyped(text) if text.trim().is_empty() => Vec::new(),
        Value::Untyped(text) => text.split(',').map(untyped).collect::<Result<_, _>>()?,
        other => {
            let wrong = format!("is a table, here it is a TOML {}", other.kind());
            return Err(Problem::new(
                wrong,
                "write { column = value }, e.g. { is_deleted = false }",
            ));
        }
    };
    pairs.iter().map(|(key, value)| condition(key, value)).collect()
}

fn untyped(pair: &str) -> Result<(String, Value), Problem> {
    let Some((key, text)) = pair.split_once('=') else {
        let wrong = format!("{} has no value", quote(pair));
        return Err(Problem::new(wrong, "write column=value, commas between several"));
    };
    let text = text.trim();
    let value = match (text, text.parse()) {
        ("true" | "false", _) => Value::Boolean(text == "true"),
        (_, Ok(number)) => Value::Integer(number),
        (text, Err(_)) => Value::Text(text.to_owned()),
    };
    Ok((key.trim().to_owned(), value))
}

fn condition(key: &str, value: &Value) -> Result<Condition, Problem> {
    let with_lookup = |lookup: &&'static str| Some((key.strip_suffix(*lookup)?, *lookup));
    let (column, lookup) = LOOKUPS.iter().find_map(with_lookup).unwrap_or((key, ""));
    if !is_identifier(column) {
        let advice =
            "write { column = value }, { column__isnull = true } or { column__in = [\"a\"] }";
        return Err(Problem::new(format!("{} is no name of a column", quote(column)), advice));
    }
    let test = match (lookup, value) {
        ("__isnull", value) => Test::IsNull(value::boolean(value).map_err(|p| p.of(&quote(key)))?),
        ("__in", Value::List(values)) if !values.is_empty() => {
            Test::In(values.iter().map(|value| literal(key, value)).collect::<Result<_, _>>()?)
        }
        ("__in", _) => {
            let wrong = format!("{} is compared with no list", quote(key));
            return Err(Problem::new(
                wrong,
                "write a list of values, e.g. [\"hired\", \"on leave\"]",
            ));
        }
        (_, value) => Test::In(vec![literal(key, value)?]),
    };
    Ok(Condition { column: column.to_owned(), test })
}

fn literal(key: &str, value: &Value) -> Result<Literal, Problem> {
    match value {
        Value::Boolean(value) => Ok(Literal::Bool(*value)),
        Value::Integer(number) => Ok(Literal::Int(*number)),
        Value::Text(text) | Value::Untyped(text) => Ok(Literal::Text(text.clone())),
        other => {
            let wrong = format!("{} is compared with a TOML {}", quote(key), other.kind());
            let advice = "write true, false, a whole number or text in quotes";
            Err(Problem::new(wrong, advice))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, Value)]) -> Result<Vec<Condition>, Problem> {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), 1, value.clone()));
        require(&Value::Table(pairs.collect()))
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn is(column: &str, test: Test) -> Condition {
        Condition { column: column.into(), test }
    }

    #[test]
    fn a_filter_s_arguments() {
        let conditions = read(&[
            ("is_deleted", Value::Boolean(false)),
            ("site__id", Value::Integer(3)),
            ("left__isnull", Value::Boolean(true)),
            ("state__in", Value::List(vec![text("hired"), text("")])),
        ]);
        let words = vec![Literal::Text("hired".into()), Literal::Text(String::new())];
        let expected = [
            is("is_deleted", Test::In(vec![Literal::Bool(false)])),
            is("site__id", Test::In(vec![Literal::Int(3)])),
            is("left", Test::IsNull(true)),
            is("state", Test::In(words)),
        ];
        assert_eq!(conditions.unwrap(), expected);
        let variable =
            Value::Untyped("is_deleted=false, left__isnull=true,site__id=3,s=a b".into());
        let expected = [
            is("is_deleted", Test::In(vec![Literal::Bool(false)])),
            is("left", Test::IsNull(true)),
            is("site__id", Test::In(vec![Literal::Int(3)])),
            is("s", Test::In(vec![Literal::Text("a b".into())])),
        ];
        assert_eq!(require(&variable).unwrap(), expected);
        assert_eq!(require(&Value::Untyped(" ".into())), Ok(Vec::new()));
        assert_eq!(read(&[]), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_argument_is_refused() {
        for (key, value) in [
            ("", Value::Boolean(true)),
            ("a b", Value::Boolean(true)),
            ("a\"b", text("x")),
            ("left__isnull", text("yes")),
            ("left__isnull", Value::Integer(1)),
            ("state__in", text("hired")),
            ("state__in", Value::List(Vec::new())),
            ("state__in", Value::List(vec![Value::List(Vec::new())])),
            ("state", Value::List(vec![text("x")])),
            ("state", Value::Other("float")),
            ("__isnull", Value::Boolean(true)),
        ] {
            assert!(read(&[(key, value)]).is_err(), "{key}");
        }
        for wrong in [Value::Boolean(true), text("is_deleted=false"), Value::Untyped("x".into())] {
            assert!(require(&wrong).is_err());
        }
    }

    #[test]
    fn two_ways_to_compare() {
        assert_eq!(username_match(&text("exact")), Ok(UsernameMatch::Exact));
        assert_eq!(username_match(&text("iexact")), Ok(UsernameMatch::IExact));
        for wrong in [text("IExact"), text(""), Value::Boolean(true)] {
            assert!(username_match(&wrong).is_err());
        }
    }
}
