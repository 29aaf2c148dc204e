//! The configured tables and columns: their names, validated and quoted, and the live schema's fit.

use super::{
    ConnectError,
    condition::{self, Condition, UsernameMatch},
    statements::Dialect,
};
use crate::accounts::EncodedPassword;

/// The user table, as the project's user model has it. An empty column name: the model has none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserModel {
    /// The table, on PostgreSQL and MySQL optionally with its schema: `schema.table`.
    pub table: String,
    /// The primary key: an integer, a UUID or text.
    pub id_column: String,
    /// `USERNAME_FIELD`'s column.
    pub username_field: String,
    /// How a login's name is compared with it.
    pub username_match: UsernameMatch,
    /// What a row must hold to exist for logins.
    pub require: Vec<Condition>,
    /// The encoded password's column.
    pub password_column: String,
    /// Characters of an encoded password that anybody looks at. Of a longer one no more is read than
    /// shows that it is longer.
    pub password_length: u32,
    /// Optional.
    pub is_active_column: String,
    /// Optional.
    pub is_staff_column: String,
    /// Optional.
    pub is_superuser_column: String,
    /// Optional.
    pub email_column: String,
    /// The table of the user's groups.
    pub groups_table: String,
    /// The table of the user's own permissions.
    pub user_permissions_table: String,
    /// The column of these two that refers to the user.
    pub relation_column: String,
}

impl Default for UserModel {
    /// `django.contrib.auth.models.User`.
    fn default() -> Self {
        Self {
            table: "auth_user".to_owned(),
            id_column: "id".to_owned(),
            username_field: "username".to_owned(),
            username_match: UsernameMatch::Exact,
            require: Vec::new(),
            password_column: "password".to_owned(),
            password_length: EncodedPassword::LONGEST,
            is_active_column: "is_active".to_owned(),
            is_staff_column: "is_staff".to_owned(),
            is_superuser_column: "is_superuser".to_owned(),
            email_column: "email".to_owned(),
            groups_table: "auth_user_groups".to_owned(),
            user_permissions_table: "auth_user_user_permissions".to_owned(),
            relation_column: "user_id".to_owned(),
        }
    }
}

/// The token table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenModel {
    /// The table, on PostgreSQL and MySQL optionally with its schema: `schema.table`.
    pub table: String,
    /// The column of the key.
    pub key_column: String,
    /// The column that refers to the user.
    pub user_column: String,
    /// The column of the time when the token was made. Empty: the model has none.
    pub created_column: String,
}

impl Default for TokenModel {
    /// `rest_framework.authtoken.models.Token`.
    fn default() -> Self {
        Self {
            table: "authtoken_token".to_owned(),
            key_column: "key".to_owned(),
            user_column: "user_id".to_owned(),
            created_column: "created".to_owned(),
        }
    }
}

/// The two tables with every name checked.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) user: UserModel,
    pub(super) token: TokenModel,
    /// Whether names and passwords are asked for, beside tokens.
    pub(super) logs_in: bool,
}

/// How the user table's primary key is bound and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdKind {
    Int,
    Text,
    /// PostgreSQL's own type; elsewhere UUIDs are text.
    Uuid,
}

/// A column of the live schema.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) sql_type: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Uuid,
    Text,
    Other,
}

impl Schema {
    /// Checks every configured name against the names that SQL is composed of.
    ///
    /// # Errors
    /// At a name that is not a plain identifier.
    pub(super) fn new(
        dialect: Dialect,
        user: UserModel,
        token: TokenModel,
    ) -> Result<Self, ConnectError> {
        check_table(dialect, "user_model.table", &user.table)?;
        check_table(dialect, "token_model.table", &token.table)?;
        check_table(dialect, "user_model.groups_table", &user.groups_table)?;
        let permissions = &user.user_permissions_table;
        check_table(dialect, "user_model.user_permissions_table", permissions)?;
        if !is_identifier(&user.relation_column) {
            let name = user.relation_column.clone();
            return Err(ConnectError::Name { key: "user_model.relation_column", name });
        }
        if let Some(name) = condition::misnamed(&user.require) {
            return Err(ConnectError::Name { key: "user_model.require", name: name.to_owned() });
        }
        let schema = Self { user, token, logs_in: true };
        for (key, column, optional) in
            schema.user_columns().into_iter().chain(schema.token_columns())
        {
            if !(is_identifier(column) || (optional && column.is_empty())) {
                return Err(ConnectError::Name { key, name: column.to_owned() });
            }
        }
        Ok(schema)
    }

