//! Looks at the database on one engine.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{IdKind, Row, SqlStore, Unanswered};
use crate::{
    accounts::{
        EncodedPassword, UserId,
        grants::GrantTables,
        inspection::{ColumnFacts, Count, Deed, Inspect, Sameness, Server, Table},
        store::{StoreError, StoreErrorKind},
    },
    store::{
        driver::{Driver, Failure, Value},
        grants,
        statements::{
            Dialect, Statement,
            inspection::{self as sql, Bound},
        },
    },
};

#[async_trait]
impl<D: Driver> Inspect for SqlStore<D> {
    async fn existing_tables(&self, names: &[&str]) -> Result<Vec<String>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let bound = sql::existing_tables(D::DIALECT, &self.schema.user.table, names);
        let mut found: Vec<_> =
            self.look(&bound).await?.into_iter().map(|mut row| row.text()).collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// MySQL says that a table is not there only to whom it would show it.
    async fn sees_every_table(&self) -> Result<bool, StoreError> {
        let user_table = &self.schema.user.table;
        let Some(statement) = sql::no_table(D::DIALECT, user_table) else { return Ok(true) };
        match self.ask(&statement, &[]).await {
            Ok(_) | Err(Unanswered { failure: Failure::Schema, .. }) => Ok(true),
            Err(Unanswered { failure: Failure::Denied, .. }) => Ok(false),
            Err(unanswered) => Err(unanswered.into()),
        }
    }

    async fn server(&self) -> Result<Server, StoreError> {
        let before = Timestamp::now().as_millisecond();
        let rows = self.look(&(sql::server(D::DIALECT), Vec::new())).await?;
        let after = Timestamp::now().as_millisecond();
        let mut row = first(rows)?;
        let (version, account) = (row.text(), row.text());
        let theirs = row.text().split('.').next().and_then(|text| text.parse::<i64>().ok());
        // What they say lies between what we said before and after.
        let clock_ahead = theirs.map(|theirs| match theirs {
            theirs if theirs < before => theirs - before,
            theirs if theirs > after => theirs - after,
            _ => 0,
        });
        let account = grants::account(D::DIALECT, &account);
        Ok(Server { version, account, clock_ahead })
    }

    async fn columns(&self, table: Table) -> Result<Vec<ColumnFacts>, StoreError> {
        let bound = sql::columns(D::DIALECT, sql::name_of(&self.schema, table));
        let facts = |mut row: Row| {
            let (name, sql_type) = (row.text(), row.text());
            let (collation, length) = (row.nullable_text(), row.text().parse().ok());
            let (is_required, is_unique) = (row.flag(), row.flag());
            ColumnFacts { name, sql_type, collation, length, is_required, is_unique }
        };
        Ok(self.look(&bound).await?.into_iter().map(facts).collect())
    }

    async fn may(&self, deed: Deed) -> Result<bool, StoreError> {
        let nobody = match self.id_kind().await? {
            IdKind::Int => Value::Int(0),
            // A value that MariaDB's uuid takes, too.
            IdKind::Text => Value::Text("00000000000000000000000000000000"),
            IdKind::Uuid => Value::Uuid([0; 16]),
        };
        let created = self.created.text(Timestamp::UNIX_EPOCH);
        let (statement, values) = match deed {
            Deed::ReadUsers => {
                let (statement, texts) = &self.statements.find_user;
                let texts = texts.iter().map(|text| Value::Text(text));
                (statement, std::iter::once(Value::Text("")).chain(texts).collect())
            }
            Deed::ReadTokens => (&self.statements.find_token_owner, vec![Value::Text("")]),
            Deed::AddTokens => {
                (&self.statements.insert_token, self.new_token("", &created, nobody))
            }
            Deed::DeleteTokens => {
                (&self.statements.delete_token, vec![Value::Text(""), Value::Exact("")])
            }
            Deed::UpgradePasswords => {
                let values = vec![Value::Exact(""), nobody, Value::Exact("")];
                (&self.statements.upgrade_password, values)
            }
        };
        if deed.writes() && !self.pool.driver().may_write() {
            return Ok(false);
        }
        // It needs what the statement itself needs, and does nothing of it.
        let explain = Statement {
            sql: format!("EXPLAIN {}", statement.sql).into(),
            reads: false,
            ..statement.clone()
        };
        match self.ask(&explain, &values).await {
            Ok(_) => Ok(true),
            Err(Unanswered { failure: Failure::Denied, .. }) => Ok(false),
            Err(unanswered) => Err(unanswered.into()),
        }
    }

    async fn least_grants(
        &self,
        deeds: &[Deed],
        tables: GrantTables,
        account: &str,
    ) -> Result<Vec<String>, StoreError> {
        if D::DIALECT == Dialect::Sqlite {
            return Ok(Vec::new());
        }
        let mut wanted = grants::wanted(&self.schema, deeds, tables);
        for grant in &mut wanted {
            // Whoever has no grants yet may not see where the table is.
            let place = self.look(&sql::schema_of_table(D::DIALECT, &grant.table)).await;
            if let Some(mut row) = place.ok().and_then(|rows| rows.into_iter().next()) {
                grant.schema = row.text();
            }
        }
        Ok(grants::statements(D::DIALECT, &wanted, account))
    }

    async fn count(&self, what: Count, among: u32) -> Result<u64, StoreError> {
        let rows = self.look(&sql::count(D::DIALECT, &self.schema, what, among)).await?;
        Ok(first(rows)?.text().parse().unwrap_or_default())
    }

    async fn same_names(
        &self,
        how: Sameness,
        among: u32,
        pairs: u32,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let bound = sql::same_names(D::DIALECT, &self.schema, how, among, pairs);
        let rows = self.look(&bound).await?;
        Ok(rows.into_iter().map(|mut row| (row.text(), row.text())).collect())
    }

    async fn passwords(
        &self,
        before: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<(UserId, EncodedPassword)>, StoreError> {
        let kind = self.id_kind().await?;
        let value = match before {
            None => None,
            Some(id) => match self.bind_id(id).await? {
                None => return Ok(Vec::new()),
                bound => bound,
            },
        };
        let statement = sql::passwords(D::DIALECT, &self.schema, value.is_some(), limit);
        let values: Vec<_> = value.into_iter().collect();
        let rows = self.read(&statement, &values).await?;
        let row = |columns: Vec<_>| {
            let mut row = Row(columns.into_iter());
            Ok((row.id(kind)?, EncodedPassword::new(row.text())))
        };
        rows.into_iter().map(row).collect()
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

impl<D: Driver> SqlStore<D> {
    async fn look(&self, (statement, texts): &Bound) -> Result<Vec<Row>, StoreError> {
        let values: Vec<_> = texts.iter().map(|text| Value::Text(text)).collect();
        let rows = self.read(statement, &values).await?;
        Ok(rows.into_iter().map(|columns| Row(columns.into_iter())).collect())
    }
}

fn first(rows: Vec<Row>) -> Result<Row, StoreError> {
    let none = || StoreError::new(StoreErrorKind::Row, "an answer without a row");
    rows.into_iter().next().ok_or_else(none)
}
