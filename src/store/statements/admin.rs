//! What an operator's commands ask of the user table.

use super::{Dialect, Statement, read, write};
use crate::store::{driver::Value, schema::Schema};

/// The statements whose columns are known before the live table is seen.
#[derive(Clone, Debug)]
pub(in crate::store) struct AdminStatements {
    /// The user table's columns: name, type, whether a new row must have a value, length; and what to bind.
    pub(in crate::store) columns: (Statement, Vec<String>),
    /// By id: the whole token table's rows of one user.
    pub(in crate::store) delete_token: Statement,
    /// New, id, old as [`AdminStatements::find`] reads it.
    pub(in crate::store) set_password: Statement,
    /// New, id.
    pub(in crate::store) replace_password: Statement,
    /// By id, both ways; `None` where the model has no such column.
    pub(in crate::store) activate: Option<Statement>,
    pub(in crate::store) deactivate: Option<Statement>,
    /// The start of a query for accounts, up to the attributes, and its end before the condition.
    account: [String; 2],
    id: String,
    table: String,
}

/// A value of a new row.
pub(in crate::store) enum NewValue<'a> {
    /// Bound.
    Bound(Value<'a>),
    /// Bound as a time.
    Time(Value<'a>),
    /// `TRUE` or `FALSE`.
    Flag(bool),
}

impl AdminStatements {
    /// Composes the statements.
    pub(in crate::store) fn compose(dialect: Dialect, schema: &Schema) -> Self {
        let users = dialect.table(&schema.user.table);
        let tokens = dialect.table(&schema.token.table);
        let [id, name] = [&schema.user.id_column, &schema.user.username_field]
            .map(|column| dialect.quote(column));
        let user_id = dialect.quote(&schema.token.user_column);
        let [p1, p2, p3] = [1, 2, 3].map(|number| dialect.placeholder(number));
        let flag = |column: &str, missing: &str| match column {
            "" => missing.to_owned(),
            column => dialect.text(&format!("u.{}", dialect.quote(column))),
        };
        let is_active = &schema.user.is_active_column;
        let selected = [
            dialect.text(&format!("u.{id}")),
            dialect.text(&format!("u.{name}")),
            dialect.stored_password(&schema.user),
            flag(is_active, "'1'"),
            flag(&schema.user.is_staff_column, "'0'"),
            flag(&schema.user.is_superuser_column, "'0'"),
            format!(
                "CASE WHEN EXISTS (SELECT 1 FROM {tokens} t WHERE t.{user_id} = u.{id}) \
                 THEN '1' ELSE '0' END"
            ),
        ];
        let set_active = |value: &str| {
            (!is_active.is_empty()).then(|| {
                let column = dialect.quote(is_active);
                write(format!("UPDATE {users} SET {column} = {value} WHERE {id} = {p1}"))
            })
        };
        let password = dialect.quote(&schema.user.password_column);
        let replace = format!("UPDATE {users} AS u SET {password} = {p1} WHERE u.{id} = {p2}");
        let stored = format!("COALESCE({}, '')", dialect.stored_password(&schema.user));
        let same = dialect.same_bytes(&stored, &p3);
        Self {
            set_password: write(format!("{replace} AND {same}")),
            replace_password: write(replace),
            columns: dialect.columns(&schema.user.table, new_row(dialect)),
            delete_token: write(format!("DELETE FROM {tokens} WHERE {user_id} = {p1}")),
            activate: set_active("TRUE"),
            deactivate: set_active("FALSE"),
            account: [format!("SELECT {}", selected.join(", ")), format!(" FROM {users} u")],
            id,
            table: users,
        }
    }

    /// One account by id, with the named columns after it.
    pub(in crate::store) fn find(&self, dialect: Dialect, attributes: &[String]) -> Statement {
        let [select, from] = &self.account;
        let column = |name| [", ", &dialect.text(&format!("u.{}", dialect.quote(name)))].concat();
        let more: String = attributes.iter().map(|name| column(name)).collect();
        read(format!("{select}{more}{from} WHERE u.{} = {}", self.id, dialect.placeholder(1)))
    }

    /// Every account.
    pub(in crate::store) fn list(&self) -> Statement {
        let [select, from] = &self.account;
        read(format!("{select}{from} ORDER BY u.{}", self.id))
    }

    /// A new row with these columns, and what to bind.
    pub(in crate::store) fn insert<'a>(
        &self,
        dialect: Dialect,
        columns: &[(&str, NewValue<'a>)],
    ) -> (Statement, Vec<Value<'a>>) {
        let mut bound = Vec::new();
        let mut bind = |value: Value<'a>| {
            bound.push(value);
            dialect.placeholder(bound.len())
        };
        let values: Vec<String> = columns
            .iter()
            .map(|(_, value)| match value {
                NewValue::Bound(value) => bind(*value),
                NewValue::Time(value) => dialect.created(&bind(*value)),
                NewValue::Flag(true) => "TRUE".to_owned(),
                NewValue::Flag(false) => "FALSE".to_owned(),
            })
            .collect();
        let names: Vec<String> = columns.iter().map(|(name, _)| dialect.quote(name)).collect();
        let (table, names, values) = (&self.table, names.join(", "), values.join(", "));
        (write(format!("INSERT INTO {table} ({names}) VALUES ({values})")), bound)
    }
}

/// Of a column: whether a new row must have a value, and the most characters.
fn new_row(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => {
            ", CASE WHEN a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' \
             THEN '1' ELSE '0' END, CAST(NULLIF(a.atttypmod, -1) - 4 AS text)"
        }
        Dialect::MySql => {
            ", CASE WHEN is_nullable = 'NO' AND column_default IS NULL \
             AND extra NOT LIKE '%auto_increment%' THEN '1' ELSE '0' END, \
             CAST(character_maximum_length AS char)"
        }
        // A single integer key counts up by itself. The length is in the type.
        Dialect::Sqlite => {
            ", CASE WHEN \"notnull\" = 1 AND dflt_value IS NULL \
             AND NOT (pk = 1 AND lower(type) = 'integer') THEN '1' ELSE '0' END, NULL"
        }
    }
}
