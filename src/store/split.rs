//! Two stores over one database: what logins wait for, token checks do not.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use crate::accounts::{
    EncodedPassword, StoredUser, TokenKey, TokenOwner, UserId,
    store::{AccountStore, SchemaError, StoreError},
};
#[cfg(feature = "server")]
use crate::metrics::Registry;

#[cfg(feature = "server")]
use super::metrics::Pools;
use super::{
    driver::Driver,
    metrics::{CHECKS, LOGINS, StatementMetrics},
    shared::Shared,
    sql::SqlStore,
};

/// Token checks and log-outs on connections of their own, logins on others. Token checks that are in
/// flight at the same time share queries.
pub(super) struct SplitStore<D: Driver> {
    pub(super) checks: Arc<SqlStore<D>>,
    pub(super) shared: Shared<D>,
    logins: SqlStore<D>,
    statements: StatementMetrics,
}

impl<D: Driver> SplitStore<D> {
    pub(super) fn new(checks: SqlStore<D>, logins: SqlStore<D>) -> Self {
        let statements = StatementMetrics::default();
        let checks = Arc::new(checks.with_metrics(statements.of(CHECKS)));
        let logins = logins.with_metrics(statements.of(LOGINS));
        let shared = Shared::new(&checks);
        Self { checks, shared, logins, statements }
    }
}

impl<D: Driver> fmt::Debug for SplitStore<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SplitStore")
            .field("checks", &self.checks)
            .field("logins", &self.logins)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl<D: Driver> AccountStore for SplitStore<D> {
    async fn find_user(&self, username: &str) -> Result<Option<StoredUser>, StoreError> {
        self.logins.find_user(username).await
    }

    async fn find_token_owner(&self, key: &str) -> Result<Option<TokenOwner>, StoreError> {
        self.shared.token_owner(key).await
    }

    async fn get_or_create_token(
        &self,
        user: &UserId,
        fresh: &TokenKey,
    ) -> Result<Option<TokenKey>, StoreError> {
        self.logins.get_or_create_token(user, fresh).await
    }

    async fn upgrade_password(
        &self,
        user: &UserId,
        old: &EncodedPassword,
        new: &EncodedPassword,
    ) -> Result<bool, StoreError> {
        self.logins.upgrade_password(user, old, new).await
    }

    async fn delete_token(&self, key: &TokenKey) -> Result<bool, StoreError> {
        self.checks.delete_token(key).await
    }

    async fn recent_passwords(&self, limit: u32) -> Result<Vec<EncodedPassword>, StoreError> {
        self.logins.recent_passwords(limit).await
    }

    async fn oldest_passwords(&self, limit: u32) -> Result<Vec<EncodedPassword>, StoreError> {
        self.logins.oldest_passwords(limit).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.checks.ping().await
    }

    async fn check_schema(&self) -> Result<(), SchemaError> {
        self.checks.check_schema().await
    }

    #[cfg(feature = "server")]
    fn register_metrics(&self, registry: &mut Registry) {
        self.statements.register(registry);
        self.shared.register_metrics(registry);
        let pools = Pools { checks: self.checks.pool(), logins: self.logins.pool() };
        registry.register_collector(Box::new(pools));
    }

    async fn close(&self) {
        self.checks.close().await;
        self.logins.close().await;
    }
}
