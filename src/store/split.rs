//! Two stores over one database: what logins wait for, token checks do not.

use async_trait::async_trait;

use crate::accounts::{
    EncodedPassword, StoredUser, TokenKey, TokenOwner, UserId,
    store::{AccountStore, SchemaError, StoreError},
};

/// Token checks and log-outs on connections of their own, logins on others.
#[derive(Debug)]
pub(super) struct SplitStore<S> {
    pub(super) checks: S,
    pub(super) logins: S,
}

#[async_trait]
impl<S: AccountStore> AccountStore for SplitStore<S> {
    async fn find_user(&self, username: &str) -> Result<Option<StoredUser>, StoreError> {
        self.logins.find_user(username).await
    }

    async fn find_token_owner(&self, key: &str) -> Result<Option<TokenOwner>, StoreError> {
        self.checks.find_token_owner(key).await
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

    async fn ping(&self) -> Result<(), StoreError> {
        self.checks.ping().await
    }

    async fn check_schema(&self) -> Result<(), SchemaError> {
        self.checks.check_schema().await
    }

    async fn close(&self) {
        self.checks.close().await;
        self.logins.close().await;
    }
}
