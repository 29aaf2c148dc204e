//! The live user table's columns, and what a new row has in them.

use super::super::Row;
use crate::store::{schema::UserModel, statements::Dialect};

/// The names that `AbstractUser` adds to a model, which a new user has empty.
const TEXTS: [&str; 2] = ["first_name", "last_name"];
/// And the one with the time.
const JOINED: &str = "date_joined";

/// A column of the live user table.
pub(super) struct LiveColumn {
    pub(super) name: String,
    sql_type: String,
    /// Neither NULL nor a default is there for a row that brings nothing.
    pub(super) is_required: bool,
    /// The most characters, where there is a limit.
    pub(super) length: Option<usize>,
}

/// What a new row has in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A UUID: the engine's own type, its text, or its text without hyphens.
    Uuid,
    HyphenedUuid,
    HexUuid,
    Username,
    Password,
    Email,
    Empty,
    Now,
    True,
    IsSuperuser,
}

impl LiveColumn {
    pub(super) fn read(row: Vec<Option<String>>) -> Self {
        let mut row = Row(row.into_iter());
        let (name, sql_type) = (row.text(), row.text());
        let is_required = row.flag();
        let in_type = || sql_type.split_once('(')?.1.strip_suffix(')');
        let length = row.nullable_text().or_else(|| in_type().map(str::to_owned));
        let length = length.and_then(|length| length.parse().ok());
        Self { name, sql_type, is_required, length }
    }

    pub(super) fn is_text(&self) -> bool {
        ["char", "text"].iter().any(|part| self.sql_type.contains(part))
    }

    fn is_time(&self) -> bool {
        ["time", "date"].iter().any(|part| self.sql_type.contains(part))
    }

    /// What Django's `UUIDField` is, natively or not.
    fn uuid(&self, dialect: Dialect) -> Option<Content> {
        match (dialect, &*self.sql_type) {
            (Dialect::Postgres, "uuid") => Some(Content::Uuid),
            (_, "uuid") => Some(Content::HyphenedUuid),
            (_, "char" | "char(32)") if self.length == Some(32) => Some(Content::HexUuid),
            _ => None,
        }
    }
}

/// The column of that name, as the engine compares names.
pub(super) fn find<'a>(
    dialect: Dialect,
    columns: &'a [LiveColumn],
    name: &str,
) -> Option<&'a LiveColumn> {
    columns.iter().find(|column| match dialect {
        Dialect::Postgres => column.name == name,
        Dialect::MySql | Dialect::Sqlite => column.name.eq_ignore_ascii_case(name),
    })
}

/// The columns that a new row brings something for.
pub(super) fn new_row<'a>(
    dialect: Dialect,
    columns: &[LiveColumn],
    model: &'a UserModel,
) -> Vec<(&'a str, Content)> {
    let required = |name: &str| find(dialect, columns, name).filter(|column| column.is_required);
    let mut row: Vec<(&str, Content)> = Vec::new();
    let id = required(&model.id_column).and_then(|column| column.uuid(dialect));
    row.extend(id.map(|content| (&*model.id_column, content)));
    row.push((&model.username_field, Content::Username));
    row.push((&model.password_column, Content::Password));
    if model.email_column != model.username_field {
        row.push((&model.email_column, Content::Email));
    }
    row.push((&model.is_active_column, Content::True));
    row.push((&model.is_staff_column, Content::IsSuperuser));
    row.push((&model.is_superuser_column, Content::IsSuperuser));
    let texts = TEXTS.iter().filter(|name| required(name).is_some_and(LiveColumn::is_text));
    row.extend(texts.map(|name| (*name, Content::Empty)));
    if required(JOINED).is_some_and(LiveColumn::is_time) {
        row.push((JOINED, Content::Now));
    }
    // An empty name: the model has no such column.
    row.retain(|(name, _)| !name.is_empty());
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, sql_type: &str, required: &str) -> LiveColumn {
        let text = |text: &str| Some(text.to_owned());
        LiveColumn::read(vec![text(name), text(sql_type), text(required), None])
    }

    #[test]
    fn a_row_brings_what_the_table_asks() {
        let model = UserModel { is_staff_column: String::new(), ..UserModel::default() };
        let columns = [
            column("ID", "char(32)", "1"),
            column("username", "varchar(150)", "1"),
            column("first_name", "varchar(150)", "1"),
            column("last_name", "varchar(150)", "0"),
            column("date_joined", "datetime", "1"),
        ];
        let row = new_row(Dialect::Sqlite, &columns, &model);
        assert_eq!(
            row,
            [
                ("id", Content::HexUuid),
                ("username", Content::Username),
                ("password", Content::Password),
                ("email", Content::Email),
                ("is_active", Content::True),
                ("is_superuser", Content::IsSuperuser),
                ("first_name", Content::Empty),
                ("date_joined", Content::Now),
            ]
        );
        assert_eq!(find(Dialect::Sqlite, &columns, "username").unwrap().length, Some(150));
        assert!(find(Dialect::Postgres, &columns, "id").is_none());
    }
}
