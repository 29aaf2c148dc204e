//! All SQL text, composed once from checked names.
//!
//! Values are always bound. Every selected column is made text by the server, so that one decoder
//! serves integers and UUIDs, booleans and `tinyint`s, `citext` and binary collations.

#[cfg(feature = "server")]
mod admin;
mod grants;
pub(super) mod inspection;

use std::sync::Arc;

#[cfg(feature = "server")]
pub(super) use self::admin::{AdminStatements, NewValue};
pub(super) use self::grants::{GrantStatements, PermissionsOfMany, TableColumns};
use super::{
    condition,
    schema::{Schema, UserModel},
};

/// The three engines' SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    MySql,
    Sqlite,
}

/// One statement's text.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) sql: Arc<str>,
    /// Whether it answers with rows; else with their number.
    pub(super) reads: bool,
    /// Whether it is about users and tokens: where it does not fit their tables, these have changed.
    pub(super) accounts: bool,
}

/// The store's statements in one dialect for one pair of tables.
#[derive(Clone, Debug)]
pub(super) struct Statements {
    /// By name, and by the texts after it: id, password, `is_active`.
    pub(super) find_user: (Statement, Vec<String>),
    /// By key: the row's key; id, name, email, `is_active`, `is_staff`, `is_superuser`.
    pub(super) find_token_owner: Statement,
    /// The same by one of several keys: how many, and the statement, the smaller first.
    pub(super) find_token_owners: Vec<(usize, Statement)>,
    /// The same, each key compared by itself: the key's number among them, from 0, before the rest.
    pub(super) find_any_token_owners: Vec<(usize, Statement)>,
    /// By user: the key.
    pub(super) token_of_user: Statement,
    /// Key, created (where the model has it), user.
    pub(super) insert_token: Statement,
    /// By id: one row where there is such a user.
    pub(super) user_exists: Statement,
    /// New, id, old.
    pub(super) upgrade_password: Statement,
    /// The key, twice: by the column's rules for the index, then byte by byte.
    pub(super) delete_token: Statement,
    /// Limit: passwords, newest first.
    pub(super) recent_passwords: Statement,
    /// Limit: passwords, oldest first.
    pub(super) oldest_passwords: Statement,
    pub(super) ping: Statement,
    /// The user table's columns: name, type.
    pub(super) user_columns: (Statement, Vec<String>),
    /// The token table's columns: name, type.
    pub(super) token_columns: (Statement, Vec<String>),
    /// Of permissions and groups.
    pub(super) grants: GrantStatements,
}

/// Of how many keys the owners are asked for at once: few numbers, because each connection prepares a
/// statement for each.
pub(super) const KEYS_AT_ONCE: [usize; 4] = [2, 8, 24, 64];

/// The same where each key is compared by itself. There are few such keys, and their statement is long.
pub(super) const ANY_KEYS_AT_ONCE: [usize; 2] = [4, 24];