    /// The user model's keys with their columns, and whether a model may be without one.
    fn user_columns(&self) -> [(&'static str, &str, bool); 7] {
        let user = &self.user;
        [
            ("user_model.id_column", &user.id_column, false),
            ("user_model.username_field", &user.username_field, false),
            ("user_model.password_column", &user.password_column, false),
            ("user_model.is_active_column", &user.is_active_column, true),
            ("user_model.is_staff_column", &user.is_staff_column, true),
            ("user_model.is_superuser_column", &user.is_superuser_column, true),
            ("user_model.email_column", &user.email_column, true),
        ]
    }

    /// The token model's keys with their columns, and whether a model may be without one.
    fn token_columns(&self) -> [(&'static str, &str, bool); 3] {
        let token = &self.token;
        [
            ("token_model.key_column", &token.key_column, false),
            ("token_model.user_column", &token.user_column, false),
            ("token_model.created_column", &token.created_column, true),
        ]
    }

    /// How the primary key is bound, or a sentence for everything that does not fit.
    pub(super) fn compare(
        &self,
        dialect: Dialect,
        user: &[Column],
        token: &[Column],
    ) -> Result<IdKind, Vec<String>> {
        let mut wrong = Vec::new();
        let live = Live { dialect, columns: user };
        if user.is_empty() {
            let what = "the user model's db_table";
            wrong.push(no_table(dialect, &self.user.table, "user_model.table", what));
        } else {
            self.compare_user(&live, &mut wrong);
        }
        let tokens = Live { dialect, columns: token };
        if token.is_empty() {
            wrong.push(no_table(
                dialect,
                &self.token.table,
                "token_model.table",
                "the token model's table",
            ));
        } else {
            self.compare_token(&live, &tokens, &mut wrong);
        }
        let is_default = self.user.table == UserModel::default().table
            && self.token.table == TokenModel::default().table;
        if user.is_empty() && token.is_empty() && is_default {
            wrong.push(
                "in a new database drf-auth migrate makes Django's own tables, as manage.py migrate does"
                    .to_owned(),
            );
        }
        match live.kind(&self.user.id_column) {
            Some(Kind::Int) if wrong.is_empty() => Ok(IdKind::Int),
            Some(Kind::Uuid) if wrong.is_empty() && dialect == Dialect::Postgres => {
                Ok(IdKind::Uuid)
            }
            _ if wrong.is_empty() => Ok(IdKind::Text),
            _ => Err(wrong),
        }
    }

    fn compare_user(&self, live: &Live<'_>, wrong: &mut Vec<String>) {
        let table = &self.user.table;
        for (key, column, optional) in self.user_columns() {
            if column.is_empty() || (key == "user_model.password_column" && !self.logs_in) {
                continue;
            }
            let Some(kind) = live.kind(column) else {
                let or_none = if optional { ", or \"\" where the model has none" } else { "" };
                wrong.push(format!(
                    "the table {table} has no column {column}: write the column's name in \
                     {key}{or_none}"
                ));
                continue;
            };
            let wanted = match key {
                "user_model.id_column" if kind == Kind::Other => "an integer, a UUID or text",
                "user_model.username_field"
                | "user_model.password_column"
                | "user_model.email_column"
                    if kind != Kind::Text =>
                {
                    "text"
                }
                _ => continue,
            };
            let sql_type = live.sql_type(column);
            wrong.push(format!(
                "the column {column} of the table {table} is of the type {sql_type}, not {wanted}: \
                 write another column's name in {key}"
            ));
        }
        for condition in self.user.require.iter().filter(|_| self.logs_in) {
            wrong.extend(self.compare_condition(live, condition));
        }
    }

    fn compare_condition(&self, live: &Live<'_>, condition: &Condition) -> Option<String> {
        let (table, column) = (&self.user.table, &condition.column);
        let Some(found) = live.find(column) else {
            return Some(format!(
                "the table {table} has no column {column}: write the column's name in \
                 user_model.require"
            ));
        };
        let wanted = condition::unfit(live.dialect, condition, found)?;
        let sql_type = &found.sql_type;
        Some(format!(
            "the column {column} of the table {table} is of the type {sql_type}, which is not \
             compared with {wanted}: write a value of its kind in user_model.require"
        ))
    }

    fn compare_token(&self, user: &Live<'_>, token: &Live<'_>, wrong: &mut Vec<String>) {
        let table = &self.token.table;
        for (key, column, optional) in self.token_columns() {
            if column.is_empty() {
                continue;
            }
            let or_none = if optional { ", or \"\" where the model has none" } else { "" };
            match token.kind(column) {
                None => wrong.push(format!(
                    "the table {table} has no column {column}: write the token model's table in \
                     token_model.table, and the column's name in {key}{or_none}"
                )),
                Some(kind) if key == "token_model.key_column" && kind != Kind::Text => {
                    wrong.push(format!(
                        "the column {column} of the table {table} is of the type {}, not text: \
                         write the column of the token's key in {key}",
                        token.sql_type(column)
                    ));
                }
                Some(_) => {}
            }
        }
        let user_column = &self.token.user_column;
        let ids = user.kind(&self.user.id_column).zip(token.kind(user_column));
        if ids.is_some_and(|(id, owner)| id != owner && id != Kind::Other) {
            wrong.push(format!(
                "the column {user_column} of the table {table} is of the type {}, but the column {} \
                 of the table {} is of the type {}: write the table that the tokens' {user_column} \
                 refers to in user_model.table, and its primary key in user_model.id_column",
                token.sql_type(user_column),
                self.user.id_column,
                self.user.table,
                user.sql_type(&self.user.id_column),
            ));
        }
    }
}

/// One table's live columns.
struct Live<'a> {
    dialect: Dialect,
    columns: &'a [Column],
}

impl Live<'_> {
    fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| match self.dialect {
            Dialect::Postgres => column.name == name,
            // Their column names know no case.
            Dialect::MySql | Dialect::Sqlite => column.name.eq_ignore_ascii_case(name),
        })
    }

    fn sql_type(&self, name: &str) -> &str {
        self.find(name).map_or("", |column| &column.sql_type)
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        Some(self.find(name)?.kind(self.dialect))
    }
}

