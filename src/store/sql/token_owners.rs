//! The owners of several tokens by one query, each as a query of its own would find it.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    sync::Arc,
};

use async_trait::async_trait;

use super::{IdKind, Row, SqlStore, again, for_so_many, one, padded, too_late};
use crate::{
    accounts::{TokenOwner, store::StoreError},
    store::{
        coalesce::{LookUp, Reply},
        driver::{Driver, Value},
        pool::Start,
    },
};

/// The longest key that is plain.
const LONGEST: usize = 64;

/// Whether a key is one as DRF makes them, as far as any collation can tell.
///
/// The database compares keys by its column's collation, which may not tell `A`, `a` and `á` apart,
/// so a row is not to be handed out by what its key looks like. But no collation takes two texts of
/// such digits for the same, DRF's own keys have no others, and every column can hold them.
pub(in crate::store) fn is_plain(key: &str) -> bool {
    (1..=LONGEST).contains(&key.len())
        && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Plain keys: one list of them.
pub(in crate::store) struct PlainKeys<D: Driver>(pub(in crate::store) Arc<SqlStore<D>>);

#[async_trait]
impl<D: Driver> LookUp for PlainKeys<D> {
    type Key = String;
    type Answer = Option<TokenOwner>;
    type Error = StoreError;

    async fn one(&self, key: &String, start: &Start) -> Result<Self::Answer, StoreError> {
        self.0.token_owner(start, key).await
    }

    async fn many(&self, keys: &[String], start: &Start) -> Vec<Reply<Self>> {
        self.0.plain_owners(keys, start).await.unwrap_or_else(|error| again(keys.len(), &error))
    }

    fn late(&self) -> StoreError {
        too_late()
    }
}

/// Keys of any form: each is compared by itself, as in a query of its own.
pub(in crate::store) struct AnyKeys<D: Driver>(pub(in crate::store) Arc<SqlStore<D>>);

#[async_trait]
impl<D: Driver> LookUp for AnyKeys<D> {
    type Key = String;
    type Answer = Option<TokenOwner>;
    type Error = StoreError;

    async fn one(&self, key: &String, start: &Start) -> Result<Self::Answer, StoreError> {
        self.0.token_owner(start, key).await
    }

    async fn many(&self, keys: &[String], start: &Start) -> Vec<Reply<Self>> {
        self.0.any_owners(keys, start).await.unwrap_or_else(|error| again(keys.len(), &error))
    }

    fn late(&self) -> StoreError {
        too_late()
    }
}

impl<D: Driver> SqlStore<D> {
    /// The owner of one token.
    pub(super) async fn token_owner(
        &self,
        start: &Start,
        key: &str,
    ) -> Result<Option<TokenOwner>, StoreError> {
        let kind = self.id_kind().await?;
        let statement = &self.statements.find_token_owner;
        let rows = self.read_from(start, statement, &[Value::Text(key)]).await?;
        one(rows, "two tokens of one key")?.map(|row| row.token_owner(kind)).transpose()
    }

    async fn plain_owners(
        &self,
        keys: &[String],
        start: &Start,
    ) -> Result<Vec<Reply<PlainKeys<D>>>, StoreError> {
        let kind = self.id_kind().await?;
        let different: BTreeSet<_> = keys.iter().map(String::as_str).collect();
        let Some((size, statement)) =
            for_so_many(&self.statements.find_token_owners, different.len())
        else {
            return Ok(Vec::new());
        };
        let values = padded(different, size, Value::Text);
        let rows = self.read_shared(start, statement, &values).await?;
        // A key of many rows may have kept those of others out.
        let rows = rows.filter(|rows| rows.len() <= size);
        Ok(rows.map(|rows| by_key(keys, rows, kind)).unwrap_or_default())
    }

    async fn any_owners(
        &self,
        keys: &[String],
        start: &Start,
    ) -> Result<Vec<Reply<AnyKeys<D>>>, StoreError> {
        let kind = self.id_kind().await?;
        let Some((size, statement)) =
            for_so_many(&self.statements.find_any_token_owners, keys.len())
        else {
            return Ok(Vec::new());
        };
        let values = padded(keys.iter().map(String::as_str), size, Value::Text);
        let Some(rows) = self.read_shared(start, statement, &values).await? else {
            return Ok(Vec::new());
        };
        let mut of_key: Vec<Vec<_>> = keys.iter().map(|_| Vec::new()).collect();
        for mut row in rows {
            let number = row.first_mut().and_then(Option::take);
            let number = number.and_then(|number| number.parse::<usize>().ok());
            // What stands for a key that is missing has no place.
            if let Some(found) = number.and_then(|number| of_key.get_mut(number)) {
                found.push(row.split_off(1));
            }
        }
        let owner = |rows| {
            one(rows, "two tokens of one key")?.map(|row: Row| row.token_owner(kind)).transpose()
        };
        Ok(of_key.into_iter().map(|rows| Some(owner(rows))).collect())
    }
}

/// Each key's owner, where the rows of all of them are told apart by the key in them.
fn by_key(
    keys: &[String],
    rows: Vec<Vec<Option<String>>>,
    kind: IdKind,
) -> Vec<Option<Result<Option<TokenOwner>, StoreError>>> {
    // Without an owner: a key that two rows have, or a row that holds what it should not.
    let mut owners: HashMap<String, Option<TokenOwner>> = HashMap::with_capacity(rows.len());
    for row in rows {
        let key = row.first().cloned().flatten().unwrap_or_default();
        let owner = Row(row.into_iter()).token_owner(kind).ok();
        match owners.entry(key) {
            Entry::Occupied(mut one) => *one.get_mut() = None,
            Entry::Vacant(none) => drop(none.insert(owner)),
        }
    }
    let found = keys.iter().filter(|key| owners.contains_key(*key)).collect::<BTreeSet<_>>().len();
    // A row that nobody has asked for by its own spelling is that of a key that the collation takes for
    // the same: of one that has no row here.
    let others = owners.len() > found;
    keys.iter()
        .map(|key| match owners.get(key) {
            Some(owner) => owner.clone().map(|owner| Ok(Some(owner))),
            None => (!others).then_some(Ok(None)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, id: &str) -> Vec<Option<String>> {
        [key, id, "name", "", "1", "0", "0"].map(|text| Some(text.to_owned())).into()
    }

    /// By each key's place: its owner's id, `none`, or `alone`.
    fn told(keys: &[&str], rows: &[(&str, &str)]) -> Vec<String> {
        let keys: Vec<_> = keys.iter().map(|&key| key.to_owned()).collect();
        let rows = rows.iter().map(|(key, id)| row(key, id)).collect();
        let told = |reply: Option<Result<Option<TokenOwner>, StoreError>>| match reply {
            Some(Ok(Some(owner))) => owner.user.id.to_string(),
            Some(Ok(None)) => "none".to_owned(),
            Some(Err(error)) => error.to_string(),
            None => "alone".to_owned(),
        };
        by_key(&keys, rows, IdKind::Int).into_iter().map(told).collect()
    }

    #[test]
    fn a_key_is_told_by_its_own_row() {
        assert_eq!(told(&["a", "b", "c", "a"], &[("c", "3"), ("a", "1")]), ["1", "none", "3", "1"]);
        assert_eq!(told(&["a", "b"], &[]), ["none", "none"]);
    }

    /// One that comes by such a key again and again must not make all others go alone.
    #[test]
    fn another_spelling_sends_those_alone_that_have_no_row() {
        let rows = [("A", "1"), ("b", "2"), ("c", "3")];
        assert_eq!(told(&["a", "b", "c", "d"], &rows), ["alone", "2", "3", "alone"]);
    }

    #[test]
    fn damage_sends_one_alone() {
        let rows = [("a", "1"), ("a", "2"), ("b", "x"), ("c", "3")];
        assert_eq!(told(&["a", "b", "c", "d"], &rows), ["alone", "alone", "3", "none"]);
    }
}
