//! Permissions and groups of several users by one query, each as a query of its own would find them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;

use super::{Row, SqlStore, again, bind, for_so_many, padded, too_late};
use crate::{
    accounts::{UserId, grants::Permission, store::StoreError},
    store::{
        coalesce::{LookUp, Reply},
        driver::{Driver, Value},
        pool::Start,
        statements::PermissionsOfMany,
    },
};

/// Whether users have permissions.
pub(in crate::store) struct Permissions<D: Driver>(pub(in crate::store) Arc<SqlStore<D>>);

/// The groups of users.
pub(in crate::store) struct Groups<D: Driver>(pub(in crate::store) Arc<SqlStore<D>>);

/// Whose, and which.
pub(in crate::store) type Asked = (UserId, Permission);

#[async_trait]
impl<D: Driver> LookUp for Permissions<D> {
    type Key = Asked;
    type Answer = bool;
    type Error = StoreError;

    async fn one(&self, (user, permission): &Asked, start: &Start) -> Result<bool, StoreError> {
        self.0.permission_of(start, user, permission).await
    }

    async fn many(&self, keys: &[Asked], start: &Start) -> Vec<Reply<Self>> {
        self.0.permissions_of(keys, start).await.unwrap_or_else(|error| again(keys.len(), &error))
    }

    fn late(&self) -> StoreError {
        too_late()
    }
}

#[async_trait]
impl<D: Driver> LookUp for Groups<D> {
    type Key = UserId;
    type Answer = Vec<String>;
    type Error = StoreError;

    async fn one(&self, user: &UserId, start: &Start) -> Result<Vec<String>, StoreError> {
        self.0.groups_of_one(start, user).await
    }

    async fn many(&self, keys: &[UserId], start: &Start) -> Vec<Reply<Self>> {
        self.0.groups_of_many(keys, start).await.unwrap_or_else(|error| again(keys.len(), &error))
    }

    fn late(&self) -> StoreError {
        too_late()
    }
}

impl<D: Driver> SqlStore<D> {
    async fn permissions_of(
        &self,
        keys: &[Asked],
        start: &Start,
    ) -> Result<Vec<Reply<Permissions<D>>>, StoreError> {
        let users = self.bind_ids(keys.iter().map(|(user, _)| user)).await?;
        if users.is_empty() {
            return Ok(keys.iter().map(|_| Some(Ok(false))).collect());
        }
        let names: BTreeSet<_> = keys
            .iter()
            .map(|(_, Permission { app_label, codename })| (app_label.as_str(), codename.as_str()))
            .collect();
        let statements = &self.statements.grants.find_permissions;
        let Some(PermissionsOfMany { users: of_users, permissions, statement }) = statements
            .iter()
            .find(|fits| fits.users >= users.len() && fits.permissions >= names.len())
        else {
            return Ok(Vec::new());
        };
        let mut values = padded(names.iter().map(|(app, _)| *app), *permissions, Value::Text);
        values.extend(padded(names.iter().map(|(_, name)| *name), *permissions, Value::Text));
        values.extend(padded(users.values().copied(), *of_users, |id| id));
        values.extend_from_within(..);
        let Some(rows) = self.read_shared(start, statement, &values).await? else {
            return Ok(Vec::new());
        };
        // Those with other names are of a collation that takes them for the same, or another's.
        let found: HashSet<[String; 3]> = rows
            .into_iter()
            .map(|row| {
                let mut row = Row(row.into_iter());
                [row.text(), row.text(), row.text()]
            })
            .collect();
        let known = found.iter().all(|[user, ..]| users.contains_key(user));
        let reply = |(user, permission): &Asked| {
            let Permission { app_label, codename } = permission;
            let has = found.contains(&[user.to_string(), app_label.clone(), codename.clone()]);
            (has || known).then_some(Ok(has))
        };
        Ok(keys.iter().map(reply).collect())
    }

    async fn groups_of_many(
        &self,
        keys: &[UserId],
        start: &Start,
    ) -> Result<Vec<Reply<Groups<D>>>, StoreError> {
        let users = self.bind_ids(keys).await?;
        if users.is_empty() {
            return Ok(keys.iter().map(|_| Some(Ok(Vec::new()))).collect());
        }
        let statements = &self.statements.grants.groups_of_many;
        let Some((size, statement)) = for_so_many(statements, users.len()) else {
            return Ok(Vec::new());
        };
        let values = padded(users.values().copied(), size, |id| id);
        let Some(rows) = self.read_shared(start, statement, &values).await? else {
            return Ok(Vec::new());
        };
        let mut groups: HashMap<String, Vec<String>> = HashMap::with_capacity(users.len());
        for row in rows {
            let mut row = Row(row.into_iter());
            groups.entry(row.text()).or_default().push(row.text());
        }
        // A user may have rows of several spellings.
        if !groups.keys().all(|user| users.contains_key(user)) {
            return Ok(Vec::new());
        }
        for names in groups.values_mut() {
            names.sort_unstable();
        }
        let of = |user: &UserId| groups.get(&user.to_string()).cloned().unwrap_or_default();
        Ok(keys.iter().map(|user| Some(Ok(of(user)))).collect())
    }

    /// The users by what the database writes of their ids, as far as such ids can be.
    async fn bind_ids<'a>(
        &self,
        users: impl IntoIterator<Item = &'a UserId> + Send,
    ) -> Result<BTreeMap<String, Value<'a>>, StoreError> {
        let kind = self.id_kind().await?;
        let bound = |user| Some((ToString::to_string(user), bind(kind, user)?));
        Ok(users.into_iter().filter_map(bound).collect())
    }
}