impl Column {
    pub(super) fn is_integer(&self, dialect: Dialect) -> bool {
        self.kind(dialect) == Kind::Int
    }

    pub(super) fn is_text(&self, dialect: Dialect) -> bool {
        self.kind(dialect) == Kind::Text
    }

    fn kind(&self, dialect: Dialect) -> Kind {
        let sql_type = self.sql_type.to_ascii_lowercase();
        let any = |parts: &[&str]| parts.iter().any(|part| sql_type.contains(part));
        match dialect {
            Dialect::Postgres => match sql_type.as_str() {
                "smallint" | "integer" | "bigint" => Kind::Int,
                "uuid" => Kind::Uuid,
                "text" | "character varying" | "character" | "citext" | "name" => Kind::Text,
                // An extension's type may come with its schema.
                other if other.ends_with(".citext") => Kind::Text,
                _ => Kind::Other,
            },
            Dialect::MySql => match sql_type.as_str() {
                "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Kind::Int,
                // MariaDB's own uuid is text to its clients.
                "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "uuid" => {
                    Kind::Text
                }
                _ => Kind::Other,
            },
            // SQLite's own rules for a declared type's affinity, in their order.
            Dialect::Sqlite if any(&["int"]) => Kind::Int,
            Dialect::Sqlite if any(&["char", "clob", "text"]) => Kind::Text,
            Dialect::Sqlite => Kind::Other,
        }
    }
}

fn no_table(dialect: Dialect, table: &str, key: &str, what: &str) -> String {
    let unseen = match dialect {
        Dialect::MySql => ", or does not show it to this account",
        Dialect::Postgres | Dialect::Sqlite => "",
    };
    format!(
        "the database has no table {table}{unseen}: write {what} in {key}, or let Django make it \
         (manage.py migrate)"
    )
}

fn check_table(dialect: Dialect, key: &'static str, name: &str) -> Result<(), ConnectError> {
    let (schema, table) = match name.split_once('.') {
        Some((schema, table)) if dialect != Dialect::Sqlite => (Some(schema), table),
        _ => (None, name),
    };
    if is_identifier(table) && schema.is_none_or(is_identifier) {
        return Ok(());
    }
    Err(ConnectError::Name { key, name: name.to_owned() })
}

