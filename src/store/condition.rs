//! What a user's row must hold so that it exists for logins, and how a name is compared: what the
//! default manager of a project's user model says.

use super::{
    schema::{Column, UserModel, is_identifier},
    statements::Dialect,
};

/// How a login's name is compared with the column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UsernameMatch {
    /// By the column's own rules: `get(username=…)`.
    #[default]
    Exact,
    /// By the engine's `iexact`: `get(username__iexact=…)`.
    IExact,
}

/// One argument of a manager's `filter(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// What it must hold.
    pub test: Test,
}

/// What a column must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of these: `column=…`, `column__in=[…]`.
    In(Vec<Literal>),
    /// NULL, or anything else: `column__isnull=…`.
    IsNull(bool),
}

/// A value that is written in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// True or false.
    Bool(bool),
    /// A number.
    Int(i64),
    /// Text, compared by the column's own rules.
    Text(String),
}

/// A condition of SQL, and the texts that are bound in it.
pub(super) struct Search {
    pub(super) condition: String,
    pub(super) texts: Vec<String>,
}

/// The search for a user by name, which is bound first, among the rows that the conditions leave.
pub(super) fn search(dialect: Dialect, user: &UserModel) -> Search {
    let name = format!("u.{}", dialect.quote(&user.username_field));
    let by_name = match user.username_match {
        UsernameMatch::Exact => format!("{name} = {}", dialect.placeholder(1)),
        UsernameMatch::IExact => iexact(dialect, &name),
    };
    let Search { condition, texts } = requirement(dialect, user, 2);
    let condition =
        if user.require.is_empty() { by_name } else { format!("{by_name} AND {condition}") };
    Search { condition, texts }
}

/// What is required of a row; the first of its texts is bound to the placeholder of this number.
pub(super) fn requirement(dialect: Dialect, user: &UserModel, first: usize) -> Search {
    let (mut parts, mut texts) = (Vec::new(), Vec::new());
    for Condition { column, test } in &user.require {
        let column = format!("u.{}", dialect.quote(column));
        parts.push(match test {
            Test::IsNull(true) => format!("{column} IS NULL"),
            Test::IsNull(false) => format!("{column} IS NOT NULL"),
            Test::In(literals) => {
                let mut value = |literal: &Literal| match literal {
                    Literal::Bool(value) => dialect.boolean(*value).to_owned(),
                    Literal::Int(number) => number.to_string(),
                    Literal::Text(text) => {
                        texts.push(text.clone());
                        dialect.placeholder(first + texts.len() - 1)
                    }
                };
                let values: Vec<_> = literals.iter().map(&mut value).collect();
                format!("{column} IN ({})", values.join(", "))
            }
        });
    }
    let condition = if parts.is_empty() { "1 = 1".to_owned() } else { parts.join(" AND ") };
    Search { condition, texts }
}

/// As Django 4.2 to 6.1 write `iexact`.
fn iexact(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("UPPER(CAST({name} AS text)) = UPPER(CAST($1 AS text))"),
        Dialect::MySql => format!("{name} LIKE ?"),
        Dialect::Sqlite => format!("{name} LIKE ? ESCAPE '\\'"),
    }
}

