//! `[token_model]`: the table of tokens, and the word before a token in a header.

use super::{
    error::{Problem, quote},
    identifier::{column, no_or_column, table},
    reader::Reader,
    value::{self, Value, integer},
};

/// `[token_model]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenModel {
    /// The table, `schema.table` where it is not in the connection's own schema.
    ///
    /// Default: `authtoken_token`. In the model: `Meta.db_table` of a subclass of DRF's `Token`.
    pub table: String,
    /// The column of the key.
    ///
    /// Default: `key`. In the model: `key`, or its `db_column`.
    pub key_column: String,
    /// The column that refers to the user.
    ///
    /// Default: `user_id`. In the model: `user`, with `_id`, or its `db_column`.
    pub user_column: String,
    /// The column of the time when the token was made. `None`, written `""`: the model has none.
    ///
    /// Default: `created`. In the model: `created`, or its `db_column`.
    pub created_column: Option<String>,
    /// How long the keys are that this program makes.
    ///
    /// Unit: lower-case hexadecimal digits, 32 to 128. Default: 40. In the model: `generate_key`.
    pub key_length: u8,
    /// The word before the token in the `Authorization` header.
    ///
    /// Default: `Token`. In a subclass of `TokenAuthentication`: `keyword`.
    pub keyword: String,
}

impl Default for TokenModel {
    fn default() -> Self {
        Self {
            table: "authtoken_token".to_owned(),
            key_column: "key".to_owned(),
            user_column: "user_id".to_owned(),
            created_column: Some("created".to_owned()),
            key_length: 40,
            keyword: "Token".to_owned(),
        }
    }
}

impl TokenModel {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut read = Self::default();
        reader.set(&mut read.table, "token_model.table", table);
        reader.set(&mut read.key_column, "token_model.key_column", column);
        reader.set(&mut read.user_column, "token_model.user_column", column);
        reader.set(&mut read.created_column, "token_model.created_column", no_or_column);
        reader.set(&mut read.key_length, "token_model.key_length", key_length);
        reader.set(&mut read.keyword, "token_model.keyword", keyword);
        read
    }
}

/// Fewer digits could be guessed.
fn key_length(value: &Value) -> Result<u8, Problem> {
    let digits = integer(value, &(32..=128))?;
    Ok(u8::try_from(digits).unwrap_or(u8::MAX))
}

/// It is sent in `WWW-Authenticate` as it stands.
pub(super) fn keyword(value: &Value) -> Result<String, Problem> {
    let keyword = value::text(value)?;
    if !keyword.is_empty() && keyword.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(keyword.to_owned());
    }
    let wrong = format!("{} is no word of a header", quote(keyword));
    Err(Problem::new(wrong, "write one word of ASCII without spaces, e.g. \"Token\" or \"Bearer\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_one_word() {
        for right in ["Token", "Bearer", "x-token"] {
            assert_eq!(keyword(&Value::Text(right.into())), Ok(right.into()));
        }
        for wrong in ["", " ", "Token ", "My Token", "T\u{e9}", "a\r\nb", "a\u{a0}b"] {
            assert!(keyword(&Value::Text(wrong.into())).is_err(), "{wrong:?}");
        }
    }
}
