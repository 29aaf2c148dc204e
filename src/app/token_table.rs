//! Whether the token table takes the rows that logins make: a first login must not be the one to find out.

use crate::{
    accounts::{
        inspection::{ColumnFacts, Inspect, Table},
        store::StoreError,
    },
    config::Config,
};

/// A sentence for each column that would keep a login from making a token.
pub(super) async fn unfit(
    config: &Config,
    inspector: &dyn Inspect,
) -> Result<Vec<String>, StoreError> {
    if !config.routes.log_in() {
        return Ok(Vec::new());
    }
    let columns = inspector.columns(Table::Tokens).await?;
    let token = &config.token_model;
    let written =
        [Some(&token.key_column), Some(&token.user_column), token.created_column.as_ref()];
    let is_written =
        |name: &String| written.iter().flatten().any(|written| written.eq_ignore_ascii_case(name));
    let unfilled = columns.iter().filter(|column| column.is_required && !is_written(&column.name));
    let mut sentences: Vec<_> = unfilled
        .map(|column| {
            format!(
                "a new token needs a value of the column {} of {}, which no login here gives it: let \
                 the column have a default in the database, or take the logins out of [routes]",
                column.name, token.table
            )
        })
        .collect();
    let length = find(&columns, &token.key_column).and_then(|column| column.length);
    if let Some(length) = length.filter(|length| *length < u32::from(token.key_length)) {
        sentences.push(format!(
            "the column {} holds {length} characters, fewer than a key of {} digits: write \
             token_model.key_length",
            token.key_column, token.key_length
        ));
    }
    Ok(sentences)
}

/// The column of that name, however its letters are written where there is no other.
pub(super) fn find<'a>(columns: &'a [ColumnFacts], name: &str) -> Option<&'a ColumnFacts> {
    let exactly = columns.iter().find(|column| column.name == name);
    exactly.or_else(|| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)))
}