/// What is bound for a name. Where `iexact` is a pattern, none of its characters stands for others.
pub(super) fn bound_name(dialect: Dialect, how: UsernameMatch, name: &str) -> String {
    if how == UsernameMatch::Exact || dialect == Dialect::Postgres {
        return name.to_owned();
    }
    name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The first column whose name is none.
pub(super) fn misnamed(conditions: &[Condition]) -> Option<&str> {
    conditions.iter().map(|condition| condition.column.as_str()).find(|name| !is_identifier(name))
}

/// Why a column of the live schema cannot be compared as the condition says; `None` where it can.
pub(super) fn unfit(
    dialect: Dialect,
    condition: &Condition,
    live: &Column,
) -> Option<&'static str> {
    let Test::In(literals) = &condition.test else { return None };
    let is_integer = live.is_integer(dialect);
    let is_boolean = match dialect {
        Dialect::Postgres => live.sql_type == "boolean",
        Dialect::MySql => is_integer,
        Dialect::Sqlite => is_integer || live.sql_type.contains("bool"),
    };
    literals.iter().find_map(|literal| match literal {
        Literal::Bool(_) if !is_boolean => Some("true or false"),
        Literal::Int(_) if !is_integer => Some("a number"),
        Literal::Text(_) if !live.is_text(dialect) => Some("text"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> UserModel {
        let condition = |column: &str, test| Condition { column: column.to_owned(), test };
        UserModel {
            username_match: UsernameMatch::IExact,
            require: vec![
                condition("is_deleted", Test::In(vec![Literal::Bool(false)])),
                condition("left", Test::IsNull(true)),
                condition("state", Test::In(vec![Literal::Text("a'b".into()), Literal::Int(-1)])),
                condition("site", Test::In(vec![Literal::Text("x".into())])),
            ],
            ..UserModel::default()
        }
    }

    #[test]
    fn a_manager_s_filter_is_composed_and_its_texts_are_bound() {
        let postgres = search(Dialect::Postgres, &user());
        assert_eq!(
            postgres.condition,
            "UPPER(CAST(u.\"username\" AS text)) = UPPER(CAST($1 AS text)) AND \
             u.\"is_deleted\" IN (FALSE) AND u.\"left\" IS NULL AND u.\"state\" IN ($2, -1) AND \
             u.\"site\" IN ($3)"
        );
        assert_eq!(postgres.texts, ["a'b", "x"]);
        assert!(search(Dialect::MySql, &user()).condition.starts_with(
            "u.`username` LIKE ? AND u.`is_deleted` IN (0) AND u.`left` IS NULL AND u.`state` IN (?, "
        ));
        assert!(
            search(Dialect::Sqlite, &user())
                .condition
                .starts_with("u.\"username\" LIKE ? ESCAPE '\\' AND u.\"is_deleted\" IN (0)")
        );
        let plain = search(Dialect::Postgres, &UserModel::default());
        assert_eq!((plain.condition.as_str(), plain.texts.len()), ("u.\"username\" = $1", 0));
    }

    #[test]
    fn no_character_of_a_name_stands_for_others() {
        let bound = |dialect, how| bound_name(dialect, how, "a_%\\");
        assert_eq!(bound(Dialect::Sqlite, UsernameMatch::IExact), "a\\_\\%\\\\");
        assert_eq!(bound(Dialect::MySql, UsernameMatch::IExact), "a\\_\\%\\\\");
        assert_eq!(bound(Dialect::Postgres, UsernameMatch::IExact), "a_%\\");
        assert_eq!(bound(Dialect::Sqlite, UsernameMatch::Exact), "a_%\\");
    }

    #[test]
    fn a_value_is_of_its_column_s_kind() {
        let condition = |literal| Condition { column: "c".into(), test: Test::In(vec![literal]) };
        let live = |sql_type: &str| Column { name: "c".into(), sql_type: sql_type.into() };
        let (yes, number) = (|| Literal::Bool(true), || Literal::Int(1));
        let text = || Literal::Text("1".into());
        for (dialect, literal, sql_type, wanted) in [
            (Dialect::Postgres, yes(), "boolean", None),
            (Dialect::Postgres, yes(), "integer", Some("true or false")),
            (Dialect::Postgres, number(), "boolean", Some("a number")),
            (Dialect::Postgres, number(), "smallint", None),
            (Dialect::Postgres, text(), "character varying", None),
            (Dialect::Postgres, text(), "uuid", Some("text")),
            (Dialect::MySql, yes(), "tinyint", None),
            (Dialect::MySql, text(), "int", Some("text")),
            (Dialect::MySql, number(), "varchar", Some("a number")),
            (Dialect::Sqlite, yes(), "bool", None),
            (Dialect::Sqlite, number(), "integer unsigned", None),
            (Dialect::Sqlite, yes(), "varchar(10)", Some("true or false")),
        ] {
            let unfit = unfit(dialect, &condition(literal), &live(sql_type));
            assert_eq!(unfit, wanted, "{dialect:?} {sql_type}");
        }
    }
}
