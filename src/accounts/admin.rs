//! The operator's port to the user table: what manage.py's commands do to it.
//!
//! Apart from [`AccountStore`](super::store::AccountStore), which serves requests: these questions are
//! an operator's, one at a time.

use std::fmt;

use async_trait::async_trait;

use super::{EncodedPassword, TokenKey, UserId, store::StoreError};

/// The user table, as an operator works on it. Every method is one statement, or guarded ones.
#[async_trait]
pub trait AccountAdmin: fmt::Debug + Send + Sync {
    /// The user of that name, by the column's own collation (Django's `get_by_natural_key`), with those of
    /// the named columns that are there and hold text.
    async fn find(
        &self,
        username: &str,
        attributes: &[String],
    ) -> Result<Option<Account>, StoreError>;

    /// Every user, by primary key.
    async fn list(&self) -> Result<Vec<Account>, StoreError>;

    /// What the live user table asks of a new user.
    async fn table_facts(&self) -> Result<TableFacts, StoreError>;

    /// Inserts a user. `false` where the name, or another of its values, is taken.
    async fn create(&self, user: &NewAccount) -> Result<bool, StoreError>;

    /// Replaces the password where it still is what was read as `old`, NULL and what is no password at all
    /// among it. `false` where it is not.
    async fn set_password(
        &self,
        user: &UserId,
        old: &EncodedPassword,
        new: &EncodedPassword,
    ) -> Result<bool, StoreError>;

    /// Writes the `is_active` column. `false` where the user has vanished.
    async fn set_active(&self, user: &UserId, is_active: bool) -> Result<bool, StoreError>;

    /// Deletes the user's token. `false` where there is none.
    async fn delete_token(&self, user: &UserId) -> Result<bool, StoreError>;

    /// The user's token; `fresh` becomes it where there is none. `None` where the user has vanished.
    async fn get_or_create_token(
        &self,
        user: &UserId,
        fresh: &TokenKey,
    ) -> Result<Option<TokenKey>, StoreError>;

    /// Closes every connection.
    async fn close(&self);
}

/// A user, as an operator sees one.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are a row's columns")]
pub struct Account {
    /// The row's primary key.
    pub id: UserId,
    /// The configured `username_field`.
    pub username: String,
    /// The password column; empty where it holds NULL.
    pub password: EncodedPassword,
    /// True where the model has no such column.
    pub is_active: bool,
    /// False where the model has no such column.
    pub is_staff: bool,
    /// False where the model has no such column.
    pub is_superuser: bool,
    /// Whether there is a token of the user's.
    pub has_token: bool,
    /// What a password must not be like: columns by name, with their texts.
    pub attributes: Vec<(String, String)>,
}

/// What the live user table asks of a new user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFacts {
    /// Columns that must have a value, and nothing says which.
    pub unfilled: Vec<String>,
    /// The most characters of a username, where there is a limit.
    pub username_length: Option<usize>,
    /// The most characters of an email address, where there is a limit.
    pub email_length: Option<usize>,
}

/// A user to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// For the configured `username_field`.
    pub username: String,
    /// For the email column, where the model has one beside the username.
    pub email: String,
    /// The password column.
    pub password: EncodedPassword,
    /// For both columns, where the model has them: `is_staff`, `is_superuser`.
    pub is_superuser: bool,
}