impl Statements {
    /// Composes the statements.
    pub(super) fn compose(dialect: Dialect, schema: &Schema) -> Self {
        let users = dialect.table(&schema.user.table);
        let tokens = dialect.table(&schema.token.table);
        let id = dialect.quote(&schema.user.id_column);
        let name = dialect.quote(&schema.user.username_field);
        let password = dialect.quote(&schema.user.password_column);
        let [key, user_id] =
            [&schema.token.key_column, &schema.token.user_column].map(|name| dialect.quote(name));
        let [p1, p2, p3] = [1, 2, 3].map(|number| dialect.placeholder(number));
        let text = |column: &str| dialect.text(column);
        // Where the model has no such column, the answer is in the statement.
        let user_text = |column: &str, missing: &str| match column {
            "" => missing.to_owned(),
            column => text(&format!("u.{}", dialect.quote(column))),
        };
        let is_active = user_text(&schema.user.is_active_column, "'1'");
        let is_staff = user_text(&schema.user.is_staff_column, "'0'");
        let is_superuser = user_text(&schema.user.is_superuser_column, "'0'");
        let email = user_text(&schema.user.email_column, "''");
        let user_key = text(&format!("u.{id}"));
        let stored_password = dialect.stored_password(&schema.user);
        let same_password = dialect.same_bytes(&password, &p3);
        let same_key = dialect.same_bytes(&key, &p2);
        let search = condition::search(dialect, &schema.user);
        let token_owners = |first: &str, condition: &str, limit: usize| {
            let token_key = text(&format!("t.{key}"));
            let username = text(&format!("u.{name}"));
            format!(
                "SELECT {first}{token_key}, {user_key}, {username}, {email}, {is_active}, {is_staff}, \
                 {is_superuser} FROM {tokens} t INNER JOIN {users} u ON t.{user_id} = u.{id} \
                 WHERE t.{key} {condition} LIMIT {limit}"
            )
        };
        // Two rows are enough to see that there is not one.
        let owner = |first: &str, number: usize| {
            token_owners(first, &format!("= {}", dialect.placeholder(number)), 2)
        };
        // One row more than there are keys is enough to see that a key has two.
        let any_of = |keys| {
            let list: Vec<_> = (1..=keys).map(|number| dialect.placeholder(number)).collect();
            (keys, read(token_owners("", &format!("IN ({})", list.join(", ")), keys + 1)))
        };
        let each_of = |keys: usize| {
            let each = (0..keys).map(|number| {
                let owner = owner(&format!("'{number}', "), number + 1);
                format!("SELECT * FROM ({owner}) k{number}")
            });
            (keys, read(each.collect::<Vec<_>>().join(" UNION ALL ")))
        };

        Self {
            // Two rows are enough to see that there is not one.
            find_user: (
                read(format!(
                    "SELECT {user_key}, {stored_password}, {is_active} FROM {users} u \
                     WHERE {} LIMIT 2",
                    search.condition
                )),
                search.texts,
            ),
            find_token_owner: read(owner("", 1)),
            find_token_owners: KEYS_AT_ONCE.map(any_of).into(),
            find_any_token_owners: ANY_KEYS_AT_ONCE.map(each_of).into(),
            token_of_user: read(format!(
                "SELECT {} FROM {tokens} t WHERE t.{user_id} = {p1} LIMIT 2",
                text(&format!("t.{key}")),
            )),
            insert_token: insert_token(dialect, schema),
            user_exists: read(format!("SELECT '1' FROM {users} u WHERE u.{id} = {p1}")),
            upgrade_password: write(format!(
                "UPDATE {users} SET {password} = {p1} WHERE {id} = {p2} AND {same_password}"
            )),
            delete_token: write(format!("DELETE FROM {tokens} WHERE {key} = {p1} AND {same_key}")),
            recent_passwords: read(format!(
                "SELECT {stored_password} FROM {users} u ORDER BY u.{id} DESC LIMIT {p1}"
            )),
            oldest_passwords: read(format!(
                "SELECT {stored_password} FROM {users} u ORDER BY u.{id} LIMIT {p1}"
            )),
            ping: read("SELECT '1'".to_owned()),
            user_columns: dialect.columns(&schema.user.table, ""),
            token_columns: dialect.columns(&schema.token.table, ""),
            grants: GrantStatements::compose(dialect, &schema.user),
        }
    }
}

/// From the user's own row: where that has vanished nothing is inserted, also in a database without
/// foreign keys.
fn insert_token(dialect: Dialect, schema: &Schema) -> Statement {
    let tokens = dialect.table(&schema.token.table);
    let users = dialect.table(&schema.user.table);
    let id = dialect.quote(&schema.user.id_column);
    let [key, user_id] =
        [&schema.token.key_column, &schema.token.user_column].map(|name| dialect.quote(name));
    let [p1, p2, p3] = [1, 2, 3].map(|number| dialect.placeholder(number));
    let (created, value, user) = match schema.token.created_column.as_str() {
        "" => (String::new(), String::new(), p2),
        column => {
            (format!(", {}", dialect.quote(column)), format!(", {}", dialect.created(&p2)), p3)
        }
    };
    let ignore_conflict = dialect.ignore_conflict();
    write(format!(
        "INSERT INTO {tokens} ({key}{created}, {user_id}) \
         SELECT {p1}{value}, u.{id} FROM {users} u WHERE u.{id} = {user}{ignore_conflict}"
    ))
}

pub(super) fn read(sql: String) -> Statement {
    Statement { sql: sql.into(), reads: true, accounts: true }
}

