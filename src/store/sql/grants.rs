//! Permissions and groups on one engine, and on the two stores of one database.

use async_trait::async_trait;

use super::{Row, SqlStore};
use crate::{
    accounts::{
        UserId,
        grants::{GrantStore, GrantTables, Permission},
        store::{SchemaError, StoreError},
    },
    store::{
        driver::{Driver, Value},
        pool::Start,
        schema::Column,
        split::SplitStore,
        statements::{Dialect, TableColumns},
    },
};

#[async_trait]
impl<D: Driver> GrantStore for SqlStore<D> {
    async fn has_permission(
        &self,
        user: &UserId,
        permission: &Permission,
    ) -> Result<bool, StoreError> {
        self.permission_of(&self.pool.start(), user, permission).await
    }

    async fn groups_of(&self, user: &UserId) -> Result<Vec<String>, StoreError> {
        self.groups_of_one(&self.pool.start(), user).await
    }

    async fn permissions_of(&self, user: Option<&UserId>) -> Result<Vec<Permission>, StoreError> {
        let grants = &self.statements.grants;
        let rows = match user {
            None => self.read(&grants.all_permissions, &[]).await?,
            Some(user) => {
                let Some(id) = self.bind_id(user).await? else { return Ok(Vec::new()) };
                self.read(&grants.permissions_of, &[id, id]).await?
            }
        };
        let permission = |row: Vec<Option<String>>| {
            let mut row = Row(row.into_iter());
            Permission { app_label: row.text(), codename: row.text() }
        };
        Ok(rows.into_iter().map(permission).collect())
    }

    async fn check_grants(&self, tables: GrantTables) -> Result<(), SchemaError> {
        let grants = &self.statements.grants;
        let permissions = grants.permission_tables.iter().filter(|_| tables.permissions);
        // Permissions may come from groups.
        let groups = grants.group_tables.iter().filter(|_| tables.any());
        let mut wrong = Vec::new();
        for table in permissions.chain(groups) {
            let live = self.columns(&table.statement).await?;
            wrong.extend(compare(D::DIALECT, table, &live));
        }
        if !wrong.is_empty() {
            return Err(SchemaError::Mismatch(wrong));
        }
        let nobody = match self.id_kind().await? {
            super::IdKind::Int => UserId::Int(0),
            super::IdKind::Text | super::IdKind::Uuid => UserId::Text("0".repeat(32)),
        };
        if tables.permissions {
            let none = Permission { app_label: String::new(), codename: String::new() };
            self.has_permission(&nobody, &none).await?;
        }
        if tables.groups {
            self.groups_of(&nobody).await?;
        }
        Ok(())
    }
}

impl<D: Driver> SqlStore<D> {
    pub(super) async fn permission_of(
        &self,
        start: &Start,
        user: &UserId,
        permission: &Permission,
    ) -> Result<bool, StoreError> {
        let Some(id) = self.bind_id(user).await? else { return Ok(false) };
        let Permission { app_label, codename } = permission;
        let values = [Value::Text(app_label), Value::Text(codename), id, id];
        let statement = &self.statements.grants.find_permission;
        let rows = self.read_from(start, statement, &values).await?;
        Ok(rows.into_iter().any(|row| {
            let mut row = Row(row.into_iter());
            row.text() == *app_label && row.text() == *codename
        }))
    }

    pub(super) async fn groups_of_one(
        &self,
        start: &Start,
        user: &UserId,
    ) -> Result<Vec<String>, StoreError> {
        let Some(id) = self.bind_id(user).await? else { return Ok(Vec::new()) };
        let rows = self.read_from(start, &self.statements.grants.groups_of, &[id]).await?;
        let mut names: Vec<String> =
            rows.into_iter().map(|row| Row(row.into_iter()).text()).collect();
        names.sort_unstable();
        Ok(names)
    }
}

/// A sentence for everything that a live table lacks.
fn compare(dialect: Dialect, table: &TableColumns, live: &[Column]) -> Vec<String> {
    let TableColumns { table, key, wanted, .. } = table;
    if live.is_empty() {
        let remedy = match key {
            Some(key) => format!("write the table's name in {key}"),
            None => "let Django make it (manage.py migrate auth)".to_owned(),
        };
        return vec![format!(
            "the database has no table {table}, or does not show it to this account: {remedy}, and \
             GRANT SELECT on it"
        )];
    }
    let has = |name: &str| {
        live.iter().any(|column| match dialect {
            Dialect::Postgres => column.name == name,
            Dialect::MySql | Dialect::Sqlite => column.name.eq_ignore_ascii_case(name),
        })
    };
    let missing = wanted.iter().filter(|name| !has(name));
    let told = missing.map(|name| {
        let remedy = match key {
            Some(_) if name != "group_id" && name != "permission_id" => {
                "write the name of the column that refers to the user in user_model.relation_column"
            }
            Some(key) => &format!("write the table of the user model's relation in {key}"),
            None => "it must be Django's own (manage.py migrate auth)",
        };
        format!("the table {table} has no column {name}: {remedy}")
    });
    told.collect()
}

/// What gateways ask is a token check.
#[async_trait]
impl<D: Driver> GrantStore for SplitStore<D> {
    async fn has_permission(
        &self,
        user: &UserId,
        permission: &Permission,
    ) -> Result<bool, StoreError> {
        self.shared.permissions.find(&(user.clone(), permission.clone())).await
    }

    async fn groups_of(&self, user: &UserId) -> Result<Vec<String>, StoreError> {
        self.shared.groups.find(user).await
    }

    async fn permissions_of(&self, user: Option<&UserId>) -> Result<Vec<Permission>, StoreError> {
        self.checks.permissions_of(user).await
    }

    async fn check_grants(&self, tables: GrantTables) -> Result<(), SchemaError> {
        self.checks.check_grants(tables).await
    }
}