/// The only names that SQL is composed of.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.len() <= 64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(columns: &[(&str, &str)]) -> Vec<Column> {
        let column = |(name, sql_type): &(&str, &str)| Column {
            name: (*name).to_owned(),
            sql_type: (*sql_type).to_owned(),
        };
        columns.iter().map(column).collect()
    }

    fn compare(
        dialect: Dialect,
        id: &str,
        user_id: &str,
        text: &str,
    ) -> Result<IdKind, Vec<String>> {
        let user = UserModel {
            is_active_column: String::new(),
            is_staff_column: String::new(),
            is_superuser_column: String::new(),
            email_column: String::new(),
            ..UserModel::default()
        };
        let schema = Schema::new(dialect, user, TokenModel::default()).unwrap();
        let user = columns(&[("id", id), ("username", text), ("password", text)]);
        let token = columns(&[("key", text), ("user_id", user_id), ("created", "x")]);
        schema.compare(dialect, &user, &token)
    }

    #[test]
    fn every_key_that_django_makes_is_bound_as_what_it_is() {
        let cases = [
            (Dialect::Postgres, "integer", "bigint", "character varying", IdKind::Int),
            (Dialect::Postgres, "bigint", "bigint", "public.citext", IdKind::Int),
            (Dialect::Postgres, "uuid", "uuid", "text", IdKind::Uuid),
            (Dialect::Postgres, "character varying", "character varying", "text", IdKind::Text),
            (Dialect::MySql, "int", "int", "varchar", IdKind::Int),
            (Dialect::MySql, "bigint", "bigint", "longtext", IdKind::Int),
            (Dialect::MySql, "char", "char", "varchar", IdKind::Text),
            (Dialect::MySql, "uuid", "uuid", "varchar", IdKind::Text),
            (Dialect::Sqlite, "integer", "integer", "varchar(150)", IdKind::Int),
            (Dialect::Sqlite, "bigint", "bigint", "varchar(150)", IdKind::Int),
            (Dialect::Sqlite, "char(32)", "char(32)", "text", IdKind::Text),
        ];
        for (dialect, id, user_id, text, kind) in cases {
            assert_eq!(compare(dialect, id, user_id, text), Ok(kind), "{dialect:?} {id}");
        }
    }

    #[test]
    fn what_cannot_be_bound_is_told() {
        for (dialect, id, text) in [
            (Dialect::Postgres, "bytea", "text"),
            (Dialect::MySql, "binary", "varchar"),
            (Dialect::Sqlite, "blob", "text"),
            // A username that is compared as a number: 0 would be everybody.
            (Dialect::MySql, "int", "int"),
            (Dialect::MySql, "int", "varbinary"),
        ] {
            assert!(compare(dialect, id, id, text).is_err(), "{dialect:?} {id} {text}");
        }
        let sentences = compare(Dialect::Postgres, "uuid", "integer", "text").unwrap_err();
        assert_eq!(
            sentences,
            ["the column user_id of the table authtoken_token is of the type integer, but the \
                 column id of the table auth_user is of the type uuid: write the table that the \
                 tokens' user_id refers to in user_model.table, and its primary key in \
                 user_model.id_column"]
        );
    }

    #[test]
    fn a_new_database_is_told_from_one_of_another_project() {
        let compare = |user: UserModel, columns: &[Column]| {
            let schema = Schema::new(Dialect::MySql, user, TokenModel::default()).unwrap();
            schema.compare(Dialect::MySql, columns, &[]).unwrap_err().join("\n")
        };
        let new = compare(UserModel::default(), &[]);
        assert!(new.contains("auth_user, or does not show it to this account: write"), "{new}");
        assert!(new.contains("drf-auth migrate makes"), "{new}");
        let half = compare(UserModel::default(), &columns(&[("id", "int")]));
        assert!(!half.contains("drf-auth migrate"), "{half}");
        let other = UserModel { table: "shop_user".to_owned(), ..UserModel::default() };
        assert!(!compare(other, &[]).contains("drf-auth migrate"));
    }

    #[test]
    fn only_plain_identifiers_are_names() {
        for good in ["a", "_", "auth_user", "Table2", "s.t"] {
            assert!(check_table(Dialect::Postgres, "k", good).is_ok(), "{good}");
        }
        let long = "x".repeat(65);
        for bad in
            ["", "1a", "a-b", "a b", "a\"b", "a`b", "a;b", "ä", "a.b.c", ".a", "a.", "a\n", &long]
        {
            assert!(check_table(Dialect::Postgres, "k", bad).is_err(), "{bad}");
            assert!(check_table(Dialect::MySql, "k", bad).is_err(), "{bad}");
        }
        assert!(check_table(Dialect::Sqlite, "k", "main.t").is_err());
    }
}