fn write(sql: String) -> Statement {
    Statement { sql: sql.into(), reads: false, accounts: true }
}

impl Dialect {
    pub(super) fn quote(self, name: &str) -> String {
        match self {
            Self::MySql => format!("`{name}`"),
            Self::Postgres | Self::Sqlite => format!("\"{name}\""),
        }
    }

    pub(super) fn table(self, name: &str) -> String {
        name.split('.').map(|part| self.quote(part)).collect::<Vec<_>>().join(".")
    }

    pub(super) fn placeholder(self, number: usize) -> String {
        match self {
            Self::Postgres => format!("${number}"),
            Self::MySql | Self::Sqlite => "?".to_owned(),
        }
    }

    pub(super) fn text(self, expression: &str) -> String {
        match self {
            Self::Postgres | Self::Sqlite => format!("CAST({expression} AS text)"),
            Self::MySql => format!("CAST({expression} AS char)"),
        }
    }

    /// The password of a row of `u` as text. What is longer than any password is refused without being
    /// read whole.
    fn stored_password(self, user: &UserModel) -> String {
        let column = format!("u.{}", self.quote(&user.password_column));
        let longest = u64::from(user.password_length) + 1;
        let text = self.text(&format!("substr({column}, 1, {longest})"));
        match self {
            Self::Postgres | Self::MySql => text,
            // Only here may a column hold what is no text, or a NUL, where the functions end: neither
            // is to pass for what stands before it.
            Self::Sqlite => format!(
                "CASE WHEN {column} IS NULL OR typeof({column}) = 'text' AND instr({column}, char(0)) \
                 = 0 THEN {text} ELSE '$' END"
            ),
        }
    }

    /// Equality that no collation softens.
    fn same_bytes(self, column: &str, value: &str) -> String {
        match self {
            Self::Postgres => format!("CAST({column} AS text) COLLATE \"C\" = {value}"),
            Self::Sqlite => format!("{column} COLLATE BINARY = {value}"),
            // Converted first: the bytes of a latin1 column are not those that are bound.
            Self::MySql => {
                format!("CAST(CONVERT({column} USING utf8mb4) AS binary) = CAST({value} AS binary)")
            }
        }
    }

    pub(super) fn boolean(self, value: bool) -> &'static str {
        match (self, value) {
            (Self::Postgres, true) => "TRUE",
            (Self::Postgres, false) => "FALSE",
            (Self::MySql | Self::Sqlite, true) => "1",
            (Self::MySql | Self::Sqlite, false) => "0",
        }
    }

    fn created(self, value: &str) -> String {
        match self {
            Self::Postgres => format!("CAST({value} AS timestamptz)"),
            Self::MySql | Self::Sqlite => value.to_owned(),
        }
    }

    /// On MySQL there is no such clause: INSERT IGNORE would hide a foreign key's error too, so the
    /// unique key's is caught instead.
    fn ignore_conflict(self) -> &'static str {
        match self {
            Self::Postgres | Self::Sqlite => " ON CONFLICT DO NOTHING",
            Self::MySql => "",
        }
    }

    /// A statement for a table's columns, `more` selected of each after its name and type, and what to
    /// bind: as the session itself finds the table.
    fn columns(self, table: &str, more: &str) -> (Statement, Vec<String>) {
        match self {
            // Through domains to the type below them.
            Self::Postgres => (
                read(format!(
                    "SELECT CAST(a.attname AS text), CAST(format_type( \
                     COALESCE(NULLIF(t.typbasetype, 0), t.oid), NULL) AS text){more} \
                     FROM pg_catalog.pg_attribute a \
                     INNER JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
                     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped \
                     ORDER BY a.attnum"
                )),
                vec![self.table(table)],
            ),
            Self::MySql => {
                let (schema, table) = table.split_once('.').unwrap_or(("", table));
                (
                    read(format!(
                        "SELECT CAST(column_name AS char), CAST(data_type AS char){more} \
                         FROM information_schema.columns \
                         WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) \
                         AND table_name = ? ORDER BY ordinal_position"
                    )),
                    vec![schema.to_owned(), table.to_owned()],
                )
            }
            Self::Sqlite => (
                read(format!("SELECT name, lower(type){more} FROM pragma_table_info(?)")),
                vec![table.to_owned()],
            ),
        }
    }
}
