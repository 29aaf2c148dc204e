//! The operator's port on one engine.

mod columns;
mod uuid;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use self::{
    columns::{Content, LiveColumn, find, new_row},
    uuid::Uuid,
};
use super::{Failure, IdKind, Row, SqlStore, Unanswered};
use crate::{
    accounts::{
        EncodedPassword, TokenKey, UserId,
        admin::{Account, AccountAdmin, NewAccount, TableFacts},
        store::{AccountStore, StoreError, StoreErrorKind},
    },
    store::{
        driver::{Driver, Value},
        statements::{AdminStatements, NewValue},
    },
};

/// The user table as an operator works on it.
pub(in crate::store) struct SqlAdmin<D: Driver> {
    store: SqlStore<D>,
    statements: AdminStatements,
}

impl<D: Driver> SqlAdmin<D> {
    pub(in crate::store) fn new(store: SqlStore<D>) -> Self {
        let statements = AdminStatements::compose(D::DIALECT, &store.schema);
        Self { store, statements }
    }

    async fn columns(&self) -> Result<Vec<LiveColumn>, StoreError> {
        // Looks, too, whether the tables fit.
        self.store.id_kind().await?;
        let (statement, values) = &self.statements.columns;
        let values: Vec<_> = values.iter().map(|value| Value::Exact(value)).collect();
        let rows = self.store.ask(statement, &values).await?.rows;
        Ok(rows.into_iter().map(LiveColumn::read).collect())
    }

    /// The account with this id, its columns of these names with it.
    async fn account(
        &self,
        id: &UserId,
        attributes: &[String],
    ) -> Result<Option<Account>, StoreError> {
        let kind = self.store.id_kind().await?;
        let Some(value) = self.store.bind_id(id).await? else { return Ok(None) };
        let statement = self.statements.find(D::DIALECT, attributes);
        let rows = self.store.read(&statement, &[value]).await?;
        rows.into_iter().next().map(|row| account(row, kind, attributes)).transpose()
    }
}

fn account(
    row: Vec<Option<String>>,
    kind: IdKind,
    attributes: &[String],
) -> Result<Account, StoreError> {
    let mut row = Row(row.into_iter());
    let mut account = Account {
        id: row.id(kind)?,
        username: row.text(),
        password: EncodedPassword::new(row.text()),
        is_active: row.flag(),
        is_staff: row.flag(),
        is_superuser: row.flag(),
        has_token: row.flag(),
        attributes: Vec::new(),
    };
    account.attributes.extend(attributes.iter().map(|name| (name.clone(), row.text())));
    Ok(account)
}

#[async_trait]
impl<D: Driver> AccountAdmin for SqlAdmin<D> {
    async fn find(
        &self,
        username: &str,
        attributes: &[String],
    ) -> Result<Option<Account>, StoreError> {
        let Some(user) = self.store.find_user(username).await? else { return Ok(None) };
        let columns = self.columns().await?;
        let is_there = |name: &&String| {
            let column = columns.iter().find(|column| column.name == ***name);
            // Only plain names are put into a statement.
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && column.is_some_and(LiveColumn::is_text)
        };
        let there: Vec<String> = attributes.iter().filter(is_there).cloned().collect();
        self.account(&user.id, &there).await
    }

    async fn list(&self) -> Result<Vec<Account>, StoreError> {
        let kind = self.store.id_kind().await?;
        let rows = self.store.read(&self.statements.list(), &[]).await?;
        rows.into_iter().map(|row| account(row, kind, &[])).collect()
    }

    async fn table_facts(&self) -> Result<TableFacts, StoreError> {
        let columns = self.columns().await?;
        let model = &self.store.schema.user;
        let row = new_row(D::DIALECT, &columns, model);
        let is_filled = |column: &LiveColumn| {
            let one = std::slice::from_ref(column);
            row.iter().any(|(name, _)| find(D::DIALECT, one, name).is_some())
        };
        let unfilled = columns.iter().filter(|column| column.is_required && !is_filled(column));
        let length = |name: &str| find(D::DIALECT, &columns, name)?.length;
        Ok(TableFacts {
            unfilled: unfilled.map(|column| column.name.clone()).collect(),
            username_length: length(&model.username_field),
            email_length: length(&model.email_column),
        })
    }

    async fn create(&self, user: &NewAccount) -> Result<bool, StoreError> {
        let columns = self.columns().await?;
        let row = new_row(D::DIALECT, &columns, &self.store.schema.user);
        let (uuid, now) = (Uuid::random()?, self.store.created.text(Timestamp::now()));
        let value = |content: Content| match content {
            Content::Uuid => NewValue::Bound(Value::Uuid(uuid.bytes)),
            Content::HyphenedUuid => NewValue::Bound(Value::Exact(&uuid.hyphened)),
            Content::HexUuid => NewValue::Bound(Value::Exact(&uuid.hex)),
            Content::Username => NewValue::Bound(Value::Exact(&user.username)),
            Content::Password => NewValue::Bound(Value::Exact(user.password.expose())),
            Content::Email => NewValue::Bound(Value::Exact(&user.email)),
            Content::Empty => NewValue::Bound(Value::Exact("")),
            Content::Now => NewValue::Time(Value::Exact(&now)),
            Content::True => NewValue::Flag(true),
            Content::IsSuperuser => NewValue::Flag(user.is_superuser),
        };
        let row: Vec<_> = row.into_iter().map(|(name, content)| (name, value(content))).collect();
        let (statement, values) = self.statements.insert(D::DIALECT, &row);
        match self.store.ask(&statement, &values).await {
            Ok(_) => Ok(true),
            Err(Unanswered { failure: Failure::Unique, .. }) => Ok(false),
            Err(unanswered) => Err(unanswered.into()),
        }
    }

    async fn set_password(
        &self,
        user: &UserId,
        old: &EncodedPassword,
        new: &EncodedPassword,
    ) -> Result<bool, StoreError> {
        let Some(id) = self.store.bind_id(user).await? else { return Ok(false) };
        let mut values = vec![Value::Exact(new.expose()), id];
        // SQLite's text may be no UTF-8, and then what was read is in no row.
        let statement = if old.expose().contains(char::REPLACEMENT_CHARACTER) {
            &self.statements.replace_password
        } else {
            values.push(Value::Exact(old.expose()));
            &self.statements.set_password
        };
        Ok(self.store.ask(statement, &values).await?.affected > 0)
    }

    async fn set_active(&self, user: &UserId, is_active: bool) -> Result<bool, StoreError> {
        let Some(id) = self.store.bind_id(user).await? else { return Ok(false) };
        let statement =
            if is_active { &self.statements.activate } else { &self.statements.deactivate };
        let Some(statement) = statement else {
            let cause = "the user model has no is_active column (user_model.is_active_column)";
            return Err(StoreError::new(StoreErrorKind::Schema, cause));
        };
        Ok(self.store.ask(statement, &[id]).await?.affected > 0)
    }

    async fn delete_token(&self, user: &UserId) -> Result<bool, StoreError> {
        let Some(id) = self.store.bind_id(user).await? else { return Ok(false) };
        Ok(self.store.ask(&self.statements.delete_token, &[id]).await?.affected > 0)
    }

    async fn get_or_create_token(
        &self,
        user: &UserId,
        fresh: &TokenKey,
    ) -> Result<Option<TokenKey>, StoreError> {
        AccountStore::get_or_create_token(&self.store, user, fresh).await
    }

    async fn close(&self) {
        AccountStore::close(&self.store).await;
    }
}

impl<D: Driver> fmt::Debug for SqlAdmin<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqlAdmin").field(&self.store).finish()
    }
}
