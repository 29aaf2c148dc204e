//! What whoever protects a route needs: whose token is this?

use std::fmt;

use async_trait::async_trait;

use super::{TokenOwner, store::StoreError};

/// Answers whose token a key is. The database does ([`Authenticator`]); a table in a test may too.
///
/// [`Authenticator`]: super::authenticator::Authenticator
#[async_trait]
pub trait VerifyToken: fmt::Debug + Send + Sync {
    /// The token's owner, read after the call began.
    ///
    /// # Errors
    /// See [`VerifyError`].
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError>;
}

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// No row has this key.
    #[error("no such token")]
    UnknownToken,
    /// The key's owner may not log in.
    #[error("the token's owner is inactive")]
    InactiveUser,
    /// The database could not say: never a refusal.
    #[error(transparent)]
    Store(#[from] StoreError),
}
