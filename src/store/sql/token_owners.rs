//! The owners of several tokens by one query, each as a query of its own would find it.

use std::{collections::HashMap, error::Error as _};

use async_trait::async_trait;

use super::{Cause, Row, SqlStore, Unanswered};
use crate::{
    accounts::{
        TokenOwner,
        store::{AccountStore as _, StoreError, StoreErrorKind},
    },
    store::{
        coalesce::LookUp,
        driver::{Driver, Failure, Value},
        statements::{KEYS_AT_ONCE, Statement},
    },
};

/// The longest key that is asked for together with others.
const LONGEST: usize = 64;

/// Whether a key may be asked for together with others.
///
/// The database compares keys by its column's collation, which may not tell `A`, `a` and `á` apart,
/// so a row is not to be handed out by what its key looks like. But no collation takes two texts of
/// such digits for the same, DRF's own keys have no others, and every column can hold them. Whatever
/// else a client presents has a query of its own.
pub(in crate::store) fn may_share(key: &str) -> bool {
    (1..=LONGEST).contains(&key.len())
        && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The most keys of one query.
pub(in crate::store) fn most_keys() -> usize {
    KEYS_AT_ONCE.into_iter().max().unwrap_or(1)
}

#[async_trait]
impl<D: Driver> LookUp for SqlStore<D> {
    type Answer = Option<TokenOwner>;
    type Error = StoreError;

    async fn one(&self, key: &str) -> Result<Option<TokenOwner>, StoreError> {
        self.find_token_owner(key).await
    }

    async fn many(&self, keys: &[String]) -> Option<Vec<Result<Option<TokenOwner>, StoreError>>> {
        match self.owners(keys).await {
            Ok(owners) => {
                let owners = owners?;
                Some(keys.iter().map(|key| Ok(owners.get(key).cloned())).collect())
            }
            Err(error) => Some(keys.iter().map(|_| Err(again(&error))).collect()),
        }
    }

    fn late(&self) -> StoreError {
        let message = "the queries before this one took too long".to_owned();
        StoreError::new(StoreErrorKind::Unavailable, Cause { message })
    }
}

impl<D: Driver> SqlStore<D> {
    /// The tokens that there are. `None` where each key is to be asked for alone.
    async fn owners(
        &self,
        keys: &[String],
    ) -> Result<Option<HashMap<String, TokenOwner>>, StoreError> {
        let kind = self.id_kind().await?;
        let mut keys: Vec<_> = keys.iter().map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        let Some((statement, values)) = self.padded(&keys) else { return Ok(None) };
        let rows = match self.ask(statement, &values).await {
            Ok(reply) => reply.rows,
            // One key's row may be to blame, or one key.
            Err(Unanswered {
                failure: Failure::Row | Failure::Schema | Failure::Unencodable,
                ..
            }) => return Ok(None),
            Err(unanswered) => return Err(unanswered.into()),
        };
        let mut owners = HashMap::with_capacity(rows.len());
        for row in rows {
            let Ok(owner) = Row(row.into_iter()).token_owner(kind) else { return Ok(None) };
            let key = owner.key.expose().to_owned();
            // Another spelling that the collation takes for a key, or a key that two rows have.
            let is_asked_for = keys.binary_search(&key.as_str()).is_ok();
            if !is_asked_for || owners.insert(key, owner).is_some() {
                return Ok(None);
            }
        }
        Ok(Some(owners))
    }

    /// The statement for at least so many keys, and its values: the last key stands for those that
    /// are missing.
    fn padded<'a>(&self, keys: &[&'a str]) -> Option<(&Statement, Vec<Value<'a>>)> {
        let last = keys.last()?;
        let statements = &self.statements.find_token_owners;
        let (size, statement) = statements.iter().find(|(size, _)| *size >= keys.len())?;
        let padded = keys.iter().chain(std::iter::repeat(last)).take(*size);
        Some((statement, padded.map(|key| Value::Text(key)).collect()))
    }
}

/// The same error for another that waits.
fn again(error: &StoreError) -> StoreError {
    let message = error.source().map(ToString::to_string).unwrap_or_default();
    StoreError::new(error.kind(), Cause { message })
}
