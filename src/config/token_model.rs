//! `[token_model]`: the table of tokens, and the word before a token in a header.

use super::{
    error::{Problem, quote},
    identifier::table,
    reader::Reader,
    value::{self, Value},
};

/// `[token_model]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenModel {
    /// The table, `schema.table` where it is not in the connection's own schema.
    ///
    /// Default: `authtoken_token`. In the model: `Meta.db_table` of a subclass of DRF's `Token`.
    pub table: String,
    /// The word before the token in the `Authorization` header.
    ///
    /// Default: `Token`. In a subclass of `TokenAuthentication`: `keyword`.
    pub keyword: String,
}

impl Default for TokenModel {
    fn default() -> Self {
        Self { table: "authtoken_token".to_owned(), keyword: "Token".to_owned() }
    }
}

impl TokenModel {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut read = Self::default();
        reader.set(&mut read.table, "token_model.table", table);
        reader.set(&mut read.keyword, "token_model.keyword", keyword);
        read
    }
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
