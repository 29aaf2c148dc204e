//! The port to the database: what the domain asks of it, and how it fails.

use std::{error::Error, fmt};

use async_trait::async_trait;

use super::{EncodedPassword, StoredUser, TokenKey, TokenOwner, UserId, grants::GrantStore};
#[cfg(feature = "server")]
use crate::metrics::Registry;

/// Django's user and token tables. Every method is one statement, or single guarded statements
/// that need no transaction around them.
#[async_trait]
pub trait AccountStore: GrantStore + fmt::Debug + Send + Sync {
    /// The user whose `username_field` equals `username` by the column's own collation
    /// (Django's `get_by_natural_key`). Text that the engine or the column's character set cannot
    /// hold (NUL on PostgreSQL, an emoji in a latin1 column) matches no row.
    async fn find_user(&self, username: &str) -> Result<Option<StoredUser>, StoreError>;

    /// The token whose key equals `key` by the column's own collation, with its owner: one query.
    async fn find_token_owner(&self, key: &str) -> Result<Option<TokenOwner>, StoreError>;

    /// The user's token; `fresh` becomes it where there is none (Django's `get_or_create`).
    /// `None` where the user's row has vanished meanwhile.
    async fn get_or_create_token(
        &self,
        user: &UserId,
        fresh: &TokenKey,
    ) -> Result<Option<TokenKey>, StoreError>;

    /// Replaces the password column where it still holds exactly `old`, byte for byte.
    /// `false` where it does not.
    async fn upgrade_password(
        &self,
        user: &UserId,
        old: &EncodedPassword,
        new: &EncodedPassword,
    ) -> Result<bool, StoreError>;

    /// Deletes the token with exactly this key. `false` where there is none.
    async fn delete_token(&self, key: &TokenKey) -> Result<bool, StoreError>;

    /// The password columns of the newest `limit` users, newest first.
    async fn recent_passwords(&self, limit: u32) -> Result<Vec<EncodedPassword>, StoreError>;

    /// The password columns of the oldest `limit` users, oldest first.
    async fn oldest_passwords(&self, limit: u32) -> Result<Vec<EncodedPassword>, StoreError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Whether the live schema has the configured tables and columns, of kinds this program can use.
    async fn check_schema(&self) -> Result<(), SchemaError>;

    /// Adds what the store does to a registry; nothing where it counts nothing.
    #[cfg(feature = "server")]
    fn register_metrics(&self, _registry: &mut Registry) {}

    /// Closes every connection.
    async fn close(&self);
}

/// The database did not answer a question. The cause is for the log, never for a client.
#[derive(Debug, thiserror::Error)]
#[error("{kind}: {source}")]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Box<dyn Error + Send + Sync>,
}

/// What kept the database from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// No connection, a lost one, a time-out, a full or read-only server: it may pass.
    Unavailable,
    /// The tables are not what the configuration says.
    Schema,
    /// A row holds what its column should not (two users of one name, a key that is no integer).
    Row,
    /// The table takes no such row: it wants a value that nobody gave, or a shorter one.
    Constraint,
    /// The account lacks a privilege.
    Denied,
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "the database is not available",
            Self::Schema => "the tables are not what the configuration says",
            Self::Row => "a row holds what its column should not",
            Self::Constraint => "the table does not take the row",
            Self::Denied => "the database does not let this account",
        })
    }
}

impl StoreError {
    /// An error of `kind`, caused by `source`.
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: source.into() }
    }

    /// What kept the database from answering.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

/// Why the live schema does not fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A sentence a mismatch: it names the table, the column and what to write.
    #[error("{}", .0.join("\n"))]
    Mismatch(Vec<String>),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
