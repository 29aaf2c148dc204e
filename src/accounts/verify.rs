//! What whoever protects a route needs: whose token is this, and what may they do?

use std::{error::Error, fmt, sync::Arc};

use async_trait::async_trait;

use super::{
    TokenOwner,
    grants::Permission,
    store::{AccountStore, StoreError},
};

/// Answers whose token a key is. The database does ([`Authenticator`]), a remote service that it is
/// near to, or a table in a test.
///
/// A backend may put something of its own before it, a cache for instance, where it can live with what
/// that means:
///
/// ```
/// use std::sync::Arc;
///
/// use async_trait::async_trait;
/// use drf_auth::accounts::{
///     TokenOwner,
///     verify::{VerifyError, VerifyToken},
/// };
///
/// /// Counts who asks.
/// #[derive(Debug)]
/// struct Counted(Arc<dyn VerifyToken>);
///
/// #[async_trait]
/// impl VerifyToken for Counted {
///     async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
///         println!("a token is checked");
///         self.0.verify_token(key).await
///     }
/// }
/// ```
///
/// [`Authenticator`]: super::authenticator::Authenticator
#[async_trait]
pub trait VerifyToken: fmt::Debug + Send + Sync {
    /// The token's owner, read after the call began. One who may not log in is an error.
    ///
    /// # Errors
    /// See [`VerifyError`].
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError>;

    /// The word before a token in the `Authorization` header (`TokenAuthentication.keyword`).
    #[expect(clippy::unnecessary_literal_bound, reason = "others keep theirs in themselves")]
    fn keyword(&self) -> &str {
        "Token"
    }

    /// Whether the owner has the permission itself or by a group, by the rows that say so:
    /// [`Requirement::is_met`](super::grants::Requirement::is_met) looks at the flags.
    ///
    /// # Errors
    /// Where it cannot be said; without an implementation it never can.
    async fn has_permission(
        &self,
        owner: &TokenOwner,
        permission: &Permission,
    ) -> Result<bool, VerifyError> {
        let _ = owner;
        Err(VerifyError::Unanswerable(format!("who has the permission {permission}")))
    }

    /// The names of the owner's groups, in the order of their code points.
    ///
    /// # Errors
    /// Where it cannot be said; without an implementation it never can.
    async fn groups_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        let _ = owner;
        Err(VerifyError::Unanswerable("who is in which group".to_owned()))
    }
}

/// The database itself.
#[async_trait]
impl VerifyToken for Arc<dyn AccountStore> {
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
        let owner = self.find_token_owner(key).await?.ok_or(VerifyError::UnknownToken)?;
        if owner.user.is_active { Ok(owner) } else { Err(VerifyError::InactiveUser) }
    }

    async fn has_permission(
        &self,
        owner: &TokenOwner,
        permission: &Permission,
    ) -> Result<bool, VerifyError> {
        Ok((**self).has_permission(&owner.user.id, permission).await?)
    }

    async fn groups_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        Ok((**self).groups_of(&owner.user.id).await?)
    }
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
    /// Whoever is asked in the database's place could not say: never a refusal.
    #[error("{0}")]
    Unavailable(Box<dyn Error + Send + Sync>),
    /// Nobody here can ever say; what asks has to be changed.
    #[error("there is nobody here to ask {0}")]
    Unanswerable(String),
}
